//! Messages that wait to be sent.

use super::{StoreError, Tx, turns};
use crate::clock::Timestamp;
use crate::domain::{Channel, UserId};

/// What is done to many messages at once is done in turns: two statements that come to the same rows
/// in different orders would wait for one another.
const TURN: &str = "outbox";

/// A message to be kept until it is sent.
#[derive(Clone, Debug)]
pub struct NewMessage<'new> {
    /// Its id.
    pub id: &'new str,
    /// By which way it goes.
    pub channel: Channel,
    /// The name of its text.
    pub template: &'new str,
    /// The address or number it goes to.
    pub recipient: &'new str,
    /// Its language.
    pub locale: &'new str,
    /// Whose account it is about.
    pub user_id: Option<&'new UserId>,
    /// What stands in it, sealed.
    pub parameters_sealed: &'new str,
    /// `pending`, or `expired` where it is written for the look of it.
    pub state: &'new str,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
}

/// A message that one instance has in its hands.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ClaimedMessage {
    /// Its id.
    pub id: String,
    /// By which way it goes.
    pub channel: Channel,
    /// The name of its text.
    pub template: String,
    /// The address or number it goes to.
    pub recipient: String,
    /// Its language.
    pub locale: String,
    /// Whose account it is about.
    pub user_id: Option<UserId>,
    /// The zone of that account: a name of the tz database.
    pub zoneinfo: Option<String>,
    /// What stands in it, sealed.
    pub parameters_sealed: Option<String>,
    /// Tries, this one included.
    pub attempts: i64,
    /// When it was written.
    pub created_at: Timestamp,
}

/// Keeps a message.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, new: &NewMessage<'_>, now: Timestamp) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO outbox
            (id, channel, template, recipient, locale, user_id, parameters_sealed, state,
             attempts, next_attempt_at, created_at, expires_at)
        VALUES ($1, $10, $2, $3, $4, $5, $6, $7, 0, $8, $8, $9)";

    tx.query(INSERT)
        .bind(new.id)
        .bind(new.template)
        .bind(new.recipient)
        .bind(new.locale)
        .bind(new.user_id)
        .bind(new.parameters_sealed)
        .bind(new.state)
        .bind(now)
        .bind(new.expires_at)
        .bind(new.channel)
        .execute()
        .await?;
    Ok(())
}

/// Whether there is a message to be sent or set aside: a question that keeps nobody from writing.
///
/// # Errors
///
/// If the database fails.
pub async fn is_due(tx: &mut Tx, channel: Channel, now: Timestamp) -> Result<bool, StoreError> {
    const DUE: &str = "
        SELECT id FROM outbox
        WHERE channel = $2 AND state = 'pending' AND (next_attempt_at <= $1 OR expires_at <= $1)
            AND (claimed_until IS NULL OR claimed_until <= $1)
        LIMIT 1";

    let id: Option<String> = tx.query(DUE).bind(now).bind(channel).optional_scalar().await?;
    Ok(id.is_some())
}

/// Takes at most `limit` messages of one channel that are due. Nobody else gets them before `claimed_until`;
/// after that whoever took them is taken for dead.
///
/// # Errors
///
/// If the database fails.
pub async fn claim(
    tx: &mut Tx,
    (channel, limit): (Channel, i64),
    claimed_until: Timestamp,
    now: Timestamp,
) -> Result<Vec<ClaimedMessage>, StoreError> {
    // The condition stands twice: on PostgreSQL another instance may have claimed a row between
    // the inner question and the change.
    const CLAIM: &str = "
        UPDATE outbox SET claimed_until = $1, attempts = attempts + 1, last_attempt_at = $2
        WHERE state = 'pending' AND (claimed_until IS NULL OR claimed_until <= $2) AND id IN
            (SELECT id FROM outbox
             WHERE channel = $4 AND state = 'pending' AND next_attempt_at <= $2 AND expires_at > $2
                AND (claimed_until IS NULL OR claimed_until <= $2)
             ORDER BY next_attempt_at, id LIMIT $3)
        RETURNING id, channel, template, recipient, locale, user_id, parameters_sealed, attempts,
            created_at, (SELECT zoneinfo FROM users WHERE users.id = outbox.user_id) AS zoneinfo";

    turns::take(tx, TURN).await?;
    tx.query(CLAIM).bind(claimed_until).bind(now).bind(limit).bind(channel).fetch_all().await
}

