//! Around every route: the Host check and the headers of every answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::error::DemoError;
use super::{ICON, STYLE};

/// Answers only to the configured name (DNS rebinding; and a cookie of `127.0.0.1` is none of `localhost`),
/// and sets the security headers.
pub(super) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let is_page = !matches!(request.uri().path(), STYLE | ICON);
    let mut response = if is_page && !is_named(request.headers(), &app.authority) {
        DemoError::WrongHost { base_url: app.base_url.to_string() }.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, app.content_security_policy.clone());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The page of an unknown path.
pub(super) async fn not_found() -> DemoError {
    DemoError::NotFound
}

fn is_named(headers: &HeaderMap, authority: &str) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    host.is_some_and(|host| host.eq_ignore_ascii_case(authority))
}
