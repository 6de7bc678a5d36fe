//! Half a sign-in: sending a code, and giving a second factor.

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::frame::Frame;
use super::super::oauth::token::json_answer;
use super::super::oauth::userinfo::bearer_token;
use super::body::Body;
use super::error::ApiError;
use super::factor_problem::{FactorProblem, field};
use super::sessions::{client, tokens_for};
use crate::accounts::{ChallengeView, FactorAnswer, LIFETIME_WITHOUT_BROWSER, Passed, no_browser};
use crate::domain::second_factor::FactorKind;
use crate::domain::{PlainToken, Requester};
use crate::oauth::client_auth::AuthenticatedClient;

/// Who gave the password, and has yet to give a second factor.
#[derive(Debug)]
pub(crate) struct HalfSignedIn {
    token: PlainToken,
    methods: Vec<FactorKind>,
}

impl HalfSignedIn {
    /// What a sign-in comes to that waits for a second factor.
    ///
    /// # Errors
    ///
    /// If the database fails, or it is over already.
    pub(super) async fn begun(app: &App, token: PlainToken) -> Result<Self, ApiError> {
        let view = view(app, &token).await?;
        Ok(Self { token, methods: usable(&view) })
    }

    /// The members that its answer has beside those of every refusal.
    pub(super) fn members(&self) -> Map<String, Value> {
        let methods: Vec<&str> = self.methods.iter().map(|kind| kind.as_str()).collect();
        let members = [
            ("mfa_token", json!(self.token.expose())),
            ("expires_in", json!(LIFETIME_WITHOUT_BROWSER)),
            ("methods", json!(methods)),
        ];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// The `mfa_token` that a call brings.
#[derive(Debug)]
pub(crate) struct MfaToken(PlainToken);

impl FromRequestParts<App> for MfaToken {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, ApiError> {
        let token = bearer_token(&parts.headers)?.ok_or(crate::oauth::OAuthError::TokenMissing)?;
        Ok(Self(PlainToken::new(&token)))
    }
}

async fn view(app: &App, token: &PlainToken) -> Result<ChallengeView, ApiError> {
    let view = app.accounts.challenge_view(token, &no_browser()).await?;
    Ok(view.ok_or(FactorProblem::HalfIsOver)?)
}

/// A passkey is bound to the site of our pages.
fn usable(view: &ChallengeView) -> Vec<FactorKind> {
    view.methods.iter().copied().filter(|kind| *kind != FactorKind::Passkey).collect()
}

/// `POST /api/auth/2fa/challenge`: sends a code to the telephone or the mailbox.
pub(crate) async fn challenge(
    State(app): State<App>,
    frame: Frame,
    MfaToken(token): MfaToken,
    mut body: Body,
) -> Result<Response, ApiError> {
    let view = view(&app, &token).await?;
    let method = body.required("method");
    body.check()?;
    let kind = FactorKind::named(&method)
        .filter(|kind| matches!(kind, FactorKind::Sms | FactorKind::Email))
        .ok_or_else(|| field("method", "must be sms or email"))?;
    frame.reader.is(&view.user);
    let to = (&no_browser(), frame.locale(&app).lang());
    let accounts = &app.accounts;
    let is_sent = accounts.send_challenge_code(&token, kind, to, &frame.requester).await?;
    let sent_to = if kind == FactorKind::Sms { view.phone } else { Some(view.email) };
    let message =
        if is_sent { "A code was sent." } else { "The code that was sent before still counts." };
    let answer = json!({ "message": message, "method": kind.as_str(), "sent_to": sent_to });
    Ok(json_answer(StatusCode::OK, &answer))
}

/// `POST /api/auth/2fa/verify`: the code of an app, or the one that was sent.
pub(crate) async fn verify(
    State(app): State<App>,
    requester: Requester,
    MfaToken(token): MfaToken,
    mut body: Body,
) -> Result<Response, ApiError> {
    let view = view(&app, &token).await?;
    let (typed, method) = (body.required("token"), body.optional("method"));
    body.check()?;
    let kind = match method {
        Some(name) => FactorKind::named(&name)
            .filter(|kind| !matches!(kind, FactorKind::Passkey | FactorKind::BackupCode))
            .ok_or_else(|| field("method", "must be totp, sms or email"))?,
        // Whoever asked for a code means that one.
        None => view.sent.unwrap_or(FactorKind::Totp),
    };
    let answer = FactorAnswer::code(kind, typed).ok_or(FactorProblem::NotUsable)?;
    passed(&app, &body, (token, answer), &requester).await
}

/// `POST /api/auth/2fa/verify-backup`: a code on paper.
pub(crate) async fn verify_backup(
    State(app): State<App>,
    requester: Requester,
    MfaToken(token): MfaToken,
    mut body: Body,
) -> Result<Response, ApiError> {
    view(&app, &token).await?;
    let answer = FactorAnswer::BackupCode(body.required("code"));
    body.check()?;
    passed(&app, &body, (token, answer), &requester).await
}

/// The tokens of a sign-in that is whole now. The header is taken by the `mfa_token`: a client proves
/// itself in the body.
async fn passed(
    app: &App,
    body: &Body,
    (token, answer): (PlainToken, FactorAnswer),
    requester: &Requester,
) -> Result<Response, ApiError> {
    let AuthenticatedClient { client } = client(app, None, &body.members, requester).await?;
    let browser = no_browser();
    let given = app.accounts.answer_challenge(&token, answer, (&browser, None), requester).await?;
    let passed = match given {
        Passed::SignedIn(passed) => passed,
        Passed::NewPassword { .. } => return Err(ApiError::NewPasswordMissing),
    };
    let mut members = tokens_for(app, &client, &passed.signed_in, requester).await?;
    members.insert("verified".to_owned(), json!(true));
    members.insert("message".to_owned(), json!("Signed in."));
    let left = passed.backup_codes_left.map(|left| ("backup_codes_left".to_owned(), json!(left)));
    members.extend(left);
    Ok(json_answer(StatusCode::OK, &Value::Object(members)))
}
