//! The mails that ask whether an address is its reader's.

use secrecy::ExposeSecret as _;

use super::admission::no_browser;
use super::managed_users::ManagedBy;
use super::notice::{asked, own_name};
use super::sending::Shown;
use super::sign_up::SignUp;
use super::{Accounts, AccountsFault, Destination, VerificationRefusal, request_handle};
use crate::clock::Timestamp;
use crate::delivery::{self, MailTemplate, Message};
use crate::domain::email_address::canonical_login_name;
use crate::domain::token::{FLOW_PREFIX, LINK_PREFIX};
use crate::domain::user::User;
use crate::domain::{PasswordHash, PlainToken, Requester, TokenDigest, UserId};
use crate::keys::{KeyEncryptionKey, Purpose, SealError};
use crate::random;
use crate::store::email_verifications::{self, EmailVerification};
use crate::store::{StoreError, Tx, unverified_users, users};
use crate::throttle::{self, Decision, ThrottleKey};

/// Names a verification in the window that began it.
#[derive(Clone, Debug)]
pub struct VerificationHandle(pub PlainToken);

/// Verification for somebody who signed in before they verified their address.
#[derive(Clone, Debug)]
pub struct BeginVerification<'begin> {
    /// Who.
    pub user: &'begin User,
    /// Digest of the browser's own cookie; [`no_browser`] for a program.
    pub browser_digest: TokenDigest,
    /// The authorization request that goes on afterwards.
    pub request_handle: Option<PlainToken>,
    /// The language of the mail.
    pub locale: String,
}

/// What became of an address somebody signed up with.
pub(super) enum Registration {
    /// The account waits for its owner.
    Pending {
        /// The account.
        user: User,
    },
    /// The address was registered before.
    Taken {
        /// Whose it is.
        user: Option<User>,
        /// As typed.
        email: String,
    },
}

/// What stays the same from mail to mail.
pub(super) struct Flow {
    pub(super) handle_digest: TokenDigest,
    pub(super) browser_digest: TokenDigest,
    pub(super) locale: String,
    pub(super) request_handle_sealed: Option<String>,
    /// Name and password of the sign-up.
    pub(super) pending: Option<(Option<String>, PasswordHash)>,
    /// Mails so far.
    pub(super) sends: i64,
    /// Whether the mailbox takes another mail. Where not, all else is the same and none is written.
    pub(super) has_room: bool,
}

impl Flow {
    pub(super) fn new(
        kek: &KeyEncryptionKey,
        form: &SignUp,
        (name, hash): (Option<&str>, &PasswordHash),
    ) -> Result<(VerificationHandle, Self), SealError> {
        let begun = (form.browser_digest.clone(), form.locale.clone());
        let (handle, mut flow) = Self::begin(kek, begun, form.request_handle.as_ref())?;
        flow.pending = Some((name.map(str::to_owned), hash.clone()));
        Ok((handle, flow))
    }

    fn begin(
        kek: &KeyEncryptionKey,
        (browser_digest, locale): (TokenDigest, String),
        request: Option<&PlainToken>,
    ) -> Result<(VerificationHandle, Self), SealError> {
        let handle = PlainToken::generate(FLOW_PREFIX);
        let handle_digest = handle.digest();
        let request_handle_sealed = request_handle::seal(kek, &handle_digest, request)?;
        // A program is known by its handle alone: it shares no later window with any other.
        let is_program = browser_digest == no_browser();
        let browser_digest = if is_program { handle_digest.clone() } else { browser_digest };
        let flow = Self {
            handle_digest,
            browser_digest,
            locale,
            request_handle_sealed,
            pending: None,
            sends: 0,
            has_room: true,
        };
        Ok((VerificationHandle(handle), flow))
    }

    /// The flow that a mail belonged to.
    pub(super) fn of(row: EmailVerification) -> Self {
        Self {
            handle_digest: row.handle_digest,
            browser_digest: row.browser_digest,
            locale: row.locale,
            request_handle_sealed: row.request_handle_sealed,
            pending: row.pending_password_hash.map(|hash| (row.pending_name, hash)),
            sends: row.sends,
            has_room: true,
        }
    }
}

