//! What tests share.

pub mod answer;
pub mod api;
pub mod apis;
pub mod app;
mod app_parts;
pub mod authenticator;
pub mod browser;
pub mod factors;
pub mod keys;
pub mod machine;
pub mod mail_server;
pub mod people;
pub mod places;
pub mod protocol;
pub mod schema;
pub mod skips;
pub mod stores;
