//! What a mistyped command is told. The library suggests whatever looks alike, and a person
//! who is in a hurry types what is suggested.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::model::text;

/// The error with the nearest of its suggestions alone: `registry renam` means `rename`, and
/// is not told of `remove`.
pub(super) fn cautious(mut error: clap::Error) -> clap::Error {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error;
    }
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    let suggested = match error.get(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::String(word)) => vec![word.clone()],
        Some(ContextValue::Strings(words)) => words.clone(),
        _ => return error,
    };
    let words = suggested.iter().map(String::as_str);
    let nearest = text::nearest(typed, words).map(str::to_owned);
    match nearest {
        Some(word) => {
            error.insert(
                ContextKind::SuggestedSubcommand,
                ContextValue::Strings(vec![word]),
            );
        }
        None => {
            error.remove(ContextKind::SuggestedSubcommand);
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::Parser;

    fn told(words: &[&str]) -> String {
        let error = Cli::try_parse_from([&["supercargo"], words].concat()).unwrap_err();
        cautious(error).to_string()
    }

    #[test]
    fn a_mistyped_command_is_told_the_one_that_is_meant() {
        for (typed, wanted) in [
            ("renam", "rename"),
            ("ranme", "rename"),
            ("remov", "remove"),
            ("lst", "list"),
        ] {
            let said = told(&["registry", typed]);
            assert!(said.contains(&format!("'{wanted}'")), "{said}");
            let other = if wanted == "remove" {
                "rename"
            } else {
                "remove"
            };
            assert!(!said.contains(other), "{said}");
        }
        for typed in ["rm", "retire", "delete"] {
            let said = told(&["registry", typed]);
            assert!(!said.contains("remove"), "{said}");
        }
        assert!(told(&["crwal"]).contains("'crawl'"));
    }
}
