//! Where keys of AWS are found, and whose count.

use std::collections::BTreeMap;
use std::fs;

use super::*;

struct Home {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

fn home(variables: &[(&str, &str)], credentials: &str, config: &str) -> Home {
    let folder = tempfile::tempdir().unwrap();
    let aws = folder.path().join(".aws");
    fs::create_dir(&aws).unwrap();
    fs::write(aws.join("credentials"), credentials).unwrap();
    fs::write(aws.join("config"), config).unwrap();
    let own = [("HOME", folder.path().to_str().unwrap())];
    let all = variables.iter().chain(&own);
    let variables = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Home {
        variables: variables.collect(),
        folder,
    }
}

impl Home {
    async fn look(&self, profile: Option<&str>) -> Result<Kept, Lacking> {
        let variable = |name: &str| self.variables.get(name).cloned();
        let kept = look(profile, &variable).await;
        assert!(self.folder.path().exists());
        kept
    }

    async fn lacking(&self, profile: Option<&str>) -> String {
        let Lacking { why, hint } = self.look(profile).await.unwrap_err();
        assert!(!hint.is_empty());
        format!("{why}; {hint}")
    }
}

const KEYS: &str = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key=s1\n\
                    # a comment\n[prod]\naws_access_key_id=AKIAPROD\n\
                    aws_secret_access_key = s2\n aws_session_token = nested\n\
                    [lent]\naws_access_key_id=ASIALENT\naws_secret_access_key=s3\n\
                    aws_session_token=t3\n";

fn keys(id: &str, secret: &str, session: Option<&str>) -> AwsSource {
    AwsSource::Keys(AwsKeys {
        id: id.to_owned(),
        secret: Secret::new(secret),
        session: session.map(Secret::new),
        ends: None,
    })
}

#[tokio::test]
async fn the_environment_counts_first_and_a_named_profile_alone() {
    let env = [
        ("AWS_ACCESS_KEY_ID", "AKIAENV"),
        ("AWS_SECRET_ACCESS_KEY", "s0"),
        ("AWS_REGION", "eu-west-3"),
    ];
    let there = home(&env, KEYS, "[default]\nregion = us-west-2\n");
    let kept = there.look(None).await.unwrap();
    assert_eq!(kept.access.source, keys("AKIAENV", "s0", None));
    assert_eq!(kept.access.region.as_deref(), Some("eu-west-3"));
    assert_eq!(kept.name, "AKIAENV");
    let kept = there.look(Some("prod")).await.unwrap();
    assert_eq!(kept.access.source, keys("AKIAPROD", "s2", None));
    assert!(kept.place.contains("`prod`"));
    // What was lent has another id tomorrow: it is known by its profile.
    let kept = there.look(Some("lent")).await.unwrap();
    assert_eq!(kept.access.source, keys("ASIALENT", "s3", Some("t3")));
    assert_eq!(kept.name, "of the profile lent");
    let said = there.lacking(Some("nowhere")).await;
    assert!(said.contains("no profile `nowhere`"), "{said}");
}

#[tokio::test]
async fn without_an_environment_it_is_the_default_profile_or_that_of_a_variable() {
    let there = home(&[], KEYS, "[default]\nregion = us-west-2\n");
    let kept = there.look(None).await.unwrap();
    assert_eq!(kept.access.source, keys("AKIADEFAULT", "s1", None));
    assert_eq!(kept.access.region.as_deref(), Some("us-west-2"));
    let there = home(&[("AWS_PROFILE", "prod")], KEYS, "");
    let kept = there.look(None).await.unwrap();
    assert_eq!(kept.access.source, keys("AKIAPROD", "s2", None));
}

#[tokio::test]
async fn roles_are_assumed_by_another_profile_or_what_is_there() {
    let config = "[profile chain]\nrole_arn = arn:aws:iam::1:role/reader\n\
                  source_profile = prod\nexternal_id = x1\nrole_session_name = ann\n\
                  [profile host]\nrole_arn = r\ncredential_source = Ec2InstanceMetadata\n\
                  [profile web]\nrole_arn = r\nweb_identity_token_file = /var/token\n\
                  [profile loop]\nrole_arn = r\nsource_profile = loop2\n\
                  [profile loop2]\nrole_arn = r\nsource_profile = loop\n\
                  [profile lost]\nrole_arn = r\nsource_profile = nowhere\n\
                  [profile bare]\nrole_arn = r\n\
                  [profile 'on prod']\nrole_arn = r\nsource_profile = both\n\
                  [profile both]\nrole_arn = other\nsource_profile = lost\n\
                  aws_access_key_id = AKIABOTH\naws_secret_access_key = s3\n\
                  [profile code]\nrole_arn = r\nsource_profile = prod\nmfa_serial = m\n\
                  [profile browser]\nsso_session = corp\n\
                  [profile empty]\nregion = eu-west-1\n";
    let there = home(&[], KEYS, config);
    let kept = there.look(Some("chain")).await.unwrap();
    let AwsSource::Role(role) = kept.access.source else {
        panic!("{kept:?}");
    };
    assert_eq!(role.role, "arn:aws:iam::1:role/reader");
    assert_eq!(
        (role.session.as_str(), role.external_id.as_deref()),
        ("ann", Some("x1"))
    );
    assert_eq!(role.base, keys("AKIAPROD", "s2", None));
    let kept = there.look(Some("host")).await.unwrap();
    let AwsSource::Role(role) = kept.access.source else {
        panic!("{kept:?}");
    };
    assert_eq!(role.base, AwsSource::Instance { endpoint: None });
    assert_eq!(role.session, SESSION);
    // Keys in a profile assume the role that another names, and no role of their own.
    let kept = there.look(Some("on prod")).await.unwrap();
    let AwsSource::Role(role) = kept.access.source else {
        panic!("{kept:?}");
    };
    assert_eq!(
        (role.role.as_str(), &role.base),
        ("r", &keys("AKIABOTH", "s3", None))
    );
    let kept = there.look(Some("web")).await.unwrap();
    assert!(matches!(kept.access.source, AwsSource::WebIdentity { .. }));
    for (profile, says) in [
        ("loop", "leads on and on"),
        ("lost", "`nowhere` is not there"),
        ("bare", "not who assumes it"),
        ("code", "one-time code"),
        ("browser", "export-credentials --profile browser"),
        ("empty", "holds no keys"),
    ] {
        let said = there.lacking(Some(profile)).await;
        assert!(said.contains(says), "{profile}: {said}");
    }
}

#[tokio::test]
async fn what_lends_is_told_by_variables_and_the_host_comes_last() {
    let relative = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x")];
    let kept = home(&relative, "", "").look(None).await.unwrap();
    let AwsSource::Container { url, token, .. } = kept.access.source else {
        panic!("{kept:?}");
    };
    assert_eq!((url.as_str(), token), ("http://169.254.170.2/v2/x", None));
    let web = [
        ("AWS_ROLE_ARN", "r"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/token"),
        ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"),
    ];
    let kept = home(&web, KEYS, "").look(None).await.unwrap();
    assert!(matches!(kept.access.source, AwsSource::WebIdentity { .. }));
    assert_eq!(kept.access.sts.as_deref(), Some("http://127.0.0.1:1"));
    // A role of the profile goes before that of the environment.
    let config = "[default]\nrole_arn = r\nsource_profile = prod\n";
    let kept = home(&web, KEYS, config).look(None).await.unwrap();
    assert!(matches!(kept.access.source, AwsSource::Role(_)));
    let kept = home(&[], "", "").look(None).await.unwrap();
    assert_eq!(kept.access.source, AwsSource::Instance { endpoint: None });
    let off = home(&[("AWS_EC2_METADATA_DISABLED", "TRUE")], "", "");
    let said = off.lacking(None).await;
    assert!(said.contains("switched off"), "{said}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_process_prints_keys_and_nothing_of_them_is_said_where_it_fails() {
    let line = "printf '{\"Version\":1,\"AccessKeyId\":\"ASIAX\",\"SecretAccessKey\":\"s\",\
                \"SessionToken\":\"t\",\"Expiration\":\"2030-01-01T00:00:00Z\"}'";
    let broken = "printf '{\"Version\":1,\"SecretAccessKey\":\"sentinel\"}'";
    let config = format!(
        "[profile printed]\ncredential_process = {line}\n\
         [profile broken]\ncredential_process = {broken}\n\
         [profile failed]\ncredential_process = sh -c 'exit 3'\n"
    );
    let there = home(&[], "", &config);
    let kept = there.look(Some("printed")).await.unwrap();
    let AwsSource::Keys(keys) = &kept.access.source else {
        panic!("{kept:?}");
    };
    assert_eq!(keys.id, "ASIAX");
    assert_eq!(keys.ends, "2030-01-01T00:00:00Z".parse().ok());
    for (profile, says) in [("broken", "are no keys"), ("failed", "exit status: 3")] {
        let said = there.lacking(Some(profile)).await;
        assert!(said.contains(says) && !said.contains("sentinel"), "{said}");
    }
}
