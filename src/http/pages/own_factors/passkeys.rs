//! `/account/passkeys`: adding, renaming and removing passkeys.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use ulid::Ulid;

use super::super::super::App;
use super::super::super::form::{PageForm, PageQuery};
use super::super::super::frame::{self, Frame};
use super::super::super::instead::Instead;
use super::super::super::page::Page;
use super::super::super::page_error::PageError;
use super::super::super::sessions::BrowserSession;
use super::super::super::views::{
    AccountPlace, NewPasskeyPage, PasskeyPage, SecurityNotice, SetUpProblem,
};
use super::super::proof::GraveAction;
use super::super::second_factor::problem_of;
use super::{Changer, changer, confirmed_answer, elsewhere, noticed, own_passkey, sent, status_of};
use crate::accounts::{Assertion, EnrolmentRefusal, FactorRefusal, NewKey};
use crate::domain::PlainToken;
use crate::domain::second_factor::FactorKind;

/// `/account/passkeys/new`
pub(crate) async fn show_new(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let wish = (GraveAction::AddPasskey, query.get("flow"));
    let changer = changer(&app, &frame, &session, wish).await?;
    new_page(&app, &frame, &changer, (NewKey::Passkey, None)).await
}

/// `/account/security-keys/new`
pub(crate) async fn show_new_key(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let wish = (GraveAction::AddSecurityKey, query.get("flow"));
    let changer = changer(&app, &frame, &session, wish).await?;
    new_page(&app, &frame, &changer, (NewKey::SecurityKey, None)).await
}

/// What was not taken, and the name that was typed beside it.
struct Retry {
    refusal: FactorRefusal,
    name: String,
}

async fn new_page(
    app: &App,
    frame: &Frame,
    changer: &Changer,
    (new, retry): (NewKey, Option<Retry>),
) -> Result<Response, Instead> {
    let problem = retry.as_ref().map(|retry| problem_of(&retry.refusal, FactorKind::Passkey));
    let problem = problem.map(SetUpProblem::Code);
    let typed = retry.map(|retry| retry.name).filter(|name| !name.trim().is_empty());
    let user = &changer.owner.user;
    let begun = match app.accounts.begin_passkey(user, new, &frame.browser.digest()).await {
        Ok(begun) => begun,
        Err(refusal) => return Err(elsewhere(refusal, changer)),
    };
    let page = NewPasskeyPage {
        shell: changer.shell(app, frame).await?,
        account: frame::account_view(user),
        here: AccountPlace::Security,
        problem,
        ceremony: begun.handle.expose().to_owned(),
        options: begun.options,
        lifetime: begun.lifetime,
        name: typed.unwrap_or_else(|| frame.device_name(app)),
        is_security_key: new == NewKey::SecurityKey,
    };
    let (status, retry_after) = status_of(problem);
    Ok(Page::new(status, page).retry_after(retry_after).into_response())
}

/// What an authenticator made.
pub(crate) async fn add(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let session = session.or_repeated(&app, &sent(&frame, &form), &frame.requester).await?;
    let wish = (GraveAction::AddPasskey, form.flow());
    let changer = changer(&app, &frame, &session, wish).await?;
    added(&app, &frame, session, (&changer, NewKey::Passkey), &form).await
}

/// What a security key made.
pub(crate) async fn add_key(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let session = session.or_repeated(&app, &sent(&frame, &form), &frame.requester).await?;
    let wish = (GraveAction::AddSecurityKey, form.flow());
    let changer = changer(&app, &frame, &session, wish).await?;
    added(&app, &frame, session, (&changer, NewKey::SecurityKey), &form).await
}

async fn added(
    app: &App,
    frame: &Frame,
    session: BrowserSession,
    (changer, new): (&Changer, NewKey),
    form: &PageForm,
) -> Result<Response, Instead> {
    let answer = Assertion {
        handle: PlainToken::new(&form.text("ceremony")),
        credential: form.text("assertion"),
    };
    let owner = changer.owner();
    let (name, suggested) = (form.text("name"), frame.device_name(app));
    // Who left the name as it was offered has not chosen one.
    let typed = if name.trim() == suggested { "" } else { &name };
    let (names, browser) = ((typed, &*suggested), frame.browser.digest());
    let repeatable = session.repeatable(app, &sent(frame, form));
    let from = (&browser, repeatable.as_ref());
    match app.accounts.add_passkey(owner, &answer, names, from, &frame.requester).await {
        Ok(confirmed) => confirmed_answer(app, frame, session, changer, confirmed).await,
        Err(EnrolmentRefusal::Code(_)) => {
            let retry = Retry { refusal: FactorRefusal::Wrong, name };
            new_page(app, frame, changer, (new, Some(retry))).await
        }
        Err(EnrolmentRefusal::NotBegun) => {
            let retry = Retry { refusal: FactorRefusal::CodeOver, name };
            new_page(app, frame, changer, (new, Some(retry))).await
        }
        Err(refusal) => Err(elsewhere(refusal, changer)),
    }
}

/// What is done to the passkey of this id; where it is the id of none, there is nothing to come
/// back to but the overview.
fn change_of(id: &str) -> GraveAction {
    Ulid::from_string(id).map_or(GraveAction::ChangeFactors, GraveAction::ChangePasskey)
}

/// Back to the overview, which says that a passkey of this id is not there any more; what is no id
/// at all is no place.
fn gone(changer: &Changer, id: &str) -> Result<Response, Instead> {
    if Ulid::from_string(id).is_err() {
        return Err(PageError::NotFound.into());
    }
    Ok(noticed(changer, SecurityNotice::PasskeyGone))
}

/// `/account/passkeys/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(id): Path<String>,
) -> Result<Response, Instead> {
    let changer = changer(&app, &frame, &session, (change_of(&id), None)).await?;
    let view = app.accounts.factors(&changer.owner.user).await?;
    let Some(passkey) = view.passkeys.iter().find(|passkey| passkey.id == id) else {
        return gone(&changer, &id);
    };
    let shell = frame.shell(&app);
    let page = PasskeyPage {
        account: frame::account_view(&changer.owner.user),
        here: AccountPlace::Security,
        passkey: own_passkey(&shell, passkey),
        is_last: view.factors.len() + view.passkeys.len() == 1,
        is_required: view.is_required,
        is_last_way_in: !view.has_password
            && view.passkeys.iter().all(|other| other.is_second_only || other.id == id),
        shell,
    };
    Ok(Page::ok(page).into_response())
}

/// Another name for a passkey.
pub(crate) async fn rename(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(id): Path<String>,
    form: PageForm,
) -> Result<Response, Instead> {
    let changer = changer(&app, &frame, &session, (change_of(&id), None)).await?;
    match app.accounts.rename_passkey(&changer.owner.session, &id, &form.text("name")).await {
        Ok(()) => Ok(noticed(&changer, SecurityNotice::Renamed)),
        Err(EnrolmentRefusal::NotThere) => gone(&changer, &id),
        Err(refusal) => Err(elsewhere(refusal, &changer)),
    }
}

/// Removes a passkey.
pub(crate) async fn remove(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(id): Path<String>,
    _form: PageForm,
) -> Result<Response, Instead> {
    let changer = changer(&app, &frame, &session, (change_of(&id), None)).await?;
    match app.accounts.remove_passkey(changer.owner(), &id, &frame.requester).await {
        Ok(()) => Ok(noticed(&changer, SecurityNotice::Removed)),
        Err(EnrolmentRefusal::NotThere) => gone(&changer, &id),
        Err(refusal) => Err(elsewhere(refusal, &changer)),
    }
}
