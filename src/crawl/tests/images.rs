//! Images that are not plain: indexes inside indexes, damaged entries, configurations that
//! cannot be read.

use super::*;

fn index(children: &str) -> String {
    format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{children}]}}"#
    )
}

fn served(body: &str) -> Reply {
    Reply::status(200)
        .header("content-type", "application/vnd.oci.image.index.v1+json")
        .body(body.to_owned())
}

fn child(digest: &Digest, architecture: &str) -> String {
    format!(
        r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{digest}","platform":{{"os":"linux","architecture":"{architecture}"}}}}"#
    )
}

fn nested(digest: &Digest) -> String {
    format!(r#"{{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"{digest}"}}"#)
}

fn image_of(result: &Result) -> crate::model::Image {
    let mut images = result.findings.iter().filter_map(|finding| match finding {
        Finding::Image { image, .. } => Some((**image).clone()),
        _ => None,
    });
    images.next().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_platforms_of_an_index_in_an_index_are_its_own() {
    let innermost = index(&child(&Digest::sha256(b"3"), "s390x"));
    let inner = index(&format!(
        "{},{}",
        child(&Digest::sha256(b"2"), "arm64"),
        nested(&Digest::sha256(innermost.as_bytes()))
    ));
    let outer = index(&format!(
        "{},{}",
        child(&Digest::sha256(b"1"), "amd64"),
        nested(&Digest::sha256(inner.as_bytes()))
    ));
    let script = Script::new();
    lists(&script, &[("a", &["1"])]);
    script.reply("GET /v2/a/manifests/1", served(&outer));
    for body in [&inner, &innermost] {
        let digest = Digest::sha256(body.as_bytes());
        script.reply(&format!("GET /v2/a/manifests/{digest}"), served(body));
    }
    let result = crawl(&script, Before::default()).await;
    assert_eq!(result.summary.outcome, Outcome::Complete);
    let platforms: Vec<String> = image_of(&result)
        .platforms()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64", "linux/s390x"]);

    // One that cannot be read is said, and the rest is kept.
    let digest = Digest::sha256(innermost.as_bytes());
    script.reply(&format!("GET /v2/a/manifests/{digest}"), not_found());
    let result = crawl(&script, Before::default()).await;
    assert_eq!(result.summary.outcome, Outcome::Partial);
    assert_eq!(image_of(&result).platforms().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_index_that_lists_itself_ends() {
    // No digest can be that of what holds it; a server that claims so answers wrongly.
    let inner = index(&nested(&Digest::sha256(b"x")));
    let outer = index(&nested(&Digest::sha256(inner.as_bytes())));
    let script = Script::new();
    lists(&script, &[("a", &["1"])]);
    script.reply("GET /v2/a/manifests/1", served(&outer));
    let digest = Digest::sha256(inner.as_bytes());
    script.reply(&format!("GET /v2/a/manifests/{digest}"), served(&inner));
    let digest = Digest::sha256(b"x");
    script.reply(&format!("GET /v2/a/manifests/{digest}"), served(&inner));
    let result = crawl(&script, Before::default()).await;
    assert_eq!(result.summary.outcome, Outcome::Partial);
    let digest = Digest::sha256(outer.as_bytes());
    let of_outer =
        |finding: &Finding| matches!(finding, Finding::Image { digest: d, .. } if *d == digest);
    assert!(result.findings.iter().any(of_outer));
}

#[tokio::test(start_paused = true)]
async fn an_entry_of_an_index_that_cannot_be_read_is_said() {
    let body = index(&format!(
        r#"{},{{"digest":"nonsense"}},7"#,
        child(&Digest::sha256(b"1"), "amd64")
    ));
    let script = Script::new();
    lists(&script, &[("a", &["1"])]);
    script.reply("GET /v2/a/manifests/1", served(&body));
    let result = crawl(&script, Before::default()).await;
    assert_eq!(result.summary.outcome, Outcome::Partial);
    let failure = &result.summary.failures[0];
    assert!(failure.message.contains("2 manifests"), "{failure}");
    assert_eq!(image_of(&result).children.len(), 1);
    assert!(result.words().contains(&"tag a:1".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn an_image_whose_configuration_cannot_be_read_is_kept() {
    let script = Script::new();
    lists(&script, &[("a", &["1", "2"])]);
    let body = image(&configuration("amd64"), 1);
    for tag in ["1", "2"] {
        script.reply(&format!("GET /v2/a/manifests/{tag}"), manifest(&body));
    }
    let result = crawl(&script, Before::default()).await;
    assert_eq!(result.summary.outcome, Outcome::Partial);
    assert_eq!(result.summary.failures.len(), 1, "said once");
    assert_eq!(result.summary.failures[0].stage, Stage::Configuration);
    let image = image_of(&result);
    assert_eq!((image.platform, image.size.is_some()), (None, true));
    for tag in ["tag a:1", "tag a:2"] {
        assert!(result.words().contains(&tag.to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_digest_that_is_not_served_by_itself_is_read_by_its_tag() {
    let (old, new) = (artifact(1), artifact(2));
    let script = Script::new();
    lists(&script, &[("a", &["1"])]);
    let digest = Digest::sha256(new.as_bytes());
    let says = Reply::status(200).header("docker-content-digest", &digest.to_string());
    script.reply("HEAD /v2/a/manifests/1", says);
    script.reply(&format!("GET /v2/a/manifests/{digest}"), not_found());
    script.reply("GET /v2/a/manifests/1", manifest(&new));
    let result = crawl(&script, Before::default().with("a", &[("1", &old)])).await;
    assert_eq!(result.summary.outcome, Outcome::Complete);
    assert!(result.words().contains(&"tag a:1".to_owned()));
}
