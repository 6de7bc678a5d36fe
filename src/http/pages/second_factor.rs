//! `/login/mfa`: the second half of a sign-in.
//!
//! The handle of the half sign-in travels in the address and in the form, beside that of the
//! application's request, so that tabs do not disturb each other. It is good for nothing but these
//! pages: no other page takes it for a session.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::super::cookies::TrustToken;
use super::super::flow::{self, Arrival, see_other};
use super::super::form::{PageForm, PageQuery};
use super::super::frame::{self, Frame};
use super::super::instead::Instead;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{
    Account, AccountNotice, FactorCodePage, FactorNotice, FactorPasskeyPage, FactorProblem,
    FactorWay, FactorWaysPage, Shell, Waiting,
};
use super::super::{App, paths};
use super::account::told;
use super::login;
use super::proof::GraveAction;
use super::renew_password;
use crate::accounts::{Assertion, ChallengeView, FactorAnswer, FactorRefusal, Passed};
use crate::domain::PlainToken;
use crate::domain::second_factor::FactorKind;
use crate::oauth::response::with_query;

/// What goes on once the second factor was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct AfterFactor {
    /// The handle of an application's request.
    pub flow: Option<String>,
    /// Something grave in the account.
    pub to: Option<GraveAction>,
}

/// A half sign-in as the browser names it.
struct Place {
    challenge: PlainToken,
    next: AfterFactor,
}

impl Place {
    fn of(parameters: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let next = AfterFactor {
            flow: parameters("flow"),
            to: parameters("to").and_then(|name| GraveAction::named(&name)),
        };
        let challenge = PlainToken::new(&parameters("challenge")?);
        Some(Self { challenge, next })
    }

    fn address(&self, path: &str) -> String {
        let mut query = vec![("challenge", self.challenge.expose())];
        query.extend(self.next.flow.as_deref().map(|flow| ("flow", flow)));
        let to = self.next.to.map(GraveAction::name);
        query.extend(to.as_deref().map(|to| ("to", to)));
        with_query(path, query)
    }
}

/// Leads to the strongest factor the person has. After a form a code is sent, where that is one;
/// a link that was followed sends nothing.
///
/// # Errors
///
/// If the store fails.
pub(crate) async fn lead(
    app: &App,
    frame: &Frame,
    challenge: &PlainToken,
    next: &AfterFactor,
    arrival: Arrival,
) -> Result<Response, PageError> {
    let place = Place { challenge: PlainToken::new(challenge.expose()), next: next.clone() };
    let view = app.accounts.challenge_view(challenge, &frame.browser.digest()).await?;
    let first = view.and_then(|view| Some((*view.methods.first()?, view)));
    let Some((kind, view)) = first else { return Ok(see_other(&place.address(paths::LOGIN_MFA))) };
    if arrival == Arrival::Post && is_sent(kind) {
        return send(app, frame, (&place, &view), kind).await;
    }
    Ok(see_other(&place.address(&path_of(kind))))
}

const fn is_sent(kind: FactorKind) -> bool {
    matches!(kind, FactorKind::Sms | FactorKind::Email)
}

fn path_of(kind: FactorKind) -> String {
    format!("{}/{}", paths::LOGIN_MFA, kind.as_str())
}

/// Sends a code and leads to the page that asks for it. Where none may be sent, that page says so:
/// there may be other ways, or an earlier code.
async fn send(
    app: &App,
    frame: &Frame,
    (place, view): (&Place, &ChallengeView),
    kind: FactorKind,
) -> Result<Response, PageError> {
    let locale = frame.locale(app).lang();
    let of = (&frame.browser.digest(), locale);
    let sent = app.accounts.send_challenge_code(&place.challenge, kind, of, &frame.requester).await;
    let notice = match sent {
        Ok(true) => "sent",
        Ok(false) => "wait",
        Err(FactorRefusal::Throttled { retry_after_seconds }) => {
            let problem = not_sent(view, kind, view.sent == Some(kind), retry_after_seconds);
            return page(app, frame, (place, view), kind, (None, Some(problem))).await;
        }
        Err(
            refusal @ (FactorRefusal::NoTryLeft { .. }
            | FactorRefusal::TooSoon { .. }
            | FactorRefusal::SentOut),
        ) => {
            let problem = problem_of(&refusal, kind);
            return page(app, frame, (place, view), kind, (None, Some(problem))).await;
        }
        Err(FactorRefusal::Fault(fault)) => return Err(fault.into()),
        Err(_) => return Ok(see_other(&place.address(paths::LOGIN_MFA))),
    };
    let address = place.address(&path_of(kind));
    Ok(see_other(&format!("{address}&notice={notice}")))
}

