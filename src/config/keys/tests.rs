use super::*;

fn pressed(text: &str) -> Vec<KeyPress> {
    KeyPress::parse_all(text).unwrap()
}

#[test]
fn the_standard_keys_are_whole() {
    let map = KeyMap::default().changed(STANDARD, true).unwrap();
    for command in Command::ALL {
        assert!(
            map.bindings
                .iter()
                .any(|b| b.command == *command && !b.keys.is_empty()),
            "{command:?} has no key"
        );
    }
    for binding in &map.bindings {
        assert!(!binding.help.is_empty(), "{binding:?}");
    }
}

#[test]
fn the_narrowest_context_wins_and_sequences_wait() {
    let map = KeyMap::standard();
    let panes = [
        Context::Registries,
        Context::Browse,
        Context::Move,
        Context::Global,
    ];
    for (keys, wanted) in [
        ("j", Meaning::Command(Command::Down)),
        ("g", Meaning::Beginning),
        ("gg", Meaning::Command(Command::Top)),
        ("gx", Meaning::Nothing),
        ("<c-x>", Meaning::Command(Command::Remove)),
        ("<c-c>", Meaning::Command(Command::Quit)),
        ("~", Meaning::Nothing),
    ] {
        assert_eq!(map.meaning(&panes, &pressed(keys)), wanted, "{keys}");
    }
    assert_eq!(
        map.meaning(&[Context::Form, Context::Global], &pressed("j")),
        Meaning::Nothing
    );
}

#[test]
fn a_user_moves_and_takes_away_keys() {
    let map = KeyMap::standard()
        .overridden(
            "[[browse]]\ndo = 'crawl'\nkeys = ['t', '<f5>']\n[[pages]]\ndo = 'quit'\nkeys = []",
        )
        .unwrap();
    let at = [Context::Browse, Context::Pages];
    assert_eq!(
        map.meaning(&at, &pressed("t")),
        Meaning::Command(Command::Crawl)
    );
    assert_eq!(map.meaning(&at, &pressed("c")), Meaning::Nothing);
    assert_eq!(map.meaning(&at, &pressed("q")), Meaning::Nothing);
    let crawl = map.binding(Context::Browse, Command::Crawl).unwrap();
    assert_eq!(
        (crawl.key().as_str(), crawl.all_keys().as_str()),
        ("t", "t F5")
    );
    assert!(crawl.hint.is_some());
    let check = map.binding(Context::Browse, Command::Check).unwrap();
    assert!(check.keys.is_empty(), "{check:?}");
}

#[test]
fn the_table_for_the_readme_has_every_binding() {
    let map = KeyMap::standard();
    let table = map.markdown();
    assert_eq!(table.lines().count(), 2 + map.bindings.len());
    assert!(table.contains("| `ctrl-x`, `del` | registries | remove the selected registry"));
}

#[test]
fn what_cannot_be_is_said() {
    for (text, says) in [
        ("[[browse]", "cannot be read"),
        (
            "[[pans]]\ndo = 'crawl'\nkeys = []",
            "`[[pans]]` is no place",
        ),
        (
            "[[browse]]\ndo = 'crawll'\nkeys = []",
            "no command `crawll`",
        ),
        (
            "[[confirm]]\ndo = 'crawl'\nkeys = []",
            "use one of command-line, yes, no",
        ),
        (
            "[[browse]]\ndo = 'crawl'\nkeys = ['<entr>']",
            "`crawl`: `<entr>` is no key",
        ),
        (
            "[[browse]]\ndo = 'crawl'\nkeys = ['abc']",
            "longer than two",
        ),
        ("[[browse]]\ndo = 'crawl'\nkeys = ['']", "is empty"),
        ("[[browse]]\ndo = 'crawl'\nkey = ['x']", "unknown field"),
        (
            "[[browse]]\ndo = 'crawl'\nkeys = ['w']\n[[browse]]\ndo = 'check'\nkeys = ['w']",
            "`w` to both `crawl` and `check`",
        ),
    ] {
        let error = KeyMap::standard().overridden(text).unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}
