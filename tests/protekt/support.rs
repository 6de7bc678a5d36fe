//! What tests share.

pub mod app;
pub mod browser;
pub mod people;
pub mod stores;
