//! A new password for somebody who forgot theirs, by the link of a mail.
//!
//! 1. Whoever asks gets the same page, after the same work, whether somebody has the address or
//!    not. The mail goes to the stored address, never to the typed one.
//! 2. Opening the link changes nothing: mail scanners open links too.
//! 3. A chosen password uses the link up by one conditional UPDATE and raises the generation: every
//!    session, grant and earlier link of the person ends with it.
//!
//! Reading the mail proves the address, so that a reset also verifies it: whoever signed up with
//! somebody else's address loses the account to its owner.

use secrecy::{ExposeSecret as _, SecretString};

use super::admission::{Admission, Applicant};
use super::notice::{asked, own_name};
use super::password::Busy;
use super::password_policy::PasswordProblem;
use super::password_tries;
use super::second_factor::{record_superseded, remove_every_factor};
use super::tickets::still_good;
use super::verification_stage::take_turn;
use super::{Accounts, AccountsFault, faults_into, request_handle};
use crate::audit;
use crate::clock::Timestamp;
use crate::delivery::{self, MailTemplate, Message};
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::EmailAddress;
use crate::domain::session::Session;
use crate::domain::token::{FLOW_PREFIX, LINK_PREFIX};
use crate::domain::user::User;
use crate::domain::{PasswordHash, PlainToken, Requester, TokenDigest, UserId};
use crate::random;
use crate::store::password_resets::{self, PasswordReset};
use crate::store::{StoreError, Tx, email_verifications, sessions, unverified_users, users};
use crate::throttle::{Decision, Limit, ThrottleKey};

/// Passwords that may be tried with one link.
const TRIES_OF_A_LINK: Limit = Limit::new(20, 15 * 60);

/// What the form of a forgotten password sends.
#[derive(Clone, Debug)]
pub struct ForgottenPassword {
    /// The address, as typed.
    pub email: String,
    /// Digest of the browser's own cookie.
    pub browser_digest: TokenDigest,
    /// The authorization request that goes on afterwards.
    pub request_handle: Option<PlainToken>,
    /// The language of the mail, where the person has chosen none.
    pub locale: String,
    /// Whether the application asked for that language: then it goes before that of the account.
    pub locale_was_asked_for: bool,
}

/// Why no link was asked for. None of it depends on who has an account.
#[derive(Debug, thiserror::Error)]
pub enum ForgottenPasswordRefusal {
    /// There is no address.
    #[error("the address is missing")]
    EmailMissing,
    /// It is no address.
    #[error("this is no e-mail address")]
    EmailMalformed,
    /// Too many, from one network.
    #[error("too many tries")]
    Throttled {
        /// When to come back.
        retry_after_seconds: i64,
    },
    /// Ours.
    #[error(transparent)]
    Fault(AccountsFault),
}
faults_into!(ForgottenPasswordRefusal);

/// A link was asked for; the same whoever has the address.
#[derive(Clone, Debug)]
pub struct AskedForLink {
    /// The handle of the page that says where to look.
    pub handle: PlainToken,
    /// Whether a new link is on its way. Where not, the newest of those before is still good.
    pub is_new: bool,
}

/// Why a link leads to no new password.
#[derive(Debug, thiserror::Error)]
pub enum PasswordResetRefusal {
    /// No such link.
    #[error("there is no such link")]
    Unknown,
    /// Its time is over.
    #[error("the link has expired")]
    Expired,
    /// It was used.
    #[error("the link was used already")]
    Used,
    /// A later mail counts, or the password was changed since.
    #[error("something later took its place")]
    Superseded,
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
    /// Too many passwords were tried with this link.
    #[error("too many tries")]
    Throttled {
        /// When to come back.
        retry_after_seconds: i64,
    },
    /// Ours.
    #[error(transparent)]
    Fault(AccountsFault),
}
faults_into!(PasswordResetRefusal);

