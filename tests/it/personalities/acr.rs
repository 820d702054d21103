//! Azure Container Registry, read by azure-containerregistry, which speaks TLS alone, and
//! by skopeo.

use std::collections::BTreeSet;
use std::sync::Arc;

use supercargo::simulator::{
    Acr, Behaviour, Content, ImageSpec, IndexSpec, Product, Simulator, User,
};
use tokio::net::{TcpListener, TcpStream};

use super::{python, skopeo, tags, told};
use crate::support::stand::{Authority, Leaf};

const ADMIN: (&str, &str) = ("contoso", "password of contoso");
const ENTRA: (&str, &str) = ("ann@contoso", "a token of Entra ID");

async fn start(anonymous_pull: bool) -> Simulator {
    let content = Content::empty();
    for (seed, name) in (0..).zip(["app", "team/web", "team/api/v2"]) {
        for tag in 0..3 {
            let image = ImageSpec::new("linux/amd64", seed * 10 + tag);
            content.tag(name, &format!("1.{tag}"), &content.put_image(name, &image));
        }
        let index = IndexSpec {
            images: vec![
                ImageSpec::new("linux/amd64", seed * 10 + 7),
                ImageSpec::new("windows/amd64", seed * 10 + 8),
            ],
            attestations: false,
            docker: true,
        };
        content.tag(name, "multi", &content.put_index(name, &index));
        content.put_image(name, &ImageSpec::new("linux/s390x", seed * 10 + 9));
    }
    let acr = Acr {
        entra: vec![User::administrator(ENTRA.0, ENTRA.1)],
        anonymous_pull,
        ..Acr::new(vec![
            User::administrator(ADMIN.0, ADMIN.1),
            User::member("map", "password of the map", &["team"]),
        ])
    };
    let behaviour = Behaviour {
        product: Product::Acr(acr),
        ..Behaviour::default()
    };
    Simulator::start(content, behaviour).await.unwrap()
}

/// The same behind TLS, and the authority to trust.
async fn behind_tls(simulator: &Simulator) -> (String, String) {
    let authority = Authority::new("test authority");
    let acceptor = tokio_rustls::TlsAcceptor::from(authority.server(&Leaf::default()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let plain = simulator.address();
    let plain: Arc<str> = plain.strip_prefix("http://").unwrap().into();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, plain) = (acceptor.clone(), Arc::clone(&plain));
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let mut registry = TcpStream::connect(&*plain).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut registry).await;
            });
        }
    });
    (address, authority.pem())
}

#[tokio::test]
async fn azure_containerregistry_lists_what_it_holds() {
    let Some(python) = python("azure.containerregistry").await else {
        return;
    };
    let simulator = start(false).await;
    let (address, pem) = behind_tls(&simulator).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, pem).unwrap();
    let file = file.to_str().unwrap();
    let all = told(&python, "acr.py", &[&address, file], ENTRA)
        .await
        .unwrap();
    let images = all["images"].as_array().unwrap();
    let content = simulator.content();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut named = BTreeSet::new();
    let mut untagged = 0;
    for image in images {
        let (repository, digest) = (text(&image["repository"]), text(&image["digest"]));
        let tags: BTreeSet<String> = image["tags"].as_array().unwrap().iter().map(text).collect();
        untagged += usize::from(tags.is_empty());
        named.extend(
            tags.into_iter()
                .map(|tag| (repository.clone(), tag, digest.clone())),
        );
        let facts = content.facts(&repository, &digest.parse().unwrap());
        assert_eq!(image["pushed"], facts.pushed.as_second(), "{image}");
        assert!(image["size"].as_u64().is_some(), "{image}");
    }
    // Two children, and one image by itself, of each repository.
    assert_eq!(untagged, 9);
    let mut expected = BTreeSet::new();
    for shelf in content.shelves() {
        let counts = &all["counts"][&shelf.repository];
        assert_eq!(counts[0], shelf.manifests.len(), "{counts}");
        assert_eq!(counts[1], shelf.tags.len(), "{counts}");
        for (tag, digest) in shelf.tags {
            expected.insert((shelf.repository.clone(), tag, digest.to_string()));
        }
    }
    assert_eq!(named, expected);
    let rows = all["tags"].as_array().unwrap().iter();
    let listed: BTreeSet<_> = rows
        .map(|row| (text(&row[0]), text(&row[1]), text(&row[2])))
        .collect();
    assert_eq!(listed, expected);
    let has = |key: &str, value: &str| images.iter().any(|image| image[key] == value);
    assert!(has("architecture", "s390x") && has("os", "windows"));
    assert!(images.iter().any(|image| image["architecture"].is_null()));

    let wrong = told(&python, "acr.py", &[&address, file], ("x", "no such token")).await;
    assert!(wrong.unwrap_err().contains("ClientAuthenticationError"));
    let nobody = told(&python, "acr.py", &[&address, file], ("x", "")).await;
    assert!(nobody.unwrap_err().contains("ClientAuthenticationError"));
}

#[tokio::test]
async fn skopeo_lists_its_tags() {
    for (anonymous_pull, name, account, opens) in [
        (false, "app", Some(ADMIN), true),
        (
            false,
            "team/api/v2",
            Some(("map", "password of the map")),
            true,
        ),
        (false, "app", Some(("map", "password of the map")), false),
        (false, "app", Some((ADMIN.0, "wrong")), false),
        (false, "app", None, false),
    ] {
        let simulator = start(anonymous_pull).await;
        let Some(listed) = skopeo(&simulator.address(), name, account).await else {
            return;
        };
        match listed {
            Ok(listed) => {
                assert!(opens, "{name} {account:?}");
                assert_eq!(listed, tags(simulator.content(), name));
            }
            Err(message) => {
                assert!(!opens, "{name} {account:?}: {message}");
                let known = ["unauthorized", "authentication required", "denied"];
                assert!(known.iter().any(|text| message.contains(text)), "{message}");
            }
        }
    }
}
