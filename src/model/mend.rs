//! Which setting mends a failure of a check: where the form goes to from what failed.

use super::setting::SETTINGS;
use super::{Class, Failure, Stage};

/// What stands for the password itself, which is no setting.
pub const PASSWORD: &str = "password";

/// The setting of this key that mends failures of a class at a stage; the first line that
/// fits counts.
struct Mend {
    stage: Option<Stage>,
    class: Option<Class>,
    key: &'static str,
}

const fn at(stage: Stage, key: &'static str) -> Mend {
    Mend {
        stage: Some(stage),
        class: None,
        key,
    }
}

const fn of(class: Class, key: &'static str) -> Mend {
    Mend {
        stage: None,
        class: Some(class),
        key,
    }
}

const fn both(stage: Stage, class: Class, key: &'static str) -> Mend {
    Mend {
        stage: Some(stage),
        class: Some(class),
        key,
    }
}

const MENDS: [Mend; 24] = [
    of(Class::Proxy, "proxy"),
    at(Stage::Proxy, "proxy"),
    of(Class::Resolve, "address"),
    both(Stage::Resolve, Class::Timeout, "connect-timeout"),
    at(Stage::Resolve, "address"),
    both(Stage::Connect, Class::Timeout, "connect-timeout"),
    both(Stage::Connect, Class::Connect, "address"),
    both(Stage::Tls, Class::Timeout, "connect-timeout"),
    of(Class::Tls, "ca-file"),
    at(Stage::Tls, "ca-file"),
    of(Class::Timeout, "read-timeout"),
    both(Stage::Api, Class::Authentication, "api-token"),
    both(Stage::Api, Class::Denied, "api-token"),
    at(Stage::Api, "api"),
    both(Stage::Catalogue, Class::Authentication, "load-full-list"),
    both(Stage::Catalogue, Class::Denied, "load-full-list"),
    both(Stage::Catalogue, Class::Missing, "load-full-list"),
    of(Class::Authentication, PASSWORD),
    of(Class::Denied, PASSWORD),
    of(Class::Throttled, "max-rps"),
    of(Class::Quota, "max-rps"),
    both(Stage::Challenge, Class::Protocol, "auth"),
    both(Stage::Ping, Class::Protocol, "address"),
    both(Stage::Ping, Class::Missing, "address"),
];

/// The key of the setting that mends a failure; `None` where no setting does.
///
/// A hint of ours that names one setting says it more exactly than the kind of the failure:
/// of the limits, which one ran out; of TLS, whether it is a certificate at all.
pub fn mended_by(failure: &Failure) -> Option<&'static str> {
    let is_vague = matches!(
        failure.class,
        Class::Timeout | Class::Throttled | Class::Tls | Class::Local
    );
    if is_vague && let Some(key) = failure.hint.as_deref().and_then(named) {
        return Some(key);
    }
    let fits = |mend: &&Mend| {
        mend.stage.is_none_or(|stage| stage == failure.stage)
            && mend.class.is_none_or(|class| class == failure.class)
    };
    MENDS.iter().find(fits).map(|mend| mend.key)
}

/// The first setting that a hint names, as people do who write settings: in backticks. A
/// scheme is a part of the address.
fn named(hint: &str) -> Option<&'static str> {
    // Every second part stands between two backticks.
    hint.split('`').skip(1).step_by(2).find_map(|word| {
        if matches!(word, "http://" | "https://") {
            return Some("address");
        }
        let mut settings = SETTINGS.iter();
        settings.find(|it| it.key == word).map(|it| it.key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::setting;

    #[test]
    fn what_failed_points_to_the_setting_that_mends_it() {
        for (stage, class, hint, key) in [
            (Stage::Proxy, Class::Proxy, "", Some("proxy")),
            (Stage::Proxy, Class::Timeout, "", Some("proxy")),
            (Stage::Ping, Class::Proxy, "", Some("proxy")),
            (
                Stage::Resolve,
                Class::Resolve,
                "give it with `resolve`",
                Some("address"),
            ),
            (Stage::Ping, Class::Resolve, "", Some("address")),
            (Stage::Resolve, Class::Local, "", Some("address")),
            (Stage::Resolve, Class::Timeout, "", Some("connect-timeout")),
            (Stage::Connect, Class::Timeout, "", Some("connect-timeout")),
            (Stage::Connect, Class::Connect, "", Some("address")),
            (
                Stage::Tls,
                Class::Tls,
                "pass its PEM file as `ca-file`",
                Some("ca-file"),
            ),
            (
                Stage::Tls,
                Class::Tls,
                "check this host's clock",
                Some("ca-file"),
            ),
            (
                Stage::Tls,
                Class::Tls,
                "set `client-cert` and `client-key`",
                Some("client-cert"),
            ),
            (
                Stage::Tls,
                Class::Tls,
                "check the port, or write `http://`",
                Some("address"),
            ),
            (
                Stage::Tls,
                Class::Local,
                "`client-key` takes a PEM key",
                Some("client-key"),
            ),
            (
                Stage::Tls,
                Class::Local,
                "a CA file holds PEM certificates",
                Some("ca-file"),
            ),
            (Stage::Tls, Class::Timeout, "", Some("connect-timeout")),
            (Stage::Ping, Class::Tls, "write `https://`", Some("address")),
            (
                Stage::Tags,
                Class::Timeout,
                "a higher `read-timeout`",
                Some("read-timeout"),
            ),
            (
                Stage::Tags,
                Class::Timeout,
                "a higher `write-timeout`",
                Some("write-timeout"),
            ),
            (Stage::Manifest, Class::Timeout, "", Some("read-timeout")),
            (
                Stage::Tags,
                Class::Throttled,
                "raise `max-connections`",
                Some("max-connections"),
            ),
            (Stage::Tags, Class::Throttled, "", Some("max-rps")),
            (Stage::Manifest, Class::Quota, "", Some("max-rps")),
            (Stage::Api, Class::Authentication, "", Some("api-token")),
            (Stage::Api, Class::Denied, "", Some("api-token")),
            (Stage::Api, Class::Protocol, "", Some("api")),
            (Stage::Catalogue, Class::Denied, "", Some("load-full-list")),
            (
                Stage::Catalogue,
                Class::Authentication,
                "",
                Some("load-full-list"),
            ),
            (Stage::Catalogue, Class::Missing, "", Some("load-full-list")),
            (Stage::Token, Class::Authentication, "", Some(PASSWORD)),
            (
                Stage::Token,
                Class::Local,
                "mend the setting `auth`",
                Some("auth"),
            ),
            (Stage::Tags, Class::Denied, "", Some(PASSWORD)),
            (Stage::Challenge, Class::Protocol, "", Some("auth")),
            (Stage::Ping, Class::Protocol, "", Some("address")),
            (Stage::Ping, Class::Missing, "", Some("address")),
            (Stage::Ping, Class::Server, "", None),
            (Stage::Manifest, Class::Digest, "", None),
        ] {
            let failure = Failure::new(stage, class, "it failed").with_hint(hint);
            assert_eq!(mended_by(&failure), key, "{stage} {class} {hint}");
        }
    }

    #[test]
    fn every_line_names_a_setting() {
        for mend in &MENDS {
            let is_known = mend.key == PASSWORD || setting::find(mend.key).is_some();
            assert!(is_known, "{}", mend.key);
        }
    }
}
