//! A key file as it is written: read whole, so that everything that is wrong in it is told at
//! once, each with its line.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Command, Context, KeyMap, KeyPress, show};
use crate::config::document::{Document, Wrong};
use crate::model::text;

/// The keys an entry may have.
const KEYS: [&str; 4] = ["do", "keys", "hint", "help"];

/// One entry of a key file.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Where.
    pub(super) context: Context,
    /// What.
    pub(super) command: Command,
    /// The keys, each a sequence.
    pub(super) keys: Vec<Vec<KeyPress>>,
    /// The words for the bottom bar, where they are given.
    pub(super) hint: Option<String>,
    /// The words for the help, where they are given.
    pub(super) help: Option<String>,
}

/// Sequences that the file gives in one context: whose they are, and in which line.
type Given = BTreeMap<(Context, Vec<KeyPress>), (Command, usize)>;

/// What a key file says, in the order of its lines for each context.
///
/// # Errors
///
/// Everything in it that cannot be: a place or a command that there is not, a key that is none,
/// that is text where it is pressed, or that two commands would have.
pub(super) fn read(source: &str, base: &KeyMap) -> Result<Vec<Entry>, Vec<Wrong>> {
    let (root, document) = Document::parse(source);
    let mut reader = Reader {
        base,
        document,
        given: Given::new(),
        spans: Vec::new(),
        entries: Vec::new(),
    };
    for (name, value) in &root {
        reader.context(name, value);
    }
    reader.beginnings();
    let wrong = reader.document.finish();
    if wrong.is_empty() {
        Ok(reader.entries)
    } else {
        Err(wrong)
    }
}

struct Reader<'a> {
    base: &'a KeyMap,
    document: Document<'a>,
    given: Given,
    /// Where each sequence was given.
    spans: Vec<(Context, Vec<KeyPress>, Range<usize>)>,
    entries: Vec<Entry>,
}

