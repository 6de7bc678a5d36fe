//! Who calls: by an access token, never by a cookie.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::super::App;
use super::super::oauth::userinfo::bearer_token;
use super::super::sessions::note_sign_of_life;
use super::error::ApiError;
use crate::oauth::authentication_api::{self, Caller};
use crate::oauth::{OAuthError, Parameters};

/// Whoever the access token of a request is for, at this moment.
#[derive(Debug)]
pub(crate) struct ApiCaller(pub(super) Caller);

impl FromRequestParts<App> for ApiCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(caller_of(app, &bearer_of(parts)?).await?))
    }
}

/// The access token of a request.
pub(super) fn bearer_of(parts: &Parts) -> Result<String, OAuthError> {
    let query = parts.uri.query().unwrap_or_default();
    if Parameters::from_form(query.as_bytes()).has("access_token") {
        // RFC 9700 §4.3.2: URLs are logged and shared.
        return Err(OAuthError::Invalid("send the access token in the Authorization header"));
    }
    bearer_token(&parts.headers)?.ok_or(OAuthError::TokenMissing)
}

/// Whoever an access token is for.
pub(super) async fn caller_of(app: &App, token: &str) -> Result<Caller, ApiError> {
    let caller = authentication_api::caller(&app.provider, token).await?;
    note_sign_of_life(app, &caller.session).await;
    Ok(caller)
}
