//! The key map: which key does what where, with the words that describe it.
//!
//! Owns the notation of keys and the compiled-in map (`assets/keys.toml`), which a user's
//! own file may change. The bottom bar, the help and README's table are printed from it.
//! Reads no file: it is handed text.

mod command;
mod press;

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

pub use command::{Command, Context};
pub use press::{Code, KeyPress};

/// The keys the program comes with.
const STANDARD: &str = include_str!("../../assets/keys.toml");

/// What a command is called and which keys call it, in one context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// What.
    pub command: Command,
    /// The keys; each a sequence, mostly of one.
    pub keys: Vec<Vec<KeyPress>>,
    /// One or two words for the bottom bar; without them it is not shown there.
    pub hint: Option<String>,
    /// A few words for the help.
    pub help: String,
}

impl Binding {
    /// The first key, as hints show it; empty where there is none.
    pub fn key(&self) -> String {
        self.keys
            .first()
            .map_or_else(String::new, |keys| show(keys))
    }

    /// All keys, as the help shows them.
    pub fn all_keys(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(|keys| show(keys)).collect();
        keys.join(" ")
    }
}

fn show(keys: &[KeyPress]) -> String {
    keys.iter().map(KeyPress::to_string).collect()
}

/// What keys pressed so far mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// This command.
    Command(Command),
    /// The beginning of a sequence.
    Beginning,
    /// Nothing.
    Nothing,
}

/// Which key does what where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyMap {
    bindings: Vec<Binding>,
    index: HashMap<(Context, Vec<KeyPress>), Command>,
}

/// Why a key file was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyMapError {
    /// It is no TOML, or not of the shape of a key file.
    #[error("the key file cannot be read: {0}")]
    Syntax(String),
    /// A table that is no context.
    #[error("`[[{context}]]` is no place for keys: use one of {known}")]
    Context {
        /// What was written.
        context: String,
        /// What may be.
        known: String,
    },
    /// A command that there is not, or not there.
    #[error("`[[{context}]]` has no command `{command}`: use one of {known}")]
    Command {
        /// Where.
        context: &'static str,
        /// What was written.
        command: String,
        /// What may be.
        known: String,
    },
    /// A key that is none.
    #[error("`[[{context}]]` `{command}`: {why}")]
    Key {
        /// Where.
        context: &'static str,
        /// Which command.
        command: &'static str,
        /// What is wrong.
        why: String,
    },
    /// One key for two commands.
    #[error("`[[{context}]]` gives `{key}` to both `{first}` and `{second}`: keep one")]
    Twice {
        /// Where.
        context: &'static str,
        /// The key.
        key: String,
        /// One command.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    r#do: String,
    keys: Vec<String>,
    hint: Option<String>,
    help: Option<String>,
}

impl KeyMap {
    /// The keys the program comes with.
    pub fn standard() -> Self {
        Self::default().changed(STANDARD, true).unwrap_or_default()
    }

    /// This map with a user's changes: each entry names a command and its keys, which
    /// replace the keys it had in that context and are taken from whatever had them.
    ///
    /// # Errors
    ///
    /// The first thing in `text` that cannot be.
    pub fn overridden(self, text: &str) -> Result<Self, KeyMapError> {
        self.changed(text, false)
    }

