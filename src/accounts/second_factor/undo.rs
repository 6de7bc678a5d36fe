//! "Not me": taking away what somebody else added to the ways of signing in.
//!
//! 1. What is added is noted for a week, with a link that goes out in the mail which tells of it.
//! 2. From the activity page the owner takes it away, once they gave a second factor in this
//!    session where they have an older one. Where the new one is the only one, they cannot; the
//!    mailbox decides, as it did before the addition.
//! 3. The link takes it away, and the password with it: what is left is a reset by mail. For a week
//!    after an account got its first factor, the link takes away all of them: the mailbox decides, as
//!    it did before. Afterwards it never leaves the account without one.
//! 4. With an addition goes whatever was added after it, and what gave way to it comes back, unless
//!    its owner said that it is lost, or removed its kind since.

mod taken_away;

use super::super::change_password::withdraw_links;
use super::super::notice::{NOTICE_LIFETIME, asked};
use super::super::own_session::OwnSessionRefusal;
use super::super::recover::end_recoveries;
use super::super::{Accounts, AccountsFault, admission, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::delivery::MailTemplate;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::audit_trail::TrailRow;
use crate::domain::second_factor::FactorKind;
use crate::domain::session::Session;
use crate::domain::token::LINK_PREFIX;
use crate::domain::user::User;
use crate::domain::{ClientId, PlainToken, Requester, TokenDigest, UserId};
use crate::random;
use crate::store::account_recoveries::RecoveryOutcome;
use crate::store::factor_additions::{self, FactorAddition};
use crate::store::{
    StoreError, Tx, audit_events, email_changes, known_devices, passkeys, second_factors, sessions,
    sign_in_challenges, trusted_browsers, unverified_users, users,
};
use crate::throttle::{Decision, Limit, ThrottleKey};

/// "Not me" of one person that may cause a mail.
const LINKS: Limit = Limit::new(5, 60 * 60);

/// Why nothing is taken away.
#[derive(Debug, thiserror::Error)]
pub enum UndoRefusal {
    /// No such link.
    #[error("there is no such link")]
    Unknown,
    /// It was used, or what was added is gone otherwise.
    #[error("what was added is not there any more")]
    Gone,
    /// Its time is over.
    #[error("the link has expired")]
    Expired,
    /// The account has had a second factor for longer than a week, and would be left without one: the
    /// second factors stay, the password and every session are gone.
    #[error("no older second factor is left")]
    NoneLeft,
    /// Ours.
    #[error(transparent)]
    Fault(AccountsFault),
}
faults_into!(UndoRefusal);

/// What "Not me" comes to.
#[derive(Debug)]
pub enum Disowned {
    /// Everything else is signed out, and what was added is gone. The caller gives the session
    /// another cookie.
    Done(Box<Session>),
    /// Everything else is signed out. What was added is the only second factor: a link to take it
    /// away went to the account's address.
    LinkSent(Box<Session>),
    /// The same, but no other link goes out for now: those that were mailed are still good.
    LinksSentBefore(Box<Session>),
    /// The same, and this installation sends no mail: whoever runs it takes away what was added.
    ForOperator(Box<Session>),
    /// Everything else is signed out. The event added nothing, but a second factor that may not be
    /// the owner's was added lately and would be asked for before a new password.
    FactorAddedLately(Box<Session>),
    /// Everything else is signed out. The address of the account was changed lately: whoever reads the new one
    /// can choose a password, and the mail to the one before gives the account back.
    AddressChangedLately(Box<Session>),
    /// A proof is asked for first.
    ProofMissing,
}

/// How "Not me" takes an addition away.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Removal {
    /// The session that asks proved enough.
    AtOnce,
    /// It has to prove itself first, with a factor that is older.
    AfterProof,
    /// It could prove itself with nothing but what was added: the mailbox decides.
    ByLink,
}

