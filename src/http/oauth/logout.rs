//! `GET` and `POST /logout` (OpenID Connect RP-Initiated Logout 1.0 §2).
//!
//! A client that proves by an ID token that it knows this session ends it at once. Otherwise the
//! person is asked, since any page elsewhere can send a browser here.

use axum::extract::{RawQuery, Request, State};
use axum::response::{IntoResponse, Response};

use super::super::flow::{see_other, with_flow};
use super::super::form::{PageForm, Sender, read_form};
use super::super::frame::{self, Frame};
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{HandBackPage, HandBackReason, LoggedOutPage, LogoutPage};
use super::super::{App, paths};
use crate::domain::session::Session;
use crate::keys::{Purpose, Sealed};
use crate::oauth::Parameters;
use crate::oauth::logout::{self, LogoutRequest, LogoutWish};
use crate::store::grants;

/// What a sealed wish to sign out is tied to.
const PLACE: &str = "logout";

/// A client's wish, or a person's who typed the address.
pub(crate) async fn get(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let query = query.unwrap_or_default();
    let parameters = Parameters::from_form(query.as_bytes());
    let request = match parameters.get("flow") {
        Some(flow) => recall(&app, flow).await?,
        None => logout::check(&app.provider, &parameters).await?,
    };
    frame.reader.asks_for(parameters.get("ui_locales"));
    let Some(signed_in) = session.signed_in.clone() else {
        let target = request.return_to.as_deref().filter(|_| request.is_trusted());
        return Ok(see_other(target.unwrap_or(paths::LOGGED_OUT)));
    };
    if !request.may_end(&signed_in) {
        return ask(&app, &frame, &signed_in, &request).await;
    }
    if !session.sign_out(&app, &frame.requester).await? {
        return ask_again(&app, &request);
    }
    Ok(see_other(request.return_to.as_deref().unwrap_or(paths::LOGGED_OUT)))
}

/// Our own form, where it brings its token; otherwise a client's wish, whose cookies are not with
/// it: the browser is sent to our GET with the checked wish, sealed. The ID token of the hint must
/// not end up in a URL of ours.
pub(crate) async fn post(
    State(app): State<App>,
    frame: Frame,
    sender: Sender,
    session: BrowserSession,
    request: Request,
) -> Result<Response, PageError> {
    let parameters = read_form(request, &app).await?;
    if !parameters.has("csrf") {
        return ask_again(&app, &logout::check(&app.provider, &parameters).await?);
    }
    let form = PageForm::checked(&app, &sender, parameters)?;
    let request = match form.flow() {
        Some(flow) => recall(&app, flow).await?,
        None => LogoutRequest::of_the_person(),
    };
    if !session.sign_out(&app, &frame.requester).await? {
        return ask_again(&app, &request);
    }
    Ok(hand_back(&app, &frame, request))
}

/// The same wish once more, from the browser itself, or to a session that went on under another cookie
/// meanwhile.
fn ask_again(app: &App, request: &LogoutRequest) -> Result<Response, PageError> {
    Ok(see_other(&with_flow(paths::LOGOUT, &seal(app, request)?)))
}

/// A POST must not end in a redirect to a client.
fn hand_back(app: &App, frame: &Frame, request: LogoutRequest) -> Response {
    let (Some(client), Some(url)) = (request.client, request.return_to) else {
        return see_other(paths::LOGGED_OUT);
    };
    let mut shell = frame.shell(app);
    shell.app = Some(frame::app_view(&client, Some(&url)));
    let reason = HandBackReason::SignedOut;
    let page = HandBackPage { shell, app_name: client.name, url, reason };
    Page::ok(page).no_referrer().into_response()
}

async fn ask(
    app: &App,
    frame: &Frame,
    session: &Session,
    request: &LogoutRequest,
) -> Result<Response, PageError> {
    let sealed = seal(app, request)?;
    let user = app.accounts.user(&session.user_id).await?.ok_or(PageError::NotFound)?;
    let mut tx = app.store().read().await?;
    let apps = grants::count_clients_of_session(&mut tx, &user.id, &session.sid, app.now()).await?;
    drop(tx);
    let page = LogoutPage {
        shell: frame.shell_in_flow(app, Some(&sealed)),
        account: frame::account_view(&user),
        apps: u32::try_from(apps).unwrap_or(u32::MAX),
        stay_url: paths::ACCOUNT.to_owned(),
    };
    Ok(Page::ok(page).into_response())
}

fn seal(app: &App, request: &LogoutRequest) -> Result<String, PageError> {
    let fault = PageError::Fault("a wish to sign out cannot be sealed");
    let wish = serde_json::to_vec(&request.wish(app.now())).map_err(|_| fault.clone())?;
    let sealed = app.key_encryption_key.seal(Purpose::FlowHandle, PLACE, &wish);
    Ok(sealed.map_err(|_| fault)?.0)
}

/// What is not ours, or too old, is no wish: the person is asked.
async fn recall(app: &App, flow: &str) -> Result<LogoutRequest, PageError> {
    let sealed = Sealed(flow.to_owned());
    let opened = app.key_encryption_key.open(Purpose::FlowHandle, PLACE, &sealed).ok();
    let wish = opened.and_then(|wish| serde_json::from_slice::<LogoutWish>(&wish).ok());
    match wish {
        Some(wish) => Ok(logout::recall(&app.provider, wish).await?),
        None => Ok(LogoutRequest::of_the_person()),
    }
}

/// `GET /logged-out`
pub(crate) async fn logged_out(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
) -> Response {
    // The address alone signs nobody out: a bookmark, or a link from elsewhere.
    if session.signed_in.is_some() {
        return see_other(paths::ACCOUNT);
    }
    let page = LoggedOutPage { shell: frame.shell(&app), app: None };
    Page::ok(page).into_response()
}
