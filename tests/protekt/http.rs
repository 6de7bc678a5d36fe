//! What the outside meets.

mod cors;
mod metrics;
mod openapi;
mod serve;
