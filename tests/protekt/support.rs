//! What tests share.

pub mod app;
pub mod browser;
pub mod machine;
pub mod people;
pub mod protocol;
pub mod stores;
