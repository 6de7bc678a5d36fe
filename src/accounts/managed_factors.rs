//! What people sign in with, as machines take it away.

use super::Accounts;
use super::giver::opens_beyond;
use super::managed_users::{ManagedBy, ManagedUserRefusal};
use crate::domain::UserId;
use crate::domain::audit_event::AuditKind;
use crate::store::{unverified_users, users};

impl Accounts {
    /// Removes every second factor of a person, passkeys and backup codes too, as the operator's command does: sessions and
    /// tokens end, and the person is told by mail. Where there were none, nothing changes.
    ///
    /// # Errors
    ///
    /// `NoSuchUser`; `BeyondCaller` where the person may do more than the machine: with a password alone somebody
    /// would be that person.
    pub async fn reset_factors_by(
        &self,
        id: &UserId,
        by: ManagedBy<'_>,
    ) -> Result<(), ManagedUserRefusal> {
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(id)).await?;
        let user = users::find(&mut tx, id).await?.ok_or(ManagedUserRefusal::NoSuchUser)?;
        if let Some(scopes) = by.scopes
            && let Some(beyond) = opens_beyond(&mut tx, id, scopes).await?
        {
            return Err(ManagedUserRefusal::BeyondCaller(beyond));
        }
        let event = by.event(AuditKind::SecondFactorsReset, id, serde_json::Map::new());
        self.reset_factors_within(tx, &user, event).await?;
        Ok(())
    }
}
