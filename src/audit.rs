//! The audit trail: every security event leaves a row in the unit of work that caused it, and a
//! line in the log.
//!
//! 1. [`begin`] writes the marks *head* and *origin* when an installation first meets its key.
//! 2. [`record`] writes the row with a MAC of its own, unchained, so that nothing waits for the one
//!    before.
//! 3. The [`Sealer`] of one instance numbers what is committed and was recorded with the key, and
//!    chains each row to the one before by a MAC; the mark *head* says where the chain ends.
//! 4. What is older than the operator keeps is cleared away from the beginning; the mark
//!    *checkpoint* says where the chain begins since.
//! 5. [`verify`](verify::verify) goes through the chain and names the first row that is not as it was sealed.

mod begin;
mod chain;
mod error;
mod sealer;
pub mod verify;

pub use crate::domain::ChainKey;
pub use begin::{begin, has_begun, take_over};
pub use error::{BrokenRow, Flaw, TrailError};
pub use sealer::{BATCH, Sealer};

use crate::clock::Timestamp;
use crate::domain::audit_event::AuditEvent;
use crate::store::{StoreError, Tx, audit_events};

/// How long a row may wait to be sealed before somebody has to look, in seconds. It takes one.
const LONGEST_WAIT: i64 = 5 * 60;

/// Whether a row of then waits for longer than any does where a server runs and seals.
#[must_use]
pub fn waits_too_long(at: Timestamp, now: Timestamp) -> bool {
    at <= longest_wait_before(now)
}

/// What happened up to then is sealed by now.
#[must_use]
pub fn longest_wait_before(now: Timestamp) -> Timestamp {
    now.plus(-LONGEST_WAIT)
}

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
