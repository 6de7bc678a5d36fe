//! Numbers that tell every instance when what it keeps in memory is out of date.

use super::{StoreError, Tx};

/// Counts changes of the clients.
pub const CLIENTS: &str = "clients";
/// Counts changes of the signing keys.
pub const SIGNING_KEYS: &str = "signing_keys";

/// Raises a counter, in the unit of work that makes the change.
///
/// # Errors
///
/// If the database fails.
pub async fn raise(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    const RAISE: &str = "
        INSERT INTO change_counters (name, value) VALUES ($1, 1)
        ON CONFLICT (name) DO UPDATE SET value = change_counters.value + 1";

    tx.query(RAISE).bind(name).execute().await?;
    Ok(())
}

/// The counter's value; zero where nothing was ever counted.
///
/// # Errors
///
/// If the database fails.
pub async fn read(tx: &mut Tx, name: &str) -> Result<i64, StoreError> {
    const READ: &str = "SELECT value FROM change_counters WHERE name = $1";

    let value: Option<i64> = tx.query(READ).bind(name).optional_scalar().await?;
    Ok(value.unwrap_or(0))
}
