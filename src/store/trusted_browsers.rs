//! Browsers in which a person's second factor is not asked for again.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::user::User;
use crate::domain::{TokenDigest, UserId};

/// Trusts the browser that has `token` until `expires_at`, as long as the person's generation stays.
///
/// # Errors
///
/// If the database fails.
pub async fn trust(
    tx: &mut Tx,
    token: &TokenDigest,
    user: &User,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    const TRUST: &str = "
        INSERT INTO trusted_browsers (token_digest, user_id, generation, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (token_digest, user_id) DO UPDATE SET generation = excluded.generation,
            created_at = excluded.created_at, expires_at = excluded.expires_at";

    tx.query(TRUST)
        .bind(token)
        .bind(&user.id)
        .bind(user.generation)
        .bind(now)
        .bind(expires_at)
        .execute()
        .await?;
    Ok(())
}

/// Whether the browser that has `token` is trusted.
///
/// # Errors
///
/// If the database fails.
pub async fn is_trusted(
    tx: &mut Tx,
    token: &TokenDigest,
    user: &User,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const COUNT: &str = "
        SELECT COUNT(*) FROM trusted_browsers
        WHERE token_digest = $1 AND user_id = $2 AND generation = $3 AND expires_at > $4";

    let query = tx.query(COUNT).bind(token).bind(&user.id).bind(user.generation).bind(now);
    let count: i64 = query.scalar().await?;
    Ok(count > 0)
}

/// Gives a browser another token, with the trust of everybody in it.
///
/// # Errors
///
/// If the database fails.
pub async fn replace(
    tx: &mut Tx,
    before: &TokenDigest,
    token: &TokenDigest,
) -> Result<(), StoreError> {
    const REPLACE: &str = "UPDATE trusted_browsers SET token_digest = $2 WHERE token_digest = $1";

    tx.query(REPLACE).bind(before).bind(token).execute().await?;
    Ok(())
}

/// How many browsers the person trusts.
///
/// # Errors
///
/// If the database fails.
pub async fn count(tx: &mut Tx, user: &User, now: Timestamp) -> Result<i64, StoreError> {
    const COUNT: &str = "
        SELECT COUNT(*) FROM trusted_browsers
        WHERE user_id = $1 AND generation = $2 AND expires_at > $3";

    tx.query(COUNT).bind(&user.id).bind(user.generation).bind(now).scalar().await
}

/// Since when and until when a browser is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct TrustedBrowser {
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// The browsers that the person trusts, the latest first.
///
/// # Errors
///
/// If the database fails.
pub async fn list(
    tx: &mut Tx,
    user: &User,
    now: Timestamp,
) -> Result<Vec<TrustedBrowser>, StoreError> {
    const LIST: &str = "
        SELECT created_at, expires_at FROM trusted_browsers
        WHERE user_id = $1 AND generation = $2 AND expires_at > $3 ORDER BY created_at DESC";

    tx.query(LIST).bind(&user.id).bind(user.generation).bind(now).fetch_all().await
}

/// Trusts the browser that has `token` no more.
///
/// # Errors
///
/// If the database fails.
pub async fn forget(tx: &mut Tx, token: &TokenDigest, user_id: &UserId) -> Result<(), StoreError> {
    const FORGET: &str = "DELETE FROM trusted_browsers WHERE token_digest = $1 AND user_id = $2";

    tx.query(FORGET).bind(token).bind(user_id).execute().await?;
    Ok(())
}

/// Trusts none of the person's browsers any more; says how many were.
///
/// # Errors
///
/// If the database fails.
pub async fn forget_all(tx: &mut Tx, user_id: &UserId) -> Result<u64, StoreError> {
    const FORGET: &str = "DELETE FROM trusted_browsers WHERE user_id = $1";

    tx.query(FORGET).bind(user_id).execute().await
}

/// Removes at most `limit` whose time is over; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, now: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM trusted_browsers WHERE (token_digest, user_id) IN
            (SELECT token_digest, user_id FROM trusted_browsers
             WHERE expires_at <= $1 LIMIT $2)";

    tx.query(PURGE).bind(now).bind(limit).execute().await
}
