//! Commands by name: which there are here, and what is done with the line of the palette.

use super::document::Tone;
use super::overlay::palette::{Does, Entry, Verb};
use super::overlay::{Overlay, title};
use super::page::search::Narrowing;
use super::page::{PageId, Place, Target};
use super::world::Notice;
use super::{App, Effect, ScreenWork, State};
use crate::config::keys::{Command, Context};
use crate::config::theme::Theme;
use crate::model::RegistryId;
use crate::model::text::quote;
use crate::query::fuzzy;

/// Where text is typed, so that a colon is text and the palette not to be had.
const TYPED: [Context; 6] = [
    Context::Filter,
    Context::SearchLine,
    Context::CommandLine,
    Context::Form,
    Context::FormCheck,
    Context::Ask,
];

/// Names without a key: what is written behind them, and what they do.
const VERBS: [(Verb, &str, &str, &str); 5] = [
    (
        Verb::Registry,
        "reg",
        "NAME",
        "to the registry of this name",
    ),
    (Verb::Repository, "repo", "NAME", "search for repositories"),
    (
        Verb::Contexts,
        "ctx",
        "NAME",
        "registries are the contexts here",
    ),
    (
        Verb::Theme,
        "theme",
        "NAME",
        "dark, light, high-contrast or mono; the configured one without a name",
    ),
    (Verb::Quit, "q", "", "quit; asks while a crawl runs"),
];

/// Why no theme can be chosen.
const COLOURLESS: &str = "this terminal is to have no colours (`NO_COLOR`, `--no-color` or `TERM`)";

/// What may be written behind the name of a command.
fn words(command: Command) -> &'static str {
    match command {
        Command::SearchPage => "WORDS",
        Command::ChangesPage => "SINCE",
        _ => "",
    }
}

impl State {
    /// Every command that has a place, with its key here: those of this place first.
    pub(super) fn commands(&self) -> Vec<Entry> {
        let here = self.contexts();
        let rest = Context::ALL.iter().filter(|one| !here.contains(one));
        let mut entries: Vec<Entry> = Vec::new();
        for context in here.iter().chain(rest) {
            if TYPED.contains(context) {
                continue;
            }
            for command in Command::ALL {
                let Some(binding) = self.world.keys.binding(*context, *command) else {
                    continue;
                };
                let does = Does::Command(*command);
                let known = entries.iter_mut().find(|entry| entry.does == does);
                match known {
                    Some(entry) if entry.key.is_empty() => entry.key = binding.key(),
                    Some(_) => {}
                    None if *command == Command::CommandLine => {}
                    None => entries.push(Entry {
                        does,
                        name: command.as_str(),
                        words: words(*command),
                        key: binding.key(),
                        help: binding.help.clone(),
                        why_not: self.not_here(*command).map(|why| why.text),
                    }),
                }
            }
        }
        let stays = self.cannot_leave();
        for (verb, name, words, help) in VERBS {
            let why_not = match verb {
                Verb::Registry | Verb::Repository => stays.clone().map(|why| why.text),
                Verb::Theme => self.world.colourless.then(|| COLOURLESS.to_owned()),
                Verb::Contexts | Verb::Quit => None,
            };
            entries.push(Entry {
                does: Does::Verb(verb),
                name,
                words,
                key: String::new(),
                help: help.to_owned(),
                why_not,
            });
        }
        entries
    }

    /// Why a command can do nothing here, by the same answer that its key gets.
    fn not_here(&self, command: Command) -> Option<Notice> {
        let keys = &self.world.keys;
        let has = |context: &&Context| keys.binding(**context, command).is_some();
        if self.contexts().iter().any(|context| has(&context)) {
            return self.why_not(command);
        }
        if PageId::of(command).is_some() {
            return self.cannot_leave();
        }
        let place = Context::ALL.iter().find(has)?;
        let place = title(*place);
        let place = place.to_ascii_lowercase();
        Some(Notice::plain(format!("not here, but {place}")))
    }