fn not_sent(view: &ChallengeView, kind: FactorKind, has_code: bool, seconds: i64) -> FactorProblem {
    let has_others = view.methods.iter().any(|other| *other != kind);
    FactorProblem::NotSent { seconds, has_code, has_others }
}

/// The open half sign-in that a request names.
///
/// # Errors
///
/// The way to where it can begin again, or to what follows one that was passed; a fault.
async fn open(
    app: &App,
    frame: &Frame,
    session: &BrowserSession,
    place: Option<Place>,
) -> Result<(Place, ChallengeView), Instead> {
    let place = place.ok_or_else(|| see_other(paths::LOGIN))?;
    let browser = frame.browser.digest();
    if let Some(view) = app.accounts.challenge_view(&place.challenge, &browser).await? {
        frame.reader.is(&view.user);
        return Ok((place, view));
    }
    // Back, or a second click: what was passed goes on.
    if session.signed_in.is_some() && app.accounts.was_passed(&place.challenge, &browser).await? {
        return Err(onward(app, frame, session, &place.next, Arrival::Get).await?.into());
    }
    let flow = place.next.flow.as_deref().map(|flow| ("flow", flow));
    let query = flow.into_iter().chain([("notice", "again")]);
    Err(see_other(&with_query(paths::LOGIN, query)).into())
}

/// What comes after: something grave in the account, or the application's request.
async fn onward(
    app: &App,
    frame: &Frame,
    session: &BrowserSession,
    next: &AfterFactor,
    arrival: Arrival,
) -> Result<Response, PageError> {
    match next.to {
        Some(action) => Ok(see_other(&flow::in_flow(&action.path(), next.flow.as_deref()))),
        None => login::proceed(app, frame, session, next.flow.as_deref(), arrival).await,
    }
}

/// The ways there are.
pub(crate) async fn ways(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let place = Place::of(|name| query.get(name).map(str::to_owned));
    let (place, view) = open(&app, &frame, &session, place).await?;
    let shell = shell(&app, &frame, &place).await?;
    let page = FactorWaysPage {
        shell,
        account: account(&view),
        waiting: waiting(&place, &view),
        ways: ways_of(&view, None),
        recover: app.accounts.settings.recovery.is_some(),
        help_url: app.settings.links.help.clone(),
    };
    Ok(Page::ok(page).into_response())
}

/// A way was chosen.
pub(crate) async fn choose(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let place = Place::of(|name| form.get(name).map(str::to_owned));
    let (place, view) = open(&app, &frame, &session, place).await?;
    let chosen = form.get("method").and_then(FactorKind::named);
    match chosen.filter(|kind| view.methods.contains(kind)) {
        None => Ok(see_other(&place.address(paths::LOGIN_MFA))),
        Some(kind) if is_sent(kind) => Ok(send(&app, &frame, (&place, &view), kind).await?),
        Some(kind) => Ok(see_other(&place.address(&path_of(kind)))),
    }
}

/// The page of one way.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(method): Path<String>,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let kind = FactorKind::named(&method).ok_or(PageError::NotFound)?;
    let place = Place::of(|name| query.get(name).map(str::to_owned));
    let (place, view) = open(&app, &frame, &session, place).await?;
    if !view.methods.contains(&kind) {
        return Ok(see_other(&place.address(paths::LOGIN_MFA)));
    }
    let notice = match query.get("notice") {
        Some("sent") => Some(FactorNotice::Sent),
        Some("wait") => Some(FactorNotice::AlreadySent),
        _ => None,
    };
    Ok(page(&app, &frame, (&place, &view), kind, (notice, None)).await?)
}

