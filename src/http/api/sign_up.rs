//! `POST /api/auth/signup`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::frame::Frame;
use super::super::oauth::token::json_answer;
use super::answer::{members as json_members, summary};
use super::apps;
use super::body::Members;
use super::error::{ApiError, FieldMistake};
use super::sign_in;
use crate::accounts::{SignUp, SignUpOutcome, SignUpRefusal, ToldSignUp};
use crate::domain::TokenDigest;
use crate::domain::client::Client;
use crate::domain::user::User;

/// Makes an account. Where the operator wants nobody to learn who has one, the answer is the same
/// for every address.
pub(crate) async fn post(
    State(app): State<App>,
    frame: Frame,
    mut members: Members,
) -> Result<Response, ApiError> {
    let is_neutral = app.settings.api.as_ref().is_some_and(|api| api.neutral_sign_up);
    let email = members.needed("email");
    let password = members.needed_secret("password");
    let username = members.text("username").unwrap_or_default();
    let name = members.text("name").unwrap_or_default();
    let client_id = members.text("client_id");
    if is_neutral && !username.is_empty() {
        // Whether somebody has it would have to be told.
        members.mistake("username", "cannot be chosen before the address is verified");
    }
    members.finish()?;
    let client = apps::named(&app, client_id).await?;
    let form = SignUp {
        name,
        needs_name: false,
        username,
        email: email.clone(),
        password: password.clone(),
        browser_digest: TokenDigest::of_no_browser(),
        request_handle: None,
        locale: frame.locale(&app).lang().to_owned(),
    };
    let told = app.accounts.sign_up_and_tell(form, &frame.requester).await.map_err(refused)?;
    if is_neutral {
        return Ok(neutral(&told.outcome));
    }
    let taken = || ApiError::UserExists(vec![FieldMistake::new("email", "has an account already")]);
    let user = told.made.clone().ok_or_else(taken)?;
    let answer = made(&app, &frame, (client, user, told), (email, password)).await?;
    Ok(json_answer(StatusCode::CREATED, &Value::Object(answer)))
}

/// Who was made, and what comes next: a code, or the tokens.
async fn made(
    app: &App,
    frame: &Frame,
    (client, user, told): (Client, User, ToldSignUp),
    (email, password): (String, SecretString),
) -> Result<Map<String, Value>, ApiError> {
    let mut answer = summary(&user);
    if let SignUpOutcome::Verify(handle) = told.outcome {
        answer.insert("verification_token".to_owned(), json!(handle.0.expose()));
        return Ok(answer);
    }
    let signed_in = async {
        let admission = sign_in::with_password(app, frame, &client, (email, password)).await?;
        sign_in::admitted(app, client.clone(), admission, &frame.requester).await
    };
    match signed_in.await {
        Ok(tokens) => answer.extend(tokens),
        Err(ApiError::MfaEnrollmentRequired(wish)) => answer.extend(wish.members()),
        // The account is there all the same: they sign in when that goes again.
        Err(_) => {}
    }
    Ok(answer)
}

fn neutral(outcome: &SignUpOutcome) -> Response {
    let mut answer = json_members(json!({
        "message": "If the address can be used, a mail is on its way to it.",
    }));
    if let SignUpOutcome::Verify(handle) = outcome {
        answer.insert("verification_token".to_owned(), json!(handle.0.expose()));
    }
    json_answer(StatusCode::ACCEPTED, &Value::Object(answer))
}

fn refused(refusal: SignUpRefusal) -> ApiError {
    match refusal {
        SignUpRefusal::Closed => ApiError::SignUpClosed,
        SignUpRefusal::Invalid(problems) => {
            let mistake = |problem: &crate::accounts::FieldProblem| {
                FieldMistake::new(problem.field(), problem.to_string())
            };
            ApiError::InvalidBody(problems.iter().map(mistake).collect())
        }
        SignUpRefusal::UsernameTaken => {
            ApiError::UserExists(vec![FieldMistake::new("username", "is taken")])
        }
        SignUpRefusal::Throttled { retry_after_seconds } => {
            ApiError::Throttled { retry_after: retry_after_seconds }
        }
        SignUpRefusal::Busy => ApiError::Busy,
        SignUpRefusal::Fault(fault) => fault.into(),
    }
}
