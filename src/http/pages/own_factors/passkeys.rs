//! `/account/passkeys`: adding, renaming and removing passkeys.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

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
use super::{Changer, changer, confirmed_answer, elsewhere, noticed, own_passkey, status_of};
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

async fn new_page(
    app: &App,
    frame: &Frame,
    changer: &Changer,
    (new, problem): (NewKey, Option<SetUpProblem>),
) -> Result<Response, Instead> {
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
        name: frame.device_name(app),
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
    let owner = (&changer.owner.user, &changer.owner.session);
    let (name, suggested) = (form.text("name"), frame.device_name(app));
    // Who left the name as it was offered has not chosen one.
    let typed = if name.trim() == suggested { "" } else { &name };
    let (names, browser) = ((typed, &*suggested), frame.browser.digest());
    match app.accounts.add_passkey(owner, &answer, names, &browser, &frame.requester).await {
        Ok(confirmed) => confirmed_answer(app, frame, session, changer, confirmed).await,
        Err(EnrolmentRefusal::Code(_) | EnrolmentRefusal::NotBegun) => {
            let problem = problem_of(&FactorRefusal::Wrong, FactorKind::Passkey);
            new_page(app, frame, changer, (new, Some(SetUpProblem::Code(problem)))).await
        }
        Err(refusal) => Err(elsewhere(refusal, changer)),
    }
}

/// `/account/passkeys/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(id): Path<String>,
) -> Result<Response, Instead> {
    let wish = (GraveAction::ChangeFactors, None);
    let changer = changer(&app, &frame, &session, wish).await?;
    let view = app.accounts.factors(&changer.owner.user).await?;
    let Some(passkey) = view.passkeys.iter().find(|passkey| passkey.id == id) else {
        return Err(PageError::NotFound.into());
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
pub(crate) async fn rename(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(id): Path<String>,
    form: PageForm,
) -> Result<Response, Instead> {
    let wish = (GraveAction::ChangeFactors, None);
    let changer = changer(&app, &frame, &session, wish).await?;
    match app.accounts.rename_passkey(&changer.owner.user, &id, &form.text("name")).await {
        Ok(()) => Ok(noticed(&changer, SecurityNotice::Renamed)),
        Err(EnrolmentRefusal::NotThere) => Err(PageError::NotFound.into()),
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
    let wish = (GraveAction::ChangeFactors, None);
    let changer = changer(&app, &frame, &session, wish).await?;
    match app.accounts.remove_passkey(&changer.owner.user, &id, &frame.requester).await {
        Ok(()) => Ok(noticed(&changer, SecurityNotice::Removed)),
        Err(EnrolmentRefusal::NotThere) => Err(PageError::NotFound.into()),
        Err(refusal) => Err(elsewhere(refusal, &changer)),
    }
}
