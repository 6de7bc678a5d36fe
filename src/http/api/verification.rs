//! `POST /api/auth/email/verify` and `POST /api/auth/email/resend`.
//!
//! The answer of a sign-up names the verification (`verification_token`), as the window at our pages
//! does. With it the code of the mail signs in; so it does itself, once, after the link of the mail
//! was opened anywhere. The link alone only verifies: whoever opens it may have been talked into that.

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::frame::Frame;
use super::answer::{members as json_members, ok};
use super::apps;
use super::body::Members;
use super::callers::{self, Caller, TokenHolder};
use super::error::ApiError;
use super::sign_in::admitted;
use crate::accounts::{
    BeginVerification, VerificationHandle, VerificationRefusal, VerificationStage, Verified, Window,
};
use crate::domain::client::Client;
use crate::domain::{PlainToken, TokenDigest};

/// Verifies an address.
pub(crate) async fn verify(
    State(app): State<App>,
    frame: Frame,
    mut members: Members,
) -> Result<Response, ApiError> {
    let token = members.text("token");
    let handle = members.text("verification_token");
    let client_id = members.text("client_id");
    if token.is_none() && handle.is_none() {
        members.mistake("token", "is missing");
    }
    members.finish()?;
    let client = apps::named(&app, client_id).await?;
    let handle = handle.as_deref().map(PlainToken::new);
    let verified = match (&token, &handle) {
        (Some(code), Some(handle)) if is_code(code) => {
            let here = Window::App(&client.id);
            app.accounts.enter_code(handle, code, here, &frame.requester).await
        }
        (Some(link), _) => {
            // Of no browser and no application: it only verifies.
            let elsewhere = TokenDigest::from_text("");
            let link = PlainToken::new(link);
            app.accounts.confirm_link(&link, &elsewhere, &frame.requester).await
        }
        (None, Some(handle)) => return go_on(&app, &frame, client, handle).await,
        (None, None) => return Err(ApiError::InvalidCode),
    };
    let verified = verified.map_err(refused)?;
    match (verified, &handle) {
        (Verified::Elsewhere { .. }, Some(handle)) => go_on(&app, &frame, client, handle).await,
        (verified, _) => answer(&app, &frame, client, verified).await,
    }
}

fn is_code(token: &str) -> bool {
    token.chars().filter(|c| !matches!(c, ' ' | '-')).all(|c| c.is_ascii_digit())
}

/// Signs in whoever holds the verification, once it was done.
async fn go_on(
    app: &App,
    frame: &Frame,
    client: Client,
    handle: &PlainToken,
) -> Result<Response, ApiError> {
    let view = app.accounts.verification(handle).await?;
    let is_waiting = view.is_some_and(|view| {
        matches!(
            view.stage,
            VerificationStage::Waiting
                | VerificationStage::CodeExpired
                | VerificationStage::TriesUsedUp
        )
    });
    if is_waiting {
        return Err(ApiError::EmailNotVerified { verification_token: None });
    }
    let here = Window::App(&client.id);
    let verified = app.accounts.continue_verified(handle, here, &frame.requester).await;
    answer(app, frame, client, verified.map_err(refused)?).await
}

async fn answer(
    app: &App,
    frame: &Frame,
    client: Client,
    verified: Verified,
) -> Result<Response, ApiError> {
    let mut answer = json_members(json!({
        "message": "The address is verified.", "verified": true,
    }));
    if let Verified::Here { admission, .. } = verified {
        answer.extend(admitted(app, client, admission, &frame.requester).await?);
    }
    Ok(ok(answer))
}

/// Sends the mail again, for who holds the verification, or for who is signed in.
pub(crate) async fn resend(
    State(app): State<App>,
    frame: Frame,
    parts: Parts,
    mut members: Members,
) -> Result<Response, ApiError> {
    let handle = members.text("verification_token");
    let has_bearer = callers::read(&parts.headers)?.is_some();
    if handle.is_some() == has_bearer {
        members.mistake("verification_token", "send it, or an access token as Bearer");
    }
    members.finish()?;
    let Some(handle) = handle else { return resend_own(&app, &frame, parts).await };
    let handle = PlainToken::new(&handle);
    let sent = app.accounts.resend_verification(&handle, &frame.requester).await;
    sent.map_err(refused)?;
    Ok(ok(on_its_way()))
}

fn on_its_way() -> Map<String, Value> {
    json_members(json!({ "message": "Another mail is on its way. Earlier ones no longer count." }))
}

async fn resend_own(app: &App, frame: &Frame, mut parts: Parts) -> Result<Response, ApiError> {
    use axum::extract::FromRequestParts as _;

    let TokenHolder(Caller { user, .. }) = TokenHolder::from_request_parts(&mut parts, app).await?;
    if user.email_verified_at.is_some() {
        return Ok(ok(json_members(json!({
            "message": "The address is verified.", "verified": true,
        }))));
    }
    let begin = BeginVerification {
        user: &user,
        browser_digest: TokenDigest::of_no_browser(),
        request_handle: None,
        locale: frame.locale(app).lang().to_owned(),
    };
    let sent = app.accounts.begin_verification(begin, &frame.requester).await;
    let VerificationHandle(handle) = sent.map_err(refused)?;
    let mut answer = on_its_way();
    answer.insert("verification_token".to_owned(), json!(handle.expose()));
    Ok(ok(answer))
}

fn refused(refusal: VerificationRefusal) -> ApiError {
    match refusal {
        VerificationRefusal::Unknown
        | VerificationRefusal::WrongCode { .. }
        | VerificationRefusal::TooManyTries
        | VerificationRefusal::CodeExpired
        | VerificationRefusal::Expired
        | VerificationRefusal::Used
        | VerificationRefusal::Superseded
        | VerificationRefusal::TooManySends
        | VerificationRefusal::EmailMalformed
        | VerificationRefusal::AddressIsFixed => ApiError::InvalidCode,
        VerificationRefusal::TooSoon { retry_after_seconds }
        | VerificationRefusal::Throttled { retry_after_seconds } => {
            ApiError::Throttled { retry_after: retry_after_seconds }
        }
        VerificationRefusal::Fault(fault) => fault.into(),
    }
}
