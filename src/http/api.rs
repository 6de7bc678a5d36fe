//! Our own JSON API for people: an application of the operator's own signs them in itself.
//!
//! A handler reads the members of the body ([`body`]), calls the functions that the pages call, and
//! answers. Who may call is found out by an extractor of [`callers`], live at every request.

mod answer;
mod apps;
mod body;
mod callers;
mod error;
pub(super) mod factors;
pub(super) mod me;
pub(super) mod password;
mod proof;
pub(super) mod second_factor;
pub(super) mod session;
pub(super) mod sign_in;
pub(super) mod sign_up;
pub(super) mod verification;

pub use apps::ApiSettings;
pub(super) use error::ApiError;
