//! Accounts to choose from, in browsers whose person asked to be kept signed in.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::user::User;
use crate::domain::{TokenDigest, UserId};

/// Notes that the person used this browser.
///
/// # Errors
///
/// If the database fails.
pub async fn remember(
    tx: &mut Tx,
    browser: &TokenDigest,
    user_id: &UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    const REMEMBER: &str = "
        INSERT INTO browser_accounts (browser_digest, user_id, last_used_at) VALUES ($1, $2, $3)
        ON CONFLICT (browser_digest, user_id) DO UPDATE SET last_used_at = excluded.last_used_at";

    tx.query(REMEMBER).bind(browser).bind(user_id).bind(now).execute().await?;
    Ok(())
}

/// The ten accounts used last in this browser, the latest first.
///
/// # Errors
///
/// If the database fails.
pub async fn list(tx: &mut Tx, browser: &TokenDigest) -> Result<Vec<User>, StoreError> {
    const LIST: &str = "
        SELECT users.* FROM browser_accounts JOIN users ON users.id = browser_accounts.user_id
        WHERE browser_digest = $1 AND blocked_at IS NULL
        ORDER BY last_used_at DESC, users.id LIMIT 10";

    tx.query(LIST).bind(browser).fetch_all().await
}

/// Whether anything ties the account to this browser: it offers it, is known to it or is trusted, by
/// the token in `trust`.
///
/// # Errors
///
/// If the database fails.
pub async fn are_tied(
    tx: &mut Tx,
    (browser, trust): (&TokenDigest, Option<&TokenDigest>),
    user_id: &UserId,
) -> Result<bool, StoreError> {
    const COUNT: &str = "
        SELECT (SELECT COUNT(*) FROM browser_accounts WHERE browser_digest = $1 AND user_id = $2)
            + (SELECT COUNT(*) FROM known_devices WHERE browser_digest = $1 AND user_id = $2)
            + (SELECT COUNT(*) FROM trusted_browsers WHERE token_digest = $3 AND user_id = $2)";

    let trust = trust.map_or("", TokenDigest::as_str);
    let counted = tx.query(COUNT).bind(browser).bind(user_id).bind(trust).fetch_one();
    let (count,): (i64,) = counted.await?;
    Ok(count > 0)
}

/// Forgets one account in this browser.
///
/// # Errors
///
/// If the database fails.
pub async fn forget(
    tx: &mut Tx,
    browser: &TokenDigest,
    user_id: &UserId,
) -> Result<(), StoreError> {
    const FORGET: &str = "DELETE FROM browser_accounts WHERE browser_digest = $1 AND user_id = $2";

    tx.query(FORGET).bind(browser).bind(user_id).execute().await?;
    Ok(())
}

/// When the account was last used in each of the browsers that list it, the last first.
///
/// # Errors
///
/// If the database fails.
pub async fn last_uses(tx: &mut Tx, user_id: &UserId) -> Result<Vec<Timestamp>, StoreError> {
    const LIST: &str = "
        SELECT last_used_at FROM browser_accounts
        WHERE user_id = $1 ORDER BY last_used_at DESC";

    let rows: Vec<(Timestamp,)> = tx.query(LIST).bind(user_id).fetch_all().await?;
    Ok(rows.into_iter().map(|(last_used_at,)| last_used_at).collect())
}

/// Removes at most `limit` rows that nobody used since `before`; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, before: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM browser_accounts WHERE (browser_digest, user_id) IN
            (SELECT browser_digest, user_id FROM browser_accounts
             WHERE last_used_at <= $1 LIMIT $2)";

    tx.query(PURGE).bind(before).bind(limit).execute().await
}
