//! `/account/2fa/totp`: an authenticator app.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::super::flow::see_other;
use super::super::super::form::{PageForm, PageQuery};
use super::super::super::frame::{self, Frame};
use super::super::super::instead::Instead;
use super::super::super::page::Page;
use super::super::super::sessions::BrowserSession;
use super::super::super::views::{AccountPlace, SetUpProblem, SetUpTotpPage};
use super::super::super::{App, paths};
use super::super::proof::GraveAction;
use super::{Changer, OLD_IS_LOST, changer, confirmed_answer, elsewhere, problem, sent, status_of};
use crate::accounts::FirstCode;
use crate::domain::second_factor::FactorKind;
use crate::random;

/// `/account/2fa/totp`: the key, as a picture and in letters, until its first code was typed.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let wish = (GraveAction::SetUpTotp, query.get("flow"));
    let changer = changer(&app, &frame, &session, wish).await?;
    page(&app, &frame, &changer, (false, None)).await
}

async fn page(
    app: &App,
    frame: &Frame,
    changer: &Changer,
    (old_is_lost, problem): (bool, Option<SetUpProblem>),
) -> Result<Response, Instead> {
    let user = &changer.owner.user;
    let owner = changer.owner();
    let mut begun = app.accounts.begun_totp(owner).await?;
    if begun.is_none() {
        if let Err(refusal) = app.accounts.begin_totp(owner).await {
            return Err(elsewhere(refusal, changer));
        }
        begun = app.accounts.begun_totp(owner).await?;
    }
    let Some(begun) = begun else {
        return Ok(see_other(&changer.to(paths::ACCOUNT_SECURITY)));
    };
    let page = SetUpTotpPage {
        shell: changer.shell(app, frame).await?,
        account: frame::account_view(user),
        here: AccountPlace::Security,
        problem,
        replaces: app.accounts.holds(user, FactorKind::Totp).await?,
        old_is_lost,
        picture: begun.picture.to_string(),
        address: begun.address.to_string(),
        key: begun.key.to_string(),
        once: random::identifier(),
    };
    let (status, retry_after) = status_of(problem);
    Ok(Page::new(status, page).retry_after(retry_after).into_response())
}

/// The first code of an app.
pub(crate) async fn confirm(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let sent = sent(&frame, &form);
    let session = session.or_repeated(&app, &sent, &frame.requester).await?;
    let wish = (GraveAction::SetUpTotp, form.flow());
    let changer = changer(&app, &frame, &session, wish).await?;
    let owner = changer.owner();
    let (code, old_is_lost) = (form.text("code"), form.get(OLD_IS_LOST).is_some());
    let repeatable = session.repeatable(&app, &sent);
    let first =
        FirstCode { kind: FactorKind::Totp, code: &code, old_is_lost, sent: repeatable.as_ref() };
    match app.accounts.confirm_factor(owner, first, &frame.requester).await {
        Ok(confirmed) => confirmed_answer(&app, &frame, session, &changer, confirmed).await,
        Err(refusal) => {
            let problem = problem(refusal, FactorKind::Totp, &changer)?;
            page(&app, &frame, &changer, (old_is_lost, Some(problem))).await
        }
    }
}
