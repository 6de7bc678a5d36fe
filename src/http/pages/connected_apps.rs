//! `/account/apps`: what a person allowed applications, and taking it back.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{
    AccountNotice, AccountPlace, ConnectedAppPage, ConnectedAppView, ConnectedAppsPage, Shell,
};
use super::super::{App, paths};
use super::account::{done, notice_of};
use super::consent::{About, scope_lines};
use super::proof::owner_at;
use crate::accounts::ConnectedApp;
use crate::domain::ClientId;
use crate::oauth::response::host_of;

/// The list.
pub(crate) async fn list(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_APPS).await?;
    let apps = app.accounts.connected_apps(&owner.user.id).await?;
    let shell = frame.shell(&app);
    let page = ConnectedAppsPage {
        account: frame::account_view(&owner.user),
        here: AccountPlace::Apps,
        notice: notice_of(&query),
        apps: apps.into_iter().map(|app| view(&shell, app)).collect(),
        shell,
    };
    Ok(Page::ok(page).into_response())
}

/// One of them.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(client_id): Path<String>,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_APPS).await?;
    let found = found(&app, &owner.user.id, client_id).await?;
    let shell = frame.shell(&app);
    let about = About { user: &owner.user, api: None };
    let mut scopes = scope_lines(&shell, &found.scopes, about);
    for allowed in app.accounts.allowed_at_apis(&owner.user.id, &found.client_id).await? {
        let api = allowed.name.as_deref().zip(allowed.api_scopes.as_ref());
        scopes.extend(scope_lines(&shell, &allowed.scopes, About { api, ..about }));
    }
    let page = ConnectedAppPage {
        account: frame::account_view(&owner.user),
        here: AccountPlace::Apps,
        scopes,
        app: view(&shell, found),
        shell,
    };
    Ok(Page::ok(page).into_response())
}

/// Takes the access away.
pub(crate) async fn remove(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(client_id): Path<String>,
    _form: PageForm,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_APPS).await?;
    let client_id = possible_id(client_id)?;
    app.accounts.remove_access(&owner.session, &client_id, &frame.requester).await?;
    Ok(done(paths::ACCOUNT_APPS, AccountNotice::AccessRemoved))
}

async fn found(
    app: &App,
    user_id: &crate::domain::UserId,
    client_id: String,
) -> Result<ConnectedApp, PageError> {
    let found = app.accounts.connected_app(user_id, &possible_id(client_id)?).await?;
    found.ok_or(PageError::NotFound)
}

/// What a database can be asked for.
fn possible_id(client_id: String) -> Result<ClientId, PageError> {
    if client_id.contains('\0') { Err(PageError::NotFound) } else { Ok(ClientId(client_id)) }
}

fn view(shell: &Shell, app: ConnectedApp) -> ConnectedAppView {
    let host = app.redirect_uris.0.first().map(|uri| host_of(uri)).unwrap_or_default();
    ConnectedAppView {
        id: app.client_id.0,
        name: app.name,
        owner: app.owner,
        host,
        granted: frame::moment_view(shell, app.granted_at),
        last_used: app.last_used_at.map(|time| frame::moment_view(shell, time)),
        asked_for_leave: app.asked_for_leave,
    }
}
