//! `/login`: signing in, and proving anew who it is.

mod detours;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

pub(crate) use self::detours::{cancel, restart};
use super::super::flow::{self, Arrival, Kept, Pending};
use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{
    Account, LoginNotice, LoginPage, LoginProblem, Reauth, ReauthReason, VerifyLaterPage,
};
use super::super::way_back::signed_out_in;
use super::super::{App, paths};
use super::renew_password;
use super::second_factor::{self, AfterFactor};
use crate::accounts::{
    Admission, BeginVerification, SignIn, SignInRefusal, SignedIn, VerificationRefusal,
};
use crate::clock::Timestamp;
use crate::domain::UserId;
use crate::domain::user::User;
use crate::oauth::interaction::Step;
use crate::store::authorization_requests;

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let notice = match query.get("notice") {
        Some("account-ready") => Some(LoginNotice::AccountReady),
        Some("email-verified") => Some(LoginNotice::EmailVerified),
        Some("again") => Some(LoginNotice::TookTooLong),
        Some("signed-out") => Some(LoginNotice::SignedOut),
        _ => None,
    };
    let handle = query.get("flow");
    let Some(pending) = flow::resumed(&app, &frame, &session, handle, Arrival::Get).await? else {
        if session.signed_in.is_some() {
            return Ok(flow::see_other(paths::ACCOUNT));
        }
        let page = LoginPage { notice, ..blank(&app, &frame, None).await? };
        return Ok(Page::ok(page).into_response());
    };
    let chosen = query.get("account");
    let is_here = match pending.step {
        Step::Login | Step::Reauthenticate | Step::SignUp => true,
        Step::SelectAccount
        | Step::SecondFactor
        | Step::SetUpFactor
        | Step::Consent
        | Step::Issue
        | Step::Fail(_) => chosen.is_some(),
    };
    if !is_here {
        return Ok(flow::go_on(&app, &frame, pending, Arrival::Get).await?);
    }
    let username = prefilled(&app, &frame, chosen, &pending).await?;
    let page = page_in_flow(&app, &frame, &pending, chosen.is_some()).await?;
    Ok(Page::ok(LoginPage { username, notice, ..page }).into_response())
}

/// The form.
pub(crate) async fn submit(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let sent = form.sent_by(&frame.browser, paths::LOGIN, &["username", "password"]);
    if session.signed_in.is_none()
        && let Some(answer) = sent_again(&app, &frame, &session, (&sent, form.flow())).await?
    {
        return Ok(answer);
    }
    let pending = flow::resumed(&app, &frame, &session, form.flow(), Arrival::Post).await?;
    let typed = Typed { login: form.text("username"), remember: form.get("remember").is_some() };
    let password = form.secret("password");
    let outcome = if let Some(person) = confirming(pending.as_ref(), &typed) {
        let (browser, trust) = (frame.browser.digest(), frame.browser.trust_digest());
        let repeatable = session.repeatable(&app, &sent);
        let proof = (&password, repeatable.as_ref());
        let at = (&browser, trust.as_ref());
        app.accounts.reauthenticate(&person.session, proof, at, &frame.requester).await
    } else if session.signed_in.is_some()
        && let Some(answer) = sent_again(&app, &frame, &session, (&sent, form.flow())).await?
    {
        // The first was faster than this one was read, and its request has gone on.
        return Ok(answer);
    } else {
        let sign_in = SignIn {
            login: typed.login.clone(),
            password,
            remember: typed.remember,
            browser_digest: Some(frame.browser.digest()),
            tells_unclaimed: false,
            trust_digest: frame.browser.trust_digest(),
        };
        app.accounts.sign_in(sign_in, &frame.requester).await
    };
    match outcome {
        Ok(admission) => {
            let kept = pending.map(|pending| pending.kept);
            let answer = admitted(&app, &frame, session, admission, kept, Arrival::Post);
            Ok(Box::pin(answer).await?)
        }
        Err(refusal) => {
            if matches!(refusal, SignInRefusal::SessionIsOver)
                && let Some(answer) =
                    sent_again(&app, &frame, &session, (&sent, form.flow())).await?
            {
                return Ok(answer);
            }
            Ok(refused(&app, &frame, pending.as_ref(), typed, refusal).await?)
        }
    }
}

