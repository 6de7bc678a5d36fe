//! Browsers in which an account was signed in to.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::user::User;
use crate::domain::{TokenDigest, UserId};

/// Browsers of one account that are remembered; of more, the ones unused for longest are forgotten.
const MOST_OF_AN_ACCOUNT: i64 = 50;

/// How well an account knows the browser it was signed in to in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Familiarity {
    /// It was used here before, be it with an earlier password.
    Known,
    /// It was used before, and never here.
    New,
    /// It was used nowhere before.
    First,
}

/// The account that signs in by `canonical_name`, if it was signed in to in this browser and
/// nothing has ended everything of it since.
///
/// # Errors
///
/// If the database fails.
pub async fn find_account(
    tx: &mut Tx,
    browser: &TokenDigest,
    canonical_name: &str,
) -> Result<Option<UserId>, StoreError> {
    const FIND: &str = "
        SELECT users.id FROM users JOIN known_devices
            ON known_devices.user_id = users.id AND known_devices.generation = users.generation
        WHERE (email_canonical = $2 OR username_canonical = $2) AND browser_digest = $1";

    let found: Option<(UserId,)> =
        tx.query(FIND).bind(browser).bind(canonical_name).fetch_optional().await?;
    Ok(found.map(|(id,)| id))
}

/// Whether the account was signed in to in this browser, and nothing has ended everything of it since.
///
/// # Errors
///
/// If the database fails.
pub async fn knows(tx: &mut Tx, browser: &TokenDigest, user: &User) -> Result<bool, StoreError> {
    const COUNT: &str = "
        SELECT COUNT(*) FROM known_devices
        WHERE browser_digest = $1 AND user_id = $2 AND generation = $3";

    let found: (i64,) =
        tx.query(COUNT).bind(browser).bind(&user.id).bind(user.generation).fetch_one().await?;
    Ok(found.0 > 0)
}

/// Lets a browser that knew the account go on knowing it, after its owner ended everything else from
/// there.
///
/// # Errors
///
/// If the database fails.
pub async fn follow(
    tx: &mut Tx,
    browser: &TokenDigest,
    user_id: &UserId,
    generation: i64,
) -> Result<(), StoreError> {
    const FOLLOW: &str = "
        UPDATE known_devices SET generation = $3
        WHERE browser_digest = $1 AND user_id = $2 AND generation = $3 - 1";

    tx.query(FOLLOW).bind(browser).bind(user_id).bind(generation).execute().await?;
    Ok(())
}

/// Notes a sign-in in this browser.
///
/// # Errors
///
/// If the database fails.
pub async fn remember(
    tx: &mut Tx,
    browser: &TokenDigest,
    user: &User,
    now: Timestamp,
) -> Result<Familiarity, StoreError> {
    const SEE_AGAIN: &str = "
        UPDATE known_devices SET generation = $3, last_seen_at = $4
        WHERE browser_digest = $1 AND user_id = $2 AND generation >= 0";
    const ADD: &str = "
        INSERT INTO known_devices (browser_digest, user_id, generation, first_seen_at, last_seen_at)
        VALUES ($1, $2, $3, $4, $4) ON CONFLICT (browser_digest, user_id) DO UPDATE
        SET generation = excluded.generation, last_seen_at = excluded.last_seen_at";
    const HAS_OTHERS: &str = "
        SELECT 1 FROM known_devices WHERE user_id = $1 AND browser_digest <> $2 LIMIT 1";

    for statement in [SEE_AGAIN, ADD] {
        let query = tx.query(statement).bind(browser).bind(&user.id);
        let changed = query.bind(user.generation).bind(now).execute().await?;
        if changed == 1 && statement == SEE_AGAIN {
            return Ok(Familiarity::Known);
        }
    }
    forget_oldest(tx, &user.id).await?;
    let others: Option<(i32,)> =
        tx.query(HAS_OTHERS).bind(&user.id).bind(browser).fetch_optional().await?;
    Ok(if others.is_some() { Familiarity::New } else { Familiarity::First })
}

async fn forget_oldest(tx: &mut Tx, user_id: &UserId) -> Result<(), StoreError> {
    const FORGET: &str = "
        DELETE FROM known_devices WHERE user_id = $1 AND browser_digest NOT IN
            (SELECT browser_digest FROM known_devices WHERE user_id = $1
             ORDER BY last_seen_at DESC, browser_digest LIMIT $2)";

    tx.query(FORGET).bind(user_id).bind(MOST_OF_AN_ACCOUNT).execute().await?;
    Ok(())
}

/// The generation of a browser that its account's owner disowned.
const DISOWNED: i64 = -1;

/// Disowns every browser in which the account was used but this one: they are strangers, and the next
/// sign-in there is told of like one in a new browser.
///
/// # Errors
///
/// If the database fails.
pub async fn disown_others(
    tx: &mut Tx,
    browser: &TokenDigest,
    user_id: &UserId,
) -> Result<(), StoreError> {
    const DISOWN: &str =
        "UPDATE known_devices SET generation = $3 WHERE user_id = $1 AND browser_digest <> $2";

    tx.query(DISOWN).bind(user_id).bind(browser).bind(DISOWNED).execute().await?;
    Ok(())
}

/// Forgets that an account was used in this browser.
///
/// # Errors
///
/// If the database fails.
pub async fn forget(
    tx: &mut Tx,
    browser: &TokenDigest,
    user_id: &UserId,
) -> Result<(), StoreError> {
    const FORGET: &str = "DELETE FROM known_devices WHERE browser_digest = $1 AND user_id = $2";

    tx.query(FORGET).bind(browser).bind(user_id).execute().await?;
    Ok(())
}

/// When a browser was first and last used for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KnownDevice {
    /// First.
    pub first_seen_at: Timestamp,
    /// Last.
    pub last_seen_at: Timestamp,
}

/// The browsers in which the person signed in, the last used first.
///
/// # Errors
///
/// If the database fails.
pub async fn list(tx: &mut Tx, user_id: &UserId) -> Result<Vec<KnownDevice>, StoreError> {
    const LIST: &str = "
        SELECT first_seen_at, last_seen_at FROM known_devices
        WHERE user_id = $1 ORDER BY last_seen_at DESC";

    tx.query(LIST).bind(user_id).fetch_all().await
}

/// Removes at most `limit` rows of browsers that nobody used since `before`; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, before: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM known_devices WHERE (browser_digest, user_id) IN
            (SELECT browser_digest, user_id FROM known_devices
             WHERE last_seen_at <= $1 LIMIT $2)";

    tx.query(PURGE).bind(before).bind(limit).execute().await
}
