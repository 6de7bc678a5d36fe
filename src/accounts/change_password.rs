//! A new password for somebody who is signed in and has proved lately who they are.
//!
//! The conditional UPDATE compares the generation of the session, so that of two changes at once
//! one counts. It raises the generation: every other session, every grant and every link ends with
//! it, and the session that acted follows.

use secrecy::{ExposeSecret as _, SecretString};

use super::password::Busy;
use super::password_policy::PasswordProblem;
use super::password_tries;
use super::{Accounts, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::delivery::{self, MailTemplate};
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::session::{RepeatableForm, Session};
use crate::domain::{Requester, TokenDigest, UserId};
use crate::store::{
    StoreError, Tx, email_verifications, known_devices, password_resets, sessions, users,
};
use crate::throttle::{Decision, Limit, ThrottleKey};

/// Passwords that one person may have judged.
const TRIES: Limit = Limit::new(20, 15 * 60);

/// Why the password stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordRefusal {
    /// The person has to prove who they are first.
    #[error("the last proof is too old")]
    ProofMissing,
    /// The session ended meanwhile.
    #[error("the session is over")]
    SessionIsOver,
    /// This session changed it to this one a moment ago, and nothing has come between: the form was sent
    /// twice.
    #[error("the password was changed to this one just now")]
    ChangedJustNow,
    /// There is no password.
    #[error("the password is missing")]
    PasswordMissing,
    /// The policy refuses the password.
    #[error("the password cannot be used: {0}")]
    Password(PasswordProblem),
    /// It is the one that they have: whoever learnt it would go on.
    #[error("this is the password they have")]
    PasswordUnchanged,
    /// The hasher's queue is full.
    #[error("too many passwords are being checked just now")]
    Busy,
    /// Too many tries.
    #[error("too many tries")]
    Throttled {
        /// When to come back.
        retry_after_seconds: i64,
    },
    /// Ours.
    #[error(transparent)]
    Fault(super::AccountsFault),
}
faults_into!(ChangePasswordRefusal);

impl From<Busy> for ChangePasswordRefusal {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

impl Accounts {
    /// Sets a new password; gives the session back, which the caller gives another cookie. The form that was
    /// sent is known if it comes once more with the old one.
    ///
    /// # Errors
    ///
    /// With why nothing changed.
    pub async fn change_password(
        &self,
        session: &Session,
        password: &SecretString,
        sent: Option<&RepeatableForm>,
        (browser, requester): (&TokenDigest, &Requester),
    ) -> Result<Session, ChangePasswordRefusal> {
        if !self.is_proven(session) {
            return Err(ChangePasswordRefusal::ProofMissing);
        }
        let ticket = self.hasher.admit()?;
        let id = &session.user_id;
        let tries = [(ThrottleKey::new("change_password", id.as_str()), TRIES)];
        if let Decision::Refused { retry_after_seconds, .. } = self.count(&tries, requester).await?
        {
            return Err(ChangePasswordRefusal::Throttled { retry_after_seconds });
        }
        let user = users::find(&mut self.store.read().await?, id).await?;
        let user = user.ok_or(ChangePasswordRefusal::SessionIsOver)?;
        if password.expose_secret().is_empty() {
            return Err(ChangePasswordRefusal::PasswordMissing);
        }
        if let Some(problem) =
            self.password_problems(password, &user.own_words()).await?.into_iter().next()
        {
            return Err(ChangePasswordRefusal::Password(problem));
        }
        if self.is_current_password(ticket, &user, password).await? {
            let mut tx = self.store.read().await?;
            let now = self.clock.now();
            let is_twice = sessions::has_just_changed_password(&mut tx, session, now).await?;
            return Err(if is_twice {
                ChangePasswordRefusal::ChangedJustNow
            } else {
                ChangePasswordRefusal::PasswordUnchanged
            });
        }
        // A place of its own: who waits for a second one keeps none from others.
        let hash = self.hasher.hash(self.hasher.admit()?, password).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        // Counters before accounts, as at sign-in, so that no two wait for one another.
        password_tries::forget_all(&mut tx, &user, Some(requester)).await?;
        let change = (session.generation, &hash);
        let changed = users::change_password(&mut tx, id, change, now).await?;
        let user = changed.ok_or(ChangePasswordRefusal::SessionIsOver)?;
        let acting = (session, browser);
        let followed = self.end_the_rest(&mut tx, acting, user.generation, now).await?;
        let followed = followed.ok_or(ChangePasswordRefusal::SessionIsOver)?;
        if let Some(form) = sent {
            let of = (&followed.sid, followed.generation);
            sessions::note_repeatable(&mut tx, of, form).await?;
        }
        self.tell_of_new_password(&mut tx, &user, Some(requester), now).await?;
        let event = AuditEvent::success(AuditKind::PasswordChanged).of(id).from(requester);
        audit::record(&mut tx, event.in_session(&session.sid), now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(followed)
    }

    /// After the generation was raised: the acting session and its browser follow, the others go, and links and
    /// codes that were sent count no more. `None` where the acting session no longer lives.
    pub(super) async fn end_the_rest(
        &self,
        tx: &mut Tx,
        (session, browser): (&Session, &TokenDigest),
        generation: i64,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        known_devices::follow(tx, browser, &session.user_id, generation).await?;
        sessions::end_others(tx, &session.user_id, Some(&session.sid)).await?;
        withdraw_links(tx, &session.user_id, now).await?;
        sessions::follow(tx, session, generation, now).await
    }
}

/// Takes the worth from every link and code that was mailed to the person.
pub(super) async fn withdraw_links(
    tx: &mut Tx,
    id: &UserId,
    now: Timestamp,
) -> Result<(), StoreError> {
    email_verifications::supersede_all_of(tx, id, now).await?;
    password_resets::supersede_all_of(tx, Some(id), now).await?;
    for template in [MailTemplate::VerifyEmail, MailTemplate::ResetPassword] {
        delivery::withdraw(tx, id, template).await?;
    }
    Ok(())
}
