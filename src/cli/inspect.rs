//! `inspect`: one image in full, or one of its documents by the byte.

use std::io::{IsTerminal, Write};

use super::args::{InspectArgs, TextFormat};
use super::context::Context;
use super::stop::{self, Stops};
use super::{CliError, Exit};
use crate::export::InspectObject;
use crate::job::{self, InspectError, InspectRequest, Part};
use crate::model::{Class, Document, ImageReference, Remark, Typed, text};

pub(super) async fn run(context: &Context, args: InspectArgs) -> Result<Exit, CliError> {
    let mut stops = Stops::listen();
    let reference: ImageReference = args
        .reference
        .parse()
        .map_err(InspectError::Reference)
        .map_err(CliError::from)?;
    let request = InspectRequest {
        store: context.existing_store()?,
        secrets: context.secrets()?,
        reference,
        platform: args.platform.clone(),
        typed: Typed::default(),
    };
    let work = print(context, &args, &request);
    tokio::select! {
        biased;
        stop = stops.next() => {
            stop::say(stop, "what was read is kept");
            Ok(Exit::Interrupted)
        }
        () = super::ask::interrupted() => Ok(Exit::Interrupted),
        done = work => done,
    }
}

async fn print(
    context: &Context,
    args: &InspectArgs,
    request: &InspectRequest,
) -> Result<Exit, CliError> {
    let part = match (args.configuration, args.raw) {
        (true, _) => Some(Part::Configuration),
        (false, true) => Some(Part::Manifest),
        (false, false) => None,
    };
    let Some(part) = part else {
        let (image, remarks) = job::inspect(request).await?;
        let object = InspectObject::new(&image);
        let mut out = match args.format {
            TextFormat::Text => object.sections().into_bytes(),
            TextFormat::Json => serde_json::to_vec(&object).map_err(std::io::Error::from)?,
        };
        if args.format == TextFormat::Json {
            out.push(b'\n');
        }
        say(context, &remarks);
        let done = written(&out)?;
        let failed = remarks.iter().filter_map(Remark::failure);
        let classes: Vec<Class> = failed.map(|failure| failure.class).collect();
        return Ok(match &classes[..] {
            [] => done,
            some if some.contains(&Class::Authentication) => Exit::Authentication,
            _ => Exit::Failures,
        });
    };
    let (document, remarks) = job::part(request, part).await?;
    say(context, &remarks);
    let out = std::io::stdout().is_terminal().then(|| shown(&document));
    written(out.as_ref().map_or(&document.bytes, |shown| shown))
}

/// A document for a terminal, which obeys nothing of it.
fn shown(document: &Document) -> Vec<u8> {
    let mut shown = text::harmless_lines(&String::from_utf8_lossy(&document.bytes));
    if !shown.ends_with('\n') {
        shown.push('\n');
    }
    shown.into_bytes()
}

fn written(bytes: &[u8]) -> Result<Exit, CliError> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(Exit::Done)
}

/// Tells a person how it was read.
fn say(context: &Context, remarks: &[Remark]) {
    let is_said = |remark: &&Remark| remark.is_trouble() || !context.is_quiet();
    remarks.iter().filter(is_said).for_each(super::say);
}

impl From<InspectError> for CliError {
    fn from(error: InspectError) -> Self {
        let exit = match &error {
            InspectError::Store(error) => return Self::from(&**error),
            InspectError::Failed(failure) if failure.class == Class::Authentication => {
                Exit::Authentication
            }
            other if other.is_usage() => Exit::Usage,
            _ => Exit::Failures,
        };
        let failed = Self::new(exit, error.to_string());
        match error.hint() {
            Some(hint) => failed.with_hint(hint),
            None => failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    #[test]
    fn a_terminal_obeys_nothing_of_a_document() {
        let bytes = b"{\n\t\"a\": \"\x1b[2J\r\xff\xe2\x80\xae\"\n}".to_vec();
        let document = Document {
            digest: Digest::sha256(&bytes),
            bytes,
            is_covered: false,
        };
        let shown = String::from_utf8(shown(&document)).unwrap();
        assert_eq!(
            shown,
            "{\n\t\"a\": \"\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}\"\n}\n"
        );
    }
}
