//! Writes down what happens on the screen, where the user asked for it. A thread of its own
//! writes, so that a slow disk does not hold the screen up.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use crate::app::record::{Begun, Cover};
use crate::app::{App, Event};
use crate::model::Trouble;

/// Events that may wait to be written. Beyond that the record ends: one with a gap would
/// replay as something that never happened.
const WAITING: usize = 4096;
/// Bytes of a record; it ends there.
const LARGEST: u64 = 256 * 1024 * 1024;

/// A record that is being written.
pub(super) struct Record {
    cover: Cover,
    /// From the loop to the thread that writes; gone once the record has ended.
    events: Option<SyncSender<Event>>,
    writer: Option<JoinHandle<()>>,
}

impl Record {
    /// Begins a record in a new file that only its owner can read.
    ///
    /// # Errors
    ///
    /// Where the file is there already or cannot be made.
    pub(super) fn begin(path: &Path, begun: &Begun) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = BufWriter::new(options.open(path)?);
        line(&mut file, begun)?;
        let (events, received) = sync_channel(WAITING);
        let writer = std::thread::Builder::new()
            .name("record".to_owned())
            .spawn(move || write(file, &received))?;
        Ok(Self {
            cover: Cover::default(),
            events: Some(events),
            writer: Some(writer),
        })
    }

    /// Writes an event down before the machine takes it. Says why where the record ends here.
    pub(super) fn take(&mut self, app: &App, event: &Event) -> Option<Event> {
        let events = self.events.as_ref()?;
        let told = self.cover.told(app, event)?;
        let why = match events.try_send(told) {
            Ok(()) => return None,
            Err(TrySendError::Full(_)) => "it cannot be written as fast as things happen",
            Err(TrySendError::Disconnected(_)) => "it is full, or its disk is",
        };
        self.events = None;
        Some(Event::Notice(Trouble::new(format!(
            "the record ends here: {why}"
        ))))
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        // The thread ends when nothing more can come.
        self.events = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::warn!("the record was not written to its end");
        }
    }
}

fn write(mut file: BufWriter<File>, events: &Receiver<Event>) {
    let mut written = 0;
    for event in events {
        match line(&mut file, &event) {
            Ok(bytes) => written += bytes,
            Err(error) => {
                tracing::warn!(%error, "the record cannot be written any further");
                return;
            }
        }
        if written > LARGEST {
            return;
        }
    }
}

/// Writes one line whole, so that what broke the program is the last line of its record.
/// Returns its length in bytes.
fn line(file: &mut BufWriter<File>, value: &impl serde::Serialize) -> io::Result<u64> {
    let mut text = serde_json::to_vec(value)?;
    text.push(b'\n');
    file.write_all(&text)?;
    file.flush()?;
    Ok(text.len() as u64)
}
