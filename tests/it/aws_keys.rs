//! Keys of AWS where its own tools find them, on the whole way from the environment to the
//! inventory: whoever lends keys is asked as AWS's services are, and nobody else is.

use std::sync::{Arc, Mutex};

use supercargo::simulator::{Behaviour, Content, Ecr, EcrKey, ImageSpec, Product, Simulator, User};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::program::{Program, files_below};
use crate::support::stand::{answer, json};

const KEY: (&str, &str) = ("AKIAIOSFODNN7EXAMPLE", "sentinel-secret-key-that-lasts");
const LENT: (&str, &str) = ("ASIAIOSFODNN7EXAMPLE", "sentinel-secret-key-of-an-hour");
const SESSION: &str = "sentinel-session-token-of-an-hour";

async fn ecr() -> Simulator {
    let content = Content::empty();
    for tag in 0..3_u64 {
        let digest = content.put_image("team/app", &ImageSpec::new("linux/amd64", tag));
        content.tag("team/app", &format!("1.{tag}"), &digest);
    }
    let keys = vec![
        EcrKey::new(User::administrator(KEY.0, KEY.1)),
        EcrKey::new(User::administrator(LENT.0, LENT.1)).lent(SESSION),
    ];
    let behaviour = Behaviour {
        product: Product::Ecr(Ecr::new(keys)),
        ..Behaviour::default()
    };
    Simulator::start(content, behaviour).await.unwrap()
}

/// A service that says this to what it is asked, in whole; and what it was asked.
async fn service(
    says: impl Fn(&str) -> String + Send + Sync + 'static,
) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (all, says) = (Arc::clone(&heard), Arc::new(says));
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let (all, says) = (Arc::clone(&all), Arc::clone(&says));
            tokio::spawn(async move {
                let mut text = String::new();
                let mut buffer = [0; 4096];
                loop {
                    let count = socket.read(&mut buffer).await.unwrap_or(0);
                    text += &String::from_utf8_lossy(&buffer[..count]);
                    let Some((head, body)) = text.split_once("\r\n\r\n") else {
                        if count == 0 {
                            return;
                        }
                        continue;
                    };
                    let length = head.to_lowercase();
                    let length = length.split("content-length: ").nth(1);
                    let length = length.and_then(|rest| rest.lines().next()?.parse().ok());
                    if count == 0 || body.len() >= length.unwrap_or(0_usize) {
                        break;
                    }
                }
                all.lock().unwrap().push(text.clone());
                let _ = socket.write_all(says(&text).as_bytes()).await;
                let _ = socket.shutdown().await;
            });
        }
    });
    (address, heard)
}

/// Keys as services beside a container or host lend them.
fn lent() -> String {
    json(&format!(
        r#"{{"Code":"Success","AccessKeyId":"{}","SecretAccessKey":"{}","Token":"{SESSION}",
            "Expiration":"2100-01-01T00:00:00Z"}}"#,
        LENT.0, LENT.1
    ))
}

/// Keys as STS lends them for `action`.
fn lent_by_role(action: &str) -> String {
    let body = format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>\
         <Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey>\
         <SessionToken>{SESSION}</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>\
         </Credentials></{action}Result></{action}Response>",
        LENT.0, LENT.1
    );
    answer("200 OK", &["content-type: text/xml"], &body)
}

/// A program that has a registry at `address`, with the profile of this name or none.
fn added(program: Program, address: &str, profile: Option<&str>) -> Program {
    let mut words = vec![
        "registry",
        "add",
        "lab",
        address,
        "--type",
        "ecr",
        "--password-from",
        "aws",
    ];
    words.extend(["--children", "none"]);
    if let Some(profile) = profile {
        words.extend(["--username", profile]);
    }
    program.done(&words);
    program
}

fn profiles(program: &Program, credentials: &str, config: &str) {
    let folder = program.home().join(".aws");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("credentials"), credentials).unwrap();
    std::fs::write(folder.join("config"), config).unwrap();
}

