use super::*;

fn pressed(text: &str) -> Vec<KeyPress> {
    KeyPress::parse_all(text).unwrap()
}

#[test]
fn the_standard_keys_are_whole() {
    let map = KeyMap::default().overridden(STANDARD).unwrap();
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
fn what_cannot_be_is_said_with_its_line() {
    for (text, says) in [
        ("\n[[browse]", "line 2: "),
        (
            "[[browze]]\ndo = 'crawl'\nkeys = []",
            "line 1: `[[browze]]` is no place for keys: `browse` is meant?",
        ),
        (
            "\n[[browse]]\ndo = 'crawll'\nkeys = []",
            "line 3: `[[browse]]` has no command `crawll`: `crawl` is meant?",
        ),
        (
            "[[confirm]]\ndo = 'crawl'\nkeys = []",
            "line 2: `[[confirm]]` has no command `crawl`: use one of command-line, yes, no",
        ),
        (
            "[[browse]]\ndo = 'crawl'\nkeys = [\n'<f5>',\n'<entr>']",
            "line 5: `[[browse]]` `crawl`: `<entr>` is no key",
        ),
        (
            "[[browse]]\ndo = 'crawl'\nkeys = ['abc']",
            "line 3: `[[browse]]` `crawl`: `abc` is longer than two",
        ),
        (
            "[[browse]]\ndo = 'crawl'\nkeys = ['']",
            "line 3: `[[browse]]` `crawl`: a key is empty",
        ),
        (
            "[[browse]]\ndo = 'crawl'\nkey = ['x']\nkeys = ['x']",
            "line 3: `[[browse]]` has no key `key`: `keys` is meant?",
        ),
        ("[[browse]]\ndo = 'crawl'", "line 2: `crawl` has no `keys`"),
        (
            "[[browse]]\nkeys = []",
            "line 1: `[[browse]]` has an entry without `do`",
        ),
        (
            "[[browse]]\ndo = 1\nkeys = []",
            "line 2: `do` is a command in quotes, not an integer",
        ),
        (
            "[[browse]]\ndo = 'crawl'\nkeys = 'c'",
            "line 3: `keys` is a list of keys",
        ),
        (
            "[browse]\ndo = 'crawl'\nkeys = []",
            "line 1: `browse` is a list of entries",
        ),
        (
            "[[browse]]\ndo = 'crawl'\nkeys = ['w']\n[[browse]]\ndo = 'check'\nkeys = ['w']",
            "line 6: `w` is given to `crawl` in line 3 and to `check` here: keep one",
        ),
        (
            "[[browse]]\ndo = 'crawl'\nkeys = ['g']",
            "line 3: `g` acts before `gg` could be pressed, and one of them is of `top`",
        ),
        (
            "[[pages]]\ndo = 'quit'\nkeys = ['jj']",
            "line 3: `j` acts before `jj` could be pressed, and one of them is of `down`",
        ),
        (
            "[[form]]\ndo = 'save'\nkeys = ['S']",
            "line 3: `[[form]]` `save`: `S` is text where one types",
        ),
    ] {
        let wrong = KeyMap::standard().overridden(text).unwrap_err();
        let told: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        let told = told.join("\n");
        assert!(told.starts_with(says), "{text}: {told}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let text = "[[pans]]\ndo = 'x'\nkeys = []\n[[browse]]\ndo = 'crawl'\nkeys = ['<xx>', 'abc']";
    let wrong = KeyMap::standard().overridden(text).unwrap_err();
    let lines: Vec<usize> = wrong.iter().map(|wrong| wrong.line).collect();
    assert_eq!(lines, [1, 6, 6]);
}

#[test]
fn two_commands_exchange_their_keys() {
    let text = "[[browse]]\ndo = 'crawl'\nkeys = ['t']\n[[browse]]\ndo = 'check'\nkeys = ['c']";
    let map = KeyMap::standard().overridden(text).unwrap();
    for (key, command) in [("t", Command::Crawl), ("c", Command::Check)] {
        let meaning = map.meaning(&[Context::Browse], &pressed(key));
        assert_eq!(meaning, Meaning::Command(command));
    }
}
