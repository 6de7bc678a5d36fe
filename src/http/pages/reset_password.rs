//! `/password/forgot` and `/password/reset`: a new password by the link of a mail.
//!
//! The link's token leaves the address at once: it moves into a cookie, so that neither history,
//! screenshot nor referrer shows it. Opening the link changes nothing else.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::super::flow::{self, Arrival, Kept};
use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::link_cookie::LinkCookie;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{
    AskOperatorPage, ForgotPasswordPage, ForgotPasswordProblem, Lost, PasswordMistake,
    ResetLinkOver, ResetLinkOverPage, ResetPasswordPage, ResetSentPage,
};
use super::super::{App, paths};
use super::login::admitted;
use super::sign_up::password_mistake;
use crate::accounts::{
    AskedForLink, ForgottenPassword, ForgottenPasswordRefusal, PasswordResetRefusal,
};
use crate::domain::{PlainToken, TokenDigest};
use crate::oauth::response::with_query;

/// In the address, where the newest link that was sent stays good.
const NEWEST: &str = "newest";
const LINK: LinkCookie = LinkCookie { name: "reset", path: paths::PASSWORD_RESET };

/// The page that asks for the address, or says that a mail is on its way; where none is sent, whom to
/// ask.
pub(crate) async fn forgot(
    State(app): State<App>,
    frame: Frame,
    PageQuery(query): PageQuery,
) -> Result<Response, PageError> {
    let kept = flow::find(&app, &frame, query.get("flow")).await?;
    let Some(link_minutes) = app.settings.reset_minutes else {
        let page = AskOperatorPage {
            shell: frame::shell_of(&app, &frame, kept.as_ref()).await?,
            lost: Lost::Password,
            contact: app.settings.links.help.clone(),
        };
        return Ok(Page::new(StatusCode::NOT_FOUND, page).into_response());
    };
    let sent = query.get("sent").map(PlainToken::new);
    if let Some(handle) = sent
        && let Some(email) =
            app.accounts.forgotten_password(&handle, &frame.browser.digest()).await?
    {
        let shell = frame::shell_of(&app, &frame, kept.as_ref()).await?;
        let is_new = query.get("notice") != Some(NEWEST);
        return Ok(Page::ok(ResetSentPage { shell, email, is_new, link_minutes }).into_response());
    }
    let shell = frame::shell_of(&app, &frame, kept.as_ref()).await?;
    let email = String::new();
    Ok(Page::ok(ForgotPasswordPage { shell, email, problem: None }).into_response())
}

/// The address.
pub(crate) async fn ask(
    State(app): State<App>,
    frame: Frame,
    form: PageForm,
) -> Result<Response, PageError> {
    if app.settings.reset_minutes.is_none() {
        return Err(PageError::NotFound);
    }
    let kept = flow::find(&app, &frame, form.flow()).await?;
    let wish = ForgottenPassword {
        email: form.text("email"),
        browser_digest: frame.browser.digest(),
        request_handle: kept.as_ref().map(|kept| PlainToken::new(kept.handle.expose())),
        locale: frame.locale(&app).lang().to_owned(),
        locale_was_asked_for: frame.reader.has_asked(),
    };
    let (status, problem, retry_after) =
        match app.accounts.forgot_password(wish, &frame.requester).await {
            Ok(asked) => return sent(&app, kept.as_ref(), &asked).await,
            Err(ForgottenPasswordRefusal::Fault(fault)) => return Err(fault.into()),
            Err(ForgottenPasswordRefusal::EmailMissing) => {
                (StatusCode::UNPROCESSABLE_ENTITY, ForgotPasswordProblem::EmailMissing, None)
            }
            Err(ForgottenPasswordRefusal::EmailMalformed) => {
                (StatusCode::UNPROCESSABLE_ENTITY, ForgotPasswordProblem::EmailInvalid, None)
            }
            Err(ForgottenPasswordRefusal::Throttled { retry_after_seconds }) => {
                let problem = ForgotPasswordProblem::Throttled { seconds: retry_after_seconds };
                (StatusCode::TOO_MANY_REQUESTS, problem, Some(retry_after_seconds))
            }
        };
    let shell = frame::shell_of(&app, &frame, kept.as_ref()).await?;
    let page = ForgotPasswordPage { shell, email: form.text("email"), problem: Some(problem) };
    Ok(Page::new(status, page).retry_after(retry_after).into_response())
}

async fn sent(app: &App, kept: Option<&Kept>, asked: &AskedForLink) -> Result<Response, PageError> {
    flow::wait_for_mail(app, kept, app.accounts.settings.password_reset_lifetime).await?;
    let flow = kept.map(|kept| ("flow", kept.handle.expose()));
    let newest = (!asked.is_new).then_some(("notice", NEWEST));
    let query = flow.into_iter().chain([("sent", asked.handle.expose())]).chain(newest);
    Ok(flow::see_other(&with_query(paths::PASSWORD_FORGOT, query)))
}

