//! Where a password or an API token is kept, and everything that is said of such a place: how it is
//! written and read, what the form and the command line call it, how long it keeps what it
//! is given. A place is an arm of [`PasswordSource::place`], a line in [`PASSWORD_SOURCES`] and the
//! code in `secret` that looks into it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Where a secret of a registry is kept: its password, or the token of the product's own API.
/// A reference, never the secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PasswordSource {
    /// The first place that has one for this registry.
    #[default]
    Auto,
    /// There is none.
    None,
    /// The operating system's secret store.
    OsStore,
    /// The kernel's keyrings, which forget when the host restarts (keyrings(7)).
    Keyutils,
    /// The file beside the inventory that is encrypted with a passphrase.
    File,
    /// Typed in; kept in memory until the program ends.
    Session,
    /// The environment variable of this name, read at each use.
    Environment(String),
    /// The first line this command prints, run at each use, without a shell.
    Command(String),
    /// Docker's `config.json`, its credential helpers included.
    Docker,
    /// podman's `auth.json`, its credential helpers included.
    Podman,
    /// Wherever AWS's own tools find an access key; the user name is that of a profile.
    Aws,
}

/// One of each, in the order in which they are offered; what names a variable or a command
/// is left out.
pub static PASSWORD_SOURCES: [PasswordSource; 11] = [
    PasswordSource::Auto,
    PasswordSource::None,
    PasswordSource::OsStore,
    PasswordSource::Keyutils,
    PasswordSource::File,
    PasswordSource::Session,
    PasswordSource::Environment(String::new()),
    PasswordSource::Command(String::new()),
    PasswordSource::Aws,
    PasswordSource::Docker,
    PasswordSource::Podman,
];

/// What is said of a place for passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPlace {
    /// The word for it in settings and on the command line.
    pub word: &'static str,
    /// What it is called in a sentence.
    pub name: &'static str,
    /// What it is called in the form, after "Password kept".
    pub choice: &'static str,
    /// What the command line's help says of it.
    pub help: &'static str,
    /// What it means to keep a secret there, for who runs the host.
    pub meaning: &'static str,
    /// How it is filled.
    pub supply: PasswordSupply,
}

/// How a place comes to have a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordSupply {
    /// What there is is found: nothing is to be said of it.
    Found,
    /// Another program keeps it there, with its user name, for who signs in with this
    /// command.
    Borrowed {
        /// The command.
        sign_in: &'static str,
    },
    /// It has one: what follows the word and a colon says where.
    Named(PasswordArgument),
    /// A password is typed in and put there by this program.
    Kept {
        /// How long it stays, in words.
        lifetime: &'static str,
    },
    /// A password is typed in and stays in memory until the program ends.
    Remembered,
}

/// What says more exactly where a password is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordArgument {
    /// What it is called in the form.
    pub label: &'static str,
    /// What it does, one line.
    pub help: &'static str,
    /// What it may be, for people.
    pub range: &'static str,
    /// The flag of the command line that says it.
    pub flag: &'static str,
    /// What stands for it in usage lines.
    pub metavariable: &'static str,
}