/// An addition that was noted, with the link that takes it away.
pub(in super::super) struct NotedAddition {
    pub(super) id: String,
    pub(super) kind: FactorKind,
    /// Whether it takes the place of another of its kind.
    replaces: bool,
    /// Whether its owner has just asked for the link.
    is_asked_for: bool,
    link: PlainToken,
}

impl Accounts {
    /// Notes what is about to be added; `factor_id` is absent for backup codes.
    pub(in super::super) async fn note_addition(
        &self,
        tx: &mut Tx,
        user: &User,
        (kind, factor_id): (FactorKind, Option<&str>),
        now: Timestamp,
    ) -> Result<NotedAddition, StoreError> {
        let link = PlainToken::generate(LINK_PREFIX);
        let lately = now.plus(-NOTICE_LIFETIME);
        let has_factor = admission::has_second_factor(tx, user).await?;
        factor_additions::note_protection(tx, &user.id, (has_factor, lately), now).await?;
        let addition = FactorAddition {
            id: random::ulid(now),
            user_id: user.id.clone(),
            kind: kind.as_str().to_owned(),
            factor_id: factor_id.map(str::to_owned),
            link_digest: Some(link.digest()),
            created_at: now,
            expires_at: now.plus(NOTICE_LIFETIME),
            used_at: None,
        };
        // A mailbox is the same one again.
        let replaces =
            kind != FactorKind::Email && second_factors::find(tx, &user.id, kind).await?.is_some();
        factor_additions::insert(tx, &addition).await?;
        factor_additions::keep_replaced(tx, &addition.id, (&user.id, kind)).await?;
        Ok(NotedAddition { id: addition.id, kind, replaces, is_asked_for: false, link })
    }

    /// Records what was added, and tells its owner, with the link that takes it away.
    pub(super) async fn tell_of_addition(
        &self,
        tx: &mut Tx,
        user: &User,
        addition: &NotedAddition,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut detail = serde_json::json!({
            "factor": addition.kind.as_str(),
            "addition": addition.id,
        });
        if addition.replaces
            && let Some(fields) = detail.as_object_mut()
        {
            fields.insert("replaces".to_owned(), true.into());
        }
        let event = AuditEvent::success(AuditKind::SecondFactorAdded).of(&user.id).from(requester);
        audit::record(tx, event.with(detail), now).await?;
        self.mail_undo_link(tx, user, addition, requester, now).await
    }

    async fn mail_undo_link(
        &self,
        tx: &mut Tx,
        user: &User,
        addition: &NotedAddition,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (issuer, token) = (&self.settings.issuer, addition.link.expose());
        let parameters = asked(requester, now)
            .with("factor", addition.kind.as_str())
            .with("replaces", if addition.replaces { "yes" } else { "" })
            .with("asked_for", if addition.is_asked_for { "yes" } else { "" })
            .with("link", format!("{issuer}account/security/undo?token={token}"));
        self.notify(tx, user, MailTemplate::FactorAdded, (parameters, now)).await
    }

