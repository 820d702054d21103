//! The partitions of AWS: groups of regions, each with domains of its own for the hosts of
//! services ("Endpoints and quotas", AWS General Reference; botocore's `partitions.json`).

/// One partition.
pub(in crate::registry) struct Partition {
    /// How the names of its regions begin.
    regions: &'static str,
    /// What the hosts of its services are below.
    pub(in crate::registry) domain: &'static str,
    /// The domains of Amazon ECR that answer over IPv6, too: those of registries, and those
    /// of APIs.
    pub(in crate::registry) dual: Option<(&'static str, &'static str)>,
}

const fn single(regions: &'static str, domain: &'static str) -> Partition {
    Partition {
        regions,
        domain,
        dual: None,
    }
}

/// All of them. The last has the regions that begin like none of the others.
pub(in crate::registry) const PARTITIONS: [Partition; 7] = [
    Partition {
        dual: Some((
            "on.amazonwebservices.com.cn",
            "api.amazonwebservices.com.cn",
        )),
        ..single("cn-", "amazonaws.com.cn")
    },
    Partition {
        dual: Some(("on.amazonwebservices.eu", "api.amazonwebservices.eu")),
        ..single("eusc-", "amazonaws.eu")
    },
    single("us-iso-", "c2s.ic.gov"),
    single("us-isob-", "sc2s.sgov.gov"),
    single("us-isof-", "csp.hci.ic.gov"),
    single("eu-isoe-", "cloud.adc-e.uk"),
    Partition {
        dual: Some(("on.aws", "api.aws")),
        ..single("", "amazonaws.com")
    },
];

/// What the hosts of services in `region` are below.
pub(super) fn domain(region: &str) -> &'static str {
    let mut all = PARTITIONS.iter();
    let found = all.find(|known| region.starts_with(known.regions));
    found.map_or("amazonaws.com", |known| known.domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_says_its_domain() {
        for (region, wanted) in [
            ("eu-central-1", "amazonaws.com"),
            ("us-gov-west-1", "amazonaws.com"),
            ("cn-north-1", "amazonaws.com.cn"),
            ("eusc-de-east-1", "amazonaws.eu"),
            ("us-iso-east-1", "c2s.ic.gov"),
            ("us-isob-east-1", "sc2s.sgov.gov"),
            ("us-isof-south-1", "csp.hci.ic.gov"),
            ("eu-isoe-west-1", "cloud.adc-e.uk"),
        ] {
            assert_eq!(domain(region), wanted, "{region}");
        }
    }
}