/// The factor.
pub(crate) async fn submit(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(method): Path<String>,
    form: PageForm,
) -> Result<Response, Instead> {
    let kind = FactorKind::named(&method).ok_or(PageError::NotFound)?;
    let place = Place::of(|name| form.get(name).map(str::to_owned));
    let (place, view) = open(&app, &frame, &session, place).await?;
    let answer = FactorAnswer::code(kind, form.text("code")).unwrap_or_else(|| {
        FactorAnswer::Passkey(Assertion {
            handle: PlainToken::new(&form.text("ceremony")),
            credential: form.text("assertion"),
        })
    });
    let browser = frame.browser.digest();
    let trust = form.get("trust_device").map(|_| TrustToken::generate());
    let new_trust = trust.as_ref().map(|token| token.replacing(&frame.browser));
    let given = (&browser, new_trust.as_ref());
    let done = app.accounts.answer_challenge(&place.challenge, answer, given, &frame.requester);
    let problem = match done.await {
        Ok(passed) => {
            let trust = trust.filter(|_| passed.is_sign_in());
            let answer = Box::pin(passed_on(&app, &frame, session, passed, place.next)).await?;
            let seconds = app.accounts.settings.factors.trust_lifetime;
            return Ok(match trust {
                Some(token) => token.given_by(&app, answer, seconds),
                None => answer,
            });
        }
        Err(FactorRefusal::Over) => {
            let (place, _) = open(&app, &frame, &session, Some(place)).await?;
            return Ok(see_other(&place.address(paths::LOGIN_MFA)));
        }
        Err(FactorRefusal::NotUsable) => {
            return Ok(see_other(&place.address(paths::LOGIN_MFA)));
        }
        Err(FactorRefusal::Fault(fault)) => return Err(fault.into()),
        Err(FactorRefusal::CodeOver) if is_sent(kind) => {
            resend(&app, &frame, (&place, &view), kind).await?
        }
        Err(refusal) => problem_of(&refusal, kind),
    };
    Ok(page(&app, &frame, (&place, &view), kind, (None, Some(problem))).await?)
}

/// A code that no longer counts is replaced by a new one, where that may be sent.
async fn resend(
    app: &App,
    frame: &Frame,
    (place, view): (&Place, &ChallengeView),
    kind: FactorKind,
) -> Result<FactorProblem, PageError> {
    let locale = frame.locale(app).lang();
    let of = (&frame.browser.digest(), locale);
    let sent = app.accounts.send_challenge_code(&place.challenge, kind, of, &frame.requester).await;
    Ok(match sent {
        Ok(true) => FactorProblem::ExpiredAndSent,
        Ok(false) => FactorProblem::Expired,
        Err(FactorRefusal::Throttled { retry_after_seconds }) => {
            not_sent(view, kind, false, retry_after_seconds)
        }
        Err(FactorRefusal::Fault(fault)) => return Err(fault.into()),
        Err(refusal) => problem_of(&refusal, kind),
    })
}

/// What the page says of a refusal.
pub(crate) fn problem_of(refusal: &FactorRefusal, kind: FactorKind) -> FactorProblem {
    match refusal {
        // The script sends nothing where it knows that the page stood open for too long.
        FactorRefusal::Missing | FactorRefusal::CodeOver if kind == FactorKind::Passkey => {
            FactorProblem::PasskeyTooLate
        }
        FactorRefusal::Missing => FactorProblem::Missing,
        FactorRefusal::Used if kind == FactorKind::Totp => FactorProblem::UsedWait,
        FactorRefusal::Used => FactorProblem::Used,
        FactorRefusal::CodeOver => FactorProblem::Expired,
        FactorRefusal::Throttled { retry_after_seconds }
        | FactorRefusal::NoTryLeft { retry_after_seconds } => {
            FactorProblem::Throttled { seconds: *retry_after_seconds }
        }
        FactorRefusal::TooSoon { retry_after_seconds } => {
            FactorProblem::TooSoon { seconds: *retry_after_seconds }
        }
        FactorRefusal::SentOut => FactorProblem::SentOut,
        FactorRefusal::WrongAgain => FactorProblem::WrongTotpAgain,
        _ if kind == FactorKind::Totp => FactorProblem::WrongTotp,
        _ if kind == FactorKind::Passkey => FactorProblem::PasskeyFailed,
        _ => FactorProblem::Wrong,
    }
}

