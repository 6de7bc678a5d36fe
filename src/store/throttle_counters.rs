//! Counters of tries, shared by all instances.

use super::{StoreError, Tx};
use crate::clock::Timestamp;

/// Where a counter stands after a try was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Counted {
    /// Tries in this window, this one included.
    pub count: i64,
    /// When the window ends.
    pub expires_at: Timestamp,
}

/// Counts a try in the window that is open, or opens one that lasts `seconds`.
///
/// # Errors
///
/// If the database fails.
pub async fn count(
    tx: &mut Tx,
    key: &str,
    seconds: i64,
    now: Timestamp,
) -> Result<Counted, StoreError> {
    // One statement: two requests at once cannot both be the last that is allowed.
    const COUNT: &str = "
        INSERT INTO throttle_counters (key, count, expires_at) VALUES ($1, 1, $2)
        ON CONFLICT (key) DO UPDATE SET
            count = CASE WHEN throttle_counters.expires_at <= $3
                THEN 1 ELSE throttle_counters.count + 1 END,
            expires_at = CASE WHEN throttle_counters.expires_at <= $3
                THEN excluded.expires_at ELSE throttle_counters.expires_at END
        RETURNING count, expires_at";

    tx.query(COUNT).bind(key).bind(now.plus(seconds)).bind(now).fetch_one().await
}

/// Counts a try among those without a right one between them. The counter ends `seconds` after the
/// last of the `most` that are let through: those beyond do not prolong it.
///
/// # Errors
///
/// If the database fails.
pub async fn count_in_a_row(
    tx: &mut Tx,
    key: &str,
    (most, seconds): (i64, i64),
    now: Timestamp,
) -> Result<Counted, StoreError> {
    const COUNT: &str = "
        INSERT INTO throttle_counters (key, count, expires_at) VALUES ($1, 1, $2)
        ON CONFLICT (key) DO UPDATE SET
            count = CASE WHEN throttle_counters.expires_at <= $3
                THEN 1 ELSE throttle_counters.count + 1 END,
            expires_at = CASE
                WHEN throttle_counters.expires_at > $3 AND throttle_counters.count >= $4
                THEN throttle_counters.expires_at ELSE excluded.expires_at END
        RETURNING count, expires_at";

    tx.query(COUNT).bind(key).bind(now.plus(seconds)).bind(now).bind(most).fetch_one().await
}

/// Where a counter stands; `None` where its window has ended. Counts nothing.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, key: &str, now: Timestamp) -> Result<Option<Counted>, StoreError> {
    const FIND: &str =
        "SELECT count, expires_at FROM throttle_counters WHERE key = $1 AND expires_at > $2";

    tx.query(FIND).bind(key).bind(now).fetch_optional().await
}

/// Takes back one try that turned out to be none.
///
/// # Errors
///
/// If the database fails.
pub async fn give_back(tx: &mut Tx, key: &str) -> Result<(), StoreError> {
    const GIVE_BACK: &str =
        "UPDATE throttle_counters SET count = count - 1 WHERE key = $1 AND count > 0";

    tx.query(GIVE_BACK).bind(key).execute().await?;
    Ok(())
}

/// Forgets a counter.
///
/// # Errors
///
/// If the database fails.
pub async fn reset(tx: &mut Tx, key: &str) -> Result<(), StoreError> {
    const RESET: &str = "DELETE FROM throttle_counters WHERE key = $1";

    tx.query(RESET).bind(key).execute().await?;
    Ok(())
}

/// Removes at most `limit` counters whose window has ended; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, now: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM throttle_counters WHERE key IN
            (SELECT key FROM throttle_counters WHERE expires_at <= $1 LIMIT $2)";

    tx.query(PURGE).bind(now).bind(limit).execute().await
}
