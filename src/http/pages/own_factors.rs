//! `/account/security` and what hangs on it: how a person signs in, beside their password.
//!
//! Every change asks for a proof first; who has a second factor has to have given one in this
//! session. Where an application or the installation requires a factor, its request travels along
//! and goes on once one is set up.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::flow::{self, Arrival, Kept, see_other};
use super::super::form::PageForm;
use super::super::frame::{self, Frame};
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::views::{
    AccountPlace, BackupCodesPage, FactorProblem, NewBackupCodesPage, NewPasskeyPage, OwnFactor,
    OwnPasskey, PasskeyPage, RemoveFactorPage, SecurityNotice, SecurityPage, SetUpCodePage,
    SetUpProblem, SetUpTotpPage, Shell,
};
use super::super::{App, paths};
use super::login::minutes;
use super::proof::{GraveAction, Owner, owner_at};
use super::required_factor;
use super::second_factor::{self, AfterFactor, problem_of};
use crate::accounts::{Assertion, ConfirmedFactor, EnrolmentRefusal, FactorRefusal, FactorsView};
use crate::domain::PlainToken;
use crate::domain::second_factor::FactorKind;
use crate::oauth::Parameters;
use crate::oauth::response::with_query;

/// Somebody who may change how they sign in.
struct Changer {
    owner: Owner,
    kept: Option<Kept>,
}

impl Changer {
    fn flow(&self) -> Option<&str> {
        self.kept.as_ref().map(|kept| kept.handle.expose())
    }

    fn to(&self, path: &str) -> String {
        in_flow(path, self.flow())
    }
}

fn in_flow(path: &str, flow: Option<&str>) -> String {
    flow.map_or_else(|| path.to_owned(), |flow| flow::with_flow(path, flow))
}

/// Who may change how they sign in; `Err` leads to the proof that is missing.
async fn changer(
    app: &App,
    frame: &Frame,
    session: &BrowserSession,
    (action, flow): (GraveAction, Option<&str>),
) -> Result<Result<Changer, Response>, PageError> {
    let owner = match required_factor::owner(app, session, action.path()).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(Err(answer)),
    };
    if app.accounts.must_step_up(&owner.session, &owner.user).await? {
        let browser = frame.browser.digest();
        let begun = app.accounts.step_up(&owner.session, &browser, &frame.requester).await?;
        if let Some(challenge) = begun {
            let next = AfterFactor { flow: flow.map(str::to_owned), to: Some(action) };
            let led = second_factor::lead(app, frame, &challenge, &next, Arrival::Get).await?;
            return Ok(Err(led));
        }
    }
    if !app.accounts.is_proven(&owner.session) {
        let query = [("to", action.name())].into_iter().chain(flow.map(|flow| ("flow", flow)));
        return Ok(Err(see_other(&with_query(paths::LOGIN_REAUTH, query))));
    }
    let kept = flow::find(app, frame, flow).await?;
    Ok(Ok(Changer { owner, kept }))
}

async fn shell(app: &App, frame: &Frame, kept: Option<&Kept>) -> Result<Shell, PageError> {
    frame::shell_of(app, frame, kept).await
}

fn query_of(query: Option<String>) -> Parameters {
    Parameters::from_form(query.unwrap_or_default().as_bytes())
}

/// `/account/security`
pub(crate) async fn security(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let owner = match required_factor::owner(&app, &session, paths::ACCOUNT_SECURITY).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    let query = query_of(query);
    let flow = query.get("flow");
    if let Some(answer) = required_factor::onward(&app, &frame, &headers, &owner, flow).await? {
        return Ok(answer);
    }
    let kept = flow::find(&app, &frame, flow).await?;
    let notice = query.get("notice").and_then(SecurityNotice::named);
    let view = app.accounts.factors(&owner.user).await?;
    let is_asked = kept.is_some() || view.is_required;
    let has_none = view.factors.is_empty() && view.passkeys.is_empty();
    let shell = shell(&app, &frame, kept.as_ref()).await?;
    let page = SecurityPage {
        account: frame::account_view(&owner.user),
        here: AccountPlace::Security,
        notice,
        must_set_up: is_asked && has_none,
        can_continue: kept.is_some() && !has_none,
        passkeys_offered: view.offered.contains(&FactorKind::Passkey),
        passkeys: view.passkeys.iter().map(|passkey| own_passkey(&shell, passkey)).collect(),
        factors: own_factors(&shell, &view),
        backup_codes: (!has_none).then(|| u32::try_from(view.backup_codes_left).unwrap_or(0)),
        trusted_browsers: u32::try_from(view.trusted_browsers).unwrap_or(0),
        shell,
    };
    Ok(Page::ok(page).into_response())
}

