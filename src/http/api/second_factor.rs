//! `POST /api/auth/2fa/challenge`, `verify` and `verify-backup`: half a sign-in becomes a whole one.

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use super::super::App;
use super::super::frame::Frame;
use super::answer::{members as json_members, ok, tokens};
use super::body::Members;
use super::callers::Bearer;
use super::error::{ApiError, FieldMistake};
use super::proof::factor_kind;
use crate::accounts::{ChallengeView, FactorAnswer, FactorRefusal, Passed};
use crate::domain::client::Client;
use crate::domain::second_factor::FactorKind;
use crate::domain::{ClientId, PlainToken, TokenDigest};
use crate::oauth::api_access;

/// Half a sign-in that an application waits with.
struct Half {
    view: ChallengeView,
    client: Client,
}

/// What a handle opens, live; no page's handle is one.
async fn half(app: &App, handle: &PlainToken) -> Result<Half, ApiError> {
    let nowhere = TokenDigest::of_no_browser();
    let view = app.accounts.challenge_view(handle, &nowhere).await?;
    let view = view.ok_or(ApiError::TokenInvalid)?;
    let client = app_of(app, view.app.as_ref()).await?;
    Ok(Half { view, client })
}

async fn app_of(app: &App, id: Option<&ClientId>) -> Result<Client, ApiError> {
    let id = id.ok_or(ApiError::TokenInvalid)?;
    api_access::app(&app.provider, id).await?.ok_or(ApiError::TokenInvalid)
}

/// Sends a code to the telephone or the mailbox.
pub(crate) async fn challenge(
    State(app): State<App>,
    frame: Frame,
    Bearer(handle): Bearer,
    mut members: Members,
) -> Result<Response, ApiError> {
    half(&app, &handle).await?;
    let kind = factor_kind(&mut members, "method");
    if !matches!(kind, Some(FactorKind::Sms | FactorKind::Email)) {
        members.mistake("method", "must be sms or email");
    }
    members.finish()?;
    let kind = kind.ok_or(ApiError::Fault)?;
    let nowhere = TokenDigest::of_no_browser();
    let locale = frame.locale(&app).lang();
    let to = (&nowhere, locale);
    let sent = app.accounts.send_challenge_code(&handle, kind, to, &frame.requester).await;
    let message = if sent.map_err(refused)? {
        "A code is on its way."
    } else {
        "A code was sent a moment ago, and still counts."
    };
    Ok(ok(json_members(json!({ "message": message }))))
}

/// Finishes a sign-in by a code: of the method that is named, or that the last code was sent by, or
/// of the authenticator app.
pub(crate) async fn verify(
    State(app): State<App>,
    frame: Frame,
    Bearer(handle): Bearer,
    mut members: Members,
) -> Result<Response, ApiError> {
    let half = half(&app, &handle).await?;
    let code = members.needed("token");
    let kind = factor_kind(&mut members, "method");
    members.finish()?;
    let kind = kind.or(half.view.sent).unwrap_or(FactorKind::Totp);
    finish(&app, &frame, (handle, half), (kind, code)).await
}

/// Finishes a sign-in by a code on paper.
pub(crate) async fn backup(
    State(app): State<App>,
    frame: Frame,
    Bearer(handle): Bearer,
    mut members: Members,
) -> Result<Response, ApiError> {
    let half = half(&app, &handle).await?;
    let code = members.needed("code");
    members.finish()?;
    finish(&app, &frame, (handle, half), (FactorKind::BackupCode, code)).await
}

async fn finish(
    app: &App,
    frame: &Frame,
    (handle, half): (PlainToken, Half),
    (kind, code): (FactorKind, String),
) -> Result<Response, ApiError> {
    let given = FactorAnswer::code(kind, code).ok_or(ApiError::InvalidCode)?;
    let nowhere = (&TokenDigest::of_no_browser(), None);
    let passed = app.accounts.answer_challenge(&handle, given, nowhere, &frame.requester).await;
    let passed = match passed.map_err(refused)? {
        Passed::SignedIn(passed) => *passed,
        Passed::NewPassword { .. } => return Err(ApiError::NewPasswordRequired),
    };
    let mut answer = json_members(json!({
        "message": "2FA verified successfully", "verified": true,
    }));
    if let Some(left) = passed.backup_codes_left {
        answer.insert("backup_codes_left".to_owned(), json!(left));
    }
    answer.extend(tokens(app, half.client, passed.signed_in, &frame.requester).await?);
    Ok(ok(answer))
}

/// Why a code was not taken.
pub(super) fn refused(refusal: FactorRefusal) -> ApiError {
    match refusal {
        FactorRefusal::Over => ApiError::TokenInvalid,
        FactorRefusal::NotUsable => {
            ApiError::InvalidBody(vec![FieldMistake::new("method", "cannot be used here")])
        }
        FactorRefusal::Missing
        | FactorRefusal::Wrong
        | FactorRefusal::WrongAgain
        | FactorRefusal::Used
        | FactorRefusal::CodeOver => ApiError::InvalidCode,
        FactorRefusal::Throttled { retry_after_seconds } => {
            ApiError::Throttled { retry_after: retry_after_seconds }
        }
        FactorRefusal::Fault(fault) => fault.into(),
    }
}
