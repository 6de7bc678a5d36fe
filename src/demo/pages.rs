//! The pages: what their templates are given, and errors in plain words.

use askama::Template;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use time::OffsetDateTime;
use time::macros::format_description;
use tracing::{info, warn};

use super::answer::printable;
use super::error::DemoError;
use super::sessions::SignedIn;
use super::tokens::{Refreshed, VerifiedJwt};
use super::words::{Words, words};

#[derive(Template)]
#[template(path = "demo/welcome.html")]
struct Welcome<'a> {
    issuer: &'a str,
}

#[derive(Template)]
#[template(path = "demo/signed_in.html")]
struct SignedInPage<'a> {
    issuer: &'a str,
    name: &'a str,
    csrf: &'a str,
    id_token: TokenView<'a>,
    is_nonce_checked: bool,
    is_access_token_hash_checked: bool,
    access_token: TokenView<'a>,
    scope: String,
    has_refresh_token: bool,
    userinfo: Option<String>,
    refreshed: Option<RefreshedView>,
}

struct TokenView<'a> {
    header: String,
    claims: String,
    kid: &'a str,
    expires_at: String,
}

struct RefreshedView {
    old_expiry: String,
    new_expiry: String,
    is_refresh_token_new: bool,
    is_access_token_new: bool,
}

#[derive(Template)]
#[template(path = "demo/signed_out.html")]
struct SignedOut<'a> {
    issuer: &'a str,
    is_at_provider_too: bool,
}

#[derive(Template)]
#[template(path = "demo/error.html")]
struct ErrorPage<'a> {
    code: &'a str,
    description: Option<&'a str>,
    detail: Option<String>,
    words: Words<'a>,
}

/// The page of a visitor.
pub(super) fn welcome(issuer: &str) -> Result<Html<String>, DemoError> {
    Ok(Html(Welcome { issuer }.render()?))
}

/// The page of somebody who is signed in.
pub(super) fn signed_in(issuer: &str, person: &SignedIn) -> Result<Html<String>, DemoError> {
    let tokens = &person.tokens;
    let id = &tokens.identity;
    let claim = |name| id.view.claims.get(name).and_then(serde_json::Value::as_str);
    let page = SignedInPage {
        issuer,
        name: claim("name").or_else(|| claim("email")).unwrap_or(id.subject.as_str()),
        csrf: &person.csrf,
        id_token: token_view(&id.view),
        is_nonce_checked: id.is_nonce_checked,
        is_access_token_hash_checked: id.is_access_token_hash_checked,
        access_token: token_view(&tokens.access_view),
        scope: tokens.scope.join(" "),
        has_refresh_token: tokens.refresh_token.is_some(),
        userinfo: person.userinfo.as_ref().map(pretty),
        refreshed: person.refreshed.map(refreshed_view),
    };
    Ok(Html(page.render()?))
}

/// The page after signing out.
pub(super) fn signed_out(
    issuer: &str,
    is_at_provider_too: bool,
) -> Result<Html<String>, DemoError> {
    Ok(Html(SignedOut { issuer, is_at_provider_too }.render()?))
}

/// `GET /demo.css`
pub(super) async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("../../templates/demo/demo.css"))
}

/// `GET /demo.svg`
pub(super) async fn icon() -> Response {
    asset("image/svg+xml", include_str!("../../templates/demo/demo.svg"))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let lifetime = HeaderValue::from_static("max-age=300");
    ([(CONTENT_TYPE, HeaderValue::from_static(kind)), (CACHE_CONTROL, lifetime)], text)
        .into_response()
}

fn token_view(token: &VerifiedJwt) -> TokenView<'_> {
    TokenView {
        header: pretty(&token.header),
        claims: pretty(&token.claims),
        kid: &token.kid,
        expires_at: moment(token.expires_at()),
    }
}

fn refreshed_view(refreshed: Refreshed) -> RefreshedView {
    RefreshedView {
        old_expiry: moment(refreshed.old_expiry),
        new_expiry: moment(refreshed.new_expiry),
        is_refresh_token_new: refreshed.is_refresh_token_new,
        is_access_token_new: refreshed.is_access_token_new,
    }
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A time of day with its zone; a number that is no time is shown as it is.
fn moment(unix_seconds: i64) -> String {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    let time = OffsetDateTime::from_unix_timestamp(unix_seconds).ok();
    time.and_then(|time| time.format(form).ok()).unwrap_or_else(|| unix_seconds.to_string())
}

impl IntoResponse for DemoError {
    fn into_response(self) -> Response {
        let (code, error) = (self.code(), printable(&self.to_string()));
        if self.status().is_server_error() {
            warn!(code, error, "the demo could not go on");
        } else {
            info!(code, error, "the demo refused a request");
        }
        let detail = match &self {
            Self::UntrustedIdToken(fault) => Some(format!("The ID token: {fault}.")),
            Self::UntrustedAccessToken(fault) => Some(format!("The access token: {fault}.")),
            _ => None,
        };
        let page = ErrorPage {
            code: self.code(),
            description: self.description(),
            detail,
            words: words(&self),
        };
        let page = page.render().unwrap_or_else(|_| self.to_string());
        (self.status(), Html(page)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_with_their_zone() {
        assert_eq!(moment(1_700_000_000), "2023-11-14 22:13:20 UTC");
        assert_eq!(moment(i64::MAX), i64::MAX.to_string());
    }

    #[test]
    fn what_others_wrote_is_escaped() {
        let error = DemoError::ProviderSaid {
            error: "<script>".to_owned(),
            description: Some("\"><img src=x>".to_owned()),
        };
        let page = ErrorPage {
            code: error.code(),
            description: error.description(),
            detail: None,
            words: words(&error),
        };
        let html = page.render().unwrap();
        assert!(!html.contains("<script>") && !html.contains("<img src=x"), "{html}");
    }
}
