//! What products call what a registry's settings ask for, for forms and help: somebody looks
//! for the words that stand in the product's own pages. A product that calls something
//! otherwise is a line here.

use super::Product;

/// What one product calls one setting or secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wording {
    /// The product.
    pub product: Product,
    /// The setting by its key; `password` and `api-token` are the secrets themselves.
    pub key: &'static str,
    /// Its name in the form.
    pub label: &'static str,
    /// One line on what is wanted.
    pub help: &'static str,
}

/// What `product` calls the setting or secret of this key; `None` where it has no words of its
/// own for it.
pub fn wording(product: Product, key: &str) -> Option<&'static Wording> {
    let mut all = WORDINGS.iter();
    all.find(|wording| wording.product == product && wording.key == key)
}

const fn of(
    product: Product,
    key: &'static str,
    label: &'static str,
    help: &'static str,
) -> Wording {
    Wording {
        product,
        key,
        label,
        help,
    }
}

/// Every product's words, by product.
pub static WORDINGS: [Wording; 37] = [
    of(
        Product::Nexus,
        "address",
        "Address",
        "One repository: `…/repository/NAME`, or its own port; or the whole server",
    ),
    of(
        Product::Nexus,
        "api",
        "Server address",
        "The server's own address, where a repository's port or subdomain hides it",
    ),
    of(
        Product::Nexus,
        "username",
        "User name or code",
        "The user name, or the name code of a user token",
    ),
    of(
        Product::Nexus,
        "password",
        "Password or code",
        "The password, or the pass code of a user token",
    ),
    of(
        Product::Artifactory,
        "address",
        "Address",
        "A repository's own host or port, or `…/artifactory/api/docker/KEY`",
    ),
    of(
        Product::Artifactory,
        "password",
        "Password or token",
        "The password, an API key, or an access or identity token",
    ),
    of(
        Product::ArtifactoryPath,
        "repository",
        "Repository keys",
        "Required: repository keys, each for all that is in it, or KEY/IMAGE",
    ),
    of(
        Product::ArtifactoryPath,
        "password",
        "Password or token",
        "The password, an API key, or an access or identity token",
    ),
    of(
        Product::Gitlab,
        "api",
        "GitLab address",
        "GitLab itself, where that is not the host of its token server",
    ),
    of(
        Product::Gitlab,
        "username",
        "User name",
        "Your user name in GitLab, or the one that a deploy token has",
    ),
    of(
        Product::Gitlab,
        "password",
        "Token",
        "Personal access token (read_registry; read_api for listing) or deploy token",
    ),
    of(
        Product::Gitlab,
        "api-token",
        "Access token",
        "An access token (read_api) beside a deploy token, which may list nothing",
    ),
    of(
        Product::Harbor,
        "username",
        "User or robot",
        "The user name, or a robot's whole one: robot$NAME, robot$PROJECT+NAME",
    ),
    of(
        Product::Harbor,
        "password",
        "Password or secret",
        "The password, the CLI secret of who signs in by OIDC, or a robot's secret",
    ),
    of(
        Product::Gitflic,
        "password",
        "Transport token",
        "A transport token of your profile, which stands for the password",
    ),
    of(
        Product::Gitflic,
        "api",
        "API address",
        "The REST API of an own server, where it is not at https://api.gitflic.ru",
    ),
    of(
        Product::Gitflic,
        "api-token",
        "Access token",
        "An access token for the REST API, which takes no transport token",
    ),
    of(
        Product::DockerHub,
        "username",
        "Docker ID",
        "Your Docker ID, or the name of an organization for a token of its own",
    ),
    of(
        Product::DockerHub,
        "password",
        "Password or token",
        "The password, a personal access token, or an organization's token",
    ),
    of(
        Product::Ghcr,
        "username",
        "GitHub user name",
        "Your user name at GitHub",
    ),
    of(
        Product::Ghcr,
        "password",
        "Classic token",
        "A classic token with read:packages; fine-grained ones list nothing here",
    ),
    of(
        Product::Ghcr,
        "api",
        "GitHub API",
        "The API of an own server, where it is not at https://api.github.com",
    ),
    of(
        Product::Quay,
        "username",
        "Robot or user",
        "A robot (ORG+NAME), or `$oauthtoken` with an OAuth access token",
    ),
    of(
        Product::Quay,
        "password",
        "Robot token",
        "The robot's token, or an OAuth access token for `$oauthtoken`",
    ),
    of(
        Product::Quay,
        "api-token",
        "OAuth token",
        "An OAuth access token (repo:read, user:read): its API takes nothing else",
    ),
    of(
        Product::Ecr,
        "address",
        "Address",
        "https://ACCOUNT.dkr.ecr.REGION.amazonaws.com",
    ),
    of(
        Product::Ecr,
        "username",
        "Key id or profile",
        "An access key id, or the profile of ~/.aws where keys are found there",
    ),
    of(
        Product::Ecr,
        "password",
        "Secret key",
        "The secret key of the access key; it signs, and is sent to nobody",
    ),
    of(
        Product::Ecr,
        "api-token",
        "Session token",
        "The session token of a key that was lent (it begins with ASIA)",
    ),
    of(
        Product::Ecr,
        "api",
        "ECR API",
        "The API of Amazon ECR, where a host of its own stands before it",
    ),
    of(
        Product::ArtifactRegistry,
        "username",
        "Kind of secret",
        "oauth2accesstoken, _json_key or _json_key_base64",
    ),
    of(
        Product::ArtifactRegistry,
        "password",
        "Token or key",
        "An access token, or the key of a service account as JSON on one line",
    ),
    of(
        Product::ArtifactRegistry,
        "repository",
        "Projects",
        "PROJECT/** for all of a project, or PROJECT/REPOSITORY/**",
    ),
    of(
        Product::Acr,
        "username",
        "Application or name",
        "A service principal's application id, a token's name, or the registry's",
    ),
    of(
        Product::Acr,
        "password",
        "Password or token",
        "The client secret, the token's password, or a refresh token",
    ),
    of(
        Product::Zot,
        "password",
        "Password or API key",
        "The password, or an API key (zak_…)",
    ),
    of(
        Product::Gitea,
        "password",
        "Access token",
        "An access token with read:package, or the password",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::setting;

    #[test]
    fn every_word_is_for_something_that_is_asked_and_has_room() {
        for one in &WORDINGS {
            let told = format!("{} {}", one.product, one.key);
            assert!(
                one.key == "password" || setting::find(one.key).is_some(),
                "{told}"
            );
            // The form's column of names, and a line of its help in eighty columns.
            assert!(one.label.chars().count() <= 19, "{told}: {}", one.label);
            assert!(one.help.chars().count() <= 76, "{told}: {}", one.help);
            assert_eq!(wording(one.product, one.key), Some(one), "{told} twice");
        }
        assert_eq!(wording(Product::Generic, "password"), None);
    }
}
