//! Who calls the management API: a machine, by an access token that it got for itself; and how often.

use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::super::App;
use super::super::page_error::PageError;
use super::caller::bearer_of;
use super::error::ApiError;
use crate::oauth::management_api::{self, ManagementCaller};
use crate::throttle::{self, ThrottleKey, Usage};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// What a client has left, once it is known which one calls.
#[derive(Clone, Debug, Default)]
struct Quota(Arc<OnceLock<Usage>>);

/// Tells whoever calls how often they may go on, whatever the answer is.
pub(in super::super) async fn tell_quota(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let quota = Quota::default();
    request.extensions_mut().insert(quota.clone());
    let mut response = next.run(request).await;
    if let Some(usage) = quota.0.get() {
        let limit = app.accounts.settings.limits.calls_by_client;
        let left = limit.most.saturating_sub(usage.count).max(0);
        let headers = response.headers_mut();
        headers.insert(LIMIT, HeaderValue::from(limit.most));
        headers.insert(REMAINING, HeaderValue::from(left));
        headers.insert(RESET, HeaderValue::from(usage.until.0));
    }
    response
}

/// The machine that calls.
#[derive(Debug)]
pub(crate) struct Machine(pub(super) ManagementCaller);

impl FromRequestParts<App> for Machine {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = management_api::caller(&app.provider, &bearer_of(parts)?).await?;
        let key = ThrottleKey::new("management", caller.client_id.as_str());
        let limit = app.accounts.settings.limits.calls_by_client;
        let now = app.now();
        let mut tx = app.store().begin().await?;
        let usage = throttle::count(&mut tx, &key, limit, now).await?;
        tx.commit().await?;
        if let Some(quota) = parts.extensions.get::<Quota>() {
            quota.0.get_or_init(|| usage);
        }
        if usage.count > limit.most {
            let retry_after = usage.until.since(now).max(1);
            return Err(PageError::Throttled { retry_after }.into());
        }
        Ok(Self(caller))
    }
}
