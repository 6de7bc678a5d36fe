//! Where a second factor is required: the pages where it is set up or given are open to who lacks
//! it, and lead back to the page that was asked for.

use axum::http::HeaderMap;
use axum::response::Response;

use super::super::App;
use super::super::flow::{Arrival, see_other};
use super::super::frame::Frame;
use super::super::instead::Instead;
use super::super::page_error::PageError;
use super::super::sessions::BrowserSession;
use super::super::way_back::{self, WayBack};
use super::proof::{GraveAction, Owner, owner_before_factor};
use super::second_factor::{self, AfterFactor};
use crate::accounts::FactorStanding;

/// The owner of the account at a page where a second factor is set up or given.
///
/// # Errors
///
/// As for [`owner_before_factor`]; the way to sign in leads back to `page`.
pub(super) async fn owner(
    app: &App,
    session: &BrowserSession,
    page: &str,
) -> Result<Owner, Instead> {
    if session.signed_in.is_none() {
        return Err(way_back::to_sign_in(app, page, session.is_form).into());
    }
    owner_before_factor(app, session).await
}

/// What comes before the overview of second factors is shown, where something does: the factor that
/// a person has and did not give yet, or the page that they were led away from.
///
/// # Errors
///
/// If the store fails.
pub(super) async fn onward(
    app: &App,
    frame: &Frame,
    headers: &HeaderMap,
    owner: &Owner,
    flow: Option<&str>,
) -> Result<Option<Response>, PageError> {
    match app.accounts.factor_standing(&owner.session, &owner.user).await? {
        FactorStanding::ToSetUp => Ok(None),
        FactorStanding::ToGive => {
            let browser = frame.browser.digest();
            let begun = app.accounts.step_up(&owner.session, &browser, &frame.requester).await?;
            let Some(challenge) = begun else { return Ok(None) };
            let to = Some(GraveAction::ChangeFactors);
            let next = AfterFactor { flow: flow.map(str::to_owned), to };
            Ok(Some(second_factor::lead(app, frame, &challenge, &next, Arrival::Get).await?))
        }
        FactorStanding::Enough if flow.is_some() => Ok(None),
        FactorStanding::Enough => {
            let way_back = WayBack::after_factor(app, headers, &owner.session);
            Ok(way_back.page().map(|page| way_back.forgotten_by(see_other(page))))
        }
    }
}
