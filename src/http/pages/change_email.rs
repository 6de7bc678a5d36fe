//! `/account/email`: another address, by a code that is sent there; and the way back by the link in
//! the last mail to the old one.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::super::flow::see_other;
use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::link_cookie::{self, LinkCookie};
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{
    AccountNotice, AccountPlace, ChangeEmailPage, ChangeEmailProblem, CodeProblem,
    EmailReturnOutcome, EmailReturnOutcomePage, EmailReturnPage,
};
use super::super::way_back::signed_out_meanwhile;
use super::super::{App, paths};
use super::account::done;
use super::proof::{GraveAction, Owner, proven, to_proof_again};
use crate::accounts::{ChangeEmailRefusal, ReturnEmailRefusal};
use crate::oauth::response::with_query;

const LINK: LinkCookie = LinkCookie { name: "email_return", path: paths::ACCOUNT_EMAIL_UNDO };

/// The page: for the address, or for the code that was sent there.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let owner = changer(&app, &frame, &session).await?;
    let is_sent_again = query.get("sent") == Some("again");
    let page = page(&app, &frame, &owner, None).await?;
    Ok(Page::ok(ChangeEmailPage { is_sent_again, ..page }).into_response())
}

/// The new address.
pub(crate) async fn submit(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let owner = changer(&app, &frame, &session).await?;
    let (typed, locale) = (form.text("email"), frame.locale(&app).lang());
    let begun =
        app.accounts.begin_email_change(&owner.session, &typed, locale, &frame.requester).await;
    match begun {
        Ok(()) => Ok(see_other(paths::ACCOUNT_EMAIL)),
        Err(refusal) => refused(&app, &frame, &owner, refusal, typed).await,
    }
}

