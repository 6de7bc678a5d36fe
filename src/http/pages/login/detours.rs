//! The buttons of the sign-in page that sign nobody in: another account, from the start, or back to
//! the application.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::super::flow::{self, Arrival};
use super::super::super::form::PageForm;
use super::super::super::frame::Frame;
use super::super::super::instead::Instead;
use super::super::super::page::Page;
use super::super::super::page_error::PageError;
use super::super::super::sessions::BrowserSession;
use super::super::super::views::{ChooseAccountPage, LoginPage};
use super::super::super::{App, paths};
use super::super::own_data;
use super::{blank, page_in_flow};
use crate::oauth::interaction::Step;

/// `POST /login/restart`: "Not you?", "Switch account" and "Start again".
pub(crate) async fn restart(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let username = form.get("username").map(str::to_owned);
    let Some(kept) = flow::find(&app, &frame, form.flow()).await? else {
        return Ok(match username.filter(|_| session.signed_in.is_none()) {
            Some(username) => {
                Page::ok(LoginPage { username, ..blank(&app, &frame, None).await? }).into_response()
            }
            None => flow::see_other(paths::LOGIN),
        });
    };
    let wants_another = form.get("account") == Some(ChooseAccountPage::ANOTHER);
    if wants_another && own_data::leaving(&app, &session).await?.is_some() {
        // An account that is to be deleted stands before every other one, and opens nothing.
        session.sign_out(&app, &frame.requester).await?;
        return Ok(flow::see_other(&flow::with_flow(paths::LOGIN, kept.handle.expose())));
    }
    let Some(username) = username else {
        let path = flow::with_flow(paths::LOGIN, kept.handle.expose());
        return Ok(flow::see_other(&format!("{path}&account=another")));
    };
    let pending = flow::resume(&app, &frame, &session, kept, Arrival::Post).await?;
    let page = page_in_flow(&app, &frame, &pending, true).await?;
    Ok(Page::ok(LoginPage { username, ..page }).into_response())
}

/// `POST /login/cancel`: who is asked to sign in once more, and does not want to, goes back to the
/// application.
pub(crate) async fn cancel(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let handle = form.flow();
    let pending = flow::resumed(&app, &frame, &session, handle, Arrival::Post).await?;
    let pending = pending.ok_or_else(PageError::flow_is_over)?;
    if !matches!(pending.step, Step::Reauthenticate | Step::SecondFactor) {
        return Ok(flow::go_on(&app, &frame, pending, Arrival::Post).await?);
    }
    Ok(flow::cancel(&app, &frame, &pending).await?)
}
