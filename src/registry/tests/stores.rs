//! Stores that a lister names itself: what becomes of those that are not listed any more.

use super::*;
use crate::model::{Class, Product, RepositoryScope};

const A: &str = "GET http://api/v2/namespaces/a/repositories";

/// Docker Hub, of which these namespaces are named.
fn hub(script: &Script) -> Registry {
    let mut spec = spec();
    spec.product = Some(Product::DockerHub);
    spec.api = Some("http://api".parse().unwrap());
    let patterns = ["a/**", "b/**"].map(str::to_owned).to_vec();
    spec.repositories = RepositoryScope::new(patterns).unwrap();
    let registry = with(script, &spec, None);
    registry.choose_api();
    registry
}

#[tokio::test(start_paused = true)]
async fn what_is_not_asked_after_an_api_was_given_up_is_told() {
    let script = Script::new();
    script.reply(A, Reply::json(r#"{"count":1,"results":[{"name":"app"}]}"#));
    let registry = hub(&script);
    let mut list = registry.repositories();
    let page = list.next().await.unwrap().unwrap();
    assert_eq!(page.items, [name("a/app")]);
    registry.give_up_api("somebody asked too much");
    let failure = list.next().await.unwrap().unwrap_err();
    assert_eq!(failure.class, Class::Unproven);
    assert!(failure.message.contains("`b`"), "{failure:?}");
    assert!(!list.shows_gone().await);
    // Nothing more was asked.
    assert_eq!(script.lines().len(), 1, "{:?}", script.lines());
}

#[tokio::test(start_paused = true)]
async fn a_list_of_nothing_but_what_is_no_name_is_not_empty() {
    let script = Script::new();
    let odd = r#"{"count":1,"results":[{"name":"no name"}]}"#;
    script.reply(A, Reply::json(odd));
    let none = Reply::json(r#"{"count":0,"results":[]}"#);
    script.reply("GET http://api/v2/namespaces/b/repositories", none);
    let registry = hub(&script);
    let page = registry.repositories().next().await.unwrap().unwrap();
    assert_eq!((page.items.len(), page.dropped.len()), (0, 1));
}
