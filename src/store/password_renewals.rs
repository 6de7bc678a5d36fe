//! Passwords that have to go, and sign-ins that wait for another one.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::second_factor::AuthenticationLevel;
use crate::domain::session::Proof;
use crate::domain::user::{NewPasswordReason, User};
use crate::domain::{JsonList, SessionId, TokenDigest, UserId};

/// A sign-in that was proved in full, and waits for another password.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PasswordRenewal {
    /// Digest of the handle that travels in the form.
    pub handle_digest: TokenDigest,
    /// Who.
    pub user_id: UserId,
    /// The person's generation when they proved it.
    pub generation: i64,
    /// The browser they proved it in.
    pub browser_digest: TokenDigest,
    /// The session that goes on; absent where one begins.
    pub sid: Option<SessionId>,
    /// How well they proved it.
    pub acr: String,
    /// By what.
    pub amr: JsonList,
    /// "Keep me signed in".
    pub remembered: bool,
    /// Until when the browser is not asked for a second factor again, where they wished so.
    pub trusted_until: Option<Timestamp>,
    /// Digest of the token that the browser is trusted by then.
    pub trust_digest: Option<TokenDigest>,
    /// When they proved it.
    pub created_at: Timestamp,
    /// When they have to prove it again.
    pub expires_at: Timestamp,
    /// When the password was chosen.
    pub used_at: Option<Timestamp>,
}

impl PasswordRenewal {
    /// What the session will say that the person proved.
    #[must_use]
    pub fn proof(&self) -> Proof {
        let level = AuthenticationLevel::of_acr(&self.acr);
        Proof { level: level.unwrap_or(AuthenticationLevel::Password), methods: self.amr.clone() }
    }
}

/// Adds one.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, new: &PasswordRenewal) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO password_renewals
            (handle_digest, user_id, generation, browser_digest, sid, acr, amr, remembered,
             trusted_until, trust_digest, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

    tx.query(INSERT)
        .bind(&new.handle_digest)
        .bind(&new.user_id)
        .bind(new.generation)
        .bind(&new.browser_digest)
        .bind(new.sid.as_ref())
        .bind(&new.acr)
        .bind(&new.amr)
        .bind(new.remembered)
        .bind(new.trusted_until)
        .bind(new.trust_digest.as_ref())
        .bind(new.created_at)
        .bind(new.expires_at)
        .execute()
        .await?;
    Ok(())
}

/// The one with this handle, in the browser it was begun in, as long as it waits.
///
/// # Errors
///
/// If the database fails.
pub async fn find_open(
    tx: &mut Tx,
    handle: &TokenDigest,
    browser: &TokenDigest,
    now: Timestamp,
) -> Result<Option<PasswordRenewal>, StoreError> {
    const FIND: &str = "
        SELECT * FROM password_renewals
        WHERE handle_digest = $1 AND browser_digest = $2 AND used_at IS NULL AND expires_at > $3";

    tx.query(FIND).bind(handle).bind(browser).bind(now).fetch_optional().await
}

/// Uses one up: of any number of tries at once exactly one gets the row. `None` where it was used
/// or has ended.
///
/// # Errors
///
/// If the database fails.
pub async fn spend(
    tx: &mut Tx,
    handle: &TokenDigest,
    now: Timestamp,
) -> Result<Option<PasswordRenewal>, StoreError> {
    const SPEND: &str = "
        UPDATE password_renewals SET used_at = $2
        WHERE handle_digest = $1 AND used_at IS NULL AND expires_at > $2
        RETURNING *";

    tx.query(SPEND).bind(handle).bind(now).fetch_optional().await
}

/// Notes that the password which was compared in this generation has to go, unless that is noted
/// already; says whether it was new.
///
/// # Errors
///
/// If the database fails.
pub async fn note_leak(tx: &mut Tx, id: &UserId, generation: i64) -> Result<bool, StoreError> {
    const NOTE: &str = "
        UPDATE users SET new_password_reason = $3
        WHERE id = $1 AND generation = $2 AND new_password_reason IS NULL";

    let reason = NewPasswordReason::Leaked;
    Ok(tx.query(NOTE).bind(id).bind(generation).bind(reason).execute().await? == 1)
}

/// The ids of at most `limit` accounts after `after`, in their order.
///
/// # Errors
///
/// If the database fails.
pub async fn batch(tx: &mut Tx, after: &UserId, limit: i64) -> Result<Vec<UserId>, StoreError> {
    const BATCH: &str = "SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT $2";

    tx.query(BATCH).bind(after).bind(limit).scalars().await
}

