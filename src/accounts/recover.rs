//! A way back for who lost every second factor: never without an operator's deed.
//!
//! 1. Whoever asks gets the same page, after the same work, whether somebody has the address or
//!    not. A link goes to the stored address.
//! 2. By the link the person says what happened. That uses it up, and an operator reads it. Where
//!    something waits already, it is read beside that: the first to ask may not be the owner.
//! 3. An operator refuses, or approves. From then on until the time that the operator set in the
//!    configuration is over, a mail to every known address and a notice in every session tell of it;
//!    a button in any of them stops it. A second factor that is given stops it too.
//! 4. Then the second factors are removed, everything ends, and a link to a new password is mailed.

use super::notice::{NOTICE_LIFETIME, asked, own_name};
use super::recovery_reasons::{self, RecoveryReason};
use super::verification_stage::take_turn;
use super::{Accounts, AccountsFault, admission, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::delivery::{MailTemplate, Message};
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::{EmailAddress, canonical_login_name};
use crate::domain::session::Session;
use crate::domain::token::{FLOW_PREFIX, LINK_PREFIX};
use crate::domain::user::User;
use crate::domain::{PlainToken, Requester, TokenDigest, UserId};
use crate::random;
use crate::store::account_recoveries::{self, AccountRecovery, RecoveryOutcome};
use crate::store::{StoreError, Tx, sessions, unverified_users, users};
use crate::throttle::{Decision, Limit, ThrottleKey};

/// The longest reason, in characters.
pub const LONGEST_REASON: usize = 1_000;
/// How long the link to the form lives, in seconds.
pub(super) const LINK_LIFETIME: i64 = 60 * 60;
/// Reasons that may be sent by one link.
const TRIES_OF_A_LINK: Limit = Limit::new(20, 15 * 60);

/// What the operator chose, where there is this way at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoverySettings {
    /// What people read before they ask.
    pub text: Option<String>,
    /// Where to reach the operator: a checked address.
    pub contact: Option<String>,
    /// How long after the approval the second factors go, in seconds.
    pub delay: i64,
}

/// What the first form sends.
#[derive(Clone, Debug)]
pub struct AskForRecovery {
    /// The address, as typed.
    pub email: String,
    /// Digest of the browser's own cookie.
    pub browser_digest: TokenDigest,
    /// The language of the mail, where the person has chosen none.
    pub locale: String,
}

/// Why nothing was asked for. None of it depends on who has an account.
#[derive(Debug, thiserror::Error)]
pub enum AskForRecoveryRefusal {
    /// There is no address.
    #[error("the address is missing")]
    EmailMissing,
    /// It is no address.
    #[error("this is no e-mail address")]
    EmailMalformed,
    /// Too many, from one network or for one address.
    #[error("too many tries")]
    Throttled {
        /// When to come back.
        retry_after_seconds: i64,
    },
    /// Ours.
    #[error(transparent)]
    Fault(AccountsFault),
}
faults_into!(AskForRecoveryRefusal);

/// Why a link leads to no form.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryRefusal {
    /// No such link.
    #[error("there is no such link")]
    Unknown,
    /// Its time is over.
    #[error("the link has expired")]
    Expired,
    /// It was used: the wish waits for the operator.
    #[error("it was asked for already")]
    Waiting,
    /// It was decided, stopped or done.
    #[error("it is decided already")]
    Ended,
    /// A later mail counts.
    #[error("something later took its place")]
    Superseded,
    /// There is no second factor: a new password is all that is needed.
    #[error("the account has no second factor")]
    NotNeeded,
    /// There is no reason.
    #[error("the reason is missing")]
    ReasonMissing,
    /// It is too long.
    #[error("the reason is too long")]
    ReasonTooLong,
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
faults_into!(RecoveryRefusal);

/// What a link that stops a way back leads to.
#[derive(Clone, Debug)]
pub enum StopLink {
    /// Whose way back it stops.
    Open(Box<User>),
    /// There is nothing to stop any more.
    Over,
    /// It is none of ours, or not complete.
    Unknown,
}

