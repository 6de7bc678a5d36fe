//! Where a person is signed in, and signing out there.

use super::Accounts;
use super::own_session::{self, OwnSessionRefusal};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::session::Session;
use crate::domain::{Requester, SessionId, TokenDigest, UserId};
use crate::store::sessions::ListedSession;
use crate::store::{StoreError, Tx, grants, sessions, users};
use crate::throttle::{self, Decision, Limit, ThrottleKey};

/// How often a session signs everything else out that has not proved lately who it is of.
const UNPROVEN: Limit = Limit::new(3, 60 * 60);
/// How often such a session ends one other.
const ONE_BY_ONE: Limit = Limit::new(10, 60 * 60);

impl Accounts {
    /// The living sessions of a person, the last used first.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn sessions_of(&self, id: &UserId) -> Result<Vec<ListedSession>, StoreError> {
        sessions::list_of_user(&mut self.store.read().await?, id, self.clock.now()).await
    }

    /// Ends another session of the person, and every token that an application got through it.
    /// Says whether there was one; the session that asks is not ended this way.
    ///
    /// # Errors
    ///
    /// If the session that asks is over, or the database fails.
    pub async fn end_session(
        &self,
        own: &Session,
        sid: &SessionId,
        requester: &Requester,
    ) -> Result<bool, OwnSessionRefusal> {
        if *sid == own.sid {
            return Ok(false);
        }
        let (id, now) = (&own.user_id, self.clock.now());
        let mut tx = self.store.begin().await?;
        own_session::hold(&mut tx, own).await?;
        self.count_unproven(&mut tx, own, ("end_session", ONE_BY_ONE), self.clock.now()).await?;
        let was_there = sessions::end_of_user(&mut tx, id, sid).await?;
        if was_there {
            grants::end_all_of_session(&mut tx, id, sid, now).await?;
            let event = AuditEvent::success(AuditKind::SessionEnded).of(id).from(requester);
            audit::record(&mut tx, event.in_session(sid), now).await?;
        }
        tx.commit().await?;
        Ok(was_there)
    }

    /// Ends everything of the person but the session that asks: every other session, and every
    /// token of every application. Gives the session back, which the caller gives another cookie.
    ///
    /// # Errors
    ///
    /// `SessionIsOver` where somebody else did so first, or the database fails.
    pub async fn end_other_sessions(
        &self,
        own: &Session,
        from: (&TokenDigest, &Requester),
    ) -> Result<Session, OwnSessionRefusal> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        own_session::hold(&mut tx, own).await?;
        let followed = self.end_others_in(&mut tx, own, from, now).await?;
        tx.commit().await?;
        Ok(followed)
    }

    /// The same within a unit of work.
    pub(super) async fn end_others_in(
        &self,
        tx: &mut Tx,
        own: &Session,
        (browser, requester): (&TokenDigest, &Requester),
        now: Timestamp,
    ) -> Result<Session, OwnSessionRefusal> {
        let id = &own.user_id;
        self.count_unproven(tx, own, ("end_others", UNPROVEN), now).await?;
        let raised = users::raise_generation(tx, id, own.generation).await?;
        let generation = raised.ok_or(OwnSessionRefusal::SessionIsOver)?;
        let followed = self.end_the_rest(tx, (own, browser), generation, now).await?;
        let followed = followed.ok_or(OwnSessionRefusal::SessionIsOver)?;
        let event = AuditEvent::success(AuditKind::SignedOutElsewhere).of(id).from(requester);
        audit::record(tx, event.in_session(&own.sid), now).await?;
        Ok(followed)
    }

    /// Whoever has a copy of the cookie and nothing else does not keep the owner out for good by signing them
    /// out, nor takes every link to a new password from them.
    async fn count_unproven(
        &self,
        tx: &mut Tx,
        own: &Session,
        (what, limit): (&str, Limit),
        now: Timestamp,
    ) -> Result<(), OwnSessionRefusal> {
        if self.is_proven(own) {
            return Ok(());
        }
        let key = ThrottleKey::new(what, own.sid.as_str());
        match throttle::check_and_count(tx, &key, limit, now).await? {
            Decision::Allowed { .. } => Ok(()),
            Decision::Refused { retry_after_seconds, .. } => {
                Err(OwnSessionRefusal::Throttled { retry_after_seconds })
            }
        }
    }
}
