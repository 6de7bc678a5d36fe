//! Authorization requests in progress, and the way from one page to the next.
//!
//! 1. A request that needs a person is kept, and its handle travels in the form and the URL of
//!    every page, so that tabs do not disturb each other.
//! 2. After each page the kept parameters are checked anew and [`go_on`] finds the next step.
//! 3. The last step makes the code. After a GET the browser is redirected; after a POST it gets a
//!    page that hands it back, since a POST must never lead through a 3xx to a client.

mod kept;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use self::kept::{finish, keep, unseal};
use super::frame::{self, Frame};
use super::hand_over::{deliver, refused};
use super::instead::Instead;
use super::page::Page;
use super::page_error::PageError;
use super::pages::second_factor::{self, AfterFactor};
use super::sessions::BrowserSession;
use super::views::AlreadySignedInPage;
use super::{App, paths};
use crate::accounts::consent;
use crate::domain::Scopes;
use crate::domain::second_factor::{AuthenticationLevel, FactorPolicy};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::oauth::interaction::{self, Present, Progress, Step};
use crate::oauth::request::{self, CheckedRequest, Refusal};
use crate::oauth::{Parameters, authorize, entitlements};
use crate::store::authorization_requests::StoredRequest;
use crate::store::{authorization_requests, sessions, users};

pub(super) use self::kept::{Kept, find, request_expiry, wait_for_mail};

/// How the browser came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// By a link or a redirect: it may be redirected on.
    Get,
    /// By a form of ours: it gets a page.
    Post,
}

/// A kept request, checked anew, with what is known about the person at the browser.
#[derive(Debug)]
pub(super) struct Pending {
    /// The request.
    pub request: CheckedRequest,
    /// Where it is kept.
    pub kept: Kept,
    /// Who is signed in, and what they allowed this client before.
    pub person: Option<Person>,
    /// The next step.
    pub step: Step,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// Their session.
    pub session: Session,
    /// Their account.
    pub user: User,
    /// What they allowed this client before.
    pub consented: Option<Scopes>,
    /// How well they could prove who they are.
    pub reachable: AuthenticationLevel,
    /// What the client asks of them beside their password.
    pub policy: FactorPolicy,
}

impl Person {
    fn present(&self) -> Present<'_> {
        Present {
            session: &self.session,
            user: &self.user,
            consented: self.consented.as_ref(),
            reachable: self.reachable,
            policy: self.policy,
        }
    }
}

/// Checks a kept request anew and finds the next step.
///
/// # Errors
///
/// The answer where the request was answered before or no longer holds; a fault.
pub(super) async fn resume(
    app: &App,
    frame: &Frame,
    session: &BrowserSession,
    kept: Kept,
    arrival: Arrival,
) -> Result<Pending, Instead> {
    if kept.row.finished_at.is_some() {
        return Err(already_finished(app, frame, session.signed_in.as_ref()).await?.into());
    }
    let parameters = unseal(app, &kept)?;
    match look(app, session.signed_in.as_ref(), &parameters, Some(&kept.row)).await? {
        Err(refusal) => Err(refused(app, frame, refusal, arrival)?.into()),
        Ok((_, person, step)) if must_restore(person.as_ref(), &step) => {
            Err(see_other(&with_flow(paths::ACCOUNT_RESTORE, kept.handle.expose())).into())
        }
        Ok((request, person, step)) => {
            if let Some(person) = &person {
                frame.reader.is(&person.user);
            }
            Ok(Pending { request, kept, person, step })
        }
    }
}

/// The request that a page or a form names, as it goes on; `None` where it names none of this
/// browser.
///
/// # Errors
///
/// As for [`resume`].
pub(super) async fn resumed(
    app: &App,
    frame: &Frame,
    session: &BrowserSession,
    handle: Option<&str>,
    arrival: Arrival,
) -> Result<Option<Pending>, Instead> {
    match find(app, frame, handle).await? {
        Some(kept) => Ok(Some(resume(app, frame, session, kept, arrival).await?)),
        None => Ok(None),
    }
}

