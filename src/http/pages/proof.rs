//! `/login/reauth`: before something grave in their account, people prove again who they are.
//!
//! A handler of such a page asks [`proven`] first, on GET and on POST. Where the last proof is too
//! old it gets the way to this page, which names what the proof is for and leads back there: to one
//! of a fixed list of pages, never to an address from outside.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::flow::see_other;
use super::super::form::PageForm;
use super::super::frame::{self, Frame};
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{LoginProblem, ProofPage};
use super::super::{App, paths, way_back};
use super::login::minutes;
use crate::accounts::SignInRefusal;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::oauth::Parameters;
use crate::oauth::response::with_query;
use crate::texts::Key;

/// Something that asks for a proof first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GraveAction {
    /// Choose another password.
    ChangePassword,
    /// Use another address.
    ChangeEmail,
    /// Take one's data away.
    ExportData,
    /// Delete the account.
    DeleteAccount,
}

impl GraveAction {
    const ALL: [Self; 4] =
        [Self::ChangePassword, Self::ChangeEmail, Self::ExportData, Self::DeleteAccount];

    /// The name in an address.
    const fn name(self) -> &'static str {
        match self {
            Self::ChangePassword => "password",
            Self::ChangeEmail => "email",
            Self::ExportData => "data",
            Self::DeleteAccount => "delete",
        }
    }

    /// Where it goes on.
    const fn path(self) -> &'static str {
        match self {
            Self::ChangePassword => paths::ACCOUNT_PASSWORD,
            Self::ChangeEmail => paths::ACCOUNT_EMAIL,
            Self::ExportData => paths::ACCOUNT_DATA,
            Self::DeleteAccount => paths::ACCOUNT_DELETE,
        }
    }

    /// Why a proof is asked for.
    const fn reason(self) -> Key {
        match self {
            Self::ChangePassword => Key("proof-to-change-password"),
            Self::ChangeEmail => Key("proof-to-change-email"),
            Self::ExportData => Key("proof-to-export"),
            Self::DeleteAccount => Key("proof-to-delete"),
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

/// Who is signed in at a page of their own account.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    /// Their session.
    pub session: Session,
    /// Their account.
    pub user: User,
}

/// The owner of the account; `Err` leads who is not signed in to where they can be.
///
/// # Errors
///
/// The outer one if the store fails.
pub(crate) async fn owner(
    app: &App,
    session: &BrowserSession,
) -> Result<Result<Owner, Response>, PageError> {
    let Some(signed_in) = &session.signed_in else { return Ok(Err(see_other(paths::LOGIN))) };
    let user = app.accounts.user(&signed_in.user_id).await?;
    if user.as_ref().is_some_and(User::is_leaving) {
        return Ok(Err(see_other(paths::ACCOUNT_RESTORE)));
    }
    Ok(user
        .map(|user| Owner { session: signed_in.clone(), user })
        .ok_or_else(|| see_other(paths::LOGIN)))
}

/// The same for a page that a sign-in may lead back to.
///
/// # Errors
///
/// The outer one if the store fails.
pub(crate) async fn owner_at(
    app: &App,
    session: &BrowserSession,
    page: &str,
) -> Result<Result<Owner, Response>, PageError> {
    Ok(owner(app, session).await?.map_err(|answer| {
        if session.signed_in.is_none() { way_back::to_sign_in(app, page) } else { answer }
    }))
}

/// The owner of the account, who proved who they are lately enough for `action`; `Err` leads to
/// where they can.
///
/// # Errors
///
/// The outer one if the store fails.
pub(crate) async fn proven(
    app: &App,
    session: &BrowserSession,
    action: GraveAction,
) -> Result<Result<Owner, Response>, PageError> {
    let owner = match owner_at(app, session, action.path()).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(Err(answer)),
    };
    if app.accounts.is_proven(&owner.session) {
        return Ok(Ok(owner));
    }
    Ok(Err(to_proof(action)))
}

/// Leads to where the person can prove who they are.
#[must_use]
pub(crate) fn to_proof(action: GraveAction) -> Response {
    see_other(&with_query(paths::LOGIN_REAUTH, [("to", action.name())]))
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let owner = match owner(&app, &session).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    let query = Parameters::from_form(query.unwrap_or_default().as_bytes());
    let Some(action) = query.get("to").and_then(GraveAction::named) else {
        return Ok(see_other(paths::ACCOUNT));
    };
    Ok(Page::ok(page(&app, &frame, &owner.user, action, None)).into_response())
}

/// The password.
pub(crate) async fn submit(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, PageError> {
    let owner = match owner(&app, &session).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    let Some(action) = form.get("to").and_then(GraveAction::named) else {
        return Ok(see_other(paths::ACCOUNT));
    };
    let password = form.secret("password");
    let done = app.accounts.prove_by_password(&owner.session, &password, &frame.requester).await;
    let (status, problem, retry_after) = match done {
        Ok(proven) => {
            session.begin(&proven.session).await?;
            return Ok(see_other(action.path()));
        }
        Err(SignInRefusal::Throttled { retry_after_seconds }) => {
            let minutes = minutes(retry_after_seconds);
            let problem = LoginProblem::Throttled { minutes };
            (StatusCode::TOO_MANY_REQUESTS, problem, Some(retry_after_seconds))
        }
        Err(SignInRefusal::Busy) => return Err(PageError::Busy),
        Err(SignInRefusal::Fault(fault)) => return Err(fault.into()),
        Err(SignInRefusal::WrongCredentials { .. } | SignInRefusal::EmailNotVerified { .. }) => {
            (StatusCode::UNPROCESSABLE_ENTITY, LoginProblem::WrongCredentials, None)
        }
    };
    let page = page(&app, &frame, &owner.user, action, Some(problem));
    let mut response = Page::new(status, page).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

fn page(
    app: &App,
    frame: &Frame,
    user: &User,
    action: GraveAction,
    problem: Option<LoginProblem>,
) -> ProofPage {
    let shell = frame.shell(app);
    let forgot_url = app.settings.reset_minutes.map(|_| paths::PASSWORD_FORGOT.to_owned());
    ProofPage {
        shell,
        account: frame::account_view(user),
        to: action.name(),
        reason: action.reason(),
        forgot_url,
        problem,
    }
}
