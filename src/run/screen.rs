//! The terminal, taken over and given back. Giving back happens in one place, once,
//! however the program ends: by leaving, an error, a signal or a panic.

use std::io::{self, BufWriter, Stdout, Write};
use std::mem::ManuallyDrop;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Size;
use ratatui::{Frame, Terminal};

/// Whether the terminal is ours now.
static OURS: AtomicBool = AtomicBool::new(false);
/// Whether it reports what a pointing device does while it is ours.
static REPORTS: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// Asks for presses and turns of the wheel (xterm's control sequences, "Normal tracking mode"),
/// at cells however far right they are ("SGR extended coordinates"); motion is not asked for,
/// as over a slow line all of it would have to come. And the end of both.
const REPORT: &str = "\u{1b}[?1000h\u{1b}[?1006h";
const REPORT_NO_MORE: &str = "\u{1b}[?1006l\u{1b}[?1000l";

type Out = BufWriter<Stdout>;

/// The terminal while it is ours.
pub struct Screen {
    /// Never dropped: where the terminal is gone its own `drop` prints that it could not
    /// show the cursor, which panics on a closed standard error and, in a `drop`, aborts
    /// before crawls have written down what they read. [`give_back`] shows the cursor.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Out>>>,
}

impl Screen {
    /// Takes the terminal over: raw, on its alternate screen, with pastes marked, and where
    /// that is wanted with reports of what a pointing device does.
    ///
    /// # Errors
    ///
    /// Where it refuses; it is given back then.
    pub fn enter(reports: bool) -> io::Result<Self> {
        hook();
        REPORTS.store(reports, SeqCst);
        take()?;
        let terminal = Terminal::new(CrosstermBackend::new(BufWriter::new(io::stdout())));
        match terminal {
            Ok(terminal) => Ok(Self {
                terminal: ManuallyDrop::new(terminal),
            }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Its size in cells.
    pub fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    /// Draws a frame and writes what differs from the last one, as one update where the
    /// terminal can.
    pub fn draw(&mut self, frame: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        crossterm::queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(frame)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Forgets what is on the screen: the next frame is written whole.
    pub fn clear(&mut self) -> io::Result<()> {
        // The terminal's own `clear` first asks where the cursor is. While the input is
        // read elsewhere the answer never arrives, and without it that is an error.
        self.write(Clear(ClearType::All))?;
        // Both buffers are blank then: everything differs from what was drawn last.
        self.terminal.swap_buffers();
        Ok(())
    }

    /// Writes something that is no cell, such as a word to the clipboard.
    pub fn write(&mut self, command: impl crossterm::Command) -> io::Result<()> {
        execute!(self.terminal.backend_mut(), command)
    }

    /// Gives the terminal to a program that was started from here.
    pub fn lend(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().flush()?;
        give_back();
        Ok(())
    }

    /// Takes it back.
    pub fn reclaim(&mut self) -> io::Result<()> {
        take()?;
        self.clear()
    }

    /// Gives the terminal to the shell until the shell continues us.
    #[cfg(unix)]
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        // The whole group, so that what started us stops too and the shell takes over.
        rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
        take()?;
        self.clear()
    }

    /// Suspending is the business of unix shells.
    #[cfg(not(unix))]
    pub fn suspend(&mut self) -> io::Result<()> {
        self.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // What was queued for a frame must not follow the restoration.
        let _ = self.terminal.backend_mut().flush();
        give_back();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    OURS.store(true, SeqCst);
    let report = if REPORTS.load(SeqCst) { REPORT } else { "" };
    let entered = execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        Print(report)
    );
    if entered.is_err() {
        give_back();
    }
    entered
}

/// Gives the terminal back, if it is ours. Whatever fails, the rest is tried: there is
/// nobody to tell.
fn give_back() {
    if OURS.swap(false, SeqCst) {
        let end = if REPORTS.load(SeqCst) {
            REPORT_NO_MORE
        } else {
            ""
        };
        let _ = execute!(
            io::stdout(),
            EndSynchronizedUpdate,
            Print(end),
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        );
        let _ = disable_raw_mode();
    }
}

/// A panic of the thread that draws gives the terminal back before it is told. A panic of
/// any other thread is logged and told by who waits for that thread: its words would be
/// written over the screen.
fn hook() {
    HOOK.call_once(|| {
        let drawing = thread::current().id();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if crate::store::is_guarded() {
                // It comes back as an error, and the screen stays as it is.
                before(panic);
                return;
            }
            if thread::current().id() != drawing && OURS.load(SeqCst) {
                tracing::error!(%panic, "a task broke");
                return;
            }
            give_back();
            before(panic);
        }));
    });
}
