//! Another password before a sign-in opens anything: an operator wants it, or the one that was
//! typed is on lists of leaked passwords.
//!
//! 1. The password is right, and the second factor was given where there is one. Instead of a
//!    session there is a handle, good in the same browser for choosing a password, and for nothing
//!    else.
//! 2. The chosen password uses the handle up by one conditional UPDATE, raises the generation as
//!    any change of the password does, and begins the session with what was proved before.
//!
//! The mark concerns the password: who signs in with a passkey alone goes on, and is reminded.

use secrecy::{ExposeSecret as _, SecretString};

use super::admission::{MOST_WAITING, no_browser};
use super::change_password::withdraw_links;
use super::password::{Busy, HashingTicket};
use super::password_policy::PasswordProblem;
use super::password_tries;
use super::sign_in::{Begin, SignedIn};
use super::{Accounts, AccountsFault, LeakedPasswords, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::session::{Proof, Session};
use crate::domain::token::FLOW_PREFIX;
use crate::domain::user::{NewPasswordReason, User};
use crate::domain::{PlainToken, Requester, SessionId, TokenDigest};
use crate::store::password_renewals::{self, PasswordRenewal};
use crate::store::{StoreError, Tx, sessions, trusted_browsers, unverified_users, users};
use crate::throttle::{Decision, Limit, ThrottleKey};

/// Passwords that one person may have judged.
const TRIES: Limit = Limit::new(20, 15 * 60);

/// Why a password was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RenewalRefusal {
    /// The sign-in is over, was gone on with, or is another browser's: begin again.
    #[error("there is no sign-in that waits for another password")]
    Over,
    /// There is no password.
    #[error("the password is missing")]
    PasswordMissing,
    /// It is the one that has to go.
    #[error("this is the password that has to go")]
    PasswordUnchanged,
    /// The policy refuses the password.
    #[error("the password cannot be used: {0}")]
    Password(PasswordProblem),
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
    Fault(AccountsFault),
}
faults_into!(RenewalRefusal);

impl From<Busy> for RenewalRefusal {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// A sign-in that waits for another password.
#[derive(Clone, Debug)]
pub struct RenewalView {
    /// Whose.
    pub user: User,
    /// Why.
    pub reason: NewPasswordReason,
}

/// A sign-in that was proved in full, with a password that has to go.
pub(super) struct ProvedSignIn<'proved> {
    /// Who.
    pub(super) user: &'proved User,
    /// What they proved.
    pub(super) proof: &'proved Proof,
    /// Their browser.
    pub(super) browser: Option<&'proved TokenDigest>,
    /// The session that goes on, where one does.
    pub(super) sid: Option<&'proved SessionId>,
    /// "Keep me signed in".
    pub(super) remembered: bool,
    /// The token of the browser, where they asked not to be asked for a second factor in it again.
    pub(super) trust: Option<&'proved TokenDigest>,
}

impl Accounts {
    /// Why the person has to choose another password at a sign-in with the one they have.
    #[must_use]
    pub fn new_password_reason(&self, user: &User) -> Option<NewPasswordReason> {
        let is_asked = |reason: &NewPasswordReason| match reason {
            NewPasswordReason::Operator => true,
            NewPasswordReason::Leaked => self.settings.passwords.leaked_ones_have_to_go,
        };
        user.new_password_reason.filter(is_asked)
    }

    /// Notes at a sign-in that the password, which was right, is on lists of leaked ones.
    pub(super) async fn note_leaked_password(
        &self,
        tx: &mut Tx,
        user: &mut User,
        (password, requester): (&SecretString, &Requester),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let is_leaked = self.settings.passwords.leaked_ones_have_to_go
            && LeakedPasswords::embedded_has(password.expose_secret());
        if is_leaked && password_renewals::note_leak(tx, &user.id, user.generation).await? {
            let reason = NewPasswordReason::Leaked;
            user.new_password_reason = Some(reason);
            let event = AuditEvent::success(AuditKind::NewPasswordRequired);
            let event = event.of(&user.id).from(requester);
            let event = event.with(serde_json::json!({ "reason": reason.as_str() }));
            audit::record(tx, event, now).await?;
        }
        Ok(())
    }

    /// Begins to wait for another password.
    pub(super) async fn wait_for_new_password(
        &self,
        tx: &mut Tx,
        proved: &ProvedSignIn<'_>,
        now: Timestamp,
    ) -> Result<PlainToken, StoreError> {
        let handle = PlainToken::generate(FLOW_PREFIX);
        let factors = &self.settings.factors;
        let row = PasswordRenewal {
            handle_digest: handle.digest(),
            user_id: proved.user.id.clone(),
            generation: proved.user.generation,
            browser_digest: proved.browser.cloned().unwrap_or_else(no_browser),
            sid: proved.sid.cloned(),
            acr: proved.proof.level.acr().to_owned(),
            amr: proved.proof.methods.clone(),
            remembered: proved.remembered,
            trusted_until: proved.trust.map(|_| now.plus(factors.trust_lifetime)),
            trust_digest: proved.trust.cloned(),
            created_at: now,
            expires_at: now.plus(factors.challenge_lifetime),
            used_at: None,
        };
        password_renewals::insert(tx, &row).await?;
        let (of, newest) = (&row.user_id, &row.handle_digest);
        password_renewals::keep_newest(tx, of, newest, MOST_WAITING).await?;
        Ok(handle)
    }

