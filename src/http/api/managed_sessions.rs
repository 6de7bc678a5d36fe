//! Where people are signed in, for machines at `/api/v2/users/{id}/sessions` and `/api/v2/sessions/{id}`.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::oauth::token::json_answer;
use super::error::ApiError;
use super::managed_users::by_machine;
use super::management::Machine;
use super::me::moment;
use super::users::{known_id, whole_list};
use crate::domain::{Requester, SessionId};
use crate::oauth::management_api::{DELETE_SESSIONS, READ_SESSIONS};
use crate::store::sessions::ListedSession;

/// `GET /api/v2/users/{id}/sessions`
pub(crate) async fn list(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_SESSIONS)?;
    let id = known_id(id)?;
    app.accounts.user(&id).await?.ok_or(ApiError::NoSuchUser)?;
    let all = app.accounts.sessions_of(&id).await?.iter().map(entry).collect();
    whole_list(("sessions", true), all, query)
}

/// `DELETE /api/v2/users/{id}/sessions`
pub(crate) async fn end_all(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(DELETE_SESSIONS)?;
    let by = by_machine(&caller, &requester);
    app.accounts.end_sessions_by(&known_id(id)?, by).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /api/v2/sessions/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(READ_SESSIONS)?;
    let found = app.accounts.listed_session(&sid(id)?).await?.ok_or(ApiError::NoSuchSession)?;
    Ok(json_answer(StatusCode::OK, &entry(&found)))
}

/// `DELETE /api/v2/sessions/{id}`
pub(crate) async fn end(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(DELETE_SESSIONS)?;
    let by = by_machine(&caller, &requester);
    if app.accounts.end_session_by(&sid(id)?, by).await? {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(ApiError::NoSuchSession)
    }
}

/// An id that the store can be asked for.
fn sid(id: String) -> Result<SessionId, ApiError> {
    if id.contains('\0') { Err(ApiError::NoSuchSession) } else { Ok(SessionId(id)) }
}

/// A session by the names of the management API. Its id opens nothing.
fn entry(listed: &ListedSession) -> Value {
    let session = &listed.session;
    let mut device = Map::new();
    let parts = [("initial_ip", &listed.ip), ("initial_user_agent", &listed.user_agent)];
    for (name, value) in parts {
        device.extend(value.as_ref().map(|value| (name.to_owned(), json!(value))));
    }
    json!({
        "id": session.sid,
        "user_id": session.user_id,
        "created_at": moment(session.created_at),
        "updated_at": moment(session.last_seen_at),
        "authenticated_at": moment(session.auth_time),
        "idle_expires_at": moment(session.idle_expires_at),
        "expires_at": moment(session.expires_at),
        "device": device,
    })
}
