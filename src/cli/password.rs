//! Flags that say where the password is, from the table of places. Never the password:
//! arguments are there for all to see.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, FromArgMatches};

use super::CliError;
use crate::model::{
    PASSWORD_SOURCES, PasswordArgument, PasswordEntry, PasswordSource, PasswordSupply, Secret,
};

/// What was said of the password: one of the ways, or nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct PasswordFlags {
    /// Whether it is read from standard input.
    stdin: bool,
    /// Where one that is read is kept.
    store: Option<PasswordSource>,
    /// Where it comes from, as settings write it.
    from: Option<String>,
}

/// The group of the flags of which one is enough.
const WAYS: &str = "password";
const STDIN: &str = "password-stdin";
const STORE: &str = "password-store";
const FROM: &str = "password-from";

fn flag(name: &'static str) -> Arg {
    Arg::new(name).long(name).help_heading("Password")
}

/// The places of this kind, as words with their help.
fn words(is: impl Fn(PasswordSupply) -> bool) -> PossibleValuesParser {
    let places = PASSWORD_SOURCES.iter().map(PasswordSource::place);
    let those = places.filter(|place| is(place.supply));
    those
        .map(|place| PossibleValue::new(place.word).help(place.help))
        .collect::<Vec<_>>()
        .into()
}

/// The places that want a variable or a command, with what is said of that.
fn named() -> impl Iterator<Item = (&'static PasswordSource, PasswordArgument)> {
    PASSWORD_SOURCES
        .iter()
        .filter_map(|source| match source.place().supply {
            PasswordSupply::Named(argument) => Some((source, argument)),
            _ => None,
        })
}

impl clap::Args for PasswordFlags {
    fn augment_args(command: Command) -> Command {
        let mut ways =
            vec![flag(STDIN).action(ArgAction::SetTrue).help(
                "Read the password from standard input once, and keep it in the secret store",
            )];
        for (source, argument) in named() {
            let way = flag(argument.flag).value_name(argument.metavariable);
            ways.push(way.help(source.place().help));
        }
        ways.push(
            flag(FROM)
                .value_name("PLACE")
                .value_parser(words(|supply| {
                    !matches!(
                        supply,
                        PasswordSupply::Kept { .. } | PasswordSupply::Named(_)
                    )
                }))
                .help(
                    "Take it from there: `auto` looks into every place, `session` asks once a run",
                ),
        );
        let group = ArgGroup::new(WAYS).args(ways.iter().map(Arg::get_id));
        let store = flag(STORE)
            .value_name("STORE")
            .value_parser(words(|supply| {
                matches!(supply, PasswordSupply::Kept { .. })
            }))
            .requires(STDIN)
            .help("Keep it there: `os` is the first choice, `file` is encrypted with a passphrase");
        command.args(ways).arg(store).group(group)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for PasswordFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |name: &str| matches.get_one::<String>(name).cloned();
        let named = named().find_map(|(source, argument)| {
            let text = given(argument.flag)?;
            Some(format!("{}:{text}", source.place().word))
        });
        let is = |word: &String| {
            PASSWORD_SOURCES
                .iter()
                .find(|source| source.place().word == word)
        };
        Ok(Self {
            stdin: matches.get_flag(STDIN),
            store: given(STORE).as_ref().and_then(is).cloned(),
            from: named.or_else(|| given(FROM)),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl PasswordFlags {
    /// What was said of the password, if anything. Reads standard input where told to.
    pub(super) fn entry(&self) -> Result<Option<PasswordEntry>, CliError> {
        if self.stdin {
            let store = self.store.clone();
            return read_stdin().map(|secret| Some(PasswordEntry::Typed(secret, store)));
        }
        let source = self.from.as_deref().map(str::parse::<PasswordSource>);
        let source = source.transpose().map_err(CliError::usage)?;
        Ok(source.map(PasswordEntry::From))
    }
}

/// The first line of standard input. Asked for without echo where it is a terminal.
fn read_stdin() -> Result<Secret, CliError> {
    use std::io::{BufRead, IsTerminal, Read};

    let failed = |error: std::io::Error| {
        CliError::usage(format!(
            "the password could not be read from standard input: {error}"
        ))
    };
    let stdin = std::io::stdin();
    let text = zeroize::Zeroizing::new(if stdin.is_terminal() {
        rpassword::prompt_password("Password: ").map_err(failed)?
    } else {
        let mut line = String::new();
        stdin
            .lock()
            .take(64 * 1024)
            .read_line(&mut line)
            .map_err(failed)?;
        line
    });
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(
            CliError::usage("standard input holds no password: its first line is empty").with_hint(
                "`printf %s \"$PASSWORD\" | supercargo registry add … --password-stdin`",
            ),
        );
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Args;

    fn parse(words: &[&str]) -> Result<PasswordFlags, clap::Error> {
        let command = PasswordFlags::augment_args(Command::new("x").no_binary_name(true));
        PasswordFlags::from_arg_matches(&command.try_get_matches_from(words)?)
    }

    #[test]
    fn every_place_can_be_said_in_its_way() {
        for source in &PASSWORD_SOURCES {
            let word = source.place().word;
            let (flags, expected) = match source.place().supply {
                PasswordSupply::Kept { .. } => {
                    let flags = parse(&["--password-stdin", "--password-store", word]).unwrap();
                    assert!(flags.stdin);
                    assert_eq!(flags.store.as_ref(), Some(source));
                    continue;
                }
                PasswordSupply::Named(argument) => (
                    parse(&[&format!("--{}", argument.flag), "PW"]),
                    source.with_argument("PW").unwrap(),
                ),
                _ => (parse(&["--password-from", word]), source.clone()),
            };
            let entry = flags.unwrap().entry().unwrap();
            assert_eq!(entry, Some(PasswordEntry::From(expected)));
        }
        assert_eq!(parse(&[]).unwrap().entry().unwrap(), None);
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for words in [
            &["--password-store", "file"][..],
            &["--password-stdin", "--password-env", "PW"],
            &["--password-env", "PW", "--password-from", "docker"],
            &["--password-from", "os"],
            &["--password-stdin", "--password-store", "docker"],
        ] {
            assert!(parse(words).is_err(), "{words:?}");
        }
        let wrong = parse(&["--password-env", "1 X"]).unwrap();
        let error = wrong.entry().unwrap_err().to_string();
        assert!(
            error.contains("no name of an environment variable"),
            "{error}"
        );
    }
}
