//! The pages that people see.

pub(super) mod account;
pub(super) mod activity;
pub(super) mod change_email;
pub(super) mod change_password;
pub(super) mod choose_account;
pub(super) mod connected_apps;
pub(super) mod consent;
pub(super) mod devices;
pub(super) mod factor_undo;
pub(super) mod inbox;
pub(super) mod login;
pub(super) mod own_data;
pub(super) mod own_factors;
pub(super) mod passkey_login;
pub(super) mod phone;
pub(super) mod picture;
pub(super) mod profile;
pub(super) mod proof;
pub(super) mod recover;
pub(super) mod renew_password;
mod required_factor;
pub(super) mod reset_password;
pub(super) mod second_factor;
pub(super) mod sign_up;
pub(super) mod verify_email;
