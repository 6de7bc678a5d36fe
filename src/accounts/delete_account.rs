//! Deleting one's account.
//!
//! 1. The person has proved lately who they are and types their address. The generation rises:
//!    everything ends at once, and for two weeks the account cannot be used.
//! 2. Until then a link in a mail, or a sign-in, keeps the account after all, by one conditional
//!    UPDATE that only counts before the time is over.
//! 3. Afterwards a job deletes in small steps whatever there is of the person. Each step can be
//!    taken again, and the account itself goes last, so that a stop in between loses nothing.

use super::administrators;
use super::change_password::withdraw_links;
use super::managed_users::ManagedBy;
use super::notice::{NOTICE_LIFETIME, asked, own_name};
use super::own_session::{self, OwnSessionRefusal};
use super::{Accounts, faults_into};
use crate::audit;
use crate::clock::Timestamp;
use crate::delivery::{self, MailTemplate, Message, MessageParameters};
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::canonical_login_name;
use crate::domain::session::Session;
use crate::domain::token::LINK_PREFIX;
use crate::domain::user::User;
use crate::domain::{PlainToken, Requester};
use crate::store::{StoreError, Tx, account_deletions, audit_events, sessions, users};

/// How long an account can still be kept, in seconds.
pub const DELETION_GRACE: i64 = 14 * 24 * 60 * 60;
/// Rows that one step deletes at most.
const BATCH: i64 = 500;
/// Accounts that one round deletes at most.
const ACCOUNTS: i64 = 20;

/// Why the account stays.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountRefusal {
    /// The person has to prove who they are first.
    #[error("the last proof is too old")]
    ProofMissing,
    /// What was typed is not the address of the account.
    #[error("the address was not typed")]
    NotConfirmed,
    /// Nobody would be left to run the installation.
    #[error("the last administrator stays: another person is given the role admin first")]
    LastAdministrator,
    /// The session ended meanwhile.
    #[error("the session is over")]
    SessionIsOver,
    /// Ours.
    #[error(transparent)]
    Fault(super::AccountsFault),
}
faults_into!(DeleteAccountRefusal);

impl Accounts {
    /// Begins to delete the account: from now on it cannot be used. Says when it will be gone.
    ///
    /// # Errors
    ///
    /// With why it stays.
    pub async fn request_deletion(
        &self,
        session: &Session,
        typed: &str,
        requester: &Requester,
    ) -> Result<Timestamp, DeleteAccountRefusal> {
        if !self.is_proven(session) {
            return Err(DeleteAccountRefusal::ProofMissing);
        }
        let id = &session.user_id;
        let user = users::find(&mut self.store.read().await?, id).await?;
        let user = user.ok_or(DeleteAccountRefusal::SessionIsOver)?;
        if canonical_login_name(typed) != canonical_login_name(&user.email) {
            return Err(DeleteAccountRefusal::NotConfirmed);
        }
        let now = self.clock.now();
        let due_at = now.plus(DELETION_GRACE);
        let link = PlainToken::generate(LINK_PREFIX);
        let mut tx = self.store.begin().await?;
        if !sessions::hold(&mut tx, session).await? {
            return Err(DeleteAccountRefusal::SessionIsOver);
        }
        if administrators::must_stay(&mut tx, id).await? {
            return Err(DeleteAccountRefusal::LastAdministrator);
        }
        let wish = (session.generation, due_at, &link.digest());
        if !account_deletions::request(&mut tx, id, wish).await? {
            return Err(DeleteAccountRefusal::SessionIsOver);
        }
        sessions::end_others(&mut tx, id, None).await?;
        withdraw_links(&mut tx, id, now).await?;
        let address = format!("{}account/restore?token={}", self.settings.issuer, link.expose());
        let parameters =
            asked(requester, now).with_time("deletion_at", due_at).with("link", address);
        let notice = (MailTemplate::AccountDeletionRequested, parameters);
        self.notify_every_address(&mut tx, &user, notice, (due_at, now)).await?;
        let event = AuditEvent::success(AuditKind::AccountDeletionRequested).of(id);
        audit::record(&mut tx, event.in_session(&session.sid).from(requester), now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(due_at)
    }

    /// The account that a link would keep. Changes nothing.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn find_by_restore_link(
        &self,
        link: &PlainToken,
    ) -> Result<Option<User>, StoreError> {
        let mut tx = self.store.read().await?;
        account_deletions::find_by_link(&mut tx, &link.digest(), self.clock.now()).await
    }

