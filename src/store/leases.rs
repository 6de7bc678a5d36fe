//! Work that one instance does for all: who does it at present.
//!
//! Nobody takes a lease for longer than its length. One that ends later is of a clock that was put
//! back since, or of nobody: it does not count.

use super::{StoreError, Tx};
use crate::clock::Timestamp;

/// Whether nobody else holds the lease, which is given until `until` at most: a question that keeps
/// nobody from writing.
///
/// # Errors
///
/// If the database fails.
pub async fn is_free_for(
    tx: &mut Tx,
    name: &str,
    holder: &str,
    (until, now): (Timestamp, Timestamp),
) -> Result<bool, StoreError> {
    const OTHER: &str = "
        SELECT holder FROM leases
        WHERE name = $1 AND holder <> $2 AND expires_at > $3 AND expires_at <= $4";

    let other = tx.query(OTHER).bind(name).bind(holder).bind(now).bind(until);
    let other: Option<String> = other.optional_scalar().await?;
    Ok(other.is_none())
}

/// Takes or keeps the lease until `until`, its length from now; `false` where somebody else holds it.
///
/// # Errors
///
/// If the database fails.
pub async fn hold(
    tx: &mut Tx,
    name: &str,
    holder: &str,
    (until, now): (Timestamp, Timestamp),
) -> Result<bool, StoreError> {
    const HOLD: &str = "
        INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET
            holder = excluded.holder, expires_at = excluded.expires_at
        WHERE leases.holder = excluded.holder OR leases.expires_at <= $4
            OR leases.expires_at > excluded.expires_at";

    let held = tx.query(HOLD).bind(name).bind(holder).bind(until).bind(now).execute().await?;
    Ok(held == 1)
}

/// Gives the lease back, where it is still held.
///
/// # Errors
///
/// If the database fails.
pub async fn release(tx: &mut Tx, name: &str, holder: &str) -> Result<(), StoreError> {
    const RELEASE: &str = "DELETE FROM leases WHERE name = $1 AND holder = $2";

    tx.query(RELEASE).bind(name).bind(holder).execute().await?;
    Ok(())
}
