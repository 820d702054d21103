//! One integration binary: every test that needs sockets, files, processes or terminals.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, also in what tests share"
)]

// What the store's own tests share with those here names these rooms.
use supercargo::{model, store};

mod answers;
mod api_tokens;
mod aws_keys;
mod check;
mod children;
mod crawl;
mod cuts;
mod damage;
mod decisions;
mod distribution;
mod echoes;
mod failures;
mod full;
mod headless;
mod host;
mod images;
mod inspect;
mod killed;
mod layers;
mod passwords;
mod pause;
mod personalities;
mod products;
mod proxies;
mod questions;
mod quota;
mod readme;
mod records;
mod refusals;
mod registries;
mod retry;
mod scenes;
mod secret_store;
mod secrets;
mod settings;
mod simulator;
mod situations;
mod soak;
mod stopped;
mod strangers;
mod support;
mod terminal;
mod tls;
mod together;
mod tokens;
mod untagged;
