//! What people do with their accounts.

mod administrators;
mod guessing;
mod import;
mod invite;
mod known_browsers;
mod names;
mod operator;
mod passwords;
mod permissions;
mod reset_password;
mod roles;
mod sessions;
mod sign_in;
mod sign_up;
mod turns;
mod verify_email;
mod waits;
mod ways_back;
