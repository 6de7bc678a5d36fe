//! Verifying an address: by the code of a mail, in the program that began it, or by its link.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::frame::Frame;
use super::super::oauth::token::json_answer;
use super::super::oauth::userinfo::bearer_token;
use super::super::page_error::PageError;
use super::body::Body;
use super::caller::caller_of;
use super::error::ApiError;
use super::factor_problem::FactorProblem;
use super::sessions::{admitted, client};
use crate::accounts::{
    BeginVerification, VerificationHandle, VerificationRefusal, VerificationStage, Verified,
    no_browser,
};
use crate::domain::PlainToken;
use crate::domain::client::Client;
use crate::domain::user::User;

/// Names a verification in the program that began it. Whoever has it and reads the mail is signed in.
#[derive(Debug)]
pub(crate) struct VerificationToken {
    token: PlainToken,
    /// In seconds.
    lifetime: i64,
}

impl VerificationToken {
    pub(super) fn of(app: &App, VerificationHandle(token): VerificationHandle) -> Self {
        Self { token, lifetime: app.accounts.settings.verification.link_lifetime }
    }

    /// The members of an answer that says that a mail is on its way.
    pub(super) fn told(&self) -> Map<String, Value> {
        let message = "A code was mailed to the address. Give it with the verification_token.";
        let mut members = self.members();
        members.insert("message".to_owned(), json!(message));
        members
    }

