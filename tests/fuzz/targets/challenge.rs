//! `WWW-Authenticate` headers: whatever a registry sends is read, and shown harmlessly.
#![no_main]

libfuzzer_sys::fuzz_target!(|header: &[u8]| supercargo::registry::fuzz::challenge(header));
