//! The built binary, as an operator runs it.

mod client;
mod database;
mod dev;
mod import;
mod new_password;
mod recovery;
mod resource_server;
mod role;
mod serve;
mod setup;

use crate::support::machine::{Machine, Started, Told, free_ports, set_mode};
