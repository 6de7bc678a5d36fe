//! Pictures of people.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::UserId;

/// A picture to keep.
#[derive(Clone, Debug)]
pub struct NewPicture<'new> {
    /// Whose.
    pub user_id: &'new UserId,
    /// Stands in its address.
    pub id: &'new str,
    /// What it is.
    pub media_type: &'new str,
    /// The file.
    pub bytes: &'new [u8],
}

/// A picture as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Picture {
    /// What it is.
    pub media_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Keeps a picture in the place of the person's last one.
///
/// # Errors
///
/// If the database fails.
pub async fn put(tx: &mut Tx, new: &NewPicture<'_>, now: Timestamp) -> Result<(), StoreError> {
    const PUT: &str = "
        INSERT INTO pictures (user_id, id, media_type, bytes, created_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, bytes = excluded.bytes,
            media_type = excluded.media_type, created_at = excluded.created_at";

    tx.query(PUT)
        .bind(new.user_id)
        .bind(new.id)
        .bind(new.media_type)
        .bind(new.bytes.to_vec())
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// The picture of this id.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Picture>, StoreError> {
    const FIND: &str = "SELECT media_type, bytes FROM pictures WHERE id = $1";

    tx.query(FIND).bind(id).fetch_optional().await
}

/// Forgets the picture of a person.
///
/// # Errors
///
/// If the database fails.
pub async fn delete(tx: &mut Tx, user_id: &UserId) -> Result<(), StoreError> {
    const DELETE: &str = "DELETE FROM pictures WHERE user_id = $1";

    tx.query(DELETE).bind(user_id).execute().await?;
    Ok(())
}
