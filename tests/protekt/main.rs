//! Everything that is tested from outside the crate, in one binary.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may panic"
)]
#![allow(unreachable_pub, reason = "one binary: what is pub here is for its other modules")]

mod accounts;
mod api;
mod architecture;
mod audit;
mod cli;
mod delivery;
mod docs;
mod http;
mod oauth;
mod pages;
mod process;
mod seeds;
mod store;
mod support;
