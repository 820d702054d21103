//! Pages of text that are scrolled: built once for `update`, which must know how long
//! they are, and for `ui`, which paints them.

use unicode_width::UnicodeWidthStr;

use super::words::wrap;

/// What a text says, apart from its words. `ui` knows what that looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing beside the words.
    #[default]
    Plain,
    /// Of less weight.
    Dim,
    /// A heading.
    Heading,
    /// It is well.
    Good,
    /// It needs a look.
    Warn,
    /// It failed.
    Bad,
    /// It is at work.
    Busy,
    /// A key.
    Key,
    /// What was looked for.
    Match,
    /// The tag `latest`.
    Latest,
    /// It is among the smallest or oldest of what is in view.
    Low,
    /// It is among the largest or newest of what is in view.
    High,
    /// It is of this sort.
    Of(Sort),
}

/// The sorts of things that registries keep and people tell apart at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// An image for one platform.
    Image,
    /// An index of images.
    Index,
    /// A chart.
    Chart,
    /// A signature.
    Signature,
    /// A bill of materials.
    Sbom,
    /// An attestation.
    Attestation,
    /// Any other artifact.
    Artifact,
}

/// A sign at the beginning of a line or row. `ui` knows the characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It is well.
    Good,
    /// It is in part.
    Partial,
    /// It failed.
    Bad,
    /// Somebody said no.
    Refused,
    /// Nothing is known.
    Unknown,
    /// It waits.
    Held,
    /// It is at work.
    Busy,
    /// It was left out.
    Skipped,
}

/// One line: a label column and a text, both short enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// A sign in front.
    pub sign: Option<Sign>,
    /// The label, already as wide as its column.
    pub label: String,
    /// The tone of the label.
    pub label_tone: Tone,
    /// The text.
    pub text: String,
    /// The tone of the text.
    pub tone: Tone,
}

/// Lines of one width.
#[derive(Clone, Debug)]
pub struct Document {
    width: usize,
    /// The lines.
    pub lines: Vec<Line>,
}

impl Document {
    /// An empty document of this many columns.
    pub fn new(width: u16) -> Self {
        Self {
            width: usize::from(width).max(8),
            lines: Vec::new(),
        }
    }

    /// Adds an empty line.
    pub fn gap(&mut self) {
        self.lines.push(Line::default());
    }

    /// Adds a heading.
    pub fn heading(&mut self, text: &str) {
        self.text(Tone::Heading, text);
    }

    /// Adds text over the whole width.
    pub fn text(&mut self, tone: Tone, text: &str) {
        for text in wrap(text, self.width) {
            self.lines.push(Line {
                text,
                tone,
                ..Line::default()
            });
        }
    }

    /// Adds text beside a label of `column` columns; further lines stay in the text's
    /// column.
    pub fn entry(&mut self, column: usize, label: (Tone, &str), tone: Tone, text: &str) {
        let pad = |text: &str| {
            let missing = column.saturating_sub(text.width());
            format!("{text}{}", " ".repeat(missing))
        };
        let (label_tone, label) = label;
        for (i, text) in wrap(text, self.width.saturating_sub(column))
            .into_iter()
            .enumerate()
        {
            self.lines.push(Line {
                label: pad(if i == 0 { label } else { "" }),
                label_tone,
                text,
                tone,
                ..Line::default()
            });
        }
    }

    /// Puts a sign in front of the line at `index`.
    pub fn sign(&mut self, index: usize, sign: Sign) {
        if let Some(line) = self.lines.get_mut(index) {
            line.sign = Some(sign);
        }
    }

    /// How many columns it has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_keep_their_column() {
        let mut document = Document::new(16);
        document.heading("Image");
        document.entry(8, (Tone::Dim, "tags"), Tone::Plain, "1.27.3 latest");
        let shown: Vec<String> = document
            .lines
            .iter()
            .map(|line| format!("{}{}", line.label, line.text))
            .collect();
        assert_eq!(shown, ["Image", "tags    1.27.3", "        latest"]);
    }
}
