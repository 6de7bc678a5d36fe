//! What happened in an account, as its owner reads it.

use super::{Accounts, EndSessionsRefusal};
use crate::audit;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::audit_trail::TrailRow;
use crate::domain::session::Session;
use crate::domain::{Requester, UserId};
use crate::store::{StoreError, audit_events};

/// Rows that one question reads: many of them are steps between applications and us.
const ROWS: i64 = 200;
/// Events on a page, which stays small.
const EVENTS: usize = 12;

/// A part of what happened, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The events.
    pub events: Vec<TrailRow>,
    /// What to ask with for the part before, where there is one.
    pub next: Option<String>,
}

impl Accounts {
    /// What happened in an account before the event `before`; `is_told` says which kinds of event
    /// are for people.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn activity(
        &self,
        id: &UserId,
        before: Option<&str>,
        is_told: impl Fn(&TrailRow) -> bool,
    ) -> Result<Activity, StoreError> {
        let mut tx = self.store.read().await?;
        let rows = audit_events::list_of(&mut tx, id, before, ROWS).await?;
        let is_whole = i64::try_from(rows.len()).is_ok_and(|count| count < ROWS);
        let last_read = rows.last().map(|row| row.id.clone());
        let mut told = rows.into_iter().filter(is_told);
        let events: Vec<TrailRow> = told.by_ref().take(EVENTS).collect();
        let next = match told.next() {
            Some(_) => events.last().map(|event| event.id.clone()),
            None => last_read.filter(|_| !is_whole),
        };
        Ok(Activity { events, next })
    }

    /// "That was not me": ends everything of the person but the session that asks. Gives the session
    /// back, which the caller gives another cookie.
    ///
    /// # Errors
    ///
    /// As for [`Self::end_other_sessions`].
    pub async fn disown(
        &self,
        own: &Session,
        event_id: &str,
        requester: &Requester,
    ) -> Result<Session, EndSessionsRefusal> {
        let followed = self.end_other_sessions(own, requester).await?;
        let now = self.clock.now();
        let event = AuditEvent::success(AuditKind::ActivityDisowned).of(&own.user_id);
        // Of an id from outside, only what an id of ours can look like.
        let id: String = event_id.chars().filter(char::is_ascii_alphanumeric).take(26).collect();
        let event = event.in_session(&own.sid).with(serde_json::json!({ "event": id }));
        let mut tx = self.store.begin().await?;
        audit::record(&mut tx, event.from(requester), now).await?;
        tx.commit().await?;
        Ok(followed)
    }
}
