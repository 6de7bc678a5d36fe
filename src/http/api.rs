//! Our own JSON API: JSON in, one function of a room below, JSON out; every error in one shape.
//!
//! Nothing here looks at a cookie. Who somebody is comes from the body, or from an access token that
//! is asked about anew for each call ([`caller`]).

mod body;
mod caller;
pub(super) mod client_grants;
pub(super) mod client_members;
pub(super) mod clients;
pub(in crate::http) mod connections;
pub(super) mod error;
mod etag;
mod factor_problem;
pub(in crate::http) mod grants;
pub(super) mod half_sign_in;
mod job_problem;
pub(super) mod job_upload;
pub(super) mod jobs;
mod listing;
pub(super) mod logs;
pub(super) mod managed_factors;
pub(super) mod managed_sessions;
pub(super) mod managed_users;
pub(super) mod management;
pub(super) mod me;
mod members;
pub(super) mod own_factors;
pub(super) mod passwords;
mod permission_lists;
mod profile_members;
mod proof;
mod registry_problem;
pub(super) mod resource_servers;
pub(super) mod role_members;
mod role_problem;
pub(super) mod roles;
pub(super) mod sessions;
pub(super) mod sign_up;
pub(in crate::http) mod signing_keys;
pub(in crate::http) mod stats;
pub(in crate::http) mod tickets;
mod tokens;
pub(super) mod users;
pub(super) mod verification;
pub(super) mod webhooks;
