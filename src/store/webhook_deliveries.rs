//! Events that are told to webhooks.

use super::{StoreError, Tx, turns};
use crate::clock::Timestamp;
use crate::domain::audit_event::AuditKind;
use crate::domain::webhook::{TEST_EVENT, WebhookDelivery};
use crate::domain::{UserId, WebhookId};

/// Statements that come to many rows are done in turns, so that no two wait for one another.
const TURN: &str = "webhook_deliveries";

macro_rules! columns {
    () => {
        "id, webhook_id, event_id, kind, former_user_id, state, attempts, next_attempt_at,
         last_attempt_at, status_code, last_error, answer, delivered_at, created_at"
    };
}

/// Keeps an event for every webhook that wants it, in the unit of work that records it.
///
/// # Errors
///
/// If the database fails.
pub(super) async fn insert_for_event(
    tx: &mut Tx,
    (event_id, kind): (&str, AuditKind),
    former_user: Option<&UserId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    // The names of kinds are of our own making: no list holds one in another.
    const INSERT: &str = "
        INSERT INTO webhook_deliveries
            (id, webhook_id, event_id, kind, former_user_id, state, attempts, next_attempt_at,
             created_at)
        SELECT 'msg_' || $1 || '_' || id, id, $1, $2, $3, 'pending', 0, $4, $4 FROM webhooks
        WHERE is_enabled = TRUE
            AND (events = '[\"*\"]' OR REPLACE(events, '\"' || $2 || '\"', '') <> events)";

    let query = tx.query(INSERT).bind(event_id).bind(kind.as_str());
    query.bind(former_user).bind(now).execute().await?;
    Ok(())
}

/// Keeps a call that tells nothing.
///
/// # Errors
///
/// If the database fails.
pub async fn insert_test(
    tx: &mut Tx,
    id: &str,
    webhook_id: &WebhookId,
    now: Timestamp,
) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO webhook_deliveries
            (id, webhook_id, kind, state, attempts, next_attempt_at, created_at)
        VALUES ($1, $2, $3, 'pending', 0, $4, $4)";

    tx.query(INSERT).bind(id).bind(webhook_id).bind(TEST_EVENT).bind(now).execute().await?;
    Ok(())
}

/// Takes at most `limit` deliveries of one webhook that are due. Nobody else gets them before `claimed_until`.
///
/// # Errors
///
/// If the database fails.
pub async fn claim(
    tx: &mut Tx,
    (webhook_id, limit): (&WebhookId, i64),
    claimed_until: Timestamp,
    now: Timestamp,
) -> Result<Vec<WebhookDelivery>, StoreError> {
    // The condition stands twice: on PostgreSQL another instance may have claimed a row between the inner
    // question and the change.
    const CLAIM: &str = concat!(
        "UPDATE webhook_deliveries
         SET claimed_until = $1, attempts = attempts + 1, last_attempt_at = $2
         WHERE state = 'pending' AND (claimed_until IS NULL OR claimed_until <= $2) AND id IN
            (SELECT id FROM webhook_deliveries
             WHERE webhook_id = $3 AND state = 'pending' AND next_attempt_at <= $2
                AND (claimed_until IS NULL OR claimed_until <= $2)
             ORDER BY next_attempt_at, id LIMIT $4)
         RETURNING ",
        columns!()
    );

    turns::take(tx, TURN).await?;
    let query = tx.query(CLAIM).bind(claimed_until).bind(now).bind(webhook_id);
    query.bind(limit).fetch_all().await
}

/// What a try came to.
#[derive(Clone, Debug, Default)]
pub struct Tried {
    /// The status of the answer.
    pub status_code: Option<i64>,
    /// Why it counts as failed.
    pub error: Option<String>,
    /// The beginning of the answer.
    pub answer: Option<String>,
    /// When it is tried again; never where it was taken, or is given up.
    pub next_attempt_at: Option<Timestamp>,
}

/// Notes what a try came to, unless somebody else took the delivery since.
///
/// # Errors
///
/// If the database fails.
pub async fn note(
    tx: &mut Tx,
    claimed: &WebhookDelivery,
    tried: &Tried,
    now: Timestamp,
) -> Result<(), StoreError> {
    const NOTE: &str = "
        UPDATE webhook_deliveries
        SET state = $3, status_code = $4, last_error = $5, answer = $6, next_attempt_at = $7,
            delivered_at = $8, claimed_until = NULL,
            former_user_id = CASE WHEN $3 = 'delivered' THEN NULL ELSE former_user_id END
        WHERE id = $1 AND attempts = $2 AND state = 'pending'";

    let state = match tried {
        Tried { error: None, .. } => "delivered",
        Tried { next_attempt_at: Some(_), .. } => "pending",
        _ => "failed",
    };
    let delivered_at = tried.error.is_none().then_some(now);
    let query = tx.query(NOTE).bind(&claimed.id).bind(claimed.attempts).bind(state);
    let query = query.bind(tried.status_code).bind(tried.error.as_deref());
    let query = query.bind(tried.answer.as_deref());
    let query = query.bind(tried.next_attempt_at.unwrap_or(claimed.next_attempt_at));
    query.bind(delivered_at).execute().await?;
    Ok(())
}