/// The page of a link.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    PageQuery(query): PageQuery,
) -> Result<Response, PageError> {
    if let Some(token) = query.get("token") {
        let lifetime = app.accounts.settings.password_reset_lifetime;
        let taken = LINK.take(&app, token, lifetime);
        return match taken {
            Some(taken) => Ok(taken),
            None => over(&app, &frame, None, ResetLinkOver::Unknown).await,
        };
    }
    let Some(link) = LINK.read(&app, &headers) else {
        return over(&app, &frame, None, ResetLinkOver::Unknown).await;
    };
    choose(&app, &frame, &link, None).await
}

async fn choose(
    app: &App,
    frame: &Frame,
    link: &PlainToken,
    mistake: Option<PasswordMistake>,
) -> Result<Response, PageError> {
    let view = match app.accounts.look_up_reset(link).await {
        Ok(view) => view,
        Err(refusal) => return refused(app, frame, &link.digest(), refusal).await,
    };
    frame.reader.is(&view.user);
    let page = ResetPasswordPage {
        shell: frame.shell(app),
        account: frame::account_view(&view.user),
        is_invitation: view.is_invitation,
        link_digest: link.digest().as_str().to_owned(),
        password_min: app.settings.password_min,
        mistake,
    };
    let is_good = page.mistake.is_none();
    let status = if is_good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(Page::new(status, page).no_referrer().into_response())
}

/// The new password.
pub(crate) async fn submit(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    headers: HeaderMap,
    form: PageForm,
) -> Result<Response, PageError> {
    let Some(link) = LINK.named_by(&app, &headers, &form) else {
        let named = TokenDigest::from_text(&form.text("link"));
        return match app.accounts.why_not_this_link(&named).await? {
            Some(refusal) => refused(&app, &frame, &named, refusal).await,
            None => over(&app, &frame, Some(&named), ResetLinkOver::Elsewhere).await,
        };
    };
    let (password, browser) = (form.secret("password"), frame.browser.digest());
    let place = (&browser, session.signed_in.as_ref());
    let done = app.accounts.reset_password(&link, &password, place, &frame.requester).await;
    let mistake = match done {
        Ok(reset) => {
            let handle = reset.request_handle.as_ref().map(PlainToken::expose);
            let kept = flow::find(&app, &frame, handle).await?;
            // The link stays in its cookie, spent: whoever comes back is told what became of it.
            let answer = admitted(&app, &frame, session, reset.admission, kept, Arrival::Post);
            return Box::pin(answer).await;
        }
        Err(PasswordResetRefusal::PasswordMissing) => PasswordMistake::Missing,
        Err(PasswordResetRefusal::PasswordUnchanged) => PasswordMistake::Unchanged,
        Err(PasswordResetRefusal::Password(problem)) => password_mistake(problem),
        Err(refusal) => return refused(&app, &frame, &link.digest(), refusal).await,
    };
    choose(&app, &frame, &link, Some(mistake)).await
}

async fn refused(
    app: &App,
    frame: &Frame,
    link: &TokenDigest,
    refusal: PasswordResetRefusal,
) -> Result<Response, PageError> {
    let reason = match refusal {
        PasswordResetRefusal::Fault(fault) => return Err(fault.into()),
        PasswordResetRefusal::Busy => return Err(PageError::Busy),
        PasswordResetRefusal::Throttled { retry_after_seconds } => {
            return Err(PageError::Throttled { retry_after: retry_after_seconds });
        }
        PasswordResetRefusal::Used => ResetLinkOver::Used,
        PasswordResetRefusal::Expired => ResetLinkOver::Expired,
        PasswordResetRefusal::Superseded => ResetLinkOver::Superseded,
        PasswordResetRefusal::Unknown
        | PasswordResetRefusal::PasswordMissing
        | PasswordResetRefusal::PasswordUnchanged
        | PasswordResetRefusal::Password(_) => ResetLinkOver::Unknown,
    };
    over(app, frame, Some(link), reason).await
}

/// In the flow in which the link was asked for, where this is the browser that asked.
async fn over(
    app: &App,
    frame: &Frame,
    link: Option<&TokenDigest>,
    reason: ResetLinkOver,
) -> Result<Response, PageError> {
    let request = match link {
        Some(link) => app.accounts.request_of_reset(link).await?,
        None => None,
    };
    let kept = flow::find(app, frame, request.as_ref().map(PlainToken::expose)).await?;
    let status = match reason {
        ResetLinkOver::Unknown => StatusCode::NOT_FOUND,
        _ => StatusCode::GONE,
    };
    let shell = frame::shell_of(app, frame, kept.as_ref()).await?;
    let page = ResetLinkOverPage { shell, reason };
    Ok(Page::new(status, page).no_referrer().into_response())
}
