//! Keys of the terminal → keys of the key map. One of the two places of `app` that name
//! the terminal library.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::config::keys::{Code, KeyPress};

/// The key press of a terminal's key event; `None` for releases and for keys that
/// nothing is bound to.
pub fn press(event: KeyEvent) -> Option<KeyPress> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let held = |modifier| event.modifiers.contains(modifier);
    let code = match event.code {
        // Terminals disagree on whether shift is said beside the upper-case letter, and
        // on the case of letters with control.
        KeyCode::Char(c) if held(KeyModifiers::CONTROL) => Code::Char(c.to_ascii_lowercase()),
        KeyCode::Char(c) if held(KeyModifiers::SHIFT) => Code::Char(c.to_ascii_uppercase()),
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Escape,
        KeyCode::Tab | KeyCode::BackTab => Code::Tab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::F(number) => Code::Function(number),
        _ => return None,
    };
    let is_char = matches!(code, Code::Char(_));
    Some(KeyPress {
        code,
        control: held(KeyModifiers::CONTROL),
        alt: held(KeyModifiers::ALT),
        shift: !is_char && (held(KeyModifiers::SHIFT) || event.code == KeyCode::BackTab),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_ways_of_saying_a_key_become_one() {
        for (code, modifiers, wanted) in [
            (KeyCode::Char('G'), KeyModifiers::SHIFT, "G"),
            (KeyCode::Char('G'), KeyModifiers::NONE, "G"),
            (KeyCode::Char('g'), KeyModifiers::SHIFT, "G"),
            (KeyCode::Char('C'), KeyModifiers::CONTROL, "<c-c>"),
            (KeyCode::Char('?'), KeyModifiers::SHIFT, "?"),
            (KeyCode::BackTab, KeyModifiers::SHIFT, "<s-tab>"),
            (KeyCode::BackTab, KeyModifiers::NONE, "<s-tab>"),
            (KeyCode::F(1), KeyModifiers::NONE, "<f1>"),
        ] {
            let wanted = KeyPress::parse_all(wanted).unwrap();
            assert_eq!(press(KeyEvent::new(code, modifiers)), Some(wanted[0]));
        }
        let mut release = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        release.kind = KeyEventKind::Release;
        assert_eq!(press(release), None);
        assert_eq!(
            press(KeyEvent::new(KeyCode::Null, KeyModifiers::NONE)),
            None
        );
    }
}