    /// "That was not me": ends everything of the person but the session that asks, and takes away
    /// what the event tells was added, where it still stands.
    ///
    /// # Errors
    ///
    /// `SessionIsOver` where somebody else ended it first, or the database fails.
    pub async fn disown(
        &self,
        (own, user): (&Session, &User),
        event_id: &str,
        (browser, requester): (&TokenDigest, &Requester),
    ) -> Result<Disowned, OwnSessionRefusal> {
        let now = self.clock.now();
        let tries = [(ThrottleKey::new("disown", user.id.as_str()), LINKS)];
        let may_mail = matches!(self.count(&tries, requester).await?, Decision::Allowed { .. });
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(&user.id)).await?;
        let addition = added_by(&mut tx, &user.id, event_id, now).await?;
        let removal = match &addition {
            Some(addition) => Some(self.removal_of(&mut tx, (own, user), addition, now).await?),
            None => None,
        };
        if removal == Some(Removal::AfterProof) {
            return Ok(Disowned::ProofMissing);
        }
        let sends_link = removal == Some(Removal::ByLink);
        let asks_for_lately_added =
            removal.is_none() && self.asks_for_lately_added(&mut tx, (own, user), now).await?;
        let told = audit_events::find_of(&mut tx, &user.id, event_id).await?;
        if told.as_ref().is_some_and(is_of_recovery) {
            end_recoveries(&mut tx, &user.id, RecoveryOutcome::Stopped, now).await?;
        }
        let followed = self.end_others_in(&mut tx, own, (browser, requester), now).await?;
        known_devices::disown_others(&mut tx, browser, &user.id).await?;
        let event = AuditEvent::success(AuditKind::ActivityDisowned).of(&user.id);
        // Of an id from outside, only what an id of ours can look like.
        let id: String = event_id.chars().filter(char::is_ascii_alphanumeric).take(26).collect();
        let event = event.in_session(&own.sid).with(serde_json::json!({ "event": id }));
        audit::record(&mut tx, event.from(requester), now).await?;
        for app in apps_let_in(&mut tx, own, told.as_ref()).await? {
            self.take_back_consent(&mut tx, own, &app, requester, now).await?;
        }
        match addition {
            Some(addition) if sends_link && may_mail && self.settings.sends_mail => {
                self.send_undo_link(&mut tx, user, &addition, requester, now).await?;
            }
            Some(addition)
                if !sends_link && factor_additions::spend(&mut tx, &addition.id, now).await? =>
            {
                let had_factor = self.is_settled(&mut tx, &user.id, now).await?;
                let since = addition.created_at;
                self.take_away(&mut tx, user, (&addition, since), requester, now).await?;
                if had_factor && !admission::has_second_factor(&mut tx, user).await? {
                    // The next one is not the first one.
                    factor_additions::note_removal(&mut tx, &user.id, now).await?;
                }
            }
            _ => {}
        }
        let has_moved = !email_changes::earlier_addresses(&mut tx, &user.id, now).await?.is_empty();
        tx.commit().await?;
        self.bell.ring();
        let followed = Box::new(followed);
        Ok(match (sends_link, may_mail) {
            (false, _) if has_moved => Disowned::AddressChangedLately(followed),
            (false, _) if asks_for_lately_added => Disowned::FactorAddedLately(followed),
            (false, _) => Disowned::Done(followed),
            (true, _) if !self.settings.sends_mail => Disowned::ForOperator(followed),
            (true, true) => Disowned::LinkSent(followed),
            (true, false) => Disowned::LinksSentBefore(followed),
        })
    }

    /// How an addition of a person goes, by what the session of theirs proved.
    async fn removal_of(
        &self,
        tx: &mut Tx,
        (own, user): (&Session, &User),
        addition: &FactorAddition,
        now: Timestamp,
    ) -> Result<Removal, StoreError> {
        let is_stepped_up = !self.must_step_up_in(tx, own, user).await?;
        // Within a week of the first, an older one may be that of whoever added this one.
        let asks_for_older = self.is_settled(tx, &user.id, now).await?
            && factor_additions::has_older(tx, &user.id, addition.created_at).await?;
        Ok(match (is_stepped_up, asks_for_older) {
            (true, _) if self.is_proven(own) => Removal::AtOnce,
            (false, false) => Removal::ByLink,
            _ => Removal::AfterProof,
        })
    }

    /// Whether a new password would be asked for with nothing but a factor that was added lately,
    /// by whom this session cannot tell.
    async fn asks_for_lately_added(
        &self,
        tx: &mut Tx,
        (own, user): (&Session, &User),
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(oldest) = factor_additions::oldest_live(tx, &user.id, now).await? else {
            return Ok(false);
        };
        Ok(factor_additions::stands(tx, &oldest).await?
            && self.removal_of(tx, (own, user), &oldest, now).await? == Removal::ByLink)
    }

    /// Another link beside the first one, whose mail may be lost.
    async fn send_undo_link(
        &self,
        tx: &mut Tx,
        user: &User,
        addition: &FactorAddition,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let link = PlainToken::generate(LINK_PREFIX);
        let again = FactorAddition {
            id: random::ulid(now),
            link_digest: Some(link.digest()),
            ..addition.clone()
        };
        factor_additions::insert(tx, &again).await?;
        let (id, kind) = (again.id, kind_of(addition)?);
        let addition = NotedAddition { id, kind, replaces: false, is_asked_for: true, link };
        self.mail_undo_link(tx, user, &addition, requester, now).await
    }

    /// What a link would take away, and from whom. Changes nothing.
    ///
    /// # Errors
    ///
    /// With why it would not.
    pub async fn look_up_addition(
        &self,
        link: &TokenDigest,
    ) -> Result<(FactorKind, User), UndoRefusal> {
        let mut tx = self.store.read().await?;
        let (addition, user) = self.usable_addition(&mut tx, link).await?;
        Ok((kind_of(&addition)?, user))
    }

    /// Takes away what a link was mailed for, and the password: everybody is signed out, and what
    /// is left is a reset by mail.
    ///
    /// # Errors
    ///
    /// With why nothing changed.
    pub async fn undo_addition(
        &self,
        link: &PlainToken,
        (browser, requester): (&TokenDigest, &Requester),
    ) -> Result<(), UndoRefusal> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let link = link.digest();
        let (_, user) = self.usable_addition(&mut tx, &link).await?;
        // Somebody may be removing what is to be left: read again once nobody does.
        unverified_users::hold(&mut tx, Some(&user.id)).await?;
        let (addition, user) = self.usable_addition(&mut tx, &link).await?;
        if !factor_additions::spend(&mut tx, &addition.id, now).await? {
            return Err(UndoRefusal::Gone);
        }
        let is_settled = self.is_settled(&mut tx, &user.id, now).await?;
        let begun = factor_additions::protected_since(&mut tx, &user.id).await?;
        let since = begun.filter(|_| !is_settled).unwrap_or(addition.created_at);
        let since = since.min(addition.created_at);
        self.take_away(&mut tx, &user, (&addition, since), requester, now).await?;
        // What is left is a reset by mail, after which a code by mail counts for nothing.
        let left = self.usable_methods(&mut tx, &user, admission::FirstProof::Mail).await?;
        if is_settled && left.iter().all(|kind| *kind == FactorKind::BackupCode) {
            drop(tx);
            self.shut_out_by_link(&addition, (browser, requester), now).await?;
            return Err(UndoRefusal::NoneLeft);
        }
        if !admission::has_second_factor(&mut tx, &user).await? {
            factor_additions::forget_protection(&mut tx, &user.id).await?;
        }
        self.shut_out(&mut tx, (&user, browser), &addition, requester, now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(())
    }

    /// Where the second factors have to stay, whoever is signed in goes all the same, and so does the
    /// password that a thief may know.
    async fn shut_out_by_link(
        &self,
        addition: &FactorAddition,
        (browser, requester): (&TokenDigest, &Requester),
        now: Timestamp,
    ) -> Result<(), UndoRefusal> {
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(&addition.user_id)).await?;
        let user = users::find(&mut tx, &addition.user_id).await?;
        let user = user.filter(|user| !user.is_blocked()).ok_or(UndoRefusal::Unknown)?;
        if !factor_additions::spend(&mut tx, &addition.id, now).await? {
            return Err(UndoRefusal::Gone);
        }
        trusted_browsers::forget_all(&mut tx, &user.id).await?;
        sign_in_challenges::end_all_of(&mut tx, &user.id).await?;
        passkeys::let_none_be_whole(&mut tx, &user.id, addition.created_at).await?;
        self.shut_out(&mut tx, (&user, browser), addition, requester, now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(())
    }

    /// Takes the password and ends every session: what is left is a reset by mail.
    async fn shut_out(
        &self,
        tx: &mut Tx,
        (user, browser): (&User, &TokenDigest),
        addition: &FactorAddition,
        requester: &Requester,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        users::take_password(tx, &user.id, now).await?;
        known_devices::disown_others(tx, browser, &user.id).await?;
        sessions::end_others(tx, &user.id, None).await?;
        withdraw_links(tx, &user.id, now).await?;
        let event = AuditEvent::success(AuditKind::ActivityDisowned).of(&user.id);
        let event = event.with(serde_json::json!({ "addition": addition.id })).from(requester);
        audit::record(tx, event, now).await
    }

    /// Whether the account has had a second factor for longer than a week: then it is no thief's who
    /// was told of to the mailbox, and the mailbox alone does not take it away any more.
    async fn is_settled(
        &self,
        tx: &mut Tx,
        user_id: &UserId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let begun = factor_additions::protected_since(tx, user_id).await?;
        Ok(begun.is_some_and(|begun| begun.plus(NOTICE_LIFETIME) <= now))
    }

    async fn usable_addition(
        &self,
        tx: &mut Tx,
        link: &TokenDigest,
    ) -> Result<(FactorAddition, User), UndoRefusal> {
        let found = factor_additions::find_by_link(tx, link).await?;
        let addition = found.ok_or(UndoRefusal::Unknown)?;
        if addition.used_at.is_some() || !factor_additions::stands(tx, &addition).await? {
            return Err(UndoRefusal::Gone);
        }
        if addition.expires_at <= self.clock.now() {
            return Err(UndoRefusal::Expired);
        }
        let user = users::find(tx, &addition.user_id).await?;
        let user = user.filter(|user| !user.is_blocked()).ok_or(UndoRefusal::Unknown)?;
        Ok((addition, user))
    }
}

