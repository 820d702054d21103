//! AWS Signature Version 4, for requests whose path is `/` and which have no query
//! (docs.aws.amazon.com, "Create a signed AWS API request"). The secret key is no part of
//! what is sent.

use ring::digest::{SHA256, digest};
use ring::hmac;
use zeroize::Zeroizing;

use crate::model::{AwsKeys, Timestamp};

/// What a request is signed for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Purpose<'a> {
    pub(super) region: &'a str,
    pub(super) service: &'a str,
}

/// A request as far as it is signed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    /// Names in small letters, sorted, with the values as they are sent; `host` and
    /// `x-amz-date` among them.
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
}

/// A time as `X-Amz-Date` has it.
pub(super) fn date(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The `Authorization` of a request at the time `date`.
pub(super) fn authorization(
    keys: &AwsKeys,
    purpose: Purpose<'_>,
    date: &str,
    request: Signed<'_>,
) -> String {
    let Purpose { region, service } = purpose;
    let day = date.get(..8).unwrap_or_default();
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let names: Vec<&str> = request.headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let canonical = Zeroizing::new(canonical(request, &names));
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
        hex(digest(&SHA256, canonical.as_bytes()).as_ref())
    );
    let first = Zeroizing::new(format!("AWS4{}", keys.secret.expose()));
    let mut key = hmac::Key::new(hmac::HMAC_SHA256, first.as_bytes());
    for part in [day, region, service, "aws4_request"] {
        let next = hmac::sign(&key, part.as_bytes());
        key = hmac::Key::new(hmac::HMAC_SHA256, next.as_ref());
    }
    let signature = hex(hmac::sign(&key, to_sign.as_bytes()).as_ref());
    format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        keys.id
    )
}

fn canonical(request: Signed<'_>, names: &str) -> String {
    let mut text = format!("{}\n/\n\n", request.method);
    for (name, value) in request.headers {
        // Blanks in a row count as one, and those at the ends not at all.
        let words: Vec<&str> = value.split(' ').filter(|word| !word.is_empty()).collect();
        text.push_str(name);
        text.push(':');
        text.push_str(&words.join(" "));
        text.push('\n');
    }
    text.push_str(&format!(
        "\n{names}\n{}",
        hex(digest(&SHA256, request.body).as_ref())
    ));
    text
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    /// The key of the published test suite (aws-sig-v4-test-suite).
    fn keys() -> AwsKeys {
        AwsKeys {
            id: "AKIDEXAMPLE".to_owned(),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session: None,
            ends: None,
        }
    }

    fn signature(method: &str, headers: &[(&str, &str)], body: &str) -> String {
        let at = "2015-08-30T12:36:00Z".parse().unwrap();
        let date = date(at);
        let mut all = vec![
            ("host", "example.amazonaws.com"),
            ("x-amz-date", date.as_str()),
        ];
        all.extend(headers);
        all.sort_unstable();
        let purpose = Purpose {
            region: "us-east-1",
            service: "service",
        };
        let signed = Signed {
            method,
            headers: &all,
            body: body.as_bytes(),
        };
        let authorization = authorization(&keys(), purpose, &date, signed);
        let (front, signature) = authorization.rsplit_once("Signature=").unwrap();
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            front,
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders={}, ",
                names.join(";")
            )
        );
        signature.to_owned()
    }

    #[test]
    fn the_published_vectors_come_out() {
        for (name, method, headers, body, wanted) in [
            (
                "get-vanilla",
                "GET",
                &[][..],
                "",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "post-vanilla",
                "POST",
                &[],
                "",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "post-header-key-sort",
                "POST",
                &[("my-header1", "value1")],
                "",
                "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
            ),
            (
                "post-header-value-case",
                "POST",
                &[("my-header1", "VALUE1")],
                "",
                "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
            ),
            (
                "post-x-www-form-urlencoded",
                "POST",
                &[("content-type", "application/x-www-form-urlencoded")],
                "Param1=value1",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
            (
                "get-header-value-trim",
                "GET",
                &[("my-header1", " value1"), ("my-header2", " \"a   b   c\"")],
                "",
                "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
            ),
        ] {
            assert_eq!(signature(method, headers, body), wanted, "{name}");
        }
    }
}