/// Crawls and finds everything; no secret is in what is kept or said.
fn crawled(program: &Program) {
    let ran = program.run(&["crawl", "lab", "--format", "json", "-v"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
    assert_eq!(program.images("lab").len(), 3, "{ran:#?}");
    assert!(ran.stdout.contains("\"ecr-api\""), "{ran:#?}");
    assert!(!format!("{ran:?}").contains("sentinel"), "{ran:#?}");
    for file in files_below(&program.state()) {
        let bytes = std::fs::read(&file).unwrap();
        let has = bytes.windows(8).any(|part| part == b"sentinel");
        assert!(!has, "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_environment_and_a_profile_sign() {
    let ecr = ecr().await;
    let address = ecr.address();
    let program = Program::new()
        .with("AWS_ACCESS_KEY_ID", LENT.0)
        .with("AWS_SECRET_ACCESS_KEY", LENT.1)
        .with("AWS_SESSION_TOKEN", SESSION);
    crawled(&added(program, &address, None));
    let program = Program::new();
    let credentials = format!(
        "[prod]\naws_access_key_id={}\naws_secret_access_key={}\n",
        KEY.0, KEY.1
    );
    profiles(&program, &credentials, "");
    crawled(&added(program, &address, Some("prod")));
    // One that is not there is told before anything is sent.
    let before = ecr.requests().len();
    let program = Program::new();
    profiles(&program, &credentials, "");
    let words = ["registry", "add", "lab", &address, "--type", "ecr"];
    let more = ["--password-from", "aws", "--username", "nowhere"];
    let ran = program.run(&[&words[..], &more].concat());
    let ran = if ran.code == 0 {
        program.run(&["crawl", "lab"])
    } else {
        ran
    };
    assert!(
        ran.code != 0 && ran.stdout.contains("no profile `nowhere`"),
        "{ran:#?}"
    );
    assert_eq!(ecr.requests().len(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn containers_are_lent_keys_for_their_token() {
    let ecr = ecr().await;
    let (lender, heard) = service(|asked| {
        if asked.starts_with("GET /creds ") && asked.contains("authorization: sentinel-of-the-pod")
        {
            lent()
        } else {
            answer("401 Unauthorized", &[], "")
        }
    })
    .await;
    let program = Program::new()
        .with(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            &format!("{lender}/creds"),
        )
        .with("AWS_CONTAINER_AUTHORIZATION_TOKEN", "sentinel-of-the-pod")
        // A proxy is for the registry: it is none for what lends keys.
        .with("NO_PROXY", "");
    crawled(&added(program, &ecr.address(), None));
    assert_eq!(heard.lock().unwrap().len(), 1);
    // Keys that have ended are asked for once more, and not at each request where nothing
    // newer is to be had.
    let (lender, heard) = service(|_| lent().replace("2100-01-01", "2000-01-01")).await;
    let uri = format!("{lender}/creds");
    let program = Program::new().with("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri);
    crawled(&added(program, &ecr.address(), None));
    assert_eq!(heard.lock().unwrap().len(), 1);
    // Elsewhere nothing is asked in plain text.
    let program = Program::new().with(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "http://lender.example/creds",
    );
    let program = added(program, &ecr.address(), None);
    let ran = program.run(&["crawl", "lab"]);
    assert!(ran.code != 0 && ran.stdout.contains("FULL_URI"), "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_are_lent_keys_by_the_second_protocol() {
    let ecr = ecr().await;
    let (lender, heard) = service(|asked| {
        let has_token = asked.contains("x-aws-ec2-metadata-token: sentinel-of-the-host");
        let role = "/latest/meta-data/iam/security-credentials/";
        if asked.starts_with("PUT /latest/api/token ")
            && asked.contains("x-aws-ec2-metadata-token-ttl-seconds: ")
        {
            answer("200 OK", &[], "sentinel-of-the-host")
        } else if asked.starts_with(&format!("GET {role} ")) && has_token {
            answer("200 OK", &[], "reader\n")
        } else if asked.starts_with(&format!("GET {role}reader ")) && has_token {
            lent()
        } else {
            answer("401 Unauthorized", &[], "")
        }
    })
    .await;
    let program = Program::new().with("AWS_EC2_METADATA_SERVICE_ENDPOINT", &lender);
    crawled(&added(program, &ecr.address(), None));
    assert_eq!(heard.lock().unwrap().len(), 3);
    // One that never answers is waited for a short while.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let program = Program::new().with("AWS_EC2_METADATA_SERVICE_ENDPOINT", &address);
    let program = added(program, &ecr.address(), None);
    let ran = program.run(&["crawl", "lab"]);
    assert!(
        ran.code != 0 && ran.stdout.contains("within 2s"),
        "{ran:#?}"
    );
    assert!(ran.stdout.contains("name a profile"), "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_lend_keys_for_a_token_and_for_other_keys() {
    let ecr = ecr().await;
    let (sts, heard) = service(|asked| {
        let signed = format!("AWS4-HMAC-SHA256 Credential={}/", KEY.0);
        if asked.contains("Action=AssumeRoleWithWebIdentity&")
            && asked.contains("WebIdentityToken=sentinel-identity")
            && !asked.contains("authorization")
        {
            lent_by_role("AssumeRoleWithWebIdentity")
        } else if asked.contains("Action=AssumeRole&")
            && asked.contains("ExternalId=x1")
            && asked.contains(&signed)
            && asked.contains("/sts/aws4_request")
        {
            lent_by_role("AssumeRole")
        } else {
            let body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not for \
                        you</Message></Error></ErrorResponse>";
            answer("403 Forbidden", &[], body)
        }
    })
    .await;
    let program = Program::new();
    let token = program.home().join("token");
    std::fs::write(&token, "sentinel-identity\n").unwrap();
    let program = program
        .with("AWS_ENDPOINT_URL_STS", &sts)
        .with("AWS_ROLE_ARN", "arn:aws:iam::1:role/reader")
        .with("AWS_WEB_IDENTITY_TOKEN_FILE", &token.display().to_string());
    crawled(&added(program, &ecr.address(), None));
    let config = "[profile prod]\nrole_arn=arn:aws:iam::1:role/reader\nsource_profile=base\n\
                  external_id=x1\n[profile other]\nrole_arn=r\nsource_profile=base\n";
    let credentials = format!(
        "[base]\naws_access_key_id={}\naws_secret_access_key={}\n",
        KEY.0, KEY.1
    );
    let program = Program::new().with("AWS_ENDPOINT_URL_STS", &sts);
    profiles(&program, &credentials, config);
    let program = added(program, &ecr.address(), Some("prod"));
    crawled(&program);
    let asked = heard.lock().unwrap().clone();
    assert_eq!(asked.len(), 2, "{asked:#?}");
    assert!(asked.iter().all(|asked| !asked.contains(KEY.1)));
    // A role that is not lent is told, and asked for once.
    program.done(&["registry", "edit", "lab", "--username", "other"]);
    let ran = program.run(&["crawl", "lab"]);
    assert!(
        ran.code != 0 && ran.stdout.contains("AccessDenied: not for you"),
        "{ran:#?}"
    );
    assert_eq!(heard.lock().unwrap().len(), 3);
}
