//! Accounts whose address is yet to be verified.

use super::password_resets::password_link_is_open;
use super::users::NewAccount;
use super::{StoreError, Tx, user_tally};
use crate::clock::Timestamp;
use crate::domain::UserId;
use crate::domain::name::searched_text;
use crate::domain::user::User;

/// Holds the account until the end of the unit of work. Whoever changes an account and its
/// verifications takes the account first, so that on PostgreSQL no two wait for one another.
///
/// # Errors
///
/// If the database fails.
pub async fn hold(tx: &mut Tx, id: Option<&UserId>) -> Result<(), StoreError> {
    // Asked also where there is none: a registered address must not be told by the time it takes.
    const HOLD: &str = "UPDATE users SET generation = generation WHERE id = $1";

    tx.query(HOLD).bind(id.map_or("", UserId::as_str)).execute().await?;
    Ok(())
}

/// Gives an account that nobody has verified or used to whoever signed up last: their names and
/// password; what hangs on the earlier ones ends. `None` where there is no such account.
///
/// # Errors
///
/// [`StoreError::is_taken`] where somebody else has the username; then the unit of work is over.
/// If the database fails.
pub async fn take_over(
    tx: &mut Tx,
    new: &NewAccount<'_>,
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    const TAKE_OVER: &str = "
        UPDATE users SET email = $2, name = $3, password_hash = $4, locale = $5,
            new_password_reason = NULL, generation = generation + 1, updated_at = $6,
            password_set_at = $6, username = $7, username_canonical = $8, name_canonical = $9
        WHERE email_canonical = $1 AND email_verified_at IS NULL AND last_login_at IS NULL
            AND blocked_at IS NULL AND self_registered
        RETURNING *";

    tx.query(TAKE_OVER)
        .bind(new.email.canonical())
        .bind(new.email.as_str())
        .bind(new.name)
        .bind(new.password_hash)
        .bind(new.locale)
        .bind(now)
        .bind(new.username.map(|(typed, _)| typed))
        .bind(new.username.map(|(_, canonical)| canonical))
        .bind(new.name.map(searched_text))
        .fetch_optional()
        .await
}

/// Makes an account that came from a sign-up as good as one that an operator made.
///
/// # Errors
///
/// If the database fails.
pub async fn claim(tx: &mut Tx, id: &UserId) -> Result<(), StoreError> {
    const CLAIM: &str = "UPDATE users SET self_registered = FALSE WHERE id = $1";

    tx.query(CLAIM).bind(id).execute().await?;
    Ok(())
}

/// Notes that the person reads mail at `email`; `None` where the account has another address by
/// now, or another generation.
///
/// # Errors
///
/// If the database fails.
pub async fn mark_verified(
    tx: &mut Tx,
    id: &UserId,
    (email, generation): (&str, i64),
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    const MARK: &str = "
        UPDATE users SET email_verified_at = COALESCE(email_verified_at, $4), updated_at = $4
        WHERE id = $1 AND email = $2 AND generation = $3 RETURNING *";

    tx.query(MARK).bind(id).bind(email).bind(generation).bind(now).fetch_optional().await
}

/// Removes at most `limit` accounts whose sign-up was never completed: no link works since `before`, and none to a
/// password either. Not one that somebody takes over at this moment: it has another generation then.
///
/// # Errors
///
/// If the database fails.
pub async fn purge_abandoned(
    tx: &mut Tx,
    limit: i64,
    before: Timestamp,
) -> Result<u64, StoreError> {
    const PURGE: &str = concat!(
        "DELETE FROM users
        WHERE email_verified_at IS NULL AND last_login_at IS NULL AND self_registered
            AND (id, generation) IN
            (SELECT user_id, generation FROM email_verifications
             WHERE link_expires_at <= $1 AND superseded_at IS NULL AND verified_at IS NULL
                AND pending_password_hash IS NOT NULL AND NOT ",
        password_link_is_open!(),
        " LIMIT $2)"
    );

    let removed = tx.query(PURGE).bind(before).bind(limit).execute().await?;
    user_tally::note(tx, -i64::try_from(removed).unwrap_or(0)).await?;
    Ok(removed)
}

/// Removes an account that somebody signed up for, and that nobody has verified or used; says whether
/// there was one.
///
/// # Errors
///
/// If the database fails.
pub async fn delete(tx: &mut Tx, id: &UserId) -> Result<bool, StoreError> {
    const HOLD: &str = "
        UPDATE users SET generation = generation + 1
        WHERE id = $1 AND email_verified_at IS NULL AND last_login_at IS NULL AND self_registered";
    const DETACH: [&str; 3] = [
        "UPDATE email_verifications SET user_id = NULL, code_mac = '' WHERE user_id = $1",
        "UPDATE password_resets SET user_id = NULL WHERE user_id = $1",
        "UPDATE account_recoveries SET user_id = NULL WHERE user_id = $1",
    ];
    const DELETE: &str = "DELETE FROM users WHERE id = $1";

    if tx.query(HOLD).bind(id).execute().await? == 0 {
        return Ok(false);
    }
    for statement in DETACH {
        tx.query(statement).bind(id).execute().await?;
    }
    let is_deleted = tx.query(DELETE).bind(id).execute().await? == 1;
    user_tally::note(tx, -i64::from(is_deleted)).await?;
    Ok(is_deleted)
}
