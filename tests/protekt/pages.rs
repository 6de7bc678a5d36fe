//! The hosted pages, as a person and as an attacker meets them.

mod account;
mod change_email;
mod change_password;
mod choose_account;
mod connected_apps;
mod consent;
mod devices;
mod enumeration;
mod errors;
mod forms;
mod guessing;
mod headers;
mod injection;
mod login;
mod logout;
mod logs;
mod picture;
mod profile;
mod proof;
mod reset_password;
mod routes;
mod sessions;
mod sign_up;
pub mod steps;
mod trail;
mod verify_email;
