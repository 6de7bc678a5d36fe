//! Facts about this installation.

use super::{StoreError, Tx};

/// Under this name lies the check value of the key-encryption key.
pub const KEY_CHECK: &str = "key_check";

/// Under this name lies since when an operator wants everybody's password to be newer.
pub const PASSWORDS_OLDER_THAN: &str = "passwords_older_than";

/// A fact, where it is known.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<String>, StoreError> {
    const FIND: &str = "SELECT value FROM installation WHERE name = $1";

    tx.query(FIND).bind(name).optional_scalar().await
}

/// Writes a fact unless it is known already; whether it was new.
///
/// # Errors
///
/// If the database fails.
pub async fn remember(tx: &mut Tx, name: &str, value: &str) -> Result<bool, StoreError> {
    const REMEMBER: &str =
        "INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";

    let written = tx.query(REMEMBER).bind(name).bind(value).execute().await?;
    Ok(written > 0)
}

/// Writes a fact, whatever it was before.
///
/// # Errors
///
/// If the database fails.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<(), StoreError> {
    const SET: &str = "
        INSERT INTO installation (name, value) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";

    tx.query(SET).bind(name).bind(value).execute().await?;
    Ok(())
}

/// Writes another value for a fact that still has the value `old`; whether it had.
///
/// # Errors
///
/// If the database fails.
pub async fn replace(tx: &mut Tx, name: &str, old: &str, new: &str) -> Result<bool, StoreError> {
    const REPLACE: &str = "UPDATE installation SET value = $3 WHERE name = $1 AND value = $2";

    Ok(tx.query(REPLACE).bind(name).bind(old).bind(new).execute().await? == 1)
}

/// Whether there is something that was made with a key.
///
/// # Errors
///
/// If the database fails.
pub async fn is_in_use(tx: &mut Tx) -> Result<bool, StoreError> {
    const COUNT: &str = "
        SELECT COUNT(*) FROM (SELECT id FROM users UNION ALL SELECT kid FROM signing_keys) AS made";

    let made: i64 = tx.query(COUNT).scalar().await?;
    Ok(made > 0)
}
