//! The JSON API for people, as an application and as an attacker meets it.

mod authority;
mod bodies;
mod cross_origin;
mod me;
mod races;
mod session;
mod sign_in;
