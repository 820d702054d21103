//! The program in a real terminal: a pty, a parser of what it writes, keys. Tests wait for
//! what must appear, and say what was there instead.

use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// How long something may take to appear on this machine, busy as it may be.
const PATIENCE: Duration = Duration::from_secs(40);

/// What the terminal has received so far.
struct Received {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    ended: bool,
}

/// A program in a terminal. Killed when this is dropped.
pub(crate) struct Terminal {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    received: Arc<(Mutex<Received>, Condvar)>,
    /// The terminal's modes before anything ran in it: echo, lines, signals.
    modes: String,
}

fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

impl Terminal {
    /// Starts `command` in a terminal of this size.
    pub(crate) fn start(mut command: CommandBuilder, columns: u16, rows: u16) -> Self {
        command.env("TERM", "xterm-256color");
        // Times are those of the reader.
        command.env("TZ", "UTC");
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let modes = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let parser = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
        let received = Received {
            parser,
            bytes: Vec::new(),
            ended: false,
        };
        let received = Arc::new((Mutex::new(received), Condvar::new()));
        let shared = Arc::clone(&received);
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            loop {
                let read = reader.read(&mut buffer);
                let mut state = shared.0.lock().unwrap();
                match read {
                    Ok(count) if count > 0 => {
                        state.parser.process(&buffer[..count]);
                        state.bytes.extend_from_slice(&buffer[..count]);
                    }
                    _ => state.ended = true,
                }
                shared.1.notify_all();
                if state.ended {
                    return;
                }
            }
        });
        Self {
            master: pair.master,
            writer,
            child,
            received,
            modes,
        }
    }

    /// Waits until `wanted` holds of the screen's text.
    pub(crate) fn wait_until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        self.wait_screen(what, |screen| wanted(&screen.contents()))
    }

    /// Waits until `wanted` holds of the terminal, which is more than its text.
    fn wait_screen(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let (lock, changed) = &*self.received;
        let mut state = lock.lock().unwrap();
        loop {
            let screen = state.parser.screen();
            let text = screen.contents();
            if wanted(screen) {
                return text;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || state.ended {
                // The reader goes on, and must not find the lock broken.
                drop(state);
                panic!(
                    "no {what} on the screen:
{text}"
                );
            }
            state = changed
                .wait_timeout(state, left.min(Duration::from_millis(200)))
                .unwrap()
                .0;
        }
    }

    /// Waits for a text.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait_until(&format!("`{text}`"), |screen| screen.contains(text))
    }

    /// Waits until a text is gone.
    pub(crate) fn wait_gone(&self, text: &str) -> String {
        self.wait_until(&format!("end of `{text}`"), |screen| !screen.contains(text))
    }

    /// Types keys as a terminal sends them.
    pub(crate) fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Writes to the terminal what the program did not.
    pub(crate) fn scribble(&self, text: &str) {
        let (lock, changed) = &*self.received;
        lock.lock().unwrap().parser.process(text.as_bytes());
        changed.notify_all();
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        self.master.resize(size(columns, rows)).unwrap();
        let screen = &mut self.received.0.lock().unwrap().parser;
        screen
            .screen_mut()
            .set_size(rows.try_into().unwrap(), columns.try_into().unwrap());
    }

    /// Bytes received so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.received.0.lock().unwrap().bytes.clone()
    }

    /// What the program asked the terminal to copy last (OSC 52).
    pub(crate) fn copied(&self) -> String {
        let bytes = self.bytes();
        let sent = String::from_utf8_lossy(&bytes);
        let (_, copied) = sent.rsplit_once("\u{1b}]52;c;").unwrap();
        let end = copied.find(['\u{7}', '\u{1b}']).unwrap();
        let text = base64::engine::general_purpose::STANDARD.decode(&copied[..end]);
        String::from_utf8(text.unwrap()).unwrap()
    }

    pub(crate) fn pid(&self) -> rustix::process::Pid {
        let pid = i32::try_from(self.child.process_id().unwrap()).unwrap();
        rustix::process::Pid::from_raw(pid).unwrap()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(self.pid(), signal).unwrap();
    }

    /// Waits for the end, and for everything the program wrote.
    pub(crate) fn wait_end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        let (lock, changed) = &*self.received;
        let mut state = lock.lock().unwrap();
        while !state.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            let screen = state.parser.screen().contents();
            assert!(!left.is_zero(), "it does not end:\n{screen}");
            state = changed
                .wait_timeout(state, left.min(Duration::from_millis(200)))
                .unwrap()
                .0;
        }
        drop(state);
        // The terminal was let go of; the process may have a moment's work left.
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "its process does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the process was stopped, as by a shell's Ctrl-Z.
    pub(crate) fn wait_stopped(&self) {
        use rustix::process::{WaitOptions, waitpid};

        let deadline = Instant::now() + PATIENCE;
        let options = WaitOptions::UNTRACED | WaitOptions::NOHANG;
        loop {
            if let Some((_, status)) = waitpid(Some(self.pid()), options).unwrap() {
                assert!(status.stopped(), "it ended: {status:?}");
                return;
            }
            assert!(Instant::now() < deadline, "it does not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the main screen is back, with all that a shell needs.
    pub(crate) fn wait_given_back(&self) {
        self.wait_screen("main screen", |screen| {
            !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
        });
        assert_eq!(modes(&*self.master), self.modes, "modes of the terminal");
    }

    /// Asserts that the terminal is as it was: the main screen, a cursor, pastes unmarked,
    /// what is typed shown, and nothing drawn after that.
    pub(crate) fn assert_restored(&self) {
        let state = self.received.0.lock().unwrap();
        let screen = state.parser.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "no cursor");
        assert!(!screen.bracketed_paste(), "pastes still marked");
        assert_eq!(modes(&*self.master), self.modes, "modes of the terminal");
        let text = String::from_utf8_lossy(&state.bytes);
        let taken = text.matches("\u{1b}[?1049h").count();
        let given = text.matches("\u{1b}[?1049l").count();
        assert_eq!(taken, given, "given back as often as taken");
        let (_, after) = text.rsplit_once("\u{1b}[?1049l").unwrap();
        assert!(
            !after.contains("\u{1b}[?2026h"),
            "a frame follows: {after:?}"
        );
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
