//! What people do with their accounts.

mod import;
mod operator;
mod passwords;
mod reset_password;
mod sessions;
mod sign_in;
mod sign_up;
mod verify_email;
