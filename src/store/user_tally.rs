//! How many accounts there are, without counting them.
//!
//! Every unit of work that makes or deletes accounts adds a row of its own, so that no two of them wait for
//! one another; the rows are folded into one from time to time.

use super::{StoreError, Tx};
use crate::random;

/// Notes that there are so many accounts more, or fewer.
pub(super) async fn note(tx: &mut Tx, change: i64) -> Result<(), StoreError> {
    const NOTE: &str = "INSERT INTO user_tally (id, change) VALUES ($1, $2)";

    if change != 0 {
        tx.query(NOTE).bind(random::identifier()).bind(change).execute().await?;
    }
    Ok(())
}

/// How many accounts there are.
///
/// # Errors
///
/// If the database fails.
pub async fn total(tx: &mut Tx) -> Result<i64, StoreError> {
    // PostgreSQL sums to another type.
    const SUM: &str = "SELECT CAST(COALESCE(SUM(change), 0) AS BIGINT) FROM user_tally";

    tx.query(SUM).scalar().await
}

/// Folds at most `limit` rows into one; says how many went. Of two who do so at once each row goes to one.
///
/// # Errors
///
/// If the database fails.
pub async fn fold(tx: &mut Tx, limit: i64) -> Result<u64, StoreError> {
    const TAKE: &str = "
        DELETE FROM user_tally WHERE id IN (SELECT id FROM user_tally LIMIT $1) RETURNING change";

    let changes: Vec<i64> = tx.query(TAKE).bind(limit).scalars().await?;
    note(tx, changes.iter().sum()).await?;
    Ok(u64::try_from(changes.len()).unwrap_or(0).saturating_sub(1))
}
