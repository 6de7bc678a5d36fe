//! What the outside meets.

mod serve;
