//! `/recover`: a way back for who lost every second factor, through the operator.
//!
//! The tokens of both links leave the address at once, and opening a link changes nothing.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::super::flow::{self, see_other};
use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::link_cookie::{self, LinkCookie};
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{
    AskOperatorPage, ForgotPasswordProblem, Lost, ReasonProblem, RecoverPage, RecoveryOutcomeKind,
    RecoveryOutcomePage, RecoveryReasonPage, SecurityNotice, Shell, StopRecoveryPage,
};
use super::super::{App, paths};
use super::proof::owner_at;
use crate::accounts::{
    AskForRecovery, AskForRecoveryRefusal, LONGEST_REASON, RecoveryRefusal, RecoverySettings,
    StopLink,
};
use crate::domain::{PlainToken, TokenDigest};
use crate::oauth::response::with_query;

const FORM: LinkCookie = LinkCookie { name: "recovery", path: paths::RECOVER_REQUEST };
const STOP: LinkCookie = LinkCookie { name: "stop", path: paths::RECOVER_STOP };

/// What the operator chose; without it there is no such page.
fn settings(app: &App) -> Result<&RecoverySettings, PageError> {
    app.accounts.settings.recovery.as_ref().ok_or(PageError::NotFound)
}

/// The page that asks for the address, or says that a mail is on its way; where none is sent, whom to
/// ask.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    PageQuery(query): PageQuery,
) -> Result<Response, PageError> {
    let kept = flow::find(&app, &frame, query.get("flow")).await?;
    if !app.accounts.settings.sends_mail {
        let page = AskOperatorPage {
            shell: frame::shell_of(&app, &frame, kept.as_ref()).await?,
            lost: Lost::SecondFactors,
            contact: app.settings.links.help.clone(),
        };
        return Ok(Page::new(StatusCode::NOT_FOUND, page).into_response());
    }
    settings(&app)?;
    let browser = frame.browser.digest();
    if let Some(handle) = query.get("sent").map(PlainToken::new)
        && let Some(email) = app.accounts.recovery_asked_for(&handle, &browser).await?
    {
        let shell = frame::shell_of(&app, &frame, kept.as_ref()).await?;
        let page = RecoveryOutcomePage { shell, kind: RecoveryOutcomeKind::Sent, email };
        return Ok(Page::ok(page).into_response());
    }
    let shell = frame::shell_of(&app, &frame, kept.as_ref()).await?;
    Ok(Page::ok(page(&app, shell, String::new(), None)?).into_response())
}

fn page(
    app: &App,
    shell: Shell,
    email: String,
    problem: Option<ForgotPasswordProblem>,
) -> Result<RecoverPage, PageError> {
    let settings = settings(app)?;
    Ok(RecoverPage {
        shell,
        email,
        text: settings.text.clone(),
        contact: settings.contact.clone(),
        problem,
    })
}

/// The address.
pub(crate) async fn ask(
    State(app): State<App>,
    frame: Frame,
    form: PageForm,
) -> Result<Response, PageError> {
    settings(&app)?;
    let kept = flow::find(&app, &frame, form.flow()).await?;
    let wish = AskForRecovery {
        email: form.text("email"),
        browser_digest: frame.browser.digest(),
        locale: frame.locale(&app).lang().to_owned(),
    };
    let (status, problem, retry_after) =
        match app.accounts.ask_for_recovery(wish, &frame.requester).await {
            Ok(handle) => {
                let flow = kept.as_ref().map(|kept| ("flow", kept.handle.expose()));
                let query = flow.into_iter().chain([("sent", handle.expose())]);
                return Ok(see_other(&with_query(paths::RECOVER, query)));
            }
            Err(AskForRecoveryRefusal::Fault(fault)) => return Err(fault.into()),
            Err(AskForRecoveryRefusal::EmailMissing) => {
                (StatusCode::UNPROCESSABLE_ENTITY, ForgotPasswordProblem::EmailMissing, None)
            }
            Err(AskForRecoveryRefusal::EmailMalformed) => {
                (StatusCode::UNPROCESSABLE_ENTITY, ForgotPasswordProblem::EmailInvalid, None)
            }
            Err(AskForRecoveryRefusal::Throttled { retry_after_seconds }) => {
                let problem = ForgotPasswordProblem::Throttled { seconds: retry_after_seconds };
                (StatusCode::TOO_MANY_REQUESTS, problem, Some(retry_after_seconds))
            }
        };
    let shell = frame::shell_of(&app, &frame, kept.as_ref()).await?;
    let page = page(&app, shell, form.text("email"), Some(problem))?;
    Ok(Page::new(status, page).retry_after(retry_after).into_response())
}

