//! What clients and resource servers fetch: discovery, and the JWKS.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::{App, paths};
use crate::oauth::discovery::{self, EndpointPaths};
use crate::texts::Locale;

/// How long the store may take to be asked for the keys: whoever verifies a token waits for it.
const PATIENCE: Duration = Duration::from_secs(1);

const ENDPOINTS: EndpointPaths = EndpointPaths {
    authorize: paths::AUTHORIZE,
    token: paths::TOKEN,
    introspect: paths::INTROSPECT,
    revoke: paths::REVOKE,
    userinfo: paths::USERINFO,
    jwks: paths::JWKS,
    logout: paths::LOGOUT,
};

/// `GET /.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`.
pub(crate) async fn discovery(State(app): State<App>) -> Response {
    let document =
        discovery::document(&app.provider, ENDPOINTS, &Locale::ALL.map(Locale::lang)).to_string();
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, document).into_response()
}

/// `GET /.well-known/jwks.json` (RFC 7517 §5). While the store cannot be asked, what was last
/// known is served: a resource server must be able to verify all the same.
pub(crate) async fn jwks(State(app): State<App>, request: HeaderMap) -> Response {
    let keys = match tokio::time::timeout(PATIENCE, app.provider.keys.refreshed()).await {
        Ok(Ok(keys)) => keys,
        outcome => {
            let error = outcome.ok().and_then(Result::err).map(|error| error.to_string());
            tracing::warn!(error, "the keys cannot be read; serving those last known");
            app.provider.keys.remembered()
        }
    };
    let mut response = if has_tag(&request, &keys.jwks_etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], keys.jwks.clone()).into_response()
    };
    let headers = response.headers_mut();
    let max_age = format!("public, max-age={}", app.provider.keys.jwks_max_age());
    if let (Ok(max_age), Ok(tag)) =
        (HeaderValue::from_str(&max_age), HeaderValue::from_str(&keys.jwks_etag))
    {
        headers.insert(header::CACHE_CONTROL, max_age);
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// `If-None-Match` (RFC 9110 §13.1.2).
fn has_tag(request: &HeaderMap, tag: &str) -> bool {
    let asked = request.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    asked.is_some_and(|asked| {
        asked.split(',').any(|one| {
            let one = one.trim().trim_start_matches("W/");
            one == "*" || one == tag
        })
    })
}