impl From<Busy> for PasswordResetRefusal {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// What a link is good for.
#[derive(Clone, Debug)]
pub struct ResetView {
    /// Whose password it changes.
    pub user: User,
    /// Whether it is their first one.
    pub is_invitation: bool,
}

/// The new password holds, and its owner is signed in.
#[derive(Clone, Debug)]
pub struct PasswordWasReset {
    /// The session, or the second factor that is asked for first.
    pub admission: Admission,
    /// The authorization request that goes on, where this is the browser that began it.
    pub request_handle: Option<PlainToken>,
}

impl Accounts {
    /// Asks for a link to a new password. Where the address had many, no other goes out, and the
    /// newest stays good: a stranger who asks for it often must not take the link from its owner.
    /// Where the newest was used or withdrawn, one goes out all the same, and whoever asks is not
    /// told: it tells what the owner did.
    ///
    /// # Errors
    ///
    /// With what is wrong; never with whether somebody has the address.
    pub async fn forgot_password(
        &self,
        form: ForgottenPassword,
        requester: &Requester,
    ) -> Result<AskedForLink, ForgottenPasswordRefusal> {
        if form.email.trim().is_empty() {
            return Err(ForgottenPasswordRefusal::EmailMissing);
        }
        let email: EmailAddress =
            form.email.parse().map_err(|_| ForgottenPasswordRefusal::EmailMalformed)?;
        let by_network = ThrottleKey::by_network("send", requester);
        let tries = [(by_network, self.settings.limits.sends_by_network)];
        if let Decision::Refused { retry_after_seconds, .. } = self.count(&tries, requester).await?
        {
            return Err(ForgottenPasswordRefusal::Throttled { retry_after_seconds });
        }
        let is_new = self.has_room_for_reset(email.canonical(), requester).await?;
        let (handle, link) = (PlainToken::generate(FLOW_PREFIX), PlainToken::generate(LINK_PREFIX));
        let now = self.clock.now();
        let request = form.request_handle.as_ref();
        let mut row = PasswordReset {
            id: random::ulid(now),
            handle_digest: handle.digest(),
            user_id: None,
            generation: 0,
            email: email.as_str().to_owned(),
            request_handle_sealed: request_handle::seal(&self.kek, &handle.digest(), request)?,
            browser_digest: form.browser_digest,
            link_digest: link.digest(),
            created_at: now,
            expires_at: now.plus(self.settings.password_reset_lifetime),
            used_at: None,
            superseded_at: None,
            is_invitation: false,
            was_asked_for: true,
            machine_id: None,
            machine_scopes: None,
            proves_address: true,
        };
        let mut tx = self.store.begin().await?;
        // Whoever has the address or not: else those who ask at once would wait where it is registered.
        take_turn(&mut tx, email.canonical()).await?;
        let has_no_live_link = self.has_no_live_link(&mut tx, &email, now).await?;
        // Otherwise the page behind the handle is all there is, after the same work: its link is in
        // no mail.
        let addressee = if is_new || has_no_live_link { email.canonical() } else { "" };
        let wish = (addressee, form.locale.as_str(), form.locale_was_asked_for);
        self.write_link(&mut tx, &mut row, (&link, wish), requester).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(AskedForLink { handle, is_new })
    }

    /// Whether the address has an owner, and no link that was mailed to them is good any more.
    async fn has_no_live_link(
        &self,
        tx: &mut Tx,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let found = users::find_credentials(tx, email.canonical()).await?;
        // Of an account that nobody claimed, whoever signs up with its address ends the links.
        let is_owned = |user: &User| !user.is_blocked() && user.email_verified_at.is_some();
        let user = found.map(|found| found.user).filter(is_owned);
        let has_live = password_resets::has_live(tx, user.as_ref(), now).await?;
        Ok(user.is_some() && !has_live)
    }

    /// Puts a new link in the place of earlier ones of whoever has the address `addressee`.
    async fn write_link(
        &self,
        tx: &mut Tx,
        row: &mut PasswordReset,
        (link, (addressee, locale, was_asked_for)): (&PlainToken, (&str, &str, bool)),
        requester: &Requester,
    ) -> Result<(), StoreError> {
        let now = row.created_at;
        let found = users::find_credentials(tx, addressee).await?;
        let nobody = UserId::from("");
        let id = found.map_or(nobody, |found| found.user.id);
        unverified_users::hold(tx, Some(&id)).await?;
        // What it is now that nobody else changes it: it may have gone since it was found.
        let user = users::find(tx, &id).await?.filter(|user| !user.is_blocked());
        // An invitation stays good, and so does what ends a way back: a stranger who asks must not
        // shorten it.
        password_resets::supersede_asked_for(tx, &id, now).await?;
        delivery::withdraw(tx, &id, MailTemplate::ResetPassword).await?;
        if let Some(user) = &user {
            row.user_id = Some(user.id.clone());
            row.generation = user.generation;
        }
        password_resets::insert(tx, row).await?;
        let own = user.as_ref().and_then(|user| user.locale.as_deref());
        let locale = own.filter(|_| !was_asked_for).unwrap_or(locale);
        self.send_link(tx, user.as_ref(), row, (link, locale), requester).await?;
        let mut event = AuditEvent::success(AuditKind::PasswordResetRequested).from(requester);
        event.user_id.clone_from(&row.user_id);
        audit::record(tx, event, now).await
    }

