//! What the store promises, on both engines.

mod clients;
mod opening;
mod roles;
