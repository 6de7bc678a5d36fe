//! Codes that were sent by mail or message.

use super::{StoreError, Tx};
use crate::clock::Timestamp;

/// A code that was sent, and how often it was tried.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OneTimeCode {
    /// What it is for.
    pub place: String,
    /// `email` or `sms`.
    pub channel: String,
    /// MAC of the code.
    pub mac: String,
    /// Codes tried.
    pub tries: i64,
    /// Codes sent for this place, this one included.
    pub sends: i64,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A code to be sent.
#[derive(Clone, Debug)]
pub struct NewCode<'new> {
    /// What it is for.
    pub place: &'new str,
    /// `email` or `sms`.
    pub channel: &'new str,
    /// MAC of the code.
    pub mac: &'new str,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Puts a new code in the place of an earlier one. `false` where the earlier one was sent after
/// `sent_before`, or `most_sends` were sent.
///
/// # Errors
///
/// If the database fails.
pub async fn renew(
    tx: &mut Tx,
    new: &NewCode<'_>,
    (sent_before, most_sends): (Timestamp, i64),
    now: Timestamp,
) -> Result<bool, StoreError> {
    const RENEW: &str = "
        INSERT INTO one_time_codes (place, channel, mac, tries, sends, sent_at, expires_at)
        VALUES ($1, $2, $3, 0, 1, $4, $5)
        ON CONFLICT (place) DO UPDATE SET channel = excluded.channel, mac = excluded.mac,
            tries = 0, sends = one_time_codes.sends + 1, sent_at = excluded.sent_at,
            expires_at = excluded.expires_at
        WHERE one_time_codes.sent_at <= $6 AND one_time_codes.sends < $7";

    Ok(tx
        .query(RENEW)
        .bind(new.place)
        .bind(new.channel)
        .bind(new.mac)
        .bind(now)
        .bind(new.expires_at)
        .bind(sent_before)
        .bind(most_sends)
        .execute()
        .await?
        == 1)
}

/// The code for a place.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, place: &str) -> Result<Option<OneTimeCode>, StoreError> {
    const FIND: &str = "SELECT * FROM one_time_codes WHERE place = $1";

    tx.query(FIND).bind(place).fetch_optional().await
}

/// Counts a try of a code; `None` where none may be tried.
///
/// # Errors
///
/// If the database fails.
pub async fn count_try(
    tx: &mut Tx,
    place: &str,
    channel: &str,
    most: i64,
    now: Timestamp,
) -> Result<Option<OneTimeCode>, StoreError> {
    const COUNT: &str = "
        UPDATE one_time_codes SET tries = tries + 1
        WHERE place = $1 AND channel = $2 AND tries < $3 AND expires_at > $4
        RETURNING *";

    tx.query(COUNT).bind(place).bind(channel).bind(most).bind(now).fetch_optional().await
}

/// Forgets a code whose time is over, and how often it was sent.
///
/// # Errors
///
/// If the database fails.
pub async fn forget_ended(tx: &mut Tx, place: &str, now: Timestamp) -> Result<(), StoreError> {
    const FORGET: &str = "DELETE FROM one_time_codes WHERE place = $1 AND expires_at <= $2";

    tx.query(FORGET).bind(place).bind(now).execute().await?;
    Ok(())
}

/// Uses up a code; says whether it was this call that did so.
///
/// # Errors
///
/// If the database fails.
pub async fn spend(tx: &mut Tx, place: &str, mac: &str) -> Result<bool, StoreError> {
    const SPEND: &str = "DELETE FROM one_time_codes WHERE place = $1 AND mac = $2";

    Ok(tx.query(SPEND).bind(place).bind(mac).execute().await? == 1)
}

/// Removes at most `limit` that ended before `before`; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, before: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM one_time_codes WHERE place IN
            (SELECT place FROM one_time_codes WHERE expires_at <= $1 LIMIT $2)";

    tx.query(PURGE).bind(before).bind(limit).execute().await
}
