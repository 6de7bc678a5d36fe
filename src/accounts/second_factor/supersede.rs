//! Taking second factors away from an account as a whole.

use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::{Requester, UserId};
use crate::store::{
    StoreError, Tx, backup_codes, factor_additions, passkeys, second_factors, sign_in_challenges,
    trusted_browsers,
};

/// Removes every second factor that was set up at `since` or later, with every backup code, every
/// trusted browser and every sign-in that waits for a factor; says how many factors there were.
pub(crate) async fn supersede_factors(
    tx: &mut Tx,
    user_id: &UserId,
    since: Timestamp,
) -> Result<u64, StoreError> {
    let removed = second_factors::remove_since(tx, user_id, since).await?
        + passkeys::remove_since(tx, user_id, since).await?;
    backup_codes::remove_all(tx, user_id).await?;
    trusted_browsers::forget_all(tx, user_id).await?;
    sign_in_challenges::end_all_of(tx, user_id).await?;
    Ok(removed)
}

/// The same of all there are, for good: nothing that gave way to one of them comes back.
pub(crate) async fn remove_every_factor(tx: &mut Tx, user_id: &UserId) -> Result<u64, StoreError> {
    factor_additions::forget_all_of(tx, user_id).await?;
    supersede_factors(tx, user_id, Timestamp(0)).await
}

/// Notes that the address proved more than the factors which went: there were some, or backup codes.
pub(crate) async fn record_superseded(
    tx: &mut Tx,
    user_id: &UserId,
    (because, removed): (&'static str, u64),
    requester: &Requester,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = AuditEvent::success(AuditKind::SecondFactorsReset).of(user_id).from(requester);
    let detail = serde_json::json!({ "removed": removed, "because": because });
    audit::record(tx, event.with(detail), now).await
}
