//! Factors that share a secret or a destination with us.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::second_factor::{FactorKind, SecondFactor};
use crate::domain::session::Session;
use crate::domain::{PhoneNumber, SessionId, UserId};

/// A factor to be confirmed.
#[derive(Clone, Debug)]
pub struct NewFactor<'new> {
    /// Its id.
    pub id: &'new str,
    /// Whose.
    pub user_id: &'new UserId,
    /// The session that sets it up.
    pub begun_in: &'new SessionId,
    /// Its kind.
    pub kind: FactorKind,
    /// The key of an authenticator app, sealed.
    pub secret_sealed: Option<&'new str>,
    /// In E.164.
    pub phone_number: Option<&'new str>,
    /// Until when it may be confirmed.
    pub expires_at: Timestamp,
}

/// Begins a factor; what was begun of the same kind before, and not confirmed, is forgotten.
///
/// # Errors
///
/// If the database fails.
pub async fn begin(tx: &mut Tx, new: &NewFactor<'_>, now: Timestamp) -> Result<(), StoreError> {
    // Two at once: one of them is the one that is confirmed.
    const BEGIN: &str = "
        INSERT INTO second_factors
            (id, user_id, kind, secret_sealed, phone_number, last_step, created_at, expires_at,
             begun_in)
        VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8)
        ON CONFLICT DO NOTHING";

    forget_begun(tx, new.user_id, new.kind).await?;
    tx.query(BEGIN)
        .bind(new.id)
        .bind(new.user_id)
        .bind(new.kind.as_str())
        .bind(new.secret_sealed)
        .bind(new.phone_number)
        .bind(now)
        .bind(new.expires_at)
        .bind(new.begun_in)
        .execute()
        .await?;
    Ok(())
}

/// The factor of this kind that waits to be confirmed in a session, of the generation that it was read in. What
/// another session began may be a thief's, who has seen its key.
///
/// # Errors
///
/// If the database fails.
pub async fn find_begun(
    tx: &mut Tx,
    session: &Session,
    kind: FactorKind,
    now: Timestamp,
) -> Result<Option<SecondFactor>, StoreError> {
    const FIND: &str = "
        SELECT * FROM second_factors
        WHERE user_id = $1 AND kind = $2 AND begun_in = $3
            AND confirmed_at IS NULL AND expires_at > $4
            AND EXISTS (SELECT 1 FROM sessions WHERE sid = $3 AND generation = $5)";

    tx.query(FIND)
        .bind(&session.user_id)
        .bind(kind.as_str())
        .bind(&session.sid)
        .bind(now)
        .bind(session.generation)
        .fetch_optional()
        .await
}

/// Lets a session go on with the telephone `number`, or without one with the mailbox, that waits for
/// its code, whichever session of the person began it; says whether it does. There is no key in it
/// that another session could have seen.
///
/// # Errors
///
/// If the database fails.
pub async fn go_on_with_code(
    tx: &mut Tx,
    session: &Session,
    number: Option<&PhoneNumber>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const GO_ON: &str = "
        UPDATE second_factors SET begun_in = $3
        WHERE user_id = $1 AND kind = $2 AND COALESCE(phone_number, '') = $4
            AND confirmed_at IS NULL AND expires_at > $5";

    let kind = if number.is_some() { FactorKind::Sms } else { FactorKind::Email };
    let query = tx.query(GO_ON).bind(&session.user_id).bind(kind.as_str()).bind(&session.sid);
    let query = query.bind(number.map_or("", PhoneNumber::as_str)).bind(now);
    Ok(query.execute().await? == 1)
}

/// The factor of this kind that counts.
///
/// # Errors
///
/// If the database fails.
pub async fn find(
    tx: &mut Tx,
    user_id: &UserId,
    kind: FactorKind,
) -> Result<Option<SecondFactor>, StoreError> {
    const FIND: &str = "
        SELECT * FROM second_factors
        WHERE user_id = $1 AND kind = $2 AND confirmed_at IS NOT NULL";

    tx.query(FIND).bind(user_id).bind(kind.as_str()).fetch_optional().await
}

/// The person's factors that count.
///
/// # Errors
///
/// If the database fails.
pub async fn list(tx: &mut Tx, user_id: &UserId) -> Result<Vec<SecondFactor>, StoreError> {
    const LIST: &str = "
        SELECT * FROM second_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL
        ORDER BY created_at, id";

    tx.query(LIST).bind(user_id).fetch_all().await
}

