//! Manifests, indexes, configurations, and what a tag names.

use super::*;
use crate::model::{Kind, Platform};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const SCHEMA2: &str = "application/vnd.docker.distribution.manifest.v2+json";
const SCHEMA1: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";

fn hex(c: char) -> String {
    format!("sha256:{}", c.to_string().repeat(64))
}

fn image() -> String {
    format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.docker.container.image.v1+json","size":10,"digest":"{}"}},"layers":[{{"size":30,"digest":"{}"}},{{"size":2}}]}}"#,
        hex('c'),
        hex('d')
    )
}

async fn read(reply: Reply) -> Result<Manifest, Failure> {
    let script = Script::new();
    script.reply("GET /v2/a/manifests/1", reply);
    let manifest = registry(&script)
        .manifest(&name("a"), &Reference::Tag("1".parse().unwrap()))
        .await;
    let accept = script.recorded()[0].header("accept").unwrap().to_owned();
    for media_type in [INDEX, LIST, MANIFEST, SCHEMA2] {
        assert!(accept.contains(media_type));
    }
    assert_eq!(
        script.recorded()[0]
            .request
            .headers
            .get_all("accept")
            .iter()
            .count(),
        1
    );
    manifest
}

fn typed(media_type: &str, body: impl Into<bytes::Bytes>) -> Reply {
    Reply::status(200)
        .header("content-type", media_type)
        .body(body)
}

#[tokio::test(start_paused = true)]
async fn an_image_has_a_size_and_a_configuration_to_read() {
    for sent in [
        SCHEMA2,
        "application/vnd.docker.distribution.manifest.v2+json; charset=utf-8",
    ] {
        let manifest = read(typed(sent, image())).await.unwrap();
        assert_eq!(manifest.image.kind, Kind::Image);
        assert_eq!(manifest.image.media_type.as_str(), SCHEMA2);
        assert_eq!(manifest.digest, Digest::sha256(image().as_bytes()));
        assert_eq!(manifest.image.size, Some(42));
        let config = manifest.config.unwrap();
        assert_eq!(config.digest.to_string(), hex('c'));
        assert_eq!(manifest.image.artifact_type, None);
    }
}

