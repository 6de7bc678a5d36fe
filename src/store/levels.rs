//! How much there is, for monitors.

use super::{StoreError, Tx};
use crate::clock::Timestamp;

/// The messages of one channel in one state.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct MessageLevel {
    /// `email` or `sms`.
    pub channel: String,
    /// `pending`, `sent`, `dead` or `expired`.
    pub state: String,
    /// How many.
    pub count: i64,
    /// When the oldest was written.
    pub oldest_at: Timestamp,
}

/// How many messages there are, by channel and state, and events that webhooks have not taken; not those to nobody, which were written for
/// the look of it.
///
/// # Errors
///
/// If the database fails.
pub async fn messages(tx: &mut Tx) -> Result<Vec<MessageLevel>, StoreError> {
    const COUNT: &str = "
        SELECT channel, state, COUNT(*) AS count, MIN(created_at) AS oldest_at
        FROM outbox WHERE state <> 'expired' OR recipient <> ''
        GROUP BY channel, state
        UNION ALL
        SELECT 'webhook' AS channel, state, COUNT(*) AS count, MIN(created_at) AS oldest_at
        FROM webhook_deliveries WHERE state <> 'delivered'
        GROUP BY state ORDER BY channel, state";

    tx.query(COUNT).fetch_all().await
}

/// How many sessions have not ended.
///
/// # Errors
///
/// If the database fails.
pub async fn sessions(tx: &mut Tx, now: Timestamp) -> Result<i64, StoreError> {
    const COUNT: &str = "
        SELECT COUNT(*) FROM sessions WHERE expires_at > $1 AND idle_expires_at > $1";

    tx.query(COUNT).bind(now).scalar().await
}

/// How many events of the audit trail are not sealed yet.
///
/// # Errors
///
/// If the database fails.
pub async fn unsealed_events(tx: &mut Tx) -> Result<i64, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM audit_events WHERE seq IS NULL";

    tx.query(COUNT).scalar().await
}
