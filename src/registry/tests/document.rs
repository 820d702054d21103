//! Whole documents: their bytes, everything they say, and what refers to them.

use super::*;
use crate::model::{Document, Json, Kind, Referrer};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn reference(tag: &str) -> Reference {
    Reference::Tag(tag.parse().unwrap())
}

fn manifest(config: &str, more: &str) -> String {
    format!(
        "{{ \"schemaVersion\":2,\n \"config\":{{\"mediaType\":\"x/y\",\"digest\":\"{config}\",\
         \"size\":3}},\"layers\":[]{more}}}"
    )
}

#[tokio::test(start_paused = true)]
async fn a_document_is_its_exact_bytes_and_its_digest_is_seen_to() {
    let config = Digest::sha256(b"{ }");
    let body = manifest(&config.to_string(), "");
    let script = Script::new();
    let reply = |body: &str| {
        let reply = Reply::status(200).header("content-type", MANIFEST);
        reply.body(body.to_owned())
    };
    script.reply("GET /v2/a/manifests/1", reply(&body));
    let own = Digest::sha256(body.as_bytes());
    script.reply(&format!("GET /v2/a/manifests/{own}"), reply(&body));
    let other = Digest::sha256(b"other");
    script.reply(&format!("GET /v2/a/manifests/{other}"), reply(&body));
    script.reply("GET /v2/a/manifests/page", reply("<html>"));
    script.reply(
        &format!("GET /v2/a/blobs/{config}"),
        Reply::status(200).body("{ }"),
    );
    script.reply(
        &format!("GET /v2/a/blobs/{other}"),
        Reply::status(200).body("{ }"),
    );
    let registry = registry(&script);
    for reference in [reference("1"), Reference::Digest(own.clone())] {
        let document = registry.manifest_document(&name("a"), &reference).await;
        let document = document.unwrap();
        assert_eq!(document.digest, own);
        assert_eq!(document.bytes, body.as_bytes());
        assert!(!document.is_covered);
    }
    for (reference, class) in [
        (Reference::Digest(other.clone()), Class::Digest),
        (reference("page"), Class::Protocol),
        (reference("none"), Class::Missing),
    ] {
        let failed = registry.manifest_document(&name("a"), &reference).await;
        assert_eq!(failed.unwrap_err().class, class, "{reference}");
    }
    let descriptor = |digest: &Digest, data: Option<&'static [u8]>| Descriptor {
        media_type: String::new(),
        digest: digest.clone(),
        size: 3,
        data: data.map(bytes::Bytes::from_static),
    };
    let read = async |descriptor| {
        registry
            .configuration_document(&name("a"), &descriptor)
            .await
    };
    assert_eq!(read(descriptor(&config, None)).await.unwrap().bytes, b"{ }");
    let failed = read(descriptor(&other, None)).await.unwrap_err();
    assert_eq!(failed.class, Class::Digest);
    // What is embedded is not asked for; what is embedded wrongly is.
    let asked = script.recorded().len();
    let embedded = read(descriptor(&other, Some(b"other"))).await.unwrap();
    assert_eq!(
        (embedded.bytes, script.recorded().len()),
        (b"other".into(), asked)
    );
    let wrong = read(descriptor(&config, Some(b"wrong"))).await.unwrap();
    assert_eq!(
        (wrong.bytes, script.recorded().len()),
        (b"{ }".into(), asked + 1)
    );
}

fn kept(text: &str) -> Document {
    Document {
        digest: Digest::sha256(text.as_bytes()),
        bytes: text.as_bytes().to_vec(),
        is_covered: false,
    }
}

