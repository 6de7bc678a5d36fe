//! `POST /oauth/revoke` (RFC 7009).

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::super::App;
use super::token::{self, NO_STORE, TokenRefusal};
use crate::domain::Requester;
use crate::oauth::revoke;

/// Ends a token of the client that asks.
pub(crate) async fn post(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    requester: Requester,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, TokenRefusal> {
    let sent = (query.as_deref(), &headers, &body);
    let (client, parameters) = token::authenticated(&app, sent, &requester).await?;
    revoke::revoke(&app.provider, &client, &parameters, &requester).await?;
    Ok((StatusCode::OK, NO_STORE).into_response())
}
