//! The hosts of Amazon ECR, and where the API of each is (docs.aws.amazon.com, "Amazon ECR
//! endpoints and quotas"; "Making requests over IPv6").

/// What the host of a registry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hosted {
    /// The account whose registry it is.
    pub(super) account: String,
    pub(super) region: String,
    /// Whether it is for those who need FIPS 140.
    is_fips: bool,
    domains: Domains,
}

/// Where hosts of registries are, and where those of their APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Domains {
    registry: &'static str,
    api: &'static str,
    /// Whether both are for IPv6, too, and named in another way.
    is_dual: bool,
}

const fn plain(domain: &'static str) -> Domains {
    Domains {
        registry: domain,
        api: domain,
        is_dual: false,
    }
}

const fn dual(registry: &'static str, api: &'static str) -> Domains {
    Domains {
        registry,
        api,
        is_dual: true,
    }
}

const DOMAINS: [Domains; 8] = [
    plain("amazonaws.com"),
    plain("amazonaws.com.cn"),
    plain("amazonaws.eu"),
    plain("c2s.ic.gov"),
    plain("sc2s.sgov.gov"),
    dual("on.aws", "api.aws"),
    dual(
        "on.amazonwebservices.com.cn",
        "api.amazonwebservices.com.cn",
    ),
    dual("on.amazonwebservices.eu", "api.amazonwebservices.eu"),
];

impl Hosted {
    /// The host of its API.
    pub(super) fn api(&self) -> String {
        let Self {
            region, domains, ..
        } = self;
        let name = match (self.is_fips, domains.is_dual) {
            (true, _) => "ecr-fips",
            (false, true) => "ecr",
            (false, false) => "api.ecr",
        };
        format!("{name}.{region}.{}", domains.api)
    }
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
    let mut all = DOMAINS.into_iter();
    let domains = all.find(|known| known.registry == domain && known.is_dual == is_dual)?;
    (is_account && is_region(region)).then(|| Hosted {
        account: account.to_owned(),
        region: region.to_owned(),
        is_fips,
        domains,
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
            assert_eq!((hosted.region.as_str(), &*hosted.api()), (region, api));
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
