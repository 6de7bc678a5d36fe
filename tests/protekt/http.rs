//! What the outside meets.

mod cors;
mod serve;