    /// Keeps the account of who is signed in after all. Says whether it was still on its way.
    ///
    /// # Errors
    ///
    /// If the session is over, or of before the deletion was asked for, or the database fails.
    pub async fn undo_own_deletion(
        &self,
        (user, session): (&User, &Session),
        requester: &Requester,
    ) -> Result<bool, OwnSessionRefusal> {
        let mut tx = self.store.begin().await?;
        own_session::hold(&mut tx, session).await?;
        Ok(self.undo_deletion_within(tx, user, requester).await?)
    }

    /// Keeps an account after all. Says whether it was still there to be kept.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn undo_deletion(
        &self,
        user: &User,
        requester: &Requester,
    ) -> Result<bool, StoreError> {
        let tx = self.store.begin().await?;
        self.undo_deletion_within(tx, user, requester).await
    }

    async fn undo_deletion_within(
        &self,
        mut tx: Tx,
        user: &User,
        requester: &Requester,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        if !account_deletions::undo(&mut tx, &user.id, now).await? {
            return Ok(false);
        }
        // Its link counts no more.
        delivery::withdraw(&mut tx, &user.id, MailTemplate::AccountDeletionRequested).await?;
        let parameters = asked(requester, now).with("link", self.reset_address());
        self.notify(&mut tx, user, MailTemplate::AccountDeletionUndone, (parameters, now)).await?;
        let event = AuditEvent::success(AuditKind::AccountDeletionUndone).of(&user.id);
        audit::record(&mut tx, event.from(requester), now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(true)
    }

    /// Deletes the accounts whose time is over; says how many are gone.
    ///
    /// # Errors
    ///
    /// If the database fails; what is left goes next time.
    pub async fn delete_due_accounts(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let due = account_deletions::due(&mut self.store.read().await?, now, ACCOUNTS).await?;
        let mut gone = 0;
        for user in due {
            gone += u64::from(self.delete_for_good(&user, None, now).await?);
        }
        Ok(gone)
    }

    /// Deletes an account whose time is over; `by` says who wanted that, where it was not its owner. Says whether it
    /// was here that it went.
    pub(super) async fn delete_for_good(
        &self,
        user: &User,
        by: Option<ManagedBy<'_>>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.delete_in_steps(user).await?;
        self.delete_at_last(user, by, now).await
    }

    /// Everything that may be much, or that no foreign key takes away.
    async fn delete_in_steps(&self, user: &User) -> Result<(), StoreError> {
        loop {
            let mut tx = self.store.begin().await?;
            let deleted = account_deletions::delete_grants(&mut tx, &user.id, BATCH).await?;
            tx.commit().await?;
            if deleted < BATCH.unsigned_abs() {
                break;
            }
        }
        loop {
            let mut tx = self.store.begin().await?;
            let erased = audit_events::erase(&mut tx, &user.id).await?;
            tx.commit().await?;
            if erased == 0 {
                break;
            }
        }
        let mut tx = self.store.begin().await?;
        account_deletions::delete_messages(&mut tx, &user.id).await?;
        let canonical = canonical_login_name(&user.email);
        account_deletions::delete_by_address(&mut tx, &user.email, &canonical).await?;
        tx.commit().await
    }

    /// The account itself, and the last mail. Only one instance is told that it was the one.
    async fn delete_at_last(
        &self,
        user: &User,
        by: Option<ManagedBy<'_>>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        if !account_deletions::delete(&mut tx, &user.id, now).await? {
            return Ok(false);
        }
        let message = Message {
            template: MailTemplate::AccountDeleted,
            recipient: &user.email,
            locale: user.locale.as_deref().unwrap_or_default(),
            // Nobody's any more.
            user_id: None,
            parameters: MessageParameters::default()
                .with("name", own_name(user))
                .with_time("deleted_at", now),
            expires_at: now.plus(NOTICE_LIFETIME),
        };
        self.write_mail(&mut tx, &message, now).await?;
        let event = AuditEvent::success(AuditKind::AccountDeleted);
        let event = match by {
            Some(by) => by.told_in(event),
            None => event,
        };
        let event = AuditEvent { former_user: Some(user.id.clone()), ..event };
        audit::record(&mut tx, event, now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(true)
    }
}
