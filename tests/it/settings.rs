//! Settings that need or contradict one another: the same words wherever they are set, and
//! nothing sent where they would lead a secret astray.

use supercargo::app::overlay::Form;
use supercargo::model::{Outcome, RegistryId, RegistrySpec, Stage, setting};
use supercargo::simulator::{Behaviour, Content, Shape, Simulator};

use crate::support::bench::Bench;
use crate::support::program::Program;

/// What is wrong with settings, and which of them is to be mended.
const WRONG: [(&[(&str, &str)], &str); 3] = [
    (&[("type", "artifactory-path")], "repository"),
    (
        &[("type", "gitlab"), ("auth", "basic"), ("username", "ann")],
        "auth",
    ),
    (&[("api", "http://api.example")], "api"),
];

fn spec(address: &str, settings: &[(&str, &str)]) -> RegistrySpec {
    let mut spec = RegistrySpec::new("hub".parse().unwrap(), address.parse().unwrap());
    for (key, value) in settings {
        (setting::find(key).unwrap().set)(&mut spec, value).unwrap();
    }
    spec
}

#[test]
fn contradictions_are_refused_in_the_same_words_everywhere() {
    const ADDRESS: &str = "https://hub.example";
    for (settings, key) in WRONG {
        let spec = spec(ADDRESS, settings);
        let (wrong, words) = spec.contradictions().remove(0);
        assert_eq!(wrong, key);

        let mut form = Form::edit(RegistryId(1), &spec);
        assert!(form.filled().is_none(), "{settings:?}");
        let said = form.focused().unwrap().error.clone();
        assert_eq!(said.as_ref(), Some(&words));

        let program = Program::new();
        let flags: Vec<String> = settings
            .iter()
            .flat_map(|(key, value)| [format!("--{key}"), (*value).to_owned()])
            .collect();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let refused = |words: &[&str]| {
            let ran = program.run(words);
            assert_eq!(ran.code, 2, "{ran:#?}");
            ran.stderr
        };
        let said = refused(&[&["registry", "add", "hub", ADDRESS], &flags[..]].concat());
        assert!(said.contains(&format!("--{key}: {words}")), "{said}");
        program.done(&["registry", "add", "hub", ADDRESS]);
        let said = refused(&[&["registry", "edit", "hub"], &flags[..]].concat());
        assert!(said.contains(&format!("--{key}: {words}")), "{said}");

        let lines = settings
            .iter()
            .map(|(key, value)| format!("{key} = \"{value}\"\n"));
        let lines: String = lines.collect();
        let file = program.home().join("registries.toml");
        let text = format!("[[registry]]\nname = \"hub\"\naddress = \"{ADDRESS}\"\n{lines}");
        std::fs::write(&file, text).unwrap();
        let said = refused(&["registry", "import", &file.display().to_string()]);
        assert!(said.contains(&format!("{key}: {words}")), "{said}");
    }
}

/// GitLab's registry knows no Basic: whoever sets it is told before a password goes there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_would_go_astray_is_not_sent() {
    let content = Content::generate(41, &Shape::plain(1, 1));
    let simulator = Simulator::start(content, Behaviour::default()).await;
    let simulator = simulator.unwrap();
    let address = simulator.address();
    let spec = spec(&address, WRONG[1].0);
    let (_, words) = spec.misdirected().unwrap();

    let ended = Bench::new(&spec).crawl().await;
    assert_eq!(ended.summary.outcome, Outcome::Failed);
    let failure = &ended.summary.failures[0];
    assert_eq!((failure.stage, &failure.message), (Stage::Token, &words));

    let program = Program::new();
    let check = ["check", &address, "--type", "gitlab", "--auth", "basic"];
    let ran = program.run(&check);
    assert_eq!(ran.code, 1, "{ran:#?}");
    let told = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(&words), "{ran:#?}");
    assert!(told.contains("mend the setting `auth`"), "{ran:#?}");
    assert_eq!(simulator.requests().len(), 0);
    // What is said to be right is.
    let ran = program.run(&["check", &address, "--type", "gitlab", "--auth", "auto"]);
    assert_eq!(ran.code, 0, "{ran:#?}");
}