    fn changed(mut self, text: &str, adding: bool) -> Result<Self, KeyMapError> {
        let tables: BTreeMap<String, Vec<Entry>> = toml::from_str(text)
            .map_err(|error| KeyMapError::Syntax(error.to_string().trim().to_owned()))?;
        for (name, entries) in tables {
            let context = Context::find(&name).ok_or_else(|| KeyMapError::Context {
                context: name.clone(),
                known: list(Context::ALL.iter().map(|c| c.as_str())),
            })?;
            let mut given: BTreeMap<Vec<KeyPress>, Command> = BTreeMap::new();
            for entry in entries {
                let command = self.command(context, &entry.r#do, adding)?;
                let mut keys = Vec::new();
                for key in &entry.keys {
                    let sequence = sequence(key).map_err(|why| KeyMapError::Key {
                        context: context.as_str(),
                        command: command.as_str(),
                        why,
                    })?;
                    if let Some(other) = given.insert(sequence.clone(), command) {
                        return Err(KeyMapError::Twice {
                            context: context.as_str(),
                            key: key.clone(),
                            first: other.as_str(),
                            second: command.as_str(),
                        });
                    }
                    keys.push(sequence);
                }
                self.set(context, command, keys, entry);
            }
            // Keys given here are taken from the commands that had them here before.
            for binding in &mut self.bindings {
                if binding.context == context {
                    let command = binding.command;
                    binding
                        .keys
                        .retain(|keys| given.get(keys).is_none_or(|owner| *owner == command));
                }
            }
        }
        self.index = self
            .bindings
            .iter()
            .flat_map(|b| b.keys.iter().map(|k| ((b.context, k.clone()), b.command)))
            .collect();
        Ok(self)
    }

    fn command(&self, context: Context, word: &str, adding: bool) -> Result<Command, KeyMapError> {
        let here = |command: &Command| adding || self.binding(context, *command).is_some();
        Command::find(word)
            .filter(here)
            .ok_or_else(|| KeyMapError::Command {
                context: context.as_str(),
                command: word.to_owned(),
                known: list(Command::ALL.iter().filter(|c| here(c)).map(|c| c.as_str())),
            })
    }

    fn set(&mut self, context: Context, command: Command, keys: Vec<Vec<KeyPress>>, entry: Entry) {
        let known = self
            .bindings
            .iter_mut()
            .find(|b| b.context == context && b.command == command);
        if let Some(binding) = known {
            binding.keys = keys;
            binding.hint = entry.hint.or(binding.hint.take());
            binding.help = entry
                .help
                .unwrap_or_else(|| std::mem::take(&mut binding.help));
        } else {
            self.bindings.push(Binding {
                context,
                command,
                keys,
                hint: entry.hint,
                help: entry.help.unwrap_or_default(),
            });
        }
    }

    /// What the keys pressed so far mean in the first of `contexts` that knows them.
    pub fn meaning(&self, contexts: &[Context], pressed: &[KeyPress]) -> Meaning {
        for context in contexts {
            if let Some(command) = self.index.get(&(*context, pressed.to_vec())) {
                return Meaning::Command(*command);
            }
        }
        let begins = |binding: &&Binding| {
            contexts.contains(&binding.context)
                && binding
                    .keys
                    .iter()
                    .any(|keys| keys.len() > pressed.len() && keys.starts_with(pressed))
        };
        if self.bindings.iter().any(|binding| begins(&binding)) {
            Meaning::Beginning
        } else {
            Meaning::Nothing
        }
    }

    /// The bindings of one context, in the order of the file.
    pub fn bindings(&self, context: Context) -> impl Iterator<Item = &Binding> {
        self.bindings
            .iter()
            .filter(move |binding| binding.context == context && !binding.keys.is_empty())
    }

    /// The binding of a command in one context.
    pub fn binding(&self, context: Context, command: Command) -> Option<&Binding> {
        self.bindings
            .iter()
            .find(|b| b.context == context && b.command == command)
    }

    /// All keys as a table in Markdown, for the README: key, where, what.
    pub fn markdown(&self) -> String {
        let mut table = String::from("| key | where | does |\n|---|---|---|\n");
        for binding in Context::ALL.iter().flat_map(|c| self.bindings(*c)) {
            let keys: Vec<String> = binding.keys.iter().map(|k| show(k)).collect();
            let keys = keys.join("`, `").replace('|', "\\|");
            let (place, help) = (binding.context.as_str(), &binding.help);
            table.push_str("| `");
            table.push_str(&keys);
            table.push_str("` | ");
            table.push_str(place);
            table.push_str(" | ");
            table.push_str(help);
            table.push_str(" |\n");
        }
        table
    }

    /// The first key of a command, as sentences name it: in the panes rather than on a
    /// page; empty where it has none.
    pub fn key(&self, command: Command) -> String {
        Context::ALL
            .iter()
            .filter_map(|context| self.binding(*context, command))
            .find(|binding| !binding.keys.is_empty())
            .map_or_else(String::new, Binding::key)
    }
}

fn sequence(text: &str) -> Result<Vec<KeyPress>, String> {
    let keys = KeyPress::parse_all(text)?;
    match keys.len() {
        1 | 2 => Ok(keys),
        0 => Err("a key is empty: leave the list empty to take all keys away".to_owned()),
        _ => Err(format!("`{text}` is longer than two keys")),
    }
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
