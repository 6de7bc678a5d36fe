//! `/account/password`: another password, after a proof; and the address where password managers
//! look for that page (W3C, A Well-Known URL for Changing Passwords).

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{AccountNotice, AccountPlace, ChangePasswordPage, PasswordMistake};
use super::super::way_back::signed_out_meanwhile;
use super::super::{App, paths};
use super::account::{done, notice_of};
use super::proof::{GraveAction, Owner, proven, to_proof_again};
use super::sign_up::password_mistake;
use crate::accounts::ChangePasswordRefusal;

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let notice = notice_of(&query);
    let action = match notice {
        Some(AccountNotice::Disowned) => GraveAction::ReplacePassword,
        _ => GraveAction::ChangePassword,
    };
    let owner = proven(&app, &frame, &session, action).await?;
    let page = ChangePasswordPage { notice, ..page(&app, &frame, &owner, None) };
    Ok(Page::ok(page).into_response())
}

/// The new password.
pub(crate) async fn submit(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let sent = form.sent_by(&frame.browser, paths::ACCOUNT_PASSWORD, &["password"]);
    if session.signed_in.is_none()
        && let Some(answer) = changed_before(&app, &frame, &session, &sent).await?
    {
        return Ok(answer);
    }
    let owner = proven(&app, &frame, &session, GraveAction::ChangePassword).await?;
    let password = form.secret("password");
    let from = (&frame.browser.digest(), &frame.requester);
    let repeatable = session.repeatable(&app, &sent);
    let changed =
        app.accounts.change_password(&owner.session, &password, repeatable.as_ref(), from).await;
    let mistake = match changed {
        Ok(followed) => {
            session.begin(&followed).await?;
            return Ok(done(paths::ACCOUNT, AccountNotice::PasswordChanged));
        }
        Err(ChangePasswordRefusal::ProofMissing) => {
            return Ok(to_proof_again(GraveAction::ChangePassword));
        }
        Err(ChangePasswordRefusal::ChangedJustNow) => {
            return Ok(done(paths::ACCOUNT, AccountNotice::PasswordChanged));
        }
        Err(ChangePasswordRefusal::SessionIsOver) => {
            let before = changed_before(&app, &frame, &session, &sent).await?;
            return Ok(before.unwrap_or_else(signed_out_meanwhile));
        }
        Err(ChangePasswordRefusal::Busy) => return Err(PageError::Busy.into()),
        Err(ChangePasswordRefusal::Throttled { retry_after_seconds }) => {
            return Err(PageError::Throttled { retry_after: retry_after_seconds }.into());
        }
        Err(ChangePasswordRefusal::Fault(fault)) => return Err(fault.into()),
        Err(ChangePasswordRefusal::PasswordMissing) => PasswordMistake::Missing,
        Err(ChangePasswordRefusal::PasswordUnchanged) => {
            // It may be so since the form that this one repeats.
            if let Some(answer) = changed_before(&app, &frame, &session, &sent).await? {
                return Ok(answer);
            }
            PasswordMistake::Unchanged
        }
        Err(ChangePasswordRefusal::Password(problem)) => password_mistake(problem),
    };
    let page = page(&app, &frame, &owner, Some(mistake));
    Ok(Page::new(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The answer to the form that was sent twice, with the cookie of before: the first time counted, and the
/// browser may not have heard of it (docs/decisions/0034).
async fn changed_before(
    app: &App,
    frame: &Frame,
    session: &BrowserSession,
    sent: &str,
) -> Result<Option<Response>, Instead> {
    let Some(followed) = session.repeated(app, sent, &frame.requester).await? else {
        return Ok(None);
    };
    session.begin(&followed).await?;
    Ok(Some(done(paths::ACCOUNT, AccountNotice::PasswordChanged)))
}

/// `/.well-known/change-password`
pub(crate) async fn well_known() -> Response {
    let headers = [
        (header::LOCATION, HeaderValue::from_static(paths::ACCOUNT_PASSWORD)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::FOUND, headers).into_response()
}

fn page(
    app: &App,
    frame: &Frame,
    owner: &Owner,
    mistake: Option<PasswordMistake>,
) -> ChangePasswordPage {
    ChangePasswordPage {
        shell: frame.shell(app),
        account: frame::account_view(&owner.user),
        here: AccountPlace::Home,
        notice: None,
        password_min: app.settings.password_min,
        mistake,
    }
}
