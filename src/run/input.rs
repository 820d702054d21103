//! What the user does at the terminal, as events of the machine.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use crossterm::event::{
    Event as TerminalEvent, EventStream, MouseButton, MouseEvent, MouseEventKind,
};
use futures_util::StreamExt;

use crate::app::pointer::{Pointed, Pointing};
use crate::app::{Event, key};

/// The terminal's events.
pub(super) struct Input {
    stream: EventStream,
}

impl Input {
    pub(super) fn new() -> Self {
        Self {
            stream: EventStream::new(),
        }
    }

    /// The next event that means something; an error when the terminal is gone.
    pub(super) async fn next(&mut self) -> io::Result<Event> {
        loop {
            match self.stream.next().await {
                Some(Ok(event)) => {
                    if let Some(event) = translate(event) {
                        return Ok(event);
                    }
                }
                Some(Err(error)) => return Err(error),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }

    /// An event that is there already. Asked with the loop's own waker: the stream keeps
    /// the first one it is polled with until that one is woken.
    pub(super) async fn ready(&mut self) -> Option<Event> {
        loop {
            let event = poll_fn(|cx| match self.stream.poll_next_unpin(cx) {
                Poll::Ready(event) => Poll::Ready(event),
                Poll::Pending => Poll::Ready(None),
            });
            match event.await {
                Some(Ok(event)) => {
                    if let Some(event) = translate(event) {
                        return Some(event);
                    }
                }
                // An error comes again when it is waited for.
                Some(Err(_)) | None => return None,
            }
        }
    }
}

fn translate(event: TerminalEvent) -> Option<Event> {
    match event {
        TerminalEvent::Key(event) => key::press(event).map(Event::Key),
        TerminalEvent::Paste(text) => Some(Event::Paste(text)),
        TerminalEvent::Resize(width, height) => Some(Event::Resize { width, height }),
        TerminalEvent::Mouse(event) => pointed(event).map(Event::Pointed),
        TerminalEvent::FocusGained | TerminalEvent::FocusLost => None,
    }
}

/// What was pointed at; `None` for what means nothing: releases, motion, other buttons.
fn pointed(event: MouseEvent) -> Option<Pointed> {
    let what = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Pointing::Press,
        MouseEventKind::ScrollUp => Pointing::WheelUp,
        MouseEventKind::ScrollDown => Pointing::WheelDown,
        _ => return None,
    };
    let (column, row) = (event.column, event.row);
    Some(Pointed { column, row, what })
}