async fn passed_on(
    app: &App,
    frame: &Frame,
    mut session: BrowserSession,
    passed: Passed,
    next: AfterFactor,
) -> Result<Response, PageError> {
    let passed = match passed {
        Passed::SignedIn(passed) => *passed,
        Passed::NewPassword { handle, backup_codes_left } => {
            let notice = backup_codes_left.map(|_| AccountNotice::BackupCodeUsed);
            return Ok(renew_password::lead(&handle, next.flow.as_deref(), notice));
        }
    };
    if passed.is_sign_in && next.to.is_none() {
        let kept = flow::find(app, frame, next.flow.as_deref()).await?;
        let (signed_in, has_app) = (passed.signed_in, kept.is_some());
        let answer =
            login::signed_in_answer(app, frame, session, signed_in, kept, Arrival::Post).await?;
        // On the way to an application it is told at the next visit, where few are left.
        if passed.backup_codes_left.is_some() && !has_app {
            return Ok(told(answer, AccountNotice::BackupCodeUsed));
        }
        return Ok(answer);
    }
    session.begin(&passed.signed_in.session).await?;
    session.signed_in = Some(passed.signed_in.session);
    onward(app, frame, &session, &next, Arrival::Post).await
}

async fn shell(app: &App, frame: &Frame, place: &Place) -> Result<Shell, PageError> {
    let kept = flow::find(app, frame, place.next.flow.as_deref()).await?;
    frame::shell_of(app, frame, kept.as_ref()).await
}

/// Whose sign-in it is. The password alone opens nothing yet: neither the name nor the address.
fn account(view: &ChallengeView) -> Account {
    if view.is_of_session {
        frame::account_view(&view.user)
    } else {
        frame::masked_account_view(&view.user)
    }
}

fn waiting(place: &Place, view: &ChallengeView) -> Waiting {
    let AfterFactor { to, flow } = &place.next;
    Waiting {
        challenge: place.challenge.expose().to_owned(),
        to: to.map(|to| to.name().into_owned()).unwrap_or_default(),
        reason: to.map(GraveAction::reason),
        is_for_app: view.is_of_session && to.is_none() && flow.is_some(),
    }
}

fn ways_of(view: &ChallengeView, but: Option<FactorKind>) -> Vec<FactorWay> {
    let others = view.methods.iter().copied().filter(|kind| Some(*kind) != but);
    others
        .map(|kind| FactorWay {
            kind,
            destination: match kind {
                FactorKind::Sms => view.phone.clone().unwrap_or_default(),
                FactorKind::Email => view.email.clone(),
                FactorKind::Passkey | FactorKind::Totp | FactorKind::BackupCode => String::new(),
            },
        })
        .collect()
}

async fn page(
    app: &App,
    frame: &Frame,
    (place, view): (&Place, &ChallengeView),
    kind: FactorKind,
    (notice, problem): (Option<FactorNotice>, Option<FactorProblem>),
) -> Result<Response, PageError> {
    let status = problem.map_or(StatusCode::OK, FactorProblem::status);
    let retry_after = problem.and_then(FactorProblem::retry_after);
    let shell = shell(app, frame, place).await?;
    let (account, waiting) = (account(view), waiting(place, view));
    let others = ways_of(view, Some(kind));
    let days = app.accounts.settings.factors.trust_lifetime / (24 * 60 * 60);
    let trust_days = (!view.is_of_session).then(|| u32::try_from(days.max(1)).unwrap_or(u32::MAX));
    let recover = app.accounts.settings.recovery.is_some();
    Ok(if kind == FactorKind::Passkey {
        let begun = app.accounts.begin_assertion(&view.user, &frame.browser.digest()).await;
        let begun = match begun {
            Ok(begun) => begun,
            Err(FactorRefusal::Fault(fault)) => return Err(fault.into()),
            Err(_) => return Ok(see_other(&place.address(paths::LOGIN_MFA))),
        };
        let page = FactorPasskeyPage {
            shell,
            account,
            waiting,
            others,
            problem,
            trust_days,
            recover,
            ceremony: begun.handle.expose().to_owned(),
            options: begun.options,
            lifetime: begun.lifetime,
        };
        Page::new(status, page).retry_after(retry_after).into_response()
    } else {
        let is_of_code = problem.is_some_and(FactorProblem::is_of_code);
        let destination = ways_of(view, None)
            .into_iter()
            .find(|way| way.kind == kind)
            .map(|way| way.destination)
            .unwrap_or_default();
        let page = FactorCodePage {
            account,
            waiting,
            others,
            problem,
            trust_days,
            recover,
            kind,
            notice,
            destination,
            is_sent: view.sent == Some(kind) || notice.is_some() || is_of_code,
            resend_at: view.resend_at.map(|time| frame::moment_view(&shell, time)),
            shell,
        };
        Page::new(status, page).retry_after(retry_after).into_response()
    })
}
