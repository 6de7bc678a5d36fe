//! Facts about the installation itself.

use super::{StoreError, Tx, on_connection};

/// Keeps `value` under `name` unless there is one, and answers what is kept.
///
/// # Errors
///
/// If the database fails.
pub async fn keep_first(tx: &mut Tx, name: &str, value: &str) -> Result<String, StoreError> {
    const INSERT: &str = "INSERT INTO installation (name, value) VALUES ($1, $2)
        ON CONFLICT (name) DO NOTHING";

    on_connection!(tx, |connection| {
        sqlx::query(INSERT).bind(name).bind(value).execute(connection).await.map(|_| ())
    })?;
    Ok(find(tx, name).await?.unwrap_or_default())
}

/// What is kept under `name`.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<String>, StoreError> {
    const FIND: &str = "SELECT value FROM installation WHERE name = $1";

    Ok(on_connection!(tx, |connection| {
        sqlx::query_scalar(FIND).bind(name).fetch_optional(connection).await
    })?)
}
