//! `POST /oauth/token` (RFC 6749 §3.2).

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::sessions::note_refreshed;
use crate::domain::Requester;
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::tokens::TokenResponse;
use crate::oauth::{OAuthError, Parameters, client_auth, grants};

/// Serves a token request, as a form or as JSON with the same names.
pub(crate) async fn post(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    requester: Requester,
    headers: HeaderMap,
    body: Bytes,
) -> Result<TokenAnswer, TokenRefusal> {
    let sent = (query.as_deref(), &headers, &body);
    let (client, parameters) = authenticated(&app, sent, &requester).await?;
    let tokens = grants::exchange(&app.provider, &client, &parameters, &requester).await?;
    note_refreshed(&app, &client.client, &tokens).await;
    Ok(TokenAnswer(tokens))
}

/// The client that sent a request, as a form or as JSON with the same names, and its parameters.
pub(super) async fn authenticated(
    app: &App,
    (query, headers, body): (Option<&str>, &HeaderMap, &Bytes),
    requester: &Requester,
) -> Result<(AuthenticatedClient, Parameters), OAuthError> {
    let parameters = read_parameters(headers, body)?;
    refuse_credentials_in_query(query)?;
    let authorization = read_authorization(headers)?;
    let client =
        client_auth::authenticate(&app.provider, authorization, &parameters, requester).await?;
    Ok((client, parameters))
}

fn read_parameters(headers: &HeaderMap, body: &Bytes) -> Result<Parameters, OAuthError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(Parameters::from_json(body)?);
    }
    let is_form = kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    if is_form || body.is_empty() {
        return Ok(Parameters::from_form(body));
    }
    Err(crate::oauth::params::MalformedParameters::ContentType.into())
}

/// The one `Authorization` header; of several, each reader on the way may take another.
///
/// # Errors
///
/// If there are several, or it is no text.
pub(crate) fn read_authorization(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let Some(line) = lines.next() else { return Ok(None) };
    if lines.next().is_some() {
        return Err(OAuthError::SeveralAuthentications);
    }
    match line.to_str() {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(OAuthError::ClientAuthentication { by_header: true }),
    }
}

/// What stands in a URL ends up in logs (RFC 6749 §2.3.1).
fn refuse_credentials_in_query(query: Option<&str>) -> Result<(), OAuthError> {
    let parameters = Parameters::from_form(query.unwrap_or_default().as_bytes());
    let is_exposed = ["client_secret", "code", "refresh_token", "client_assertion", "token"]
        .iter()
        .any(|name| parameters.has(name));
    if is_exposed {
        return Err(OAuthError::Invalid("send parameters in the body, never in the URL"));
    }
    Ok(())
}

/// RFC 6749 §5.1: no token response may be cached.
pub(crate) const NO_STORE: [(header::HeaderName, &str); 3] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::PRAGMA, "no-cache"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// A good answer.
#[derive(Debug)]
pub(crate) struct TokenAnswer(TokenResponse);

impl IntoResponse for TokenAnswer {
    fn into_response(self) -> Response {
        json_answer(StatusCode::OK, &Value::Object(members(self.0)))
    }
}

/// Tokens by the names of RFC 6749 §5.1 and OpenID Connect Core §3.1.3.3.
#[must_use]
pub(crate) fn members(tokens: TokenResponse) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("access_token".to_owned(), json!(tokens.access_token.expose()));
    members.insert("token_type".to_owned(), json!("Bearer"));
    members.insert("expires_in".to_owned(), json!(tokens.expires_in));
    // A member that is null or empty breaks real clients: what is not due is left out.
    if !tokens.scope.is_empty() {
        members.insert("scope".to_owned(), json!(tokens.scope.to_string()));
    }
    if let Some(token) = tokens.id_token {
        members.insert("id_token".to_owned(), json!(token.expose()));
    }
    if let Some(token) = tokens.refresh_token {
        members.insert("refresh_token".to_owned(), json!(token.expose()));
    }
    members
}

/// A JSON answer that nobody may keep.
#[must_use]
pub(crate) fn json_answer(status: StatusCode, body: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (status, NO_STORE, kind, body.to_string()).into_response()
}

/// A refusal.
#[derive(Debug)]
pub(crate) struct TokenRefusal(OAuthError);

impl From<OAuthError> for TokenRefusal {
    fn from(error: OAuthError) -> Self {
        Self(error)
    }
}

impl IntoResponse for TokenRefusal {
    fn into_response(self) -> Response {
        let error = self.0;
        log(&error);
        let status = status_of(&error);
        let body = json!({ "error": error.code(), "error_description": error.description() });
        let mut response = json_answer(status, &body);
        // Only where the client used the header: a strict client loses the code otherwise.
        if matches!(error, OAuthError::ClientAuthentication { by_header: true }) {
            let challenge = HeaderValue::from_static("Basic realm=\"protekt\", charset=\"UTF-8\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        let retry_after = match error {
            OAuthError::Throttled { retry_after } => Some(retry_after),
            ref fault if fault.is_unavailable() => Some(5),
            _ => None,
        };
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

fn status_of(error: &OAuthError) -> StatusCode {
    match error {
        OAuthError::ClientAuthentication { .. } => StatusCode::UNAUTHORIZED,
        OAuthError::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
        fault if fault.is_unavailable() => StatusCode::SERVICE_UNAVAILABLE,
        fault if fault.is_fault() => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// One line at the edge, with the variant.
pub(crate) fn log(error: &OAuthError) {
    if error.is_unavailable() {
        tracing::warn!(%error, "the request cannot be served just now");
    } else if error.is_fault() {
        tracing::error!(%error, "the request failed");
    } else {
        tracing::info!(refusal = %error, code = error.code(), "the request was refused");
    }
}
