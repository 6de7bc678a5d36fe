//! What people allowed applications.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::{ClientId, Scopes, UserId};

/// What the person allowed the application so far.
///
/// # Errors
///
/// If the database fails.
pub async fn find(
    tx: &mut Tx,
    user_id: &UserId,
    client_id: &ClientId,
) -> Result<Option<Scopes>, StoreError> {
    const FIND: &str = "SELECT scopes FROM consents WHERE user_id = $1 AND client_id = $2";

    tx.query(FIND).bind(user_id).bind(client_id).optional_scalar().await
}

/// Adds `scopes` to what the person allowed the application; gives back all of it.
///
/// # Errors
///
/// If the database fails.
pub async fn give(
    tx: &mut Tx,
    user_id: &UserId,
    client_id: &ClientId,
    scopes: &Scopes,
    now: Timestamp,
) -> Result<Scopes, StoreError> {
    // Locks the row on PostgreSQL too, so that two consents at once cannot lose one another.
    const TOUCH: &str = "
        INSERT INTO consents (user_id, client_id, scopes, granted_at, updated_at)
        VALUES ($1, $2, $3, $4, $4)
        ON CONFLICT (user_id, client_id) DO UPDATE SET updated_at = excluded.updated_at
        RETURNING scopes";
    const WIDEN: &str = "UPDATE consents SET scopes = $3 WHERE user_id = $1 AND client_id = $2";

    let before: Scopes =
        tx.query(TOUCH).bind(user_id).bind(client_id).bind(scopes).bind(now).scalar().await?;
    if scopes.is_within(&before) {
        return Ok(before);
    }
    let after = before.union(scopes);
    tx.query(WIDEN).bind(user_id).bind(client_id).bind(&after).execute().await?;
    Ok(after)
}