/// Goes on where the form of a password confirmed who somebody is and came once more, with the cookie of
/// before (decision 0034).
async fn sent_again(
    app: &App,
    frame: &Frame,
    session: &BrowserSession,
    (sent, flow): (&str, Option<&str>),
) -> Result<Option<Response>, PageError> {
    let Some(signed_in) = session.repeated(app, sent, &frame.requester).await? else {
        return Ok(None);
    };
    session.begin(&signed_in).await?;
    let mut session = session.clone();
    session.signed_in = Some(signed_in);
    Ok(Some(proceed_in_window(app, frame, &session, flow, Arrival::Post).await?))
}

/// What was typed, as far as it may be shown again.
struct Typed {
    login: String,
    remember: bool,
}

/// The signed-in person, where the form only confirms that it is still them.
fn confirming<'pending>(
    pending: Option<&'pending Pending>,
    typed: &Typed,
) -> Option<&'pending flow::Person> {
    let pending = pending.filter(|pending| pending.step == Step::Reauthenticate)?;
    pending.person.as_ref().filter(|person| person.user.email == typed.login)
}

/// Goes on with somebody at the gate: signed in, or to their second factor or another password.
///
/// # Errors
///
/// If the store fails.
pub(crate) async fn admitted(
    app: &App,
    frame: &Frame,
    session: BrowserSession,
    admission: Admission,
    kept: Option<Kept>,
    arrival: Arrival,
) -> Result<Response, PageError> {
    match admission {
        Admission::SignedIn(signed_in) => {
            signed_in_answer(app, frame, session, *signed_in, kept, arrival).await
        }
        Admission::Challenged(handle) => {
            let flow = kept.map(|kept| kept.handle.expose().to_owned());
            let next = AfterFactor { flow, to: None };
            second_factor::lead(app, frame, &handle, &next, arrival).await
        }
        Admission::NewPassword(handle) => {
            let flow = kept.as_ref().map(|kept| kept.handle.expose());
            Ok(renew_password::lead(&handle, flow, None))
        }
    }
}

/// Sets the session's cookie, keeps that of the browser, which the account knows from now on, and
/// goes on with what brought the person here.
///
/// # Errors
///
/// If the store fails.
pub(crate) async fn signed_in_answer(
    app: &App,
    frame: &Frame,
    session: BrowserSession,
    signed_in: SignedIn,
    kept: Option<Kept>,
    arrival: Arrival,
) -> Result<Response, PageError> {
    let mut answer = begin_and_go_on(app, frame, session, signed_in, kept, arrival).await?;
    if let Some(cookie) = frame.browser.remembering_cookie(app) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}

async fn begin_and_go_on(
    app: &App,
    frame: &Frame,
    mut session: BrowserSession,
    signed_in: SignedIn,
    kept: Option<Kept>,
    arrival: Arrival,
) -> Result<Response, PageError> {
    // Another session of this browser is over; the same one goes on under a new cookie.
    if let Some(old) = &session.signed_in
        && old.sid != signed_in.session.sid
    {
        app.accounts.sign_out(old, &frame.requester).await?;
    }
    session.begin(&signed_in.session).await?;
    // The language of this page; once, where none is known.
    app.accounts.note_language(&signed_in.user, frame.locale(app).lang()).await?;
    let auth_time = signed_in.session.auth_time;
    session.signed_in = Some(signed_in.session);
    let Some(kept) = kept else { return Ok(flow::see_other(paths::ACCOUNT)) };
    note_sign_in(app, &kept, auth_time).await?;
    proceed(app, frame, &session, Some(kept.handle.expose()), arrival).await
}

/// Notes that somebody signed in for a request.
async fn note_sign_in(app: &App, kept: &Kept, auth_time: Timestamp) -> Result<(), PageError> {
    let mut tx = app.store().begin().await?;
    let expires_at = flow::request_expiry(app, app.now());
    let digest = kept.handle.digest();
    authorization_requests::note_reauthentication(&mut tx, &digest, expires_at, auth_time).await?;
    Ok(tx.commit().await?)
}

