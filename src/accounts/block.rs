//! Keeping a person out, and letting them in again.
//!
//! Whoever is blocked signs in nowhere: the answer is that of a wrong password. What they had open ends at once
//! and does not come back when they are let in again. The account stays as it is, with its roles.

use super::change_password::withdraw_links;
use super::{Accounts, administrators, faults_into};
use crate::audit;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::user::User;
use crate::domain::{ClientId, Requester, UserId};
use crate::store::{sessions, unverified_users, users};

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
}

impl Accounts {
    /// Keeps a person out, and ends every session, token and link of theirs; or lets them in again. `by` says
    /// which machine wants it, and from where; an operator's command comes from nowhere.
    ///
    /// # Errors
    ///
    /// With what to change.
    pub async fn set_blocked(
        &self,
        id: &UserId,
        is_blocked: bool,
        by: Option<(&ClientId, &Requester)>,
    ) -> Result<Blocking, BlockRefusal> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(id)).await?;
        let user = users::find(&mut tx, id).await?.ok_or(BlockRefusal::NoSuchUser)?;
        if user.is_blocked() == is_blocked {
            return Ok(Blocking { user, is_new: false });
        }
        if is_blocked && administrators::must_stay(&mut tx, id).await? {
            return Err(BlockRefusal::LastAdministrator);
        }
        let user = users::set_blocked(&mut tx, id, is_blocked, now).await?;
        let user = user.ok_or(BlockRefusal::NoSuchUser)?;
        let kind = if is_blocked {
            sessions::end_others(&mut tx, id, None).await?;
            withdraw_links(&mut tx, id, now).await?;
            AuditKind::UserBlocked
        } else {
            AuditKind::UserUnblocked
        };
        let event = AuditEvent::success(kind).of(id);
        let event = match by {
            Some((client_id, requester)) => event.by_client(client_id).from(requester),
            None => event,
        };
        audit::record(&mut tx, event, now).await?;
        tx.commit().await?;
        Ok(Blocking { user, is_new: true })
    }
}
