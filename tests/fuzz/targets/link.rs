//! `Link` headers: whatever a registry sends is read.
#![no_main]

libfuzzer_sys::fuzz_target!(|header: &[u8]| supercargo::registry::fuzz::link(header));
