//! One integration binary: every test that needs sockets, files, processes or terminals.
