//! Who calls: by an access token of this API, or by half a sign-in. Never by a cookie.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::super::App;
use super::error::{ApiError, FactorWish};
use crate::accounts::FactorStanding;
use crate::domain::client::Client;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::domain::{PlainToken, Requester};
use crate::oauth::{Parameters, api_access};

/// Somebody with a good access token, whatever is still asked of them: for signing out. Every other
/// call takes a [`Caller`].
#[derive(Debug)]
pub(crate) struct TokenHolder(pub(super) Caller);

/// Somebody with a good access token, who proved all that is asked of them.
#[derive(Debug)]
pub(crate) struct Caller {
    /// Who.
    pub(super) user: User,
    /// Their session.
    pub(super) session: Session,
    /// The application.
    pub(super) client: Client,
}

/// What a request brings as Bearer, whatever it is.
#[derive(Debug)]
pub(crate) struct Bearer(pub(super) PlainToken);

impl FromRequestParts<App> for Bearer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, ApiError> {
        refuse_in_query(parts)?;
        read(&parts.headers)?.map(Self).ok_or(ApiError::TokenMissing)
    }
}

impl FromRequestParts<App> for TokenHolder {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Bearer(token) = Bearer::from_request_parts(parts, app).await?;
        let found = api_access::caller(&app.provider, token.expose()).await?;
        // A store that takes no writes just now must not keep people from reading.
        if let Err(error) = app.accounts.note_use(&found.session).await {
            tracing::warn!(%error, "when a session was last used cannot be noted just now");
        }
        let api_access::Caller { user, session, client } = found;
        Ok(Self(Caller { user, session, client }))
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let TokenHolder(caller) = TokenHolder::from_request_parts(parts, app).await?;
        let requester = Requester::from_request_parts(parts, app).await?;
        check_factor(app, &caller, &requester).await?;
        Ok(caller)
    }
}

/// What an installation, a role or the application asks of second factors, as it is now.
pub(super) async fn check_factor(
    app: &App,
    caller: &Caller,
    requester: &Requester,
) -> Result<(), ApiError> {
    let Caller { user, session, client } = caller;
    match app.accounts.factor_standing(session, user, Some(client)).await? {
        FactorStanding::Enough => Ok(()),
        FactorStanding::ToSetUp => {
            let wish = factor_to_set_up(app, caller, requester).await?;
            Err(ApiError::MfaEnrollmentRequired(wish))
        }
        FactorStanding::ToGive => {
            let wish = factor_to_give(app, caller, requester).await?;
            Err(ApiError::ReauthenticationRequired(Some(wish)))
        }
    }
}

/// What somebody who has no second factor yet may set up.
pub(super) async fn factor_to_set_up(
    app: &App,
    caller: &Caller,
    requester: &Requester,
) -> Result<FactorWish, ApiError> {
    let Caller { user, session, client } = caller;
    let methods = app.accounts.factors(user).await?.offered;
    let mfa_token = app.accounts.challenge_in_app((user, session), &client.id, requester).await?;
    Ok(FactorWish { mfa_token, methods })
}

/// What somebody may give as their second factor.
pub(super) async fn factor_to_give(
    app: &App,
    caller: &Caller,
    requester: &Requester,
) -> Result<FactorWish, ApiError> {
    let Caller { user, session, client } = caller;
    let methods = app.accounts.own_methods(user).await?;
    let mfa_token = app.accounts.challenge_in_app((user, session), &client.id, requester).await?;
    Ok(FactorWish { mfa_token, methods })
}

/// URLs are logged and shared (RFC 9700 §4.3.2).
fn refuse_in_query(parts: &Parts) -> Result<(), ApiError> {
    let query = Parameters::from_form(parts.uri.query().unwrap_or_default().as_bytes());
    if query.has("access_token") { Err(ApiError::TokenMissing) } else { Ok(()) }
}

/// The one token in the header (RFC 6750 §2.1); of several, each reader on the way may take another.
pub(super) fn read(headers: &HeaderMap) -> Result<Option<PlainToken>, ApiError> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let Some(line) = lines.next() else { return Ok(None) };
    if lines.next().is_some() {
        return Err(ApiError::TokenInvalid);
    }
    let text = line.to_str().map_err(|_| ApiError::TokenInvalid)?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(Some(PlainToken::new(token.trim())))
        }
        _ => Ok(None),
    }
}