impl Reader<'_> {
    fn context(&mut self, name: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let Some(context) = Context::find(name.get_ref()) else {
            let known = Context::ALL.iter().map(|context| context.as_str());
            let wrong = format!("`[[{}]]` is no place for keys", quoted(name.get_ref()));
            let told = near(name.get_ref(), known);
            self.document.note(name.span(), format!("{wrong}: {told}"));
            return;
        };
        let wanted = format!(
            "a list of entries: write `[[{}]]` above each",
            name.get_ref()
        );
        let DeValue::Array(entries) = value.get_ref() else {
            return self.document.mistyped(value, name.get_ref(), &wanted);
        };
        for entry in entries {
            match entry.get_ref() {
                DeValue::Table(table) => self.entry(context, table, entry.span()),
                _ => self.document.mistyped(entry, name.get_ref(), &wanted),
            }
        }
    }

    fn entry(&mut self, context: Context, table: &DeTable<'_>, at: Range<usize>) {
        let place = format!("`[[{}]]`", context.as_str());
        for key in table.keys() {
            if !KEYS.contains(&key.get_ref().as_ref()) {
                self.document.unknown(key, &place, KEYS.into_iter());
            }
        }
        let words = |document: &mut Document<'_>, key: &str| {
            let value = table.get(key)?;
            let text = value.get_ref().as_str().map(str::to_owned);
            if text.is_none() {
                document.mistyped(value, key, "a text in quotes");
            }
            text
        };
        let (hint, help) = (
            words(&mut self.document, "hint"),
            words(&mut self.document, "help"),
        );
        let Some(does) = table.get("do") else {
            let wrong = format!("{place} has an entry without `do`: name the command");
            return self.document.note(at, wrong);
        };
        let Some(word) = does.get_ref().as_str() else {
            return self.document.mistyped(does, "do", "a command in quotes");
        };
        let Some(command) = self.command(context, word) else {
            let bound = |command: &&Command| self.base.binding(context, **command).is_some();
            let known = Command::ALL.iter().filter(bound).map(|it| it.as_str());
            let told = near(word, known);
            let wrong = format!("{place} has no command `{}`: {told}", quoted(word));
            return self.document.note(does.span(), wrong);
        };
        let Some(value) = table.get("keys") else {
            let wrong =
                format!("`{word}` has no `keys`: `keys = []` takes all keys of a command away");
            return self.document.note(does.span(), wrong);
        };
        let DeValue::Array(list) = value.get_ref() else {
            return self.document.mistyped(
                value,
                "keys",
                "a list of keys such as [\"g\", \"<enter>\"]",
            );
        };
        let mut keys = Vec::new();
        for key in list {
            let Some(text) = key.get_ref().as_str() else {
                self.document
                    .mistyped(key, "keys", "a list of keys in quotes");
                continue;
            };
            match sequence(text, context) {
                Ok(sequence) if self.is_free(context, &sequence, command, key.span()) => {
                    keys.push(sequence);
                }
                Ok(_) => {}
                Err(why) => {
                    let wrong = format!("{place} `{word}`: {why}");
                    self.document.note(key.span(), wrong);
                }
            }
        }
        self.entries.push(Entry {
            context,
            command,
            keys,
            hint,
            help,
        });
    }

    /// A command that may have keys there: any while nothing is known yet.
    fn command(&self, context: Context, word: &str) -> Option<Command> {
        let is_first = self.base.bindings.is_empty();
        let here = |command: &Command| is_first || self.base.binding(context, *command).is_some();
        Command::find(word).filter(here)
    }

    /// Whether the file gives these keys to nobody else there; notes that it does.
    fn is_free(
        &mut self,
        context: Context,
        keys: &[KeyPress],
        command: Command,
        at: Range<usize>,
    ) -> bool {
        let line = self.document.line(at.start);
        let place = (context, keys.to_vec());
        if let Some((other, before)) = self.given.get(&place) {
            let wrong = format!(
                "`{}` is given to `{}` in line {before} and to `{}` here: keep one",
                show(keys),
                other.as_str(),
                command.as_str()
            );
            self.document.note(at, wrong);
            return false;
        }
        self.given.insert(place, (command, line));
        self.spans.push((context, keys.to_vec(), at));
        true
    }

    /// Notes keys that are the beginning of others there: these would never be reached.
    fn beginnings(&mut self) {
        let taken = |context: Context, command: Command| {
            let mut entries = self.entries.iter();
            entries.any(|entry| (entry.context, entry.command) == (context, command))
        };
        let standing = self.base.bindings.iter();
        let standing = standing.filter(|it| !taken(it.context, it.command));
        let mut all: Vec<(Context, Vec<KeyPress>, Command)> = standing
            .flat_map(|it| {
                let keys = it.keys.iter();
                keys.map(|keys| (it.context, keys.clone(), it.command))
            })
            .collect();
        let given = self.given.iter();
        all.extend(given.map(|((context, keys), (command, _))| (*context, keys.clone(), *command)));
        for (context, keys, at) in &self.spans {
            let found = all.iter().find_map(|(other, others, command)| {
                let meet = other == context || is_shared(*other) || is_shared(*context);
                let (short, long) = if keys.len() < others.len() {
                    (keys, others)
                } else {
                    (others, keys)
                };
                let clash = meet && short.len() < long.len() && long.starts_with(short);
                clash.then(|| (show(short), show(long), command.as_str()))
            });
            if let Some((short, long, other)) = found {
                let wrong = format!(
                    "`{short}` acts before `{long}` could be pressed, and one of them is of \
                     `{other}`: change one"
                );
                self.document.note(at.clone(), wrong);
            }
        }
    }
}

/// Whether what is bound there is bound on every page.
fn is_shared(context: Context) -> bool {
    matches!(context, Context::Pages | Context::Move | Context::Global)
}

/// The keys of a sequence; an error says why there can be none such in this context.
fn sequence(text: &str, context: Context) -> Result<Vec<KeyPress>, String> {
    let keys = KeyPress::parse_all(text)?;
    match &keys[..] {
        [] => return Err("a key is empty: leave the list empty to take all keys away".to_owned()),
        [first, ..] if context.is_typed() && first.is_text() => {
            return Err(format!(
                "`{text}` is text where one types: use an arrow, enter, tab, esc, a function key \
                 or one with ctrl"
            ));
        }
        [_] | [_, _] => {}
        _ => return Err(format!("`{text}` is longer than two keys")),
    }
    Ok(keys)
}

/// The word that is probably meant, or all that may be.
fn near<'k>(word: &str, known: impl Iterator<Item = &'k str> + Clone) -> String {
    match text::nearest(word, known.clone()) {
        Some(near) => format!("`{near}` is meant?"),
        None => format!("use one of {}", known.collect::<Vec<_>>().join(", ")),
    }
}

fn quoted(text: &str) -> String {
    text::quote(text, 40)
}
