//! `/account/2fa/backup-codes`

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::super::flow::see_other;
use super::super::super::form::{PageForm, PageQuery};
use super::super::super::frame::{self, Frame};
use super::super::super::instead::Instead;
use super::super::super::page::Page;
use super::super::super::sessions::BrowserSession;
use super::super::super::views::{AccountPlace, BackupCodesPage};
use super::super::super::{App, paths};
use super::super::proof::GraveAction;
use super::{changer, codes_page, elsewhere};

/// Leads here whoever may not have seen the codes that were made with their second factor.
pub(super) const LOST: (&str, &str) = ("notice", "on");

/// `/account/2fa/backup-codes`
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let wish = (GraveAction::RenewBackupCodes, query.get("flow"));
    let changer = changer(&app, &frame, &session, wish).await?;
    let view = app.accounts.factors(&changer.owner.user).await?;
    if view.factors.is_empty() && view.passkeys.is_empty() {
        return Ok(see_other(&changer.to(paths::ACCOUNT_SECURITY)));
    }
    let page = BackupCodesPage {
        shell: changer.shell(&app, &frame).await?,
        account: frame::account_view(&changer.owner.user),
        here: AccountPlace::Security,
        may_be_lost: query.get(LOST.0) == Some(LOST.1),
        left: u32::try_from(view.backup_codes_left).unwrap_or(0),
    };
    Ok(Page::ok(page).into_response())
}

/// A new set of backup codes.
pub(crate) async fn renew(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    form: PageForm,
) -> Result<Response, Instead> {
    let wish = (GraveAction::RenewBackupCodes, form.flow());
    let changer = changer(&app, &frame, &session, wish).await?;
    match app.accounts.renew_backup_codes(changer.owner(), &frame.requester).await {
        Ok(codes) => codes_page(&app, &frame, &changer, codes).await,
        Err(refusal) => Err(elsewhere(refusal, &changer)),
    }
}
