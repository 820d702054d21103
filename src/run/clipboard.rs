//! The clipboard of the user's own terminal, by OSC 52: it works over SSH, where a
//! clipboard of this host would be the wrong one.

use std::io;

use crossterm::clipboard::CopyToClipboard;

use super::Screen;
use crate::app::Event;
use crate::model::Trouble;

/// Most bytes that common terminals take.
const CAP: usize = 74_994;

/// Asks the terminal to take `text`. It does not answer; one that cannot says nothing.
pub(super) fn copy(screen: &mut Screen, text: String) -> io::Result<Event> {
    if text.len() > CAP {
        let trouble = Trouble::new(format!(
            "{} bytes are more than a terminal's clipboard takes",
            text.len()
        ));
        return Ok(Event::Copied {
            text,
            result: Err(trouble),
        });
    }
    screen.write(CopyToClipboard::to_clipboard_from(&text))?;
    Ok(Event::Copied {
        text,
        result: Ok(()),
    })
}
