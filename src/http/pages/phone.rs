//! `/account/phone`: proving by a code that one's number is one's own.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::flow::see_other;
use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::page::Page;
use super::super::sessions::BrowserSession;
use super::super::views::{AccountNotice, AccountPlace, FactorNotice, FactorProblem, PhonePage};
use super::super::way_back::signed_out_meanwhile;
use super::super::{App, paths};
use super::account::done;
use super::proof::{Owner, owner_at};
use crate::accounts::PhoneRefusal;
use crate::oauth::response::with_query;

/// The page: the number, or the code that was sent there.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_PROFILE).await?;
    let notice = match query.get("notice") {
        Some("sent") => Some(FactorNotice::Sent),
        Some("wait") => Some(FactorNotice::AlreadySent),
        _ => None,
    };
    page(&app, &frame, &owner, (notice, None)).await
}

/// Sends a code.
pub(crate) async fn send(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    _form: PageForm,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_PROFILE).await?;
    let (of, locale) = ((&owner.user, &owner.session), frame.locale(&app).lang());
    let notice = match app.accounts.send_phone_code(of, locale, &frame.requester).await {
        Ok(true) => "sent",
        Ok(false) => "wait",
        Err(refusal) => return refused(&app, &frame, &owner, refusal).await,
    };
    Ok(see_other(&with_query(paths::ACCOUNT_PHONE, [("notice", notice)])))
}

/// The code.
pub(crate) async fn finish(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_PROFILE).await?;
    let code = form.text("code");
    let of = (&owner.user, &owner.session);
    match app.accounts.verify_phone(of, &code, &frame.requester).await {
        Ok(()) => Ok(done(paths::ACCOUNT_PROFILE, AccountNotice::PhoneVerified)),
        Err(refusal) => refused(&app, &frame, &owner, refusal).await,
    }
}

async fn refused(
    app: &App,
    frame: &Frame,
    owner: &Owner,
    refusal: PhoneRefusal,
) -> Result<Response, Instead> {
    let problem = match refusal {
        PhoneRefusal::Fault(fault) => return Err(fault.into()),
        PhoneRefusal::SessionIsOver => return Ok(signed_out_meanwhile()),
        PhoneRefusal::NothingToVerify => return Ok(see_other(paths::ACCOUNT_PROFILE)),
        PhoneRefusal::Missing => FactorProblem::Missing,
        PhoneRefusal::Wrong => FactorProblem::Wrong,
        PhoneRefusal::CodeOver => FactorProblem::Expired,
        PhoneRefusal::Throttled { retry_after_seconds: seconds } => {
            FactorProblem::Throttled { seconds }
        }
        PhoneRefusal::TooSoon { retry_after_seconds: seconds } => {
            FactorProblem::TooSoon { seconds }
        }
        PhoneRefusal::NotSent { retry_after_seconds: seconds, has_code } => {
            FactorProblem::NotSent { seconds, has_code, has_others: false }
        }
    };
    page(app, frame, owner, (None, Some(problem))).await
}

async fn page(
    app: &App,
    frame: &Frame,
    owner: &Owner,
    (notice, problem): (Option<FactorNotice>, Option<FactorProblem>),
) -> Result<Response, Instead> {
    let Some(number) = app.accounts.unverified_phone(&owner.user) else {
        return Ok(see_other(paths::ACCOUNT_PROFILE));
    };
    let waits = app.accounts.waits_for_phone_code(&owner.user).await?;
    let page = PhonePage {
        shell: frame.shell(app),
        account: frame::account_view(&owner.user),
        here: AccountPlace::Profile,
        number: number.as_str().to_owned(),
        is_sent: waits,
        notice,
        problem,
    };
    let status = problem.map_or(StatusCode::OK, FactorProblem::status);
    let retry_after = problem.and_then(FactorProblem::retry_after);
    Ok(Page::new(status, page).retry_after(retry_after).into_response())
}
