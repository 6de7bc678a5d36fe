//! Signing in, going on, and signing out.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value};

use super::super::App;
use super::super::frame::Frame;
use super::super::oauth::token::{NO_STORE, json_answer, members, read_authorization};
use super::super::oauth::userinfo::bearer_token;
use super::super::page_error::PageError;
use super::super::sessions::note_refreshed;
use super::body::Body;
use super::caller::ApiCaller;
use super::error::ApiError;
use super::half_sign_in::HalfSignedIn;
use super::tokens::tokens_of;
use super::verification::verify_first;
use crate::accounts::{Admission, FactorStanding, SignIn, SignInRefusal, SignedIn};
use crate::domain::Requester;
use crate::domain::client::Client;
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::{OAuthError, Parameters, authentication_api, grants};

/// `POST /api/auth/signin`: tokens for a name and a password.
pub(crate) async fn sign_in(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, ApiError> {
    let login = login(&mut body);
    let password = body.secret("password");
    body.check()?;
    let client = client(&app, Some(&headers), &body.members, &frame.requester).await?.client;
    let form = SignIn {
        login,
        password,
        // A program goes on by its refresh token; its session lives as long.
        remember: true,
        browser_digest: None,
        trust_digest: None,
        // Where a sign-up says as much.
        tells_unclaimed: !app.settings.neutral_sign_up,
    };
    let admission = match app.accounts.sign_in(form, &frame.requester).await {
        Err(SignInRefusal::EmailNotVerified { user }) => {
            return Err(verify_first(&app, &frame, &user).await);
        }
        admission => admission?,
    };
    let tokens = admitted(&app, &client, admission, &frame.requester).await?;
    Ok(json_answer(StatusCode::OK, &Value::Object(tokens)))
}

/// What whoever came through the gate is answered: the tokens, or what comes before them.
///
/// # Errors
///
/// As for [`tokens_for`]; `SecondFactorMissing`, `NewPasswordMissing`.
pub(super) async fn admitted(
    app: &App,
    client: &Client,
    admission: Admission,
    requester: &Requester,
) -> Result<Map<String, Value>, ApiError> {
    match admission {
        Admission::SignedIn(signed_in) => tokens_for(app, client, &signed_in, requester).await,
        Admission::Challenged(token) => {
            Err(ApiError::SecondFactorMissing(HalfSignedIn::begun(app, token).await?))
        }
        Admission::NewPassword(_) => Err(ApiError::NewPasswordMissing),
    }
}

/// An address or a username, under either name.
fn login(body: &mut Body) -> String {
    match (body.optional("email"), body.optional("username")) {
        (Some(_), Some(_)) => {
            body.refuse("username", "stands beside email: send one of them");
            String::new()
        }
        (Some(login), None) | (None, Some(login)) => login,
        (None, None) => body.required("email"),
    }
}

/// The tokens of a session that has just begun, and who they are about.
///
/// # Errors
///
/// `Leaving` where the account waits to be deleted, `NoSecondFactor` where one is required, and there is
/// none: then the session ends again.
pub(super) async fn tokens_for(
    app: &App,
    client: &Client,
    SignedIn { session, user }: &SignedIn,
    requester: &Requester,
) -> Result<Map<String, Value>, ApiError> {
    if user.is_leaving() {
        app.accounts.sign_out(session, requester).await?;
        return Err(ApiError::Leaving);
    }
    let standing = app.accounts.factor_standing_at(session, user, Some(client)).await?;
    if standing != FactorStanding::Enough {
        app.accounts.sign_out(session, requester).await?;
        return Err(ApiError::NoSecondFactor);
    }
    let of = (session, user);
    let tokens = authentication_api::issue(&app.provider, client, of, requester).await?;
    Ok(tokens_of(user, tokens))
}

/// `POST /api/auth/refresh`: a new pair for a refresh token, in the body or as the bearer.
pub(crate) async fn refresh(
    State(app): State<App>,
    requester: Requester,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, ApiError> {
    let as_bearer = bearer_token(&headers).ok().flatten();
    let mut members = body.members.clone();
    if let Some(token) = &as_bearer {
        if body.members.has("refresh_token") {
            body.refuse("refresh_token", "stands in the Authorization header too: send it once");
        }
        members = members.or("refresh_token", token);
    } else {
        body.required("refresh_token");
    }
    body.check()?;
    // The header is taken by the refresh token: a client proves itself in the body then.
    let own = as_bearer.is_none().then_some(&headers);
    let client = client(&app, own, &members, &requester).await?;
    let asked = members.restricted_to(&["refresh_token"]).or("grant_type", "refresh_token");
    let tokens = grants::exchange(&app.provider, &client, &asked, &requester).await?;
    note_refreshed(&app, &client.client, &tokens).await;
    Ok(json_answer(StatusCode::OK, &Value::Object(self::members(tokens))))
}

/// `POST /api/auth/signout`: ends the session, and every token that hangs on it.
pub(crate) async fn sign_out(
    State(app): State<App>,
    requester: Requester,
    ApiCaller(caller): ApiCaller,
) -> Result<Response, ApiError> {
    app.accounts.sign_out_with_apps(&caller.session, &requester).await?;
    Ok((StatusCode::NO_CONTENT, NO_STORE).into_response())
}

/// The client that a call comes from, which proves itself in its body or, where they are given, in its
/// headers.
///
/// # Errors
///
/// If it does not, or may not use this API.
pub(super) async fn client(
    app: &App,
    headers: Option<&HeaderMap>,
    members: &Parameters,
    requester: &Requester,
) -> Result<AuthenticatedClient, ApiError> {
    let members = members.restricted_to(&["client_id", "client_secret"]);
    let authorization = headers.map_or(Ok(None), read_authorization)?;
    // A token that an app sends with everything is no word of the client's.
    let is_basic =
        |line: &&str| !line.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "));
    let authorization = authorization.filter(is_basic);
    let found = authentication_api::client(&app.provider, authorization, &members, requester);
    Ok(found.await?)
}

impl From<SignInRefusal> for ApiError {
    fn from(refusal: SignInRefusal) -> Self {
        match refusal {
            SignInRefusal::Incomplete
            | SignInRefusal::WrongCredentials { .. }
            | SignInRefusal::NotCompared { .. } => Self::WrongCredentials,
            SignInRefusal::Throttled { retry_after_seconds: retry_after }
            | SignInRefusal::TooManyInARow { retry_after_seconds: retry_after } => {
                Self::Problem(PageError::Throttled { retry_after })
            }
            SignInRefusal::SessionIsOver => Self::OAuth(OAuthError::TokenInvalid),
            SignInRefusal::Busy => Self::Problem(PageError::Busy),
            SignInRefusal::EmailNotVerified { .. } => Self::EmailNotVerified,
            SignInRefusal::Fault(fault) => Self::Problem(fault.into()),
        }
    }
}
