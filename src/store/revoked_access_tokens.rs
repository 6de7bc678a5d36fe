//! Access tokens that ended before their time (RFC 7009).

use super::{StoreError, Tx};
use crate::clock::Timestamp;

/// Ends a token for good; says whether it was this call that did.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, jti: &str, expires_at: Timestamp) -> Result<bool, StoreError> {
    const INSERT: &str = "
        INSERT INTO revoked_access_tokens (jti, expires_at) VALUES ($1, $2)
        ON CONFLICT DO NOTHING";

    Ok(tx.query(INSERT).bind(jti).bind(expires_at).execute().await? == 1)
}

/// Whether a token was ended.
///
/// # Errors
///
/// If the database fails.
pub async fn contains(tx: &mut Tx, jti: &str) -> Result<bool, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM revoked_access_tokens WHERE jti = $1";

    let count: i64 = tx.query(COUNT).bind(jti).scalar().await?;
    Ok(count > 0)
}

/// Removes at most `limit` whose own time was over before `before`; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, before: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM revoked_access_tokens WHERE jti IN
            (SELECT jti FROM revoked_access_tokens WHERE expires_at <= $1 LIMIT $2)";

    tx.query(PURGE).bind(before).bind(limit).execute().await
}
