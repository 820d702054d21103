//! Docker's `config.json` and podman's `auth.json`: whatever the file holds is read.
#![no_main]

libfuzzer_sys::fuzz_target!(|file: &[u8]| supercargo::secret::fuzz::docker_config(file));
