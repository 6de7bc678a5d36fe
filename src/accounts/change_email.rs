//! Another address for an account.
//!
//! 1. The person has proved lately who they are. A code goes to the new address, and a word to the
//!    old one. Where somebody else has the new address the page is the same, and its owner gets the
//!    mail of a sign-up with a registered address.
//! 2. The code makes the change by one conditional UPDATE. Codes and links that were mailed to the
//!    old address end; sessions stay.
//! 3. The old address gets a link that is good for a week. It gives the account its old address
//!    back, takes its password away and signs everybody out: what is left is a reset by mail.

mod taken_back;

use secrecy::ExposeSecret as _;

use super::change_password::withdraw_links;
use super::code_tries;
use super::notice::asked;
use super::own_session::{self, OwnSessionRefusal};
use super::verification_mail::Registration;
use super::verification_stage::take_turn;
use super::{Accounts, VerificationRefusal, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::delivery::{self, MailTemplate, Message};
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::EmailAddress;
use crate::domain::second_factor::FactorKind;
use crate::domain::session::Session;
use crate::domain::token::LINK_PREFIX;
use crate::domain::user::User;
use crate::domain::{PlainToken, Requester, UserId};
use crate::keys::Purpose;
use crate::random;
use crate::store::email_changes::{self, EmailChange, EmailReturn};
use crate::store::{
    StoreError, Tx, factor_additions, second_factors, sessions, sign_in_challenges, users,
};
use crate::throttle::{Decision, Limit, ThrottleKey};

pub use taken_back::{EmailReturnView, ReturnEmailRefusal};

/// How long the old address can take the account back, in seconds.
const RETURN_LIFETIME: i64 = 7 * 24 * 60 * 60;
/// Changes that one person may ask for.
const CHANGES: Limit = Limit::new(10, 60 * 60);

/// An address that a person wants instead of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingAddress {
    /// As typed.
    pub email: String,
    /// Whether the time of its code is over.
    pub is_over: bool,
}

/// Why the address stays as it is. None of it depends on who else has an account.
#[derive(Debug, thiserror::Error)]
pub enum ChangeEmailRefusal {
    /// The person has to prove who they are first.
    #[error("the last proof is too old")]
    ProofMissing,
    /// The session ended meanwhile.
    #[error("the session is over")]
    SessionIsOver,
    /// There is no address.
    #[error("the address is missing")]
    EmailMissing,
    /// It is no address.
    #[error("this is no e-mail address")]
    EmailMalformed,
    /// It is the one the account has.
    #[error("this is the address of the account")]
    EmailUnchanged,
    /// No change waits for a code.
    #[error("no change was asked for")]
    Unknown,
    /// Not the code of the latest mail.
    #[error("the code is not right")]
    WrongCode,
    /// The code's time is over.
    #[error("the code has expired")]
    CodeExpired,
    /// The code was tried too often.
    #[error("the code was tried too often")]
    TooManyTries,
    /// A code was sent a moment ago.
    #[error("a code was sent a moment ago")]
    TooSoon {
        /// When the next may be sent.
        retry_after_seconds: i64,
    },
    /// As many codes were sent to this address as may be for now.
    #[error("no more codes are sent for now")]
    NotSent {
        /// When the next may be sent.
        retry_after_seconds: i64,
    },
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
faults_into!(ChangeEmailRefusal);

impl Accounts {
    /// The address that a person wants instead of theirs.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn email_change(&self, user: &User) -> Result<Option<WaitingAddress>, StoreError> {
        let found = email_changes::find(&mut self.store.read().await?, &user.id).await?;
        let now = self.clock.now();
        let waiting = found.filter(|row| row.generation == user.generation);
        Ok(waiting.map(|row| WaitingAddress { is_over: row.expires_at <= now, email: row.email }))
    }

