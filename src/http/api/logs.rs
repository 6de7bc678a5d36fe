//! The audit trail, for machines at `/api/v2/logs` and `/api/v2/users/{id}/logs`.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde_json::Value;
use strum::VariantArray as _;

use super::super::App;

use super::super::oauth::token::{NO_STORE, json_answer};
use super::error::ApiError;
use super::listing::{Fields, ListCall, Wanted};
use super::management::Machine;
use super::users::{counted, known_id, parameters};
use crate::domain::audit_event::AuditKind;
use crate::domain::audit_trail::TrailRow;
use crate::domain::{ClientId, UserId};
use crate::oauth::management_api::READ_LOGS;
use crate::store::StoreError;
use crate::store::audit_search::{self, EventFilter};

/// Events that are read at once for an export.
const PIECE: i64 = 500;
/// How far the clocks of two instances may be apart, in seconds.
const CLOCKS_APART: i64 = 30;
const OUTCOMES: [(&str, &str); 2] = [("success", "success"), ("failure", "failure")];

/// `GET /api/v2/logs`
pub(crate) async fn list(
    State(app): State<App>,
    Machine(caller): Machine,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_LOGS)?;
    listed(&app, query, None).await
}

/// `GET /api/v2/users/{id}/logs`
pub(crate) async fn of_user(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_LOGS)?;
    let id = known_id(id)?;
    app.accounts.user(&id).await?.ok_or(ApiError::NoSuchUser)?;
    listed(&app, query, Some(id)).await
}

/// `GET /api/v2/logs/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(READ_LOGS)?;
    if id.contains('\0') {
        return Err(ApiError::NoSuchLog);
    }
    let found = audit_search::find(&mut app.store().read().await?, &id).await?;
    let entry = found.ok_or(ApiError::NoSuchLog)?.facts();
    Ok(json_answer(StatusCode::OK, &Value::Object(entry)))
}

/// `GET /api/v2/logs/export`: one JSON object a line, the oldest event first, read as fast as the caller takes them.
pub(crate) async fn export(
    State(app): State<App>,
    Machine(caller): Machine,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_LOGS)?;
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let (filter, fields) = (filter(&mut call, None), call.fields());
    for other in ["from", "take", "page", "per_page", "include_totals"] {
        call.absent(other, "is for the list: this is all of it");
    }
    call.check()?;
    let before = settled(&app).await?;
    let first = Piece { app, filter, fields, after: String::new(), before }.next().await?;
    let pieces = stream::try_unfold(first, |piece| async {
        match piece {
            None => Ok::<_, StoreError>(None),
            Some((lines, rest)) => {
                let next = rest.next().await.inspect_err(|error| {
                    tracing::error!(%error, "an export of the audit trail breaks off");
                })?;
                Ok(Some((lines, next)))
            }
        }
    });
    let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((StatusCode::OK, NO_STORE, kind, Body::from_stream(pieces)).into_response())
}

/// Where an export has come to.
struct Piece {
    app: App,
    filter: EventFilter,
    fields: Fields,
    after: String,
    before: String,
}

impl Piece {
    /// The lines that come next, and where it goes on; `None` at its end.
    async fn next(mut self) -> Result<Option<(String, Self)>, StoreError> {
        let mut tx = self.app.store().read().await?;
        let part = (self.after.as_str(), self.before.as_str());
        let rows = audit_search::between(&mut tx, &self.filter, part, PIECE).await?;
        drop(tx);
        let Some(last) = rows.last() else { return Ok(None) };
        self.after.clone_from(&last.id);
        let line = |row: &TrailRow| format!("{}\n", self.fields.of(row.facts()));
        let lines: String = rows.iter().map(line).collect();
        Ok(Some((lines, self)))
    }
}

async fn listed(
    app: &App,
    query: Option<String>,
    user_id: Option<UserId>,
) -> Result<Response, ApiError> {
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let (filter, wanted, fields) = (filter(&mut call, user_id), call.members(), call.fields());
    call.check()?;
    let entries =
        |rows: &[TrailRow]| -> Value { rows.iter().map(|row| fields.of(row.facts())).collect() };
    let answer = match wanted {
        Wanted::After { from, take } => {
            let before = settled(app).await?;
            let part = (from.as_str(), before.as_str());
            let mut tx = app.store().read().await?;
            entries(&audit_search::between(&mut tx, &filter, part, take).await?)
        }
        Wanted::Page { part, with_totals, .. } => {
            let mut tx = app.store().read().await?;
            let rows = audit_search::newest(&mut tx, &filter, (part.offset, part.limit)).await?;
            let page = entries(&rows);
            if with_totals {
                counted("logs", page, part, audit_search::count(&mut tx, &filter).await?)
            } else {
                page
            }
        }
    };
    Ok(json_answer(StatusCode::OK, &answer))
}

/// The id before which nothing is recorded any more. Whoever goes on from the last event they have would never see
/// what comes before it later: a call that began long ago may still go on, be recorded, and be seen when it is done.
async fn settled(app: &App) -> Result<String, StoreError> {
    let longest = i64::try_from(app.settings.request_timeout).unwrap_or(i64::MAX);
    let held_back = longest.saturating_mul(2).saturating_add(CLOCKS_APART);
    let end = app.now().plus(held_back.saturating_neg());
    audit_search::settled_before(&mut app.store().read().await?, end).await
}

/// Which events are meant.
fn filter(call: &mut ListCall<'_>, user_id: Option<UserId>) -> EventFilter {
    let named = call.filter("user_id").map(UserId::from);
    let kind = call.filter("type");
    let known = kind.and_then(|named| {
        AuditKind::VARIANTS.iter().map(|kind| kind.as_str()).find(|known| *known == named)
    });
    if kind.is_some() && known.is_none() {
        call.refuse("type", "is no kind of event: signed_in is one");
    }
    if user_id.is_some() && named.is_some() {
        call.refuse("user_id", "stands in the path already");
    }
    EventFilter {
        user_id: user_id.or(named),
        client_id: call.filter("client_id").map(ClientId::from),
        kind: known,
        outcome: call.choice("outcome", &OUTCOMES),
        since: call.time("since"),
        until: call.time("until"),
    }
}
