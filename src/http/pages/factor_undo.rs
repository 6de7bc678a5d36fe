//! `/account/security/undo`: the page behind the link of the mail that tells of a way to sign in that
//! was added. A button takes it away, because mail scanners open links too.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::super::form::{PageForm, PageQuery};
use super::super::frame::Frame;
use super::super::instead::Instead;
use super::super::link_cookie::{self, LinkCookie};
use super::super::page::Page;
use super::super::views::{FactorUndoOutcome, FactorUndoOutcomePage, FactorUndoPage};
use super::super::{App, paths};
use crate::accounts::UndoRefusal;

const LINK: LinkCookie = LinkCookie { name: "factor_undo", path: paths::ACCOUNT_SECURITY_UNDO };

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    if let Some(token) = query.get("token") {
        let taken = LINK.take(&app, token, link_cookie::LIFETIME);
        return Ok(taken.unwrap_or_else(|| outcome(&app, &frame, FactorUndoOutcome::Unknown)));
    }
    let Some(link) = LINK.read(&app, &headers) else {
        return Ok(outcome(&app, &frame, FactorUndoOutcome::Unknown));
    };
    match app.accounts.look_up_addition(&link.digest()).await {
        Ok((kind, user)) => {
            frame.reader.is(&user);
            let link_digest = link.digest().as_str().to_owned();
            let page = FactorUndoPage { shell: frame.shell(&app), kind, link_digest };
            Ok(Page::ok(page).no_referrer().into_response())
        }
        Err(refusal) => refused(&app, &frame, refusal),
    }
}

/// "This was not me".
pub(crate) async fn submit(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    form: PageForm,
) -> Result<Response, Instead> {
    match app.accounts.look_up_addition(&LinkCookie::digest_in(&form)).await {
        Ok((_, user)) => frame.reader.is(&user),
        Err(refusal) => return refused(&app, &frame, refusal),
    }
    let Some(link) = LINK.named_by(&app, &headers, &form) else {
        return Ok(outcome(&app, &frame, FactorUndoOutcome::Unknown));
    };
    let from = (&frame.browser.digest(), &frame.requester);
    match app.accounts.undo_addition(&link, from).await {
        // The link stays here, so that who comes back reads what became of it.
        Ok(()) => Ok(outcome(&app, &frame, FactorUndoOutcome::Done)),
        Err(refusal) => refused(&app, &frame, refusal),
    }
}

fn refused(app: &App, frame: &Frame, refusal: UndoRefusal) -> Result<Response, Instead> {
    let what = match refusal {
        UndoRefusal::Unknown => FactorUndoOutcome::Unknown,
        UndoRefusal::Gone => FactorUndoOutcome::Gone,
        UndoRefusal::Expired => FactorUndoOutcome::Expired,
        UndoRefusal::NoneLeft => FactorUndoOutcome::NoneLeft,
        UndoRefusal::Fault(fault) => return Err(fault.into()),
    };
    Ok(outcome(app, frame, what))
}

fn outcome(app: &App, frame: &Frame, outcome: FactorUndoOutcome) -> Response {
    let status = match outcome {
        FactorUndoOutcome::Done => StatusCode::OK,
        FactorUndoOutcome::Unknown => StatusCode::NOT_FOUND,
        FactorUndoOutcome::NoneLeft => StatusCode::CONFLICT,
        FactorUndoOutcome::Gone | FactorUndoOutcome::Expired => StatusCode::GONE,
    };
    let forgot_url = app.settings.reset_minutes.map(|_| paths::PASSWORD_FORGOT.to_owned());
    let page = FactorUndoOutcomePage { shell: frame.shell(app), outcome, forgot_url };
    Page::new(status, page).no_referrer().into_response()
}
