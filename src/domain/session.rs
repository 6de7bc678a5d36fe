//! Browser sessions.

use super::{JsonList, SessionId, UserId};
use crate::clock::Timestamp;

/// Signed in with a password alone (the `acr` claim).
pub const ACR_PASSWORD: &str = "urn:protekt:acr:password";
/// The `amr` of a password (RFC 8176).
pub const AMR_PASSWORD: &str = "pwd";

/// Somebody is signed in in this browser. Loaded only while it lives: neither idle nor too old,
/// the person neither blocked nor of a later generation.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, serde::Deserialize)]
pub struct Session {
    /// Public and stable.
    pub sid: SessionId,
    /// Who.
    pub user_id: UserId,
    /// The generation of the person that it belongs to.
    pub generation: i64,
    /// "Keep me signed in".
    pub remembered: bool,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// How well.
    pub acr: String,
    /// By what.
    pub amr: JsonList,
    /// When it began.
    pub created_at: Timestamp,
    /// Written every few minutes at most.
    pub last_seen_at: Timestamp,
    /// When it ends if nothing happens.
    pub idle_expires_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
    /// When the person last proved who they are, be it only for something grave in their account.
    pub proved_at: Timestamp,
}

/// How long a session lives, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLifetimes {
    /// Without a sign of life.
    pub idle: i64,
    /// In any case.
    pub absolute: i64,
    /// Without a sign of life, with "keep me signed in".
    pub remembered_idle: i64,
    /// In any case, with "keep me signed in".
    pub remembered_absolute: i64,
}

impl SessionLifetimes {
    /// The idle and the absolute lifetime of a session.
    #[must_use]
    pub const fn of(self, remembered: bool) -> (i64, i64) {
        if remembered {
            (self.remembered_idle, self.remembered_absolute)
        } else {
            (self.idle, self.absolute)
        }
    }
}
