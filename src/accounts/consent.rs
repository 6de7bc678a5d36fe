//! What a person allows an application. Both answers are parts of a larger unit of work: the code
//! that follows a consent is written with it or not at all.

use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::session::Session;
use crate::domain::{ClientId, Requester, Scopes, UserId};
use crate::store::{StoreError, Tx, consents};

/// A person's answer about an application.
#[derive(Clone, Copy, Debug)]
pub struct ConsentAnswer<'answer> {
    /// Who answers, in which session.
    pub session: &'answer Session,
    /// About which application.
    pub client_id: &'answer ClientId,
    /// About which scopes.
    pub scopes: &'answer Scopes,
    /// The identifier of the API that those which are not our own are for.
    pub api: Option<&'answer str>,
    /// From where.
    pub requester: &'answer Requester,
}

/// What the person allowed the application so far, about themselves and at the API with this
/// identifier.
///
/// # Errors
///
/// If the database fails.
pub async fn find(
    tx: &mut Tx,
    of: (&UserId, &ClientId),
    api: Option<&str>,
) -> Result<Option<Scopes>, StoreError> {
    consents::find(tx, of, api).await
}

/// Adds the scopes to what the person allowed the application; says whether that was nothing before.
///
/// # Errors
///
/// If the database fails.
pub async fn give(
    tx: &mut Tx,
    answer: ConsentAnswer<'_>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let ConsentAnswer { session, client_id, scopes, api, .. } = answer;
    let at_api = scopes.without(&Scopes::standard());
    let (own, at_api) = match api {
        Some(api) => (scopes.without(&at_api), Some((api, &at_api))),
        None => (scopes.clone(), None),
    };
    let is_first = consents::give(tx, (&session.user_id, client_id), &own, at_api, now).await?;
    let event = AuditEvent::success(AuditKind::ConsentGiven);
    audit::record(tx, described(event, answer), now).await?;
    Ok(is_first)
}

/// Notes that the person refused.
///
/// # Errors
///
/// If the database fails.
pub async fn refuse(
    tx: &mut Tx,
    answer: ConsentAnswer<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = AuditEvent::failure(AuditKind::ConsentRefused);
    audit::record(tx, described(event, answer), now).await
}

fn described(event: AuditEvent, answer: ConsentAnswer<'_>) -> AuditEvent {
    event
        .of(&answer.session.user_id)
        .by_client(answer.client_id)
        .in_session(&answer.session.sid)
        .from(answer.requester)
        .with(serde_json::json!({ "scopes": answer.scopes.to_string(), "api": answer.api }))
}
