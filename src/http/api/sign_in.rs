//! `POST /api/auth/signin`.

use axum::extract::State;
use axum::response::Response;
use secrecy::SecretString;

use super::super::App;
use super::super::frame::Frame;
use super::answer::{ok, tokens};
use super::apps;
use super::body::Members;
use super::error::{ApiError, FactorWish};
use crate::accounts::{
    Admission, BeginVerification, SignIn, SignInRefusal, VerificationHandle, VerificationRefusal,
};
use crate::domain::client::Client;
use crate::domain::user::User;
use crate::domain::{PlainToken, Requester, TokenDigest};

/// Signs somebody in with their password.
pub(crate) async fn post(
    State(app): State<App>,
    frame: Frame,
    mut members: Members,
) -> Result<Response, ApiError> {
    let (email, username) = (members.text("email"), members.text("username"));
    let password = members.needed_secret("password");
    let client_id = members.text("client_id");
    if email.is_some() == username.is_some() {
        members.mistake("email", "send either email or username");
    }
    members.finish()?;
    let client = apps::named(&app, client_id).await?;
    let login = email.or(username).unwrap_or_default();
    let admission = with_password(&app, &frame, &client, (login, password)).await?;
    Ok(ok(admitted(&app, client, admission, &frame.requester).await?))
}

/// The same as on the sign-in page, with the application in the place of the browser.
pub(super) async fn with_password(
    app: &App,
    frame: &Frame,
    client: &Client,
    (login, password): (String, SecretString),
) -> Result<Admission, ApiError> {
    let form = SignIn {
        login,
        password,
        // Applications stay signed in as long as their refresh tokens.
        remember: true,
        browser_digest: None,
        app: Some(client.id.clone()),
        trust_digest: None,
    };
    match app.accounts.sign_in(form, &frame.requester).await {
        Ok(admission) => Ok(admission),
        Err(SignInRefusal::EmailNotVerified { user }) => {
            Err(verify_first(app, frame, &user).await?)
        }
        Err(refusal) => Err(refused(refusal)),
    }
}

/// What a sign-in or a proof is refused with.
pub(super) fn refused(refusal: SignInRefusal) -> ApiError {
    match refusal {
        SignInRefusal::WrongCredentials { .. } => ApiError::InvalidCredentials,
        SignInRefusal::Throttled { retry_after_seconds }
        | SignInRefusal::TooManyInARow { retry_after_seconds } => {
            ApiError::Throttled { retry_after: retry_after_seconds }
        }
        SignInRefusal::Busy => ApiError::Busy,
        SignInRefusal::EmailNotVerified { .. } => {
            ApiError::EmailNotVerified { verification_token: None }
        }
        SignInRefusal::Fault(fault) => fault.into(),
    }
}

/// Another mail goes out, as on the page.
async fn verify_first(app: &App, frame: &Frame, user: &User) -> Result<ApiError, ApiError> {
    let begin = BeginVerification {
        user,
        browser_digest: TokenDigest::of_no_browser(),
        request_handle: None,
        locale: frame.locale(app).lang().to_owned(),
    };
    let verification_token = match app.accounts.begin_verification(begin, &frame.requester).await {
        Ok(VerificationHandle(handle)) => Some(handle),
        Err(VerificationRefusal::Fault(fault)) => return Err(fault.into()),
        // An earlier mail still works.
        Err(_) => None,
    };
    Ok(ApiError::EmailNotVerified { verification_token })
}

/// Goes on with somebody at the gate.
pub(super) async fn admitted(
    app: &App,
    client: Client,
    admission: Admission,
    requester: &Requester,
) -> Result<serde_json::Map<String, serde_json::Value>, ApiError> {
    match admission {
        Admission::SignedIn(signed_in) => tokens(app, client, *signed_in, requester).await,
        Admission::Challenged(handle) => {
            Err(ApiError::MfaRequired(factor_wish(app, handle).await?))
        }
        Admission::NewPassword(_) => Err(ApiError::NewPasswordRequired),
    }
}

async fn factor_wish(app: &App, handle: PlainToken) -> Result<FactorWish, ApiError> {
    let nowhere = TokenDigest::of_no_browser();
    let view = app.accounts.challenge_view(&handle, &nowhere).await?;
    let methods = view.map(|view| view.methods).unwrap_or_default();
    Ok(FactorWish { mfa_token: handle, methods })
}
