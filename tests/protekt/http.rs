//! What the outside meets.

mod cors;
mod metrics;
mod serve;