/// A link that leads to the form.
struct UsableLink {
    row: AccountRecovery,
    user: User,
    /// What waits for the operator already.
    open: Option<AccountRecovery>,
}

impl Accounts {
    /// Asks for a link to the form; gives the handle of the page that says where to look.
    ///
    /// # Errors
    ///
    /// With what is wrong; never with whether somebody has the address.
    pub async fn ask_for_recovery(
        &self,
        form: AskForRecovery,
        requester: &Requester,
    ) -> Result<PlainToken, AskForRecoveryRefusal> {
        if form.email.trim().is_empty() {
            return Err(AskForRecoveryRefusal::EmailMissing);
        }
        let email: EmailAddress =
            form.email.parse().map_err(|_| AskForRecoveryRefusal::EmailMalformed)?;
        let by_network = ThrottleKey::by_network("send", requester);
        let tries = [(by_network, self.settings.limits.sends_by_network)];
        if let Decision::Refused { retry_after_seconds, .. } = self.count(&tries, requester).await?
        {
            return Err(AskForRecoveryRefusal::Throttled { retry_after_seconds });
        }
        // What others did with the address is said to nobody; links that were mailed go on working.
        let has_room = self.has_room_for_recovery(email.canonical(), requester).await?;
        let (handle, link) = (PlainToken::generate(FLOW_PREFIX), PlainToken::generate(LINK_PREFIX));
        let now = self.clock.now();
        let mut row = AccountRecovery {
            id: random::ulid(now),
            user_id: None,
            email: email.as_str().to_owned(),
            handle_digest: handle.digest(),
            browser_digest: form.browser_digest,
            link_digest: link.digest(),
            stop_digest: None,
            reason_sealed: None,
            created_at: now,
            expires_at: now.plus(LINK_LIFETIME),
            superseded_at: None,
            requested_at: None,
            approved_at: None,
            due_at: None,
            ended_at: None,
            outcome: None,
        };
        let mut tx = self.store.begin().await?;
        // Whoever has the address or not: else those who ask at once would wait where it is registered.
        take_turn(&mut tx, email.canonical()).await?;
        let found = users::find_credentials(&mut tx, email.canonical()).await?;
        let id = found.map_or_else(|| UserId::from(""), |found| found.user.id);
        unverified_users::hold(&mut tx, Some(&id)).await?;
        // What it is now that nobody else changes it: it may have gone since it was found.
        let user = users::find(&mut tx, &id).await?.filter(may_be_recovered);
        let user = user.filter(|_| has_room);
        row.user_id = user.as_ref().map(|user| user.id.clone());
        account_recoveries::insert(&mut tx, &row).await?;
        self.send_recovery_link(&mut tx, user.as_ref(), &row, (&link, &form.locale), requester)
            .await?;
        let mut event = AuditEvent::success(AuditKind::RecoveryLinkRequested).from(requester);
        event.user_id = row.user_id;
        audit::record(&mut tx, event, now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(handle)
    }

    /// Where nobody has the address a message is written that nobody will be sent: a stranger must
    /// not tell the two apart by the time they take.
    async fn send_recovery_link(
        &self,
        tx: &mut Tx,
        user: Option<&User>,
        row: &AccountRecovery,
        (link, locale): (&PlainToken, &str),
        requester: &Requester,
    ) -> Result<(), StoreError> {
        let own = user.and_then(|user| user.locale.as_deref());
        let link = format!("{}recover/request?token={}", self.settings.issuer, link.expose());
        let message = Message {
            template: MailTemplate::RecoveryLink,
            recipient: user.map_or("", |user| &user.email),
            locale: own.unwrap_or(locale),
            user_id: row.user_id.as_ref(),
            parameters: asked(requester, row.created_at)
                .with("name", user.map(own_name).unwrap_or_default())
                .with("link", link)
                .with_time("link_until", row.expires_at),
            expires_at: row.expires_at,
        };
        self.write_mail_or_nothing(tx, user, &message, row.created_at).await
    }

    /// The address that the window with this handle asked a link for, as typed.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn recovery_asked_for(
        &self,
        handle: &PlainToken,
        browser: &TokenDigest,
    ) -> Result<Option<String>, StoreError> {
        let mut tx = self.store.read().await?;
        let row = account_recoveries::find_by_handle(&mut tx, &handle.digest()).await?;
        Ok(row.filter(|row| row.browser_digest == *browser).map(|row| row.email))
    }