/// The addition that an event of the person tells of, as long as it can be taken away and stands.
async fn added_by(
    tx: &mut Tx,
    user_id: &UserId,
    event_id: &str,
    now: Timestamp,
) -> Result<Option<FactorAddition>, StoreError> {
    let Some(row) = audit_events::find_of(tx, user_id, event_id).await? else { return Ok(None) };
    let detail: serde_json::Value = serde_json::from_str(&row.personal.detail).unwrap_or_default();
    let Some(id) = detail.get("addition").and_then(|id| id.as_str()) else { return Ok(None) };
    if row.kind != AuditKind::SecondFactorAdded.as_str() {
        return Ok(None);
    }
    let found = factor_additions::find(tx, id, user_id).await?;
    let live = found.filter(|found| found.used_at.is_none() && found.expires_at > now);
    match live {
        Some(addition) if factor_additions::stands(tx, &addition).await? => Ok(Some(addition)),
        _ => Ok(None),
    }
}

/// Whether an event tells of a way back: whoever says "not me" to it stops what is open.
fn is_of_recovery(told: &TrailRow) -> bool {
    let kinds = [
        AuditKind::RecoveryLinkRequested,
        AuditKind::RecoveryRequested,
        AuditKind::RecoveryApproved,
    ];
    kinds.iter().any(|kind| told.kind == kind.as_str())
}

/// The applications that an event let in, or that were let in through the session that it is of: whoever
/// says "not me" to it shuts them out.
async fn apps_let_in(
    tx: &mut Tx,
    own: &Session,
    told: Option<&TrailRow>,
) -> Result<Vec<ClientId>, StoreError> {
    let Some(told) = told else { return Ok(Vec::new()) };
    if told.kind == AuditKind::ConsentGiven.as_str() {
        return Ok(told.client_id.clone().into_iter().collect());
    }
    match &told.personal.sid {
        Some(sid) if told.kind == AuditKind::SignedIn.as_str() && *sid != own.sid => {
            audit_events::apps_allowed_in(tx, (&own.user_id, sid)).await
        }
        _ => Ok(Vec::new()),
    }
}

fn kind_of(addition: &FactorAddition) -> Result<FactorKind, StoreError> {
    let unknown = || StoreError::Corrupt("a factor of no known kind".to_owned());
    FactorKind::named(&addition.kind).ok_or_else(unknown)
}
