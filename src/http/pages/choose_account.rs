//! `/login/accounts`: which of the accounts known in this browser (`prompt=select_account`).

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::flow::{self, Arrival, Pending};
use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{ChooseAccountPage, KnownAccount};
use super::super::{App, paths};
use crate::domain::UserId;
use crate::domain::user::User;
use crate::oauth::interaction::Step;
use crate::store::authorization_requests;

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let handle = query.get("flow");
    let Some(pending) = flow::resumed(&app, &frame, &session, handle, Arrival::Get).await? else {
        return Ok(flow::see_other(paths::LOGIN));
    };
    if pending.step != Step::SelectAccount {
        return Ok(flow::go_on(&app, &frame, pending, Arrival::Get).await?);
    }
    let users = app.accounts.accounts_of_browser(&frame.browser.digest()).await?;
    let accounts = known_accounts(&pending, users);
    if accounts.is_empty() {
        let path = flow::with_flow(paths::LOGIN, pending.kept.handle.expose());
        return Ok(flow::see_other(&format!("{path}&account={}", ChooseAccountPage::ANOTHER)));
    }
    let mut shell = frame.shell_in_flow(&app, Some(pending.kept.handle.expose()));
    let request = &pending.request;
    shell.app = Some(frame::app_view(&request.client, Some(&request.redirect_uri)));
    Ok(Page::ok(ChooseAccountPage { shell, accounts }).into_response())
}

/// The signed-in one first, then those that were remembered here.
fn known_accounts(pending: &Pending, users: Vec<User>) -> Vec<KnownAccount> {
    let present = pending.person.as_ref().map(|person| person.user.clone());
    let is_present = |user: &User| present.as_ref().is_some_and(|one| one.id == user.id);
    let others: Vec<User> = users.into_iter().filter(|user| !is_present(user)).collect();
    let shown = |user: &User, signed_in| KnownAccount {
        id: user.id.0.clone(),
        account: frame::account_view(user),
        signed_in,
    };
    let first = present.iter().map(|user| shown(user, true));
    first.chain(others.iter().map(|user| shown(user, false))).collect()
}

/// One was chosen.
pub(crate) async fn submit(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let Some(kept) = flow::find(&app, &frame, form.flow()).await? else {
        return Ok(flow::see_other(paths::LOGIN));
    };
    let chosen = form.text("account");
    let is_signed_in =
        session.signed_in.as_ref().is_some_and(|session| session.user_id.as_str() == chosen);
    if !is_signed_in {
        let path = flow::with_flow(paths::LOGIN, kept.handle.expose());
        let path = crate::oauth::response::with_query(&path, [("account", chosen.as_str())]);
        return Ok(flow::see_other(&path));
    }
    let mut tx = app.store().begin().await?;
    let digest = kept.handle.digest();
    authorization_requests::note_account_selection(&mut tx, &digest, app.now()).await?;
    tx.commit().await?;
    let handle = Some(kept.handle.expose());
    match flow::resumed(&app, &frame, &session, handle, Arrival::Post).await? {
        Some(pending) => Ok(flow::go_on(&app, &frame, pending, Arrival::Post).await?),
        None => Ok(flow::see_other(paths::LOGIN)),
    }
}

/// "Remove from this device".
pub(crate) async fn forget(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, PageError> {
    let chosen = UserId(form.text("account"));
    let (browser, trust) = (frame.browser.digest(), frame.browser.trust_digest());
    app.accounts.forget_account_of_browser((&browser, trust.as_ref()), &chosen).await?;
    if session.signed_in.as_ref().is_some_and(|one| one.user_id == chosen) {
        session.sign_out(&app, &frame.requester).await?;
    }
    let path = form.flow().map_or_else(
        || paths::LOGIN.to_owned(),
        |handle| flow::with_flow(paths::LOGIN_ACCOUNTS, handle),
    );
    Ok(flow::see_other(&path))
}
