//! Signing out.

use super::Accounts;
use crate::audit;
use crate::domain::Requester;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::session::Session;
use crate::store::{StoreError, grants, sessions};

impl Accounts {
    /// Ends a session and what hangs on it alone. Grants for offline use live on. Says whether it is over:
    /// not where its owner took it along into another generation meanwhile, without whoever asks.
    ///
    /// # Errors
    ///
    /// If the database fails: then the person is still signed in and must be told.
    pub async fn sign_out(
        &self,
        session: &Session,
        requester: &Requester,
    ) -> Result<bool, StoreError> {
        self.end_own_session(session, false, requester).await
    }

    /// Ends a session and every token that an application got through it, those for offline use too.
    ///
    /// # Errors
    ///
    /// As for [`Self::sign_out`].
    pub async fn sign_out_with_apps(
        &self,
        session: &Session,
        requester: &Requester,
    ) -> Result<bool, StoreError> {
        self.end_own_session(session, true, requester).await
    }

    async fn end_own_session(
        &self,
        session: &Session,
        with_apps: bool,
        requester: &Requester,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let is_ended = sessions::end(&mut tx, session).await?;
        if is_ended {
            if with_apps {
                grants::end_all_of_session(&mut tx, &session.user_id, &session.sid, now).await?;
            } else {
                grants::end_with_session(&mut tx, &session.sid, now).await?;
            }
            let event = AuditEvent::success(AuditKind::SignedOut).of(&session.user_id);
            let event = event.in_session(&session.sid).from(requester);
            audit::record(&mut tx, event, now).await?;
        }
        let is_over =
            is_ended || sessions::find_living(&mut tx, &session.sid, now).await?.is_none();
        tx.commit().await?;
        Ok(is_over)
    }
}