fn own_passkey(shell: &Shell, passkey: &crate::store::passkeys::Passkey) -> OwnPasskey {
    OwnPasskey {
        id: passkey.id.clone(),
        name: passkey.name.clone(),
        added: frame::moment_view(shell, passkey.created_at),
        last_used: passkey.last_used_at.map(|time| frame::moment_view(shell, time)),
    }
}

/// What is set up, and what could be.
fn own_factors(shell: &Shell, view: &FactorsView) -> Vec<OwnFactor> {
    let kinds = [FactorKind::Totp, FactorKind::Sms, FactorKind::Email];
    let lines = kinds.into_iter().map(|kind| {
        let held = view.factors.iter().find(|factor| factor.kind == kind);
        OwnFactor {
            kind,
            added: held.map(|factor| frame::moment_view(shell, factor.confirmed_at)),
            last_used: held
                .and_then(|factor| factor.last_used_at)
                .map(|time| frame::moment_view(shell, time)),
            phone: held.and_then(|factor| factor.phone.clone()).unwrap_or_default(),
            is_offered: view.offered.contains(&kind),
        }
    });
    lines.filter(|line| line.added.is_some() || line.is_offered).collect()
}

fn refused(refusal: &EnrolmentRefusal, kind: FactorKind) -> Option<SetUpProblem> {
    Some(match refusal {
        EnrolmentRefusal::PhoneMalformed => SetUpProblem::PhoneMalformed,
        EnrolmentRefusal::Code(refusal) => SetUpProblem::Code(problem_of(refusal, kind)),
        EnrolmentRefusal::Throttled { retry_after_seconds } => {
            SetUpProblem::Code(FactorProblem::Throttled {
                minutes: minutes(*retry_after_seconds),
                seconds: *retry_after_seconds,
            })
        }
        _ => return None,
    })
}

/// What there is to do where a page cannot say it: back to the overview, or a fault.
fn otherwise(refusal: EnrolmentRefusal, changer: &Changer) -> Result<Response, PageError> {
    match refusal {
        EnrolmentRefusal::Fault(fault) => Err(fault.into()),
        EnrolmentRefusal::SessionOver => Ok(see_other(paths::LOGIN)),
        EnrolmentRefusal::LastOne => Ok(noticed(changer, SecurityNotice::LastOne)),
        EnrolmentRefusal::NotBegun => Ok(noticed(changer, SecurityNotice::BeginAgain)),
        EnrolmentRefusal::EmailNotVerified => {
            Ok(noticed(changer, SecurityNotice::EmailNotVerified))
        }
        _ => Ok(see_other(&changer.to(paths::ACCOUNT_SECURITY))),
    }
}

fn noticed(changer: &Changer, notice: SecurityNotice) -> Response {
    let flow = changer.flow().map(|flow| ("flow", flow));
    let query = flow.into_iter().chain([("notice", notice.name())]);
    see_other(&with_query(paths::ACCOUNT_SECURITY, query))
}

fn status_of(problem: Option<SetUpProblem>) -> (StatusCode, Option<i64>) {
    match problem {
        None => (StatusCode::OK, None),
        Some(SetUpProblem::Code(FactorProblem::Throttled { seconds, .. })) => {
            (StatusCode::TOO_MANY_REQUESTS, Some(seconds))
        }
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
    }
}

