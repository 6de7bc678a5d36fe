//! Which scripts may read our answers: those of the origins that clients registered.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::App;
use crate::store::change_counters::{self, CLIENTS};
use crate::store::{Store, StoreError, clients};

/// How long a browser may keep the answer to its question, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Every registered origin, kept in memory and true to the store.
#[derive(Clone, Debug)]
pub struct AllowedOrigins(Arc<RwLock<(i64, Arc<BTreeSet<String>>)>>);

/// Whose origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// Of every client.
    Clients,
    /// Of those that may use our JSON API.
    Apps,
}

impl Default for AllowedOrigins {
    fn default() -> Self {
        Self(Arc::new(RwLock::new((-1, Arc::default()))))
    }
}

impl AllowedOrigins {
    async fn contains(
        &self,
        store: &Store,
        (whose, origin): (Whose, &str),
    ) -> Result<bool, StoreError> {
        let mut tx = store.read().await?;
        let version = change_counters::read(&mut tx, CLIENTS).await?;
        let (known, origins) = self.remembered();
        if known == version {
            return Ok(origins.contains(origin));
        }
        let origins = Arc::new(match whose {
            Whose::Clients => clients::origins(&mut tx).await?,
            Whose::Apps => clients::api_origins(&mut tx).await?,
        });
        let is_allowed = origins.contains(origin);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = (version, origins);
        Ok(is_allowed)
    }

    fn remembered(&self) -> (i64, Arc<BTreeSet<String>>) {
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
    allow(&app, (&app.origins, Whose::Clients), request, next).await
}

/// The same for our JSON API, whose answers only scripts of the operator's own applications read.
pub(super) async fn allow_origins_of_apps(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    allow(&app, (&app.api_origins, Whose::Apps), request, next).await
}

async fn allow(
    app: &App,
    (origins, whose): (&AllowedOrigins, Whose),
    request: Request,
    next: Next,
) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
        return vary(next.run(request).await);
    };
    let is_allowed = match origin.to_str() {
        Ok(text) => origins.contains(app.store(), (whose, text)).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the origins of clients cannot be read");
            origins.remembered().1.contains(text)
        }),
        Err(_) => false,
    };
    let is_question = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let mut response =
        if is_question { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    if is_allowed {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if is_question {
            answer_question(headers, (whose, asked));
        } else {
            let exposed = HeaderValue::from_static("WWW-Authenticate, Retry-After, X-Request-Id");
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }
    vary(response)
}

fn answer_question(headers: &mut HeaderMap, (whose, asked): (Whose, Option<HeaderValue>)) {
    let methods = HeaderValue::from_static(match whose {
        Whose::Clients => "GET, POST, OPTIONS",
        Whose::Apps => "GET, POST, PATCH, DELETE, OPTIONS",
    });
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
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
