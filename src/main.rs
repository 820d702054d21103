//! The binary: install hooks, call the library, return its exit code.

use std::process::ExitCode;

/// A crawl takes and gives back memory on all threads at once, a page of a list and a
/// manifest at a time; the system's allocator makes them wait for each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // The hook says what broke and where; the library adds the terminal's restoration.
    let hooks = color_eyre::config::HookBuilder::default()
        .display_env_section(false)
        .panic_section("this is a defect of supercargo; what was read is kept")
        .install();
    // Without the hook a panic is told in plainer words, which is no reason to stop.
    drop(hooks);
    // A file whose damage makes the database library panic is no defect: it is told as an error.
    supercargo::store::pass_over_guarded_panics();
    supercargo::cli::main()
}
