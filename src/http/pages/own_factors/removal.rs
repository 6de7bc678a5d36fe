//! `/account/2fa/{method}/remove`

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::super::super::flow::see_other;
use super::super::super::form::PageForm;
use super::super::super::frame::{self, Frame};
use super::super::super::instead::Instead;
use super::super::super::page::Page;
use super::super::super::sessions::BrowserSession;
use super::super::super::views::{AccountPlace, RemoveFactorPage, SecurityNotice};
use super::super::super::{App, paths};
use super::super::proof::GraveAction;
use super::{changer, elsewhere, no_such_page, noticed};
use crate::domain::second_factor::FactorKind;

/// The kinds that are removed as a whole.
fn removable(method: &str) -> Option<(FactorKind, GraveAction)> {
    match FactorKind::named(method)? {
        FactorKind::Totp => Some((FactorKind::Totp, GraveAction::RemoveTotp)),
        FactorKind::Sms => Some((FactorKind::Sms, GraveAction::RemoveSms)),
        FactorKind::Email => Some((FactorKind::Email, GraveAction::RemoveEmail)),
        _ => None,
    }
}

/// `/account/2fa/{method}/remove`: what removing it means.
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    Path(method): Path<String>,
) -> Result<Response, Instead> {
    let Some((kind, action)) = removable(&method) else {
        return no_such_page(&app, &session).await;
    };
    let changer = changer(&app, &frame, &session, (action, None)).await?;
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
        is_offered: view.offered.contains(&kind),
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
) -> Result<Response, Instead> {
    let Some((kind, action)) = removable(&method) else {
        return no_such_page(&app, &session).await;
    };
    let changer = changer(&app, &frame, &session, (action, None)).await?;
    match app.accounts.remove_factor(changer.owner(), kind, &frame.requester).await {
        Ok(()) => Ok(noticed(&changer, SecurityNotice::Removed)),
        Err(refusal) => Err(elsewhere(refusal, &changer)),
    }
}
