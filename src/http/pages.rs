//! The pages that people see.

pub mod account;
pub mod choose_account;
pub mod consent;
pub mod inbox;
pub mod login;
pub mod sign_up;
pub mod verify_email;