    /// A link to our own page.
    pub(super) fn hosted_reset_link(&self, link: &PlainToken) -> String {
        with_token(&format!("{}password/reset", self.settings.issuer), link)
    }

    /// Where somebody has no account, a message is written that nobody will be sent: a stranger
    /// must not tell the two apart by the time they take.
    async fn send_link(
        &self,
        tx: &mut Tx,
        user: Option<&User>,
        row: &PasswordReset,
        (link, locale): (&PlainToken, &str),
        requester: &Requester,
    ) -> Result<(), StoreError> {
        let name = user.map(own_name).unwrap_or_default();
        let link = with_token(&self.settings.password_reset_url, link);
        let parameters = asked(requester, row.created_at)
            .with("name", name)
            .with("link", link)
            .with_time("link_until", row.expires_at);
        let message = Message {
            template: MailTemplate::ResetPassword,
            recipient: user.map_or("", |user| &user.email),
            locale,
            user_id: row.user_id.as_ref(),
            parameters,
            expires_at: row.expires_at,
        };
        self.write_mail_or_nothing(tx, user, &message, row.created_at).await
    }

    /// The address that the window with this handle asked a link for, as typed.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn forgotten_password(
        &self,
        handle: &PlainToken,
        browser: &TokenDigest,
    ) -> Result<Option<String>, StoreError> {
        let mut tx = self.store.read().await?;
        let row = password_resets::find_by_handle(&mut tx, &handle.digest()).await?;
        Ok(row.filter(|row| row.browser_digest == *browser).map(|row| row.email))
    }

    /// Whose password a link changes. Changes nothing.
    ///
    /// # Errors
    ///
    /// With why the link cannot be used.
    pub async fn look_up_reset(
        &self,
        link: &PlainToken,
    ) -> Result<ResetView, PasswordResetRefusal> {
        let mut tx = self.store.read().await?;
        let (row, user) = self.usable_reset(&mut tx, &link.digest()).await?;
        Ok(ResetView { user, is_invitation: row.is_invitation })
    }

