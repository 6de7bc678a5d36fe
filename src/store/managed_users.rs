//! What machines change of an account, where its owner changes it another way or never.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::UserId;
use crate::domain::metadata::{Metadata, MetadataKind};

/// Gives an account another address, verified since `verified_at`; says whether that was possible: not
/// where somebody else has it. On PostgreSQL the unit of work is over with that.
///
/// # Errors
///
/// If the database fails.
pub async fn set_address(
    tx: &mut Tx,
    id: &UserId,
    (typed, canonical): (&str, &str),
    verified_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const SET: &str = "
        UPDATE users SET email = $2, email_canonical = $3, email_verified_at = $4,
            was_verified = was_verified OR email_verified_at IS NOT NULL,
            self_registered = FALSE, updated_at = $5
        WHERE id = $1";

    let set = tx.query(SET).bind(id).bind(typed).bind(canonical).bind(verified_at).bind(now);
    match set.execute().await {
        Ok(rows) => Ok(rows == 1),
        Err(error) if error.is_taken() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Notes whether the person reads messages at the number they have.
///
/// # Errors
///
/// If the database fails.
pub async fn set_phone_verified(
    tx: &mut Tx,
    id: &UserId,
    verified_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SET: &str =
        "UPDATE users SET phone_number_verified_at = $2, updated_at = $3 WHERE id = $1";

    tx.query(SET).bind(id).bind(verified_at).bind(now).execute().await?;
    Ok(())
}

/// Keeps what machines note of an account, and what of it can be searched.
///
/// # Errors
///
/// If the database fails.
pub async fn set_metadata(
    tx: &mut Tx,
    id: &UserId,
    metadata: &[(MetadataKind, &Metadata); 2],
    now: Timestamp,
) -> Result<(), StoreError> {
    const TOUCH: &str = "UPDATE users SET updated_at = $2 WHERE id = $1";
    const FORGET: &str = "DELETE FROM user_metadata_values WHERE user_id = $1";
    const INSERT: &str =
        "INSERT INTO user_metadata_values (user_id, member, value) VALUES ($1, $2, $3)";

    tx.query(TOUCH).bind(id).bind(now).execute().await?;
    tx.query(FORGET).bind(id).execute().await?;
    for (kind, members) in metadata {
        let set = match kind {
            MetadataKind::User => "UPDATE users SET user_metadata = $2 WHERE id = $1",
            MetadataKind::App => "UPDATE users SET app_metadata = $2 WHERE id = $1",
        };
        tx.query(set).bind(id).bind(members.to_json()).execute().await?;
        for (member, value) in members.searched(*kind) {
            tx.query(INSERT).bind(id).bind(member).bind(value).execute().await?;
        }
    }
    Ok(())
}

/// Lets the time of an account be over at this moment, whatever its owner wanted, and raises the
/// generation, which ends all that hangs on it.
///
/// # Errors
///
/// If the database fails.
pub async fn condemn(tx: &mut Tx, id: &UserId, now: Timestamp) -> Result<(), StoreError> {
    const CONDEMN: &str = "
        UPDATE users SET deletion_due_at = $2, deletion_undo_digest = NULL,
            generation = generation + 1
        WHERE id = $1";

    tx.query(CONDEMN).bind(id).bind(now).execute().await?;
    Ok(())
}
