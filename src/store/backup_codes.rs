//! Codes on paper, each good once.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::UserId;

/// Replaces the person's codes by those with these MACs.
///
/// # Errors
///
/// If the database fails.
pub async fn replace(
    tx: &mut Tx,
    user_id: &UserId,
    macs: &[String],
    now: Timestamp,
) -> Result<(), StoreError> {
    const INSERT: &str = "INSERT INTO backup_codes (user_id, mac, created_at) VALUES ($1, $2, $3)";

    remove_all(tx, user_id).await?;
    for mac in macs {
        tx.query(INSERT).bind(user_id).bind(mac).bind(now).execute().await?;
    }
    Ok(())
}

/// Uses up the code with this MAC; `false` where there is none, or it was used.
///
/// # Errors
///
/// If the database fails.
pub async fn spend(
    tx: &mut Tx,
    user_id: &UserId,
    mac: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SPEND: &str = "
        UPDATE backup_codes SET used_at = $3
        WHERE user_id = $1 AND mac = $2 AND used_at IS NULL";

    Ok(tx.query(SPEND).bind(user_id).bind(mac).bind(now).execute().await? == 1)
}

/// Whether the code with this MAC was used before.
///
/// # Errors
///
/// If the database fails.
pub async fn was_used(tx: &mut Tx, user_id: &UserId, mac: &str) -> Result<bool, StoreError> {
    const FIND: &str = "
        SELECT COUNT(*) FROM backup_codes
        WHERE user_id = $1 AND mac = $2 AND used_at IS NOT NULL";

    let count: i64 = tx.query(FIND).bind(user_id).bind(mac).scalar().await?;
    Ok(count > 0)
}

/// How many codes the person can still use.
///
/// # Errors
///
/// If the database fails.
pub async fn count_left(tx: &mut Tx, user_id: &UserId) -> Result<i64, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM backup_codes WHERE user_id = $1 AND used_at IS NULL";

    tx.query(COUNT).bind(user_id).scalar().await
}

/// When the person's codes were made.
///
/// # Errors
///
/// If the database fails.
pub async fn made_at(tx: &mut Tx, user_id: &UserId) -> Result<Option<Timestamp>, StoreError> {
    const MADE: &str = "SELECT MAX(created_at) FROM backup_codes WHERE user_id = $1";

    tx.query(MADE).bind(user_id).scalar().await
}

/// Removes the person's codes.
///
/// # Errors
///
/// If the database fails.
pub async fn remove_all(tx: &mut Tx, user_id: &UserId) -> Result<(), StoreError> {
    const REMOVE: &str = "DELETE FROM backup_codes WHERE user_id = $1";

    tx.query(REMOVE).bind(user_id).execute().await?;
    Ok(())
}

/// Removes the person's codes that were made at `since` or later.
///
/// # Errors
///
/// If the database fails.
pub async fn remove_since(
    tx: &mut Tx,
    user_id: &UserId,
    since: Timestamp,
) -> Result<(), StoreError> {
    const REMOVE: &str = "DELETE FROM backup_codes WHERE user_id = $1 AND created_at >= $2";

    tx.query(REMOVE).bind(user_id).bind(since).execute().await?;
    Ok(())
}