impl Accounts {
    /// Begins the verification of an account whose owner has just given the right password; an
    /// earlier one is superseded.
    ///
    /// # Errors
    ///
    /// `Throttled`, or a fault.
    pub async fn begin_verification(
        &self,
        begin: BeginVerification<'_>,
        requester: &Requester,
    ) -> Result<VerificationHandle, VerificationRefusal> {
        // A program shares no earlier window: a new one is of use only where its mail goes out.
        let is_program = begin.browser_digest == no_browser();
        if is_program {
            self.wait_after_last(begin.user).await?;
        }
        let has_room = self.count_mail(&begin.user.email, Some(&begin.user.id), requester).await?;
        if is_program && !has_room {
            return Err(VerificationRefusal::TooManySends);
        }
        let now = self.clock.now();
        let place = (begin.browser_digest, begin.locale);
        let (handle, mut flow) = Flow::begin(&self.kek, place, begin.request_handle.as_ref())?;
        flow.has_room = has_room;
        let registration = Registration::Pending { user: begin.user.clone() };
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(&begin.user.id)).await?;
        // Whoever signed up with the address since has a mail of their own.
        let found = users::find_credentials_by_id(&mut tx, &begin.user.id).await?;
        let found = found.filter(|found| found.user.generation == begin.user.generation);
        let found = found.ok_or(VerificationRefusal::Superseded)?;
        if begin.user.is_unclaimed() {
            // It stays one that goes away where nobody completes it.
            flow.pending = found.password_hash.map(|hash| (begin.user.name.clone(), hash));
        }
        if has_room {
            // Where no other mail goes out, the last one stays good.
            email_verifications::supersede_all_of(&mut tx, &begin.user.id, now).await?;
        }
        self.send_verification(&mut tx, flow, &registration, requester, now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(handle)
    }

    /// Refuses another mail about an account within the waiting time, before anything is counted.
    async fn wait_after_last(&self, user: &User) -> Result<(), VerificationRefusal> {
        let mut tx = self.store.read().await?;
        let last = email_verifications::last_sent_at(&mut tx, &user.id).await?;
        let due = last.map(|last| last.plus(self.settings.verification.resend_after));
        let retry_after_seconds = due.map_or(0, |due| due.since(self.clock.now()));
        if retry_after_seconds > 0 {
            return Err(VerificationRefusal::TooSoon { retry_after_seconds });
        }
        Ok(())
    }

    /// Counts a mail to an address that somebody names before it is caused, with the account whose
    /// password they gave or whose session is theirs; says whether it may be written. Where not,
    /// nobody is told.
    pub(super) async fn count_mail(
        &self,
        email: &str,
        user_id: Option<&UserId>,
        requester: &Requester,
    ) -> Result<bool, VerificationRefusal> {
        let shown = if user_id.is_some() { Shown::Account } else { Shown::Nothing };
        match self.count_sending(Destination::Address(email), user_id, requester).await? {
            Decision::Allowed { .. } => {
                Ok(self.has_room_for_mail((email, shown), requester).await?)
            }
            Decision::Refused { retry_after_seconds, .. } => {
                Err(VerificationRefusal::Throttled { retry_after_seconds })
            }
        }
    }

