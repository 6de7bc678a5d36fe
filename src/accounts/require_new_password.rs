//! An operator wants another password of somebody, or of everybody: after a leak, say.
//!
//! The mark stays until a password is set, by whatever way. Of everybody it is made batch by batch,
//! each in a unit of work of its own: what was interrupted is run again, and goes on.

use super::Accounts;
use super::operator::{OperatorRefusal, find_by_login};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::UserId;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::user::{NewPasswordReason, User};
use crate::store::{StoreError, Tx, password_renewals, sessions, unverified_users, users};

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

/// What came of one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredOfBatch {
    /// Where the next one begins.
    pub last: UserId,
    /// How many accounts it had.
    pub accounts: u64,
    /// How many accounts were marked that were not before.
    pub marked: u64,
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

    /// Marks the next batch of all accounts, in the order of their ids; `None` where there is none
    /// after `after`.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn require_new_passwords(
        &self,
        after: &UserId,
        signs_out: bool,
    ) -> Result<Option<RequiredOfBatch>, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let batch = password_renewals::batch(&mut tx, after, BATCH).await?;
        let Some(last) = batch.last().cloned() else { return Ok(None) };
        let marked = password_renewals::require_of_batch(&mut tx, (after, &last)).await?;
        if signs_out {
            password_renewals::sign_out_batch(&mut tx, (after, &last)).await?;
        }
        for id in &marked {
            record(&mut tx, id, NewPasswordWish::Required { signs_out }, now).await?;
        }
        tx.commit().await?;
        let number = |ids: &[UserId]| u64::try_from(ids.len()).unwrap_or(u64::MAX);
        let (accounts, marked) = (number(&batch), number(&marked));
        Ok(Some(RequiredOfBatch { last, accounts, marked }))
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
