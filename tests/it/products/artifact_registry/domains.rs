//! Projects that belong to a domain: `example.com:projectect`, in names with a slash.

use supercargo::model::Secret;
use supercargo::simulator::{ArtifactRegistry, Content, GoogleAccount, ImageSpec, Simulator, User};

use super::{HOST, KEY, PUBLIC, TOKEN, address, at, key, settings, start};
use crate::products::situation::{asked, shown};
use crate::products::{Scenario, repositories, spec};
use crate::support::bench::Bench;

fn product() -> ArtifactRegistry {
    let reads = ["example.com/project"];
    let mut reader = User::member("reader@proj.iam.gserviceaccount.com", "", &reads);
    reader.secret = Secret::new(KEY);
    ArtifactRegistry {
        accounts: vec![GoogleAccount {
            user: reader,
            public_key: PUBLIC.to_vec(),
        }],
        ..ArtifactRegistry::new(vec![User::member("ann", TOKEN.1, &reads)])
    }
}

async fn holding(product: ArtifactRegistry, name: &str) -> Simulator {
    let content = Content::empty();
    let digest = content.put_image(name, &ImageSpec::new("linux/amd64", 1));
    content.tag(name, "1.0", &digest);
    start(product, content, Vec::new()).await
}

/// Crawls, and shows that the REST API alone lists what is there.
async fn lists(mut scenario: Scenario, name: &str) {
    let (ended, requests) = scenario.crawl_whole().await;
    assert_eq!(ended.summary.notes, Vec::<String>::new(), "{name}");
    assert_eq!(scenario.listed_by(), "artifact-registry-api", "{name}");
    assert_eq!(repositories(&scenario.rows()), [name.to_owned()].into());
    let lists = ["/v1/projects/example.com:project/", "/tags/list"];
    let lists = lists.map(|part| asked(&requests, part));
    assert!(lists[0] > 0 && lists[1] == 0, "{:#?}", shown(&requests));
}

#[tokio::test]
async fn the_project_of_a_domain_is_listed_by_its_own_name() {
    let name = "example.com/project/repo/app";
    for pattern in ["example.com/project/**", "example.com/project/repo/**"] {
        let simulator = holding(product(), name).await;
        lists(
            at(simulator, HOST, Some(TOKEN), &[("repository", pattern)]),
            name,
        )
        .await;
    }
    // At Container Registry names leave the repository out.
    let gcr = ArtifactRegistry {
        gcr: Some("gcr.io".to_owned()),
        ..product()
    };
    let name = "example.com/project/app";
    let simulator = holding(gcr, name).await;
    let pattern = ("repository", "example.com/project/**");
    lists(at(simulator, "gcr.io", Some(TOKEN), &[pattern]), name).await;
}

#[tokio::test]
async fn a_service_account_says_of_which_project_of_a_domain_it_is() {
    let name = "example.com/project/repo/app";
    let simulator = holding(product(), name).await;
    let key = key(&format!("{}/token", simulator.api_address()));
    let mut key: serde_json::Value = serde_json::from_str(&key).unwrap();
    key["project_id"] = "example.com:project".into();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, key.to_string()).unwrap();
    let api = simulator.api_address();
    let mut spec = spec(&address(&simulator, HOST), None, &settings(&api, &[]));
    spec.username = Some("_json_key".to_owned());
    spec.password = format!("command:cat {}", file.display()).parse().unwrap();
    let bench = Bench::new(&spec);
    lists(Scenario { simulator, bench }, name).await;
}
