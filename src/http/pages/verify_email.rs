//! `/verify-email`: by a code in the window that began, or by the link of the mail. Opening the
//! link changes nothing: mail scanners open links too.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::flow::{self, Arrival};
use super::super::form::{LinkQuery, PageForm};
use super::super::frame::Frame;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{
    Account, AddressProblem, CheckEmailNotice, CheckEmailPage, CodeProblem, VerifyLinkPage,
    VerifyOutcome, VerifyOutcomePage,
};
use super::super::{App, paths};
use super::login::{self, admitted};
use crate::accounts::{BegunHere, VerificationRefusal, VerificationStage, Verified};
use crate::domain::PlainToken;

/// The page of the code, or of a link.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    LinkQuery { query, is_cut_off }: LinkQuery,
) -> Result<Response, PageError> {
    if let Some(token) = query.get("token") {
        return show_link(&app, &frame, token).await;
    }
    let Some(handle) = query.get("flow") else {
        if is_cut_off {
            return show_link(&app, &frame, "").await;
        }
        let is_signed_in = session.signed_in.is_some();
        return Ok(flow::see_other(if is_signed_in { paths::ACCOUNT } else { paths::LOGIN }));
    };
    let handle = PlainToken::new(handle);
    let known = app.accounts.verification(&handle).await?.map(|view| view.stage);
    if known == Some(VerificationStage::Continued)
        && let Some(answer) =
            led_on(&app, &frame, &session, (By::Window(&handle), Arrival::Get)).await?
    {
        return Ok(answer);
    }
    if known == Some(VerificationStage::Verified) {
        let browser = frame.browser.digest();
        match app.accounts.continue_verified(&handle, &browser, &frame.requester).await {
            Ok(verified) => return go_on(&app, &frame, session, verified, Arrival::Get).await,
            Err(VerificationRefusal::Fault(fault)) => return Err(fault.into()),
            // Another browser, or another tab was faster: the page says so.
            Err(_) => {}
        }
    }
    let notice = match query.get("notice") {
        Some("new-code") => Some(CheckEmailNotice::NewCodeSent),
        Some("address-changed") => Some(CheckEmailNotice::AddressChanged),
        _ => None,
    };
    let state = CheckEmailState { notice, ..CheckEmailState::default() };
    check_email(&app, &frame, &handle, state).await
}