    /// Whose account a link asks to recover, and whether something waits for the operator already.
    /// Changes nothing.
    ///
    /// # Errors
    ///
    /// With why the link leads to no form.
    pub async fn look_up_recovery(
        &self,
        link: &PlainToken,
    ) -> Result<(User, bool), RecoveryRefusal> {
        let usable = self.usable_recovery(&mut self.store.read().await?, link).await?;
        Ok((usable.user, usable.open.is_some()))
    }

    /// Lets an operator read what the owner of a link wrote in a browser with this session.
    ///
    /// # Errors
    ///
    /// With why nothing was noted.
    pub async fn request_recovery(
        &self,
        link: &PlainToken,
        (reason, session): (&str, Option<&Session>),
        requester: &Requester,
    ) -> Result<(), RecoveryRefusal> {
        // What leads nowhere is not counted: nobody fills the table with links they made up.
        let found = self.usable_recovery(&mut self.store.read().await?, link).await?;
        let tries = [(ThrottleKey::new("recovery_try", link.digest().as_str()), TRIES_OF_A_LINK)];
        if let Decision::Refused { retry_after_seconds, .. } = self.count(&tries, requester).await?
        {
            return Err(RecoveryRefusal::Throttled { retry_after_seconds });
        }
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(RecoveryRefusal::ReasonMissing);
        }
        if reason.chars().count() > LONGEST_REASON {
            return Err(RecoveryRefusal::ReasonTooLong);
        }
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(&found.user.id)).await?;
        let usable = self.usable_recovery(&mut tx, link).await?;
        let is_signed_in = match session.filter(|session| session.user_id == usable.user.id) {
            Some(session) => sessions::hold(&mut tx, session).await?,
            None => false,
        };
        let reason = RecoveryReason {
            text: reason.to_owned(),
            written_at: now,
            ip: requester.ip,
            is_signed_in,
            left_out_before: 0,
        };
        if !self.note_reason(&mut tx, &usable, reason, now).await? {
            return Err(RecoveryRefusal::Waiting);
        }
        let event = AuditEvent::success(AuditKind::RecoveryRequested);
        let mut event = event.of(&usable.user.id).from(requester);
        if usable.open.is_some() {
            event = event.with(serde_json::json!({ "again": true }));
        }
        audit::record(&mut tx, event, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Uses a link up: its reason opens a wish, or goes beside what waits. Says whether it was the
    /// one to do so.
    async fn note_reason(
        &self,
        tx: &mut Tx,
        usable: &UsableLink,
        reason: RecoveryReason,
        now: Timestamp,
    ) -> Result<bool, AccountsFault> {
        let link = &usable.row.id;
        let Some(open) = &usable.open else {
            let sealed = recovery_reasons::seal(&self.kek, link, &[reason])?;
            return Ok(account_recoveries::request(tx, link, &sealed, now).await?.is_some());
        };
        let mut reasons = recovery_reasons::open(&self.kek, open)?;
        recovery_reasons::add(&mut reasons, reason);
        let sealed = recovery_reasons::seal(&self.kek, &open.id, &reasons)?;
        Ok(account_recoveries::use_up(tx, link, now).await?
            && account_recoveries::replace_reasons(tx, open, &sealed).await?)
    }

    /// What a link would stop. Changes nothing.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn look_up_stop_link(&self, link: &TokenDigest) -> Result<StopLink, StoreError> {
        let mut tx = self.store.read().await?;
        let row = account_recoveries::find_by_stop_link(&mut tx, link).await?;
        let Some(row) = row else { return Ok(StopLink::Unknown) };
        let (None, Some(id)) = (row.ended_at, row.user_id) else { return Ok(StopLink::Over) };
        let user = users::find(&mut tx, &id).await?;
        Ok(user.map_or(StopLink::Over, |user| StopLink::Open(Box::new(user))))
    }

    /// "This was not me", by the link of a mail; says whether there was still something to stop.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn stop_recovery(
        &self,
        link: &PlainToken,
        requester: &Requester,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let row = account_recoveries::find_by_stop_link(&mut tx, &link.digest()).await?;
        let Some((id, user_id)) = row.and_then(|row| Some((row.id, row.user_id?))) else {
            return Ok(false);
        };
        let outcome = RecoveryOutcome::Stopped;
        let is_stopped = account_recoveries::end(&mut tx, &id, outcome, now).await?.is_some();
        if is_stopped {
            record_end(&mut tx, &user_id, outcome, Some(requester), now).await?;
        }
        tx.commit().await?;
        Ok(is_stopped)
    }

    async fn usable_recovery(
        &self,
        tx: &mut Tx,
        link: &PlainToken,
    ) -> Result<UsableLink, RecoveryRefusal> {
        let found = account_recoveries::find_by_link(tx, &link.digest()).await?;
        let row = found.ok_or(RecoveryRefusal::Unknown)?;
        if row.requested_at.is_some() && row.ended_at.is_some() {
            return Err(RecoveryRefusal::Ended);
        }
        if row.requested_at.is_some() {
            return Err(RecoveryRefusal::Waiting);
        }
        let id = row.user_id.clone().ok_or(RecoveryRefusal::Unknown)?;
        let open = account_recoveries::open_of(tx, &id).await?;
        if row.superseded_at.is_some() {
            return Err(match open {
                Some(_) => RecoveryRefusal::Waiting,
                None => RecoveryRefusal::Superseded,
            });
        }
        if row.expires_at <= self.clock.now() {
            return Err(RecoveryRefusal::Expired);
        }
        let user = users::find(tx, &id).await?.filter(may_be_recovered);
        let user = user.ok_or(RecoveryRefusal::Superseded)?;
        // Whoever reads the mailbox that the account had may be somebody else by now.
        if !was_asked_from(&row, &user) {
            return Err(RecoveryRefusal::Superseded);
        }
        if !admission::has_second_factor(tx, &user).await? {
            return Err(RecoveryRefusal::NotNeeded);
        }
        Ok(UsableLink { row, user, open })
    }
}

