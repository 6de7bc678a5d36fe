//! `POST /api/auth/refresh` and `POST /api/auth/signout`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::super::App;
use super::super::oauth::token::{NO_STORE, members_of};
use super::answer::ok;
use super::apps;
use super::body::Members;
use super::callers::{TokenHolder, read};
use super::error::ApiError;
use crate::domain::client::Client;
use crate::domain::{PlainToken, Requester};
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::{Parameters, api_access, grants};

/// Exchanges a refresh token, of the body or as Bearer, for its successor and a new access token: by
/// the very function that `/oauth/token` calls.
pub(crate) async fn refresh(
    State(app): State<App>,
    requester: Requester,
    headers: HeaderMap,
    mut members: Members,
) -> Result<Response, ApiError> {
    let in_header = read(&headers)?;
    let in_body = members.text("refresh_token");
    let client_id = members.text("client_id");
    if in_body.is_some() == in_header.is_some() {
        members.mistake("refresh_token", "send it once: in the body, or as Bearer");
    }
    members.finish()?;
    let token = in_body.as_deref().map(PlainToken::new).or(in_header);
    let token = token.ok_or(ApiError::InvalidRefreshToken)?;
    let client = app_of(&app, client_id, &token).await?;
    let session = api_access::session_of_refresh_token(&app.provider, &token).await?;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token.expose())];
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let parameters = Parameters::from_form(form.as_bytes());
    let client = AuthenticatedClient { client };
    let tokens = grants::exchange(&app.provider, &client, &parameters, &requester).await?;
    // A token of a session that ended is spent all the same, and answers nothing.
    let session = session.ok_or(ApiError::InvalidRefreshToken)?;
    app.accounts.note_use(&session).await?;
    Ok(ok(members_of(&tokens)))
}

/// The application that the call names; or the one that was given the token.
async fn app_of(
    app: &App,
    client_id: Option<String>,
    token: &PlainToken,
) -> Result<Client, ApiError> {
    if client_id.is_none()
        && let Some(own) = api_access::app_of_refresh_token(&app.provider, token).await?
    {
        return Ok(own);
    }
    apps::named(app, client_id).await
}

/// Ends the session, and every token of it.
pub(crate) async fn sign_out(
    State(app): State<App>,
    requester: Requester,
    TokenHolder(caller): TokenHolder,
    members: Members,
) -> Result<Response, ApiError> {
    members.finish()?;
    app.accounts.sign_out_with_tokens(&caller.session, &requester).await?;
    Ok((StatusCode::NO_CONTENT, NO_STORE).into_response())
}
