//! `/signup`: asking for an account. It never signs in, and its answer is the same for an address
//! that has an account.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::flow::{self, Kept};
use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::views::{PasswordMistake, SignUpPage, SignUpProblem};
use super::super::{App, paths};
use crate::accounts::{FieldProblem, PasswordProblem, SignUp, SignUpOutcome, SignUpRefusal};
use crate::domain::PlainToken;

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    PageQuery(query): PageQuery,
) -> Result<Response, PageError> {
    if !app.settings.sign_up_allowed {
        return Err(PageError::NotFound);
    }
    let kept = flow::find(&app, &frame, query.get("flow")).await?;
    let page = blank(&app, &frame, kept.as_ref()).await?;
    Ok(Page::ok(page).into_response())
}

/// The form.
pub(crate) async fn submit(
    State(app): State<App>,
    frame: Frame,
    form: PageForm,
) -> Result<Response, PageError> {
    let kept = flow::find(&app, &frame, form.flow()).await?;
    let sign_up = SignUp {
        name: Some(form.text("name")),
        username: None,
        email: form.text("email"),
        password: form.secret("password"),
        browser_digest: frame.browser.digest(),
        request_handle: kept.as_ref().map(|kept| PlainToken::new(kept.handle.expose())),
        locale: frame.locale(&app).lang().to_owned(),
    };
    let refusal = match app.accounts.sign_up(sign_up, &frame.requester).await {
        Ok(SignUpOutcome::Verify(handle)) => {
            flow::wait_for_mail(
                &app,
                kept.as_ref(),
                app.accounts.settings.verification.link_lifetime,
            )
            .await?;
            let path = flow::with_flow(paths::VERIFY_EMAIL, handle.0.expose());
            return Ok(flow::see_other(&path));
        }
        Ok(SignUpOutcome::Ready) => {
            let path = match &kept {
                Some(kept) => format!("{}&", flow::with_flow(paths::LOGIN, kept.handle.expose())),
                None => format!("{}?", paths::LOGIN),
            };
            return Ok(flow::see_other(&format!("{path}notice=account-ready")));
        }
        Err(refusal) => refusal,
    };
    let (status, problems, retry_after) = match refusal {
        SignUpRefusal::Closed => return Err(PageError::NotFound),
        SignUpRefusal::Busy => return Err(PageError::Busy),
        SignUpRefusal::Fault(fault) => return Err(fault.into()),
        SignUpRefusal::Invalid(problems) => {
            let problems = problems.into_iter().filter_map(problem_view).collect();
            (StatusCode::UNPROCESSABLE_ENTITY, problems, None)
        }
        SignUpRefusal::Throttled { retry_after_seconds } => {
            let problem = SignUpProblem::Throttled { seconds: retry_after_seconds };
            (StatusCode::TOO_MANY_REQUESTS, vec![problem], Some(retry_after_seconds))
        }
    };
    let page = SignUpPage {
        name: form.text("name"),
        email: form.text("email"),
        problems,
        ..blank(&app, &frame, kept.as_ref()).await?
    };
    Ok(Page::new(status, page).retry_after(retry_after).into_response())
}

async fn blank(app: &App, frame: &Frame, kept: Option<&Kept>) -> Result<SignUpPage, PageError> {
    Ok(SignUpPage {
        shell: frame::shell_of(app, frame, kept).await?,
        sends_code: app.accounts.settings.email_verification_is_required,
        password_min: app.settings.password_min,
        ..SignUpPage::default()
    })
}

/// `None` of what the form does not ask for.
fn problem_view(problem: FieldProblem) -> Option<SignUpProblem> {
    Some(match problem {
        FieldProblem::UsernameMalformed => return None,
        FieldProblem::NameMissing => SignUpProblem::NameMissing,
        FieldProblem::NameTooLong => SignUpProblem::NameTooLong,
        FieldProblem::NameMalformed => SignUpProblem::NameMalformed,
        FieldProblem::EmailMissing => SignUpProblem::EmailMissing,
        FieldProblem::EmailMalformed => SignUpProblem::EmailInvalid,
        FieldProblem::PasswordMissing => SignUpProblem::Password(PasswordMistake::Missing),
        FieldProblem::Password(problem) => SignUpProblem::Password(password_mistake(problem)),
    })
}

/// What the pages say of a password that the policy refuses.
#[must_use]
pub(super) fn password_mistake(problem: PasswordProblem) -> PasswordMistake {
    match problem {
        PasswordProblem::TooShort { least } => {
            PasswordMistake::TooShort { min: u32::try_from(least).unwrap_or(u32::MAX) }
        }
        PasswordProblem::TooLong => PasswordMistake::TooLong { max: 256 },
        PasswordProblem::HoldsOwnWords => PasswordMistake::IsPersonal,
        PasswordProblem::HoldsServiceName => PasswordMistake::IsOfService,
        PasswordProblem::Leaked => PasswordMistake::Leaked,
        PasswordProblem::TooGuessable(weakness) => PasswordMistake::TooWeak(weakness),
        PasswordProblem::ContainsNul => PasswordMistake::Unusable,
    }
}
