//! Which client may ask which API for what.

use super::{ClientGrantId, ClientId, ResourceServerId, Scopes};
use crate::clock::Timestamp;

/// For whom a client asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, serde::Serialize, serde::Deserialize)]
#[sqlx(rename_all = "snake_case", type_name = "TEXT")]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// For itself (RFC 6749 §4.4).
    Client,
    /// For a person who signs in.
    User,
}

impl SubjectType {
    /// The name in storage and on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::User => "user",
        }
    }
}

/// What one client may ask one API for.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ClientGrant {
    /// Its id.
    pub id: ClientGrantId,
    /// Who may ask.
    pub client_id: ClientId,
    /// The API.
    pub resource_server_id: ResourceServerId,
    /// For whom.
    pub subject_type: SubjectType,
    /// For what.
    pub scopes: Scopes,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
