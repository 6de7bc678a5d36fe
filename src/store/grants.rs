//! Grants: what tokens hang on.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::grant::Grant;
use crate::domain::{ClientId, GrantId, SessionId, UserId};

/// Adds a grant.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, grant: &Grant) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO grants
            (id, user_id, client_id, sid, generation, scopes, audience, auth_time, acr, amr,
             nonce, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

    tx.query(INSERT)
        .bind(&grant.id)
        .bind(&grant.user_id)
        .bind(&grant.client_id)
        .bind(&grant.sid)
        .bind(grant.generation)
        .bind(&grant.scopes)
        .bind(&grant.audience)
        .bind(grant.auth_time)
        .bind(&grant.acr)
        .bind(&grant.amr)
        .bind(&grant.nonce)
        .bind(grant.created_at)
        .bind(grant.expires_at)
        .execute()
        .await?;
    Ok(())
}

/// The grant, if it holds: not revoked, the person neither blocked, nor of a later generation, nor
/// about to be deleted.
///
/// # Errors
///
/// If the database fails.
pub async fn find_live(tx: &mut Tx, id: &GrantId) -> Result<Option<Grant>, StoreError> {
    const FIND: &str = "
        SELECT g.id, g.user_id, g.client_id, g.sid, g.generation, g.scopes, g.audience,
               g.auth_time, g.acr, g.amr, g.nonce, g.created_at, g.expires_at
        FROM grants AS g JOIN users AS u ON u.id = g.user_id
        WHERE g.id = $1 AND g.revoked_at IS NULL
          AND u.generation = g.generation AND u.blocked_at IS NULL AND u.deletion_due_at IS NULL";

    tx.query(FIND).bind(id).fetch_optional().await
}

/// The same for a token that hangs on it, unless that was ended apart.
///
/// # Errors
///
/// If the database fails.
pub async fn find_live_for_token(
    tx: &mut Tx,
    id: &GrantId,
    jti: &str,
) -> Result<Option<Grant>, StoreError> {
    const FIND: &str = "
        SELECT g.id, g.user_id, g.client_id, g.sid, g.generation, g.scopes, g.audience,
               g.auth_time, g.acr, g.amr, g.nonce, g.created_at, g.expires_at
        FROM grants AS g JOIN users AS u ON u.id = g.user_id
        WHERE g.id = $1 AND g.revoked_at IS NULL
          AND u.generation = g.generation AND u.blocked_at IS NULL AND u.deletion_due_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM revoked_access_tokens WHERE jti = $2)";

    tx.query(FIND).bind(id).bind(jti).fetch_optional().await
}

/// A grant that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Whose it was; absent where there is no such grant.
    pub user_id: Option<UserId>,
    /// Whether it was this call that ended it.
    pub is_first: bool,
}

/// Ends a grant and with it every token that hangs on it.
///
/// # Errors
///
/// If the database fails.
pub async fn revoke(
    tx: &mut Tx,
    id: &GrantId,
    because: &str,
    now: Timestamp,
) -> Result<Revoked, StoreError> {
    const REVOKE: &str = "
        UPDATE grants SET revoked_at = $3, revoked_because = $2
        WHERE id = $1 AND revoked_at IS NULL RETURNING user_id";
    const FIND: &str = "SELECT user_id FROM grants WHERE id = $1";

    let ended = tx.query(REVOKE).bind(id).bind(because).bind(now).optional_scalar().await?;
    if ended.is_some() {
        return Ok(Revoked { user_id: ended, is_first: true });
    }
    let user_id = tx.query(FIND).bind(id).optional_scalar().await?;
    Ok(Revoked { user_id, is_first: false })
}

/// Ends what hangs on a session alone: grants without offline access, and codes that nobody has
/// exchanged yet. Offline grants live on (OpenID Connect Back-Channel Logout §2.7).
///
/// # Errors
///
/// If the database fails.
pub async fn end_with_session(
    tx: &mut Tx,
    sid: &SessionId,
    now: Timestamp,
) -> Result<(), StoreError> {
    const END: &str = "
        UPDATE grants SET revoked_at = $2, revoked_because = 'signed_out'
        WHERE sid = $1 AND revoked_at IS NULL
          AND ((' ' || scopes || ' ') NOT LIKE '% offline_access %'
               OR EXISTS (SELECT 1 FROM authorization_codes AS code
                          WHERE code.grant_id = grants.id AND code.spent_at IS NULL))";

    tx.query(END).bind(sid).bind(now).execute().await?;
    Ok(())
}