    /// A link that verifies the address of an account, in no mail of ours: whoever has it goes on in no window.
    pub(super) async fn verification_link(
        &self,
        tx: &mut Tx,
        user: &User,
        (lifetime, by): (i64, ManagedBy<'_>),
        now: Timestamp,
    ) -> Result<String, AccountsFault> {
        let locale = user.locale.clone().unwrap_or_default();
        let (_, flow) = Flow::begin(&self.kek, (no_browser(), locale), None)?;
        let link = PlainToken::generate(LINK_PREFIX);
        let mut row = self.row(flow, &link, now);
        row.user_id = Some(user.id.clone());
        row.generation = user.generation;
        row.email.clone_from(&user.email);
        row.email_canonical = canonical_login_name(&row.email);
        row.link_expires_at = now.plus(lifetime);
        row.machine_id = Some(by.client_id.clone());
        row.machine_scopes = by.scopes.cloned();
        email_verifications::insert(tx, &row).await?;
        Ok(self.hosted_verification_link(&link))
    }

    /// A link to our own page.
    fn hosted_verification_link(&self, link: &PlainToken) -> String {
        format!("{}verify-email?token={}", self.settings.issuer, link.expose())
    }

    /// Writes the next mail of a flow and what it is checked against. Says whether it was the one
    /// to do so.
    pub(super) async fn send_verification(
        &self,
        tx: &mut Tx,
        flow: Flow,
        registration: &Registration,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let link = PlainToken::generate(LINK_PREFIX);
        let code = random::six_digits();
        let (locale, has_room) = (flow.locale.clone(), flow.has_room);
        let mut row = self.row(flow, &link, now);
        match registration {
            Registration::Pending { user } => {
                // A code that nobody is sent is none: it could only be guessed.
                if has_room {
                    let place = row.handle_digest.as_str();
                    row.code_mac = self.kek.mac(Purpose::ShortCode, place, code.expose_secret());
                }
                row.user_id = Some(user.id.clone());
                row.generation = user.generation;
                row.email.clone_from(&user.email);
            }
            Registration::Taken { email, .. } => row.email.clone_from(email),
        }
        row.email_canonical = canonical_login_name(&row.email);
        if !email_verifications::insert(tx, &row).await? {
            return Ok(false);
        }
        let Registration::Pending { user } = registration else {
            self.send_notice(tx, registration, &locale, requester, now).await?;
            return Ok(true);
        };
        // Codes that no longer count need not be sent.
        delivery::withdraw(tx, &user.id, MailTemplate::VerifyEmail).await?;
        if !has_room {
            return Ok(true);
        }
        let parameters = asked(requester, now)
            .with("name", own_name(user))
            .with("code", code.expose_secret())
            .with_time("code_until", row.code_expires_at)
            .with("link", self.hosted_verification_link(&link))
            .with_time("link_until", row.link_expires_at);
        let message = Message {
            template: MailTemplate::VerifyEmail,
            recipient: &user.email,
            locale: &locale,
            user_id: Some(&user.id),
            parameters,
            expires_at: row.link_expires_at,
        };
        self.write_mail(tx, &message, now).await?;
        Ok(true)
    }

    /// Tells the owner of a registered address that somebody signed up with it; a few times a day
    /// at most, and whoever signed up is not told which.
    pub(super) async fn send_notice(
        &self,
        tx: &mut Tx,
        registration: &Registration,
        locale: &str,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Registration::Taken { user: Some(user), .. } = registration else {
            return Ok(());
        };
        let key = ThrottleKey::new("notice", user.id.as_str());
        let limit = self.settings.limits.notices_by_address;
        let decision = throttle::check_and_count(tx, &key, limit, now).await?;
        if let Decision::Refused { .. } = decision {
            return Ok(());
        }
        let parameters = asked(requester, now)
            .with("name", own_name(user))
            .with("link", format!("{}login", self.settings.issuer));
        let message = Message {
            template: MailTemplate::AlreadyRegistered,
            recipient: &user.email,
            locale: user.locale.as_deref().unwrap_or(locale),
            user_id: Some(&user.id),
            parameters,
            expires_at: now.plus(self.settings.verification.link_lifetime),
        };
        self.write_mail(tx, &message, now).await
    }

    /// A row that no code is right for, yet.
    fn row(&self, flow: Flow, link: &PlainToken, now: Timestamp) -> EmailVerification {
        let settings = self.settings.verification;
        let (pending_name, pending_password_hash) = flow.pending.unzip();
        let pending_name = pending_name.flatten();
        EmailVerification {
            id: random::ulid(now),
            handle_digest: flow.handle_digest,
            user_id: None,
            generation: 0,
            email: String::new(),
            email_canonical: String::new(),
            pending_name,
            pending_password_hash,
            browser_digest: flow.browser_digest,
            locale: flow.locale,
            request_handle_sealed: flow.request_handle_sealed,
            link_digest: link.digest(),
            // No MAC of any code.
            code_mac: random::identifier(),
            tries: 0,
            sends: flow.sends.saturating_add(1),
            sent_at: now,
            code_expires_at: now.plus(settings.code_lifetime),
            link_expires_at: now.plus(settings.link_lifetime),
            verified_at: None,
            continued_at: None,
            superseded_at: None,
            machine_id: None,
            machine_scopes: None,
        }
    }
}