/// Lets a factor count from now on, in the place of an earlier one of its kind. `last_step` is the
/// time step whose code confirmed it, `mac` what is kept of that code. Says whether it was this call that did so.
///
/// # Errors
///
/// If the database fails.
pub async fn confirm(
    tx: &mut Tx,
    factor: &SecondFactor,
    (last_step, mac): (i64, &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    const REPLACE: &str = "
        DELETE FROM second_factors
        WHERE user_id = $1 AND kind = $2 AND confirmed_at IS NOT NULL AND EXISTS
            (SELECT 1 FROM second_factors AS begun
             WHERE begun.id = $3 AND begun.confirmed_at IS NULL AND begun.expires_at > $4)";
    const CONFIRM: &str = "
        UPDATE second_factors SET confirmed_at = $2, last_used_at = $2, last_step = $3,
            confirming_mac = $4
        WHERE id = $1 AND confirmed_at IS NULL AND expires_at > $2";

    tx.query(REPLACE)
        .bind(&factor.user_id)
        .bind(&factor.kind)
        .bind(&factor.id)
        .bind(now)
        .execute()
        .await?;
    let confirming = tx.query(CONFIRM).bind(&factor.id).bind(now).bind(last_step).bind(mac);
    Ok(confirming.execute().await? == 1)
}

/// Takes the code of a time step, once: `false` where it or a later one was taken before
/// (RFC 6238 §5.2).
///
/// # Errors
///
/// If the database fails.
pub async fn take_step(
    tx: &mut Tx,
    id: &str,
    step: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const TAKE: &str = "
        UPDATE second_factors SET last_step = $2, last_used_at = $3
        WHERE id = $1 AND confirmed_at IS NOT NULL AND last_step < $2";

    Ok(tx.query(TAKE).bind(id).bind(step).bind(now).execute().await? == 1)
}

/// Notes that a factor was used.
///
/// # Errors
///
/// If the database fails.
pub async fn note_use(
    tx: &mut Tx,
    user_id: &UserId,
    kind: FactorKind,
    now: Timestamp,
) -> Result<(), StoreError> {
    const NOTE: &str = "
        UPDATE second_factors SET last_used_at = $3
        WHERE user_id = $1 AND kind = $2 AND confirmed_at IS NOT NULL";

    tx.query(NOTE).bind(user_id).bind(kind.as_str()).bind(now).execute().await?;
    Ok(())
}

/// Removes the factor of this kind; says whether there was one that counted.
///
/// # Errors
///
/// If the database fails.
pub async fn remove(tx: &mut Tx, user_id: &UserId, kind: FactorKind) -> Result<bool, StoreError> {
    const REMOVE: &str = "
        DELETE FROM second_factors
        WHERE user_id = $1 AND kind = $2 AND confirmed_at IS NOT NULL";

    Ok(tx.query(REMOVE).bind(user_id).bind(kind.as_str()).execute().await? == 1)
}

/// Removes the factors of the person that count since `since` or later, and what was begun; says
/// how many counted.
///
/// # Errors
///
/// If the database fails.
pub async fn remove_since(
    tx: &mut Tx,
    user_id: &UserId,
    since: Timestamp,
) -> Result<u64, StoreError> {
    const FORGET: &str = "DELETE FROM second_factors WHERE user_id = $1 AND confirmed_at IS NULL";
    const REMOVE: &str = "DELETE FROM second_factors WHERE user_id = $1 AND confirmed_at >= $2";

    tx.query(FORGET).bind(user_id).execute().await?;
    tx.query(REMOVE).bind(user_id).bind(since).execute().await
}

/// Forgets the factor of this kind that waits to be confirmed.
///
/// # Errors
///
/// If the database fails.
pub async fn forget_begun(
    tx: &mut Tx,
    user_id: &UserId,
    kind: FactorKind,
) -> Result<(), StoreError> {
    const FORGET: &str = "
        DELETE FROM second_factors WHERE user_id = $1 AND kind = $2 AND confirmed_at IS NULL";

    tx.query(FORGET).bind(user_id).bind(kind.as_str()).execute().await?;
    Ok(())
}

/// Removes at most `limit` that were never confirmed in time; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, now: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM second_factors WHERE confirmed_at IS NULL AND id IN
            (SELECT id FROM second_factors
             WHERE confirmed_at IS NULL AND expires_at <= $1 LIMIT $2)";

    tx.query(PURGE).bind(now).bind(limit).execute().await
}
