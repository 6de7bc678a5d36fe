//! Keeping a person out, and letting them in again.
//!
//! Whoever is blocked signs in nowhere: the answer is that of a wrong password. What they had open ends at once
//! and does not come back when they are let in again. The account stays as it is, with its roles.

use super::change_password::withdraw_links;
use super::managed_users::ManagedBy;
use super::{Accounts, administrators, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::UserId;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::user::User;
use crate::store::{Tx, account_recoveries, sessions, unverified_users, users};

/// Why nobody is blocked, or let in again. Each text says what to change.
#[derive(Debug, thiserror::Error)]
pub enum BlockRefusal {
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchUser,
    /// Nobody would be left to run the installation.
    #[error(
        "this is the last administrator who is not blocked and not about to be deleted: give another \
         person the role admin first, with protekt user roles EMAIL --add admin"
    )]
    LastAdministrator,
    /// Ours.
    #[error(transparent)]
    Fault(super::AccountsFault),
}
faults_into!(BlockRefusal);

/// An account, and whether this is what changed it.
#[derive(Clone, Debug)]
pub struct Blocking {
    /// The account as it is now.
    pub user: User,
    /// Not where it was so before.
    pub is_new: bool,
    /// Whether they wait for a way back, which rests as long as they are blocked.
    pub waits_for_recovery: bool,
}

impl Accounts {
    /// Keeps a person out, and ends every session, token and link of theirs; or lets them in again: by an
    /// operator's command, which comes from nowhere.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn set_blocked(
        &self,
        id: &UserId,
        is_blocked: bool,
    ) -> Result<Blocking, BlockRefusal> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(id)).await?;
        let user = users::find(&mut tx, id).await?.ok_or(BlockRefusal::NoSuchUser)?;
        let waits_for_recovery = account_recoveries::open_of(&mut tx, id).await?.is_some();
        if user.is_blocked() == is_blocked {
            return Ok(Blocking { user, is_new: false, waits_for_recovery });
        }
        let user = set_blocked_within(&mut tx, (id, is_blocked), None, now).await?;
        tx.commit().await?;
        Ok(Blocking { user, is_new: true, waits_for_recovery })
    }
}

/// The same within a unit of work that holds the account, where it is not so yet.
pub(super) async fn set_blocked_within(
    tx: &mut Tx,
    (id, is_blocked): (&UserId, bool),
    by: Option<ManagedBy<'_>>,
    now: Timestamp,
) -> Result<User, BlockRefusal> {
    if is_blocked && administrators::must_stay(tx, id).await? {
        return Err(BlockRefusal::LastAdministrator);
    }
    let user = users::set_blocked(tx, id, is_blocked, now).await?;
    let user = user.ok_or(BlockRefusal::NoSuchUser)?;
    let kind = if is_blocked {
        sessions::end_others(tx, id, None).await?;
        withdraw_links(tx, id, now).await?;
        // Whoever cannot sign in sees no notice of it, and could not object in time.
        account_recoveries::withdraw_approval(tx, id).await?;
        AuditKind::UserBlocked
    } else {
        AuditKind::UserUnblocked
    };
    let event = match by {
        Some(by) => by.event(kind, id, serde_json::Map::new()),
        None => AuditEvent::success(kind).of(id),
    };
    audit::record(tx, event, now).await?;
    Ok(user)
}
