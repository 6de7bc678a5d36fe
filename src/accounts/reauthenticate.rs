//! Proving again who one is (`prompt=login`, `max_age`, before something grave).

use secrecy::{ExposeSecret as _, SecretString};

use super::admission::{self, Applicant, FirstProof};
use super::password_tries::TryKeys;
use super::renew_password::ProvedSignIn;
use super::{Accounts, Admission, SignInRefusal, SignedIn};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::session::{RepeatableForm, Session};
use crate::domain::user::User;
use crate::domain::{Requester, TokenDigest};
use crate::store::{StoreError, Tx, sessions, users};

/// How long a proof is good for grave things in the account, in seconds.
const PROOF_LIFETIME: i64 = 10 * 60;

impl Accounts {
    /// Checks the password of the person who is signed in, and makes now their `auth_time`. The
    /// caller gives the session another cookie. The form that was sent is known if it comes once more with the
    /// old one.
    ///
    /// # Errors
    ///
    /// As for [`Self::sign_in`]; `SessionIsOver` where the session ended meanwhile.
    pub async fn reauthenticate(
        &self,
        session: &Session,
        (password, sent): (&SecretString, Option<&RepeatableForm>),
        (browser, trust): (&TokenDigest, Option<&TokenDigest>),
        requester: &Requester,
    ) -> Result<Admission, SignInRefusal> {
        let (mut user, keys) = self.check_own_password(session, password, requester).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        keys.forget(&mut tx, &user).await?;
        // Of the generation that the caller came with: where the password was changed while this one was
        // compared, the session went on without whoever has its old cookie.
        if !sessions::hold(&mut tx, session).await? {
            // The password was right all the same, and no try.
            tx.commit().await?;
            return Err(SignInRefusal::SessionIsOver);
        }
        self.note_leaked_password(&mut tx, &mut user, (password, requester), now).await?;
        let applicant = Applicant {
            user: &user,
            first: FirstProof::Password,
            remembered: session.remembered,
            browser: Some(browser),
            trust,
            requester,
            session: Some(session),
        };
        let proof = self.proof_without_challenge(&mut tx, &applicant, now).await?;
        let Some(proof) = proof else {
            let handle = self.challenge(&mut tx, &applicant, Some(&session.sid), now).await?;
            tx.commit().await?;
            return Ok(Admission::Challenged(handle));
        };
        if self.new_password_reason(&user).is_some() {
            let proved = ProvedSignIn {
                user: &user,
                proof: &proof,
                browser: Some(browser),
                sid: Some(&session.sid),
                remembered: session.remembered,
                trust: None,
            };
            let handle = self.wait_for_new_password(&mut tx, &proved, now).await?;
            admission::record_begun(&mut tx, &applicant, "new_password", now).await?;
            tx.commit().await?;
            return Ok(Admission::NewPassword(handle));
        }
        let session = sessions::reauthenticate(
            &mut tx,
            (&session.sid, session.generation),
            (&proof, sent),
            now,
        )
        .await?;
        let session = session.ok_or(SignInRefusal::SessionIsOver)?;
        record_proof(&mut tx, &session, requester, now).await?;
        tx.commit().await?;
        Ok(Admission::SignedIn(Box::new(SignedIn { session, user })))
    }

    /// Checks the password of the person who is signed in, before something grave in their
    /// account. Applications are told nothing of it: their `auth_time`, `acr` and `amr` stay. The
    /// caller gives the session another cookie. The form that was sent is known if it comes once more with the
    /// old one.
    ///
    /// # Errors
    ///
    /// As for [`Self::reauthenticate`].
    pub async fn prove_by_password(
        &self,
        session: &Session,
        (password, sent): (&SecretString, Option<&RepeatableForm>),
        requester: &Requester,
    ) -> Result<SignedIn, SignInRefusal> {
        let (user, keys) = self.check_own_password(session, password, requester).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        keys.forget(&mut tx, &user).await?;
        // As above.
        if !sessions::hold(&mut tx, session).await? {
            // The password was right all the same, and no try.
            tx.commit().await?;
            return Err(SignInRefusal::SessionIsOver);
        }
        let session = sessions::prove(&mut tx, (&session.sid, session.generation), sent, now)
            .await?
            .ok_or(SignInRefusal::SessionIsOver)?;
        record_proof(&mut tx, &session, requester, now).await?;
        tx.commit().await?;
        Ok(SignedIn { session, user })
    }

    /// Whether the person proved who they are lately enough for something grave in their account.
    #[must_use]
    pub fn is_proven(&self, session: &Session) -> bool {
        self.clock.now().since(session.proved_at) < PROOF_LIFETIME
    }

    /// Whether the session is one of a browser, which has its cookie or is about to have another.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn is_of_browser(&self, session: &Session) -> Result<bool, StoreError> {
        sessions::is_of_browser(&mut self.store.read().await?, &session.sid).await
    }

    async fn check_own_password(
        &self,
        session: &Session,
        password: &SecretString,
        requester: &Requester,
    ) -> Result<(User, TryKeys), SignInRefusal> {
        if password.expose_secret().is_empty() {
            return Err(SignInRefusal::Incomplete);
        }
        let ticket = self.hasher.admit()?;
        let id = &session.user_id;
        let found = users::find_credentials_by_id(&mut self.store.read().await?, id).await?;
        let found = found.ok_or(SignInRefusal::SessionIsOver)?;
        let keys = TryKeys::of_session(&session.sid, id);
        let tries = self.count_password(&keys, requester).await?;
        let stored = found.password_hash.as_ref();
        let verdict = self.hasher.verify(ticket, password, stored).await?;
        if verdict.is_right && tries.may_match {
            Ok((found.user, keys))
        } else {
            Err(self.refuse(Some(&found.user), tries.here, requester).await?)
        }
    }
}

async fn record_proof(
    tx: &mut Tx,
    session: &Session,
    requester: &Requester,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = AuditEvent::success(AuditKind::SignedIn).of(&session.user_id).from(requester);
    let event = event.in_session(&session.sid);
    let event = event.with(serde_json::json!({ "reauthenticated": true }));
    audit::record(tx, event, now).await
}