    /// The address to which the account can still be taken back, where it left one lately.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn earlier_address(&self, id: &UserId) -> Result<Option<String>, StoreError> {
        let (mut tx, now) = (self.store.read().await?, self.clock.now());
        let addresses = email_changes::earlier_addresses(&mut tx, id, now).await?;
        Ok(addresses.into_iter().next())
    }

    /// Asks for another address: a code goes there.
    ///
    /// # Errors
    ///
    /// With what is wrong; never with the fact that the address is registered.
    pub async fn begin_email_change(
        &self,
        session: &Session,
        typed: &str,
        locale: &str,
        requester: &Requester,
    ) -> Result<(), ChangeEmailRefusal> {
        if !self.is_proven(session) {
            return Err(ChangeEmailRefusal::ProofMissing);
        }
        if typed.trim().is_empty() {
            return Err(ChangeEmailRefusal::EmailMissing);
        }
        let email: EmailAddress = typed.parse().map_err(|_| ChangeEmailRefusal::EmailMalformed)?;
        let user = self.owner_of(session).await?;
        if user.email == email.as_str() {
            return Err(ChangeEmailRefusal::EmailUnchanged);
        }
        self.look_at_tries(&user.id, &email).await?;
        let has_room = self.count_change(&user.id, &email, requester).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        take_turn(&mut tx, email.canonical()).await?;
        if !sessions::hold(&mut tx, session).await? {
            return Err(ChangeEmailRefusal::SessionIsOver);
        }
        let before = email_changes::find(&mut tx, &user.id).await?;
        let before =
            before.filter(|row| row.expires_at > now && row.email_canonical == email.canonical());
        let sends = before.as_ref().map_or(0, |row| row.sends);
        let settings = self.settings.verification;
        if let Some(row) = before.filter(|row| row.sends >= settings.most_sends) {
            let retry_after_seconds = row.expires_at.since(now);
            return Err(ChangeEmailRefusal::NotSent { retry_after_seconds });
        }
        let mut row = EmailChange {
            user_id: user.id.clone(),
            id: random::ulid(now),
            generation: session.generation,
            email: email.as_str().to_owned(),
            email_canonical: email.canonical().to_owned(),
            // No MAC of any code.
            code_mac: random::identifier(),
            tries: 0,
            sends: sends.saturating_add(1),
            sent_at: now,
            expires_at: now.plus(settings.code_lifetime),
        };
        self.send_change_code(&mut tx, (&user, has_room), &mut row, (locale, requester)).await?;
        email_changes::put(&mut tx, &row).await?;
        if sends == 0 {
            self.warn_old_address(&mut tx, &user, &row, requester).await?;
        }
        let event = AuditEvent::success(AuditKind::EmailChangeRequested).of(&user.id);
        audit::record(&mut tx, event.in_session(&session.sid).from(requester), now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(())
    }

    /// A mail that says nothing of whether the address is registered to whoever asked.
    async fn send_change_code(
        &self,
        tx: &mut Tx,
        (user, has_room): (&User, bool),
        row: &mut EmailChange,
        (locale, requester): (&str, &Requester),
    ) -> Result<(), StoreError> {
        let owner = users::find_credentials(tx, &row.email_canonical).await?;
        let owner = owner.map(|found| found.user);
        let owner = owner.filter(|owner| owner.id != user.id && !self.gives_way(owner));
        let locale = user.locale.as_deref().unwrap_or(locale);
        if let Some(owner) = owner {
            let email = row.email.clone();
            let taken = Registration::Taken { user: Some(owner), email };
            return self.send_notice(tx, &taken, locale, requester, row.sent_at).await;
        }
        delivery::withdraw(tx, &user.id, MailTemplate::ChangeEmailCode).await?;
        // A code that nobody is sent is none: it could only be guessed.
        if !has_room {
            return Ok(());
        }
        let code = random::six_digits();
        row.code_mac = self.kek.mac(Purpose::ShortCode, &row.id, code.expose_secret());
        let message = Message {
            template: MailTemplate::ChangeEmailCode,
            recipient: &row.email,
            locale,
            user_id: Some(&user.id),
            parameters: asked(requester, row.sent_at)
                .with("code", code.expose_secret())
                .with_time("code_until", row.expires_at),
            expires_at: row.expires_at,
        };
        self.write_mail(tx, &message, row.sent_at).await
    }

    async fn warn_old_address(
        &self,
        tx: &mut Tx,
        user: &User,
        row: &EmailChange,
        requester: &Requester,
    ) -> Result<(), StoreError> {
        // An address that nobody verified may be a stranger's.
        if user.email_verified_at.is_none() {
            return Ok(());
        }
        let parameters = asked(requester, row.sent_at)
            .with("new_email", &*row.email)
            .with("link", self.reset_address());
        self.notify(tx, user, MailTemplate::EmailChangeRequested, (parameters, row.sent_at)).await
    }

    async fn count_change(
        &self,
        id: &UserId,
        email: &EmailAddress,
        requester: &Requester,
    ) -> Result<bool, ChangeEmailRefusal> {
        let tries = [(ThrottleKey::new("change_email", id.as_str()), CHANGES)];
        if let Decision::Refused { retry_after_seconds, .. } = self.count(&tries, requester).await?
        {
            return Err(ChangeEmailRefusal::Throttled { retry_after_seconds });
        }
        self.count_mail(email.canonical(), Some(id), requester).await.map_err(of_counting)
    }

    /// No code is sent that could not be tried.
    async fn look_at_tries(
        &self,
        id: &UserId,
        email: &EmailAddress,
    ) -> Result<(), ChangeEmailRefusal> {
        let typed_for = code_tries::of_change(email.canonical(), id);
        let mut tx = self.store.read().await?;
        match code_tries::wait_of_day(&mut tx, &typed_for, self.clock.now()).await? {
            Some(retry_after_seconds) => Err(ChangeEmailRefusal::Throttled { retry_after_seconds }),
            None => Ok(()),
        }
    }

    async fn owner_of(&self, session: &Session) -> Result<User, ChangeEmailRefusal> {
        let user = users::find(&mut self.store.read().await?, &session.user_id).await?;
        let user = user.filter(|user| user.generation == session.generation && !user.is_blocked());
        user.ok_or(ChangeEmailRefusal::SessionIsOver)
    }

    /// Sends another code to the address that was asked for.
    ///
    /// # Errors
    ///
    /// As for [`Self::begin_email_change`]; `TooSoon` where one was sent a moment ago.
    pub async fn resend_email_change(
        &self,
        session: &Session,
        locale: &str,
        requester: &Requester,
    ) -> Result<(), ChangeEmailRefusal> {
        let found = email_changes::find(&mut self.store.read().await?, &session.user_id).await?;
        let row = found.ok_or(ChangeEmailRefusal::Unknown)?;
        let waited = self.clock.now().since(row.sent_at);
        let retry_after_seconds = self.settings.verification.resend_after.saturating_sub(waited);
        if retry_after_seconds > 0 {
            return Err(ChangeEmailRefusal::TooSoon { retry_after_seconds });
        }
        self.begin_email_change(session, &row.email, locale, requester).await
    }

    /// Forgets the address that was asked for.
    ///
    /// # Errors
    ///
    /// If the session is over, or the database fails.
    pub async fn cancel_email_change(&self, session: &Session) -> Result<(), OwnSessionRefusal> {
        let mut tx = self.store.begin().await?;
        // First the account, as everywhere: no two wait for one another.
        own_session::hold(&mut tx, session).await?;
        email_changes::forget(&mut tx, &session.user_id).await?;
        delivery::withdraw(&mut tx, &session.user_id, MailTemplate::ChangeEmailCode).await?;
        Ok(tx.commit().await?)
    }

    /// Makes the change that a code was sent for.
    ///
    /// # Errors
    ///
    /// With why the address stays.
    pub async fn finish_email_change(
        &self,
        session: &Session,
        code: &str,
        requester: &Requester,
    ) -> Result<(), ChangeEmailRefusal> {
        if !self.is_proven(session) {
            return Err(ChangeEmailRefusal::ProofMissing);
        }
        self.count_code(requester).await.map_err(of_counting)?;
        let (id, now) = (&session.user_id, self.clock.now());
        let most = self.settings.verification.most_tries;
        let mut tx = self.store.begin().await?;
        // First the address, then the account, as where it is taken back: no two wait for one another.
        let waiting = email_changes::find(&mut tx, id).await?;
        let waiting = waiting.map(|row| row.email_canonical).unwrap_or_default();
        take_turn(&mut tx, &waiting).await?;
        if !sessions::hold(&mut tx, session).await? {
            return Err(ChangeEmailRefusal::SessionIsOver);
        }
        let Some(row) = email_changes::count_try(&mut tx, id, most, now).await? else {
            return Err(no_try_left(email_changes::find(&mut tx, id).await?, now));
        };
        if row.email_canonical != waiting {
            // Another window asked for another address meanwhile.
            return Err(ChangeEmailRefusal::CodeExpired);
        }
        // Of this person alone: nobody who signs up with the address keeps them from it.
        let typed_for = code_tries::of_change(&row.email_canonical, id);
        let typed_for = (&typed_for, requester);
        if let Some(retry_after_seconds) = code_tries::wait(&mut tx, typed_for, now).await? {
            tx.commit().await?;
            return Err(ChangeEmailRefusal::Throttled { retry_after_seconds });
        }
        let is_right = self.kek.mac_matches(Purpose::ShortCode, &row.id, code, &row.code_mac);
        if !is_right || row.generation != session.generation {
            let event = AuditEvent::failure(AuditKind::EmailChangeFailed).of(id).from(requester);
            audit::record(&mut tx, event.in_session(&session.sid), now).await?;
            tx.commit().await?;
            return Err(ChangeEmailRefusal::WrongCode);
        }
        code_tries::give_back(&mut tx, typed_for).await?;
        self.replace_address(tx, session, &row, requester).await
    }

    async fn replace_address(
        &self,
        mut tx: Tx,
        session: &Session,
        row: &EmailChange,
        requester: &Requester,
    ) -> Result<(), ChangeEmailRefusal> {
        let (id, now) = (&session.user_id, self.clock.now());
        let before = users::find(&mut tx, id).await?.ok_or(ChangeEmailRefusal::SessionIsOver)?;
        if !email_changes::spend(&mut tx, id, &row.id).await? {
            return Err(ChangeEmailRefusal::Unknown);
        }
        self.remove_unclaimed(&mut tx, &row.email_canonical, now).await?;
        let address = (row.email.as_str(), row.email_canonical.as_str());
        let set = email_changes::set_address(&mut tx, id, row.generation, address, now).await?;
        if set.is_none() {
            // Somebody else took the address since: told as a code that no longer counts.
            return Err(ChangeEmailRefusal::CodeExpired);
        }
        withdraw_links(&mut tx, id, now).await?;
        self.move_mailbox_factor(&mut tx, id).await?;
        // The way back leads to where the account was first, not to where somebody moved it since.
        if email_changes::end_returns_after(&mut tx, id, &row.email_canonical, now).await? {
            self.tell_left_address(&mut tx, &before, &row.email, requester).await?;
        } else if before.email_verified_at.is_some() {
            self.tell_old_address(&mut tx, &before, row, requester).await?;
        }
        let after = User { email: row.email.clone(), email_verified_at: Some(now), ..before };
        let parameters = asked(requester, now).with("link", self.reset_address());
        self.notify(&mut tx, &after, MailTemplate::EmailTaken, (parameters, now)).await?;
        let event = AuditEvent::success(AuditKind::EmailChanged).of(id).from(requester);
        audit::record(&mut tx, event.in_session(&session.sid), now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(())
    }

    /// A code by mail as a second factor goes on with the new address: the code that was typed a
    /// moment ago is its confirmation. Whatever was mailed to the old address counts no more.
    pub(super) async fn move_mailbox_factor(
        &self,
        tx: &mut Tx,
        id: &UserId,
    ) -> Result<(), StoreError> {
        second_factors::forget_begun(tx, id, FactorKind::Email).await?;
        sign_in_challenges::end_all_of(tx, id).await?;
        factor_additions::end_links(tx, id).await
    }

    /// The last mail to the old address, with the way back.
    async fn tell_old_address(
        &self,
        tx: &mut Tx,
        before: &User,
        row: &EmailChange,
        requester: &Requester,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let link = PlainToken::generate(LINK_PREFIX);
        let old: EmailAddress = before
            .email
            .parse()
            .map_err(|_| StoreError::Corrupt("an address that is none".to_owned()))?;
        let back = EmailReturn {
            id: random::ulid(now),
            user_id: before.id.clone(),
            link_digest: link.digest(),
            email: before.email.clone(),
            email_canonical: old.canonical().to_owned(),
            created_at: now,
            expires_at: now.plus(RETURN_LIFETIME),
            used_at: None,
        };
        email_changes::insert_return(tx, &back).await?;
        let address = format!("{}account/email/undo?token={}", self.settings.issuer, link.expose());
        let parameters = asked(requester, now).with("new_email", &*row.email).with("link", address);
        self.notify(tx, before, MailTemplate::EmailChanged, (parameters, now)).await
    }
}

fn of_counting(refusal: VerificationRefusal) -> ChangeEmailRefusal {
    match refusal {
        VerificationRefusal::Throttled { retry_after_seconds } => {
            ChangeEmailRefusal::Throttled { retry_after_seconds }
        }
        VerificationRefusal::Fault(fault) => ChangeEmailRefusal::Fault(fault),
        _ => ChangeEmailRefusal::Unknown,
    }
}

fn no_try_left(row: Option<EmailChange>, now: Timestamp) -> ChangeEmailRefusal {
    match row {
        None => ChangeEmailRefusal::Unknown,
        Some(row) if row.expires_at <= now => ChangeEmailRefusal::CodeExpired,
        Some(_) => ChangeEmailRefusal::TooManyTries,
    }
}
