//! Flags that say where the password is, from the table of places, and those that read it or
//! the API token from standard input. Never a secret: arguments are there for all to see.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, FromArgMatches};

use super::CliError;
use crate::model::{
    PASSWORD_SOURCES, PasswordArgument, PasswordSource, PasswordSupply, Secret, SecretEntries,
    SecretEntry, SecretKind,
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
    /// Whether the API token is read from standard input, behind the password.
    api_token_stdin: bool,
}

/// The group of the flags of which one is enough.
const WAYS: &str = "password";
const STDIN: &str = "password-stdin";
const STORE: &str = "password-store";
const FROM: &str = "password-from";
const API_TOKEN_STDIN: &str = "api-token-stdin";

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
        let api_token = flag(API_TOKEN_STDIN).action(ArgAction::SetTrue).help(
            "Read the API token from standard input once, and keep it in the store that \
             `--api-token` names, or in the secret store; behind `--password-stdin` it is the \
             second line",
        );
        command.args(ways).args([store, api_token]).group(group)
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
            api_token_stdin: matches.get_flag(API_TOKEN_STDIN),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl PasswordFlags {
    /// What was said of the password, if anything, and of the API token, of which `place` is
    /// what the settings were given. Reads standard input where told to.
    pub(super) fn entries(&self, place: Option<&str>) -> Result<Entries, CliError> {
        Ok(Entries {
            password: self.password()?,
            api_token: self.api_token(place)?,
        })
    }

    fn password(&self) -> Result<Option<SecretEntry>, CliError> {
        if self.stdin {
            let store = self.store.clone();
            let secret = read_stdin(SecretKind::Password)?;
            return Ok(Some(SecretEntry::Typed(secret, store)));
        }
        let source = self.from.as_deref().map(str::parse::<PasswordSource>);
        let source = source.transpose().map_err(CliError::usage)?;
        Ok(source.map(SecretEntry::From))
    }

    fn api_token(&self, place: Option<&str>) -> Result<Option<SecretEntry>, CliError> {
        let source = place.map(PasswordSource::of_api_token).transpose();
        let source = source.map_err(|why| CliError::usage(format!("--api-token: {why}")))?;
        if !self.api_token_stdin {
            return Ok(source.map(SecretEntry::From));
        }
        if let Some(source) = &source
            && !source.is_ours()
        {
            return Err(CliError::usage(format!(
                "`--api-token {}` keeps nothing that is read by `--api-token-stdin`",
                source.place().word
            ))
            .with_hint("name a store, `os`, `keyutils` or `file`, or leave one of both out"));
        }
        let secret = read_stdin(SecretKind::ApiToken)?;
        Ok(Some(SecretEntry::Typed(secret, source)))
    }
}

/// What was said of each secret, if anything.
#[derive(Clone, Debug)]
pub(super) struct Entries {
    /// Of the password.
    pub(super) password: Option<SecretEntry>,
    /// Of the API token.
    pub(super) api_token: Option<SecretEntry>,
}

impl Entries {
    /// The same; of what nothing was said of, these.
    pub(super) fn or(self, password: SecretEntry, api_token: SecretEntry) -> SecretEntries {
        SecretEntries {
            password: self.password.unwrap_or(password),
            api_token: self.api_token.unwrap_or(api_token),
        }
    }
}

/// The next line of standard input. Asked for without echo where it is a terminal.
fn read_stdin(kind: SecretKind) -> Result<Secret, CliError> {
    use std::io::{BufRead, IsTerminal, Read};

    let what = kind.as_str();
    let failed = |error: std::io::Error| {
        CliError::usage(format!(
            "the {what} could not be read from standard input: {error}"
        ))
    };
    let stdin = std::io::stdin();
    let text = zeroize::Zeroizing::new(if stdin.is_terminal() {
        let asked = match kind {
            SecretKind::Password => "Password: ",
            SecretKind::ApiToken => "API token: ",
        };
        rpassword::prompt_password(asked).map_err(failed)?
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
        let (line, hint) = match kind {
            SecretKind::Password => (
                "first",
                "`printf %s \"$PASSWORD\" | supercargo registry add … --password-stdin`",
            ),
            SecretKind::ApiToken => (
                "next",
                "`printf %s \"$TOKEN\" | supercargo registry add … --api-token-stdin`; behind \
                 `--password-stdin`, `printf '%s\\n' \"$PASSWORD\" \"$TOKEN\"`",
            ),
        };
        return Err(CliError::usage(format!(
            "standard input holds no {what}: its {line} line is empty"
        ))
        .with_hint(hint));
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
            let entry = flags.unwrap().password().unwrap();
            assert_eq!(entry, Some(SecretEntry::From(expected)));
        }
        assert_eq!(parse(&[]).unwrap().password().unwrap(), None);
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
        let error = wrong.password().unwrap_err().to_string();
        assert!(
            error.contains("no name of an environment variable"),
            "{error}"
        );
    }

    #[test]
    fn an_api_token_is_said_by_its_setting_and_read_only_into_a_store() {
        let read = parse(&["--api-token-stdin"]).unwrap();
        for place in ["none", "session", "env:TOKEN", "command:x"] {
            let error = read.api_token(Some(place)).unwrap_err().to_string();
            assert!(error.contains("keeps nothing"), "{place}: {error}");
        }
        let said = parse(&[]).unwrap();
        let entry = said.api_token(Some("env:TOKEN")).unwrap();
        let place = PasswordSource::Environment("TOKEN".to_owned());
        assert_eq!(entry, Some(SecretEntry::From(place)));
        assert_eq!(said.api_token(None).unwrap(), None);
        let error = said.api_token(Some("hunter2")).unwrap_err().to_string();
        assert!(
            error.starts_with("--api-token: an API token comes from"),
            "{error}"
        );
        assert!(!error.contains("hunter2"), "{error}");
    }
}
