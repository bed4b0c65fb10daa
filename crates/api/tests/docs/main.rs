//! What keeps the documentation true: tables are written by the program they tell of, examples are read by it, and every
//! link, path and test that a page names is there.
//!
//! When a page is out of date, `WRITE_DOCS=1 cargo nextest run -p stafett-api --test docs` writes its generated parts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod codes;
mod commands;
mod language;
mod links;
mod page;
mod rights;
mod routing;
mod settings;
mod workflows;
