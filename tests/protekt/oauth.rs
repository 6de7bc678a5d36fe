//! The protocol, from outside. Modules are named by the groups of `docs/attacks.md`.

mod flow;
