//! `/login/password-expired`: another password before a sign-in opens anything.
//!
//! The handle travels in the address and in the form, beside that of the application's request, so
//! that tabs do not disturb each other. It is good for this page alone.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::flow::{self, Arrival, see_other};
use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{AccountNotice, PasswordMistake, RenewPasswordPage};
use super::super::{App, paths};
use super::account::told;
use super::login;
use super::sign_up::password_mistake;
use crate::accounts::{RenewalRefusal, RenewalView};
use crate::domain::PlainToken;
use crate::oauth::response::with_query;

/// A sign-in that waits for another password, as the browser names it.
struct Place {
    renewal: PlainToken,
    flow: Option<String>,
    /// What the account says afterwards, where the person came for nothing else.
    notice: Option<AccountNotice>,
}

impl Place {
    fn of(parameters: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let renewal = PlainToken::new(&parameters("renewal")?);
        let named = parameters("done").and_then(|name| AccountNotice::named(&name));
        let notice = named.filter(|notice| *notice == AccountNotice::BackupCodeUsed);
        Some(Self { renewal, flow: parameters("flow"), notice })
    }
}

/// Leads to the page; `notice` is what the account has to say afterwards.
#[must_use]
pub(crate) fn lead(
    renewal: &PlainToken,
    flow: Option<&str>,
    notice: Option<AccountNotice>,
) -> Response {
    let flow = flow.map(|flow| ("flow", flow));
    let notice = notice.map(|notice| ("done", notice.name()));
    let query = std::iter::once(("renewal", renewal.expose())).chain(flow).chain(notice);
    see_other(&with_query(paths::LOGIN_PASSWORD_EXPIRED, query))
}

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let place = Place::of(|name| query.get(name).map(str::to_owned));
    let (place, view) = open(&app, &frame, &session, place, Arrival::Get).await?;
    Ok(page(&app, &frame, (&place, &view), None).await?)
}

/// The new password.
pub(crate) async fn submit(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let place = Place::of(|name| form.get(name).map(str::to_owned));
    let (place, view) = open(&app, &frame, &session, place, Arrival::Post).await?;
    let (password, browser) = (form.secret("password"), frame.browser.digest());
    let renewed =
        app.accounts.renew_password(&place.renewal, &password, &browser, &frame.requester);
    let mistake = match renewed.await {
        Ok(signed_in) => {
            let kept = flow::find(&app, &frame, place.flow.as_deref()).await?;
            let has_app = kept.is_some();
            let done =
                login::signed_in_answer(&app, &frame, session, signed_in, kept, Arrival::Post);
            let answer = Box::pin(done).await?;
            let notice = place.notice.unwrap_or(AccountNotice::PasswordChanged);
            return Ok(if has_app { answer } else { told(answer, notice) });
        }
        Err(RenewalRefusal::Over) => {
            return Err(over(&app, &frame, &session, place.flow.as_deref(), Arrival::Post).await?);
        }
        Err(RenewalRefusal::Busy) => return Err(PageError::Busy.into()),
        Err(RenewalRefusal::Throttled { retry_after_seconds }) => {
            return Err(PageError::Throttled { retry_after: retry_after_seconds }.into());
        }
        Err(RenewalRefusal::Fault(fault)) => return Err(fault.into()),
        Err(RenewalRefusal::PasswordMissing) => PasswordMistake::Missing,
        Err(RenewalRefusal::PasswordUnchanged) => PasswordMistake::Unchanged,
        Err(RenewalRefusal::Password(problem)) => password_mistake(problem),
    };
    Ok(page(&app, &frame, (&place, &view), Some(mistake)).await?)
}

/// The sign-in that a request names, as long as it waits.
///
/// # Errors
///
/// The way on, or to where it can begin again; a fault.
async fn open(
    app: &App,
    frame: &Frame,
    session: &BrowserSession,
    place: Option<Place>,
    arrival: Arrival,
) -> Result<(Place, RenewalView), Instead> {
    let place = place.ok_or_else(|| see_other(paths::LOGIN))?;
    if let Some(view) = app.accounts.renewal_view(&place.renewal, &frame.browser.digest()).await? {
        frame.reader.is(&view.user);
        return Ok((place, view));
    }
    Err(over(app, frame, session, place.flow.as_deref(), arrival).await?)
}

/// Back, a second click, or another tab that was faster: whoever is signed in goes on with what
/// they came for. Others sign in again.
async fn over(
    app: &App,
    frame: &Frame,
    session: &BrowserSession,
    flow: Option<&str>,
    arrival: Arrival,
) -> Result<Instead, PageError> {
    if session.signed_in.is_some() {
        return Ok(login::proceed(app, frame, session, flow, arrival).await?.into());
    }
    let query = flow.map(|flow| ("flow", flow)).into_iter().chain([("notice", "again")]);
    Ok(see_other(&with_query(paths::LOGIN, query)).into())
}

async fn page(
    app: &App,
    frame: &Frame,
    (place, view): (&Place, &RenewalView),
    mistake: Option<PasswordMistake>,
) -> Result<Response, PageError> {
    let kept = flow::find(app, frame, place.flow.as_deref()).await?;
    let page = RenewPasswordPage {
        shell: frame::shell_of(app, frame, kept.as_ref()).await?,
        account: frame::account_view(&view.user),
        renewal: place.renewal.expose().to_owned(),
        notice: place.notice,
        reason: view.reason,
        password_min: app.settings.password_min,
        mistake,
    };
    let is_good = page.mistake.is_none();
    let status = if is_good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(Page::new(status, page).into_response())
}
