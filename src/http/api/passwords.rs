//! A forgotten password: asking for a link, and choosing another by it.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::super::App;
use super::super::frame::Frame;
use super::super::oauth::token::json_answer;
use super::super::page_error::PageError;
use super::body::Body;
use super::error::ApiError;
use super::factor_problem::field;
use super::sessions::client;
use crate::accounts::{
    ForgottenPassword, ForgottenPasswordRefusal, PasswordResetRefusal, no_browser,
};
use crate::domain::PlainToken;

/// `POST /api/auth/password/request`: mails a link to a new password. The same answer whoever has an
/// account.
pub(crate) async fn request(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, ApiError> {
    let email = body.required("email");
    body.check()?;
    client(&app, Some(&headers), &body.members, &frame.requester).await?;
    if app.settings.reset_minutes.is_none() {
        return Err(PageError::NotFound.into());
    }
    let wish = ForgottenPassword {
        email,
        browser_digest: no_browser(),
        request_handle: None,
        locale: frame.locale(&app).lang().to_owned(),
        locale_was_asked_for: false,
    };
    app.accounts.forgot_password(wish, &frame.requester).await?;
    let message = "If there is an account with this address, a link to a new password is on its way, \
                   or the newest one still works.";
    Ok(json_answer(StatusCode::OK, &json!({ "message": message })))
}

/// `POST /api/auth/password/reset`: another password, by such a link. Everybody signs in with it anew.
pub(crate) async fn reset(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, ApiError> {
    let link = PlainToken::new(&body.required("token"));
    let password = body.secret("newPassword");
    body.check()?;
    client(&app, Some(&headers), &body.members, &frame.requester).await?;
    let at = (&no_browser(), None);
    let done = app.accounts.reset_password(&link, &password, at, &frame.requester).await?;
    // A mail that was read is a sign-in on the page that the link leads to, and nowhere else.
    if let Some(signed_in) = done.admission.signed_in() {
        app.accounts.sign_out(&signed_in.session, &frame.requester).await?;
    }
    let message = "The password was changed. Sign in with it.";
    Ok(json_answer(StatusCode::OK, &json!({ "message": message })))
}

impl From<ForgottenPasswordRefusal> for ApiError {
    fn from(refusal: ForgottenPasswordRefusal) -> Self {
        match refusal {
            ForgottenPasswordRefusal::EmailMissing => field("email", "is missing"),
            ForgottenPasswordRefusal::EmailMalformed => field("email", "is no e-mail address"),
            ForgottenPasswordRefusal::Throttled { retry_after_seconds: retry_after } => {
                Self::Problem(PageError::Throttled { retry_after })
            }
            ForgottenPasswordRefusal::Fault(fault) => Self::Problem(fault.into()),
        }
    }
}

impl From<PasswordResetRefusal> for ApiError {
    fn from(refusal: PasswordResetRefusal) -> Self {
        match refusal {
            PasswordResetRefusal::Unknown
            | PasswordResetRefusal::Expired
            | PasswordResetRefusal::Used
            | PasswordResetRefusal::Superseded => Self::ResetToken,
            PasswordResetRefusal::PasswordMissing => field("newPassword", "is missing"),
            PasswordResetRefusal::PasswordUnchanged | PasswordResetRefusal::Password(_) => {
                field("newPassword", &refusal.to_string())
            }
            PasswordResetRefusal::Busy => Self::Problem(PageError::Busy),
            PasswordResetRefusal::Throttled { retry_after_seconds: retry_after } => {
                Self::Problem(PageError::Throttled { retry_after })
            }
            PasswordResetRefusal::Fault(fault) => Self::Problem(fault.into()),
        }
    }
}
