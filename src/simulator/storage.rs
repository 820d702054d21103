//! The storage behind a registry: blobs by signed address, at another origin.
//!
//! As S3 and its kin have it: the address itself is the permission, and a request that
//! brings credentials besides is refused.

use hyper::StatusCode;
use hyper::header::HeaderValue;

use super::answer::{self, Answer};
use super::asked::Asked;
use super::random::mix_text;
use super::registry::Registry;
use super::route::Route;
use crate::model::Digest;

const SIGNATURE: &str = "X-Amz-Signature";

/// Where a blob is fetched from.
pub(super) fn address(storage: &str, seed: u64, name: &str, digest: &str) -> String {
    let signature = signature(seed, name, digest);
    format!("{storage}/v2/{name}/blobs/{digest}?X-Amz-Expires=1200&{SIGNATURE}={signature}")
}

fn signature(seed: u64, name: &str, digest: &str) -> String {
    format!("{:016x}", mix_text(seed, &format!("{name}@{digest}")))
}

/// What the storage answers.
pub(super) fn answer(asked: &Asked<'_>, registry: &Registry) -> Answer {
    let refused = |status, code: &str| {
        let xml = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>");
        let media_type = HeaderValue::from_static("application/xml");
        answer::answer(status, media_type, xml.into())
    };
    // "Only one auth mechanism allowed", and no cookie is wanted either.
    if asked.authorization.is_some() || asked.headers.contains_key("cookie") {
        return refused(StatusCode::BAD_REQUEST, "InvalidArgument");
    }
    let Route::Blob(name, digest) = &asked.route else {
        return refused(StatusCode::NOT_FOUND, "NoSuchKey");
    };
    let wanted = signature(registry.behaviour().seed, name, digest);
    if asked.parameter(SIGNATURE).as_deref() != Some(wanted.as_str()) {
        return refused(StatusCode::FORBIDDEN, "SignatureDoesNotMatch");
    }
    let stored = digest.parse::<Digest>().ok();
    match stored.and_then(|digest| registry.content().blob(name, &digest)) {
        Some(body) => {
            let media_type = HeaderValue::from_static("application/octet-stream");
            answer::answer(StatusCode::OK, media_type, body)
        }
        None => refused(StatusCode::NOT_FOUND, "NoSuchKey"),
    }
}
