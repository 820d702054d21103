//! Flags that come from the table of settings, and those that say where the password is.

use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches, ValueHint};

use super::{CliError, completion};
use crate::model::setting::{Input, SETTINGS, Setting};
use crate::model::{PasswordEntry, PasswordSource, RegistrySpec, Secret};

/// The settings that were given as flags: key and text, as typed.
#[derive(Clone, Debug, Default)]
pub(super) struct SettingFlags {
    given: Vec<(&'static str, String)>,
}

impl SettingFlags {
    /// Sets what was given on `spec`.
    pub(super) fn apply(&self, spec: &mut RegistrySpec) -> Result<(), CliError> {
        for (key, text) in &self.given {
            if let Some(setting) = crate::model::setting::find(key) {
                (setting.set)(spec, text)
                    .map_err(|why| CliError::usage(format!("--{key}: {why}")))?;
            }
        }
        Ok(())
    }
}

fn flags() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(|setting| !setting.is_positional())
}

fn flag(setting: &'static Setting) -> Arg {
    let default = setting.default_text();
    let range = match setting.input {
        Input::Choice(words) => words.join(", "),
        _ => setting.range.to_owned(),
    };
    let mut help = format!("{} [{range}]", setting.help);
    if !default.is_empty() {
        help.push_str(&format!(" [default: {default}]"));
    }
    let arg = Arg::new(setting.key)
        .long(setting.key)
        .help(help)
        .help_heading("Settings")
        .value_name(setting.value)
        .allow_hyphen_values(true);
    match setting.input {
        Input::Switch => arg
            .add(completion::words(&["true", "false"]))
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        Input::List => arg.action(ArgAction::Append),
        Input::Choice(words) => arg.add(completion::words(words)),
        Input::Text if setting.value == "FILE" => arg.value_hint(ValueHint::FilePath),
        Input::Text => arg,
    }
}

impl clap::Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        flags().fold(command, |command, setting| command.arg(flag(setting)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Vec::new();
        for setting in flags() {
            if let Ok(Some(values)) = matches.try_get_many::<String>(setting.key) {
                let text = values.cloned().collect::<Vec<_>>().join(",");
                given.push((setting.key, text));
            }
        }
        Ok(Self { given })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Where the password comes from. Never the password: arguments are there for all to see.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct PasswordFlags {
    #[command(flatten)]
    way: Way,
    /// Keep it there: `os` is the first choice, `file` is encrypted with a passphrase
    #[arg(
        long,
        value_enum,
        value_name = "STORE",
        requires = "password_stdin",
        help_heading = "Password"
    )]
    password_store: Option<StoreArg>,
}

/// One of the ways.
#[derive(Clone, Debug, Default, clap::Args)]
#[expect(clippy::struct_field_names, reason = "the flags are a contract")]
#[group(id = "password", multiple = false)]
struct Way {
    /// Read the password from standard input once, and keep it in the secret store
    #[arg(long, help_heading = "Password")]
    password_stdin: bool,
    /// Read the password from this environment variable at each use; only its name is kept
    #[arg(long, value_name = "VAR", help_heading = "Password")]
    password_env: Option<String>,
    /// Take the first line this command prints at each use; it is run without a shell
    #[arg(long, value_name = "CMD", help_heading = "Password")]
    password_command: Option<String>,
    /// Take it from there: `auto` looks into every place, `session` asks once a run
    #[arg(long, value_enum, value_name = "PLACE", help_heading = "Password")]
    password_from: Option<PlaceArg>,
}

/// A store that a password can be kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum StoreArg {
    /// The operating system's secret store
    Os,
    /// The kernel's keyring, which forgets when the host restarts
    Keyutils,
    /// A file encrypted with a passphrase, beside the inventory
    File,
}

/// A place that a password comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum PlaceArg {
    /// The first of all places that has one
    Auto,
    /// Nowhere: the registry is asked as anybody
    None,
    /// Docker's config.json and its helpers
    Docker,
    /// podman's auth.json and its helpers
    Podman,
    /// The person at the terminal, once a run
    Session,
}

impl From<StoreArg> for PasswordSource {
    fn from(store: StoreArg) -> Self {
        match store {
            StoreArg::Os => Self::OsStore,
            StoreArg::Keyutils => Self::Keyutils,
            StoreArg::File => Self::File,
        }
    }
}

impl From<PlaceArg> for PasswordSource {
    fn from(place: PlaceArg) -> Self {
        match place {
            PlaceArg::Auto => Self::Auto,
            PlaceArg::None => Self::None,
            PlaceArg::Docker => Self::Docker,
            PlaceArg::Podman => Self::Podman,
            PlaceArg::Session => Self::Session,
        }
    }
}

impl PasswordFlags {
    /// What was said of the password, if anything. Reads standard input where told to.
    pub(super) fn entry(&self) -> Result<Option<PasswordEntry>, CliError> {
        let source = |text: String| {
            text.parse::<PasswordSource>()
                .map(|source| Some(PasswordEntry::From(source)))
                .map_err(CliError::usage)
        };
        let way = &self.way;
        if way.password_stdin {
            let store = self.password_store.map(PasswordSource::from);
            return read_stdin().map(|secret| Some(PasswordEntry::Typed(secret, store)));
        }
        match (&way.password_env, &way.password_command, way.password_from) {
            (Some(name), _, _) => source(format!("env:{name}")),
            (_, Some(command), _) => source(format!("command:{command}")),
            (_, _, Some(place)) => Ok(Some(PasswordEntry::From(place.into()))),
            _ => Ok(None),
        }
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

    fn parse(words: &[&str]) -> Result<SettingFlags, clap::Error> {
        let command = SettingFlags::augment_args(Command::new("x").no_binary_name(true));
        SettingFlags::from_arg_matches(&command.try_get_matches_from(words)?)
    }

    fn spec() -> RegistrySpec {
        RegistrySpec::new(
            "hub".parse().unwrap(),
            "https://hub.example".parse().unwrap(),
        )
    }

    #[test]
    fn every_flag_of_the_contract_is_there() {
        let command = SettingFlags::augment_args(Command::new("x"));
        let names: Vec<&str> = command.get_arguments().filter_map(Arg::get_long).collect();
        let contract = "type active auth max-connections max-keepalive keepalive-expiry \
            page-size connect-timeout pool-timeout read-timeout write-timeout max-rps \
            insecure-skip-tls-verify ca-file client-cert client-key proxy resolve \
            http-version username load-full-list repository children lists-whole refresh-interval";
        for name in contract.split_whitespace() {
            assert!(names.contains(&name), "--{name}");
        }
        assert_eq!(names.len(), contract.split_whitespace().count());
    }

    #[test]
    fn flags_set_what_they_say() {
        let flags = parse(&[
            "--active=false",
            "--insecure-skip-tls-verify",
            "--repository",
            "a/b",
            "--repository",
            "c/**",
            "--read-timeout",
            "90s",
        ])
        .unwrap();
        let mut spec = spec();
        flags.apply(&mut spec).unwrap();
        assert!(!spec.active && spec.tls.skip_verify);
        assert_eq!(spec.repositories.patterns(), ["a/b", "c/**"]);
        assert_eq!(spec.limits.read_timeout.as_secs(), 90);
        assert_eq!(spec.limits.page_size, 1000, "what was not given stays");
    }

    #[test]
    fn a_wrong_value_names_its_flag() {
        let flags = parse(&["--max-connections", "-3"]).unwrap();
        let error = flags.apply(&mut spec()).unwrap_err();
        assert!(
            error.to_string().starts_with("--max-connections: `-3`"),
            "{error}"
        );
    }
}
