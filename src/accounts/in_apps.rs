//! Signed in in an application of the operator's own, by our JSON API and without a cookie.
//!
//! What a browser's cookie is at our pages, the handle is here that the application was given: half a
//! sign-in belongs to no browser, so that no page takes it, and names the application.

use super::second_factor::{FactorAnswer, FactorRefusal, Passed};
use super::{Accounts, admission};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::domain::{ClientId, PlainToken, Requester, TokenDigest};
use crate::store::{StoreError, grants, sessions, sign_in_challenges};

/// How often a session's last sign of life is written down, in seconds.
const TOUCH_INTERVAL: i64 = 5 * 60;

/// Somebody who must set up a second factor before an application gets tokens.
#[derive(Clone, Debug)]
pub struct FactorEnrolment {
    /// Who.
    pub user: User,
    /// Their session, for which nobody has tokens yet.
    pub session: Session,
    /// The application.
    pub app: ClientId,
}

impl Accounts {
    /// Asks who is signed in in an application for a second factor, or to set up their first one.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn challenge_in_app(
        &self,
        (user, session): (&User, &Session),
        app: &ClientId,
        requester: &Requester,
    ) -> Result<PlainToken, StoreError> {
        let now = self.clock.now();
        let applicant = admission::Applicant {
            user,
            first: admission::FirstProof::Session,
            remembered: session.remembered,
            browser: None,
            app: Some(app),
            trust: None,
            requester,
            session: Some(session),
        };
        let mut tx = self.store.begin().await?;
        let handle = self.challenge(&mut tx, &applicant, Some(&session.sid), now).await?;
        tx.commit().await?;
        Ok(handle)
    }

    /// Who may set up their first factor with this handle; `None` where it is over, or they have a
    /// second factor by now: then they have to give that.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn factor_enrolment(
        &self,
        handle: &PlainToken,
    ) -> Result<Option<FactorEnrolment>, StoreError> {
        let mut tx = self.store.read().await?;
        let nowhere = TokenDigest::of_no_browser();
        let open = self.open_challenge(&mut tx, handle, &nowhere).await?;
        let Some((challenge, user)) = open else { return Ok(None) };
        let (Some(sid), Some(app)) = (challenge.sid, challenge.client_id) else { return Ok(None) };
        if admission::has_second_factor(&mut tx, &user).await? {
            return Ok(None);
        }
        let session = sessions::find_living(&mut tx, &sid, self.clock.now()).await?;
        Ok(session.map(|session| FactorEnrolment { user, session, app }))
    }

    /// Uses the handle of an enrolment up, once; says whether it was this call that did.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn finish_enrolment(&self, handle: &PlainToken) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let passed = sign_in_challenges::pass(&mut tx, &handle.digest(), self.clock.now()).await?;
        tx.commit().await?;
        Ok(passed.is_some())
    }

    /// Checks a second factor of who is signed in in an application, before something grave in
    /// their account; gives the session, which has proved it.
    ///
    /// # Errors
    ///
    /// With why it was not taken.
    pub async fn prove_by_factor(
        &self,
        (user, session): (&User, &Session),
        answer: FactorAnswer,
        app: &ClientId,
        requester: &Requester,
    ) -> Result<Session, FactorRefusal> {
        let handle = self.challenge_in_app((user, session), app, requester).await?;
        let nowhere = TokenDigest::of_no_browser();
        match self.answer_challenge(&handle, answer, (&nowhere, None), requester).await? {
            Passed::SignedIn(passed) => Ok(passed.signed_in.session),
            Passed::NewPassword { .. } => Err(FactorRefusal::Over),
        }
    }

    /// Ends a session and every token that hangs on it, those for offline use too.
    ///
    /// # Errors
    ///
    /// If the database fails: then the person is still signed in and must be told.
    pub async fn sign_out_with_tokens(
        &self,
        session: &Session,
        requester: &Requester,
    ) -> Result<(), StoreError> {
        let (id, now) = (&session.user_id, self.clock.now());
        let mut tx = self.store.begin().await?;
        if sessions::end(&mut tx, &session.sid).await? {
            grants::end_all_of_session(&mut tx, id, &session.sid, now).await?;
            let event = AuditEvent::success(AuditKind::SignedOut).of(id).from(requester);
            audit::record(&mut tx, event.in_session(&session.sid), now).await?;
        }
        tx.commit().await
    }

    /// Notes that a session was used, every few minutes at most.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn note_use(&self, session: &Session) -> Result<(), StoreError> {
        let now: Timestamp = self.clock.now();
        if now.since(session.last_seen_at) < TOUCH_INTERVAL {
            return Ok(());
        }
        let (idle, _) = self.settings.sessions.of(session.remembered);
        let mut tx = self.store.begin().await?;
        let until = now.plus(idle).min(session.expires_at);
        sessions::touch(&mut tx, &session.sid, until, now).await?;
        tx.commit().await
    }
}
