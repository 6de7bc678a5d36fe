//! The authentication and the management API, as a program and as an attacker meet it.

mod authority;
mod changed_addresses;
mod errors;
mod grants;
mod installation;
mod logs;
mod managed_apis;
mod managed_clients;
mod managed_factors;
pub mod managed_roles;
mod managed_sessions;
mod managed_users;
mod management;
mod me;
mod origins;
mod passwords;
mod refresh;
mod registry_limits;
mod role_limits;
mod second_factor;
mod sign_in;
mod sign_out;
mod sign_up;
mod signing_keys;
mod tickets;
mod users;
mod verification;
