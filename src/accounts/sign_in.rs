//! Signing in with a password.
//!
//! 1. A place at the hasher is asked for; a full queue turns the request away before it counts.
//! 2. The try is counted against the network, the name in it, and the name: known or not. A browser
//!    that the account knows has a count of its own.
//! 3. The password is compared, with the account's hash or with nobody's, at the same cost. After too
//!    many wrong ones in a row nothing is right, which looks the same.
//! 4. Refused: one line in the trail, whatever the reason. Let through: the counters of the name
//!    are forgotten and the session begins, in one unit of work.

use secrecy::{ExposeSecret as _, SecretString};

use super::admission::{Admission, Applicant, FirstProof, no_browser};
use super::known_browsers::program_of;
use super::password::{Busy, Verdict};
use super::password_tries::TryKeys;
use super::{Accounts, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::canonical_login_name;
use crate::domain::session::{Proof, Session};
use crate::domain::user::User;
use crate::domain::{Requester, TokenDigest};
use crate::store::sessions::{self, NewSession};
use crate::store::users::{self, Credentials};
use crate::store::{StoreError, Tx, browser_accounts, unverified_users};

/// Sessions of one person beside the newest, which a list can show; of more, the ones unused for longest
/// end.
const MOST_SESSIONS: i64 = 99;
/// From so many wrong passwords on the page points to the reset: the first may be a slip.
const TRIES_BEFORE_ADVICE: i64 = 2;
/// No name is longer: an address has at most 254 bytes, a username 64 characters.
const MOST_LOGIN_BYTES: usize = 512;

/// What the sign-in form sends.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// An address or a username, as typed.
    pub login: String,
    /// The password, as typed.
    pub password: SecretString,
    /// "Keep me signed in".
    pub remember: bool,
    /// Digest of the browser's own cookie, where there is a browser.
    pub browser_digest: Option<TokenDigest>,
    /// Digest of the token that says who trusts it, where it has one.
    pub trust_digest: Option<TokenDigest>,
    /// Whether who signed up and never verified their address is told so: whoever signs up and then in
    /// sees by it whether the address was registered before.
    pub tells_unclaimed: bool,
}

/// Somebody is signed in; the session has no cookie yet.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// To be attached to a cookie by `store::sessions::attach`.
    pub session: Session,
    /// Who.
    pub user: User,
}

/// A session to be begun.
#[derive(Clone, Copy)]
pub(super) struct Begin<'begin> {
    /// Whose.
    pub(super) user: &'begin User,
    /// "Keep me signed in".
    pub(super) remembered: bool,
    /// From where.
    pub(super) requester: &'begin Requester,
    /// What they proved.
    pub(super) proof: &'begin Proof,
    /// Their browser, which the account knows from now on; a program has none.
    pub(super) browser: Option<&'begin TokenDigest>,
    /// Whether its owner is told of a sign-in in a browser that the account does not know. Not
    /// where the same act sends another mail.
    pub(super) is_told: bool,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefusal {
    /// The name or the password was not typed: no try at anybody's account.
    #[error("the name or the password is missing")]
    Incomplete,
    /// Unknown, wrong, blocked or without a password: nobody is told which.
    #[error("the name or the password is not right")]
    WrongCredentials {
        /// Whether it was wrong often enough to point to the reset.
        advise_reset: bool,
    },
    /// Too many tries.
    #[error("too many tries")]
    Throttled {
        /// When to come back.
        retry_after_seconds: i64,
    },
    /// Too many wrong passwords by this name without a right one between them: this one was not
    /// compared. Told as a wrong one, since strangers must not see when that ends.
    #[error("too many wrong passwords in a row by this name")]
    NotCompared {
        /// Whether it was wrong often enough to point to the reset.
        advise_reset: bool,
    },
    /// The same where the account was signed in to before.
    #[error("too many wrong passwords in a row")]
    TooManyInARow {
        /// When they are forgotten, if no new password is set before.
        retry_after_seconds: i64,
    },
    /// The hasher's queue is full.
    #[error("too many passwords are being checked just now")]
    Busy,
    /// The password is right, but the address was never verified: lead there.
    #[error("the address is not verified")]
    EmailNotVerified {
        /// Who.
        user: Box<User>,
    },
    /// The session that asked for the proof ended meanwhile.
    #[error("the session is over")]
    SessionIsOver,
    /// Ours.
    #[error(transparent)]
    Fault(super::AccountsFault),
}
faults_into!(SignInRefusal);

impl SignInRefusal {
    fn not_compared(self) -> Self {
        match self {
            Self::WrongCredentials { advise_reset } => Self::NotCompared { advise_reset },
            other => other,
        }
    }
}

impl From<Busy> for SignInRefusal {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

impl Accounts {
    /// Signs a person in with their password.
    ///
    /// # Errors
    ///
    /// With why nobody is signed in.
    pub async fn sign_in(
        &self,
        form: SignIn,
        requester: &Requester,
    ) -> Result<Admission, SignInRefusal> {
        if form.login.trim().is_empty() || form.password.expose_secret().is_empty() {
            return Err(SignInRefusal::Incomplete);
        }
        let ticket = self.hasher.admit()?;
        let name = login_name(&form.login);
        let keys = self.try_keys(&name, form.browser_digest.as_ref(), requester).await?;
        let tries = self.count_password(&keys, requester).await?;
        let credentials = users::find_credentials(&mut self.store.read().await?, &name).await?;
        let stored = credentials.as_ref().and_then(|found| found.password_hash.as_ref());
        let verdict = self.hasher.verify(ticket, &form.password, stored).await?;
        let credentials = match credentials {
            Some(found)
                if verdict.is_right
                    && tries.may_match
                    && self.may_sign_in(&found.user, form.tells_unclaimed) =>
            {
                found
            }
            other => {
                let user = other.map(|found| found.user);
                let refusal = self.refuse(user.as_ref(), tries.here, requester).await?;
                return Err(if tries.may_match { refusal } else { refusal.not_compared() });
            }
        };
        let credentials = self.rehash(credentials, verdict, &form.password).await;
        self.let_in(credentials, &form, &keys, requester).await
    }

