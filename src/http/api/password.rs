//! `POST /api/auth/password/request`, `POST /api/auth/password/reset`, and the change of a password by
//! who is signed in.

use axum::extract::State;
use axum::response::Response;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::frame::Frame;
use super::answer::{issue, members as json_members, ok};
use super::body::Members;
use super::callers::Caller;
use super::error::{ApiError, FieldMistake};
use crate::accounts::{
    ChangePasswordRefusal, ForgottenPassword, ForgottenPasswordRefusal, PasswordResetRefusal,
};
use crate::domain::{PlainToken, Requester, TokenDigest};

/// Sends a link to a new password; the same words whoever has the address.
pub(crate) async fn request(
    State(app): State<App>,
    frame: Frame,
    mut members: Members,
) -> Result<Response, ApiError> {
    let email = members.needed("email");
    members.finish()?;
    if app.settings.reset_minutes.is_none() {
        return Err(ApiError::NotFound);
    }
    let wish = ForgottenPassword {
        email,
        browser_digest: TokenDigest::of_no_browser(),
        request_handle: None,
        locale: frame.locale(&app).lang().to_owned(),
        locale_was_asked_for: false,
    };
    let invalid = |message| ApiError::InvalidBody(vec![FieldMistake::new("email", message)]);
    match app.accounts.forgot_password(wish, &frame.requester).await {
        Ok(_) => Ok(ok(json_members(json!({
            "message": "If somebody has this address, a mail with a link is on its way to them.",
        })))),
        Err(ForgottenPasswordRefusal::EmailMissing) => Err(invalid("is missing")),
        Err(ForgottenPasswordRefusal::EmailMalformed) => Err(invalid("is no email address")),
        Err(ForgottenPasswordRefusal::Throttled { retry_after_seconds }) => {
            Err(ApiError::Throttled { retry_after: retry_after_seconds })
        }
        Err(ForgottenPasswordRefusal::Fault(fault)) => Err(fault.into()),
    }
}

/// Sets the password that was chosen by such a link; everything of the account ends, and nobody is
/// signed in.
pub(crate) async fn reset(
    State(app): State<App>,
    requester: Requester,
    mut members: Members,
) -> Result<Response, ApiError> {
    let link = PlainToken::new(&members.needed("token"));
    let password = members.needed_secret("newPassword");
    members.finish()?;
    let done = app.accounts.reset_password_only(&link, &password, &requester).await;
    done.map_err(not_reset)?;
    Ok(ok(json_members(json!({ "message": "The new password holds. Sign in with it." }))))
}

fn not_reset(refusal: PasswordResetRefusal) -> ApiError {
    let reason = refusal.to_string();
    match refusal {
        PasswordResetRefusal::Unknown
        | PasswordResetRefusal::Expired
        | PasswordResetRefusal::Used
        | PasswordResetRefusal::Superseded => ApiError::InvalidCode,
        PasswordResetRefusal::PasswordMissing
        | PasswordResetRefusal::PasswordUnchanged
        | PasswordResetRefusal::Password(_) => {
            ApiError::InvalidBody(vec![FieldMistake::new("newPassword", reason)])
        }
        PasswordResetRefusal::Busy => ApiError::Busy,
        PasswordResetRefusal::Throttled { retry_after_seconds } => {
            ApiError::Throttled { retry_after: retry_after_seconds }
        }
        PasswordResetRefusal::Fault(fault) => fault.into(),
    }
}

/// Sets another password of the caller, which ends every token of theirs; gives new ones.
pub(super) async fn change(
    app: &App,
    caller: Caller,
    password: &SecretString,
    requester: &Requester,
) -> Result<(Caller, Map<String, Value>), ApiError> {
    let changed = app.accounts.change_password(&caller.session, password, requester).await;
    let session = changed.map_err(not_changed)?;
    let user = app.accounts.user(&caller.user.id).await?.ok_or(ApiError::TokenInvalid)?;
    let caller = Caller { user, session, ..caller };
    let tokens = issue(app, &caller, requester).await?;
    Ok((caller, tokens))
}

fn not_changed(refusal: ChangePasswordRefusal) -> ApiError {
    let reason = refusal.to_string();
    match refusal {
        ChangePasswordRefusal::ProofMissing => ApiError::ReauthenticationRequired(None),
        ChangePasswordRefusal::SessionIsOver => ApiError::TokenInvalid,
        ChangePasswordRefusal::PasswordMissing
        | ChangePasswordRefusal::PasswordUnchanged
        | ChangePasswordRefusal::Password(_) => {
            ApiError::InvalidBody(vec![FieldMistake::new("password", reason)])
        }
        ChangePasswordRefusal::Busy => ApiError::Busy,
        ChangePasswordRefusal::Throttled { retry_after_seconds } => {
            ApiError::Throttled { retry_after: retry_after_seconds }
        }
        ChangePasswordRefusal::Fault(fault) => fault.into(),
    }
}
