//! Signing in with a passkey alone: it says who it is, and one who is signed in may prove it again.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, Passkey as Credential, PublicKeyCredential,
};

use super::super::recover::end_for_given_factor;
use super::super::second_factor::{FactorRefusal, forget_tries};
use super::super::sign_in::{Begin, SignedIn};
use super::super::{Accounts, password_tries};
use super::{
    Assertion, BegunCeremony, PresentedPasskey, accepted, broken, presented, read, stored,
};
use crate::audit;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::second_factor::FactorKind;
use crate::domain::session::{Proof, Session};
use crate::domain::user::User;
use crate::domain::{JsonList, Requester, TokenDigest, UserId};
use crate::store::{passkeys, sessions, unverified_users, users};
use crate::throttle::{Decision, ThrottleKey};

impl Accounts {
    /// Begins to ask for any passkey, so that it says who signs in.
    ///
    /// # Errors
    ///
    /// `NotUsable` where passkeys cannot be used; `Throttled` where one network asks too often.
    pub async fn begin_discovery(
        &self,
        browser: &TokenDigest,
        requester: &Requester,
    ) -> Result<BegunCeremony, FactorRefusal> {
        let party = self.relying_party().ok_or(FactorRefusal::NotUsable)?;
        let key = ThrottleKey::by_network("passkey", requester);
        let limit = self.settings.limits.requests_by_network;
        if let Decision::Refused { retry_after_seconds, .. } =
            self.count(&[(key, limit)], requester).await?
        {
            return Err(FactorRefusal::Throttled { retry_after_seconds });
        }
        let (options, state) =
            party.start_discoverable_authentication().map_err(|error| broken(&error))?;
        Ok(self.keep_ceremony("discovery", None, browser, (&state, &options)).await?)
    }

    /// Signs a person in with a passkey alone.
    ///
    /// # Errors
    ///
    /// `Wrong`, whatever is not right.
    pub async fn sign_in_by_passkey(
        &self,
        answer: &Assertion,
        remembered: bool,
        browser: &TokenDigest,
        requester: &Requester,
    ) -> Result<SignedIn, FactorRefusal> {
        let state = self.begun_discovery(answer, browser).await?;
        let Some((user, presented)) = self.discovered(answer, state).await? else {
            return self.refuse_passkey((AuditKind::SignedIn, None), requester).await;
        };
        let is_unverified =
            self.settings.email_verification_is_required && user.email_verified_at.is_none();
        if user.is_blocked() || is_unverified {
            return self.refuse_passkey((AuditKind::SignedIn, Some(&user.id)), requester).await;
        }
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        // As after a right password: wrong ones of before shut nobody out any more.
        password_tries::forget_in_a_row(&mut tx, &user).await?;
        unverified_users::hold(&mut tx, Some(&user.id)).await?;
        let PresentedPasskey { passkey, credential } = &presented;
        if !passkeys::note_use(&mut tx, passkey, credential, now).await? {
            drop(tx);
            return self.refuse_passkey((AuditKind::SignedIn, Some(&user.id)), requester).await;
        }
        forget_tries(&mut tx, &user).await?;
        end_for_given_factor(&mut tx, &user, passkey.created_at, now).await?;
        let proof = Proof::with_factor(&JsonList::default(), FactorKind::Passkey);
        let begin = Begin {
            user: &user,
            remembered,
            requester,
            proof: &proof,
            browser: Some(browser),
            is_told: true,
        };
        let Some(session) = self.begin_session(&mut tx, &begin, now).await? else {
            return Err(FactorRefusal::Wrong);
        };
        tx.commit().await?;
        Ok(SignedIn { session, user })
    }

