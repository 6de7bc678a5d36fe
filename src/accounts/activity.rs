//! What happened in an account, as its owner reads it.

use super::Accounts;
use crate::clock::Timestamp;
use crate::domain::audit_trail::TrailRow;
use crate::domain::session::Session;
use crate::domain::{ClientId, UserId};
use crate::store::{StoreError, audit_events, clients};

/// Rows that one question reads: many of them are steps between applications and us.
const ROWS: i64 = 200;

/// A part of what happened, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The events.
    pub events: Vec<TrailRow>,
    /// The names of the applications in them that are still registered.
    pub apps: Vec<(ClientId, String)>,
    /// What to ask with for the part before, where there is one.
    pub next: Option<String>,
}

impl Accounts {
    /// When the person signed in last before this session began, as far as that is known.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn sign_in_before(&self, session: &Session) -> Result<Option<Timestamp>, StoreError> {
        audit_events::sign_in_before(&mut self.store.read().await?, session).await
    }

    /// At most `events` of what happened in an account, before the event `before` where one is
    /// named; `is_told` says which kinds of event are for people.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn activity(
        &self,
        id: &UserId,
        (before, events): (Option<&str>, usize),
        is_told: impl Fn(&TrailRow) -> bool,
    ) -> Result<Activity, StoreError> {
        let mut tx = self.store.read().await?;
        let rows = audit_events::list_of(&mut tx, id, before, ROWS).await?;
        let is_whole = i64::try_from(rows.len()).is_ok_and(|count| count < ROWS);
        let last_read = rows.last().map(|row| row.id.clone());
        let mut told = rows.into_iter().filter(is_told);
        let events: Vec<TrailRow> = told.by_ref().take(events).collect();
        let next = match told.next() {
            Some(_) => events.last().map(|event| event.id.clone()),
            None => last_read.filter(|_| !is_whole),
        };
        let mut apps: Vec<(ClientId, String)> = Vec::new();
        for id in events.iter().filter_map(|event| event.client_id.as_ref()) {
            if apps.iter().all(|(known, _)| known != id)
                && let Some(client) = clients::find(&mut tx, id).await?
            {
                apps.push((id.clone(), client.name));
            }
        }
        Ok(Activity { events, apps, next })
    }
}
