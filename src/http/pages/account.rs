//! `/account`: the person's own page, and the front door.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::flow::see_other;
use super::super::form::PageForm;
use super::super::frame::{self, Frame};
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{AccountHomePage, AccountPlace};
use super::super::{App, paths};
use super::login::verify_first;

/// The page; who is not signed in is led there.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
) -> Result<Response, PageError> {
    let Some(signed_in) = &session.signed_in else { return Ok(see_other(paths::LOGIN)) };
    let Some(user) = app.accounts.user(&signed_in.user_id).await? else {
        return Ok(see_other(paths::LOGIN));
    };
    let page = AccountHomePage {
        shell: frame.shell(&app),
        account: frame::account_view(&user),
        here: AccountPlace::Home,
        email_verified: user.email_verified_at.is_some(),
        verification_required: app.accounts.settings.email_verification_is_required,
        last_sign_in: user.last_login_at.map(frame::moment_view),
        created: frame::moment_view(user.created_at),
    };
    Ok(Page::ok(page).into_response())
}

/// `POST /account/verify-email`: a code for whoever is signed in with an address that nobody has
/// verified, as is possible where verification was switched on later.
pub(crate) async fn verify_email(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    _form: PageForm,
) -> Result<Response, PageError> {
    let Some(signed_in) = &session.signed_in else { return Ok(see_other(paths::LOGIN)) };
    let user = app.accounts.user(&signed_in.user_id).await?;
    let is_required = app.accounts.settings.email_verification_is_required;
    match user.filter(|user| is_required && user.email_verified_at.is_none()) {
        Some(user) => verify_first(&app, &frame, None, &user).await,
        None => Ok(see_other(paths::ACCOUNT)),
    }
}

/// `GET /`
pub(crate) async fn home() -> Response {
    see_other(paths::ACCOUNT)
}
