//! `GET` and `POST /oauth/authorize` (RFC 6749 §3.1, OpenID Connect Core §3.1.2.1).

use axum::extract::{RawQuery, Request, State};
use axum::response::Response;

use super::super::App;
use super::super::flow::{self, Arrival};
use super::super::form::read_form;
use super::super::frame::Frame;
use super::super::instead::Instead;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use crate::oauth::Parameters;

/// A new request in the query, or a kept one that goes on.
pub(crate) async fn get(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    RawQuery(query): RawQuery,
) -> Result<Response, Instead> {
    let parameters = Parameters::from_form(query.unwrap_or_default().as_bytes());
    let handle = parameters.get("flow").filter(|_| !parameters.has("client_id"));
    let Some(handle) = handle else {
        return Ok(flow::begin(&app, &frame, &session, &parameters).await?);
    };
    let pending = flow::resumed(&app, &frame, &session, Some(handle), Arrival::Get).await?;
    Ok(flow::go_on(&app, &frame, pending.ok_or_else(PageError::flow_is_over)?, Arrival::Get)
        .await?)
}

/// A new request as a form, from a client's page (OpenID Connect Core §3.1.2.1).
pub(crate) async fn post(
    State(app): State<App>,
    frame: Frame,
    request: Request,
) -> Result<Response, PageError> {
    let parameters = match read_form(request, &app).await {
        // Of another type than a form: nothing of it is known, which the developer is told.
        Err(PageError::Malformed) => Parameters::default(),
        read => read?,
    };
    flow::begin_by_post(&app, &frame, &parameters).await
}
