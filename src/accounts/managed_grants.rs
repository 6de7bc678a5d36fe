//! What people allowed applications, as machines take it back.

use super::Accounts;
use super::managed_sessions::BY_MACHINE;
use super::managed_users::{ManagedBy, ManagedUserRefusal};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::AuditKind;
use crate::domain::{ClientId, UserId};
use crate::store::consent_search::ConsentKey;
use crate::store::{StoreError, Tx, consents, grants, unverified_users, users};

impl Accounts {
    /// Takes back what a person allowed an application: about themselves, and then all of it, since no
    /// application is let in at an API alone; or at one API. Its tokens end at once, and it has to ask anew. Says
    /// whether there was anything.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn take_back_by(
        &self,
        (user_id, client_id, audience): &ConsentKey,
        by: ManagedBy<'_>,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        // Whoever is being given a code meanwhile comes before or after, not in between.
        unverified_users::hold(&mut tx, Some(user_id)).await?;
        let of = (user_id, client_id);
        let had_any = if audience.is_empty() {
            let had_any = consents::take_back(&mut tx, user_id, client_id).await?;
            if had_any {
                grants::end_of_client(&mut tx, user_id, client_id, now).await?;
            }
            had_any
        } else {
            let had_any = consents::take_back_at(&mut tx, of, audience).await?;
            if had_any {
                grants::end_of_client_at(&mut tx, of, audience, now).await?;
            }
            had_any
        };
        if had_any {
            record(&mut tx, of, Some(audience).filter(|name| !name.is_empty()), by, now).await?;
        }
        tx.commit().await?;
        Ok(had_any)
    }

    /// Takes back what a person allowed any application.
    ///
    /// # Errors
    ///
    /// `NoSuchUser`, or a fault.
    pub async fn take_back_all_by(
        &self,
        user_id: &UserId,
        by: ManagedBy<'_>,
    ) -> Result<(), ManagedUserRefusal> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        unverified_users::hold(&mut tx, Some(user_id)).await?;
        users::find(&mut tx, user_id).await?.ok_or(ManagedUserRefusal::NoSuchUser)?;
        for client_id in consents::take_back_all(&mut tx, user_id).await? {
            grants::end_of_client(&mut tx, user_id, &client_id, now).await?;
            record(&mut tx, (user_id, &client_id), None, by, now).await?;
        }
        Ok(tx.commit().await?)
    }
}

async fn record(
    tx: &mut Tx,
    (user_id, client_id): (&UserId, &ClientId),
    audience: Option<&String>,
    by: ManagedBy<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut detail = serde_json::Map::new();
    detail.insert(BY_MACHINE.to_owned(), true.into());
    detail.insert("app".to_owned(), client_id.as_str().into());
    detail.extend(audience.map(|audience| ("audience".to_owned(), audience.as_str().into())));
    audit::record(tx, by.event(AuditKind::AccessRemoved, user_id, detail), now).await
}
