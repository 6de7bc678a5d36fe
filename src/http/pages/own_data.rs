//! `/account/data`: a copy of one's data; `/account/delete` and `/account/restore`: deleting one's
//! account, and keeping it after all.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::flow::{self, Arrival, see_other};
use super::super::form::{LinkQuery, PageForm};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::link_cookie::{self, LinkCookie};
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{
    AccountNotice, AccountPlace, DeleteAccountPage, LeavingOutcome, LeavingPage, OwnDataPage,
    RestorePage,
};
use super::super::way_back::signed_out_meanwhile;
use super::super::{App, paths};
use super::account::done;
use super::proof::{GraveAction, Owner, owner_at, proven, to_proof_again};
use crate::accounts::{DELETION_GRACE, DeleteAccountRefusal, ExportRefusal};
use crate::clock::Timestamp;
use crate::domain::user::User;

const LINK: LinkCookie = LinkCookie { name: "restore", path: paths::ACCOUNT_RESTORE };
const FILE: [(HeaderName, &str); 3] = [
    (header::CONTENT_TYPE, "application/json"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_DISPOSITION, "attachment; filename=\"account-data.json\""),
];

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_DATA).await?;
    let account = frame::account_view(&owner.user);
    let here = AccountPlace::Data;
    Ok(Page::ok(OwnDataPage { shell: frame.shell(&app), account, here }).into_response())
}

/// The copy.
pub(crate) async fn export(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    _form: PageForm,
) -> Result<Response, Instead> {
    let owner = proven(&app, &frame, &session, GraveAction::ExportData).await?;
    match app.accounts.export(&owner.session, &frame.requester).await {
        Ok(copy) => {
            let text = serde_json::to_string_pretty(&copy)
                .map_err(|_| PageError::Fault("a copy cannot be written"))?;
            Ok((StatusCode::OK, FILE, text).into_response())
        }
        Err(ExportRefusal::ProofMissing) => Ok(to_proof_again(GraveAction::ExportData)),
        Err(ExportRefusal::SessionIsOver) => Ok(signed_out_meanwhile()),
        Err(ExportRefusal::Throttled { retry_after_seconds }) => {
            Err(PageError::Throttled { retry_after: retry_after_seconds }.into())
        }
        Err(ExportRefusal::Fault(fault)) => Err(fault.into()),
    }
}

/// The page that asks whether it is meant.
pub(crate) async fn show_delete(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
) -> Result<Response, Instead> {
    let owner = proven(&app, &frame, &session, GraveAction::DeleteAccount).await?;
    let is_last_administrator = app.accounts.is_last_administrator(&owner.user.id).await?;
    let page = DeleteAccountPage { is_last_administrator, ..delete_page(&app, &frame, &owner) };
    Ok(Page::ok(page).into_response())
}

fn delete_page(app: &App, frame: &Frame, owner: &Owner) -> DeleteAccountPage {
    DeleteAccountPage {
        shell: frame.shell(app),
        account: frame::account_view(&owner.user),
        here: AccountPlace::Data,
        typed: String::new(),
        is_wrong: false,
        days: u32::try_from(DELETION_GRACE / (24 * 60 * 60)).unwrap_or(u32::MAX),
        is_last_administrator: false,
    }
}

