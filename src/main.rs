//! The binary: install hooks, call the library, return its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The hook says what broke and where; the library adds the terminal's restoration.
    let hooks = color_eyre::config::HookBuilder::default()
        .display_env_section(false)
        .panic_section("this is a defect of supercargo; what was read is kept")
        .install();
    // Without the hook a panic is told in plainer words, which is no reason to stop.
    drop(hooks);
    supercargo::cli::main()
}
