//! Protekt: an OAuth 2 and OpenID Connect identity provider that you run yourself.
//!
//! The rooms, from the top: `cli` starts things; `http` and `jobs` are what the outside meets;
//! `oauth` is the protocol; `accounts` is what a person does; `keys`, `delivery`, `audit` and
//! `throttle` serve them; `store` keeps; `domain` knows the rules; `clock` and `random` are the
//! only sources of time and chance. A room names only those below it (`tests/architecture.rs`).

pub mod accounts;
pub mod audit;
pub mod cli;
pub mod clock;
pub mod config;
pub mod delivery;
pub mod demo;
pub mod domain;
pub mod http;
pub mod jobs;
pub mod keys;
pub mod oauth;
pub mod random;
pub mod store;
pub mod telemetry;
pub mod texts;
pub mod throttle;
