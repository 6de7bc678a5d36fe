//! Protekt.
fn main() {}
