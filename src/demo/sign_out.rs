//! Signing out: here only, or here and at the provider (RP-Initiated Logout 1.0).

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

use super::app::App;
use super::error::DemoError;
use super::form::OwnForm;
use super::{HOME, SIGNED_OUT, cookies, pages};

/// `POST /sign-out`: ends the session here, then sends the browser to the provider's logout.
pub(super) async fn at_the_provider(
    State(app): State<Arc<App>>,
    form: OwnForm,
) -> Result<Response, DemoError> {
    let (url, state) = app.provider.end_session(&form.signed_in.tokens.identity.token).await?;
    let id = app.sessions.end_at_provider(&form.id, state);
    Ok((cookies::remember(&id), Redirect::to(url.as_str())).into_response())
}

/// `POST /sign-out-here`: the provider's session and the tokens live on.
pub(super) async fn here(State(app): State<Arc<App>>, form: OwnForm) -> Response {
    app.sessions.end(&form.id);
    (cookies::forget(), Redirect::to(SIGNED_OUT)).into_response()
}

/// `GET /signed-out`, the post-logout redirect URI: `state` has to be the one that was sent along.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, DemoError> {
    let Query(query) = query.map_err(|_| DemoError::LogoutStateMismatch)?;
    let state = query.iter().find(|(name, _)| name == "state").map(|(_, value)| value.as_str());
    let id = cookies::session_id(&headers);
    if !app.sessions.is_logout_state(id.as_deref(), state) {
        return Err(DemoError::LogoutStateMismatch);
    }
    if id.is_some_and(|id| app.sessions.signed_in(&id).is_some()) {
        return Ok(Redirect::to(HOME).into_response());
    }
    Ok(pages::signed_out(app.provider.issuer(), state.is_some())?.into_response())
}
