//! `/account/2fa/sms` and `/account/2fa/email`: factors that are set up by a code which is sent.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::super::super::flow::see_other;
use super::super::super::form::{PageForm, PageQuery};
use super::super::super::frame::{self, Frame};
use super::super::super::instead::Instead;
use super::super::super::page::Page;
use super::super::super::sessions::BrowserSession;
use super::super::super::views::{AccountPlace, SetUpCodePage, SetUpProblem};
use super::super::super::{App, paths};
use super::super::proof::GraveAction;
use super::{
    Changer, OLD_IS_LOST, changer, confirmed_answer, no_such_page, problem, sent, status_of,
};
use crate::accounts::{EnrolmentRefusal, FirstCode};
use crate::domain::second_factor::FactorKind;

/// The kinds that are set up by a code which is sent.
fn sent_kind(method: &str) -> Option<(FactorKind, GraveAction)> {
    match FactorKind::named(method)? {
        FactorKind::Sms => Some((FactorKind::Sms, GraveAction::SetUpSms)),
        FactorKind::Email => Some((FactorKind::Email, GraveAction::SetUpEmail)),
        _ => None,
    }
}

/// `/account/2fa/sms` and `/account/2fa/email`
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(method): Path<String>,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let Some((kind, action)) = sent_kind(&method) else {
        return no_such_page(&app, &session).await;
    };
    let changer = changer(&app, &frame, &session, (action, query.get("flow"))).await?;
    let shown = Shown { wants_another: query.get("another").is_some(), ..Shown::default() };
    page(&app, &frame, &changer, kind, shown).await
}

/// What the page says beside the state of the set-up.
#[derive(Default)]
struct Shown {
    /// Whether another code or number is asked for.
    wants_another: bool,
    /// The number, as typed.
    phone: String,
    /// Whether the number that gives way was said to be lost.
    old_is_lost: bool,
    problem: Option<SetUpProblem>,
}

async fn page(
    app: &App,
    frame: &Frame,
    changer: &Changer,
    kind: FactorKind,
    Shown { wants_another, phone, old_is_lost, problem }: Shown,
) -> Result<Response, Instead> {
    if !app.accounts.offers(&changer.owner.user, kind).await? {
        return Ok(see_other(&changer.to(paths::ACCOUNT_SECURITY)));
    }
    let user = &changer.owner.user;
    let owner = changer.owner();
    let begun = app.accounts.begun_code_factor(owner, kind).await?.filter(|_| !wants_another);
    let shell = changer.shell(app, frame).await?;
    let resend_at = begun.as_ref().and_then(|begun| begun.resend_at);
    let page = SetUpCodePage {
        resend_at: resend_at.map(|time| frame::moment_view(&shell, time)),
        shell,
        account: frame::account_view(user),
        here: AccountPlace::Security,
        kind,
        problem,
        sent_to: begun.map(|begun| begun.sent_to),
        phone,
        old_is_lost,
        replaces: kind == FactorKind::Sms && app.accounts.holds(user, kind).await?,
    };
    let (status, retry_after) = status_of(problem);
    Ok(Page::new(status, page).retry_after(retry_after).into_response())
}

/// Sends a code to the telephone or the mailbox that is to be set up.
pub(crate) async fn begin(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(method): Path<String>,
    form: PageForm,
) -> Result<Response, Instead> {
    let Some((kind, action)) = sent_kind(&method) else {
        return no_such_page(&app, &session).await;
    };
    let changer = changer(&app, &frame, &session, (action, form.flow())).await?;
    let typed = form.text("phone");
    let phone = (kind == FactorKind::Sms).then_some(typed.as_str());
    let locale = frame.locale(&app).lang();
    let owner = changer.owner();
    match app.accounts.begin_code_factor(owner, phone, locale, &frame.requester).await {
        Ok(()) => Ok(see_other(&changer.to(&action.path()))),
        Err(refusal) => {
            let is_awaited = matches!(refusal, EnrolmentRefusal::TooSoon { is_awaited: true, .. });
            let problem = Some(problem(refusal, kind, &changer)?);
            let phone = typed;
            let shown = Shown { wants_another: !is_awaited, phone, problem, ..Shown::default() };
            page(&app, &frame, &changer, kind, shown).await
        }
    }
}

/// The code that was sent to what is to be set up.
pub(crate) async fn confirm(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(method): Path<String>,
    form: PageForm,
) -> Result<Response, Instead> {
    let Some((kind, action)) = sent_kind(&method) else {
        return no_such_page(&app, &session).await;
    };
    let sent = sent(&frame, &form);
    let session = session.or_repeated(&app, &sent, &frame.requester).await?;
    let changer = changer(&app, &frame, &session, (action, form.flow())).await?;
    let owner = changer.owner();
    let (code, old_is_lost) = (form.text("code"), form.get(OLD_IS_LOST).is_some());
    let repeatable = session.repeatable(&app, &sent);
    let first = FirstCode { kind, code: &code, old_is_lost, sent: repeatable.as_ref() };
    match app.accounts.confirm_factor(owner, first, &frame.requester).await {
        Ok(confirmed) => confirmed_answer(&app, &frame, session, &changer, confirmed).await,
        Err(refusal) => {
            let problem = Some(problem(refusal, kind, &changer)?);
            let shown = Shown { old_is_lost, problem, ..Shown::default() };
            page(&app, &frame, &changer, kind, shown).await
        }
    }
}
