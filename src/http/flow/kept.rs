//! Authorization requests that wait for a person, sealed, each under a handle of its own.

use super::super::App;
use super::super::frame::Frame;
use super::super::page_error::PageError;
use crate::clock::Timestamp;
use crate::domain::PlainToken;
use crate::domain::token::FLOW_PREFIX;
use crate::keys::{Purpose, Sealed};
use crate::oauth::Parameters;
use crate::oauth::request::{self, CheckedRequest};
use crate::store::authorization_requests::{self, StoredRequest};
use crate::throttle::{self, Decision, ThrottleKey};

/// A request that is kept, and the handle that names it.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// Travels in forms and URLs.
    pub handle: PlainToken,
    /// The row.
    pub row: StoredRequest,
}

/// Finds a kept request of this browser, whether it was answered or not.
///
/// # Errors
///
/// If the store fails.
pub(crate) async fn find(
    app: &App,
    frame: &Frame,
    handle: Option<&str>,
) -> Result<Option<Kept>, PageError> {
    let Some(handle) = handle.map(PlainToken::new) else { return Ok(None) };
    let digest = handle.digest();
    let mut tx = app.store().read().await?;
    let row = authorization_requests::find(&mut tx, &digest, app.now()).await?;
    drop(tx);
    let Some(row) = row else { return Ok(None) };
    let browser = frame.browser.digest();
    match &row.browser_digest {
        Some(owner) if *owner == browser => {}
        Some(_) => return Ok(None),
        None => {
            let mut tx = app.store().begin().await?;
            let is_ours = authorization_requests::claim(&mut tx, &digest, &browser).await?;
            tx.commit().await?;
            if !is_ours {
                return Ok(None);
            }
        }
    }
    let kept = Kept { handle, row };
    frame.reader.asks_for(unseal(app, &kept)?.get("ui_locales"));
    frame.reader.is_awaited();
    Ok(Some(kept))
}

pub(super) fn unseal(app: &App, kept: &Kept) -> Result<Parameters, PageError> {
    let sealed = Sealed(kept.row.parameters_sealed.clone());
    let place = kept.handle.digest();
    let opened = app.key_encryption_key.open(Purpose::FlowHandle, place.as_str(), &sealed);
    opened
        .ok()
        .map(|form| Parameters::from_form(&form))
        .ok_or(PageError::Fault("a kept request cannot be opened"))
}

pub(super) async fn keep(
    app: &App,
    request: &CheckedRequest,
    parameters: &Parameters,
    frame: &Frame,
    is_bound: bool,
) -> Result<PlainToken, PageError> {
    let handle = PlainToken::generate(FLOW_PREFIX);
    let now = app.now();
    let form = parameters.restricted_to(&request::KNOWN).to_form();
    if form.len() > request::LONGEST_KEPT {
        return Err(PageError::TooLarge);
    }
    let sealed = app
        .key_encryption_key
        .seal(Purpose::FlowHandle, handle.digest().as_str(), form.as_bytes())
        .map_err(|_| PageError::Fault("a request cannot be sealed"))?;
    let row = StoredRequest {
        client_id: request.client.id.clone(),
        browser_digest: is_bound.then(|| frame.browser.digest()),
        parameters_sealed: sealed.0,
        reauthenticated_at: None,
        account_selected_at: None,
        created_at: now,
        finished_at: None,
    };
    let expires_at = request_expiry(app, now);
    let mut tx = app.store().begin().await?;
    let key = ThrottleKey::by_network("authorization_request", &frame.requester);
    let limit = app.accounts.settings.limits.requests_by_network;
    if let Decision::Refused { retry_after_seconds, .. } =
        throttle::check_and_count(&mut tx, &key, limit, now).await?
    {
        tx.commit().await?;
        return Err(PageError::Throttled { retry_after: retry_after_seconds });
    }
    authorization_requests::insert(&mut tx, &handle.digest(), &row, expires_at).await?;
    tx.commit().await?;
    Ok(handle)
}

/// Until when a request waits for a person who did something just now.
#[must_use]
pub(crate) fn request_expiry(app: &App, now: Timestamp) -> Timestamp {
    now.plus(app.provider.settings.request_lifetime)
}

/// Lets a request wait as long as the link of a mail that was just written, in seconds.
///
/// # Errors
///
/// If the store fails.
pub(crate) async fn wait_for_mail(
    app: &App,
    kept: Option<&Kept>,
    lifetime: i64,
) -> Result<(), PageError> {
    let Some(kept) = kept else { return Ok(()) };
    let expires_at = app.now().plus(lifetime);
    let mut tx = app.store().begin().await?;
    authorization_requests::extend(&mut tx, &kept.handle.digest(), expires_at).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn finish(app: &App, kept: &Kept) -> Result<(), PageError> {
    let mut tx = app.store().begin().await?;
    authorization_requests::finish(&mut tx, &kept.handle.digest(), app.now()).await?;
    Ok(tx.commit().await?)
}
