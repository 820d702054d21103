//! Which product answers, and what is peculiar to it.
//!
//! For now: finding out, and who hides what. One file a product.

mod generic;

use crate::http::HeaderMap;
use crate::model::{Endpoint, Host, Product};

use super::challenge::Challenge;

/// What gives a product away.
pub(super) struct Evidence<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) headers: &'a HeaderMap,
    pub(super) challenges: &'a [Challenge],
}

/// The product, where something says it for certain.
pub(super) fn detect(evidence: &Evidence<'_>) -> Option<Product> {
    by_host(evidence.endpoint)
        .or_else(|| by_headers(evidence))
        .or_else(|| evidence.challenges.iter().find_map(by_challenge))
        .or_else(|| generic::detect(evidence))
}

/// The version, where the product tells everybody.
pub(super) fn version(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let nexus = text("server").and_then(|server| server.strip_prefix("Nexus/"));
    let artifactory = text("x-jfrog-version").and_then(|v| v.strip_prefix("Artifactory/"));
    let version = nexus
        .or(artifactory)
        .or_else(|| text("gitlab-container-registry-version"))?;
    let version = version.split_whitespace().next()?;
    Some(crate::model::text::quote(version, 40))
}

/// Whether an empty catalogue from it may mean that we are not allowed to see any.
pub(super) fn hides_catalogue(product: Product) -> bool {
    matches!(product, Product::Quay)
}

fn by_host(endpoint: &Endpoint) -> Option<Product> {
    let Host::Name(host) = endpoint.host() else {
        return None;
    };
    let below = |domain: &str| {
        host.strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if below("amazonaws.com") && host.contains(".dkr.ecr") || below("public.ecr.aws") {
        return Some(Product::Ecr);
    }
    if host.contains(".azurecr.") {
        return Some(Product::Acr);
    }
    if host.ends_with("-docker.pkg.dev") || below("gcr.io") {
        return Some(Product::ArtifactRegistry);
    }
    [
        ("ghcr.io", Product::Ghcr),
        ("quay.io", Product::Quay),
        ("docker.io", Product::DockerHub),
        ("registry.gitlab.com", Product::Gitlab),
        ("registry.gitflic.ru", Product::Gitflic),
    ]
    .into_iter()
    .find_map(|(domain, product)| below(domain).then_some(product))
}

fn by_headers(evidence: &Evidence<'_>) -> Option<Product> {
    let headers = evidence.headers;
    if headers.contains_key("x-jfrog-version") || headers.contains_key("x-artifactory-id") {
        return Some(if evidence.endpoint.base().contains("/api/docker/") {
            Product::ArtifactoryPath
        } else {
            Product::Artifactory
        });
    }
    if headers.contains_key("gitlab-container-registry-version") {
        return Some(Product::Gitlab);
    }
    let server = headers.get("server")?.to_str().ok()?;
    server.starts_with("Nexus/").then_some(Product::Nexus)
}

fn by_challenge(challenge: &Challenge) -> Option<Product> {
    let realm = challenge.realm.as_deref()?;
    if challenge.is_basic() {
        return match realm {
            "Sonatype Nexus Repository Manager" => Some(Product::Nexus),
            "Artifactory Realm" => Some(Product::Artifactory),
            "harbor" => Some(Product::Harbor),
            _ => None,
        };
    }
    let path = realm.split('?').next().unwrap_or(realm);
    let service = challenge.service.as_deref().unwrap_or_default();
    if path.ends_with("/service/token") && service == "harbor-registry" {
        return Some(Product::Harbor);
    }
    if path.ends_with("/jwt/auth") && service == "container_registry" {
        return Some(Product::Gitlab);
    }
    if path.ends_with("/v2/auth") {
        return Some(Product::Quay);
    }
    if path.ends_with("/v2/token") && service.contains("/v2/token") {
        return Some(Product::Nexus);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
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
                Some(Product::ArtifactoryPath),
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
                headers: &headers,
                challenges: &challenge::parse(challenge),
            });
            assert_eq!(found, wanted, "{endpoint} {header} {challenge}");
        }
    }

    #[test]
    fn versions_are_read_where_they_are_told() {
        let mut headers = HeaderMap::new();
        assert_eq!(version(&headers), None);
        headers.insert("server", "Nexus/3.96.3-01 (COMMUNITY)".parse().unwrap());
        assert_eq!(version(&headers).as_deref(), Some("3.96.3-01"));
    }
}
