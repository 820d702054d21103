//! The small language of VHS tapes, as far as the tapes of this project use it. What is not
//! known fails: nothing of a tape is passed over.

use regex::Regex;

/// What a tape says, in its order.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    /// Its size in characters, from its size in pixels, as `vhs/play` counts it.
    pub(crate) columns: u16,
    pub(crate) rows: u16,
    pub(crate) steps: Vec<Step>,
}

/// A step, with the line it stands on.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) line: usize,
    pub(crate) does: Does,
}

#[derive(Debug)]
pub(crate) enum Does {
    /// Sends this.
    Send(String),
    /// Waits until the screen has this.
    Wait(Regex),
}

/// The height of a line in parts of the size of its characters, and their width.
const LINE_HEIGHT: f64 = 1.2;
const CHARACTER_WIDTH: f64 = 0.6;

/// What a key sends, by its name in a tape.
fn key(name: &str) -> Option<&'static str> {
    Some(match name {
        "Enter" => "\r",
        "Tab" => "\t",
        "Space" => " ",
        "Backspace" => "\u{7f}",
        "Escape" => "\u{1b}",
        "Up" => "\u{1b}[A",
        "Down" => "\u{1b}[B",
        "Right" => "\u{1b}[C",
        "Left" => "\u{1b}[D",
        "Home" => "\u{1b}[H",
        "End" => "\u{1b}[F",
        "PageUp" => "\u{1b}[5~",
        "PageDown" => "\u{1b}[6~",
        _ => return None,
    })
}

impl Tape {
    /// Reads a tape; what is wrong with it is said with its line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut pixels = [1200.0, 600.0, 16.0, 60.0];
        let mut tape = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |what: &str| format!("line {}: `{line}`: {what}", number + 1);
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let (name, time) = word.split_once('@').unwrap_or((word, ""));
            if !time.is_empty() && !is_time(time) {
                return Err(wrong("no time"));
            }
            let does = match name {
                // Pictures and what is shown in them; what is hidden is played all the same.
                "Output" | "Screenshot" | "Require" if !rest.is_empty() => None,
                "Hide" | "Show" if rest.is_empty() => None,
                "Sleep" if is_time(rest) => None,
                "Set" => {
                    set(&mut pixels, rest).ok_or_else(|| wrong("no such setting"))?;
                    None
                }
                "Type" => Some(Does::Send(
                    quoted(rest).ok_or_else(|| wrong("no text"))?.to_owned(),
                )),
                "Wait+Screen" => {
                    let pattern = rest.strip_prefix('/').and_then(|r| r.strip_suffix('/'));
                    let pattern = pattern.ok_or_else(|| wrong("no pattern"))?;
                    let pattern = Regex::new(pattern).map_err(|error| wrong(&error.to_string()))?;
                    Some(Does::Wait(pattern))
                }
                name => {
                    let sent = sent(name).ok_or_else(|| wrong("no such command"))?;
                    let times = match rest {
                        "" => 1,
                        times => times.parse().map_err(|_| wrong("no number"))?,
                    };
                    Some(Does::Send(sent.repeat(times)))
                }
            };
            // Escape and a key at once are one key to a terminal: Alt.
            let escapes = matches!(tape.steps.last(), Some(Step { does: Does::Send(sent), .. }) if sent == "\u{1b}");
            if escapes && matches!(does, Some(Does::Send(_))) {
                return Err(wrong("after Escape a tape waits for what must appear"));
            }
            let line = number + 1;
            tape.steps.extend(does.map(|does| Step { line, does }));
        }
        let [width, height, font, padding] = pixels;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "so many cells as fit into a picture of a few thousand pixels"
        )]
        let fits = |length: f64, of: f64| ((length - 2.0 * padding) / (font * of)) as u16;
        tape.columns = fits(width, CHARACTER_WIDTH);
        tape.rows = fits(height, LINE_HEIGHT);
        Ok(tape)
    }
}

/// What a key sends, `Ctrl+X` included.
fn sent(name: &str) -> Option<String> {
    if let Some(letter) = name.strip_prefix("Ctrl+") {
        let mut letters = letter.chars();
        let letter = letters.next().filter(char::is_ascii_alphabetic)?;
        let control = char::from(letter.to_ascii_uppercase() as u8 & 0x1f);
        return letters.next().is_none().then(|| control.to_string());
    }
    key(name).map(str::to_owned)
}

/// Takes a setting; `None` where there is none of that name, or its value is wrong.
fn set(pixels: &mut [f64; 4], rest: &str) -> Option<()> {
    let (name, value) = rest.split_once(' ')?;
    let place = match name {
        "Width" => 0,
        "Height" => 1,
        "FontSize" => 2,
        "Padding" => 3,
        "TypingSpeed" => return is_time(value).then_some(()),
        "Shell" => return (quoted(value) == Some("bash")).then_some(()),
        _ => return None,
    };
    pixels[place] = value.parse().ok()?;
    Some(())
}

/// The text between quotes of any of the three kinds.
fn quoted(text: &str) -> Option<&str> {
    let quote = text
        .chars()
        .next()
        .filter(|first| "\"'`".contains(*first))?;
    let inner = text[1..].strip_suffix(quote)?;
    (!inner.contains(quote)).then_some(inner)
}

/// `500ms` or `2s`.
fn is_time(text: &str) -> bool {
    let number = text.strip_suffix("ms").or_else(|| text.strip_suffix('s'));
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

#[test]
fn a_tape_is_read_with_what_it_sends_and_waits_for() {
    let text = "Output a.gif\n# so\nSet Width 788\nSet Height 481\nSet Padding 10\n\
                Type@9ms \"q x\"\nDown@250ms 2\nCtrl+S\nSleep 1s\nWait+Screen@20s /a.b/\n";
    let tape = Tape::parse(text).unwrap();
    assert_eq!((tape.columns, tape.rows), (80, 24));
    let steps: Vec<String> = tape
        .steps
        .iter()
        .map(|step| match &step.does {
            Does::Send(keys) => format!("{} {keys:?}", step.line),
            Does::Wait(pattern) => format!("{} /{pattern}/", step.line),
        })
        .collect();
    assert_eq!(
        steps,
        [
            "6 \"q x\"",
            r#"7 "\u{1b}[B\u{1b}[B""#,
            r#"8 "\u{13}""#,
            "10 /a.b/"
        ]
    );
}

#[test]
fn what_a_tape_may_not_say_is_told_with_its_line() {
    for (text, wanted) in [
        ("\nPlay it", "line 2: `Play it`: no such command"),
        ("Set Colour red", "no such setting"),
        ("Type hello", "no text"),
        ("Wait+Screen outpost", "no pattern"),
        ("Wait+Screen /(/", "unclosed group"),
        ("Wait /a/", "no such command"),
        ("Sleep long", "no such command"),
        ("Down twice", "no number"),
        ("Ctrl+Enter", "no such command"),
        ("Escape\nSleep 1s\nType \"q\"", "line 3"),
    ] {
        let error = Tape::parse(text).unwrap_err();
        assert!(error.contains(wanted), "{text}: {error}");
    }
}
