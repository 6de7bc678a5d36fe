//! What an operator does with the wishes of people who lost every second factor, and what becomes
//! of those that were approved.

use super::admission;
use super::notice::{NOTICE_LIFETIME, by_operator, own_name};
use super::operator::{OperatorRefusal, find_by_login};
use super::recover::{end_recoveries, may_be_recovered, record_end, was_asked_from};
use super::recovery_reasons::{self, RecoveryReason};
use super::second_factor::remove_every_factor;
use super::{Accounts, AccountsFault};
use crate::audit;
use crate::clock::Timestamp;
use crate::delivery::{self, MailTemplate, Message, MessageParameters};
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::second_factor::FactorKind;
use crate::domain::token::LINK_PREFIX;
use crate::domain::user::User;
use crate::domain::{PlainToken, UserId};
use crate::store::account_recoveries::{self, AccountRecovery, RecoveryOutcome};
use crate::store::password_resets::{self, PasswordReset};
use crate::store::{StoreError, Tx, factor_additions, sessions, unverified_users, users};

/// Wishes that are read at once.
const PAGE: i64 = 200;
/// Wishes that one round of the job fulfils.
const ROUND: i64 = 100;
/// How long an operator has to decide a wish, in seconds. Whoever still needs it then asks again.
const ANSWERED_WITHIN: i64 = 30 * 24 * 60 * 60;
/// How long the link to a new password lives at the end, in seconds: nobody waits for that mail at
/// the screen.
const LINK_LIFETIME: i64 = 24 * 60 * 60;

/// A wish as an operator sees it.
#[derive(Clone, Debug)]
pub struct RecoveryForReview {
    /// Its id.
    pub id: String,
    /// Whose account.
    pub user: User,
    /// What was written, the first at the head. Not all of it need be by the owner.
    pub reasons: Vec<RecoveryReason>,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When the second factors go, where that is approved.
    pub due_at: Option<Timestamp>,
    /// What the account has beside its password.
    pub factors: Vec<FactorKind>,
}

/// What an operator decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryDecision {
    /// The second factors go after the time that is set.
    Approve,
    /// They stay. Also after an approval, as long as they are there.
    Refuse,
}

/// What came of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reviewed {
    /// Approved; the second factors go then.
    Approved {
        /// When.
        due_at: Timestamp,
    },
    /// Refused.
    Refused,
    /// It was decided before, or ended otherwise.
    TooLate,
}

impl Accounts {
    /// At most `limit` open wishes, the oldest first, and how many more there are.
    ///
    /// # Errors
    ///
    /// If the database fails, or a reason cannot be opened.
    pub async fn list_oldest_recoveries(
        &self,
        limit: u32,
    ) -> Result<(Vec<RecoveryForReview>, u64), AccountsFault> {
        let mut tx = self.store.read().await?;
        let rows = account_recoveries::list_open(&mut tx, "", limit.into()).await?;
        let open = account_recoveries::count_open(&mut tx).await?;
        let shown = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let mut wishes = Vec::new();
        for row in rows {
            wishes.extend(self.for_review(&mut tx, row).await?);
        }
        Ok((wishes, u64::try_from(open.saturating_sub(shown)).unwrap_or_default()))
    }