/// The form behind the link.
pub(crate) async fn show_form(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    PageQuery(query): PageQuery,
) -> Result<Response, PageError> {
    settings(&app)?;
    if let Some(token) = query.get("token") {
        let taken = FORM.take(&app, token, link_cookie::LIFETIME);
        return Ok(taken.unwrap_or_else(|| over(&app, &frame, RecoveryOutcomeKind::Unknown)));
    }
    match FORM.read(&app, &headers) {
        Some(link) => reason_page(&app, &frame, &link, (String::new(), None)).await,
        None => Ok(over(&app, &frame, RecoveryOutcomeKind::Unknown)),
    }
}

async fn reason_page(
    app: &App,
    frame: &Frame,
    link: &PlainToken,
    (reason, problem): (String, Option<ReasonProblem>),
) -> Result<Response, PageError> {
    let (user, is_beside) = match app.accounts.look_up_recovery(link).await {
        Ok(found) => found,
        Err(refusal) => return refused(app, frame, refusal),
    };
    frame.reader.is(&user);
    let page = RecoveryReasonPage {
        shell: frame.shell(app),
        account: frame::masked_account_view(&user),
        link_digest: link.digest().as_str().to_owned(),
        longest: u32::try_from(LONGEST_REASON).unwrap_or(u32::MAX),
        is_beside,
        reason,
        problem,
    };
    let is_good = page.problem.is_none();
    let status = if is_good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(Page::new(status, page).no_referrer().into_response())
}

/// What happened, in the person's words.
pub(crate) async fn submit_form(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    headers: HeaderMap,
    form: PageForm,
) -> Result<Response, PageError> {
    settings(&app)?;
    let link = FORM.named_by(&app, &headers, &form);
    let Some(link) = link else { return Ok(over(&app, &frame, RecoveryOutcomeKind::Unknown)) };
    match app.accounts.look_up_recovery(&link).await {
        Ok((user, _)) => frame.reader.is(&user),
        Err(refusal) => return refused(&app, &frame, refusal),
    }
    let reason = form.text("reason");
    let written = (&*reason, session.signed_in.as_ref());
    let problem = match app.accounts.request_recovery(&link, written, &frame.requester).await {
        Ok(()) => return Ok(outcome(&app, &frame, StatusCode::OK, RecoveryOutcomeKind::Recorded)),
        Err(RecoveryRefusal::ReasonMissing) => ReasonProblem::Missing,
        Err(RecoveryRefusal::ReasonTooLong) => ReasonProblem::TooLong,
        Err(refusal) => return refused(&app, &frame, refusal),
    };
    reason_page(&app, &frame, &link, (reason, Some(problem))).await
}

