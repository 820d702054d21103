//! Flags that come from the table of settings.

use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches, ValueHint};

use super::{CliError, completion};
use crate::model::RegistrySpec;
use crate::model::setting::{Input, SETTINGS, Setting};

/// The settings that were given as flags: key and text, as typed.
#[derive(Clone, Debug, Default)]
pub(super) struct SettingFlags {
    given: Vec<(&'static str, String)>,
}

impl SettingFlags {
    /// What was given of this setting, as typed.
    pub(super) fn given(&self, key: &str) -> Option<&str> {
        let mut given = self.given.iter();
        let found = given.find(|(known, _)| *known == key)?;
        Some(&found.1)
    }

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
        Input::File => arg.value_hint(ValueHint::FilePath),
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
            http-version username load-full-list repository children lists-whole refresh-interval \
            api api-token v2-only";
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
