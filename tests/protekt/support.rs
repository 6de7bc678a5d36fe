//! What tests share.

pub mod app;
pub mod browser;
pub mod stores;
