//! `/account`: the person's own page, and the front door.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::super::flow::see_other;
use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::page::Page;
use super::super::sessions::BrowserSession;
use super::super::views::{
    AccountHomePage, AccountNotice, AccountPlace, FEW_CODES, Protection, Shell, SignInBefore,
};
use super::super::way_back::WayBack;
use super::super::{App, paths};
use super::login::{Proven, verify_first};
use super::proof::owner_at;
use crate::accounts::FactorsView;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::oauth::Parameters;
use crate::oauth::response::with_query;

/// The page; who is not signed in is led there.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    headers: HeaderMap,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT).await?;
    // A sign-in of its own ends here: perhaps on the way to another page.
    let way_back = WayBack::of(&app, &headers, &owner.session);
    let notice = notice_of(&query);
    // What has to be told is told here, where there is a place for it.
    if let Some(page) = way_back.page().filter(|_| notice.is_none()) {
        return Ok(way_back.forgotten_by(see_other(page)));
    }
    let user = &owner.user;
    let view = app.accounts.factors(user).await?;
    let shell = frame.shell(&app);
    let page = AccountHomePage {
        account: frame::account_view(user),
        here: AccountPlace::Home,
        notice,
        protection: protection(&view),
        backup_codes_left: codes_to_tell(&view, notice),
        email_verified: user.email_verified_at.is_some(),
        verification_required: app.accounts.settings.email_verification_is_required,
        sign_in_before: sign_in_before(&app, &shell, (&owner.session, user)).await?,
        created: frame::moment_view(&shell, user.created_at),
        shell,
    };
    Ok(way_back.forgotten_by(Page::ok(page).into_response()))
}

/// The sign-in before the one that this session began with.
async fn sign_in_before(
    app: &App,
    shell: &Shell,
    (session, user): (&Session, &User),
) -> Result<SignInBefore, Instead> {
    Ok(match app.accounts.sign_in_before(session).await? {
        Some(at) => SignInBefore::At(frame::moment_view(shell, at)),
        None if user.logins_count <= 1 => SignInBefore::None,
        None => SignInBefore::LongAgo,
    })
}

/// What there is beside the password.
fn protection(view: &FactorsView) -> Protection {
    if has_second_step(view) {
        Protection::SecondStep
    } else if view.offered.is_empty() {
        Protection::PasswordAlone
    } else {
        Protection::CouldBeBetter
    }
}

fn has_second_step(view: &FactorsView) -> bool {
    !view.factors.is_empty() || !view.passkeys.is_empty()
}

/// How many codes on paper are left, where they are few or one was just used.
fn codes_to_tell(view: &FactorsView, notice: Option<AccountNotice>) -> Option<u32> {
    let left = u32::try_from(view.backup_codes_left).unwrap_or(0);
    let is_told = left <= FEW_CODES || notice == Some(AccountNotice::BackupCodeUsed);
    (has_second_step(view) && is_told).then_some(left)
}

/// Leads to a page of the account that says what was just done.
#[must_use]
pub(super) fn done(path: &str, notice: AccountNotice) -> Response {
    see_other(&with_query(path, [("done", notice.name())]))
}

/// The same answer, to the account's own page that says what was just done.
#[must_use]
pub(super) fn told(mut answer: Response, notice: AccountNotice) -> Response {
    if let Some(location) = done(paths::ACCOUNT, notice).headers().get(header::LOCATION) {
        answer.headers_mut().insert(header::LOCATION, location.clone());
    }
    answer
}

/// What was just done, by the address of the page.
#[must_use]
pub(super) fn notice_of(query: &Parameters) -> Option<AccountNotice> {
    query.get("done").and_then(AccountNotice::named)
}

/// `POST /account/verify-email`: a code for whoever is signed in with an address that nobody has
/// verified, as is possible where verification was switched on later.
pub(crate) async fn verify_email(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    _form: PageForm,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT).await?;
    let is_required = app.accounts.settings.email_verification_is_required;
    if is_required && owner.user.email_verified_at.is_none() {
        return Ok(verify_first(&app, &frame, None, (&owner.user, Proven::BySession)).await?);
    }
    Ok(see_other(paths::ACCOUNT))
}

/// `GET /`
pub(crate) async fn home() -> Response {
    see_other(paths::ACCOUNT)
}
