//! What an ECR says, and whom it refuses.

use crate::simulator::content::Content;
use crate::simulator::manifest::ImageSpec;
use crate::simulator::product::fixture::{Request, Site, error_of};
use crate::simulator::product::user::User;
use crate::simulator::product::{Ecr, EcrKey, Product};

const DESCRIBE: &str = "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories";

fn site() -> Site {
    let content = Content::empty();
    let digest = content.put_image("team/app", &ImageSpec::new("linux/amd64", 1));
    content.tag("team/app", "1.0", &digest);
    let key = EcrKey::new(User::administrator("AKIDEXAMPLE", "secret"));
    Site::new(&content, Product::Ecr(Ecr::new(vec![key])))
}

/// The code that a request of the API is refused with.
fn refusal(authorization: &'static str, date: &'static str) -> String {
    let request = Request::post("/", "{}")
        .with("x-amz-target", DESCRIBE)
        .with("host", "ecr.example")
        .with("x-amz-date", date)
        .with("authorization", authorization);
    let said = site().said(&request);
    assert_eq!(said.status, 400);
    said.json()["__type"].as_str().unwrap().to_owned()
}

#[test]
fn v2_takes_passwords_of_the_user_aws_that_were_lent() {
    let site = site();
    let said = site.get("/v2/");
    assert_eq!(said.status, 401);
    let challenge = said.header("www-authenticate").to_owned();
    assert_eq!(
        challenge,
        "Basic realm=\"http://registry/\",service=\"ecr.amazonaws.com\""
    );
    assert_eq!(
        said.header("docker-distribution-api-version"),
        "registry/2.0"
    );
    let site = site.basic("AWS:made-up");
    let answer = site.ask("/v2/team/app/tags/list");
    assert_eq!(answer.status(), 403);
    assert!(error_of(&answer).1.contains("has expired"));
    assert_eq!(site.basic("AKIDEXAMPLE:secret").status("/v2/"), 400);
}

#[test]
fn the_api_takes_signatures_that_fit() {
    let scope = "Credential=AKIDEXAMPLE/20150830/us-east-1/ecr/aws4_request";
    let missing = "MissingAuthenticationTokenException";
    let invalid = "InvalidSignatureException";
    assert_eq!(
        refusal("Basic QUtJRDpzZWNyZXQ=", "20150830T123600Z"),
        missing
    );
    for (names, code) in [
        ("host;x-amz-date;x-amz-target", invalid),
        // What is not signed could be another's.
        ("host;x-amz-date", invalid),
    ] {
        let text = format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders={names}, Signature=00");
        assert_eq!(refusal(text.leak(), "20150830T123600Z"), code);
    }
    let half = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/x";
    assert_eq!(
        refusal(half, "20150830T123600Z"),
        "IncompleteSignatureException"
    );
    let other_day = format!(
        "AWS4-HMAC-SHA256 {scope}, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00"
    );
    assert_eq!(refusal(other_day.leak(), "20150831T000000Z"), invalid);
    let unknown = Request::post("/", "{}").with("x-amz-target", "Other.Thing");
    let said = site().said(&unknown);
    assert_eq!(said.json()["__type"], "UnknownOperationException");
}