    /// The members that a refusal has beside its own.
    pub(super) fn members(&self) -> Map<String, Value> {
        [
            ("verification_token", json!(self.token.expose())),
            ("verification_expires_in", json!(self.lifetime)),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }
}

/// What a right password is answered whose address was never verified: a mail is on its way, or one was sent
/// too lately, or too many were.
pub(super) async fn verify_first(app: &App, frame: &Frame, user: &User) -> ApiError {
    match begin(app, frame, user).await {
        Ok(token) => ApiError::EmailToVerify(token),
        Err(VerificationRefusal::TooSoon { retry_after_seconds: retry_after }) => {
            ApiError::EmailToVerifyByLastMail { retry_after }
        }
        Err(refusal) => refusal.into(),
    }
}

async fn begin(
    app: &App,
    frame: &Frame,
    user: &User,
) -> Result<VerificationToken, VerificationRefusal> {
    frame.reader.is(user);
    let begin = BeginVerification {
        user,
        browser_digest: no_browser(),
        request_handle: None,
        locale: frame.locale(app).lang().to_owned(),
    };
    let handle = app.accounts.begin_verification(begin, &frame.requester).await?;
    Ok(VerificationToken::of(app, handle))
}

/// `POST /api/auth/email/verify`: with `verification_token` and `code` the address is verified and its
/// owner signed in; without a `code` as well, once the link was used elsewhere. With the `token` of its own
/// link too, as by the code. Such a `token` alone verifies, and signs nobody in: whoever reads the mail may
/// not be who chose the password.
pub(crate) async fn verify(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, ApiError> {
    let (link, window) = (body.optional("token"), body.optional("verification_token"));
    let code = body.optional("code");
    if link.is_none() && window.is_none() {
        body.refuse("verification_token", "is missing");
    }
    if link.is_some() && code.is_some() {
        body.refuse("code", "stands beside token: send one");
    }
    body.check()?;
    let client = client(&app, Some(&headers), &body.members, &frame.requester).await?.client;
    let link = link.map(|link| PlainToken::new(&link));
    let window = window.map(|window| PlainToken::new(&window));
    let verified = match (window, link, code) {
        (Some(window), Some(link), _) => by_own_link(&app, &frame, (&window, &link)).await?,
        (Some(window), None, Some(code)) => by_code(&app, &frame, &window, &code).await?,
        (Some(window), None, None) => continued(&app, &frame, &window).await?,
        (None, link, _) => {
            let link = link.ok_or(ApiError::VerificationOver)?;
            app.accounts.confirm_link(&link, &no_browser(), &frame.requester).await?
        }
    };
    answered(&app, &frame, &client, verified).await
}

/// The link of the mail that this program had sent, and of no other: a later sign-up with the address may
/// be a stranger's.
async fn by_own_link(
    app: &App,
    frame: &Frame,
    (window, link): (&PlainToken, &PlainToken),
) -> Result<Verified, ApiError> {
    if !app.accounts.is_link_of_window(link, window).await? {
        return Err(ApiError::VerificationOver);
    }
    Ok(app.accounts.confirm_link(link, &window.digest(), &frame.requester).await?)
}

async fn by_code(
    app: &App,
    frame: &Frame,
    window: &PlainToken,
    code: &str,
) -> Result<Verified, ApiError> {
    let entered = app.accounts.enter_code(window, code, &window.digest(), &frame.requester).await;
    match entered {
        // By the link meanwhile: this program goes on, as a window does that is loaded again.
        Err(VerificationRefusal::Used) => continued(app, frame, window).await,
        entered => Ok(entered?),
    }
}

async fn continued(app: &App, frame: &Frame, window: &PlainToken) -> Result<Verified, ApiError> {
    let view = app.accounts.verification(window).await?.ok_or(ApiError::VerificationOver)?;
    match view.stage {
        VerificationStage::Waiting
        | VerificationStage::CodeExpired
        | VerificationStage::TriesUsedUp => Err(ApiError::EmailNotVerified),
        VerificationStage::Verified => {
            let accounts = &app.accounts;
            Ok(accounts.continue_verified(window, &window.digest(), &frame.requester).await?)
        }
        VerificationStage::Continued
        | VerificationStage::Superseded
        | VerificationStage::Expired => Err(ApiError::VerificationOver),
    }
}

async fn answered(
    app: &App,
    frame: &Frame,
    client: &Client,
    verified: Verified,
) -> Result<Response, ApiError> {
    let Verified::Here { admission, .. } = verified else { return Ok(verified_elsewhere()) };
    let mut tokens = admitted(app, client, admission, &frame.requester).await?;
    tokens.insert("message".to_owned(), json!("The address is verified."));
    Ok(json_answer(StatusCode::OK, &Value::Object(tokens)))
}

fn verified_elsewhere() -> Response {
    let message = "The address is verified. Sign in.";
    json_answer(StatusCode::OK, &json!({ "message": message, "email_verified": true }))
}

/// `POST /api/auth/email/resend`: another mail, for a `verification_token` or for the account of an
/// access token.
pub(crate) async fn resend(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, ApiError> {
    if !app.accounts.settings.sends_mail {
        return Err(PageError::NotFound.into());
    }
    let Some(token) = bearer_token(&headers).ok().flatten() else {
        let window = PlainToken::new(&body.required("verification_token"));
        body.check()?;
        client(&app, Some(&headers), &body.members, &frame.requester).await?;
        app.accounts.resend_verification(&window, &frame.requester).await?;
        let message = "Another code was mailed to the address. The one before no longer counts.";
        return Ok(json_answer(StatusCode::OK, &json!({ "message": message })));
    };
    let caller = caller_of(&app, &token).await?;
    if app.accounts.is_of_browser(&caller.session).await? {
        return Err(FactorProblem::OfBrowser.into());
    }
    if caller.user.email_verified_at.is_some() {
        return Err(ApiError::EmailIsVerified);
    }
    let token = begin(&app, &frame, &caller.user).await?;
    Ok(json_answer(StatusCode::OK, &Value::Object(token.told())))
}

impl From<VerificationRefusal> for ApiError {
    fn from(refusal: VerificationRefusal) -> Self {
        match refusal {
            VerificationRefusal::WrongCode { .. } => FactorProblem::Wrong.into(),
            VerificationRefusal::TooManyTries | VerificationRefusal::CodeExpired => {
                FactorProblem::CodeOver.into()
            }
            VerificationRefusal::TooManySends => Self::NoMoreMails,
            VerificationRefusal::TooSoon { retry_after_seconds: retry_after } => {
                Self::MailTooSoon { retry_after }
            }
            VerificationRefusal::Throttled { retry_after_seconds: retry_after } => {
                Self::Problem(PageError::Throttled { retry_after })
            }
            VerificationRefusal::Unknown
            | VerificationRefusal::Expired
            | VerificationRefusal::Used
            | VerificationRefusal::Superseded
            | VerificationRefusal::EmailMalformed
            | VerificationRefusal::AddressIsFixed => Self::VerificationOver,
            VerificationRefusal::Fault(fault) => Self::Problem(fault.into()),
        }
    }
}
