//! What tests share.

pub mod app;
pub mod browser;
pub mod people;
pub mod protocol;
pub mod stores;