/// Notes that an operator wants another password of every account after the first id, up to the
/// second, whose password is of `since` or earlier, or of nobody knows when; gives those of which
/// that was not noted before. Accounts without a password are passed over.
///
/// # Errors
///
/// If the database fails.
pub async fn require_of_batch(
    tx: &mut Tx,
    (after, last): (&UserId, &UserId),
    since: Timestamp,
) -> Result<Vec<UserId>, StoreError> {
    const REQUIRE: &str = "
        UPDATE users SET new_password_reason = $3
        WHERE id > $1 AND id <= $2 AND password_hash IS NOT NULL
            AND COALESCE(new_password_reason, '') <> $3 AND COALESCE(password_set_at, 0) <= $4
        RETURNING id";

    let require = tx.query(REQUIRE).bind(after).bind(last).bind(NewPasswordReason::Operator);
    require.bind(since).scalars().await
}

/// How many accounts after the first id, up to the second, have a password that was set after
/// `since` and may stay.
///
/// # Errors
///
/// If the database fails.
pub async fn count_newer(
    tx: &mut Tx,
    (after, last): (&UserId, &UserId),
    since: Timestamp,
) -> Result<i64, StoreError> {
    const NEWER: &str = "
        SELECT COUNT(*) FROM users
        WHERE id > $1 AND id <= $2 AND password_hash IS NOT NULL
            AND COALESCE(new_password_reason, '') <> $3 AND password_set_at > $4";

    let newer = tx.query(NEWER).bind(after).bind(last).bind(NewPasswordReason::Operator);
    newer.bind(since).scalar().await
}

/// Ends every session and token of the accounts after the first id, up to the second, of which an
/// operator wants another password; gives those accounts.
///
/// # Errors
///
/// If the database fails.
pub async fn sign_out_batch(
    tx: &mut Tx,
    (after, last): (&UserId, &UserId),
) -> Result<Vec<UserId>, StoreError> {
    const RAISE: &str = "
        UPDATE users SET generation = generation + 1
        WHERE id > $1 AND id <= $2 AND new_password_reason = $3 RETURNING id";
    const END: &str = "
        DELETE FROM sessions WHERE user_id IN
            (SELECT id FROM users WHERE id > $1 AND id <= $2 AND new_password_reason = $3)";

    let reason = NewPasswordReason::Operator;
    let signed_out = tx.query(RAISE).bind(after).bind(last).bind(reason).scalars().await?;
    tx.query(END).bind(after).bind(last).bind(reason).execute().await?;
    Ok(signed_out)
}

/// Notes that an operator wants another password of the person, or (`None`) that the one they have
/// may stay; gives the account, and `None` where that is so already, or it has no password.
///
/// # Errors
///
/// If the database fails.
pub async fn require(
    tx: &mut Tx,
    id: &UserId,
    reason: Option<NewPasswordReason>,
) -> Result<Option<User>, StoreError> {
    const REQUIRE: &str = "
        UPDATE users SET new_password_reason = $2
        WHERE id = $1 AND password_hash IS NOT NULL
            AND COALESCE(new_password_reason, '') <> COALESCE($2, '')
        RETURNING *";

    tx.query(REQUIRE).bind(id).bind(reason).fetch_optional().await
}

/// Ends every sign-in of the person that waits for another password.
///
/// # Errors
///
/// If the database fails.
pub async fn end_all_of(tx: &mut Tx, user_id: &UserId, now: Timestamp) -> Result<(), StoreError> {
    const END: &str =
        "UPDATE password_renewals SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL";

    tx.query(END).bind(user_id).bind(now).execute().await?;
    Ok(())
}

/// Keeps `newest` and the `most` before it, of those of the person that wait. Those stay too that
/// were begun in a browser which the account knows: whoever has the password throws nobody out who is
/// where they were before.
///
/// # Errors
///
/// If the database fails.
pub async fn keep_newest(
    tx: &mut Tx,
    user_id: &UserId,
    newest: &TokenDigest,
    most: i64,
) -> Result<(), StoreError> {
    const FORGET: &str = "
        DELETE FROM password_renewals
        WHERE user_id = $1 AND handle_digest <> $2 AND used_at IS NULL
            AND browser_digest NOT IN
            (SELECT browser_digest FROM known_devices WHERE user_id = $1 AND generation >= 0)
            AND handle_digest NOT IN
            (SELECT handle_digest FROM password_renewals
             WHERE user_id = $1 AND handle_digest <> $2 AND used_at IS NULL
             ORDER BY created_at DESC, handle_digest LIMIT $3)";

    tx.query(FORGET).bind(user_id).bind(newest).bind(most).execute().await?;
    Ok(())
}

/// Removes at most `limit` that ended before `before`; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, before: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM password_renewals WHERE handle_digest IN
            (SELECT handle_digest FROM password_renewals WHERE expires_at <= $1 LIMIT $2)";

    tx.query(PURGE).bind(before).bind(limit).execute().await
}
