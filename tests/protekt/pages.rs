//! The hosted pages, as a person and as an attacker meets them.

mod account;
mod choose_account;
mod consent;
mod enumeration;
mod errors;
mod forms;
mod guessing;
mod headers;
mod injection;
mod login;
mod logout;
mod logs;
mod reset_password;
mod routes;
mod sessions;
mod sign_up;
pub mod steps;
mod trail;
mod verify_email;
mod weak_passwords;
