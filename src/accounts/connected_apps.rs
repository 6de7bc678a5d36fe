//! Which applications a person let in, and shutting them out.

use super::Accounts;
use super::own_session::{self, OwnSessionRefusal};
use crate::audit;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::session::Session;
use crate::domain::{ClientId, Requester, UserId};
use crate::store::{StoreError, consents, grants};

pub use crate::store::consents::{ApiConsent, ConnectedApp};

impl Accounts {
    /// Every application that the person let in, by name.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn connected_apps(&self, id: &UserId) -> Result<Vec<ConnectedApp>, StoreError> {
        let now = self.clock.now();
        consents::list_of_user(&mut self.store.read().await?, id, None, now).await
    }

    /// One of them; `None` where the person did not let it in.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn connected_app(
        &self,
        id: &UserId,
        client_id: &ClientId,
    ) -> Result<Option<ConnectedApp>, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.read().await?;
        Ok(consents::list_of_user(&mut tx, id, Some(client_id), now).await?.into_iter().next())
    }

    /// What the person allowed an application at APIs.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn allowed_at_apis(
        &self,
        id: &UserId,
        client_id: &ClientId,
    ) -> Result<Vec<ApiConsent>, StoreError> {
        consents::at_apis(&mut self.store.read().await?, id, Some(client_id)).await
    }

    /// Takes back all that the person allowed an application: its tokens end at once, and it has to
    /// ask anew. Says whether it had anything.
    ///
    /// # Errors
    ///
    /// If the session is over, or the database fails.
    pub async fn remove_access(
        &self,
        session: &Session,
        client_id: &ClientId,
        requester: &Requester,
    ) -> Result<bool, OwnSessionRefusal> {
        let (id, now) = (&session.user_id, self.clock.now());
        let mut tx = self.store.begin().await?;
        // Whoever is being given a code meanwhile comes before or after, not in between.
        own_session::hold(&mut tx, session).await?;
        let had_consent = consents::take_back(&mut tx, id, client_id).await?;
        let ended = grants::end_of_client(&mut tx, id, client_id, now).await?;
        let had_any = had_consent || ended > 0;
        if had_any {
            let event = AuditEvent::success(AuditKind::AccessRemoved).of(id).from(requester);
            let event = event.by_client(client_id).in_session(&session.sid);
            audit::record(&mut tx, event, now).await?;
        }
        tx.commit().await?;
        Ok(had_any)
    }
}