/// Ends all that hangs on a session of the person, offline grants too: the device it ran on is no
/// longer trusted.
///
/// # Errors
///
/// If the database fails.
pub async fn end_all_of_session(
    tx: &mut Tx,
    user_id: &UserId,
    sid: &SessionId,
    now: Timestamp,
) -> Result<(), StoreError> {
    const END: &str = "
        UPDATE grants SET revoked_at = $3, revoked_because = 'session_ended'
        WHERE user_id = $1 AND sid = $2 AND revoked_at IS NULL";

    tx.query(END).bind(user_id).bind(sid).bind(now).execute().await?;
    Ok(())
}

/// Ends every grant that the person gave an application.
///
/// # Errors
///
/// If the database fails.
pub async fn end_of_client(
    tx: &mut Tx,
    user_id: &UserId,
    client_id: &ClientId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    const END: &str = "
        UPDATE grants SET revoked_at = $3, revoked_because = 'access_removed'
        WHERE user_id = $1 AND client_id = $2 AND revoked_at IS NULL";

    tx.query(END).bind(user_id).bind(client_id).bind(now).execute().await
}

/// The same of those whose access tokens are for one API.
///
/// # Errors
///
/// If the database fails.
pub async fn end_of_client_at(
    tx: &mut Tx,
    (user_id, client_id): (&UserId, &ClientId),
    identifier: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    // The list is JSON: the identifier stands in it as a JSON text, which no other item can hold.
    const END: &str = "
        UPDATE grants SET revoked_at = $4, revoked_because = 'access_removed'
        WHERE user_id = $1 AND client_id = $2 AND revoked_at IS NULL
            AND REPLACE(audience, $3, '') <> audience";

    let item = serde_json::to_string(identifier).unwrap_or_default();
    tx.query(END).bind(user_id).bind(client_id).bind(item).bind(now).execute().await
}

/// Ends every grant whose access tokens are for this audience.
///
/// # Errors
///
/// If the database fails.
pub async fn end_of_audience(
    tx: &mut Tx,
    identifier: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    // The list is JSON: the identifier stands in it as a JSON text, which no other item can hold.
    const END: &str = "
        UPDATE grants SET revoked_at = $2, revoked_because = 'api_removed'
        WHERE revoked_at IS NULL AND REPLACE(audience, $1, '') <> audience";

    let item = serde_json::to_string(identifier).unwrap_or_default();
    tx.query(END).bind(item).bind(now).execute().await
}

/// Takes a scope that an API has no more from every grant for that API: it may come back with another meaning.
///
/// # Errors
///
/// If the database fails.
pub async fn forget_scope(tx: &mut Tx, identifier: &str, scope: &str) -> Result<(), StoreError> {
    const FORGET: &str = "
        UPDATE grants SET scopes = TRIM(REPLACE(' ' || scopes || ' ', ' ' || $2 || ' ', ' '))
        WHERE revoked_at IS NULL AND REPLACE(audience, $1, '') <> audience
            AND REPLACE(' ' || scopes || ' ', ' ' || $2 || ' ', '') <> ' ' || scopes || ' '";

    let item = serde_json::to_string(identifier).unwrap_or_default();
    tx.query(FORGET).bind(item).bind(scope).execute().await?;
    Ok(())
}

/// How many applications hold tokens that end with this session.
///
/// # Errors
///
/// If the database fails.
pub async fn count_clients_of_session(
    tx: &mut Tx,
    user_id: &UserId,
    sid: &SessionId,
    now: Timestamp,
) -> Result<i64, StoreError> {
    const COUNT: &str = "
        SELECT COUNT(DISTINCT client_id) FROM grants
        WHERE user_id = $1 AND sid = $2 AND revoked_at IS NULL AND expires_at > $3
          AND (' ' || scopes || ' ') NOT LIKE '% offline_access %'";

    tx.query(COUNT).bind(user_id).bind(sid).bind(now).scalar().await
}

/// Removes up to `limit` grants that expired before `before`, with all that hangs on them.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM grants WHERE id IN
            (SELECT id FROM grants WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";

    tx.query(PURGE).bind(before).bind(limit).execute().await
}