    /// A sign-in of this browser that waits for another password; `None` where it is over.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn renewal_view(
        &self,
        handle: &PlainToken,
        browser: &TokenDigest,
    ) -> Result<Option<RenewalView>, StoreError> {
        let mut tx = self.store.read().await?;
        let user = self.waiting_for_renewal(&mut tx, handle, browser).await?;
        Ok(user.and_then(|user| {
            let reason = self.new_password_reason(&user)?;
            Some(RenewalView { user, reason })
        }))
    }

    /// Sets the password that a person chose to go on with their sign-in, which becomes whole, once.
    ///
    /// # Errors
    ///
    /// With why nobody is signed in.
    pub async fn renew_password(
        &self,
        handle: &PlainToken,
        password: &SecretString,
        browser: &TokenDigest,
        requester: &Requester,
    ) -> Result<SignedIn, RenewalRefusal> {
        let ticket = self.hasher.admit()?;
        let view = self.renewal_view(handle, browser).await?.ok_or(RenewalRefusal::Over)?;
        let user = view.user;
        let tries = [(ThrottleKey::new("renew_password", user.id.as_str()), TRIES)];
        if let Decision::Refused { retry_after_seconds, .. } = self.count(&tries, requester).await?
        {
            return Err(RenewalRefusal::Throttled { retry_after_seconds });
        }
        if password.expose_secret().is_empty() {
            return Err(RenewalRefusal::PasswordMissing);
        }
        let own = user.own_words();
        if let Some(problem) = self.password_problems(password, &own).await?.into_iter().next() {
            return Err(RenewalRefusal::Password(problem));
        }
        if self.is_current_password(self.hasher.admit()?, &user, password).await? {
            return Err(RenewalRefusal::PasswordUnchanged);
        }
        let hash = self.hasher.hash(ticket, password).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        // Counters before accounts, as at sign-in, so that no two wait for one another.
        password_tries::forget_all(&mut tx, &user, Some(requester)).await?;
        unverified_users::hold(&mut tx, Some(&user.id)).await?;
        let spent = password_renewals::spend(&mut tx, &handle.digest(), now).await?;
        let row = spent.ok_or(RenewalRefusal::Over)?;
        let change = (row.generation, &hash);
        let changed = users::change_password(&mut tx, &row.user_id, change, now).await?;
        let user = changed.ok_or(RenewalRefusal::Over)?;
        let session = self.go_on_after_renewal(&mut tx, &row, &user, requester, now).await?;
        let session = session.ok_or(RenewalRefusal::Over)?;
        self.tell_of_new_password(&mut tx, &user, Some(requester), now).await?;
        let event = AuditEvent::success(AuditKind::PasswordChanged).of(&user.id).from(requester);
        let event = event.in_session(&session.sid);
        let event = event.with(serde_json::json!({ "reason": view.reason.as_str() }));
        audit::record(&mut tx, event, now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(SignedIn { session, user })
    }

    /// Ends what the old password opened, and begins the session, or lets it go on. `None` where
    /// it is over.
    async fn go_on_after_renewal(
        &self,
        tx: &mut Tx,
        row: &PasswordRenewal,
        user: &User,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        sessions::end_others(tx, &user.id, row.sid.as_ref()).await?;
        withdraw_links(tx, &user.id, now).await?;
        let (proof, browser) = (row.proof(), &row.browser_digest);
        if let (Some(until), Some(trust)) = (row.trusted_until, &row.trust_digest) {
            trusted_browsers::trust(tx, trust, user, until, now).await?;
            let event = AuditEvent::success(AuditKind::BrowserTrusted).of(&user.id);
            audit::record(tx, event.from(requester), now).await?;
        }
        if let Some(sid) = &row.sid {
            if let Some(session) = sessions::find(tx, sid).await? {
                sessions::follow(tx, &session, user.generation, now).await?;
            }
            return sessions::reauthenticate(tx, (sid, user.generation), (&proof, None), now).await;
        }
        let begin = Begin {
            user,
            remembered: row.remembered,
            requester,
            proof: &proof,
            browser: Some(browser),
            // The mail about the new password says where it was chosen.
            is_told: false,
        };
        self.begin_session(tx, &begin, now).await
    }

    /// Whether a password that somebody chose is the very one they have. Costs as much as a
    /// sign-in: to be asked only where one has to.
    pub(super) async fn is_current_password(
        &self,
        ticket: HashingTicket,
        user: &User,
        password: &SecretString,
    ) -> Result<bool, AccountsFault> {
        let mut tx = self.store.read().await?;
        let found = users::find_credentials_by_id(&mut tx, &user.id).await?;
        drop(tx);
        let stored = found.and_then(|found| found.password_hash);
        Ok(self.hasher.verify(ticket, password, stored.as_ref()).await?.is_right)
    }

    async fn waiting_for_renewal(
        &self,
        tx: &mut Tx,
        handle: &PlainToken,
        browser: &TokenDigest,
    ) -> Result<Option<User>, StoreError> {
        let (digest, now) = (handle.digest(), self.clock.now());
        let Some(row) = password_renewals::find_open(tx, &digest, browser, now).await? else {
            return Ok(None);
        };
        let user = users::find(tx, &row.user_id).await?;
        Ok(user.filter(|user| !user.is_blocked() && user.generation == row.generation))
    }
}
