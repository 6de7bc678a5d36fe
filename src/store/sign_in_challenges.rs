//! Half sign-ins that wait for a second proof.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::{SessionId, TokenDigest, UserId};

/// A half sign-in.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SignInChallenge {
    /// Digest of the handle that travels in the forms.
    pub handle_digest: TokenDigest,
    /// Who gave the first proof.
    pub user_id: UserId,
    /// The person's generation at that time.
    pub generation: i64,
    /// The browser it was given in.
    pub browser_digest: TokenDigest,
    /// The session that goes on; absent where one begins.
    pub sid: Option<SessionId>,
    /// The first proof, by name.
    pub first_proof: String,
    /// "Keep me signed in".
    pub remembered: bool,
    /// When the first proof was given.
    pub created_at: Timestamp,
    /// When it has to be given again.
    pub expires_at: Timestamp,
    /// When the second proof was given.
    pub passed_at: Option<Timestamp>,
}

/// Adds one.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, new: &SignInChallenge) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO sign_in_challenges
            (handle_digest, user_id, generation, browser_digest, sid, first_proof, remembered,
             created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    tx.query(INSERT)
        .bind(&new.handle_digest)
        .bind(&new.user_id)
        .bind(new.generation)
        .bind(&new.browser_digest)
        .bind(new.sid.as_ref())
        .bind(&new.first_proof)
        .bind(new.remembered)
        .bind(new.created_at)
        .bind(new.expires_at)
        .execute()
        .await?;
    Ok(())
}

/// The one with this handle, in the browser it was begun in.
///
/// # Errors
///
/// If the database fails.
pub async fn find(
    tx: &mut Tx,
    handle: &TokenDigest,
    browser: &TokenDigest,
) -> Result<Option<SignInChallenge>, StoreError> {
    const FIND: &str =
        "SELECT * FROM sign_in_challenges WHERE handle_digest = $1 AND browser_digest = $2";

    tx.query(FIND).bind(handle).bind(browser).fetch_optional().await
}

/// Whether the one with this digest goes on with a session, instead of beginning one; `None` where
/// there is none.
///
/// # Errors
///
/// If the database fails.
pub async fn goes_on(tx: &mut Tx, handle_digest: &str) -> Result<Option<bool>, StoreError> {
    const GOES_ON: &str = "SELECT sid FROM sign_in_challenges WHERE handle_digest = $1";

    let found: Option<(Option<SessionId>,)> =
        tx.query(GOES_ON).bind(handle_digest).fetch_optional().await?;
    Ok(found.map(|(sid,)| sid.is_some()))
}

/// Passes one, once; `None` where it was passed or has ended.
///
/// # Errors
///
/// If the database fails.
pub async fn pass(
    tx: &mut Tx,
    handle: &TokenDigest,
    now: Timestamp,
) -> Result<Option<SignInChallenge>, StoreError> {
    const PASS: &str = "
        UPDATE sign_in_challenges SET passed_at = $2
        WHERE handle_digest = $1 AND passed_at IS NULL AND expires_at > $2
        RETURNING *";

    tx.query(PASS).bind(handle).bind(now).fetch_optional().await
}

/// Ends every one of the person that was not passed.
///
/// # Errors
///
/// If the database fails.
pub async fn end_all_of(tx: &mut Tx, user_id: &UserId) -> Result<(), StoreError> {
    const END: &str = "DELETE FROM sign_in_challenges WHERE user_id = $1 AND passed_at IS NULL";

    tx.query(END).bind(user_id).execute().await?;
    Ok(())
}

/// Keeps `newest` and the `most` before it, of those that were not passed: of this session, or of
/// those with which one is to begin. Of the latter those stay too that were begun in a browser which
/// the account knows: whoever has the password throws nobody out who is where they were before.
///
/// # Errors
///
/// If the database fails.
pub async fn keep_newest(
    tx: &mut Tx,
    (user_id, sid): (&UserId, Option<&SessionId>),
    newest: &TokenDigest,
    most: i64,
) -> Result<(), StoreError> {
    const FORGET: &str = "
        DELETE FROM sign_in_challenges
        WHERE user_id = $1 AND sid IS NOT DISTINCT FROM $2 AND handle_digest <> $3
            AND passed_at IS NULL
            AND (sid IS NOT NULL OR browser_digest NOT IN
                (SELECT browser_digest FROM known_devices WHERE user_id = $1 AND generation >= 0))
            AND handle_digest NOT IN
            (SELECT handle_digest FROM sign_in_challenges
             WHERE user_id = $1 AND sid IS NOT DISTINCT FROM $2 AND handle_digest <> $3
                AND passed_at IS NULL
             ORDER BY created_at DESC, handle_digest LIMIT $4)";

    tx.query(FORGET).bind(user_id).bind(sid).bind(newest).bind(most).execute().await?;
    Ok(())
}

/// Removes at most `limit` that ended before `before`; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, before: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM sign_in_challenges WHERE handle_digest IN
            (SELECT handle_digest FROM sign_in_challenges WHERE expires_at <= $1 LIMIT $2)";

    tx.query(PURGE).bind(before).bind(limit).execute().await
}
