//! Removing second factors, and what follows.

use super::super::Accounts;
use super::super::admission;
use super::super::own_session::{self, OwnSessionRefusal};
use super::enrolment::EnrolmentRefusal;
use crate::audit;
use crate::clock::Timestamp;
use crate::delivery::MailTemplate;
use crate::domain::Requester;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::second_factor::{FactorKind, FactorPolicy};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::store::{
    Tx, backup_codes, factor_additions, second_factors, sessions, sign_in_challenges,
    trusted_browsers,
};

impl Accounts {
    /// Removes a factor. With the last one its backup codes go too.
    ///
    /// # Errors
    ///
    /// `LastOne` where the installation or a role of theirs requires one.
    pub async fn remove_factor(
        &self,
        (user, session): (&User, &Session),
        kind: FactorKind,
        requester: &Requester,
    ) -> Result<(), EnrolmentRefusal> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        // Two removals at once: the second one sees what the first one left.
        hold_owner(&mut tx, session).await?;
        if !second_factors::remove(&mut tx, &user.id, kind).await? {
            return Err(EnrolmentRefusal::NotThere);
        }
        factor_additions::forget_replaced(&mut tx, &user.id, kind).await?;
        self.factor_was_removed(&mut tx, user, kind, requester, now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(())
    }

    /// What follows from a factor that is gone.
    pub(in super::super) async fn factor_was_removed(
        &self,
        tx: &mut Tx,
        user: &User,
        kind: FactorKind,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), EnrolmentRefusal> {
        if !admission::has_second_factor(tx, user).await? {
            if self.factor_policy(tx, &user.id, None).await? == FactorPolicy::Required {
                return Err(EnrolmentRefusal::LastOne);
            }
            backup_codes::remove_all(tx, &user.id).await?;
        }
        trusted_browsers::forget_all(tx, &user.id).await?;
        // A code that was sent to a telephone counts for nobody who waits with it.
        sign_in_challenges::end_all_of(tx, &user.id).await?;
        factor_additions::note_removal(tx, &user.id, now).await?;
        self.record_factor(tx, (AuditKind::SecondFactorRemoved, user, kind), requester, now)
            .await?;
        let removed = (MailTemplate::FactorRemoved, kind);
        Ok(self.tell_of_factor(tx, user, removed, requester, now).await?)
    }

    /// Trusts none of the person's browsers any more.
    ///
    /// # Errors
    ///
    /// If the session is over, or the database fails.
    pub async fn forget_trusted_browsers(
        &self,
        session: &Session,
        requester: &Requester,
    ) -> Result<(), OwnSessionRefusal> {
        let (id, now) = (&session.user_id, self.clock.now());
        let mut tx = self.store.begin().await?;
        own_session::hold(&mut tx, session).await?;
        if trusted_browsers::forget_all(&mut tx, id).await? > 0 {
            let event = AuditEvent::success(AuditKind::TrustedBrowsersForgotten).of(id);
            audit::record(&mut tx, event.from(requester), now).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Lets nobody else change how the owner of a session signs in until the unit of work ends, and looks
/// at the session again: whoever threw it out may have been faster.
pub(in super::super) async fn hold_owner(
    tx: &mut Tx,
    session: &Session,
) -> Result<(), EnrolmentRefusal> {
    if sessions::hold(tx, session).await? { Ok(()) } else { Err(EnrolmentRefusal::SessionOver) }
}