/// Whether the account still has the address that the wish came from.
pub(super) fn was_asked_from(wish: &AccountRecovery, user: &User) -> bool {
    let asked_from: Option<EmailAddress> = wish.email.parse().ok();
    asked_from.is_some_and(|email| email.canonical() == canonical_login_name(&user.email))
}

/// Whoever gives a second factor has lost nothing: what somebody else asked for ends. Not by a factor
/// that was made at `made_at` within the week before the wish, or since: that may be the thief's whom
/// the wish is about.
pub(super) async fn end_for_given_factor(
    tx: &mut Tx,
    user: &User,
    made_at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let outcome = RecoveryOutcome::FactorGiven;
    let since = made_at.plus(NOTICE_LIFETIME);
    if account_recoveries::end_since(tx, (&user.id, since), outcome, now).await? {
        record_end(tx, &user.id, outcome, None, now).await?;
    }
    Ok(())
}

/// Ends whatever the person has waiting.
pub(super) async fn end_recoveries(
    tx: &mut Tx,
    id: &UserId,
    outcome: RecoveryOutcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    if account_recoveries::end_all_of(tx, id, outcome, now).await? {
        record_end(tx, id, outcome, None, now).await?;
    }
    Ok(())
}

pub(super) async fn record_end(
    tx: &mut Tx,
    id: &UserId,
    outcome: RecoveryOutcome,
    requester: Option<&Requester>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut event = AuditEvent::success(AuditKind::RecoveryEnded).of(id);
    event.requester = requester.cloned();
    let event = event.with(serde_json::json!({ "outcome": outcome.as_str() }));
    audit::record(tx, event, now).await
}

/// Whose address nobody proved has nothing to recover; a blocked person stays out.
pub(super) fn may_be_recovered(user: &User) -> bool {
    user.email_verified_at.is_some() && !user.is_blocked() && !user.is_leaving()
}
