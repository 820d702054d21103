//! What a registry tells of itself: the methods it routes, and what refers to a manifest
//! (OCI distribution-spec 1.1, "Listing Referrers").

use hyper::StatusCode;
use hyper::header::{ALLOW, HeaderValue};
use serde_json::{Value, json};

use super::answer::{self, Answer};
use super::content::Content;
use super::document::OCI_INDEX;
use super::route::Route;

/// The methods that Distribution 2.8 routes, deletion switched on or not.
pub(super) fn methods(route: &Route) -> Option<&'static str> {
    match route {
        Route::Catalogue | Route::Tags(_) => Some("GET"),
        Route::Manifest(..) => Some("DELETE, GET, HEAD, PUT"),
        Route::Blob(..) => Some("DELETE, GET, HEAD"),
        _ => None,
    }
}

/// An answer to `OPTIONS`.
pub(super) fn allow(methods: &'static str) -> Answer {
    let mut answer = Answer::default();
    answer
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(methods));
    answer
}

/// The manifests of a repository whose subject is `digest`.
pub(super) fn referrers(content: &Content, name: &str, digest: &str) -> Answer {
    let manifests: Vec<Value> = content
        .shelves()
        .into_iter()
        .filter(|shelf| shelf.repository == name)
        .flat_map(|shelf| shelf.manifests)
        .filter_map(|(found, media_type, body)| {
            let manifest: Value = serde_json::from_slice(&body).ok()?;
            let subject = manifest.get("subject")?.get("digest")?.as_str()?;
            (subject == digest).then(|| {
                json!({
                    "mediaType": media_type,
                    "digest": found.to_string(),
                    "size": body.len(),
                    "artifactType": manifest.get("artifactType"),
                })
            })
        })
        .collect();
    let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests });
    let media_type = HeaderValue::from_static(OCI_INDEX);
    answer::answer(StatusCode::OK, media_type, index.to_string().into())
}
