//! The real binary as a process: killed, starved, overloaded, and watched from outside.
//!
//! What needs more than Rust is skipped, and noted in the file that `TEST_SKIPS` names.
//! `TEST_SLOW` makes the rounds more and the floods larger.

mod audit;
mod commands;
mod crash;
mod dead_letters;
mod demo;
mod dev;
mod disk;
pub mod installation;
mod killed_steps;
mod leaks;
mod load;
mod mail;
mod monitors;
mod outage;
mod party;
mod postgres;
mod refusals;
mod stop;
mod together;
mod visitor;
mod way_back;
pub mod wire;

use std::time::{Duration, Instant};

use crate::support::skips::{is_slow, skipped};

#[expect(clippy::disallowed_methods, reason = "another process has a clock of its own")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// Asks until the answer is there; how long that took.
#[track_caller]
pub fn wait_until<T>(what: &str, patience: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < patience, "{what}: not within {patience:?}");
        pause(Duration::from_millis(50));
    }
}
