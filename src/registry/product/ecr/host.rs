//! The hosts of Amazon ECR, and where the API of each is (docs.aws.amazon.com, "Amazon ECR
//! endpoints and quotas"; "Making requests over IPv6").

use crate::registry::aws::PARTITIONS;

/// What the host of a registry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hosted {
    /// The account whose registry it is.
    pub(super) account: String,
    pub(super) region: String,
    /// The host of its API.
    pub(super) api: String,
}

/// What `host` says, where it is one of a private registry:
/// `ACCOUNT.dkr.ecr.REGION.amazonaws.com`, `ACCOUNT.dkr-ecr.REGION.on.aws`.
pub(super) fn of(host: &str) -> Option<Hosted> {
    let (account, rest) = host.split_once('.')?;
    let is_account = !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_digit());
    let (is_dual, rest) = if let Some(rest) = rest.strip_prefix("dkr.ecr") {
        (false, rest)
    } else {
        (true, rest.strip_prefix("dkr-ecr")?)
    };
    let (is_fips, rest) = match rest.strip_prefix("-fips") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let (region, domain) = rest.strip_prefix('.')?.split_once('.')?;
    // Below which domain the API is.
    let below = PARTITIONS
        .iter()
        .find_map(|partition| match partition.dual {
            Some((registry, api)) if is_dual => (registry == domain).then_some(api),
            _ => (!is_dual && partition.domain == domain).then_some(domain),
        })?;
    let name = match (is_fips, is_dual) {
        (true, _) => "ecr-fips",
        (false, true) => "ecr",
        (false, false) => "api.ecr",
    };
    (is_account && is_region(region)).then(|| Hosted {
        account: account.to_owned(),
        region: region.to_owned(),
        api: format!("{name}.{region}.{below}"),
    })
}

/// The region of an API at `host`: the first part of it that has the form of one, as in
/// `api.ecr.REGION.amazonaws.com` and `vpce-….api.ecr.REGION.vpce.amazonaws.com`.
pub(super) fn region_of_api(host: &str) -> Option<String> {
    let (_, behind) = host
        .split_once("ecr.")
        .or_else(|| host.split_once("ecr-fips."))?;
    let region = behind.split('.').next()?;
    is_region(region).then(|| region.to_owned())
}

/// Whether it has the form of a region: `eu-central-1`.
fn is_region(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let number = text.rsplit('-').next().unwrap_or_default();
    text.bytes().all(is_plain)
        && text.matches('-').count() >= 2
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_says_whose_it_is_and_where_its_api_is() {
        for (host, region, api) in [
            (
                "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
                "eu-central-1",
                "api.ecr.eu-central-1.amazonaws.com",
            ),
            (
                "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
                "us-gov-west-1",
                "ecr-fips.us-gov-west-1.amazonaws.com",
            ),
            (
                "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
                "cn-north-1",
                "api.ecr.cn-north-1.amazonaws.com.cn",
            ),
            (
                "123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk",
                "eu-isoe-west-1",
                "api.ecr.eu-isoe-west-1.cloud.adc-e.uk",
            ),
            (
                "123456789012.dkr-ecr.eu-central-1.on.aws",
                "eu-central-1",
                "ecr.eu-central-1.api.aws",
            ),
            (
                "123456789012.dkr-ecr-fips.us-east-1.on.aws",
                "us-east-1",
                "ecr-fips.us-east-1.api.aws",
            ),
            (
                "123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn",
                "cn-north-1",
                "ecr.cn-north-1.api.amazonwebservices.com.cn",
            ),
        ] {
            let hosted = of(host).unwrap();
            assert_eq!(hosted.account, "123456789012");
            assert_eq!((&*hosted.region, &*hosted.api), (region, api));
        }
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        for host in [
            "123456789012.dkr.ecr.eu-central-1.amazonaws.com.evil.example",
            "123456789012.dkr.ecr.eu-central-1.evil-amazonaws.com",
            "123456789012.dkr.ecr.evil.example.amazonaws.com",
            "123456789012.dkr.ecrx.eu-central-1.amazonaws.com",
            "123456789012.dkr-ecr.eu-central-1.amazonaws.com",
            "123456789012.dkr.ecr.eu-central-1.on.aws",
            "x.dkr.ecr.eu-central-1.amazonaws.com",
            "api.ecr.eu-central-1.amazonaws.com",
            "public.ecr.aws",
            "127.0.0.1",
        ] {
            assert_eq!(of(host), None, "{host}");
        }
    }

    #[test]
    fn an_api_says_its_region() {
        for (host, region) in [
            ("api.ecr.eu-central-1.amazonaws.com", Some("eu-central-1")),
            ("ecr-fips.us-east-1.api.aws", Some("us-east-1")),
            (
                "vpce-0a1b.api.ecr.eu-west-3.vpce.amazonaws.com",
                Some("eu-west-3"),
            ),
            ("localhost", None),
            ("ecr.corp.example", None),
        ] {
            assert_eq!(region_of_api(host).as_deref(), region, "{host}");
        }
    }
}