    /// Proves who is signed in by a passkey of theirs, before something grave in their account, or
    /// at an application's wish (`is_sign_in`).
    ///
    /// # Errors
    ///
    /// `Wrong`, whatever is not right.
    pub async fn reauthenticate_by_passkey(
        &self,
        (session, is_sign_in): (&Session, bool),
        answer: &Assertion,
        browser: &TokenDigest,
        requester: &Requester,
    ) -> Result<SignedIn, FactorRefusal> {
        let state = self.begun_discovery(answer, browser).await?;
        let found = self.discovered(answer, state).await?;
        let own = found.filter(|(user, _)| user.id == session.user_id && !user.is_blocked());
        let refused = (AuditKind::SecondFactorGiven, Some(&session.user_id));
        let Some((user, presented)) = own else {
            return self.refuse_passkey(refused, requester).await;
        };
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        password_tries::forget_in_a_row(&mut tx, &user).await?;
        // Whoever threw this session out meanwhile, or took it along without this cookie, was faster.
        if !sessions::hold(&mut tx, session).await? {
            return Err(FactorRefusal::Over);
        }
        let PresentedPasskey { passkey, credential } = &presented;
        if !passkeys::note_use(&mut tx, passkey, credential, now).await? {
            drop(tx);
            return self.refuse_passkey(refused, requester).await;
        }
        forget_tries(&mut tx, &user).await?;
        end_for_given_factor(&mut tx, &user, passkey.created_at, now).await?;
        let proof = Proof::with_factor(&JsonList::default(), FactorKind::Passkey);
        let of = (&session.sid, session.generation);
        let session = if is_sign_in {
            sessions::reauthenticate(&mut tx, of, (&proof, None), now).await?
        } else {
            let proof = Proof::with_factor(&session.amr, FactorKind::Passkey);
            sessions::step_up(&mut tx, of, (&proof, None), now).await?
        };
        let session = session.ok_or(FactorRefusal::Over)?;
        let event = AuditEvent::success(AuditKind::SecondFactorGiven).of(&user.id).from(requester);
        audit::record(&mut tx, event.about_factor(FactorKind::Passkey), now).await?;
        tx.commit().await?;
        Ok(SignedIn { session, user })
    }

    /// The discovery that this browser began. What answers none is refused and leaves nothing: only
    /// beginning is counted, and the trail is kept for long.
    async fn begun_discovery(
        &self,
        answer: &Assertion,
        browser: &TokenDigest,
    ) -> Result<DiscoverableAuthentication, FactorRefusal> {
        let place = (&answer.handle, browser);
        self.take_ceremony("discovery", place, None).await?.ok_or(FactorRefusal::Wrong)
    }

    /// Who answered a discovery, where the signature is right.
    async fn discovered(
        &self,
        answer: &Assertion,
        state: DiscoverableAuthentication,
    ) -> Result<Option<(User, PresentedPasskey)>, FactorRefusal> {
        let party = self.relying_party().ok_or(FactorRefusal::NotUsable)?;
        let response: Option<PublicKeyCredential> = read(&answer.credential);
        let Some(response) = response else { return Ok(None) };
        let Ok((handle, id)) = party.identify_discoverable_authentication(&response) else {
            return Ok(None);
        };
        let id = BASE64_URL_SAFE_NO_PAD.encode(id);
        let mut tx = self.store.read().await?;
        let owner = passkeys::owner_of(&mut tx, &handle.to_string()).await?;
        let passkey = passkeys::find_by_credential(&mut tx, &id).await?;
        let passkey = passkey.filter(|passkey| !passkey.is_second_only);
        let (Some(owner), Some(passkey)) = (owner, passkey) else { return Ok(None) };
        let user = users::find(&mut tx, &owner).await?;
        drop(tx);
        let Some(user) = user.filter(|user| user.id == passkey.user_id) else { return Ok(None) };
        let credential: Credential = stored(&passkey)?;
        let done = party.finish_discoverable_authentication_v2(&response, state, &credential);
        let done = accepted(done).filter(AuthenticationResult::user_verified);
        let Some(result) = done else { return Ok(None) };
        Ok(Some((user, presented(passkey, &result)?)))
    }

    async fn refuse_passkey<T>(
        &self,
        (kind, user_id): (AuditKind, Option<&UserId>),
        requester: &Requester,
    ) -> Result<T, FactorRefusal> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mut event = AuditEvent::failure(kind).from(requester);
        event.user_id = user_id.cloned();
        audit::record(&mut tx, event.about_factor(FactorKind::Passkey), now).await?;
        tx.commit().await?;
        Err(FactorRefusal::Wrong)
    }
}