/// Notes that a message was sent, and erases what stood in it.
///
/// # Errors
///
/// If the database fails.
pub async fn mark_sent(
    tx: &mut Tx,
    message: &ClaimedMessage,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SENT: &str = "
        UPDATE outbox SET state = 'sent', sent_at = $2, parameters_sealed = NULL,
            claimed_until = NULL, last_error = NULL
        WHERE id = $1";

    tx.query(SENT).bind(&message.id).bind(now).execute().await?;
    Ok(())
}

/// Forgets where a message went.
///
/// # Errors
///
/// If the database fails.
pub async fn forget_recipient(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    const FORGET: &str = "UPDATE outbox SET recipient = '' WHERE id = $1 AND state = 'sent'";

    tx.query(FORGET).bind(id).execute().await?;
    Ok(())
}

/// Puts a message back for another try at `next_attempt_at`, unless somebody else took it since.
///
/// # Errors
///
/// If the database fails.
pub async fn put_back(
    tx: &mut Tx,
    message: &ClaimedMessage,
    error: &str,
    next_attempt_at: Timestamp,
) -> Result<(), StoreError> {
    const PUT_BACK: &str = "
        UPDATE outbox SET claimed_until = NULL, last_error = $3, next_attempt_at = $4
        WHERE id = $1 AND attempts = $2 AND state = 'pending'";

    tx.query(PUT_BACK)
        .bind(&message.id)
        .bind(message.attempts)
        .bind(error)
        .bind(next_attempt_at)
        .execute()
        .await?;
    Ok(())
}

/// Gives a message up; says whether it was still waiting. What stands in it stays, sealed, until it
/// expires: an operator may let it be sent again.
///
/// # Errors
///
/// If the database fails.
pub async fn give_up(
    tx: &mut Tx,
    message: &ClaimedMessage,
    error: &str,
) -> Result<bool, StoreError> {
    const GIVE_UP: &str = "
        UPDATE outbox SET state = 'dead', claimed_until = NULL, last_error = $3
        WHERE id = $1 AND attempts = $2 AND state = 'pending'";

    Ok(tx.query(GIVE_UP).bind(&message.id).bind(message.attempts).bind(error).execute().await? == 1)
}

/// Sets waiting messages that are of no use any more aside and erases what stood in them; gives
/// their ids and whose they were.
///
/// # Errors
///
/// If the database fails.
pub async fn expire(
    tx: &mut Tx,
    now: Timestamp,
) -> Result<Vec<(String, Option<UserId>)>, StoreError> {
    const EXPIRE: &str = "
        UPDATE outbox SET state = 'expired', parameters_sealed = NULL, claimed_until = NULL
        WHERE state = 'pending' AND expires_at <= $1
            AND (claimed_until IS NULL OR claimed_until <= $1)
        RETURNING id, user_id";

    turns::take(tx, TURN).await?;
    tx.query(EXPIRE).bind(now).fetch_all().await
}

/// Sets every waiting message of one channel aside that nobody has in hands, and erases what
/// stood in it; says how many there were.
///
/// # Errors
///
/// If the database fails.
pub async fn expire_all(tx: &mut Tx, channel: Channel, now: Timestamp) -> Result<u64, StoreError> {
    const EXPIRE_ALL: &str = "
        UPDATE outbox SET state = 'expired', parameters_sealed = NULL, claimed_until = NULL
        WHERE channel = $2 AND state = 'pending'
            AND (claimed_until IS NULL OR claimed_until <= $1)";

    turns::take(tx, TURN).await?;
    tx.query(EXPIRE_ALL).bind(now).bind(channel).execute().await
}

/// What came of a message that nobody took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revival {
    /// It waits to be sent.
    Done {
        /// Whose account it is about.
        user_id: Option<UserId>,
    },
    /// It has expired.
    TooLate,
    /// It is about to be sent, was sent, or expired while it waited.
    NotNeeded,
    /// There is no such message.
    Unknown,
}

/// Lets a message that has not expired be sent at once, as if it had never been tried: a dead one, or
/// one that waits for another try, which nobody has in hands.
///
/// # Errors
///
/// If the database fails.
pub async fn revive(tx: &mut Tx, id: &str, now: Timestamp) -> Result<Revival, StoreError> {
    const REVIVE: &str = "
        UPDATE outbox SET state = 'pending', attempts = 0, next_attempt_at = $2
        WHERE id = $1 AND expires_at > $2 AND parameters_sealed IS NOT NULL
            AND (state = 'dead' OR state = 'pending' AND attempts > 0 AND next_attempt_at > $2
                AND (claimed_until IS NULL OR claimed_until <= $2))
        RETURNING user_id";
    const STATE: &str = "SELECT state FROM outbox WHERE id = $1";

    let revived: Option<(Option<UserId>,)> =
        tx.query(REVIVE).bind(id).bind(now).fetch_optional().await?;
    if let Some((user_id,)) = revived {
        return Ok(Revival::Done { user_id });
    }
    let state: Option<String> = tx.query(STATE).bind(id).optional_scalar().await?;
    Ok(match state.as_deref() {
        Some("dead") => Revival::TooLate,
        Some(_) => Revival::NotNeeded,
        None => Revival::Unknown,
    })
}

