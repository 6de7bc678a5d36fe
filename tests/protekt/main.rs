//! Everything that is tested from outside the crate, in one binary.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![allow(unreachable_pub, reason = "one binary: what is pub here is for its other modules")]

mod architecture;
mod cli;
mod http;
mod oauth;
mod store;
mod support;