    /// Why what lies over the page cannot be left behind.
    fn cannot_leave(&self) -> Option<Notice> {
        let asks = |overlay: &Overlay| {
            matches!(
                overlay,
                Overlay::Form(_) | Overlay::Confirm(_) | Overlay::Ask(_)
            )
        };
        let asks = self.overlays.iter().any(asks);
        asks.then(|| Notice::plain("a question is open: answer it first"))
    }

    /// The registry that this names: whole, or as much as is no other's.
    fn registry_named(&self, name: &str) -> Result<RegistryId, String> {
        let wanted = name.to_ascii_lowercase();
        let rows = self.world.all.iter().filter_map(|row| {
            let known = row.spec.name.as_str().to_ascii_lowercase();
            Some((fuzzy::distance(&known, &wanted)?, row))
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by_key(|(far, _)| *far);
        let best = rows.first().map(|(far, _)| *far);
        rows.retain(|(far, _)| Some(*far) == best);
        match &rows[..] {
            [(_, only)] => Ok(only.id),
            [] => {
                let names = self.world.all.iter().map(|row| row.spec.name.as_str());
                Err(match fuzzy::nearest(names, &wanted) {
                    Some(near) => format!("there is no registry `{name}`; the nearest is `{near}`"),
                    None => "there is no registry yet".to_owned(),
                })
            }
            several => {
                let names = several.iter().map(|(_, row)| row.spec.name.to_string());
                let names: Vec<String> = names.collect();
                Err(format!("`{name}` may be {}", names.join(" or ")))
            }
        }
    }
}

impl App {
    /// Does what was chosen by name, by the way that keys take.
    pub(super) fn run(&mut self, does: Does, words: &str, effects: &mut Vec<Effect>) {
        match does {
            Does::Command(command) => {
                if let Some(why) = self.state.not_here(command) {
                    self.state.world.notice = Some(why);
                    return;
                }
                if PageId::of(command).is_some() {
                    self.leave_overlays(effects);
                }
                self.command(command, effects);
                if !words.is_empty() {
                    self.on_top(effects, |page, outside| page.told(words, outside));
                }
            }
            Does::Verb(Verb::Quit) => self.command(Command::Quit, effects),
            Does::Verb(Verb::Contexts) if words.is_empty() => {
                let key = self.state.world.key_of(Command::BrowsePage);
                let text = format!("registries are on page {key}; `:reg NAME` goes to one");
                self.state.world.say(Tone::Plain, text);
            }
            Does::Verb(Verb::Theme) => self.choose_theme(words, effects),
            Does::Verb(_) if let Some(why) = self.state.cannot_leave() => {
                self.state.world.notice = Some(why);
            }
            Does::Verb(Verb::Repository) => {
                self.run(Does::Command(Command::SearchPage), words, effects);
                self.state.pages.search.narrow_to(Narrowing::Repositories);
            }
            Does::Verb(Verb::Registry) if words.is_empty() => {
                self.run(Does::Command(Command::BrowsePage), words, effects);
            }
            Does::Verb(Verb::Registry | Verb::Contexts) => match self.state.registry_named(words) {
                Ok(id) => {
                    self.leave_overlays(effects);
                    let target = Some(Target::registry(id));
                    let page = PageId::Browse;
                    self.go(Place { page, target }, effects);
                }
                Err(why) => self.state.world.say(Tone::Plain, why),
            },
        }
    }

    /// Looks like the theme of this name from now on.
    fn choose_theme(&mut self, name: &str, effects: &mut Vec<Effect>) {
        let world = &mut self.state.world;
        let known = Theme::NAMES.into_iter().find(|known| *known == name);
        if world.colourless {
            world.say(Tone::Plain, COLOURLESS);
        } else if known.is_none() && !name.is_empty() {
            let known = Theme::NAMES.join(", ");
            let name = quote(name, 40);
            world.say(
                Tone::Plain,
                format!("there is no theme `{name}`: use one of {known}"),
            );
        } else {
            world.theme = known;
            effects.push(Effect::Screen(ScreenWork::Look(known)));
            let said = known.map_or("the configured theme".to_owned(), |name| {
                format!("theme {name}")
            });
            world.say(Tone::Good, said);
        }
    }
}
