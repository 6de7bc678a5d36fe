//! Messages that nobody took, and what an operator can do about them.
//!
//! What stands in a dead message stays sealed until it expires, so that a second sending brings the
//! same link or code, which is still good. Afterwards only its person can ask for another one.

use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::{Channel, email_address, phone_number};
use crate::store::outbox::{self, Revival};
use crate::store::{StoreError, Tx};

/// What came of the wish to send a message again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It waits to be sent.
    Waiting,
    /// What stood in it is over and erased.
    TooLate,
    /// It is about to be sent, was sent, or expired while it waited.
    NotNeeded,
    /// There is no such message.
    Unknown,
}

/// Lets a message be sent at once that nobody took, or that waits for another try, as if it had never
/// been tried.
///
/// # Errors
///
/// If the database fails.
pub async fn retry(tx: &mut Tx, id: &str, now: Timestamp) -> Result<Retry, StoreError> {
    match outbox::revive(tx, id, now).await? {
        Revival::Done { user_id } => {
            let detail = serde_json::json!({ "message": id });
            let mut event = AuditEvent::success(AuditKind::DeliveryRetried).with(detail);
            event.user_id = user_id;
            audit::record(tx, event, now).await?;
            Ok(Retry::Waiting)
        }
        Revival::TooLate => Ok(Retry::TooLate),
        Revival::NotNeeded => Ok(Retry::NotNeeded),
        Revival::Unknown => Ok(Retry::Unknown),
    }
}

/// A recipient as it may be shown to whoever need not know it.
#[must_use]
pub fn masked_recipient(channel: Channel, recipient: &str) -> String {
    match channel {
        Channel::Email => email_address::masked(recipient),
        Channel::Sms => phone_number::masked(recipient),
    }
}
