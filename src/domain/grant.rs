//! What a person allowed a client, and what tokens hang on.

use super::{ClientId, GrantId, JsonList, Scopes, SessionId, UserId};
use crate::clock::Timestamp;

/// One authorization of one client by one person.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Grant {
    /// Named by every token that hangs on it.
    pub id: GrantId,
    /// Who allowed it.
    pub user_id: UserId,
    /// Whom.
    pub client_id: ClientId,
    /// The session it was allowed in.
    pub sid: SessionId,
    /// The person's generation then.
    pub generation: i64,
    /// What was allowed.
    pub scopes: Scopes,
    /// The `aud` of its access tokens.
    pub audience: JsonList,
    /// When the person had proved who they are.
    pub auth_time: Timestamp,
    /// How well.
    pub acr: String,
    /// By what.
    pub amr: JsonList,
    /// The client's `nonce`, for the ID token of the code.
    pub nonce: Option<String>,
    /// When it was given.
    pub created_at: Timestamp,
    /// When everything that hangs on it has expired.
    pub expires_at: Timestamp,
}