/// A message as an operator sees it: without what stands in it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MessageSummary {
    /// Its id.
    pub id: String,
    /// By which way it goes.
    pub channel: Channel,
    /// The name of its text.
    pub template: String,
    /// The address or number it goes to.
    pub recipient: String,
    /// `pending`, `sent`, `dead` or `expired`.
    pub state: String,
    /// Tries so far.
    pub attempts: i64,
    /// What the last try that failed met with.
    pub last_error: Option<String>,
    /// When it was tried last.
    pub last_attempt_at: Option<Timestamp>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
}

/// At most `limit` messages in `state` after the one with the id `after`, the oldest first; not those
/// to nobody, which were written for the look of it.
///
/// # Errors
///
/// If the database fails.
pub async fn list(
    tx: &mut Tx,
    state: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<MessageSummary>, StoreError> {
    const LIST: &str = "
        SELECT id, channel, template, recipient, state, attempts, last_error, last_attempt_at,
            created_at, expires_at
        FROM outbox
        WHERE state = $1 AND id > $2 AND (state <> 'expired' OR recipient <> '')
        ORDER BY id LIMIT $3";

    tx.query(LIST).bind(state).bind(after).bind(limit).fetch_all().await
}

/// How many messages are dead and can still be sent, and how many have expired since.
///
/// # Errors
///
/// If the database fails.
pub async fn count_dead(tx: &mut Tx, now: Timestamp) -> Result<(i64, i64), StoreError> {
    const COUNT: &str = "
        SELECT COALESCE(SUM(CASE WHEN expires_at > $1 THEN 1 ELSE 0 END), 0),
            COALESCE(SUM(CASE WHEN expires_at > $1 THEN 0 ELSE 1 END), 0)
        FROM outbox WHERE state = 'dead'";

    tx.query(COUNT).bind(now).fetch_one().await
}

/// Erases what stands in messages that will never be sent: dead ones that expired, and those that
/// were written for the look of it.
///
/// # Errors
///
/// If the database fails.
pub async fn erase_spent(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    const ERASE: &str = "
        UPDATE outbox SET parameters_sealed = NULL
        WHERE parameters_sealed IS NOT NULL
            AND (state = 'expired' OR (state = 'dead' AND expires_at <= $1))";

    tx.query(ERASE).bind(now).execute().await?;
    Ok(())
}

/// Withdraws every waiting or dead message about an account that goes away.
///
/// # Errors
///
/// If the database fails.
pub async fn withdraw_all_of(tx: &mut Tx, user_id: &UserId) -> Result<(), StoreError> {
    const WITHDRAW: &str = "
        UPDATE outbox SET state = 'expired', parameters_sealed = NULL
        WHERE user_id = $1 AND state IN ('pending', 'dead')";

    tx.query(WITHDRAW).bind(user_id).execute().await?;
    Ok(())
}

/// How many messages of one template about an account were written since then.
///
/// # Errors
///
/// If the database fails.
pub async fn count_since(
    tx: &mut Tx,
    user_id: &UserId,
    template: &str,
    since: Timestamp,
) -> Result<i64, StoreError> {
    const COUNT: &str = "
        SELECT COUNT(*) FROM outbox WHERE user_id = $1 AND template = $2 AND created_at > $3";

    tx.query(COUNT).bind(user_id).bind(template).bind(since).scalar().await
}

/// Withdraws the waiting and dead messages of one template about an account.
///
/// # Errors
///
/// If the database fails.
pub async fn withdraw(tx: &mut Tx, user_id: &UserId, template: &str) -> Result<(), StoreError> {
    const WITHDRAW: &str = "
        UPDATE outbox SET state = 'expired', parameters_sealed = NULL
        WHERE user_id = $1 AND template = $2 AND state IN ('pending', 'dead')";

    tx.query(WITHDRAW).bind(user_id).bind(template).execute().await?;
    Ok(())
}

/// Removes at most `limit` messages that ended before `before`; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, before: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM outbox WHERE id IN
            (SELECT id FROM outbox WHERE state <> 'pending' AND expires_at <= $1 LIMIT $2)";

    tx.query(PURGE).bind(before).bind(limit).execute().await
}
