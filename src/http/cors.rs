//! Which scripts may read our answers: those of the origins that clients registered.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::page_error::PageError;
use super::{App, paths};
use crate::store::change_counters::{self, CLIENTS};
use crate::store::{Store, StoreError, clients};

/// How long a browser may keep the answer to its question, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Every registered origin, kept in memory and true to the store.
#[derive(Clone, Debug)]
pub struct AllowedOrigins(Arc<RwLock<(i64, Arc<Origins>)>>);

/// The origins of clients.
#[derive(Clone, Debug, Default)]
struct Origins {
    /// Of all of them.
    all: BTreeSet<String>,
    /// Of those that may use the authentication API.
    of_api: BTreeSet<String>,
}

impl Origins {
    fn contain(&self, origin: &str, is_of_api: bool) -> bool {
        if is_of_api { self.of_api.contains(origin) } else { self.all.contains(origin) }
    }
}

impl Default for AllowedOrigins {
    fn default() -> Self {
        Self(Arc::new(RwLock::new((-1, Arc::default()))))
    }
}

impl AllowedOrigins {
    async fn current(&self, store: &Store) -> Result<Arc<Origins>, StoreError> {
        let mut tx = store.read().await?;
        let version = change_counters::read(&mut tx, CLIENTS).await?;
        let (known, origins) = self.remembered();
        if known == version {
            return Ok(origins);
        }
        let origins = Arc::new(Origins {
            all: clients::origins(&mut tx).await?,
            of_api: clients::origins_of_api(&mut tx).await?,
        });
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = (version, Arc::clone(&origins));
        Ok(origins)
    }

    fn remembered(&self) -> (i64, Arc<Origins>) {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        (known.0, Arc::clone(&known.1))
    }
}

/// Answers a browser's question about another origin, and marks answers for it (Fetch §3.2).
/// Cookies are never involved: `Access-Control-Allow-Credentials` is not sent.
pub(super) async fn allow_registered_origins(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    if paths::is_of_api(request.uri().path()) {
        return next.run(request).await;
    }
    answer(&app, request, next, false).await
}

/// The same for our own API, whatever comes of a request there: it takes nothing from a page whose origin
/// is not registered for it.
pub(super) async fn allow_origins_of_api(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    if !app.settings.authentication_api || !paths::is_of_api(request.uri().path()) {
        return next.run(request).await;
    }
    answer(&app, request, next, true).await
}

async fn answer(app: &App, request: Request, next: Next, is_of_api: bool) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
        return vary(next.run(request).await);
    };
    let origins = app.origins.current(app.store()).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the origins of clients cannot be read");
        app.origins.remembered().1
    });
    let is_allowed = origin.to_str().is_ok_and(|origin| origins.contain(origin, is_of_api));
    let is_question = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let is_ours = origin.as_bytes() == app.origin().as_bytes();
    let mut response = if is_question {
        StatusCode::NO_CONTENT.into_response()
    } else if is_of_api && !is_allowed && !is_ours {
        PageError::CrossSite.into_response()
    } else {
        next.run(request).await
    };
    if is_allowed {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if is_question {
            answer_question(headers, (asked, is_of_api));
        } else {
            let exposed =
                HeaderValue::from_static("ETag, WWW-Authenticate, Retry-After, X-Request-Id");
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
    vary(response)
}

fn answer_question(headers: &mut HeaderMap, (asked, is_of_api): (Option<HeaderValue>, bool)) {
    let methods =
        if is_of_api { "GET, POST, PATCH, PUT, DELETE, OPTIONS" } else { "GET, POST, OPTIONS" };
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    // Whatever a client library adds: an unknown header changes nothing here.
    if let Some(asked) = asked {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
    }
}

fn vary(mut response: Response) -> Response {
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    response
}
