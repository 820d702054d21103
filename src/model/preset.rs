//! What is known of a registry as soon as its product is: settings that are the same for
//! everybody, and what the product needs, in its own words. A product is a line here.

use super::Product;

/// What is known of the registries of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// The product.
    pub product: Product,
    /// What it needs of who adds one, in a line or two.
    pub needs: &'static str,
    /// Settings by key, and their values as text.
    pub values: &'static [(&'static str, &'static str)],
}

/// What is known of a product's registries.
pub fn preset(product: Product) -> &'static Preset {
    let mut all = PRESETS.iter();
    all.find(|preset| preset.product == product)
        .unwrap_or(&PRESETS[0])
}

/// One that lists nothing by V2, so that its repositories are named.
const NAMED: (&str, &str) = ("load-full-list", "false");

const fn of(
    product: Product,
    needs: &'static str,
    values: &'static [(&'static str, &'static str)],
) -> Preset {
    Preset {
        product,
        needs,
        values,
    }
}

/// Every product's, the generic one first.
pub static PRESETS: [Preset; 15] = [
    of(
        Product::Generic,
        "Any registry that speaks the Registry V2 API. Listing its repositories may need an \
         administrator: without, name them",
        &[],
    ),
    of(
        Product::Nexus,
        "A user who may browse and read its Docker repositories; an address such as \
         https://HOST/repository/NAME, or a repository's own port",
        &[("auth", "basic")],
    ),
    of(
        Product::Artifactory,
        "A user or access token that may read; an address such as \
         https://HOST/artifactory/api/docker/KEY, or a repository's own host",
        &[],
    ),
    of(
        Product::ArtifactoryPath,
        "Names begin with a repository key: write the keys to load under Repositories, as \
         `docker-local`; they cannot be listed",
        &[NAMED],
    ),
    of(
        Product::Gitlab,
        "The registry's own host or port (registry.gitlab.com), and a personal access token with \
         read_registry, and read_api to list",
        &[("auth", "bearer")],
    ),
    of(
        Product::Harbor,
        "A robot account (robot$NAME) with list and read on repositories, artifacts and tags; a \
         system robot sees all projects",
        &[],
    ),
    of(
        Product::Gitflic,
        "A user name and a transport token of the profile; listing by its API takes an access \
         token besides (API token kept)",
        &[],
    ),
    of(
        Product::DockerHub,
        "Your name and an access token: your namespace and your organizations' are listed; name \
         others, as `library/nginx` or `NAMESPACE/**`",
        &[("address", "https://registry-1.docker.io")],
    ),
    of(
        Product::Ghcr,
        "Your name and a classic token with read:packages, and read:org to find your \
         organizations; name others, as `OWNER/**`",
        &[("address", "https://ghcr.io")],
    ),
    of(
        Product::Quay,
        "A robot (ORG+NAME) with read, and an OAuth access token (repo:read) kept as API token; \
         or that token as password of `$oauthtoken`",
        &[],
    ),
    of(
        Product::Ecr,
        "An access key: its id as user name, the secret key as password, or both where AWS's \
         own tools look (aws); user AWS and a lent password have V2 alone",
        &[],
    ),
    of(
        Product::ArtifactRegistry,
        "https://LOCATION-docker.pkg.dev, and a command that prints the password: `gcloud auth \
         print-access-token`; repositories as `PROJECT/REPOSITORY/**`",
        &[("username", "oauth2accesstoken")],
    ),
    of(
        Product::Acr,
        "https://NAME.azurecr.io, and a service principal or token that may pull and read \
         metadata (metadata_read), or the administrator",
        &[],
    ),
    of(
        Product::Zot,
        "A user who may read; its search extension lists images with their digests and sizes, \
         where it is switched on",
        &[],
    ),
    of(
        Product::Gitea,
        "The server's own address (https://git.example), your user name and an access token with \
         read:package and read:organization",
        &[],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::setting;

    #[test]
    fn every_product_says_what_it_needs_in_two_lines() {
        for product in Product::ALL {
            let preset = preset(product);
            assert_eq!(preset.product, product);
            // Two lines of a form's help in eighty columns.
            let length = preset.needs.chars().count();
            assert!((20..=148).contains(&length), "{product}: {length}");
        }
    }

    #[test]
    fn what_is_filled_in_is_what_its_settings_take_and_not_the_default() {
        for preset in &PRESETS {
            for (key, value) in preset.values {
                let setting = setting::find(key).unwrap();
                let mut spec = setting::template().unwrap();
                (setting.set)(&mut spec, value).unwrap();
                assert_eq!((setting.get)(&spec), *value, "{} {key}", preset.product);
                assert_ne!(setting.default_text(), *value, "{} {key}", preset.product);
            }
        }
    }
}
