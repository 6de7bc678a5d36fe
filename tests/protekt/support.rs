//! What tests share.

pub mod answer;
pub mod app;
pub mod browser;
pub mod keys;
pub mod machine;
pub mod mail_server;
pub mod people;
pub mod protocol;
pub mod skips;
pub mod stores;