fn refused(app: &App, frame: &Frame, refusal: RecoveryRefusal) -> Result<Response, PageError> {
    Ok(match refusal {
        RecoveryRefusal::Fault(fault) => return Err(fault.into()),
        RecoveryRefusal::Throttled { retry_after_seconds } => {
            return Err(PageError::Throttled { retry_after: retry_after_seconds });
        }
        RecoveryRefusal::Waiting => {
            outcome(app, frame, StatusCode::OK, RecoveryOutcomeKind::Waiting)
        }
        RecoveryRefusal::NotNeeded => {
            outcome(app, frame, StatusCode::OK, RecoveryOutcomeKind::NotNeeded)
        }
        RecoveryRefusal::Ended => over(app, frame, RecoveryOutcomeKind::Ended),
        RecoveryRefusal::Expired => over(app, frame, RecoveryOutcomeKind::Expired),
        RecoveryRefusal::Superseded => over(app, frame, RecoveryOutcomeKind::Superseded),
        RecoveryRefusal::Unknown
        | RecoveryRefusal::ReasonMissing
        | RecoveryRefusal::ReasonTooLong => over(app, frame, RecoveryOutcomeKind::Unknown),
    })
}

/// The button behind "This was not me". It works also where the rest was switched off since.
pub(crate) async fn show_stop(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    PageQuery(query): PageQuery,
) -> Result<Response, PageError> {
    if let Some(token) = query.get("token") {
        let taken = STOP.take(&app, token, link_cookie::LIFETIME);
        return Ok(taken.unwrap_or_else(|| over(&app, &frame, RecoveryOutcomeKind::NotStopped)));
    }
    let Some(link) = STOP.read(&app, &headers) else {
        return Ok(over(&app, &frame, RecoveryOutcomeKind::NotStopped));
    };
    let user = match app.accounts.look_up_stop_link(&link.digest()).await? {
        StopLink::Open(user) => user,
        StopLink::Over => return Ok(over(&app, &frame, RecoveryOutcomeKind::TooLate)),
        StopLink::Unknown => return Ok(over(&app, &frame, RecoveryOutcomeKind::NotStopped)),
    };
    frame.reader.is(&user);
    let page = StopRecoveryPage {
        shell: frame.shell(&app),
        account: frame::masked_account_view(&user),
        link_digest: link.digest().as_str().to_owned(),
    };
    Ok(Page::ok(page).no_referrer().into_response())
}

/// "This was not me", by the link of a mail.
pub(crate) async fn stop(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    form: PageForm,
) -> Result<Response, PageError> {
    let named = TokenDigest::from_text(&form.text("link"));
    let found = app.accounts.look_up_stop_link(&named).await?;
    if let StopLink::Over = found {
        return Ok(over(&app, &frame, RecoveryOutcomeKind::TooLate));
    }
    // Without the token itself nothing is stopped, and nobody must believe that it was.
    let (StopLink::Open(user), Some(link)) = (found, STOP.named_by(&app, &headers, &form)) else {
        return Ok(over(&app, &frame, RecoveryOutcomeKind::NotStopped));
    };
    frame.reader.is(&user);
    if !app.accounts.stop_recovery(&link, &frame.requester).await? {
        return Ok(over(&app, &frame, RecoveryOutcomeKind::TooLate));
    }
    let answer = outcome(&app, &frame, StatusCode::OK, RecoveryOutcomeKind::Stopped);
    Ok(STOP.forgotten_by(&app, answer))
}

/// "This was not me", by who is signed in.
pub(crate) async fn stop_own(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    _form: PageForm,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_SECURITY).await?;
    app.accounts.stop_own_recovery(&owner.session, &frame.requester).await?;
    let notice = SecurityNotice::RecoveryStopped.name();
    Ok(see_other(&with_query(paths::ACCOUNT_SECURITY, [("notice", notice)])))
}

fn over(app: &App, frame: &Frame, kind: RecoveryOutcomeKind) -> Response {
    let is_unknown = matches!(kind, RecoveryOutcomeKind::Unknown | RecoveryOutcomeKind::NotStopped);
    outcome(app, frame, if is_unknown { StatusCode::NOT_FOUND } else { StatusCode::GONE }, kind)
}

fn outcome(app: &App, frame: &Frame, status: StatusCode, kind: RecoveryOutcomeKind) -> Response {
    let page = RecoveryOutcomePage { shell: frame.shell(app), kind, email: String::new() };
    Page::new(status, page).no_referrer().into_response()
}
