//! `/account/sessions`: where a person is signed in, and signing out there.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::page::Page;
use super::super::sessions::BrowserSession;
use super::super::views::{AccountNotice, AccountPlace, Device, DevicesPage};
use super::super::{App, paths};
use super::account::{done, notice_of};
use super::proof::owner_at;
use crate::domain::SessionId;
use crate::store::sessions::ListedSession;

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_SESSIONS).await?;
    let listed = app.accounts.sessions_of(&owner.user.id).await?;
    let view = |listed: ListedSession| device(&app, &frame, listed, &owner.session.sid);
    let mut devices: Vec<Device> = listed.into_iter().map(view).collect();
    // The sort is stable: this device, then the last used.
    devices.sort_by_key(|device| !device.is_this);
    let page = DevicesPage {
        shell: frame.shell(&app),
        account: frame::account_view(&owner.user),
        here: AccountPlace::Devices,
        notice: notice_of(&query),
        devices,
    };
    Ok(Page::ok(page).into_response())
}

/// Signs out on one other device.
pub(crate) async fn end(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_SESSIONS).await?;
    let sid = SessionId(form.text("sid"));
    // Whether it was there does not matter: now it is not.
    app.accounts.end_session(&owner.session, &sid, &frame.requester).await?;
    Ok(done(paths::ACCOUNT_SESSIONS, AccountNotice::SessionEnded))
}

/// Signs out everywhere else.
pub(crate) async fn end_others(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    _form: PageForm,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_SESSIONS).await?;
    let from = (&frame.browser.digest(), &frame.requester);
    let followed = app.accounts.end_other_sessions(&owner.session, from).await?;
    session.begin(&followed).await?;
    Ok(done(paths::ACCOUNT_SESSIONS, AccountNotice::SignedOutElsewhere))
}

fn device(app: &App, frame: &Frame, listed: ListedSession, own: &SessionId) -> Device {
    let is_this = listed.session.sid == *own;
    let shell = frame.shell(app);
    Device {
        sid: listed.session.sid.0,
        name: frame::software_in_words(&shell, listed.user_agent.as_deref()),
        place: frame::place_in_words(app, listed.ip.as_deref()),
        first_seen: frame::moment_view(&shell, listed.session.created_at),
        last_seen: frame::moment_view(&shell, listed.session.last_seen_at),
        is_this,
    }
}