#[test]
fn what_is_kept_says_the_same_without_its_registry() {
    let text = manifest(
        &Digest::sha256(b"c").to_string(),
        r#","annotations":{"b":1,"a":[-1,1.5,true,null,"x\u001b"]}"#,
    );
    let facts = manifest_facts(&kept(&text), None).unwrap();
    assert_eq!(facts.image.kind, Kind::Artifact);
    assert_eq!(facts.config.unwrap().digest, Digest::sha256(b"c"));
    let Some(Json::Map(members)) = facts.tree else {
        panic!("it is an object");
    };
    let (key, annotations) = members.last().unwrap();
    assert_eq!(key, "annotations");
    let wanted = Json::Map(vec![
        ("b".to_owned(), Json::Unsigned(1)),
        (
            "a".to_owned(),
            Json::List(vec![
                Json::Signed(-1),
                Json::Float(1.5),
                Json::Bool(true),
                Json::Null,
                Json::Text("x\u{fffd}".to_owned()),
            ]),
        ),
    ]);
    assert_eq!(*annotations, wanted);
    let index = r#"{"manifests":[{"digest":"sha256:x"},{}]}"#;
    let facts = manifest_facts(&kept(index), None).unwrap();
    assert_eq!(facts.image.media_type.as_str(), INDEX);
    for text in ["", "[]", "{}", "<html>", "{\"manifests\":[]"] {
        assert!(manifest_facts(&kept(text), None).is_none(), "{text}");
    }
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let deep = kept(&format!(r#"{{"manifests":[],"x":{deep}}}"#));
    assert_eq!(manifest_facts(&deep, None).unwrap().tree, None);
}

#[test]
fn a_configuration_of_wrong_kinds_says_what_it_can() {
    let (facts, steps) = configuration_facts(
        &kept(
            r#"{"os":7,"architecture":"arm","created":"soon","config":{"User":[],"Env":["A=1",2,null],
               "Entrypoint":"sh","Cmd":{},"Labels":{"a":1,"b":"x"},"ExposedPorts":["80"],
               "Volumes":{"/d":null}},"history":[7,{"empty_layer":"true"},{"empty_layer":true}]}"#,
        ),
        None,
    )
    .unwrap();
    assert_eq!((facts.os, facts.user, facts.created), (None, None, None));
    assert_eq!(facts.architecture.as_deref(), Some("arm"));
    assert_eq!(facts.env, ["A=1"]);
    assert!(facts.entrypoint.is_empty() && facts.cmd.is_empty());
    let labels = [("a", ""), ("b", "x")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(facts.labels, labels);
    assert!(facts.exposed_ports.is_empty());
    assert_eq!(facts.volumes, ["/d"]);
    let empty: Vec<bool> = steps.iter().map(|step| step.empty_layer).collect();
    assert_eq!(empty, [false, true]);
    assert!(configuration_facts(&kept("[]"), None).is_none());
}

#[tokio::test(start_paused = true)]
async fn referrers_are_read_to_the_last_page_or_from_the_fallback_tag() {
    let digest = Digest::sha256(b"subject");
    let path = format!("/v2/a/referrers/{digest}");
    let entry = |name: &str, more: &str| {
        format!(
            r#"{{"digest":"{}"{more}}}"#,
            Digest::sha256(name.as_bytes())
        )
    };
    let list = |entries: &[String]| {
        let body = format!(
            r#"{{"schemaVersion":2,"manifests":[{}]}}"#,
            entries.join(",")
        );
        Reply::status(200).header("content-type", INDEX).body(body)
    };
    let found = |name: &str, artifact_type: Option<&str>, size| Referrer {
        digest: Digest::sha256(name.as_bytes()),
        artifact_type: artifact_type.map(str::to_owned),
        size,
    };
    let script = Script::new();
    let first = [
        entry("one", r#","artifactType":"a/b","size":7"#),
        "7".to_owned(),
    ];
    script.reply(
        &format!("GET {path}"),
        list(&first).header("link", r#"<http://elsewhere/x?page=2>; rel="next""#),
    );
    script.reply(
        &format!("GET http://reg{path}?page=2"),
        list(&[entry("two", ""), r#"{"digest":"x"}"#.to_owned()]),
    );
    let all = registry(&script).all_referrers(&name("a"), &digest).await;
    let wanted = [found("one", Some("a/b"), Some(7)), found("two", None, None)];
    assert_eq!(all.unwrap(), wanted);

    // A list that leads back to itself is no list.
    let script = Script::new();
    script.reply(
        &format!("GET {path}"),
        list(&first).header("link", &format!(r#"<{path}>; rel="next""#)),
    );
    let failed = registry(&script).all_referrers(&name("a"), &digest).await;
    assert_eq!(failed.unwrap_err().class, Class::Protocol);

    let tag = format!(
        "GET /v2/a/manifests/{}",
        digest.to_string().replace(':', "-")
    );
    let unknown =
        || Reply::status(404).body(r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"x"}]}"#);
    for (refusal, tagged, wanted) in [
        (
            Reply::status(404),
            list(&first),
            Ok(vec![found("one", Some("a/b"), Some(7))]),
        ),
        (Reply::status(405), unknown(), Ok(vec![])),
        (
            list(&[]).header("content-type", "text/html"),
            unknown(),
            Ok(vec![]),
        ),
        (Reply::status(404), Reply::status(404), Err(Class::Missing)),
        (Reply::status(404), Reply::status(403), Err(Class::Denied)),
        (Reply::status(403), unknown(), Err(Class::Denied)),
    ] {
        let script = Script::new();
        script.reply(&format!("GET {path}"), refusal);
        script.reply(&tag, tagged);
        let read = registry(&script).all_referrers(&name("a"), &digest).await;
        assert_eq!(read.map_err(|failure| failure.class), wanted);
    }
}