impl PasswordSource {
    /// What is said of it.
    pub fn place(&self) -> PasswordPlace {
        match self {
            Self::Auto => PasswordPlace {
                word: "auto",
                name: "the first place that has one",
                choice: "wherever one is found",
                help: "The first of all places that has one",
                meaning: "Typed in, it goes into the system's secret store; left empty, it is looked for there, in docker's and podman's files, and in the environment",
                supply: PasswordSupply::Found,
            },
            Self::None => PasswordPlace {
                word: "none",
                name: "nowhere",
                choice: "no password",
                help: "Nowhere: the registry is asked as anybody",
                meaning: "The registry is asked as anybody: nothing is sent that could be wrong",
                supply: PasswordSupply::Found,
            },
            Self::OsStore => PasswordPlace {
                word: "os",
                name: "the operating system's secret store",
                choice: "in the system's secret store",
                help: "The operating system's secret store",
                meaning: "The desktop's keyring (GNOME Keyring, KWallet), the macOS keychain or the Windows vault: unlocked when you log in",
                supply: PasswordSupply::Kept {
                    lifetime: "until you remove it",
                },
            },
            Self::Keyutils => PasswordPlace {
                word: "keyutils",
                name: "the kernel's keyring",
                choice: "in the kernel, until a restart",
                help: "The kernel's keyring, which forgets when the host restarts",
                meaning: "The Linux kernel's keyring of your user: nothing is on the disk, and a restart of the host forgets it",
                supply: PasswordSupply::Kept {
                    lifetime: "until this host restarts, or some days after your last login",
                },
            },
            Self::File => PasswordPlace {
                word: "file",
                name: "the encrypted file",
                choice: "in an encrypted file",
                help: "A file encrypted with a passphrase, beside the inventory",
                meaning: "`secrets.age` beside the inventory, encrypted; its passphrase is asked for once a run, or taken from SUPERCARGO_PASSPHRASE",
                supply: PasswordSupply::Kept {
                    lifetime: "until you remove it, encrypted with your passphrase",
                },
            },
            Self::Session => PasswordPlace {
                word: "session",
                name: "what was typed in",
                choice: "in memory, until you quit",
                help: "The person at the terminal, once a run",
                meaning: "Written nowhere: typed in again in the next run. Crawls by `cron` cannot have it",
                supply: PasswordSupply::Remembered,
            },
            Self::Environment(_) => PasswordPlace {
                word: "env",
                name: "the environment variable",
                choice: "in an environment variable",
                help: "Read the password from this environment variable at each use; only its \
                       name is kept",
                meaning: "Whoever starts supercargo sets the variable, such as a service's unit file; only its name is kept",
                supply: PasswordSupply::Named(PasswordArgument {
                    label: "Variable",
                    help: "The environment variable, read at each use",
                    range: "a name such as REGISTRY_PASSWORD",
                    flag: "password-env",
                    metavariable: "VAR",
                }),
            },
            Self::Command(_) => PasswordPlace {
                word: "command",
                name: "the password command",
                choice: "a command prints it",
                help: "Take the first line this command prints at each use; it is run without a \
                       shell",
                meaning: "Such as `pass show hub` or a vault's client: run at each use as your user, its first line taken; only the command is kept",
                supply: PasswordSupply::Named(PasswordArgument {
                    label: "Command",
                    help: "Its first line of output is the password; run at each use, without a \
                           shell",
                    range: "such as `pass show registry`",
                    flag: "password-command",
                    metavariable: "CMD",
                }),
            },
            Self::Docker => PasswordPlace {
                word: "docker",
                name: "docker's `config.json`",
                choice: "in docker's config.json",
                help: "Docker's config.json and its helpers",
                meaning: "What `docker login` left for this address: in `~/.docker/config.json` or the helper it names; read, never written",
                supply: PasswordSupply::Borrowed {
                    sign_in: "docker login",
                },
            },
            Self::Podman => PasswordPlace {
                word: "podman",
                name: "podman's `auth.json`",
                choice: "in podman's auth.json",
                help: "podman's auth.json and its helpers",
                meaning: "What `podman login` left for this address: in `auth.json` or the helper it names; read, never written",
                supply: PasswordSupply::Borrowed {
                    sign_in: "podman login",
                },
            },
            Self::Aws => PasswordPlace {
                word: "aws",
                name: "what AWS's own tools use",
                choice: "where AWS's tools find keys",
                help: "Where AWS's own tools find an access key; --username names a profile",
                meaning: "The environment, a profile of `~/.aws` (the user name names it), or what lends keys to this container or host: for Amazon ECR; read, never written",
                supply: PasswordSupply::Borrowed {
                    sign_in: "aws configure",
                },
            },
        }
    }

    /// The place of an API token, of the same places but for those that know passwords only.
    ///
    /// # Errors
    ///
    /// The words there are.
    pub fn of_api_token(text: &str) -> Result<Self, String> {
        let wrong = || format!("an API token comes from {}", words(Self::keeps_api_tokens));
        match text.parse::<Self>() {
            Ok(source) if source.keeps_api_tokens() => Ok(source),
            // What is wrong with a variable or command is said; of anything else, which may be
            // the token itself, nothing.
            Err(why) if text.starts_with("env:") || text.starts_with("command:") => Err(why),
            Ok(_) | Err(_) => Err(wrong()),
        }
    }

    /// Whether it may hold an API token: files of other tools hold what signs in to a
    /// registry, and a secret goes to no API because it was found somewhere.
    pub fn keeps_api_tokens(&self) -> bool {
        !matches!(self, Self::Auto | Self::Docker | Self::Podman | Self::Aws)
    }

    /// The variable or command that says more exactly where.
    pub fn argument(&self) -> Option<&str> {
        match self {
            Self::Environment(argument) | Self::Command(argument) => Some(argument),
            _ => None,
        }
    }

