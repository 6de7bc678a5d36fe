//! Taking turns: what is done about one thing by several at once is done one after the other, where
//! there may be no row yet that could be held.

use super::{Connection, StoreError, Tx};

/// Lets whoever takes the same turn wait until the unit of work ends. To be taken before any row is
/// held, and of several turns in the order of their names, so that no two wait for one another.
///
/// # Errors
///
/// If the database fails.
pub async fn take(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    const TAKE: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

    // On SQLite one unit of work writes at a time.
    if let Connection::Postgres(_) = tx.connection {
        tx.query(TAKE).bind(name).execute().await?;
    }
    Ok(())
}
