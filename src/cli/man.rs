//! `man`: one manual page a command, made of what `--help` says.

use std::io::Write as _;
use std::path::Path;

use clap::CommandFactory as _;

use super::{Cli, CliError, Exit};
use crate::model::text;

/// A command and the name of its page: `supercargo-registry-add`.
struct Page {
    name: String,
    command: clap::Command,
}

impl Page {
    fn render(&self) -> std::io::Result<Vec<u8>> {
        let mut page = Vec::new();
        clap_mangen::Man::new(self.command.clone())
            .title(self.name.to_uppercase())
            .manual("supercargo manual")
            .source(concat!("supercargo ", env!("CARGO_PKG_VERSION")))
            .render(&mut page)?;
        Ok(ascii(&String::from_utf8_lossy(&page)).into_bytes())
    }

    /// As people ask for it: without the program's name.
    fn short(&self) -> &str {
        self.name.strip_prefix("supercargo-").unwrap_or(&self.name)
    }
}

/// The same page in ASCII: not every reader of pages takes anything else (groff_char(7)).
fn ascii(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    for character in page.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            out.push_str(&format!("\\[u{:04X}]", u32::from(character)));
        }
    }
    out
}

/// The pages of all commands, the program's own first.
fn pages() -> Vec<Page> {
    fn collect(command: &clap::Command, name: String, found: &mut Vec<Page>) {
        let subs = command.get_subcommands();
        let named: Vec<_> = subs
            .map(|sub| (format!("{name}-{}", sub.get_name()), sub.clone()))
            .collect();
        let command = command.clone().display_name(name.clone());
        found.push(Page { name, command });
        for (name, sub) in named {
            collect(&sub, name, found);
        }
    }
    // `help` needs no page of its own.
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let mut found = Vec::new();
    collect(&program, program.get_name().to_owned(), &mut found);
    found
}

/// Prints the page of the command that these words name, the program's own for none.
pub(super) fn print(words: &[String]) -> Result<Exit, CliError> {
    let pages = pages();
    let wanted = words.join("-");
    let wanted = wanted.strip_prefix("supercargo-").unwrap_or(&wanted);
    let wanted = if wanted.is_empty() {
        "supercargo"
    } else {
        wanted
    };
    let Some(page) = pages.iter().find(|page| page.short() == wanted) else {
        let known = pages.iter().map(Page::short);
        let hint = match text::nearest(wanted, known.clone()) {
            Some(near) => format!("`supercargo man {near}` is meant?"),
            None => format!("there are {}", known.collect::<Vec<_>>().join(", ")),
        };
        let wanted = text::quote(wanted, 40);
        return Err(CliError::usage(format!("no page is called `{wanted}`")).with_hint(hint));
    };
    std::io::stdout().write_all(&page.render()?)?;
    Ok(Exit::Done)
}

/// Writes every page into this directory, which is made where there is none.
pub(super) fn write_all(directory: &Path) -> Result<Exit, CliError> {
    let failed = |path: &Path, error: std::io::Error| {
        let path = path.display();
        CliError::new(
            Exit::Failures,
            format!("`{path}` could not be written: {error}"),
        )
    };
    std::fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
    for page in pages() {
        let path = directory.join(format!("{}.1", page.name));
        std::fs::write(&path, page.render()?).map_err(|error| failed(&path, error))?;
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_with_its_own_options() {
        let pages = pages();
        let names: Vec<&str> = pages.iter().map(Page::short).collect();
        for name in [
            "supercargo",
            "crawl",
            "registry",
            "registry-add",
            "registry-import",
        ] {
            assert!(names.contains(&name), "{names:?}");
        }
        assert!(!names.iter().any(|name| name.contains("help")), "{names:?}");
        for page in &pages {
            let text = String::from_utf8(page.render().unwrap()).unwrap();
            assert!(text.is_ascii(), "{text}");
            let text = text.replace("\\-", "-");
            let title = format!(".TH {} 1", page.name.to_uppercase());
            assert!(text.contains(&title), "{}: {text}", page.name);
            let options = page.command.get_arguments().filter_map(clap::Arg::get_long);
            for option in options {
                assert!(
                    text.contains(&format!("--{option}")),
                    "{}: {option}",
                    page.name
                );
            }
        }
    }
}