/// The code.
pub(crate) async fn finish(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let owner = changer(&app, &frame, &session).await?;
    let code: String = form.text("code").chars().filter(|c| !c.is_whitespace()).collect();
    if code.is_empty() {
        let problem = ChangeEmailProblem::Code(CodeProblem::Missing);
        let page = page(&app, &frame, &owner, Some(problem)).await?;
        return Ok(Page::new(StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    match app.accounts.finish_email_change(&owner.session, &code, &frame.requester).await {
        Ok(()) => Ok(done(paths::ACCOUNT_PROFILE, AccountNotice::EmailChanged)),
        Err(refusal) => refused(&app, &frame, &owner, refusal, String::new()).await,
    }
}

/// Another code.
pub(crate) async fn resend(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    _form: PageForm,
) -> Result<Response, Instead> {
    let owner = changer(&app, &frame, &session).await?;
    let locale = frame.locale(&app).lang();
    match app.accounts.resend_email_change(&owner.session, locale, &frame.requester).await {
        Ok(()) => Ok(see_other(&with_query(paths::ACCOUNT_EMAIL, [("sent", "again")]))),
        Err(refusal) => refused(&app, &frame, &owner, refusal, String::new()).await,
    }
}

/// Another address than the one that waits for its code, or none.
pub(crate) async fn cancel(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    _form: PageForm,
) -> Result<Response, Instead> {
    let owner = changer(&app, &frame, &session).await?;
    app.accounts.cancel_email_change(&owner.session).await?;
    Ok(see_other(paths::ACCOUNT_EMAIL))
}

/// Who may change their address: nobody where no code could be sent.
async fn changer(app: &App, frame: &Frame, session: &BrowserSession) -> Result<Owner, Instead> {
    if !app.accounts.settings.sends_mail {
        return Err(PageError::NotFound.into());
    }
    proven(app, frame, session, GraveAction::ChangeEmail).await
}

async fn refused(
    app: &App,
    frame: &Frame,
    owner: &Owner,
    refusal: ChangeEmailRefusal,
    typed: String,
) -> Result<Response, Instead> {
    let mut retry_after = None;
    let problem = match refusal {
        ChangeEmailRefusal::ProofMissing => return Ok(to_proof_again(GraveAction::ChangeEmail)),
        ChangeEmailRefusal::SessionIsOver => return Ok(signed_out_meanwhile()),
        ChangeEmailRefusal::Unknown => return Ok(see_other(paths::ACCOUNT_EMAIL)),
        ChangeEmailRefusal::Fault(fault) => return Err(fault.into()),
        ChangeEmailRefusal::EmailMissing => ChangeEmailProblem::Missing,
        ChangeEmailRefusal::EmailMalformed => ChangeEmailProblem::Invalid,
        ChangeEmailRefusal::EmailUnchanged => ChangeEmailProblem::Unchanged,
        ChangeEmailRefusal::WrongCode => ChangeEmailProblem::Code(CodeProblem::Wrong),
        ChangeEmailRefusal::CodeExpired => ChangeEmailProblem::Code(CodeProblem::Expired),
        ChangeEmailRefusal::TooManyTries => ChangeEmailProblem::Code(CodeProblem::TooManyTries),
        ChangeEmailRefusal::TooSoon { retry_after_seconds: seconds } => {
            retry_after = Some(seconds);
            ChangeEmailProblem::Code(CodeProblem::TooSoon { seconds })
        }
        ChangeEmailRefusal::NotSent { retry_after_seconds: seconds } => {
            retry_after = Some(seconds);
            ChangeEmailProblem::Code(CodeProblem::NotSent { seconds })
        }
        ChangeEmailRefusal::Throttled { retry_after_seconds: seconds } => {
            retry_after = Some(seconds);
            ChangeEmailProblem::Code(CodeProblem::Throttled { seconds })
        }
    };
    let status = match retry_after {
        Some(_) => StatusCode::TOO_MANY_REQUESTS,
        None => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = page(app, frame, owner, Some(problem)).await?;
    let email = if typed.is_empty() { page.email.clone() } else { typed };
    let page = ChangeEmailPage { email, ..page };
    Ok(Page::new(status, page).retry_after(retry_after).into_response())
}

async fn page(
    app: &App,
    frame: &Frame,
    owner: &Owner,
    problem: Option<ChangeEmailProblem>,
) -> Result<ChangeEmailPage, PageError> {
    // What is wrong with an address is said where one is typed; an address whose code is over can have
    // another one where that is said, and else is typed already.
    let (has_code_form, has_over) = match problem {
        None => (true, false),
        Some(ChangeEmailProblem::Code(problem)) => (true, problem == CodeProblem::Expired),
        Some(_) => (false, false),
    };
    let change = app.accounts.email_change(&owner.user).await?;
    let (waiting, over) = match change {
        Some(change) if has_code_form && (has_over || !change.is_over) => {
            (Some(change.email), None)
        }
        Some(change) => (None, Some(change.email).filter(|_| change.is_over)),
        None => (None, None),
    };
    Ok(ChangeEmailPage {
        email: over.unwrap_or_default(),
        shell: frame.shell(app),
        account: frame::account_view(&owner.user),
        here: AccountPlace::Profile,
        waiting,
        code_minutes: app.settings.code_minutes,
        problem,
        ..ChangeEmailPage::default()
    })
}

/// The page behind the link to the old address.
pub(crate) async fn show_return(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    if let Some(token) = query.get("token") {
        let taken = LINK.take(&app, token, link_cookie::LIFETIME);
        return Ok(taken.unwrap_or_else(|| outcome(&app, &frame, EmailReturnOutcome::Unknown)));
    }
    let Some(link) = LINK.read(&app, &headers) else {
        return Ok(outcome(&app, &frame, EmailReturnOutcome::Unknown));
    };
    match app.accounts.look_up_email_return(&link.digest()).await {
        Ok(view) => {
            frame.reader.is(&view.user);
            let page = EmailReturnPage {
                shell: frame.shell(&app),
                email: view.email,
                keeps_factors: view.keeps_factors,
                link_digest: link.digest().as_str().to_owned(),
            };
            Ok(Page::ok(page).no_referrer().into_response())
        }
        Err(refusal) => not_returned(&app, &frame, refusal),
    }
}

/// "Take my account back".
pub(crate) async fn submit_return(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    form: PageForm,
) -> Result<Response, Instead> {
    match app.accounts.look_up_email_return(&LinkCookie::digest_in(&form)).await {
        Ok(view) => frame.reader.is(&view.user),
        Err(refusal) => return not_returned(&app, &frame, refusal),
    }
    let Some(link) = LINK.named_by(&app, &headers, &form) else {
        return Ok(outcome(&app, &frame, EmailReturnOutcome::Unknown));
    };
    let from = (&frame.browser.digest(), &frame.requester);
    match app.accounts.return_email(&link, from).await {
        Ok(keeps_factors) => {
            let done = EmailReturnOutcome::Done { keeps_factors };
            // The link stays here, so that who comes back reads what became of it.
            Ok(outcome(&app, &frame, done))
        }
        Err(refusal) => not_returned(&app, &frame, refusal),
    }
}

fn not_returned(
    app: &App,
    frame: &Frame,
    refusal: ReturnEmailRefusal,
) -> Result<Response, Instead> {
    let what = match refusal {
        ReturnEmailRefusal::Unknown => EmailReturnOutcome::Unknown,
        ReturnEmailRefusal::Used => EmailReturnOutcome::Used,
        ReturnEmailRefusal::Expired => EmailReturnOutcome::Expired,
        ReturnEmailRefusal::Taken => EmailReturnOutcome::Taken,
        ReturnEmailRefusal::Fault(fault) => return Err(fault.into()),
    };
    Ok(outcome(app, frame, what))
}

fn outcome(app: &App, frame: &Frame, outcome: EmailReturnOutcome) -> Response {
    let status = match outcome {
        EmailReturnOutcome::Done { .. } => StatusCode::OK,
        EmailReturnOutcome::Unknown => StatusCode::NOT_FOUND,
        _ => StatusCode::GONE,
    };
    let forgot_url = app.settings.reset_minutes.map(|_| paths::PASSWORD_FORGOT.to_owned());
    let page = EmailReturnOutcomePage { shell: frame.shell(app), outcome, forgot_url };
    Page::new(status, page).no_referrer().into_response()
}
