//! The key map: which key does what where, with the words that describe it.
//!
//! Owns the notation of keys and the compiled-in map (`assets/keys.toml`), which a user's
//! own file may change. The bottom bar, the help and README's table are printed from it.
//! Reads no file: it is handed text.

mod command;
mod file;
mod press;

use std::collections::{BTreeMap, HashMap};

use super::document::Wrong;
use file::Entry;

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

impl KeyMap {
    /// The keys the program comes with.
    pub fn standard() -> Self {
        Self::default().overridden(STANDARD).unwrap_or_default()
    }

    /// This map with a user's changes: each entry names a command and its keys, which
    /// replace the keys it had in that context and are taken from whatever had them.
    ///
    /// # Errors
    ///
    /// Everything in `text` that cannot be, each with its line.
    pub fn overridden(mut self, text: &str) -> Result<Self, Vec<Wrong>> {
        let entries = file::read(text, &self)?;
        let mut given: BTreeMap<(Context, Vec<KeyPress>), Command> = BTreeMap::new();
        for entry in entries {
            for keys in &entry.keys {
                given.insert((entry.context, keys.clone()), entry.command);
            }
            self.set(entry);
        }
        // Keys given here are taken from the commands that had them there before.
        for binding in &mut self.bindings {
            let (context, command) = (binding.context, binding.command);
            binding.keys.retain(|keys| {
                let owner = given.get(&(context, keys.clone()));
                owner.is_none_or(|owner| *owner == command)
            });
        }
        self.index = self
            .bindings
            .iter()
            .flat_map(|b| b.keys.iter().map(|k| ((b.context, k.clone()), b.command)))
            .collect();
        Ok(self)
    }

    fn set(&mut self, entry: Entry) {
        let Entry {
            context,
            command,
            keys,
            hint,
            help,
        } = entry;
        let known = self
            .bindings
            .iter_mut()
            .find(|b| b.context == context && b.command == command);
        if let Some(binding) = known {
            binding.keys = keys;
            binding.hint = hint.or(binding.hint.take());
            binding.help = help.unwrap_or_else(|| std::mem::take(&mut binding.help));
        } else {
            self.bindings.push(Binding {
                context,
                command,
                keys,
                hint,
                help: help.unwrap_or_default(),
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
        // Where text is typed, letters are no keys: the others are better known.
        let (typed, pressed): (Vec<Context>, Vec<Context>) =
            Context::ALL.iter().partition(|context| context.is_typed());
        pressed
            .into_iter()
            .chain(typed)
            .filter_map(|context| self.binding(context, command))
            .find(|binding| !binding.keys.is_empty())
            .map_or_else(String::new, Binding::key)
    }
}

#[cfg(test)]
mod tests;
