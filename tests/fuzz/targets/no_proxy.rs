//! `NO_PROXY`: whatever the environment holds is read, and hosts that stand in it alone are
//! found.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| supercargo::http::fuzz::no_proxy(text));
