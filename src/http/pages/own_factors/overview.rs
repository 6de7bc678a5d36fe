//! `/account/security`: what is set up and what could be.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::super::super::flow::{self, see_other};
use super::super::super::form::{PageForm, PageQuery};
use super::super::super::frame::{self, Frame};
use super::super::super::instead::Instead;
use super::super::super::page::Page;
use super::super::super::sessions::BrowserSession;
use super::super::super::views::{
    AccountPlace, OwnFactor, OwnPassword, SecurityNotice, SecurityPage, Shell,
};
use super::super::super::{App, paths};
use super::super::activity;
use super::super::proof::owner_at;
use super::super::required_factor;
use super::own_passkey;
use crate::accounts::FactorsView;
use crate::domain::second_factor::FactorKind;
use crate::oauth::response::with_query;

/// `/account/security`
pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    headers: HeaderMap,
    PageQuery(query): PageQuery,
) -> Result<Response, Instead> {
    let owner = required_factor::owner(&app, &session, paths::ACCOUNT_SECURITY).await?;
    let flow = query.get("flow");
    if let Some(answer) = required_factor::onward(&app, &frame, &headers, &owner, flow).await? {
        return Ok(answer);
    }
    let kept = flow::find(&app, &frame, flow).await?;
    let notice = query.get("notice").and_then(SecurityNotice::named);
    let view = app.accounts.factors(&owner.user).await?;
    let is_asked = kept.is_some() || view.is_required;
    let has_none = view.factors.is_empty() && view.passkeys.is_empty();
    let shell = frame::shell_of(&app, &frame, kept.as_ref()).await?;
    let page = SecurityPage {
        account: frame::account_view(&owner.user),
        here: AccountPlace::Security,
        notice,
        password: match app.accounts.new_password_reason(&owner.user) {
            _ if !view.has_password => OwnPassword::Missing,
            Some(reason) => OwnPassword::ToReplace(reason),
            None => OwnPassword::Kept,
        },
        must_set_up: is_asked && has_none,
        can_continue: kept.is_some() && !has_none,
        passkeys_offered: view.offered.contains(&FactorKind::Passkey),
        passkeys: view.passkeys.iter().map(|passkey| own_passkey(&shell, passkey)).collect(),
        factors: own_factors(&shell, &view),
        backup_codes: (!has_none).then(|| u32::try_from(view.backup_codes_left).unwrap_or(0)),
        trusted_browsers: u32::try_from(view.trusted_browsers).unwrap_or(0),
        events: activity::recent(&app, &frame, &owner.user).await?,
        shell,
    };
    Ok(Page::ok(page).into_response())
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

/// Every browser is asked for a second factor again.
pub(crate) async fn forget_browsers(
    State(app): State<App>,
    frame: Frame,
    session: BrowserSession,
    _form: PageForm,
) -> Result<Response, Instead> {
    let owner = owner_at(&app, &session, paths::ACCOUNT_SECURITY).await?;
    app.accounts.forget_trusted_browsers(&owner.session, &frame.requester).await?;
    let notice = SecurityNotice::BrowsersForgotten.name();
    Ok(see_other(&with_query(paths::ACCOUNT_SECURITY, [("notice", notice)])))
}
