//! The audit trail: every security event leaves a row in the unit of work that caused it, and a
//! line in the log.

use crate::clock::Timestamp;
use crate::domain::audit_event::AuditEvent;
use crate::store::{StoreError, Tx, audit_events};

/// Records an event.
///
/// # Errors
///
/// If the database fails: an event that cannot be recorded must not happen.
pub async fn record(tx: &mut Tx, event: AuditEvent, now: Timestamp) -> Result<(), StoreError> {
    audit_events::insert(tx, &event, now).await?;
    tracing::info!(
        event = event.kind.as_str(),
        succeeded = event.succeeded,
        user_id = event.user_id.as_ref().map(tracing::field::display),
        client_id = event.client_id.as_ref().map(tracing::field::display),
        "audit"
    );
    Ok(())
}
