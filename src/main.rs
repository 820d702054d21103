//! The binary: parse, install hooks, call the library, exit code.

fn main() {}
