//! `POST /api/auth/signup`: making an account.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::frame::Frame;
use super::super::oauth::token::json_answer;
use super::super::page_error::PageError;
use super::body::Body;
use super::error::{ApiError, FieldError};
use super::sessions::{admitted, client};
use super::tokens::identity;
use super::verification::VerificationToken;
use crate::accounts::{
    AfterSignUp, FieldProblem, OpenSignUpRefusal, SignUp, SignUpOutcome, SignUpRefusal, no_browser,
};
use crate::domain::Scopes;

/// Makes an account, and says where somebody has its address or its username; or the same whoever has
/// it, where the operator wants that.
pub(crate) async fn sign_up(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, ApiError> {
    let is_neutral = app.settings.neutral_sign_up;
    let form = SignUp {
        name: body.optional("name"),
        username: username(&mut body, is_neutral),
        // What is missing is told with all else.
        email: body.optional("email").unwrap_or_default(),
        password: body.optional("password").unwrap_or_default().into(),
        browser_digest: no_browser(),
        request_handle: None,
        locale: frame.locale(&app).lang().to_owned(),
    };
    body.check()?;
    let client = client(&app, Some(&headers), &body.members, &frame.requester).await?.client;
    if is_neutral {
        return neutral(&app, form, &frame).await;
    }
    let made = app.accounts.sign_up_openly(form, &frame.requester).await?;
    let mut answer = identity(&made.user, &Scopes::standard());
    match made.next {
        AfterSignUp::Verify(handle) => answer.extend(VerificationToken::of(&app, handle).told()),
        AfterSignUp::Admitted(admission) => {
            match admitted(&app, &client, admission, &frame.requester).await {
                Ok(tokens) => answer.extend(tokens),
                // The account is there; its owner signs in on the pages.
                Err(error @ ApiError::NoSecondFactor) => {
                    answer.insert("message".to_owned(), json!(error.message()));
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(json_answer(StatusCode::CREATED, &Value::Object(answer)))
}

fn username(body: &mut Body, is_neutral: bool) -> Option<String> {
    let typed = body.optional("username");
    if is_neutral && typed.is_some() {
        // Who has which one would be told.
        body.refuse("username", "is chosen after the first sign-in");
    }
    typed
}

/// The same answer whether the address was registered or not.
async fn neutral(app: &App, form: SignUp, frame: &Frame) -> Result<Response, ApiError> {
    let answer = match app.accounts.sign_up(form, &frame.requester).await? {
        SignUpOutcome::Verify(handle) => VerificationToken::of(app, handle).told(),
        SignUpOutcome::Ready => {
            let message = "If nobody had an account with this address, there is one now. Sign in.";
            Map::from_iter([("message".to_owned(), json!(message))])
        }
    };
    Ok(json_answer(StatusCode::ACCEPTED, &Value::Object(answer)))
}

impl From<OpenSignUpRefusal> for ApiError {
    fn from(refusal: OpenSignUpRefusal) -> Self {
        match refusal {
            OpenSignUpRefusal::EmailTaken => Self::Taken("email"),
            OpenSignUpRefusal::UsernameTaken => Self::Taken("username"),
            OpenSignUpRefusal::Refused(refusal) => refusal.into(),
        }
    }
}

impl From<SignUpRefusal> for ApiError {
    fn from(refusal: SignUpRefusal) -> Self {
        match refusal {
            SignUpRefusal::Closed => Self::SignUpClosed,
            SignUpRefusal::Invalid(problems) => {
                Self::Fields(problems.into_iter().map(field_error).collect())
            }
            SignUpRefusal::Throttled { retry_after_seconds: retry_after } => {
                Self::Problem(PageError::Throttled { retry_after })
            }
            SignUpRefusal::Busy => Self::Problem(PageError::Busy),
            SignUpRefusal::Fault(fault) => Self::Problem(fault.into()),
        }
    }
}

fn field_error(problem: FieldProblem) -> FieldError {
    FieldError { field: problem.field(), message: problem.to_string() }
}
