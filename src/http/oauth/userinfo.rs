//! `GET` and `POST /userinfo` (OpenID Connect Core §5.3).

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::App;
use super::token::{json_answer, log};
use crate::oauth::{OAuthError, Parameters, userinfo};

/// Serves the claims about the person of an access token.
pub(crate) async fn answer(
    State(app): State<App>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, BearerRefusal> {
    let token = read_token(&method, query.as_deref(), &headers, &body)?;
    let claims = userinfo::answer(&app.provider, &token).await?;
    Ok(json_answer(StatusCode::OK, &Value::Object(claims)))
}

/// The one access token of a request, in the header or in the form (RFC 6750 §2).
fn read_token(
    method: &Method,
    query: Option<&str>,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<String, OAuthError> {
    let in_query = Parameters::from_form(query.unwrap_or_default().as_bytes());
    if in_query.has("access_token") {
        // RFC 9700 §4.3.2: URLs are logged and shared.
        return Err(OAuthError::Invalid("send the access token in the Authorization header"));
    }
    let has_form = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    let form = if *method == Method::POST && has_form {
        Parameters::from_form(body)
    } else {
        Parameters::default()
    };
    let in_form = form.single("access_token")?;
    let in_header = bearer_token(headers)?;
    match (in_header, in_form) {
        (Some(_), Some(_)) => Err(OAuthError::Invalid("send the access token once, not twice")),
        (Some(token), None) => Ok(token),
        (None, Some(token)) => Ok(token.to_owned()),
        (None, None) => Err(OAuthError::TokenMissing),
    }
}

/// The token in the one `Authorization` header of a request (RFC 6750 §2.1); `None` where there is no
/// such header.
///
/// # Errors
///
/// If there are several, or it is of another scheme.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Result<Option<String>, OAuthError> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let Some(line) = lines.next() else { return Ok(None) };
    if lines.next().is_some() {
        return Err(OAuthError::Invalid("send one Authorization header"));
    }
    let text = line.to_str().map_err(|_| OAuthError::TokenInvalid)?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(Some(token.trim().to_owned()))
        }
        _ => Err(OAuthError::TokenMissing),
    }
}

/// A refusal, with the challenge of RFC 6750 §3.
#[derive(Debug)]
pub(crate) struct BearerRefusal(OAuthError);

impl From<OAuthError> for BearerRefusal {
    fn from(error: OAuthError) -> Self {
        Self(error)
    }
}

impl IntoResponse for BearerRefusal {
    fn into_response(self) -> Response {
        let error = self.0;
        log(&error);
        let status = match &error {
            OAuthError::TokenMissing | OAuthError::TokenInvalid => StatusCode::UNAUTHORIZED,
            OAuthError::ScopeMissing(_) => StatusCode::FORBIDDEN,
            fault if fault.is_unavailable() => StatusCode::SERVICE_UNAVAILABLE,
            fault if fault.is_fault() => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let body = match error {
            // RFC 6750 §3.1: no error code where nothing was tried.
            OAuthError::TokenMissing => json!({ "error_description": error.description() }),
            _ => json!({ "error": error.code(), "error_description": error.description() }),
        };
        let mut response = json_answer(status, &body);
        if !error.is_fault() {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge(&error));
        } else if error.is_unavailable() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(5));
        }
        response
    }
}

/// A request without a token is told nothing but how to bring one (RFC 6750 §3.1).
#[must_use]
pub(crate) fn challenge(error: &OAuthError) -> HeaderValue {
    let text = match error {
        OAuthError::TokenMissing => "Bearer realm=\"protekt\"".to_owned(),
        OAuthError::ScopeMissing(scope) => {
            format!("Bearer realm=\"protekt\", error=\"insufficient_scope\", scope=\"{scope}\"")
        }
        other => format!("Bearer realm=\"protekt\", error=\"{}\"", other.code()),
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("Bearer"))
}