/// It is meant.
pub(crate) async fn delete(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let owner = proven(&app, &frame, &session, GraveAction::DeleteAccount).await?;
    let typed = form.text("confirm");
    match app.accounts.request_deletion(&owner.session, &typed, &frame.requester).await {
        Ok(due_at) => {
            session.end().await?;
            Ok(outcome(&app, &frame, LeavingOutcome::Requested, Some(due_at)))
        }
        Err(DeleteAccountRefusal::ProofMissing) => Ok(to_proof_again(GraveAction::DeleteAccount)),
        Err(DeleteAccountRefusal::SessionIsOver) => Ok(signed_out_meanwhile()),
        Err(DeleteAccountRefusal::LastAdministrator) => {
            let page = delete_page(&app, &frame, &owner);
            let page = DeleteAccountPage { is_last_administrator: true, ..page };
            Ok(Page::new(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(DeleteAccountRefusal::NotConfirmed) => {
            let page = delete_page(&app, &frame, &owner);
            let page = DeleteAccountPage { typed, is_wrong: true, ..page };
            Ok(Page::new(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(DeleteAccountRefusal::Fault(fault)) => Err(fault.into()),
    }
}

/// The page of an account that waits to be deleted.
pub(crate) async fn show_restore(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    headers: HeaderMap,
    LinkQuery { query, is_cut_off }: LinkQuery,
) -> Result<Response, Instead> {
    if let Some(token) = query.get("token") {
        let taken = LINK.take(&app, token, link_cookie::LIFETIME);
        return Ok(taken.unwrap_or_else(|| outcome(&app, &frame, LeavingOutcome::LinkOver, None)));
    }
    let own = leaving(&app, &session).await?;
    let is_signed_in = own.is_some();
    // On the way to an app nobody comes from a mail: the cookie is left from another visit.
    let is_awaited = query.get("flow").is_some();
    let link = LINK.read(&app, &headers).filter(|_| !is_signed_in && !is_awaited);
    let (user, link_digest) = match (own, &link) {
        (Some(user), _) => (Some(user), String::new()),
        (None, Some(link)) => {
            let digest = link.digest().as_str().to_owned();
            (app.accounts.find_by_restore_link(link).await?, digest)
        }
        (None, None) => (None, String::new()),
    };
    let Some((user, due_at)) = user.and_then(|user| Some((user.clone(), user.deletion_due_at?)))
    else {
        if link.is_some() || is_cut_off {
            return Ok(outcome(&app, &frame, LeavingOutcome::LinkOver, None));
        }
        let pending =
            flow::resumed(&app, &frame, &session, query.get("flow"), Arrival::Get).await?;
        return match pending {
            Some(pending) => Ok(flow::go_on(&app, &frame, pending, Arrival::Get).await?),
            None => Ok(see_other(paths::ACCOUNT)),
        };
    };
    let kept = flow::find(&app, &frame, query.get("flow")).await?;
    frame.reader.is(&user);
    let shell = frame::shell_of(&app, &frame, kept.as_ref()).await?;
    let page = RestorePage {
        due: frame::moment_view(&shell, due_at),
        shell,
        // The mail went to earlier addresses too, whose readers may be somebody else by now.
        account: if is_signed_in {
            frame::account_view(&user)
        } else {
            frame::masked_account_view(&user)
        },
        link_digest,
        is_signed_in,
    };
    Ok(Page::ok(page).no_referrer().into_response())
}

/// The account stays.
pub(crate) async fn restore(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    headers: HeaderMap,
    form: PageForm,
) -> Result<Response, Instead> {
    let names_link = !form.text("link").is_empty();
    if let Some(signed_in) = session.signed_in.as_ref().filter(|_| !names_link) {
        // Not where another window, or a second click, came first.
        if let Some(user) = leaving(&app, &session).await? {
            app.accounts.undo_own_deletion((&user, signed_in), &frame.requester).await?;
        }
        let pending = flow::resumed(&app, &frame, &session, form.flow(), Arrival::Post).await?;
        return match pending {
            Some(pending) => Ok(flow::go_on(&app, &frame, pending, Arrival::Post).await?),
            None => Ok(done(paths::ACCOUNT, AccountNotice::AccountKept)),
        };
    }
    if !names_link {
        // The session ended while the page stood open: who signs in comes back to it.
        return Ok(see_other(&flow::in_flow(paths::LOGIN, form.flow())));
    }
    let link = LINK.named_by(&app, &headers, &form);
    let user = match &link {
        Some(link) => app.accounts.find_by_restore_link(link).await?,
        None => None,
    };
    let is_kept = match user {
        Some(user) => {
            frame.reader.is(&user);
            app.accounts.undo_deletion(&user, &frame.requester).await?
        }
        None => false,
    };
    let what = if is_kept { LeavingOutcome::Kept } else { LeavingOutcome::LinkOver };
    Ok(LINK.forgotten_by(&app, outcome(&app, &frame, what, None)))
}

/// Who is signed in, where their account waits to be deleted.
pub(super) async fn leaving(
    app: &App,
    session: &BrowserSession,
) -> Result<Option<User>, PageError> {
    let Some(signed_in) = &session.signed_in else { return Ok(None) };
    let user = app.accounts.user(&signed_in.user_id).await?;
    Ok(user.filter(User::is_leaving))
}

fn outcome(
    app: &App,
    frame: &Frame,
    outcome: LeavingOutcome,
    due_at: Option<Timestamp>,
) -> Response {
    let status = match outcome {
        LeavingOutcome::LinkOver => StatusCode::GONE,
        LeavingOutcome::Requested | LeavingOutcome::Kept => StatusCode::OK,
    };
    let shell = frame.shell(app);
    let due = due_at.map(|at| frame::moment_view(&shell, at));
    let is_mailed = app.accounts.settings.sends_mail;
    let page = LeavingPage { shell, outcome, due, is_mailed };
    let mut answer = Page::new(status, page).no_referrer().into_response();
    if outcome == LeavingOutcome::Requested {
        // Nothing of the account stays in this browser.
        let cleared = HeaderValue::from_static("\"cache\"");
        answer.headers_mut().insert(HeaderName::from_static("clear-site-data"), cleared);
    }
    answer
}
