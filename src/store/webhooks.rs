//! Where events are told.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::WebhookId;
use crate::domain::webhook::Webhook;

macro_rules! columns {
    () => {
        "id, url, description, events, is_enabled, disabled_because, secret_sealed,
         old_secret_sealed, old_secret_until, failing_since, created_at, updated_at"
    };
}

/// Keeps a new one.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, new: &Webhook) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO webhooks
            (id, url, description, events, is_enabled, secret_sealed, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";

    let query = tx.query(INSERT).bind(&new.id).bind(&new.url).bind(&new.description);
    let query = query.bind(&new.events).bind(new.is_enabled).bind(&new.secret_sealed);
    query.bind(new.created_at).execute().await?;
    Ok(())
}

/// How many there are.
///
/// # Errors
///
/// If the database fails.
pub async fn count(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.query("SELECT COUNT(*) FROM webhooks").scalar().await
}

/// The one with this id.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, id: &WebhookId) -> Result<Option<Webhook>, StoreError> {
    const FIND: &str = concat!("SELECT ", columns!(), " FROM webhooks WHERE id = $1");

    tx.query(FIND).bind(id).fetch_optional().await
}

/// The same, which nobody else changes until this unit of work is over.
///
/// # Errors
///
/// If the database fails.
pub async fn hold(tx: &mut Tx, id: &WebhookId) -> Result<Option<Webhook>, StoreError> {
    const HOLD: &str = "UPDATE webhooks SET updated_at = updated_at WHERE id = $1";

    tx.query(HOLD).bind(id).execute().await?;
    find(tx, id).await
}

/// So many, from so far, in the order in which they were made.
///
/// # Errors
///
/// If the database fails.
pub async fn page(
    tx: &mut Tx,
    (offset, limit): (i64, i64),
) -> Result<(Vec<Webhook>, i64), StoreError> {
    const PAGE: &str =
        concat!("SELECT ", columns!(), " FROM webhooks ORDER BY id LIMIT $1 OFFSET $2");

    let page = tx.query(PAGE).bind(limit).bind(offset).fetch_all().await?;
    Ok((page, count(tx).await?))
}

/// Puts what was changed of one that is held.
///
/// # Errors
///
/// If the database fails.
pub async fn update(tx: &mut Tx, changed: &Webhook) -> Result<(), StoreError> {
    const UPDATE: &str = "
        UPDATE webhooks SET url = $2, description = $3, events = $4, is_enabled = $5,
            disabled_because = $6, secret_sealed = $7, old_secret_sealed = $8,
            old_secret_until = $9, failing_since = $10, updated_at = $11
        WHERE id = $1";

    let query = tx.query(UPDATE).bind(&changed.id).bind(&changed.url).bind(&changed.description);
    let query = query.bind(&changed.events).bind(changed.is_enabled);
    let query = query.bind(changed.disabled_because.as_deref()).bind(&changed.secret_sealed);
    let query = query.bind(changed.old_secret_sealed.as_deref()).bind(changed.old_secret_until);
    query.bind(changed.failing_since).bind(changed.updated_at).execute().await?;
    Ok(())
}

/// Removes one; `false` where there is none.
///
/// # Errors
///
/// If the database fails.
pub async fn delete(tx: &mut Tx, id: &WebhookId) -> Result<bool, StoreError> {
    Ok(tx.query("DELETE FROM webhooks WHERE id = $1").bind(id).execute().await? == 1)
}

/// Notes that a call was taken, or not.
///
/// # Errors
///
/// If the database fails.
pub async fn note_call(
    tx: &mut Tx,
    id: &WebhookId,
    was_taken: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    const TAKEN: &str = "
        UPDATE webhooks SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL";
    const FAILED: &str = "
        UPDATE webhooks SET failing_since = $2 WHERE id = $1 AND failing_since IS NULL";

    if was_taken {
        tx.query(TAKEN).bind(id).execute().await?;
    } else {
        tx.query(FAILED).bind(id).bind(now).execute().await?;
    }
    Ok(())
}

/// Disables one that is enabled, where it has failed since `before` or earlier; says whether it was.
///
/// # Errors
///
/// If the database fails.
pub async fn disable(
    tx: &mut Tx,
    id: &WebhookId,
    (because, before): (&str, Timestamp),
    now: Timestamp,
) -> Result<bool, StoreError> {
    const DISABLE: &str = "
        UPDATE webhooks SET is_enabled = FALSE, disabled_because = $2, updated_at = $4
        WHERE id = $1 AND is_enabled = TRUE AND failing_since <= $3";

    let query = tx.query(DISABLE).bind(id).bind(because).bind(before).bind(now);
    Ok(query.execute().await? == 1)
}

/// Those to whom something is due, and since when each takes nothing.
///
/// # Errors
///
/// If the database fails.
pub async fn due(
    tx: &mut Tx,
    now: Timestamp,
) -> Result<Vec<(WebhookId, Option<Timestamp>)>, StoreError> {
    const DUE: &str = "
        SELECT id, failing_since FROM webhooks
        WHERE is_enabled = TRUE AND EXISTS
            (SELECT 1 FROM webhook_deliveries AS delivery
             WHERE delivery.webhook_id = webhooks.id AND delivery.state = 'pending'
                AND delivery.next_attempt_at <= $1
                AND (delivery.claimed_until IS NULL OR delivery.claimed_until <= $1))
        ORDER BY id";

    tx.query(DUE).bind(now).fetch_all().await
}
