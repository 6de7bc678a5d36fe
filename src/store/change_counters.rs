//! Numbers that say whether what an instance keeps in memory is still so.

use super::{StoreError, Tx, on_connection};

/// The counter of registered clients.
pub const CLIENTS: &str = "clients";
/// The counter of signing keys.
pub const SIGNING_KEYS: &str = "signing_keys";

/// Raises a counter, in the unit of work that changes what it counts.
///
/// # Errors
///
/// If the database fails.
pub async fn raise(tx: &mut Tx, name: &'static str) -> Result<(), StoreError> {
    const RAISE: &str = "UPDATE change_counters SET value = value + 1 WHERE name = $1";

    on_connection!(tx, |connection| {
        sqlx::query(RAISE).bind(name).execute(connection).await.map(|_| ())
    })?;
    Ok(())
}

/// The value of a counter.
///
/// # Errors
///
/// If the database fails.
pub async fn read(tx: &mut Tx, name: &'static str) -> Result<i64, StoreError> {
    const READ: &str = "SELECT value FROM change_counters WHERE name = $1";

    Ok(on_connection!(tx, |connection| {
        sqlx::query_scalar(READ).bind(name).fetch_one(connection).await
    })?)
}