fn with_retry(mut response: Response, retry_after: Option<i64>) -> Response {
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// `/account/2fa/totp`: the key, as a picture and in letters, until its first code was typed.
pub(crate) async fn show_totp(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let query = query_of(query);
    let wish = (GraveAction::SetUpTotp, query.get("flow"));
    let changer = match changer(&app, &frame, &session, wish).await? {
        Ok(changer) => changer,
        Err(answer) => return Ok(answer),
    };
    totp_page(&app, &frame, &changer, None).await
}

async fn totp_page(
    app: &App,
    frame: &Frame,
    changer: &Changer,
    problem: Option<SetUpProblem>,
) -> Result<Response, PageError> {
    let user = &changer.owner.user;
    let mut begun = app.accounts.begun_totp(user).await?;
    if begun.is_none() {
        if let Err(refusal) = app.accounts.begin_totp(user).await {
            return otherwise(refusal, changer);
        }
        begun = app.accounts.begun_totp(user).await?;
    }
    let Some(begun) = begun else {
        return Ok(see_other(&changer.to(paths::ACCOUNT_SECURITY)));
    };
    let page = SetUpTotpPage {
        shell: shell(app, frame, changer.kept.as_ref()).await?,
        account: frame::account_view(user),
        here: AccountPlace::Security,
        problem,
        picture: begun.picture.to_string(),
        address: begun.address.to_string(),
        key: begun.key.to_string(),
    };
    let (status, retry_after) = status_of(problem);
    Ok(with_retry(Page::new(status, page).into_response(), retry_after))
}

/// The first code of an app.
pub(crate) async fn confirm_totp(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, PageError> {
    let wish = (GraveAction::SetUpTotp, form.flow());
    let changer = match changer(&app, &frame, &session, wish).await? {
        Ok(changer) => changer,
        Err(answer) => return Ok(answer),
    };
    let owner = (&changer.owner.user, &changer.owner.session);
    let (kind, code) = (FactorKind::Totp, form.text("code"));
    match app.accounts.confirm_factor(owner, kind, &code, &frame.requester).await {
        Ok(confirmed) => confirmed_answer(&app, &frame, session, &changer, confirmed).await,
        Err(refusal) => match refused(&refusal, kind) {
            Some(problem) => totp_page(&app, &frame, &changer, Some(problem)).await,
            None => otherwise(refusal, &changer),
        },
    }
}

/// A factor counts: another cookie for a session that proved more, and the first backup codes.
async fn confirmed_answer(
    app: &App,
    frame: &Frame,
    session: BrowserSession,
    changer: &Changer,
    confirmed: ConfirmedFactor,
) -> Result<Response, PageError> {
    session.begin(&confirmed.signed_in.session).await?;
    match confirmed.backup_codes {
        Some(codes) => codes_page(app, frame, changer, codes).await,
        None => Ok(noticed(changer, SecurityNotice::Added)),
    }
}

async fn codes_page(
    app: &App,
    frame: &Frame,
    changer: &Changer,
    codes: Vec<String>,
) -> Result<Response, PageError> {
    let shell = shell(app, frame, changer.kept.as_ref()).await?;
    let page = NewBackupCodesPage {
        account: frame::account_view(&changer.owner.user),
        here: AccountPlace::Security,
        codes,
        made: frame::moment_view(&shell, app.now()),
        shell,
    };
    Ok(Page::ok(page).into_response())
}

/// The kinds that are set up by a code which is sent.
fn sent_kind(method: &str) -> Option<(FactorKind, GraveAction)> {
    match FactorKind::named(method)? {
        FactorKind::Sms => Some((FactorKind::Sms, GraveAction::SetUpSms)),
        FactorKind::Email => Some((FactorKind::Email, GraveAction::SetUpEmail)),
        _ => None,
    }
}

/// There is no such page; who is not signed in is not told so much.
async fn no_such_page(app: &App, session: &BrowserSession) -> Result<Response, PageError> {
    match owner_at(app, session, paths::ACCOUNT_SECURITY).await? {
        Ok(_) => Err(PageError::NotFound),
        Err(answer) => Ok(answer),
    }
}

/// `/account/2fa/sms` and `/account/2fa/email`
pub(crate) async fn show_code(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(method): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let Some((kind, action)) = sent_kind(&method) else {
        return no_such_page(&app, &session).await;
    };
    let query = query_of(query);
    let changer = match changer(&app, &frame, &session, (action, query.get("flow"))).await? {
        Ok(changer) => changer,
        Err(answer) => return Ok(answer),
    };
    let wants_another = query.get("another").is_some();
    code_page(&app, &frame, &changer, kind, (wants_another, String::new(), None)).await
}

async fn code_page(
    app: &App,
    frame: &Frame,
    changer: &Changer,
    kind: FactorKind,
    (wants_another, phone, problem): (bool, String, Option<SetUpProblem>),
) -> Result<Response, PageError> {
    let user = &changer.owner.user;
    if !app.accounts.offers(user, kind).await? {
        return Ok(see_other(&changer.to(paths::ACCOUNT_SECURITY)));
    }
    let sent_to = app.accounts.begun_code_factor(user, kind).await?;
    let page = SetUpCodePage {
        shell: shell(app, frame, changer.kept.as_ref()).await?,
        account: frame::account_view(user),
        here: AccountPlace::Security,
        kind,
        problem,
        sent_to: sent_to.filter(|_| !wants_another),
        phone,
    };
    let (status, retry_after) = status_of(problem);
    Ok(with_retry(Page::new(status, page).into_response(), retry_after))
}

/// Sends a code to the telephone or the mailbox that is to be set up.
pub(crate) async fn begin_code(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(method): Path<String>,
    form: PageForm,
) -> Result<Response, PageError> {
    let Some((kind, action)) = sent_kind(&method) else {
        return no_such_page(&app, &session).await;
    };
    let changer = match changer(&app, &frame, &session, (action, form.flow())).await? {
        Ok(changer) => changer,
        Err(answer) => return Ok(answer),
    };
    let typed = form.text("phone");
    let phone = (kind == FactorKind::Sms).then_some(typed.as_str());
    let locale = frame.locale(&app).lang();
    let user = &changer.owner.user;
    match app.accounts.begin_code_factor(user, phone, locale, &frame.requester).await {
        Ok(()) => Ok(see_other(&changer.to(action.path()))),
        Err(refusal) => match refused(&refusal, kind) {
            Some(problem) => {
                let shown = (true, typed, Some(problem));
                code_page(&app, &frame, &changer, kind, shown).await
            }
            None => otherwise(refusal, &changer),
        },
    }
}

/// The code that was sent to what is to be set up.
pub(crate) async fn confirm_code(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(method): Path<String>,
    form: PageForm,
) -> Result<Response, PageError> {
    let Some((kind, action)) = sent_kind(&method) else {
        return no_such_page(&app, &session).await;
    };
    let changer = match changer(&app, &frame, &session, (action, form.flow())).await? {
        Ok(changer) => changer,
        Err(answer) => return Ok(answer),
    };
    let owner = (&changer.owner.user, &changer.owner.session);
    match app.accounts.confirm_factor(owner, kind, &form.text("code"), &frame.requester).await {
        Ok(confirmed) => confirmed_answer(&app, &frame, session, &changer, confirmed).await,
        Err(refusal) => match refused(&refusal, kind) {
            Some(problem) => {
                let shown = (false, String::new(), Some(problem));
                code_page(&app, &frame, &changer, kind, shown).await
            }
            None => otherwise(refusal, &changer),
        },
    }
}

/// `/account/2fa/backup-codes`
pub(crate) async fn show_backup_codes(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let query = query_of(query);
    let wish = (GraveAction::RenewBackupCodes, query.get("flow"));
    let changer = match changer(&app, &frame, &session, wish).await? {
        Ok(changer) => changer,
        Err(answer) => return Ok(answer),
    };
    let view = app.accounts.factors(&changer.owner.user).await?;
    if view.factors.is_empty() && view.passkeys.is_empty() {
        return Ok(see_other(&changer.to(paths::ACCOUNT_SECURITY)));
    }
    let page = BackupCodesPage {
        shell: shell(&app, &frame, changer.kept.as_ref()).await?,
        account: frame::account_view(&changer.owner.user),
        here: AccountPlace::Security,
        left: u32::try_from(view.backup_codes_left).unwrap_or(0),
    };
    Ok(Page::ok(page).into_response())
}

/// A new set of backup codes.
pub(crate) async fn renew_backup_codes(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, PageError> {
    let wish = (GraveAction::RenewBackupCodes, form.flow());
    let changer = match changer(&app, &frame, &session, wish).await? {
        Ok(changer) => changer,
        Err(answer) => return Ok(answer),
    };
    match app.accounts.renew_backup_codes(&changer.owner.user, &frame.requester).await {
        Ok(codes) => codes_page(&app, &frame, &changer, codes).await,
        Err(refusal) => otherwise(refusal, &changer),
    }
}

/// The kinds that are removed as a whole.
fn removable(method: &str) -> Option<FactorKind> {
    FactorKind::named(method)
        .filter(|kind| matches!(kind, FactorKind::Totp | FactorKind::Sms | FactorKind::Email))
}

/// `/account/2fa/{method}/remove`: what removing it means.
pub(crate) async fn show_removal(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(method): Path<String>,
) -> Result<Response, PageError> {
    let Some(kind) = removable(&method) else { return no_such_page(&app, &session).await };
    let wish = (GraveAction::ChangeFactors, None);
    let changer = match changer(&app, &frame, &session, wish).await? {
        Ok(changer) => changer,
        Err(answer) => return Ok(answer),
    };
    let view = app.accounts.factors(&changer.owner.user).await?;
    let Some(held) = view.factors.iter().find(|factor| factor.kind == kind) else {
        return Ok(see_other(paths::ACCOUNT_SECURITY));
    };
    let page = RemoveFactorPage {
        shell: frame.shell(&app),
        account: frame::account_view(&changer.owner.user),
        here: AccountPlace::Security,
        kind,
        phone: held.phone.clone().unwrap_or_default(),
        is_last: view.factors.len() + view.passkeys.len() == 1,
        is_required: view.is_required,
    };
    Ok(Page::ok(page).into_response())
}

/// Removes a factor.
pub(crate) async fn remove(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(method): Path<String>,
    _form: PageForm,
) -> Result<Response, PageError> {
    let Some(kind) = removable(&method) else { return no_such_page(&app, &session).await };
    let wish = (GraveAction::ChangeFactors, None);
    let changer = match changer(&app, &frame, &session, wish).await? {
        Ok(changer) => changer,
        Err(answer) => return Ok(answer),
    };
    match app.accounts.remove_factor(&changer.owner.user, kind, &frame.requester).await {
        Ok(()) => Ok(noticed(&changer, SecurityNotice::Removed)),
        Err(refusal) => otherwise(refusal, &changer),
    }
}

/// Every browser is asked for a second factor again.
pub(crate) async fn forget_browsers(
    State(app): State<App>,
    session: BrowserSession,
    _form: PageForm,
) -> Result<Response, PageError> {
    let owner = match owner_at(&app, &session, paths::ACCOUNT_SECURITY).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    app.accounts.forget_trusted_browsers(&owner.user).await?;
    let notice = SecurityNotice::BrowsersForgotten.name();
    Ok(see_other(&with_query(paths::ACCOUNT_SECURITY, [("notice", notice)])))
}

/// `/account/passkeys/new`
pub(crate) async fn show_new_passkey(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let query = query_of(query);
    let wish = (GraveAction::AddPasskey, query.get("flow"));
    let changer = match changer(&app, &frame, &session, wish).await? {
        Ok(changer) => changer,
        Err(answer) => return Ok(answer),
    };
    new_passkey_page(&app, &frame, &changer, None).await
}

async fn new_passkey_page(
    app: &App,
    frame: &Frame,
    changer: &Changer,
    problem: Option<SetUpProblem>,
) -> Result<Response, PageError> {
    let user = &changer.owner.user;
    let begun = match app.accounts.begin_passkey(user, &frame.browser.digest()).await {
        Ok(begun) => begun,
        Err(refusal) => return otherwise(refusal, changer),
    };
    let page = NewPasskeyPage {
        shell: shell(app, frame, changer.kept.as_ref()).await?,
        account: frame::account_view(user),
        here: AccountPlace::Security,
        problem,
        ceremony: begun.handle.expose().to_owned(),
        options: begun.options,
        name: frame.device_name(app),
    };
    let (status, retry_after) = status_of(problem);
    Ok(with_retry(Page::new(status, page).into_response(), retry_after))
}

/// What an authenticator made.
pub(crate) async fn add_passkey(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, PageError> {
    let wish = (GraveAction::AddPasskey, form.flow());
    let changer = match changer(&app, &frame, &session, wish).await? {
        Ok(changer) => changer,
        Err(answer) => return Ok(answer),
    };
    let answer = Assertion {
        handle: PlainToken::new(&form.text("ceremony")),
        credential: form.text("assertion"),
    };
    let owner = (&changer.owner.user, &changer.owner.session);
    let (name, browser) = (form.text("name"), frame.browser.digest());
    match app.accounts.add_passkey(owner, &answer, &name, &browser, &frame.requester).await {
        Ok(confirmed) => confirmed_answer(&app, &frame, session, &changer, confirmed).await,
        Err(EnrolmentRefusal::Code(_) | EnrolmentRefusal::NotBegun) => {
            let problem = problem_of(&FactorRefusal::Wrong, FactorKind::Passkey);
            new_passkey_page(&app, &frame, &changer, Some(SetUpProblem::Code(problem))).await
        }
        Err(refusal) => otherwise(refusal, &changer),
    }
}

/// `/account/passkeys/{id}`
pub(crate) async fn show_passkey(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let wish = (GraveAction::ChangeFactors, None);
    let changer = match changer(&app, &frame, &session, wish).await? {
        Ok(changer) => changer,
        Err(answer) => return Ok(answer),
    };
    let view = app.accounts.factors(&changer.owner.user).await?;
    let Some(passkey) = view.passkeys.iter().find(|passkey| passkey.id == id) else {
        return Err(PageError::NotFound);
    };
    let shell = frame.shell(&app);
    let page = PasskeyPage {
        account: frame::account_view(&changer.owner.user),
        here: AccountPlace::Security,
        passkey: own_passkey(&shell, passkey),
        is_last: view.factors.len() + view.passkeys.len() == 1,
        is_required: view.is_required,
        shell,
    };
    Ok(Page::ok(page).into_response())
}

/// Another name for a passkey.
pub(crate) async fn rename_passkey(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(id): Path<String>,
    form: PageForm,
) -> Result<Response, PageError> {
    let wish = (GraveAction::ChangeFactors, None);
    let changer = match changer(&app, &frame, &session, wish).await? {
        Ok(changer) => changer,
        Err(answer) => return Ok(answer),
    };
    match app.accounts.rename_passkey(&changer.owner.user, &id, &form.text("name")).await {
        Ok(()) => Ok(noticed(&changer, SecurityNotice::Renamed)),
        Err(EnrolmentRefusal::NotThere) => Err(PageError::NotFound),
        Err(refusal) => otherwise(refusal, &changer),
    }
}

/// Removes a passkey.
pub(crate) async fn remove_passkey(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(id): Path<String>,
    _form: PageForm,
) -> Result<Response, PageError> {
    let wish = (GraveAction::ChangeFactors, None);
    let changer = match changer(&app, &frame, &session, wish).await? {
        Ok(changer) => changer,
        Err(answer) => return Ok(answer),
    };
    match app.accounts.remove_passkey(&changer.owner.user, &id, &frame.requester).await {
        Ok(()) => Ok(noticed(&changer, SecurityNotice::Removed)),
        Err(EnrolmentRefusal::NotThere) => Err(PageError::NotFound),
        Err(refusal) => otherwise(refusal, &changer),
    }
}