    /// Every open wish, the oldest first.
    ///
    /// # Errors
    ///
    /// If the database fails, or a reason cannot be opened.
    pub async fn list_recoveries(&self) -> Result<Vec<RecoveryForReview>, AccountsFault> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let mut tx = self.store.read().await?;
            let page = account_recoveries::list_open(&mut tx, &after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after.clone_from(&last.id);
            for row in page {
                all.extend(self.for_review(&mut tx, row).await?);
            }
        }
    }

    async fn for_review(
        &self,
        tx: &mut Tx,
        row: AccountRecovery,
    ) -> Result<Option<RecoveryForReview>, AccountsFault> {
        let (Some(id), Some(requested_at)) = (&row.user_id, row.requested_at) else {
            return Ok(None);
        };
        let Some(user) = users::find(tx, id).await? else { return Ok(None) };
        let reasons = recovery_reasons::open(&self.kek, &row)?;
        let factors = admission::methods(tx, &user, admission::FirstProof::Session).await?;
        Ok(Some(RecoveryForReview {
            id: row.id,
            user,
            reasons,
            requested_at,
            due_at: row.due_at,
            factors,
        }))
    }

    /// Decides a wish, named by its id or by whom it is of.
    ///
    /// # Errors
    ///
    /// If there is none, or the database fails.
    pub async fn decide_recovery(
        &self,
        wish: &str,
        decision: RecoveryDecision,
    ) -> Result<(User, Reviewed), OperatorRefusal> {
        let nothing = || OperatorRefusal::NoSuchRecovery(wish.to_owned());
        let found = self.find_wish(wish).await?.ok_or_else(nothing)?;
        let id = found.user_id.clone().ok_or_else(nothing)?;
        // Without a time to object nobody could stop it.
        if decision == RecoveryDecision::Approve && self.settings.recovery.is_none() {
            return Err(OperatorRefusal::RecoveryOff);
        }
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(&id)).await?;
        let user = users::find(&mut tx, &id).await?.ok_or_else(nothing)?;
        let reviewed = match decision {
            RecoveryDecision::Approve if user.is_blocked() => {
                return Err(OperatorRefusal::Blocked(user.email));
            }
            RecoveryDecision::Approve => self.approve(&mut tx, &found, &user, now).await?,
            RecoveryDecision::Refuse => self.refuse_wish(&mut tx, &found, &user, now).await?,
        };
        tx.commit().await?;
        self.bell.ring();
        Ok((user, reviewed))
    }

    async fn find_wish(&self, wish: &str) -> Result<Option<AccountRecovery>, OperatorRefusal> {
        if wish.contains('\0') {
            return Ok(None);
        }
        let mut tx = self.store.read().await?;
        if let Some(found) = account_recoveries::find_open(&mut tx, wish).await? {
            return Ok(Some(found));
        }
        if account_recoveries::is_known(&mut tx, wish).await? {
            return Ok(None);
        }
        let user = find_by_login(&mut tx, wish).await?;
        Ok(account_recoveries::open_of(&mut tx, &user.id).await?)
    }

    async fn approve(
        &self,
        tx: &mut Tx,
        wish: &AccountRecovery,
        user: &User,
        now: Timestamp,
    ) -> Result<Reviewed, StoreError> {
        let delay = self.settings.recovery.as_ref().map_or(0, |settings| settings.delay);
        let (due_at, stop) = (now.plus(delay), PlainToken::generate(LINK_PREFIX));
        let approval = (due_at, &stop.digest());
        if account_recoveries::approve(tx, &wish.id, approval, now).await?.is_none() {
            return Ok(Reviewed::TooLate);
        }
        let link = format!("{}recover/stop?token={}", self.settings.issuer, stop.expose());
        let parameters =
            by_operator(now).with_time("due_at", due_at.up_to_the_minute()).with("link", link);
        // Where there is no time to object, the mail that it is done is the only one.
        if delay > 0 {
            let notice = (MailTemplate::RecoveryApproved, parameters);
            self.notify_every_address(tx, user, notice, (due_at, now)).await?;
        }
        let event = AuditEvent::success(AuditKind::RecoveryApproved).of(&user.id);
        let event = event.with(serde_json::json!({ "due_at": due_at.to_rfc3339() }));
        audit::record(tx, event, now).await?;
        Ok(Reviewed::Approved { due_at })
    }

    async fn refuse_wish(
        &self,
        tx: &mut Tx,
        wish: &AccountRecovery,
        user: &User,
        now: Timestamp,
    ) -> Result<Reviewed, StoreError> {
        let outcome = RecoveryOutcome::Refused;
        if account_recoveries::end(tx, &wish.id, outcome, now).await?.is_none() {
            return Ok(Reviewed::TooLate);
        }
        let parameters = by_operator(now);
        self.notify(tx, user, MailTemplate::RecoveryRefused, (parameters, now)).await?;
        record_end(tx, &user.id, outcome, None, now).await?;
        Ok(Reviewed::Refused)
    }

    /// Ends the wishes that nobody decided within thirty days, and tells their owners, who may ask
    /// again; says how many.
    ///
    /// # Errors
    ///
    /// If the database fails; what is left ends next time.
    pub async fn end_unanswered_recoveries(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let before = now.plus(-ANSWERED_WITHIN);
        let mut tx = self.store.read().await?;
        let old = account_recoveries::unanswered(&mut tx, before, ROUND).await?;
        drop(tx);
        let mut ended = 0;
        for wish in old {
            ended += u64::from(self.end_unanswered(&wish, now).await?);
        }
        Ok(ended)
    }

    async fn end_unanswered(
        &self,
        wish: &AccountRecovery,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(id) = &wish.user_id else { return Ok(false) };
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(id)).await?;
        if account_recoveries::lapse(&mut tx, &wish.id, now).await?.is_none() {
            return Ok(false);
        }
        if let Some(user) = users::find(&mut tx, id).await?.filter(may_be_recovered) {
            let asked = MessageParameters::default();
            let asked = asked.with_time("asked_at", wish.requested_at.unwrap_or(wish.created_at));
            self.notify(&mut tx, &user, MailTemplate::RecoveryUnanswered, (asked, now)).await?;
        }
        record_end(&mut tx, id, RecoveryOutcome::Unanswered, None, now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(true)
    }

    /// Removes the second factors of those whose time has come; says of how many.
    ///
    /// # Errors
    ///
    /// If the database fails; what is left goes next time.
    pub async fn finish_due_recoveries(&self) -> Result<u64, StoreError> {
        if self.settings.recovery.is_none() {
            return Ok(0);
        }
        let now = self.clock.now();
        let due = account_recoveries::due(&mut self.store.read().await?, ROUND, now).await?;
        let mut finished = 0;
        for wish in due {
            finished += u64::from(self.finish_recovery(&wish, now).await?);
        }
        Ok(finished)
    }

    /// All at once: a stop in between leaves it to be done. Only one instance is told that it was
    /// the one.
    async fn finish_recovery(
        &self,
        wish: &AccountRecovery,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(id) = &wish.user_id else { return Ok(false) };
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(id)).await?;
        let found = users::find(&mut tx, id).await?;
        // Blocked since it was read: it is to be decided anew.
        if found.as_ref().is_some_and(User::is_blocked) {
            return Ok(false);
        }
        let outcome = match found.filter(may_be_recovered) {
            None => Some(RecoveryOutcome::Refused),
            Some(user) if !was_asked_from(wish, &user) => Some(RecoveryOutcome::AddressChanged),
            Some(_) => None,
        };
        if let Some(outcome) = outcome {
            end_recoveries(&mut tx, id, outcome, now).await?;
            tx.commit().await?;
            return Ok(false);
        }
        if account_recoveries::complete(&mut tx, &wish.id, now).await?.is_none() {
            return Ok(false);
        }
        let removed = remove_every_factor(&mut tx, id).await?;
        factor_additions::note_removal(&mut tx, id, now).await?;
        users::note_password_by_mail(&mut tx, id, None).await?;
        // Whoever knows the old password would be in at once: from here on only the mail leads in.
        users::take_password(&mut tx, id, now).await?;
        sessions::end_others(&mut tx, id, None).await?;
        if let Some(user) = users::find(&mut tx, id).await? {
            self.send_new_password_link(&mut tx, &user, now).await?;
        }
        let event = AuditEvent::success(AuditKind::SecondFactorsReset).of(id);
        let event = event.with(serde_json::json!({ "removed": removed, "recovery": true }));
        audit::record(&mut tx, event, now).await?;
        record_end(&mut tx, id, RecoveryOutcome::Done, None, now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(true)
    }

    /// The last mail: what was done, and a link to a new password.
    async fn send_new_password_link(
        &self,
        tx: &mut Tx,
        user: &User,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (link, expires_at) = (PlainToken::generate(LINK_PREFIX), now.plus(LINK_LIFETIME));
        password_resets::supersede_all_of(tx, Some(&user.id), now).await?;
        delivery::withdraw(tx, &user.id, MailTemplate::ResetPassword).await?;
        let row = PasswordReset::unasked(user, &link, (now, expires_at), false);
        password_resets::insert(tx, &row).await?;
        let message = Message {
            template: MailTemplate::RecoveryDone,
            recipient: &user.email,
            locale: user.locale.as_deref().unwrap_or_default(),
            user_id: Some(&user.id),
            parameters: by_operator(now)
                .with("name", own_name(user))
                .with("link", self.hosted_reset_link(&link))
                .with_time("link_until", expires_at),
            expires_at: now.plus(LINK_LIFETIME.min(NOTICE_LIFETIME)),
        };
        self.write_mail(tx, &message, now).await
    }

    /// Fulfils what was approved without a time to wait, of one person.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn finish_recovery_of(&self, id: &UserId) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let open = account_recoveries::open_of(&mut self.store.read().await?, id).await?;
        match open.filter(|wish| wish.due_at.is_some_and(|due_at| due_at <= now)) {
            Some(wish) => self.finish_recovery(&wish, now).await,
            None => Ok(false),
        }
    }
}