/// Gives up what waits for a webhook that gets nothing more.
///
/// # Errors
///
/// If the database fails.
pub async fn give_up_all_of(tx: &mut Tx, webhook_id: &WebhookId) -> Result<(), StoreError> {
    const GIVE_UP: &str = "
        UPDATE webhook_deliveries
        SET state = 'failed', claimed_until = NULL, last_error = 'the webhook was disabled'
        WHERE webhook_id = $1 AND state = 'pending'";

    turns::take(tx, TURN).await?;
    tx.query(GIVE_UP).bind(webhook_id).execute().await?;
    Ok(())
}

/// Removes everything that was, or is to be, told to a webhook.
///
/// # Errors
///
/// If the database fails.
pub async fn delete_all_of(tx: &mut Tx, webhook_id: &WebhookId) -> Result<(), StoreError> {
    const DELETE: &str = "DELETE FROM webhook_deliveries WHERE webhook_id = $1";

    turns::take(tx, TURN).await?;
    tx.query(DELETE).bind(webhook_id).execute().await?;
    Ok(())
}

/// Lets one be told again from the start, under the same id: unless it is due or under way. Says whether it is.
///
/// # Errors
///
/// If the database fails.
pub async fn revive(
    tx: &mut Tx,
    (webhook_id, id): (&WebhookId, &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    const REVIVE: &str = "
        UPDATE webhook_deliveries
        SET state = 'pending', attempts = 0, next_attempt_at = $3, delivered_at = NULL
        WHERE id = $2 AND webhook_id = $1
            AND (state <> 'pending' OR next_attempt_at > $3
                AND (claimed_until IS NULL OR claimed_until <= $3))";

    let query = tx.query(REVIVE).bind(webhook_id).bind(id).bind(now);
    Ok(query.execute().await? == 1)
}

/// One of a webhook.
///
/// # Errors
///
/// If the database fails.
pub async fn find(
    tx: &mut Tx,
    (webhook_id, id): (&WebhookId, &str),
) -> Result<Option<WebhookDelivery>, StoreError> {
    const FIND: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM webhook_deliveries WHERE id = $2 AND webhook_id = $1"
    );

    tx.query(FIND).bind(webhook_id).bind(id).fetch_optional().await
}

/// So many of a webhook, from so far, the newest first, and how many there are; with `state`, those alone.
///
/// # Errors
///
/// If the database fails.
pub async fn page(
    tx: &mut Tx,
    (webhook_id, state): (&WebhookId, Option<&str>),
    (offset, limit): (i64, i64),
) -> Result<(Vec<WebhookDelivery>, i64), StoreError> {
    const PAGE: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM webhook_deliveries
         WHERE webhook_id = $1 AND (CAST($2 AS TEXT) IS NULL OR state = $2)
         ORDER BY id DESC LIMIT $3 OFFSET $4"
    );
    const COUNT: &str = "
        SELECT COUNT(*) FROM webhook_deliveries
        WHERE webhook_id = $1 AND (CAST($2 AS TEXT) IS NULL OR state = $2)";

    let page = tx.query(PAGE).bind(webhook_id).bind(state).bind(limit).bind(offset);
    let page = page.fetch_all().await?;
    Ok((page, tx.query(COUNT).bind(webhook_id).bind(state).scalar().await?))
}

/// Forgets what receivers answered to events of a person, which may tell of them.
///
/// # Errors
///
/// If the database fails.
pub(super) async fn forget_answers(tx: &mut Tx, user_id: &UserId) -> Result<(), StoreError> {
    const FORGET: &str = "
        UPDATE webhook_deliveries SET answer = NULL
        WHERE answer IS NOT NULL AND event_id IN
            (SELECT id FROM audit_events WHERE user_id = $1)";

    turns::take(tx, TURN).await?;
    tx.query(FORGET).bind(user_id).execute().await?;
    Ok(())
}

/// Removes at most `limit` of events that happened before `before`; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, before: Timestamp) -> Result<u64, StoreError> {
    const PURGE: &str = "
        DELETE FROM webhook_deliveries WHERE id IN
            (SELECT id FROM webhook_deliveries WHERE created_at <= $1 LIMIT $2)";

    turns::take(tx, TURN).await?;
    tx.query(PURGE).bind(before).bind(limit).execute().await
}

/// Lets whoever comes to many deliveries wait until this unit of work ends: to be taken before a webhook is held.
///
/// # Errors
///
/// If the database fails.
pub async fn take_turn(tx: &mut Tx) -> Result<(), StoreError> {
    turns::take(tx, TURN).await
}