#[tokio::test(start_paused = true)]
async fn the_form_decides_where_the_type_does_not() {
    for (sent, body, kind, media_type) in [
        ("application/json", image(), Kind::Image, MANIFEST),
        (
            "text/plain",
            r#"{"manifests":[]}"#.to_owned(),
            Kind::Index,
            INDEX,
        ),
        (
            "application/octet-stream",
            format!(r#"{{"mediaType":"{LIST}","manifests":[]}}"#),
            Kind::Index,
            LIST,
        ),
        // The header names another form than the body has.
        (
            MANIFEST,
            r#"{"manifests":[]}"#.to_owned(),
            Kind::Index,
            INDEX,
        ),
        (INDEX, image(), Kind::Image, MANIFEST),
    ] {
        let manifest = read(typed(sent, body)).await.unwrap();
        assert_eq!(
            (manifest.image.kind, manifest.image.media_type.as_str()),
            (kind, media_type),
            "{sent}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_index_lists_platforms_and_accessories() {
    let body = format!(
        r#"{{"schemaVersion":2,"manifests":[
        {{"digest":"{}","platform":{{"architecture":"amd64","os":"linux"}}}},
        {{"digest":"{}","platform":{{"architecture":"arm64","os":"linux","variant":"v8"}}}},
        {{"digest":"{}","platform":{{"architecture":"unknown","os":"unknown"}},"annotations":{{"vnd.docker.reference.type":"attestation-manifest"}}}},
        {{"digest":"{}"}},
        {{"digest":"nonsense"}},
        7
        ]}}"#,
        hex('a'),
        hex('b'),
        hex('c'),
        hex('d')
    );
    let manifest = read(typed(INDEX, body)).await.unwrap();
    let brief: Vec<_> = manifest
        .image
        .children
        .iter()
        .map(|child| {
            let platform = child.platform.as_ref().map(Platform::to_string);
            (platform.unwrap_or_default(), child.accessory)
        })
        .collect();
    assert_eq!(
        brief,
        [
            ("linux/amd64".to_owned(), false),
            ("linux/arm64/v8".to_owned(), false),
            (String::new(), true),
            (String::new(), false),
        ]
    );
    assert_eq!(manifest.image.size, None);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_image_is_an_artifact_of_a_type() {
    let config = |media_type: &str| {
        format!(
            r#""config":{{"mediaType":"{media_type}","digest":"{}","size":1}}"#,
            hex('c')
        )
    };
    let oci = config("application/vnd.oci.image.config.v1+json");
    for (body, wanted) in [
        (
            format!(
                r#"{{{},"layers":[]}}"#,
                config("application/vnd.cncf.helm.config.v1+json")
            ),
            "application/vnd.cncf.helm.config.v1+json",
        ),
        (
            format!(
                r#"{{"artifactType":"application/spdx+json",{},"layers":[]}}"#,
                config("application/vnd.oci.empty.v1+json")
            ),
            "application/spdx+json",
        ),
        (
            format!(
                r#"{{{oci},"layers":[{{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json"}}]}}"#
            ),
            "application/vnd.dev.cosign.simplesigning.v1+json",
        ),
    ] {
        let manifest = read(typed(MANIFEST, body)).await.unwrap();
        assert_eq!(manifest.image.kind, Kind::Artifact);
        assert_eq!(manifest.image.artifact_type.as_deref(), Some(wanted));
        assert_eq!(manifest.config, None);
    }
}

#[tokio::test(start_paused = true)]
async fn schema_1_says_its_platform_itself() {
    let body = r#"{"schemaVersion":1,"name":"a","architecture":"amd64","history":[{"v1Compatibility":"{\"os\":\"linux\",\"created\":\"2016-01-01T00:00:00Z\"}"}],"signatures":[{}]}"#;
    let reply = typed(SCHEMA1, body).header("docker-content-digest", &hex('e'));
    let manifest = read(reply).await.unwrap();
    assert_eq!(manifest.image.kind, Kind::Image);
    assert_eq!(manifest.digest.to_string(), hex('e'));
    assert_eq!(manifest.image.platform.unwrap().to_string(), "linux/amd64");
    assert_eq!(
        manifest.image.created.unwrap().to_string(),
        "2016-01-01T00:00:00Z"
    );
    assert_eq!(manifest.config, None);
}

#[tokio::test(start_paused = true)]
async fn hostile_numbers_and_forms_break_nothing() {
    for body in [
        r#"{"config":{"mediaType":"x","size":-1},"layers":[{"size":18446744073709551615},{"size":9}]}"#,
        r#"{"config":{"size":"big"},"layers":[{"size":1e99},null,[]]}"#,
        r#"{"config":{},"layers":[]}"#,
        r#"{"manifests":[null,{"digest":7},{"platform":{"os":{}}}]}"#,
        r#"{"schemaVersion":1,"history":"x","architecture":{}}"#,
    ] {
        read(typed("application/json", body)).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn digests_are_computed_and_compared() {
    let right = Digest::sha256(image().as_bytes());
    let wide = Digest::compute(crate::model::Algorithm::Sha512, image().as_bytes());
    for (stated, wanted) in [
        (right.to_string(), Some(right.clone())),
        (wide.to_string(), Some(wide)),
        (hex('0'), None),
        // What cannot be computed is no contradiction.
        ("blake3:abc".to_owned(), Some(right.clone())),
        ("nonsense".to_owned(), Some(right.clone())),
    ] {
        let reply = typed(SCHEMA2, image()).header("docker-content-digest", &stated);
        match (read(reply).await, wanted) {
            (Ok(manifest), Some(wanted)) => assert_eq!(manifest.digest, wanted),
            (Err(failure), None) => {
                assert_eq!(failure.class, Class::Digest);
                assert!(failure.message.contains(&right.to_string()), "{failure}");
                assert_eq!(failure.reference.as_deref(), Some("1"));
            }
            (other, _) => panic!("{stated}: {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_manifest_by_digest_must_have_it() {
    let script = Script::new();
    let right = Digest::sha256(image().as_bytes());
    let wrong: Digest = hex('0').parse().unwrap();
    for digest in [&right, &wrong] {
        script.reply(
            &format!("GET /v2/a/manifests/{digest}"),
            typed(SCHEMA2, image()),
        );
    }
    let registry = registry(&script);
    let found = registry
        .manifest(&name("a"), &Reference::Digest(right))
        .await;
    assert!(found.is_ok());
    let failure = registry
        .manifest(&name("a"), &Reference::Digest(wrong))
        .await
        .unwrap_err();
    assert_eq!(failure.class, Class::Digest);
    assert!(
        failure.to_string().starts_with("manifest: a@sha256:000"),
        "{failure}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_no_manifest_is_shown() {
    for (body, says) in [
        ("<html><title>Oops</title>", "an HTML page titled `Oops`"),
        ("", "an empty body"),
        ("{}", "the form of none"),
        ("[1]", "not a JSON object"),
    ] {
        let failure = read(typed(MANIFEST, body)).await.unwrap_err();
        assert_eq!(failure.class, Class::Protocol);
        assert!(failure.message.contains(says), "{failure}");
        assert!(failure.hint.is_some());
    }
    let failure = read(Reply::status(404).body(
        r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"1"}}]}"#,
    ))
    .await
    .unwrap_err();
    assert_eq!(failure.class, Class::Missing);
    assert!(failure.message.contains("MANIFEST_UNKNOWN"), "{failure}");
    let failure = read(typed(MANIFEST, vec![b' '; 17 * 1024 * 1024]))
        .await
        .unwrap_err();
    assert_eq!(failure.class, Class::TooLarge);
}

mod heads {
    use super::*;

    async fn ask(registry: &Registry) -> Result<TagDigest, Failure> {
        let known: Digest = hex('1').parse().unwrap();
        registry
            .tag_digest(&name("a"), &"1".parse().unwrap(), &known)
            .await
    }

    #[tokio::test(start_paused = true)]
    async fn say_whether_a_tag_moved() {
        let moved: Digest = hex('2').parse().unwrap();
        for (reply, wanted) in [
            (Reply::status(304), TagDigest::Unchanged),
            (
                Reply::status(200).header("docker-content-digest", &hex('1')),
                TagDigest::Unchanged,
            ),
            (
                Reply::status(200).header("docker-content-digest", &hex('2')),
                TagDigest::Moved(moved),
            ),
        ] {
            let script = Script::new();
            script.reply("HEAD /v2/a/manifests/1", reply);
            assert_eq!(ask(&registry(&script)).await.unwrap(), wanted);
            let asked = script.recorded();
            let etag = format!("\"{}\"", hex('1'));
            assert_eq!(asked[0].header("if-none-match"), Some(etag.as_str()));
            assert!(asked[0].header("accept").unwrap().contains(INDEX));
        }
    }

    fn manifest() -> Reply {
        Reply::status(200)
            .header("content-type", "application/vnd.oci.image.manifest.v1+json")
            .body(BODY)
    }

    const BODY: &str = r#"{"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json"},"layers":[]}"#;

    #[tokio::test(start_paused = true)]
    async fn that_do_not_tell_are_followed_by_a_conditional_get_and_not_asked_again() {
        for (reply, heads) in [
            (Reply::status(403), 1),
            (Reply::status(405), 1),
            (Reply::status(501), 1),
            (Reply::status(400), 1),
            (Reply::status(302), 1),
            (Reply::status(200), 1),
            (
                Reply::status(200).header("docker-content-digest", "blake3:abc"),
                1,
            ),
            // Contradicts itself.
            (
                Reply::status(304).header("docker-content-digest", &hex('2')),
                1,
            ),
            // Once, the tag may just have come back.
            (Reply::status(404), 2),
        ] {
            let script = Script::new();
            script.reply("HEAD /v2/a/manifests/1", reply.clone());
            script.reply("GET /v2/a/manifests/1", manifest());
            let registry = registry(&script);
            for _ in 0..3 {
                let told = ask(&registry).await.unwrap();
                assert!(matches!(told, TagDigest::Read(_)), "{told:?}");
            }
            assert_eq!(script.count("HEAD /v2/a/manifests/1"), heads);
            let get = script.recorded().pop().unwrap();
            assert!(get.header("if-none-match").is_some());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn that_a_firewall_cuts_are_followed_by_a_get() {
        let script = Script::new();
        script.reply("HEAD /v2/a/manifests/1", Reply::broken());
        script.reply("GET /v2/a/manifests/1", Reply::status(304));
        let registry = registry(&script);
        assert_eq!(ask(&registry).await.unwrap(), TagDigest::Unchanged);
        let heads = script.count("HEAD /v2/a/manifests/1");
        assert_eq!(ask(&registry).await.unwrap(), TagDigest::Unchanged);
        assert_eq!(script.count("HEAD /v2/a/manifests/1"), heads);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_of_many_is_tried_alone() {
        let script = Script::new();
        let slow = Reply::status(403).after(std::time::Duration::from_secs(1));
        script.reply("HEAD /v2/a/manifests/1", slow);
        script.reply("GET /v2/a/manifests/1", manifest());
        let registry = registry(&script);
        let all = (0..16).map(|_| ask(&registry));
        for told in futures_util::future::join_all(all).await {
            assert!(matches!(told.unwrap(), TagDigest::Read(_)));
        }
        assert_eq!(script.count("HEAD /v2/a/manifests/1"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_get_that_answers_304_for_another_digest_is_not_believed() {
        let script = Script::new();
        script.reply("HEAD /v2/a/manifests/1", Reply::status(405));
        script.answer("GET /v2/a/manifests/1", |request: &crate::http::Request| {
            if request.headers.contains_key("if-none-match") {
                Reply::status(304).header("docker-content-digest", &hex('2'))
            } else {
                manifest()
            }
        });
        let told = ask(&registry(&script)).await.unwrap();
        assert!(matches!(told, TagDigest::Read(_)), "{told:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn that_fail_are_failures() {
        for (status, class) in [
            (401, Class::Authentication),
            (429, Class::Throttled),
            (500, Class::Server),
        ] {
            let script = Script::new();
            script.reply("HEAD /v2/a/manifests/1", Reply::status(status));
            let failure = ask(&registry(&script)).await.unwrap_err();
            assert_eq!(failure.class, class);
            assert!(
                failure.message.contains("HEAD /v2/a/manifests/1"),
                "{failure}"
            );
        }
        // What is refused to `GET` as well is refused.
        let script = Script::new();
        script.reply("HEAD /v2/a/manifests/1", Reply::status(403));
        script.reply("GET /v2/a/manifests/1", Reply::status(403));
        let failure = ask(&registry(&script)).await.unwrap_err();
        assert_eq!(failure.class, Class::Denied);
        assert!(
            failure.message.contains("GET /v2/a/manifests/1"),
            "{failure}"
        );
    }
}

mod configurations {
    use super::*;

    const BODY: &str = r#"{"architecture":"amd64","os":"linux"}"#;

    fn descriptor(data: Option<&'static str>) -> Descriptor {
        Descriptor {
            media_type: "application/vnd.oci.image.config.v1+json".into(),
            digest: Digest::sha256(BODY.as_bytes()),
            size: BODY.len() as u64,
            data: data.map(bytes::Bytes::from),
        }
    }

    async fn read(
        reply: Reply,
        data: Option<&'static str>,
    ) -> (Result<Configuration, Failure>, usize) {
        let script = Script::new();
        let descriptor = descriptor(data);
        script.reply(&format!("GET /v2/a/blobs/{}", descriptor.digest), reply);
        let read = registry(&script)
            .configuration(&name("a"), &descriptor)
            .await;
        (read, script.recorded().len())
    }

    #[tokio::test(start_paused = true)]
    async fn say_the_platform() {
        let (read, asked) = read(Reply::json(BODY), None).await;
        assert_eq!(read.unwrap().platform.unwrap().to_string(), "linux/amd64");
        assert_eq!(asked, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn that_are_embedded_are_not_asked_for() {
        let (embedded, asked) = read(Reply::status(500), Some(BODY)).await;
        assert!(embedded.is_ok());
        assert_eq!(asked, 0);
        // Embedded bytes of another digest are not believed.
        let (other, asked) = read(Reply::json(BODY), Some("{}")).await;
        assert!(other.unwrap().platform.is_some());
        assert_eq!(asked, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn must_have_their_digest() {
        let (wrong, _) = read(Reply::json("{}"), None).await;
        let failure = wrong.unwrap_err();
        assert_eq!(failure.class, Class::Digest);
        assert_eq!(failure.stage, Stage::Configuration);
        let (missing, _) = read(Reply::status(404), None).await;
        assert_eq!(missing.unwrap_err().class, Class::Missing);
    }
}