/// The request is over; whoever comes again by Back, or clicks twice, reads that all is well.
async fn already_finished(
    app: &App,
    frame: &Frame,
    session: Option<&Session>,
) -> Result<Response, PageError> {
    let user = match session {
        Some(session) => app.accounts.user(&session.user_id).await?,
        None => None,
    };
    let Some(user) = user else { return Ok(see_other(paths::LOGIN)) };
    let page = AlreadySignedInPage {
        shell: frame.shell(app),
        account: frame::account_view(&user),
        continue_url: paths::ACCOUNT.to_owned(),
    };
    Ok(Page::ok(page).into_response())
}

/// Whether the person has to say first whether their account stays.
fn must_restore(person: Option<&Person>, step: &Step) -> bool {
    person.is_some_and(|person| person.user.is_leaving()) && !matches!(step, Step::Fail(_))
}

type Looked = Result<(CheckedRequest, Option<Person>, Step), Refusal>;

async fn look(
    app: &App,
    session: Option<&Session>,
    parameters: &Parameters,
    row: Option<&StoredRequest>,
) -> Result<Looked, PageError> {
    let mut tx = app.store().read().await?;
    let mut request = match request::check(&app.provider, &mut tx, parameters).await {
        Ok(request) => request,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let keys = app.provider.keys.current(&mut tx).await?;
    let mut person = None;
    if let Some(session) = session
        && let Some(user) = users::find(&mut tx, &session.user_id).await?
    {
        entitlements::narrow(&mut tx, &mut request, &user.id).await?;
        let of = (&user.id, &request.client.id);
        let consented = consent::find(&mut tx, of, request.api_identifier()).await?;
        let reachable = app.accounts.reachable_level(&mut tx, &user).await?;
        let client = Some(&request.client);
        let policy = app.accounts.factor_policy(&mut tx, &user.id, client).await?;
        person = Some(Person { session: session.clone(), user, consented, reachable, policy });
    }
    // An account that waits to be deleted answers nobody.
    let usable = person.as_ref().filter(|person| !person.user.is_leaving());
    let auth_time = session.map(|session| session.auth_time);
    let progress = row.map_or_else(Progress::default, |row| Progress {
        // A sign-in at or after the one that was noted: another, older session proves nothing.
        reauthenticated: row.reauthenticated_at.is_some_and(|at| auth_time >= Some(at)),
        account_selected: row.account_selected_at.is_some(),
    });
    let present = usable.map(Person::present);
    let step = interaction::decide(&app.provider, &keys, &request, present, progress);
    Ok(Ok((request, person, step)))
}

/// Begins with a request that just arrived.
///
/// # Errors
///
/// If the store fails.
pub(super) async fn begin(
    app: &App,
    frame: &Frame,
    session: &BrowserSession,
    parameters: &Parameters,
) -> Result<Response, PageError> {
    frame.reader.asks_for(parameters.get("ui_locales"));
    loop {
        let looked = look(app, session.signed_in.as_ref(), parameters, None).await?;
        let (request, person, step) = match looked {
            Ok(looked) => looked,
            Err(refusal) => return refused(app, frame, refusal, Arrival::Get),
        };
        match (step, person) {
            (Step::Issue, Some(person)) => {
                match issue(app, frame, &request, &person, None, Arrival::Get).await? {
                    Ok(answer) => return Ok(answer),
                    // It may go on by another cookie, which only its owner's browser has by now: that
                    // decides, when the browser comes again.
                    Err(Outdated::Session) => {
                        let handle = keep(app, &request, parameters, frame, true).await?;
                        return Ok(see_other(&with_flow(paths::LOGIN, handle.expose())));
                    }
                    Err(Outdated::Consent) => {}
                }
            }
            (Step::Fail(response), _) => {
                return Ok(deliver(app, frame, &request.client, response, Arrival::Get));
            }
            (step, person) => {
                let must_restore = must_restore(person.as_ref(), &step);
                let handle = keep(app, &request, parameters, frame, true).await?;
                if must_restore {
                    return Ok(see_other(&with_flow(paths::ACCOUNT_RESTORE, handle.expose())));
                }
                return to_step(app, frame, (&step, person.as_ref()), handle.expose()).await;
            }
        }
    }
}

/// Keeps a request that came by POST from elsewhere: our Lax cookies are not with it, so the
/// browser is sent to a GET of ours.
///
/// # Errors
///
/// If the store fails.
pub(super) async fn begin_by_post(
    app: &App,
    frame: &Frame,
    parameters: &Parameters,
) -> Result<Response, PageError> {
    frame.reader.asks_for(parameters.get("ui_locales"));
    let mut tx = app.store().read().await?;
    let checked = request::check(&app.provider, &mut tx, parameters).await;
    drop(tx);
    match checked {
        Err(refusal) => refused(app, frame, refusal, Arrival::Get),
        Ok(request) => {
            let handle = keep(app, &request, parameters, frame, false).await?;
            Ok(see_other(&with_flow(paths::AUTHORIZE, handle.expose())))
        }
    }
}

/// Goes on with a pending request: makes the code, or leads to the page of the next step.
///
/// # Errors
///
/// If the store fails.
pub(super) async fn go_on(
    app: &App,
    frame: &Frame,
    pending: Pending,
    arrival: Arrival,
) -> Result<Response, PageError> {
    let Pending { request, kept, person, step } = pending;
    match (step, person) {
        (Step::Issue, Some(person)) => {
            let issued = issue(app, frame, &request, &person, Some(&kept), arrival).await?;
            Ok(issued.unwrap_or_else(|_| to_next(&kept)))
        }
        (Step::Fail(response), _) => {
            finish(app, &kept).await?;
            Ok(deliver(app, frame, &request.client, response, arrival))
        }
        (step, person) => to_step(app, frame, (&step, person.as_ref()), kept.handle.expose()).await,
    }
}

/// What is not so any more while a code is on its way.
enum Outdated {
    /// The session ended: nobody is signed in.
    Session,
    /// The person took back what they had allowed, or allowed more.
    Consent,
}

/// Makes the code, where what the next step was found by holds still. A kept request is answered once,
/// however often its last form is sent.
async fn issue(
    app: &App,
    frame: &Frame,
    request: &CheckedRequest,
    person: &Person,
    kept: Option<&Kept>,
    arrival: Arrival,
) -> Result<Result<Response, Outdated>, PageError> {
    let mut tx = app.store().begin().await?;
    if let Some(kept) = kept
        && !authorization_requests::finish(&mut tx, &kept.handle.digest(), app.now()).await?
    {
        drop(tx);
        return already_finished(app, frame, Some(&person.session)).await.map(Ok);
    }
    if !sessions::hold(&mut tx, &person.session).await? {
        return Ok(Err(Outdated::Session));
    }
    let of = (&person.user.id, &request.client.id);
    if consent::find(&mut tx, of, request.api_identifier()).await? != person.consented {
        return Ok(Err(Outdated::Consent));
    }
    let (present, requester) = (person.present(), &frame.requester);
    let response =
        authorize::issue_code(&app.provider, &mut tx, request, present, requester).await?;
    tx.commit().await?;
    Ok(Ok(deliver(app, frame, &request.client, response, arrival)))
}

/// What was found changed while a request was on its way: it leads on from the sign-in page to whatever
/// comes next.
fn to_next(kept: &Kept) -> Response {
    see_other(&with_flow(paths::LOGIN, kept.handle.expose()))
}

/// Writes down what the person allowed, and makes the code, in one unit of work.
///
/// # Errors
///
/// If the store fails.
pub(super) async fn allow(
    app: &App,
    frame: &Frame,
    pending: &Pending,
    person: &Person,
) -> Result<Response, PageError> {
    let (request, now) = (&pending.request, app.now());
    let mut tx = app.store().begin().await?;
    let digest = pending.kept.handle.digest();
    if !authorization_requests::finish(&mut tx, &digest, now).await? {
        drop(tx);
        return already_finished(app, frame, Some(&person.session)).await;
    }
    // Before the consent, which refers to the account.
    if !sessions::hold(&mut tx, &person.session).await? {
        return Ok(to_next(&pending.kept));
    }
    let is_new = consent::give(&mut tx, consent_answer(frame, request, person), now).await?;
    let requester = &frame.requester;
    if is_new && !request.client.first_party {
        let (user, client) = (&person.user, &request.client);
        app.accounts.tell_of_new_access(&mut tx, (user, client), requester, now).await?;
    }
    let present = person.present();
    let response =
        authorize::issue_code(&app.provider, &mut tx, request, present, requester).await?;
    tx.commit().await?;
    app.accounts.bell.ring();
    Ok(deliver(app, frame, &request.client, response, Arrival::Post))
}

/// Tells the client that the person refused.
///
/// # Errors
///
/// If the store fails.
pub(super) async fn refuse(
    app: &App,
    frame: &Frame,
    pending: &Pending,
    person: &Person,
) -> Result<Response, PageError> {
    let (request, now) = (&pending.request, app.now());
    let mut tx = app.store().begin().await?;
    let digest = pending.kept.handle.digest();
    if !authorization_requests::finish(&mut tx, &digest, now).await? {
        drop(tx);
        return already_finished(app, frame, Some(&person.session)).await;
    }
    consent::refuse(&mut tx, consent_answer(frame, request, person), now).await?;
    tx.commit().await?;
    Ok(denied(app, frame, request, "the person did not allow this"))
}

/// Tells the client that the person does not want to sign in again.
///
/// # Errors
///
/// If the store fails.
pub(super) async fn cancel(
    app: &App,
    frame: &Frame,
    pending: &Pending,
) -> Result<Response, PageError> {
    let digest = pending.kept.handle.digest();
    let mut tx = app.store().begin().await?;
    let is_ours = authorization_requests::finish(&mut tx, &digest, app.now()).await?;
    tx.commit().await?;
    if !is_ours {
        let session = pending.person.as_ref().map(|person| &person.session);
        return already_finished(app, frame, session).await;
    }
    Ok(denied(app, frame, &pending.request, "the person did not sign in again"))
}

/// RFC 6749 §4.1.2.1.
fn denied(app: &App, frame: &Frame, request: &CheckedRequest, why: &str) -> Response {
    let response = request.error(&app.provider, "access_denied", why);
    deliver(app, frame, &request.client, response, Arrival::Post)
}

fn consent_answer<'answer>(
    frame: &'answer Frame,
    request: &'answer CheckedRequest,
    person: &'answer Person,
) -> consent::ConsentAnswer<'answer> {
    consent::ConsentAnswer {
        session: &person.session,
        client_id: &request.client.id,
        scopes: &request.scopes,
        api: request.api_identifier(),
        requester: &frame.requester,
    }
}

