//! What gives products away.

use super::*;
use crate::http::{Cover, HeaderMap};
use crate::registry::challenge;

#[test]
fn hosts_headers_and_realms_give_products_away() {
    let none = "";
    for (endpoint, header, challenge, wanted) in [
        (
            "https://1.dkr.ecr.eu-central-1.amazonaws.com",
            none,
            none,
            Some(Product::Ecr),
        ),
        ("https://x.azurecr.io", none, none, Some(Product::Acr)),
        (
            "https://eu-docker.pkg.dev",
            none,
            none,
            Some(Product::ArtifactRegistry),
        ),
        (
            "https://registry-1.docker.io",
            none,
            none,
            Some(Product::DockerHub),
        ),
        ("https://notdocker.io", none, none, None),
        (
            "https://h",
            "server: Nexus/3.96.3-01 (COMMUNITY)",
            none,
            Some(Product::Nexus),
        ),
        (
            "https://h",
            "x-jfrog-version: Artifactory/7.46.11 7",
            none,
            Some(Product::Artifactory),
        ),
        (
            "https://h/artifactory/api/docker/k",
            "x-artifactory-id: 1",
            none,
            Some(Product::Artifactory),
        ),
        (
            "https://h",
            "gitlab-container-registry-version: v4",
            none,
            Some(Product::Gitlab),
        ),
        (
            "https://h",
            none,
            r#"Bearer realm="https://h/service/token",service="harbor-registry""#,
            Some(Product::Harbor),
        ),
        (
            "https://h",
            none,
            r#"Bearer realm="https://h/v2/auth",service="h""#,
            Some(Product::Quay),
        ),
        (
            "https://h",
            none,
            r#"BASIC realm="Sonatype Nexus Repository Manager""#,
            Some(Product::Nexus),
        ),
        (
            "https://h",
            none,
            r#"Basic realm="Registry Realm""#,
            Some(Product::Generic),
        ),
        (
            "https://h",
            none,
            r#"Bearer realm="https://h/auth",service="x""#,
            None,
        ),
    ] {
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header.split_once(": ") {
            headers.insert(
                crate::http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                value.parse().unwrap(),
            );
        }
        let found = detect(&Evidence {
            endpoint: &endpoint.parse().unwrap(),
            headers: Headers::new(&headers, &Cover::default()),
            challenges: &challenge::parse(challenge),
        });
        assert_eq!(found, wanted, "{endpoint} {header} {challenge}");
    }
}

#[test]
fn versions_are_read_where_they_are_told() {
    let mut headers = HeaderMap::new();
    let cover = Cover::default();
    assert_eq!(version(Headers::new(&headers, &cover)), None);
    headers.insert("server", "Nexus/3.96.3-01 (COMMUNITY)".parse().unwrap());
    let found = version(Headers::new(&headers, &cover));
    assert_eq!(found.as_deref(), Some("3.96.3-01"));
}