    /// An account that nobody has claimed yet is as none, where it is not to be told.
    fn may_sign_in(&self, user: &User, tells_unclaimed: bool) -> bool {
        let is_nobodys =
            self.settings.email_verification_is_required && user.is_unclaimed() && !tells_unclaimed;
        !user.is_blocked() && !is_nobodys
    }

    pub(super) async fn refuse(
        &self,
        user: Option<&User>,
        tries: i64,
        requester: &Requester,
    ) -> Result<SignInRefusal, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mut event = AuditEvent::failure(AuditKind::SignedIn).from(requester);
        event.user_id = user.map(|user| user.id.clone());
        audit::record(&mut tx, event, now).await?;
        tx.commit().await?;
        Ok(SignInRefusal::WrongCredentials { advise_reset: tries >= TRIES_BEFORE_ADVICE })
    }

    /// Hashes a right password again where today's cost is another. Not worth a refusal: a full
    /// queue leaves it for next time.
    async fn rehash(
        &self,
        mut credentials: Credentials,
        verdict: Verdict,
        password: &SecretString,
    ) -> (Credentials, Option<super::PasswordHashChange>) {
        let (true, Ok(ticket), Some(old)) =
            (verdict.wants_rehash, self.hasher.admit(), credentials.password_hash.take())
        else {
            return (credentials, None);
        };
        let new = self.hasher.hash(ticket, password).await.ok();
        (credentials, new.map(|new| super::PasswordHashChange { old, new }))
    }

    async fn let_in(
        &self,
        (credentials, change): (Credentials, Option<super::PasswordHashChange>),
        form: &SignIn,
        keys: &TryKeys,
        requester: &Requester,
    ) -> Result<Admission, SignInRefusal> {
        let mut user = credentials.user;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        keys.forget(&mut tx, &user).await?;
        // Before the browsers that know the account, as everywhere.
        unverified_users::hold(&mut tx, Some(&user.id)).await?;
        if let Some(change) = change {
            users::replace_hash(&mut tx, &user.id, &change.old, &change.new).await?;
        }
        self.note_leaked_password(&mut tx, &mut user, (&form.password, requester), now).await?;
        if self.settings.email_verification_is_required && user.email_verified_at.is_none() {
            let event = AuditEvent::failure(AuditKind::SignedIn).of(&user.id).from(requester);
            let event = event.with(serde_json::json!({ "reason": "email_not_verified" }));
            audit::record(&mut tx, event, now).await?;
            tx.commit().await?;
            return Err(SignInRefusal::EmailNotVerified { user: Box::new(user) });
        }
        let applicant = Applicant {
            user: &user,
            first: FirstProof::Password,
            remembered: form.remember,
            browser: form.browser_digest.as_ref(),
            trust: form.trust_digest.as_ref(),
            requester,
            session: None,
        };
        let Some(admission) = self.admit(&mut tx, &applicant, now).await? else {
            // Blocked, or another password, since it was compared.
            return Err(SignInRefusal::WrongCredentials { advise_reset: false });
        };
        tx.commit().await?;
        Ok(admission)
    }

    /// Begins a session in the caller's unit of work; `None` where the person was blocked, or
    /// their generation rose, since they were read. Only the gate and what it lets through come
    /// here: what a browser keeps of an account, it keeps of whole sign-ins alone.
    pub(super) async fn begin_session(
        &self,
        tx: &mut Tx,
        begin: &Begin<'_>,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let Begin { user, remembered, requester, proof, browser, is_told } = *begin;
        let (idle, absolute) = self.settings.sessions.of(remembered);
        let new = NewSession {
            user_id: &user.id,
            generation: user.generation,
            remembered,
            proof,
            requester,
            expires: (now.plus(idle.min(absolute)), now.plus(absolute)),
        };
        let Some(session) = sessions::insert(tx, &new, now).await? else {
            return Ok(None);
        };
        let program = program_of(requester);
        let browser = browser.filter(|browser| **browser != no_browser());
        let device = browser.unwrap_or(&program);
        self.note_browser(tx, user, (device, is_told), requester, now).await?;
        if let Some(browser) = browser.filter(|_| remembered) {
            browser_accounts::remember(tx, browser, &user.id, now).await?;
        }
        users::record_login(tx, &user.id, requester.ip, now).await?;
        sessions::keep_newest(tx, &user.id, &session.sid, MOST_SESSIONS).await?;
        let event = AuditEvent::success(AuditKind::SignedIn);
        let event = event.of(&user.id).in_session(&session.sid).from(requester);
        audit::record(tx, event, now).await?;
        Ok(Some(session))
    }
}

/// The compared form of a typed name. What cannot be anybody's becomes a name that nobody has,
/// and is counted like the others.
fn login_name(typed: &str) -> String {
    if typed.len() > MOST_LOGIN_BYTES || typed.contains('\0') {
        return "\u{fffd}".to_owned();
    }
    canonical_login_name(typed)
}
