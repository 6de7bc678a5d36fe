//! Where people are signed in, as machines see it and end it.

use super::Accounts;
use super::managed_users::{ManagedBy, ManagedUserRefusal};
use crate::audit;
use crate::domain::audit_event::AuditKind;
use crate::domain::{SessionId, UserId};
use crate::store::sessions::ListedSession;
use crate::store::{
    StoreError, email_verifications, grants, password_resets, sessions, unverified_users, users,
};

/// In an event of something that people do themselves: a machine did it.
pub const BY_MACHINE: &str = "by_machine";

impl Accounts {
    /// A session that lives, whoever it is of.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn listed_session(
        &self,
        sid: &SessionId,
    ) -> Result<Option<ListedSession>, StoreError> {
        sessions::find_listed(&mut self.store.read().await?, sid, self.clock.now()).await
    }

    /// Ends a session, and every token that an application got through it; says whether there was one.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn end_session_by(
        &self,
        sid: &SessionId,
        by: ManagedBy<'_>,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let Some(listed) = sessions::find_listed(&mut tx, sid, now).await? else {
            return Ok(false);
        };
        let id = &listed.session.user_id;
        // Whoever is being given a code meanwhile comes before or after, not in between.
        if !sessions::end_of_user(&mut tx, id, sid).await? {
            return Ok(false);
        }
        grants::end_all_of_session(&mut tx, id, sid, now).await?;
        let event = by.event(AuditKind::SessionEnded, id, by_machine());
        audit::record(&mut tx, event.in_session(sid), now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends every session of a person, every token of every application, and what browsers are remembered for.
    /// Links to verify the address or choose a password, and invitations, stay good.
    ///
    /// # Errors
    ///
    /// `NoSuchUser`, or a fault.
    pub async fn end_sessions_by(
        &self,
        id: &UserId,
        by: ManagedBy<'_>,
    ) -> Result<(), ManagedUserRefusal> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(id)).await?;
        let user = users::find(&mut tx, id).await?.ok_or(ManagedUserRefusal::NoSuchUser)?;
        // Of whoever is blocked nothing is open.
        if let Some(next) = users::raise_generation(&mut tx, id, user.generation).await? {
            password_resets::keep_open(&mut tx, id, next).await?;
            email_verifications::keep_open(&mut tx, id, next).await?;
            sessions::end_others(&mut tx, id, None).await?;
            let event = by.event(AuditKind::SignedOutElsewhere, id, by_machine());
            audit::record(&mut tx, event, now).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Whoever did it, it was not the person.
fn by_machine() -> serde_json::Map<String, serde_json::Value> {
    std::iter::once((BY_MACHINE.to_owned(), true.into())).collect()
}
