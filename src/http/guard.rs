//! What holds for every answer: headers, the names we answer to, and no panic on the wire.

use std::any::Any;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method, StatusCode, Uri, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::page_error::PageError;
use super::{App, paths};

/// What a proxy says of the way to it.
const FORWARDED_PROTO: &str = "x-forwarded-proto";
/// Two years, as browsers ask for.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// Adds what every answer carries; a development server answers to its own names only, so that
/// no page elsewhere can reach it under another (DNS rebinding).
pub(super) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    if let Some(development) = &app.settings.development {
        let host = request
            .headers()
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str));
        let is_known = host.is_some_and(|host| development.hosts.iter().any(|one| one == host));
        if !is_known {
            let text = format!("This server answers at {} only.\n", app.provider.settings.issuer);
            return (StatusCode::MISDIRECTED_REQUEST, text).into_response();
        }
    }
    let is_look_only = request.method() == Method::HEAD;
    let has_body = !matches!(*request.method(), Method::GET | Method::HEAD);
    let is_http1 = request.version() <= Version::HTTP_11;
    let mut response = if let Some(answer) = refuse_clear_text(&app, &request) {
        answer
    } else if is_look_only && acts_on_get(request.uri()) {
        PageError::MethodNotAllowed.into_response()
    } else {
        next.run(request).await
    };
    // Where a body was not read, nothing else can come over this connection.
    let is_cut_off = is_http1 && has_body && is_answered_unread(response.status());
    let headers = response.headers_mut();
    if is_cut_off {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    if app.is_secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}

/// People reach us by https, which a proxy speaks for us. What came to the proxy in clear is sent
/// there again by https; what comes past the proxy is told where to go (ASVS 5.0 3.4.1). Checks of
/// our health may come from anywhere.
fn refuse_clear_text(app: &App, request: &Request) -> Option<Response> {
    let proxies = &app.settings.trusted_proxies;
    let is_check = [paths::HEALTH, paths::LIVEZ, paths::READYZ].contains(&request.uri().path());
    if !app.is_secure() || proxies.is_empty() || is_check {
        return None;
    }
    let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    let peer = peer.ip().to_canonical();
    let is_of_proxy = proxies.iter().any(|network| network.contains(&peer));
    // Of several proxies in a row, the first says how the person came.
    let schemes = request.headers().get(FORWARDED_PROTO).and_then(|line| line.to_str().ok());
    let first = schemes.and_then(|schemes| schemes.split(',').next());
    let is_clear = first.is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("http"));
    if is_of_proxy && !is_clear {
        return None;
    }
    let is_harmless = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    let location = HeaderValue::from_str(&format!("{}{path}", app.origin())).ok();
    let text = format!("Come by {} instead.\n", app.provider.settings.issuer);
    let mut answer = (StatusCode::FORBIDDEN, text).into_response();
    if let Some(location) = location.filter(|_| is_of_proxy && is_harmless) {
        *answer.status_mut() = StatusCode::PERMANENT_REDIRECT;
        answer.headers_mut().insert(header::LOCATION, location);
    }
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Some(answer)
}

/// Whether this is the answer to a request whose body nobody looked at.
fn is_answered_unread(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::PAYLOAD_TOO_LARGE
    )
}

/// Whether a GET of this address may sign somebody in or out or make a code: a HEAD, which link
/// checkers send, must not.
fn acts_on_get(uri: &Uri) -> bool {
    let path = uri.path();
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let is_in_flow = query.into_iter().any(|(name, _)| name == "flow");
    is_in_flow
        || [
            paths::AUTHORIZE,
            paths::AUTHORIZE_ALIAS,
            paths::LOGOUT,
            paths::LOGOUT_OIDC,
            paths::LOGOUT_V2,
            paths::VERIFY_EMAIL,
        ]
        .contains(&path)
}

/// A path that nothing serves.
pub(super) async fn nothing_here() -> PageError {
    PageError::NotFound
}

/// A method that a path does not take.
pub(super) async fn no_such_method() -> PageError {
    PageError::MethodNotAllowed
}

/// A defect of ours: the log has it, the answer says nothing of the inside.
#[expect(clippy::needless_pass_by_value, reason = "the shape that the layer asks for")]
pub(super) fn after_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    tracing::error!(panic = text.unwrap_or_default(), "a handler panicked");
    PageError::Fault("a handler panicked").into_response()
}
