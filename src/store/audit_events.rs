//! The trail of security events.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::audit_event::AuditEvent;
use crate::random;

/// Adds an event, in the unit of work that caused it.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, event: &AuditEvent, now: Timestamp) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO audit_events
            (id, at, kind, outcome, user_id, client_id, sid, ip, user_agent, request_id, detail)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

    let requester = event.requester.as_ref();
    tx.query(INSERT)
        .bind(random::ulid(now))
        .bind(now)
        .bind(event.kind.as_str())
        .bind(if event.succeeded { "success" } else { "failure" })
        .bind(event.user_id.as_ref())
        .bind(event.client_id.as_ref())
        .bind(event.sid.as_ref())
        .bind(requester.map(|requester| requester.ip.to_string()))
        .bind(requester.and_then(|requester| requester.user_agent.clone()))
        .bind(requester.map(|requester| requester.request_id.clone()))
        .bind(event.detail.to_string())
        .execute()
        .await?;
    Ok(())
}
