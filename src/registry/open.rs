//! Opening a registry for a crawl, by one `GET /v2/`: what it asks of those who sign in is
//! known before the first list, which costs no 401 then, and what answers is told. What the
//! server was seen to do is read off when the crawl is over.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::Registry;
use super::challenge::challenges;
use super::error::Attempt;
use super::list::paging;
use super::ping::PING_CAP;
use super::product;
use crate::http::{Request, StatusCode, same_origin};
use crate::model::{Class, Failure, Opened, Stage};

impl Registry {
    /// Opens the registry. Only one that cannot be reached is shut: one that answers its
    /// ping with anything else may still list, and its lists say what is wrong.
    ///
    /// # Errors
    ///
    /// The failure of the first list, which would find the same.
    pub async fn open(&self) -> Result<(), Failure> {
        let request = Request::get(self.url("v2/"), PING_CAP).staying();
        let url = request.url.clone();
        let attempt = Attempt::new(Stage::Catalogue, &request, self.cover());
        let response = match self.inner.http.without_retries().send(request).await {
            Ok(response) => response,
            Err(error) => {
                let failure = attempt.unanswered(&error);
                let is_shut = error.is_final()
                    && matches!(
                        failure.class,
                        Class::Resolve | Class::Connect | Class::Tls | Class::Proxy | Class::Local
                    );
                return if is_shut { Err(failure) } else { Ok(()) };
            }
        };
        if !same_origin(&response.url, &url) {
            return Ok(());
        }
        let offered = challenges(response.headers());
        self.learn(&response, &offered);
        if let Some(hint) = product::hint(&response) {
            // The first answer is as good as a later one.
            let _ = self.inner.hint.set(hint);
        }
        if let Some(version) = product::version(response.headers()) {
            let _ = self.inner.version.set(version);
        }
        if response.status == StatusCode::UNAUTHORIZED {
            self.inner.auth.expect(&attempt, &offered, &url);
        }
        self.pinged(response.status);
        self.follow_hint(&response).await;
        self.choose_api();
        if let Some(mismatch) = self.mismatch() {
            self.inner.listing.note(mismatch);
        }
        Ok(())
    }

    /// What was learnt of the registry so far; `None` where it never answered.
    pub fn opened(&self) -> Option<Opened> {
        if !self.inner.heard.load(Ordering::Relaxed) {
            return None;
        }
        let api = self.inner.api.get().and_then(|api| api.as_ref().ok());
        let api = api.map(|api| api.lister.name());
        let sources = self
            .inner
            .sources
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Some(Opened {
            product: self.product().map(|product| product.as_str().to_owned()),
            version: self.inner.version.get().cloned(),
            listed_by: self.inner.listing.listed_by(api),
            conditional: self.inner.head.answers_conditions(),
            head: self.inner.head.works(),
            pages: paging(sources.values().map(AsRef::as_ref)),
            certificate_end: self.inner.http.certificate_end(),
        })
    }
}