    /// The same place, with this variable or command where it takes one.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn with_argument(&self, argument: &str) -> Result<Self, String> {
        match self {
            Self::Environment(_) => {
                let plain = !argument.is_empty()
                    && !argument.starts_with(|c: char| c.is_ascii_digit())
                    && argument
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'_');
                if !plain {
                    return Err(format!(
                        "`{argument}` is no name of an environment variable: letters, digits and `_`"
                    ));
                }
                Ok(Self::Environment(argument.to_owned()))
            }
            Self::Command(_) if argument.trim().is_empty() => {
                Err("write the command that prints the password".to_owned())
            }
            Self::Command(_) => Ok(Self::Command(argument.to_owned())),
            other => Ok(other.clone()),
        }
    }

    /// Whether it is the same kind of place, whatever variable or command it names.
    pub fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// Whether the password itself is typed in.
    pub fn is_typed(&self) -> bool {
        matches!(
            self.place().supply,
            PasswordSupply::Kept { .. } | PasswordSupply::Remembered
        )
    }

    /// Whether the place is found without being named: for what is typed, the first of ours
    /// that works.
    pub fn is_chosen_by_itself(&self) -> bool {
        matches!(self, Self::Auto)
    }

    /// Whether this program put the password there and can take it away again.
    pub fn is_ours(&self) -> bool {
        matches!(self.place().supply, PasswordSupply::Kept { .. })
    }

    /// Whether a user name must be set beside it: files of other tools bring their own.
    pub(super) fn needs_username(&self) -> bool {
        let supply = self.place().supply;
        !matches!(
            supply,
            PasswordSupply::Found | PasswordSupply::Borrowed { .. }
        )
    }

    /// How long it keeps what it is given, in words.
    pub fn lifetime(&self) -> &'static str {
        match self.place().supply {
            PasswordSupply::Kept { lifetime } => lifetime,
            PasswordSupply::Remembered => "until the program ends",
            PasswordSupply::Found | PasswordSupply::Borrowed { .. } | PasswordSupply::Named(_) => {
                "as long as it is there"
            }
        }
    }
}

impl fmt::Display for PasswordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.place().word)?;
        match self.argument() {
            Some(argument) => write!(f, ":{argument}"),
            None => Ok(()),
        }
    }
}

impl FromStr for PasswordSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, argument) = match text.split_once(':') {
            Some((word, argument)) => (word, Some(argument)),
            None => (text, None),
        };
        let takes = |source: &&Self| {
            source.place().word == word && source.argument().is_some() == argument.is_some()
        };
        match PASSWORD_SOURCES.iter().find(takes) {
            Some(source) => source.with_argument(argument.unwrap_or_default()),
            // What was written may be the password itself.
            None => Err(format!("a password comes from {}", words(|_| true))),
        }
    }
}

/// The words of these places, as a sentence lists them.
fn words(is: fn(&PasswordSource) -> bool) -> String {
    let those = PASSWORD_SOURCES.iter().filter(|source| is(source));
    let words = those.map(|source| {
        let place = source.place();
        match place.supply {
            PasswordSupply::Named(argument) => {
                format!("`{}:{}`", place.word, argument.metavariable)
            }
            _ => format!("`{}`", place.word),
        }
    });
    let words: Vec<String> = words.collect();
    match words.split_last() {
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_read_as_it_is_written() {
        for text in [
            "auto",
            "none",
            "os",
            "keyutils",
            "file",
            "docker",
            "podman",
            "aws",
            "session",
            "env:REGISTRY_PW",
            "command:pass show a:b",
        ] {
            assert_eq!(text.parse::<PasswordSource>().unwrap().to_string(), text);
        }
        for text in [
            "env",
            "env:",
            "env:1X",
            "env:A B",
            "command",
            "command: ",
            "file:x",
            "hunter2",
            "hunter2:hunter2",
        ] {
            let error = text.parse::<PasswordSource>().unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
        let error = "nowhere".parse::<PasswordSource>().unwrap_err();
        assert!(error.contains("`env:VAR`, `command:CMD`"), "{error}");
        assert!(error.ends_with("`docker` or `podman`"), "{error}");
    }

    #[test]
    fn no_two_places_are_told_by_the_same_words() {
        for (at, one) in PASSWORD_SOURCES.iter().enumerate() {
            for other in &PASSWORD_SOURCES[at + 1..] {
                let (one, other) = (one.place(), other.place());
                assert_ne!(one.word, other.word);
                assert_ne!(one.name, other.name, "{}", one.word);
                assert_ne!(one.choice, other.choice, "{}", one.word);
                assert_ne!(one.help, other.help, "{}", one.word);
            }
            let takes = matches!(one.place().supply, PasswordSupply::Named(_));
            assert_eq!(one.argument().is_some(), takes, "{one}");
        }
    }

    #[test]
    fn what_this_program_keeps_is_its_own_to_take_away() {
        let words = |is: fn(&PasswordSource) -> bool| -> Vec<&str> {
            let those = PASSWORD_SOURCES.iter().filter(|source| is(source));
            those.map(|source| source.place().word).collect()
        };
        assert_eq!(words(PasswordSource::is_ours), ["os", "keyutils", "file"]);
        let typed = ["os", "keyutils", "file", "session"];
        assert_eq!(words(PasswordSource::is_typed), typed);
        let named = ["os", "keyutils", "file", "session", "env", "command"];
        assert_eq!(words(PasswordSource::needs_username), named);
    }
}
