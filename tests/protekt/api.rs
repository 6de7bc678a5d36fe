//! The JSON API for people, as an application and as an attacker meets it.

mod authority;
mod bodies;
mod cross_origin;
mod factors;
mod me;
mod password;
mod races;
mod required_factor;
mod second_factor;
mod session;
mod sign_in;
mod sign_up;
mod verification;