/// Goes on with a request in a browser where somebody signed in meanwhile, be it in another window: a
/// sign-in that came after the request is one for it as well.
///
/// # Errors
///
/// If the store fails.
pub(crate) async fn proceed_in_window(
    app: &App,
    frame: &Frame,
    session: &BrowserSession,
    handle: Option<&str>,
    arrival: Arrival,
) -> Result<Response, PageError> {
    if let (Some(kept), Some(signed_in)) =
        (flow::find(app, frame, handle).await?, &session.signed_in)
        && signed_in.auth_time >= kept.row.created_at
    {
        note_sign_in(app, &kept, signed_in.auth_time).await?;
    }
    proceed(app, frame, session, handle, arrival).await
}

/// Goes on with a kept request, as it is now, or to the account.
///
/// # Errors
///
/// If the store fails.
pub(crate) async fn proceed(
    app: &App,
    frame: &Frame,
    session: &BrowserSession,
    handle: Option<&str>,
    arrival: Arrival,
) -> Result<Response, PageError> {
    match flow::resumed(app, frame, session, handle, arrival).await {
        Ok(Some(pending)) => flow::go_on(app, frame, pending, arrival).await,
        Ok(None) => Ok(flow::see_other(paths::ACCOUNT)),
        Err(instead) => instead.into_answer(),
    }
}

async fn refused(
    app: &App,
    frame: &Frame,
    pending: Option<&Pending>,
    typed: Typed,
    refusal: SignInRefusal,
) -> Result<Response, PageError> {
    let (status, problem, retry_after) = match refusal {
        SignInRefusal::Incomplete => {
            (StatusCode::UNPROCESSABLE_ENTITY, LoginProblem::Incomplete, None)
        }
        SignInRefusal::WrongCredentials { advise_reset: false }
        | SignInRefusal::NotCompared { advise_reset: false } => {
            (StatusCode::UNPROCESSABLE_ENTITY, LoginProblem::WrongCredentials, None)
        }
        SignInRefusal::WrongCredentials { advise_reset: true }
        | SignInRefusal::NotCompared { advise_reset: true } => {
            (StatusCode::UNPROCESSABLE_ENTITY, LoginProblem::WrongCredentialsAgain, None)
        }
        SignInRefusal::Throttled { retry_after_seconds } => (
            StatusCode::TOO_MANY_REQUESTS,
            LoginProblem::Throttled { seconds: retry_after_seconds },
            Some(retry_after_seconds),
        ),
        SignInRefusal::TooManyInARow { retry_after_seconds } => {
            (StatusCode::TOO_MANY_REQUESTS, LoginProblem::TooManyInARow, Some(retry_after_seconds))
        }
        SignInRefusal::SessionIsOver => {
            let flow = pending.map(|pending| ("flow", pending.kept.handle.expose()));
            return Ok(signed_out_in(flow));
        }
        SignInRefusal::Busy => return Err(PageError::Busy),
        SignInRefusal::EmailNotVerified { user } => {
            let kept = pending.map(|pending| &pending.kept);
            return verify_first(app, frame, kept, (&user, Proven::ByPassword)).await;
        }
        SignInRefusal::Fault(fault) => return Err(fault.into()),
    };
    let page = match pending {
        Some(pending) => page_in_flow(app, frame, pending, false).await?,
        None => blank(app, frame, None).await?,
    };
    let page = LoginPage {
        username: typed.login,
        remember: typed.remember,
        problem: Some(problem),
        ..page
    };
    Ok(Page::new(status, page).retry_after(retry_after).into_response())
}

