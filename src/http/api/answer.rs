//! What good calls are answered with.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::oauth::token::{json_answer, members_of};
use super::callers::{self, Caller};
use super::error::ApiError;
use crate::accounts::{FactorStanding, SignedIn};
use crate::domain::Requester;
use crate::domain::client::Client;
use crate::domain::user::User;
use crate::oauth::{OAuthError, api_access};

/// An answer that nobody may keep.
pub(super) fn ok(members: Map<String, Value>) -> Response {
    json_answer(StatusCode::OK, &Value::Object(members))
}

/// The members of a JSON object that is written out.
pub(super) fn members(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Somebody at the end of a sign-in: the tokens of the application, and who it is.
///
/// # Errors
///
/// `DeletionPending`, and `MfaEnrollmentRequired` for who lacks a second factor that is required:
/// there are no tokens before.
pub(super) async fn tokens(
    app: &App,
    client: Client,
    signed_in: SignedIn,
    requester: &Requester,
) -> Result<Map<String, Value>, ApiError> {
    let SignedIn { session, user } = signed_in;
    if user.is_leaving() {
        app.accounts.sign_out_with_tokens(&session, requester).await?;
        return Err(ApiError::DeletionPending);
    }
    let caller = Caller { user, session, client };
    let standing =
        app.accounts.factor_standing(&caller.session, &caller.user, Some(&caller.client)).await?;
    if standing == FactorStanding::ToSetUp {
        let wish = callers::factor_to_set_up(app, &caller, requester).await?;
        return Err(ApiError::MfaEnrollmentRequired(wish));
    }
    issue(app, &caller, requester).await
}

/// The tokens of the application, and who it is.
pub(super) async fn issue(
    app: &App,
    caller: &Caller,
    requester: &Requester,
) -> Result<Map<String, Value>, ApiError> {
    let Caller { user, session, client } = caller;
    let issued = api_access::issue(&app.provider, client, user, session, requester).await;
    let tokens = issued.map_err(|error| match error {
        // The session ended meanwhile.
        OAuthError::GrantEnded => ApiError::InvalidCredentials,
        other => other.into(),
    })?;
    let mut answer = summary(user);
    answer.extend(members_of(&tokens));
    Ok(answer)
}

/// Who was signed in; what is not known is left out.
pub(super) fn summary(user: &User) -> Map<String, Value> {
    let mut summary = members(json!({
        "id": user.id,
        "email": user.email,
        "email_verified": user.email_verified_at.is_some(),
    }));
    for (name, value) in [("username", &user.username), ("name", &user.name)] {
        if let Some(value) = value {
            summary.insert(name.to_owned(), json!(value));
        }
    }
    summary
}
