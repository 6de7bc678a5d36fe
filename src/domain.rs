//! Facts and rules with no I/O: what the rooms above talk about.

pub mod audit_event;
pub mod audit_trail;
pub mod authenticator_model;
pub mod chain_key;
pub mod channel;
pub mod claims;
pub mod client;
pub mod client_grant;
pub mod email_address;
pub mod grant;
pub mod ids;
pub mod imported_person;
pub mod job;
pub mod json_list;
pub mod metadata;
pub mod name;
pub mod password_hash;
pub mod permission;
pub mod phone_number;
pub mod profile;
pub mod public_address;
pub mod redirect_uri;
pub mod requester;
pub mod resource_server;
pub mod role;
pub mod scope;
pub mod second_factor;
pub mod session;
pub mod signing_key;
pub mod time_zone;
pub mod token;
pub mod user;
pub mod user_agent;
pub mod user_query;
pub mod webhook;

pub use chain_key::ChainKey;
pub use channel::Channel;
pub use ids::{
    ClientGrantId, ClientId, GrantId, JobId, ResourceServerId, RoleId, SessionId, UserId, WebhookId,
};
pub use json_list::JsonList;
pub use password_hash::PasswordHash;
pub use phone_number::PhoneNumber;
pub use requester::Requester;
pub use scope::Scopes;
pub use token::{PlainToken, TokenDigest};