/// The page once more, after a passkey that was not taken.
///
/// # Errors
///
/// If the store fails.
pub(crate) async fn passkey_refused(
    app: &App,
    frame: &Frame,
    pending: Option<&Pending>,
) -> Result<Response, PageError> {
    let page = match pending {
        Some(pending) => page_in_flow(app, frame, pending, false).await?,
        None => blank(app, frame, None).await?,
    };
    let page = LoginPage { problem: Some(LoginProblem::PasskeyFailed), ..page };
    Ok(Page::new(StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// What somebody has shown whose address has to be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proven {
    /// The password alone.
    ByPassword,
    /// They are signed in.
    BySession,
}

/// The address was never verified: a new mail, and the page for it. Where no mail may be sent, a page
/// says so with 429, and what there is to do instead.
///
/// # Errors
///
/// If the store fails.
pub(crate) async fn verify_first(
    app: &App,
    frame: &Frame,
    kept: Option<&Kept>,
    (user, proven): (&User, Proven),
) -> Result<Response, PageError> {
    frame.reader.is(user);
    let begin = BeginVerification {
        user,
        browser_digest: frame.browser.digest(),
        request_handle: kept.map(|kept| kept.handle.clone()),
        locale: frame.locale(app).lang().to_owned(),
    };
    match app.accounts.begin_verification(begin, &frame.requester).await {
        Ok(handle) => {
            let lifetime = app.accounts.settings.verification.link_lifetime;
            flow::wait_for_mail(app, kept, lifetime).await?;
            Ok(flow::see_other(&flow::with_flow(paths::VERIFY_EMAIL, handle.0.expose())))
        }
        Err(
            VerificationRefusal::Throttled { retry_after_seconds }
            | VerificationRefusal::TooSoon { retry_after_seconds },
        ) => Ok(verify_later(app, frame, kept, (user, proven), retry_after_seconds)),
        Err(VerificationRefusal::Fault(fault)) => Err(fault.into()),
        Err(_) => Ok(verify_later(app, frame, kept, (user, proven), 60 * 60)),
    }
}

/// Another mail may not be sent just now: an earlier one still works, and so do other ways.
fn verify_later(
    app: &App,
    frame: &Frame,
    kept: Option<&Kept>,
    (user, proven): (&User, Proven),
    seconds: i64,
) -> Response {
    let shell = frame.shell_in_flow(app, kept.map(|kept| kept.handle.expose()));
    let is_signed_in = proven == Proven::BySession;
    let forgot_url = app.settings.reset_minutes.filter(|_| !is_signed_in);
    let page = VerifyLaterPage {
        account: Account { name: String::new(), email: user.email.clone() },
        seconds,
        is_signed_in,
        forgot_url: forgot_url.map(|_| shell.in_flow(paths::PASSWORD_FORGOT)),
        sign_up_allowed: app.settings.sign_up_allowed && !is_signed_in,
        shell,
    };
    Page::new(StatusCode::TOO_MANY_REQUESTS, page).retry_after(Some(seconds)).into_response()
}

async fn blank(app: &App, frame: &Frame, flow: Option<&str>) -> Result<LoginPage, PageError> {
    let shell = frame.shell_in_flow(app, flow);
    let forgot_url = app.settings.reset_minutes.map(|_| shell.in_flow(paths::PASSWORD_FORGOT));
    Ok(LoginPage {
        shell,
        forgot_url,
        sign_up_allowed: app.settings.sign_up_allowed,
        passkeys: app.accounts.has_passkeys().await?,
        is_verified_first: app.accounts.settings.email_verification_is_required,
        ..LoginPage::default()
    })
}

async fn page_in_flow(
    app: &App,
    frame: &Frame,
    pending: &Pending,
    wants_another: bool,
) -> Result<LoginPage, PageError> {
    let mut page = blank(app, frame, Some(pending.kept.handle.expose())).await?;
    let request = &pending.request;
    page.shell.app = Some(frame::app_view(&request.client, Some(&request.redirect_uri)));
    if pending.step == Step::Reauthenticate && !wants_another {
        page.reauth = pending.person.as_ref().map(|person| Reauth {
            account: frame::account_view(&person.user),
            reason: if request.prompt.login {
                ReauthReason::AppAsks
            } else {
                ReauthReason::TooLongAgo
            },
        });
    }
    if let Some(person) = pending.person.as_ref().filter(|_| page.reauth.is_some()) {
        // Who it is is known, and so is whether they have one.
        page.passkeys &= !app.accounts.factors(&person.user).await?.passkeys.is_empty();
    }
    Ok(page)
}

/// The name to begin with: of the account that was chosen here, or the client's hint.
async fn prefilled(
    app: &App,
    frame: &Frame,
    chosen: Option<&str>,
    pending: &Pending,
) -> Result<String, PageError> {
    if pending.step == Step::Reauthenticate && chosen.is_none() {
        let person = pending.person.as_ref();
        return Ok(person.map(|person| person.user.email.clone()).unwrap_or_default());
    }
    let Some(chosen) = chosen.map(UserId::from) else {
        return Ok(pending.request.login_hint.clone().unwrap_or_default());
    };
    let known = app.accounts.accounts_of_browser(&frame.browser.digest()).await?;
    let user = known.into_iter().find(|user| user.id == chosen);
    Ok(user.map(|user| user.email).unwrap_or_default())
}
