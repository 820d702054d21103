//! supercargo: an inventory of container registries, in the terminal.
//!
//! The rooms, in the order in which they know one another (a test holds them to it):
//!
//! | room | owns | may use |
//! |---|---|---|
//! | [`model`] | plain values, parsed once | nothing of ours |
//! | [`config`] | files, environment, paths, keys, themes | model |
//! | [`secret`] | where a password comes from | model |
//! | [`http`] | one origin, politely: transport, gate, retry | model |
//! | [`registry`] | the V2 protocol and the products | http, model |
//! | [`check`] | the connection check, stage by stage | registry, http, secret, model |
//! | [`crawl`] | the engine: registry → batches and progress | registry, http, model |
//! | [`query`] | pure list work: filter, sort, schedule | model |
//! | [`store`] | the inventory on disk | query, model |
//! | [`export`] | rows → table, JSON, NDJSON, CSV | query, model |
//! | [`job`] | one crawl, check or answer from settings to store, for `run` and `cli` | secret, registry, check, crawl, store, query, model |
//! | [`app`] | the screen as a machine | query, model, config |
//! | [`ui`] | drawing it | app, query, model, config |
//! | [`run`] | the terminal, the loop, effects → tasks | everything but `cli` |
//! | [`cli`] | the headless commands | everything; of `run` only its start |
//! | [`simulator`] | registries on loopback for demo, tests, benchmarks | model |

// The fuzz targets name these two; they are run as ordinary tests too.
#[cfg(test)]
extern crate self as libfuzzer_sys;
#[cfg(test)]
extern crate self as supercargo;

pub mod app;
pub mod check;
pub mod cli;
pub mod config;
pub mod crawl;
pub mod export;
#[cfg(test)]
mod fuzz;
pub mod http;
pub mod job;
pub mod model;
pub mod query;
pub mod registry;
pub mod run;
pub mod secret;
pub mod simulator;
pub mod store;
pub mod ui;