    /// What became of the link that a form names, where the browser holds another one by now; `None` where it
    /// is good, and only its token is not here.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn why_not_this_link(
        &self,
        named: &TokenDigest,
    ) -> Result<Option<PasswordResetRefusal>, StoreError> {
        let mut tx = self.store.read().await?;
        match self.usable_reset(&mut tx, named).await {
            Ok(_) => Ok(None),
            Err(PasswordResetRefusal::Fault(AccountsFault::Store(fault))) => Err(fault),
            Err(refusal) => Ok(Some(refusal)),
        }
    }

    /// The authorization request on the way to which a link was asked for, be the link good or not.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn request_of_reset(
        &self,
        link: &TokenDigest,
    ) -> Result<Option<PlainToken>, AccountsFault> {
        let row = password_resets::find_by_link(&mut self.store.read().await?, link).await?;
        let Some(row) = row else { return Ok(None) };
        let sealed = row.request_handle_sealed.as_deref();
        Ok(request_handle::open(&self.kek, &row.handle_digest, sealed)?)
    }

    /// Sets the password that the owner of a link has chosen, and signs them in.
    ///
    /// # Errors
    ///
    /// With why nothing changed.
    pub async fn reset_password(
        &self,
        link: &PlainToken,
        password: &SecretString,
        (browser, session): (&TokenDigest, Option<&Session>),
        requester: &Requester,
    ) -> Result<PasswordWasReset, PasswordResetRefusal> {
        let ticket = self.hasher.admit()?;
        let digest = link.digest();
        // What leads nowhere is not counted: nobody fills the table with links they made up.
        let (_, user) = self.usable_reset(&mut self.store.read().await?, &digest).await?;
        // Judging and hashing a password costs work, and one link would be good for any number.
        let tries = [(ThrottleKey::new("reset_try", digest.as_str()), TRIES_OF_A_LINK)];
        if let Decision::Refused { retry_after_seconds, .. } = self.count(&tries, requester).await?
        {
            return Err(PasswordResetRefusal::Throttled { retry_after_seconds });
        }
        if password.expose_secret().is_empty() {
            return Err(PasswordResetRefusal::PasswordMissing);
        }
        if let Some(problem) =
            self.password_problems(password, &user.own_words()).await?.into_iter().next()
        {
            return Err(PasswordResetRefusal::Password(problem));
        }
        if self.new_password_reason(&user).is_some()
            && self.is_current_password(self.hasher.admit()?, &user, password).await?
        {
            return Err(PasswordResetRefusal::PasswordUnchanged);
        }
        let hash = self.hasher.hash(ticket, password).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        // Counters before accounts, as at sign-in, so that no two wait for one another.
        password_tries::forget_all(&mut tx, &user, Some(requester)).await?;
        unverified_users::hold(&mut tx, Some(&user.id)).await?;
        let (row, user) = self.usable_reset(&mut tx, &digest).await?;
        if password_resets::spend(&mut tx, &row.id, now).await?.is_none() {
            return Err(PasswordResetRefusal::Used);
        }
        // A session that ended meanwhile says nothing of who is there, nor does somebody else's.
        let session = match session.filter(|session| session.user_id == user.id) {
            Some(session) if sessions::hold(&mut tx, session).await? => Some(session),
            _ => None,
        };
        let user = self.replace_password(&mut tx, &user, (&hash, requester), now).await?;
        // Who took an invitation had no password that could have changed.
        if !row.is_invitation {
            self.tell_of_new_password(&mut tx, &user, Some(requester), now).await?;
        }
        let event = AuditEvent::success(AuditKind::PasswordReset).of(&user.id).from(requester);
        let event = event.with(serde_json::json!({ "invited": row.is_invitation }));
        audit::record(&mut tx, event, now).await?;
        let applicant = Applicant::by_mail(&user, (Some(browser), session), requester);
        let admission = self.admit(&mut tx, &applicant, now).await?;
        let admission = admission.ok_or(PasswordResetRefusal::Superseded)?;
        if let Admission::Challenged(_) = admission {
            users::note_password_by_mail(&mut tx, &user.id, Some(now)).await?;
        }
        tx.commit().await?;
        self.bell.ring();
        let sealed = row.request_handle_sealed.as_deref();
        let request_handle = request_handle::open(&self.kek, &row.handle_digest, sealed)?;
        Ok(PasswordWasReset {
            admission,
            request_handle: request_handle.filter(|_| row.browser_digest == *browser),
        })
    }

    /// Everything that a new password ends.
    async fn replace_password(
        &self,
        tx: &mut Tx,
        user: &User,
        (hash, requester): (&PasswordHash, &Requester),
        now: Timestamp,
    ) -> Result<User, PasswordResetRefusal> {
        let proof = (user.email.as_str(), user.generation);
        unverified_users::mark_verified(tx, &user.id, proof, now).await?;
        if user.email_verified_at.is_none() && !user.was_verified {
            // Whoever set them up never showed that the address is theirs.
            let removed = remove_every_factor(tx, &user.id).await?;
            if removed > 0 {
                let what = ("unverified_address", removed);
                record_superseded(tx, &user.id, what, requester, now).await?;
            }
        }
        let changed = users::set_password(tx, &user.id, hash, now).await?;
        let user = changed.ok_or(PasswordResetRefusal::Unknown)?;
        sessions::end_others(tx, &user.id, None).await?;
        email_verifications::supersede_all_of(tx, &user.id, now).await?;
        password_resets::supersede_all_of(tx, Some(&user.id), now).await?;
        for template in
            [MailTemplate::VerifyEmail, MailTemplate::ResetPassword, MailTemplate::Invitation]
        {
            delivery::withdraw(tx, &user.id, template).await?;
        }
        Ok(user)
    }

    async fn usable_reset(
        &self,
        tx: &mut Tx,
        link: &TokenDigest,
    ) -> Result<(PasswordReset, User), PasswordResetRefusal> {
        let found = password_resets::find_by_link(tx, link).await?;
        let row = found.ok_or(PasswordResetRefusal::Unknown)?;
        if row.used_at.is_some() {
            return Err(PasswordResetRefusal::Used);
        }
        if row.superseded_at.is_some() {
            return Err(PasswordResetRefusal::Superseded);
        }
        if row.expires_at <= self.clock.now() {
            return Err(PasswordResetRefusal::Expired);
        }
        let id = row.user_id.as_ref().ok_or(PasswordResetRefusal::Unknown)?;
        let user = users::find(tx, id).await?.ok_or(PasswordResetRefusal::Unknown)?;
        if user.is_blocked() || user.generation != row.generation {
            return Err(PasswordResetRefusal::Superseded);
        }
        let is_of_machine = row.machine_id.as_ref().zip(row.machine_scopes.as_ref());
        let proves_enough = row.proves_address || user.email_verified_at.is_some();
        if !proves_enough || !still_good(tx, &user, is_of_machine).await? {
            return Err(PasswordResetRefusal::Superseded);
        }
        Ok((row, user))
    }
}

/// An address with the token of a link in it; what query it has stays.
fn with_token(address: &str, link: &PlainToken) -> String {
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}token={}", link.expose())
}
