//! An operator wants another password of somebody, or of everybody: after a leak, say.
//!
//! The mark stays until a password is set, by whatever way. Of everybody it is made batch by batch,
//! each in a unit of work of its own: what was interrupted is run again, and goes on. When it was
//! begun is kept: a later run asks nobody who chose a password since.

use super::Accounts;
use super::operator::{OperatorRefusal, find_by_login};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::UserId;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::user::{NewPasswordReason, User};
use crate::store::{
    StoreError, Tx, installation, password_renewals, sessions, unverified_users, users,
};

/// Accounts that one unit of work marks.
const BATCH: i64 = 500;

/// What an operator wants of the password of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPasswordWish {
    /// Another one, at the next sign-in.
    Required {
        /// Whether every session and token ends at once.
        signs_out: bool,
    },
    /// It may stay.
    Waived,
}

/// What an operator wants of the passwords of everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewPasswordsWish {
    /// Every password that was set then or before has to go.
    pub since: Timestamp,
    /// Whether every session and token of those who are asked ends at once.
    pub signs_out: bool,
}

/// What came of one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredOfBatch {
    /// Where the next one begins.
    pub last: UserId,
    /// How many accounts it had.
    pub accounts: u64,
    /// How many accounts were marked that were not before.
    pub marked: u64,
    /// How many accounts have a password that is newer than what is asked for.
    pub newer: u64,
}

impl Accounts {
    /// Marks the account that signs in by `login`, or takes the mark away; says whether that
    /// changed anything. An account without a password cannot be marked.
    ///
    /// # Errors
    ///
    /// If there is no such account, or the database fails.
    pub async fn require_new_password(
        &self,
        login: &str,
        wish: NewPasswordWish,
    ) -> Result<(User, bool), OperatorRefusal> {
        let user = find_by_login(&mut self.store.read().await?, login).await?;
        let now = self.clock.now();
        let reason = match wish {
            NewPasswordWish::Required { .. } => Some(NewPasswordReason::Operator),
            NewPasswordWish::Waived => None,
        };
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(&user.id)).await?;
        let changed = password_renewals::require(&mut tx, &user.id, reason).await?;
        let signs_out = wish == NewPasswordWish::Required { signs_out: true };
        if signs_out && let Some(user) = users::find(&mut tx, &user.id).await? {
            users::raise_generation(&mut tx, &user.id, user.generation).await?;
            sessions::end_others(&mut tx, &user.id, None).await?;
        }
        if changed.is_some() || signs_out {
            record(&mut tx, &user.id, wish, now).await?;
        }
        tx.commit().await?;
        let is_new = changed.is_some();
        Ok((changed.unwrap_or(user), is_new))
    }

    /// Since when every password has to be newer: of the first run, or (`again`) of now.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn begin_requiring(&self, again: bool) -> Result<Timestamp, StoreError> {
        let (name, now) = (installation::PASSWORDS_OLDER_THAN, self.clock.now());
        let mut tx = self.store.begin().await?;
        if again {
            installation::set(&mut tx, name, &now.0.to_string()).await?;
        } else {
            installation::remember(&mut tx, name, &now.0.to_string()).await?;
        }
        let since = installation::find(&mut tx, name).await?;
        tx.commit().await?;
        Ok(since.and_then(|since| since.parse().ok()).map_or(now, Timestamp))
    }

    /// Marks the next batch of all accounts, in the order of their ids; `None` where there is none
    /// after `after`.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn require_new_passwords(
        &self,
        after: &UserId,
        wish: NewPasswordsWish,
    ) -> Result<Option<RequiredOfBatch>, StoreError> {
        let NewPasswordsWish { since, signs_out } = wish;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let batch = password_renewals::batch(&mut tx, after, BATCH).await?;
        let Some(last) = batch.last().cloned() else { return Ok(None) };
        let range = (after, &last);
        let marked = password_renewals::require_of_batch(&mut tx, range, since).await?;
        let newer = password_renewals::count_newer(&mut tx, range, since).await?;
        let told = if signs_out {
            // Of who was marked before, too: their sessions end by this.
            password_renewals::sign_out_batch(&mut tx, range).await?
        } else {
            marked.clone()
        };
        for id in &told {
            record(&mut tx, id, NewPasswordWish::Required { signs_out }, now).await?;
        }
        tx.commit().await?;
        let number = |ids: &[UserId]| u64::try_from(ids.len()).unwrap_or(u64::MAX);
        let (accounts, marked) = (number(&batch), number(&marked));
        let newer = u64::try_from(newer).unwrap_or_default();
        Ok(Some(RequiredOfBatch { last, accounts, marked, newer }))
    }
}

async fn record(
    tx: &mut Tx,
    id: &UserId,
    wish: NewPasswordWish,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = match wish {
        NewPasswordWish::Required { signs_out } => {
            let reason = NewPasswordReason::Operator.as_str();
            AuditEvent::success(AuditKind::NewPasswordRequired)
                .with(serde_json::json!({ "reason": reason, "signed_out": signs_out }))
        }
        NewPasswordWish::Waived => AuditEvent::success(AuditKind::NewPasswordWaived),
    };
    audit::record(tx, event.of(id), now).await
}
