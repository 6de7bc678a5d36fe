//! What the owner of an account is warned of where somebody wants to get in without a second factor, and how
//! they stop it.

use super::Accounts;
use super::own_session::{self, OwnSessionRefusal};
use super::recover::record_end;
use crate::clock::Timestamp;
use crate::domain::session::Session;
use crate::domain::{Requester, UserId};
use crate::store::StoreError;
use crate::store::account_recoveries::{self, RecoveryOutcome};

/// A wish of which its owner is warned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenRecovery {
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When the second factors go, where an operator approved.
    pub due_at: Option<Timestamp>,
}

impl Accounts {
    /// "This was not me", by who is signed in; says whether there was still something to stop.
    ///
    /// # Errors
    ///
    /// If the session is over, or the database fails.
    pub async fn stop_own_recovery(
        &self,
        session: &Session,
        requester: &Requester,
    ) -> Result<bool, OwnSessionRefusal> {
        let now = self.clock.now();
        let (id, outcome) = (&session.user_id, RecoveryOutcome::Stopped);
        let mut tx = self.store.begin().await?;
        own_session::hold(&mut tx, session).await?;
        let is_stopped = account_recoveries::end_all_of(&mut tx, id, outcome, now).await?;
        if is_stopped {
            record_end(&mut tx, id, outcome, Some(requester), now).await?;
        }
        tx.commit().await?;
        Ok(is_stopped)
    }

    /// What the owner of an account is warned of.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn open_recovery(&self, id: &UserId) -> Result<Option<OpenRecovery>, StoreError> {
        let open = account_recoveries::open_of(&mut self.store.read().await?, id).await?;
        Ok(open.and_then(|row| {
            Some(OpenRecovery { requested_at: row.requested_at?, due_at: row.due_at })
        }))
    }
}
