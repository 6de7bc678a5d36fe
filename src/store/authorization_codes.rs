//! Authorization codes.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::{ClientId, GrantId, TokenDigest};

/// A code as issued (RFC 6749 §4.1.2).
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AuthorizationCode {
    /// The grant it buys tokens of; revoked whole if the code is replayed.
    pub grant_id: GrantId,
    /// The client it was issued to.
    pub client_id: ClientId,
    /// Where it was sent.
    pub redirect_uri: String,
    /// Whether the authorization request named that (RFC 6749 §4.1.3).
    pub redirect_uri_was_sent: bool,
    /// The S256 challenge.
    pub code_challenge: Option<String>,
}

/// What presenting a code showed.
#[derive(Clone, Debug)]
pub enum Spend {
    /// Presented for the first time and in time; it is spent now.
    First(AuthorizationCode),
    /// Presented before: a theft signal for this grant.
    Replayed {
        /// The grant whose tokens must go.
        grant_id: GrantId,
    },
    /// Not a code of this client, or too old.
    Unknown,
}

/// Adds a code that lives until `expires_at`.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(
    tx: &mut Tx,
    digest: &TokenDigest,
    code: &AuthorizationCode,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO authorization_codes
            (digest, grant_id, client_id, redirect_uri, redirect_uri_was_sent, code_challenge,
             created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

    tx.query(INSERT)
        .bind(digest)
        .bind(&code.grant_id)
        .bind(&code.client_id)
        .bind(&code.redirect_uri)
        .bind(code.redirect_uri_was_sent)
        .bind(&code.code_challenge)
        .bind(now)
        .bind(expires_at)
        .execute()
        .await?;
    Ok(())
}

/// Spends a code: the only way to read one for exchange.
///
/// A code is good for one use (RFC 6749 §4.1.2). The `WHERE spent_at IS NULL` of the update is
/// the lock: of two concurrent exchanges exactly one gets the row back. The client is part of the
/// condition, so that another client's try burns nothing.
///
/// # Errors
///
/// If the database fails.
pub async fn spend(
    tx: &mut Tx,
    digest: &TokenDigest,
    client_id: &ClientId,
    now: Timestamp,
) -> Result<Spend, StoreError> {
    const SPEND: &str = "
        UPDATE authorization_codes SET spent_at = $3
        WHERE digest = $1 AND client_id = $2 AND spent_at IS NULL AND expires_at > $3
        RETURNING grant_id, client_id, redirect_uri, redirect_uri_was_sent, code_challenge";
    const FIND_SPENT: &str = "
        SELECT grant_id FROM authorization_codes
        WHERE digest = $1 AND client_id = $2 AND spent_at IS NOT NULL";

    let fresh = tx.query(SPEND).bind(digest).bind(client_id).bind(now).fetch_optional().await?;
    if let Some(code) = fresh {
        return Ok(Spend::First(code));
    }
    let spent = tx.query(FIND_SPENT).bind(digest).bind(client_id).optional_scalar().await?;
    Ok(spent.map_or(Spend::Unknown, |grant_id| Spend::Replayed { grant_id }))
}
