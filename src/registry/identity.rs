//! Which product answers and in which version, asked for where its headers do not say:
//! one harmless question a product, to the registry's own host, without credentials.

use futures_util::{StreamExt as _, stream};

use super::Registry;
use super::product::{self, Marks};
use crate::http::{Request, Response, Url};
use crate::model::Product;

/// Most bytes read of an answer.
const CAP: usize = 256 * 1024;

/// Questions under way at once: one after the other they take long over a slow line.
const AT_ONCE: usize = 3;

/// What answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The product as people call it.
    pub name: &'static str,
    /// The product as settings name it, where they can.
    pub product: Option<Product>,
    /// Its version, where it tells strangers.
    pub version: Option<String>,
    /// Whether this is a hint and no more: what was seen is a habit of the product, not a
    /// statement of its own.
    pub is_hint: bool,
    /// What told it.
    pub seen: String,
}

impl Registry {
    /// Asks what answers: the product that is known for its version, otherwise every
    /// product that only a question tells from a plain registry, until one says yes. An
    /// answer that says nothing is no failure.
    pub async fn identify(&self) -> Option<Identity> {
        let known = self.product();
        let http = self.inner.http.without_retries();
        let mut questions = Vec::new();
        for marks in product::candidates(known) {
            if let Some(url) = self.probe_url(marks) {
                let path = url.path().to_owned();
                let request = Request::get(url, CAP).staying();
                let http = &http;
                questions.push(async move { (marks, path, http.send(request).await) });
            }
        }
        let mut answers = std::pin::pin!(stream::iter(questions).buffered(AT_ONCE));
        while let Some((marks, path, answer)) = answers.next().await {
            // Who does not answer at all will not answer the next question either.
            let Ok(response) = answer else {
                break;
            };
            if let Some(told) = marks.read(&response) {
                if let (None, Some(found)) = (known, marks.product()) {
                    // Another caller may have found it meanwhile.
                    let _ = self.inner.found_product.set(found);
                }
                return Some(Identity {
                    name: marks.name,
                    product: known
                        .filter(|product| *product != Product::Generic)
                        .or(marks.product()),
                    version: told.version,
                    is_hint: false,
                    seen: format!("the answer to `GET {path}`"),
                });
            }
        }
        let hint = self.inner.hint.get()?;
        matches!(known, None | Some(Product::Generic)).then(|| Identity {
            name: "CNCF Distribution",
            product: Some(Product::Generic),
            version: Some((*hint).to_owned()),
            is_hint: true,
            seen: "the form of the answer to `GET /v2/`".to_owned(),
        })
    }

    /// Asks the one product that `ping` hints at, where nothing else tells what answers. Who
    /// does not say yes is like any other registry.
    pub(super) async fn follow_hint(&self, ping: &Response) {
        if self.product().is_some() {
            return;
        }
        let Some(marks) = product::suspected(ping) else {
            return;
        };
        let Some(url) = self.probe_url(marks) else {
            return;
        };
        let request = Request::get(url, CAP).staying();
        let Ok(response) = self.inner.http.without_retries().send(request).await else {
            return;
        };
        let (Some(told), Some(found)) = (marks.read(&response), marks.product()) else {
            return;
        };
        // Another caller may have found it meanwhile.
        let _ = self.inner.found_product.set(found);
        if let Some(version) = told.version {
            let _ = self.inner.version.set(version);
        }
    }

    fn probe_url(&self, marks: &Marks) -> Option<Url> {
        let probe = marks.probe.as_ref()?;
        let mut url = self.inner.base.clone();
        url.set_path(&(probe.path)(self.inner.spec.endpoint.base()));
        Some(url)
    }
}
