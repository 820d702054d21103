//! GitFlic: its catalogue, and its REST API where that is refused.