async fn to_step(
    app: &App,
    frame: &Frame,
    (step, person): (&Step, Option<&Person>),
    handle: &str,
) -> Result<Response, PageError> {
    if let (Step::SecondFactor, Some(person)) = (step, person) {
        let browser = frame.browser.digest();
        let challenge = app.accounts.step_up(&person.session, &browser, &frame.requester).await?;
        if let Some(challenge) = challenge {
            let next = AfterFactor { flow: Some(handle.to_owned()), to: None };
            return second_factor::lead(app, frame, &challenge, &next, Arrival::Get).await;
        }
    }
    let path = match step {
        Step::SignUp => paths::SIGNUP,
        Step::SelectAccount => paths::LOGIN_ACCOUNTS,
        Step::Consent => paths::CONSENT,
        Step::SetUpFactor => paths::ACCOUNT_SECURITY,
        Step::Login | Step::Reauthenticate | Step::SecondFactor | Step::Issue | Step::Fail(_) => {
            paths::LOGIN
        }
    };
    Ok(see_other(&with_flow(path, handle)))
}

/// A path of ours that stays in the flow.
#[must_use]
pub(super) fn with_flow(path: &str, handle: &str) -> String {
    crate::oauth::response::with_query(path, [("flow", handle)])
}

/// A path of ours that stays in the flow, where there is one.
#[must_use]
pub(super) fn in_flow(path: &str, handle: Option<&str>) -> String {
    handle.map_or_else(|| path.to_owned(), |handle| with_flow(path, handle))
}

/// `303 See Other`, to a path of ours or to a checked redirect URI.
#[must_use]
pub(super) fn see_other(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => {
            let no_store = HeaderValue::from_static("no-store");
            let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, no_store)];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Err(_) => PageError::Fault("a location cannot stand in a header").into_response(),
    }
}