/// What names something that was begun.
#[derive(Clone, Copy)]
enum By<'by> {
    /// The handle of its window.
    Window(&'by PlainToken),
    /// The link of its mail.
    Link(&'by PlainToken),
}

async fn begun_here(app: &App, frame: &Frame, by: By<'_>) -> Result<Option<BegunHere>, PageError> {
    let browser = frame.browser.digest();
    Ok(match by {
        By::Window(handle) => app.accounts.begun_in_window(handle, &browser).await?,
        By::Link(link) => app.accounts.begun_by_link(link, &browser).await?,
    })
}

/// Back, a second click or another tab: what was begun here, and is done, goes on with its request.
async fn led_on(
    app: &App,
    frame: &Frame,
    session: &BrowserSession,
    (by, arrival): (By<'_>, Arrival),
) -> Result<Option<Response>, PageError> {
    if session.signed_in.is_none() {
        return Ok(None);
    }
    let Some(begun) = begun_here(app, frame, by).await? else { return Ok(None) };
    let request = begun.request_handle.as_ref().map(PlainToken::expose);
    Ok(Some(login::proceed_in_window(app, frame, session, request, arrival).await?))
}

/// What "Check your email" says beside its fields.
#[derive(Default)]
struct CheckEmailState {
    problem: Option<CodeProblem>,
    notice: Option<CheckEmailNotice>,
    new_email: String,
    address_problem: Option<AddressProblem>,
    retry_after: Option<i64>,
}

async fn check_email(
    app: &App,
    frame: &Frame,
    handle: &PlainToken,
    state: CheckEmailState,
) -> Result<Response, PageError> {
    let Some(view) = app.accounts.verification(handle).await? else {
        return Ok(outcome(app, frame, VerifyOutcome::LinkUnknown, None));
    };
    let begun = begun_here(app, frame, By::Window(handle)).await?;
    frame.reader.asks_for(Some(&view.locale));
    match view.stage {
        VerificationStage::Continued => return Ok(flow::see_other(paths::LOGIN)),
        VerificationStage::Verified => {
            let verified = VerifyOutcome::VerifiedElsewhere { email: view.email };
            return Ok(outcome(app, frame, verified, None));
        }
        VerificationStage::Expired => {
            return Ok(outcome(app, frame, VerifyOutcome::LinkExpired, begun.as_ref()));
        }
        VerificationStage::Superseded => {
            return Ok(outcome(app, frame, VerifyOutcome::BegunAgain, begun.as_ref()));
        }
        _ => {}
    }
    let status = match (&state.problem, &state.address_problem) {
        _ if state.retry_after.is_some() => StatusCode::TOO_MANY_REQUESTS,
        (None, None) => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let request = begun.as_ref().and_then(|begun| begun.request_handle.as_ref());
    let in_request = |path| flow::in_flow(path, request.map(PlainToken::expose));
    let page = CheckEmailPage {
        shell: frame.shell_in_flow(app, Some(handle.expose())),
        sign_in_url: in_request(paths::LOGIN),
        sign_up_url: in_request(paths::SIGNUP),
        email: view.email,
        code_minutes: app.settings.code_minutes,
        link_hours: app.settings.link_hours,
        problem: state.problem,
        notice: state.notice,
        new_email: state.new_email,
        address_problem: state.address_problem,
        may_change_address: view.may_change_address,
        may_begin_again: view.may_change_address && app.settings.sign_up_allowed,
    };
    Ok(Page::new(status, page).retry_after(state.retry_after).into_response())
}

/// The code.
pub(crate) async fn submit(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, PageError> {
    let handle = handle_of(&form)?;
    let browser = frame.browser.digest();
    let refusal = match form.get("code") {
        None => None,
        Some(code) => {
            match app.accounts.enter_code(&handle, code, &browser, &frame.requester).await {
                Ok(verified) => return go_on(&app, &frame, session, verified, Arrival::Post).await,
                Err(refusal) => Some(refusal),
            }
        }
    };
    // The link was confirmed elsewhere: this window goes on, as it does when it is loaded again. It
    // does so as well after a second click.
    if let Some(VerificationRefusal::Used) = refusal {
        let continued = app.accounts.continue_verified(&handle, &browser, &frame.requester).await;
        if let Ok(verified) = continued {
            return go_on(&app, &frame, session, verified, Arrival::Post).await;
        }
        if let Some(answer) =
            led_on(&app, &frame, &session, (By::Window(&handle), Arrival::Post)).await?
        {
            return Ok(answer);
        }
    }
    let state = state_of(refusal)?;
    check_email(&app, &frame, &handle, state).await
}

/// "Send a new code".
pub(crate) async fn resend(
    State(app): State<App>,
    frame: Frame,
    form: PageForm,
) -> Result<Response, PageError> {
    let handle = handle_of(&form)?;
    match app.accounts.resend_verification(&handle, &frame.requester).await {
        Ok(()) => {
            let path = flow::with_flow(paths::VERIFY_EMAIL, handle.expose());
            Ok(flow::see_other(&format!("{path}&notice=new-code")))
        }
        Err(refusal) => {
            let state = state_of(Some(refusal))?;
            check_email(&app, &frame, &handle, state).await
        }
    }
}

/// "Change address".
pub(crate) async fn change_address(
    State(app): State<App>,
    frame: Frame,
    form: PageForm,
) -> Result<Response, PageError> {
    let handle = handle_of(&form)?;
    let new_email = form.text("email");
    let browser = frame.browser.digest();
    let changed = if new_email.is_empty() {
        Err(None)
    } else {
        let accounts = &app.accounts;
        accounts.change_address(&handle, &new_email, &browser, &frame.requester).await.map_err(Some)
    };
    match changed {
        Ok(()) => {
            let path = flow::with_flow(paths::VERIFY_EMAIL, handle.expose());
            Ok(flow::see_other(&format!("{path}&notice=address-changed")))
        }
        Err(None) => {
            let address_problem = Some(AddressProblem::Missing);
            let state = CheckEmailState { address_problem, ..CheckEmailState::default() };
            check_email(&app, &frame, &handle, state).await
        }
        Err(Some(VerificationRefusal::EmailMalformed)) => {
            let address_problem = Some(AddressProblem::Invalid);
            let state =
                CheckEmailState { new_email, address_problem, ..CheckEmailState::default() };
            check_email(&app, &frame, &handle, state).await
        }
        Err(refusal) => {
            let state = CheckEmailState { new_email, ..state_of(refusal)? };
            check_email(&app, &frame, &handle, state).await
        }
    }
}

fn handle_of(form: &PageForm) -> Result<PlainToken, PageError> {
    form.flow().map(PlainToken::new).ok_or_else(PageError::flow_is_over)
}

fn state_of(refusal: Option<VerificationRefusal>) -> Result<CheckEmailState, PageError> {
    let (problem, retry_after) = match refusal {
        None => (CodeProblem::Missing, None),
        Some(VerificationRefusal::Fault(fault)) => return Err(fault.into()),
        Some(refusal) => match refusal {
            VerificationRefusal::TooManyTries => (CodeProblem::TooManyTries, None),
            VerificationRefusal::CodeExpired | VerificationRefusal::Expired => {
                (CodeProblem::Expired, None)
            }
            VerificationRefusal::Used => (CodeProblem::Used, None),
            VerificationRefusal::Superseded => (CodeProblem::Superseded, None),
            VerificationRefusal::TooSoon { retry_after_seconds: seconds } => {
                (CodeProblem::TooSoon { seconds }, Some(seconds))
            }
            VerificationRefusal::Throttled { retry_after_seconds: seconds } => {
                (CodeProblem::Throttled { seconds }, Some(seconds))
            }
            VerificationRefusal::TooManySends => (CodeProblem::NoMoreMails, None),
            _ => (CodeProblem::Wrong, None),
        },
    };
    Ok(CheckEmailState { problem: Some(problem), retry_after, ..CheckEmailState::default() })
}

async fn show_link(app: &App, frame: &Frame, token: &str) -> Result<Response, PageError> {
    let link = PlainToken::new(token);
    match app.accounts.look_up_link(&link, Some(&frame.browser.digest())).await {
        Ok(view) => {
            frame.reader.asks_for(Some(&view.locale));
            let page = VerifyLinkPage {
                shell: frame.shell(app),
                account: Account { name: view.name.unwrap_or_default(), email: view.email },
                token: token.to_owned(),
            };
            Ok(Page::ok(page).no_referrer().into_response())
        }
        Err(refusal) => link_refused(app, frame, &link, refusal).await,
    }
}

/// The button behind the link.
pub(crate) async fn confirm(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, PageError> {
    let link = PlainToken::new(&form.text("token"));
    let browser = frame.browser.digest();
    if let Ok(view) = app.accounts.look_up_link(&link, Some(&browser)).await {
        // What follows speaks as the mail did, and as the page with the button.
        frame.reader.asks_for(Some(&view.locale));
    }
    match app.accounts.confirm_link(&link, &browser, &frame.requester).await {
        Ok(verified) => go_on(&app, &frame, session, verified, Arrival::Post).await,
        Err(refusal) => {
            if let VerificationRefusal::Used = refusal
                && let Some(answer) =
                    led_on(&app, &frame, &session, (By::Link(&link), Arrival::Post)).await?
            {
                return Ok(answer);
            }
            link_refused(&app, &frame, &link, refusal).await
        }
    }
}

/// "This was not me".
pub(crate) async fn not_me(
    State(app): State<App>,
    frame: Frame,
    form: PageForm,
) -> Result<Response, PageError> {
    let link = PlainToken::new(&form.text("token"));
    match app.accounts.not_me(&link, &frame.requester).await {
        // Clicked twice: the account is gone, and the link with it.
        Ok(()) | Err(VerificationRefusal::Unknown) => {
            Ok(outcome(&app, &frame, VerifyOutcome::AccountRemoved, None))
        }
        // Who pressed the wrong button, or somebody with the code, was faster.
        Err(VerificationRefusal::Used) => {
            Ok(outcome(&app, &frame, VerifyOutcome::VerifiedBefore, None))
        }
        Err(refusal) => link_refused(&app, &frame, &link, refusal).await,
    }
}

async fn link_refused(
    app: &App,
    frame: &Frame,
    link: &PlainToken,
    refusal: VerificationRefusal,
) -> Result<Response, PageError> {
    let shown = match refusal {
        VerificationRefusal::Fault(fault) => return Err(fault.into()),
        VerificationRefusal::Throttled { retry_after_seconds } => {
            return Err(PageError::Throttled { retry_after: retry_after_seconds });
        }
        VerificationRefusal::Used => VerifyOutcome::LinkUsed,
        VerificationRefusal::Expired | VerificationRefusal::CodeExpired => {
            VerifyOutcome::LinkExpired
        }
        VerificationRefusal::Superseded => VerifyOutcome::LinkSuperseded,
        _ => VerifyOutcome::LinkUnknown,
    };
    let begun = begun_here(app, frame, By::Link(link)).await?;
    Ok(outcome(app, frame, shown, begun.as_ref()))
}

/// `begun` is what was begun here, and could be begun again with its request.
fn outcome(
    app: &App,
    frame: &Frame,
    outcome: VerifyOutcome,
    begun: Option<&BegunHere>,
) -> Response {
    let status = match outcome {
        VerifyOutcome::VerifiedElsewhere { .. }
        | VerifyOutcome::VerifiedAlone { .. }
        | VerifyOutcome::AccountRemoved => StatusCode::OK,
        VerifyOutcome::LinkUnknown => StatusCode::NOT_FOUND,
        _ => StatusCode::GONE,
    };
    let is_verified_first = app.accounts.settings.email_verification_is_required;
    let may_begin_again = app.settings.sign_up_allowed && is_verified_first;
    let request = begun.and_then(|begun| begun.request_handle.as_ref()).map(PlainToken::expose);
    let page =
        VerifyOutcomePage { shell: frame.shell_in_flow(app, request), outcome, may_begin_again };
    Page::new(status, page).no_referrer().into_response()
}

async fn go_on(
    app: &App,
    frame: &Frame,
    session: BrowserSession,
    verified: Verified,
    arrival: Arrival,
) -> Result<Response, PageError> {
    match verified {
        Verified::Elsewhere { email, has_window } => {
            let verified = if has_window {
                VerifyOutcome::VerifiedElsewhere { email }
            } else {
                VerifyOutcome::VerifiedAlone { email }
            };
            Ok(outcome(app, frame, verified, None))
        }
        Verified::Here { admission, request_handle } => {
            let handle = request_handle.as_ref().map(PlainToken::expose);
            let kept = flow::find(app, frame, handle).await?;
            Box::pin(admitted(app, frame, session, admission, kept, arrival)).await
        }
    }
}
