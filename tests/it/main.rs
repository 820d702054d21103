//! One integration binary: every test that needs sockets, files, processes or terminals.

mod distribution;
mod simulator;
mod support;
