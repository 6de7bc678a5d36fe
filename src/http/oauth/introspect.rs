//! `POST /oauth/introspect` (RFC 7662).

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::Value;

use super::super::App;
use super::token::{self, TokenRefusal, json_answer};
use crate::domain::Requester;
use crate::oauth::introspect;

/// Says what a token is worth at this moment.
pub(crate) async fn post(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    requester: Requester,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, TokenRefusal> {
    let sent = (query.as_deref(), &headers, &body);
    let (client, parameters) = token::authenticated(&app, sent, &requester).await?;
    let answer = introspect::answer(&app.provider, &client, &parameters).await?;
    Ok(json_answer(StatusCode::OK, &Value::Object(answer)))
}
