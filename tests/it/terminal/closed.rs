//! A crawl is at work and something was decided when the terminal is closed, or the system
//! asks the program to end: it ends by itself, and all of that is there at the next start.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, test_kill_process};
use supercargo::simulator::{Behaviour, Content, ImageSpec, Shape, Simulator};

use super::{ENTER, command, open};
use crate::support::program::Program;
use crate::support::pty::Terminal;

/// Repositories of the registry that is slow.
const REPOSITORIES: usize = 40;
/// What the owner of a terminal says once a crawl is at work in it.
const AT_WORK: &str = "at work: ";

/// Two registries: `hub`, which is slow and not crawled, and `lab`, of which one image is
/// known.
async fn served() -> ([Simulator; 2], Program) {
    let slow = Behaviour {
        latency: Duration::from_millis(100),
        ..Behaviour::default()
    };
    let content = Content::generate(78, &Shape::plain(REPOSITORIES, 10));
    let hub = Simulator::start(content, slow).await.unwrap();
    let content = Content::empty();
    let digest = content.put_image("team/api", &ImageSpec::new("linux/amd64", 1));
    content.tag("team/api", "1.0", &digest);
    let lab = Simulator::start(content, Behaviour::default()).await;
    let lab = lab.unwrap();
    let program = Program::new();
    program.done(&["registry", "add", "hub", &hub.address()]);
    program.done(&["registry", "add", "lab", &lab.address()]);
    assert_eq!(program.crawl("lab")["outcome"], "complete");
    ([hub, lab], program)
}

/// Begins to crawl the slow registry, and decides about the image of the other one meanwhile.
fn begin_work(terminal: &mut Terminal) {
    terminal.wait_for("not crawled");
    terminal.keys("c");
    terminal.wait_for(&format!("/{REPOSITORIES}"));
    terminal.keys("j");
    terminal.keys(ENTER);
    terminal.wait_for("team/api");
    terminal.keys(ENTER);
    terminal.wait_for("linux/amd64");
    terminal.keys("-");
    terminal.wait_for("nothing is deleted from a registry");
    terminal.keys("5");
    terminal.wait_for("1 delete");
}

/// Waits until some of the slow registry's images are in the inventory.
fn wait_for_images(program: &Program) -> usize {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let images = program.images("hub").len();
        if images > 0 {
            return images;
        }
        assert!(Instant::now() < deadline, "nothing is read");
    }
}

/// The outcome of the last crawl of the slow registry, once there is one.
fn outcome(program: &Program) -> Option<String> {
    let listed = program.done(&["registry", "list", "--format", "ndjson"]);
    let hub = listed.lines().swap_remove(0);
    hub["last_outcome"].as_str().map(str::to_owned)
}

/// Looks at what is there at the next start, and goes on with the crawl.
fn is_all_there(program: &Program, columns: u16, rows: u16, images: usize) {
    assert_eq!(outcome(program).as_deref(), Some("cancelled"));
    let kept = program.images("hub").len();
    assert!(kept >= images && kept < REPOSITORIES * 10, "{kept} images");
    let mut terminal = open(program, columns, rows);
    // The page it was left on, with what was decided.
    terminal.wait_for("1 delete");
    terminal.keys("1");
    terminal.wait_until("what was read", |screen| {
        screen.contains("hub") && screen.contains("cancelled")
    });
    terminal.keys("q");
    assert!(terminal.wait_end().success());
    terminal.assert_restored();
    assert_eq!(program.crawl("hub")["outcome"], "complete");
    assert_eq!(program.images("hub").len(), REPOSITORIES * 10);
}

/// The owner of a terminal, as a window is. It is killed when this is dropped.
struct Owner(Child);

impl Drop for Owner {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The child of the test below: has a terminal in which a crawl is at work, until it is
/// killed.
#[test]
#[ignore = "run by another test, as the owner of a terminal"]
fn an_owner_of_a_terminal() {
    let given = |name: &str| std::env::var(name).unwrap();
    let state = given("OWNED_STATE");
    let home = Path::new(&state).parent().unwrap();
    let [columns, rows] = ["OWNED_COLUMNS", "OWNED_ROWS"].map(|name| given(name).parse().unwrap());
    let mut terminal = Terminal::start(command(home, &["--state", &state]), columns, rows);
    begin_work(&mut terminal);
    println!("\n{AT_WORK}{}", terminal.pid().as_raw_nonzero());
    terminal.wait_end();
}

/// Whether a process is over; one whose end nobody has asked for yet is, too.
fn is_over(pid: Pid) -> bool {
    let stat = format!("/proc/{}/stat", pid.as_raw_nonzero());
    let is_left = std::fs::read_to_string(stat).is_ok_and(|stat| stat.contains(") Z "));
    is_left || test_kill_process(pid).is_err()
}

async fn a_closed_terminal_loses_nothing(columns: u16, rows: u16) {
    let (_simulators, program) = served().await;
    tokio::task::block_in_place(|| {
        let mut owner = Command::new(std::env::current_exe().unwrap());
        owner
            .args([
                "terminal::closed::an_owner_of_a_terminal",
                "--exact",
                "--ignored",
                "--nocapture",
            ])
            .env("OWNED_STATE", program.state())
            .env("OWNED_COLUMNS", columns.to_string())
            .env("OWNED_ROWS", rows.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut owner = Owner(owner.spawn().unwrap());
        let lines = BufReader::new(owner.0.stdout.take().unwrap()).lines();
        let mut lines = lines.map(Result::unwrap);
        let pid = lines.find_map(|line| line.strip_prefix(AT_WORK)?.parse().ok());
        let pid = pid.and_then(Pid::from_raw).unwrap();
        let images = wait_for_images(&program);
        // Without a word, as when a window is closed or a line is cut.
        drop(owner);
        let deadline = Instant::now() + Duration::from_secs(30);
        while !is_over(pid) {
            assert!(Instant::now() < deadline, "it goes on without a terminal");
            std::thread::sleep(Duration::from_millis(20));
        }
        is_all_there(&program, columns, rows, images);
    });
}

journey!(async a_closed_terminal_loses_nothing);

async fn a_signal_in_the_middle_loses_nothing(columns: u16, rows: u16) {
    for (signal, name) in [(Signal::TERM, "SIGTERM"), (Signal::HUP, "SIGHUP")] {
        let (_simulators, program) = served().await;
        tokio::task::block_in_place(|| {
            let mut terminal = open(&program, columns, rows);
            begin_work(&mut terminal);
            let images = wait_for_images(&program);
            terminal.signal(signal);
            assert!(terminal.wait_end().success(), "{name}");
            terminal.assert_restored();
            let text = String::from_utf8_lossy(&terminal.bytes()).into_owned();
            let (_, after) = text.rsplit_once("\u{1b}[?1049l").unwrap();
            let mut said = after.lines().filter(|line| line.contains("supercargo"));
            let line = said.next().unwrap_or_default();
            let wanted = format!("supercargo was ended by {name}; what was read is kept");
            assert!(line.contains(&wanted), "{after:?}");
            assert_eq!(said.next(), None, "{after:?}");
            is_all_there(&program, columns, rows, images);
        });
    }
}

journey!(async a_signal_in_the_middle_loses_nothing);
