//! Accounts that their owners want deleted.

use super::{StoreError, Tx, audit_events, user_tally};
use crate::clock::Timestamp;
use crate::domain::user::User;
use crate::domain::{TokenDigest, UserId};

/// Notes when an account is to be deleted and the link that keeps it, and raises the generation,
/// which ends all that hangs on the account. Says whether it was of this generation still.
///
/// # Errors
///
/// If the database fails.
pub async fn request(
    tx: &mut Tx,
    id: &UserId,
    (generation, due_at, link): (i64, Timestamp, &TokenDigest),
) -> Result<bool, StoreError> {
    const REQUEST: &str = "
        UPDATE users SET deletion_due_at = $3, deletion_undo_digest = $4,
            generation = generation + 1
        WHERE id = $1 AND generation = $2 AND deletion_due_at IS NULL AND blocked_at IS NULL";

    let requested = tx.query(REQUEST).bind(id).bind(generation).bind(due_at).bind(link);
    Ok(requested.execute().await? == 1)
}

/// The account that a link still keeps; not while it is blocked.
///
/// # Errors
///
/// If the database fails.
pub async fn find_by_link(
    tx: &mut Tx,
    link: &TokenDigest,
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    const FIND: &str = "SELECT * FROM users
        WHERE deletion_undo_digest = $1 AND deletion_due_at > $2 AND blocked_at IS NULL";

    tx.query(FIND).bind(link).bind(now).fetch_optional().await
}

/// Keeps an account whose time is not over, and that is not blocked; says whether there was one.
///
/// # Errors
///
/// If the database fails.
pub async fn undo(tx: &mut Tx, id: &UserId, now: Timestamp) -> Result<bool, StoreError> {
    const UNDO: &str = "
        UPDATE users SET deletion_due_at = NULL, deletion_undo_digest = NULL
        WHERE id = $1 AND deletion_due_at > $2 AND blocked_at IS NULL";

    Ok(tx.query(UNDO).bind(id).bind(now).execute().await? == 1)
}

/// At most `limit` accounts whose time is over.
///
/// # Errors
///
/// If the database fails.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<User>, StoreError> {
    const DUE: &str =
        "SELECT * FROM users WHERE deletion_due_at <= $1 ORDER BY deletion_due_at LIMIT $2";

    tx.query(DUE).bind(now).bind(limit).fetch_all().await
}

/// Deletes at most `limit` grants of a person with all that hangs on them; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn delete_grants(tx: &mut Tx, id: &UserId, limit: i64) -> Result<u64, StoreError> {
    const DELETE: &str = "
        DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE user_id = $1 LIMIT $2)";

    tx.query(DELETE).bind(id).bind(limit).execute().await
}

/// Deletes every message about a person, sent or not.
///
/// # Errors
///
/// If the database fails.
pub async fn delete_messages(tx: &mut Tx, id: &UserId) -> Result<(), StoreError> {
    const DELETE: &str = "DELETE FROM outbox WHERE user_id = $1";

    tx.query(DELETE).bind(id).execute().await?;
    Ok(())
}

/// Deletes what strangers' forms left about an address, which belongs to no account.
///
/// # Errors
///
/// If the database fails.
pub async fn delete_by_address(
    tx: &mut Tx,
    typed: &str,
    canonical: &str,
) -> Result<(), StoreError> {
    const VERIFICATIONS: &str = "DELETE FROM email_verifications WHERE email_canonical = $1";
    const RESETS: &str = "DELETE FROM password_resets WHERE email = $1";
    const RECOVERIES: &str = "DELETE FROM account_recoveries WHERE email = $1";
    const CHANGES: &str = "DELETE FROM email_changes WHERE email_canonical = $1";

    tx.query(VERIFICATIONS).bind(canonical).execute().await?;
    tx.query(RESETS).bind(typed).execute().await?;
    tx.query(RECOVERIES).bind(typed).execute().await?;
    tx.query(CHANGES).bind(canonical).execute().await?;
    Ok(())
}

/// Deletes an account whose time is over with whatever is left of it, and erases what the trail
/// tells of the person; says whether it was there.
///
/// # Errors
///
/// If the database fails.
pub async fn delete(tx: &mut Tx, id: &UserId, now: Timestamp) -> Result<bool, StoreError> {
    const DELETE: &str = "DELETE FROM users WHERE id = $1 AND deletion_due_at <= $2";

    let is_deleted = tx.query(DELETE).bind(id).bind(now).execute().await? == 1;
    if is_deleted {
        user_tally::note(tx, -1).await?;
        while audit_events::erase(tx, id).await? > 0 {}
    }
    Ok(is_deleted)
}
