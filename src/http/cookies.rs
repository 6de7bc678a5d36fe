//! Cookies of ours beside the session's: the browser's random name.
//!
//! A visitor who is not signed in causes no row: the token against cross-site requests is a MAC
//! over this cookie, and flows are tied to its digest.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use super::App;
use super::page_error::PageError;
use crate::accounts::NewTrust;
use crate::domain::{PlainToken, TokenDigest, UserId};
use crate::keys::Purpose;
use crate::random;

const BROWSER: &str = "browser";
const TRUST: &str = "trust";
const ACCOUNT: &str = "account";
/// In letters of base64url, of six bits each.
const MARK_LENGTH: usize = 16;
/// As long as browsers keep a cookie at all.
const REMEMBERED_SECONDS: i64 = 400 * 24 * 60 * 60;

/// One browser, by its cookie.
#[derive(Clone, Debug)]
pub struct Browser {
    value: String,
    is_new: bool,
    /// The token by which people trust it.
    trust: Option<PlainToken>,
}

impl Browser {
    /// What the store may know of it.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.value.as_bytes())
    }

    /// What the store may know of the token by which people trust it.
    #[must_use]
    pub fn trust_digest(&self) -> Option<TokenDigest> {
        self.trust.as_ref().map(PlainToken::digest)
    }

    /// Whether it brought no cookie.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.is_new
    }

    /// The token for the forms of this browser, with a mark of the account that is signed in where
    /// they are shown.
    #[must_use]
    pub fn csrf_token(&self, app: &App, account: Option<&UserId>) -> String {
        let token = app.key_encryption_key.mac(Purpose::Csrf, BROWSER, &self.value);
        match account {
            Some(account) => format!("{token}.{}", mark_of(app, account)),
            None => token,
        }
    }

    /// Whether `token` is one of this browser, whatever account it was given to.
    #[must_use]
    pub fn has_csrf_token(&self, app: &App, token: &str) -> bool {
        let (token, _) = token.split_once('.').unwrap_or((token, ""));
        app.key_encryption_key.mac_matches(Purpose::Csrf, BROWSER, &self.value, token)
    }

    /// The `Set-Cookie` that keeps this browser known after it was closed.
    #[must_use]
    pub fn remembering_cookie(&self, app: &App) -> Option<HeaderValue> {
        self.cookie(app, Some(REMEMBERED_SECONDS))
    }

    /// The `Set-Cookie` that gives a new browser its name.
    #[must_use]
    pub fn first_cookie(&self, app: &App) -> Option<HeaderValue> {
        self.is_new.then(|| self.cookie(app, None)).flatten()
    }

    fn cookie(&self, app: &App, max_age: Option<i64>) -> Option<HeaderValue> {
        build(app, BROWSER, &self.value, max_age)
    }
}

/// The account that a form's token was given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormAccount {
    /// Nobody was signed in.
    None,
    /// This very one.
    Same,
    /// Another one.
    Another,
}

/// Whether a form's token was given to this account.
pub(super) fn account_of_token(app: &App, token: &str, account: &UserId) -> FormAccount {
    match token.split_once('.') {
        None => FormAccount::None,
        Some((_, mark)) if mark == mark_of(app, account) => FormAccount::Same,
        Some(_) => FormAccount::Another,
    }
}

/// Keeps the forms of two accounts apart; it proves nothing, and tells nobody the account's id.
fn mark_of(app: &App, account: &UserId) -> String {
    let mut mark = app.key_encryption_key.mac(Purpose::Csrf, ACCOUNT, account.as_str());
    mark.truncate(MARK_LENGTH);
    mark
}

/// The `Set-Cookie` of a cookie that lives for so many seconds; none at all takes it away.
pub(super) fn own(app: &App, name: &str, value: &str, seconds: i64) -> Option<HeaderValue> {
    build(app, name, value, Some(seconds))
}

fn build(app: &App, name: &str, value: &str, max_age: Option<i64>) -> Option<HeaderValue> {
    let mut cookie = Cookie::build((app.cookie_name(name), value))
        .path("/")
        .http_only(true)
        .secure(app.is_secure())
        .same_site(SameSite::Lax)
        .build();
    if let Some(seconds) = max_age {
        cookie.set_max_age(Duration::seconds(seconds));
    }
    HeaderValue::from_str(&cookie.to_string()).ok()
}

/// A token by which a browser is trusted from now on.
#[derive(Debug)]
pub(super) struct TrustToken(PlainToken);

impl TrustToken {
    /// One that nobody has seen.
    pub(super) fn generate() -> Self {
        Self(PlainToken::new(&random::identifier()))
    }

    /// What the accounts may know of it, and of the one whose place it takes.
    pub(super) fn replacing(&self, browser: &Browser) -> NewTrust {
        NewTrust { digest: self.0.digest(), before: browser.trust_digest() }
    }

    /// Gives it to the browser with an answer, for so many seconds.
    pub(super) fn given_by(&self, app: &App, mut response: Response, seconds: i64) -> Response {
        if let Some(cookie) = own(app, TRUST, self.0.expose(), seconds) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

impl FromRequestParts<App> for Browser {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, PageError> {
        parts.extensions.get::<Self>().cloned().ok_or(PageError::Fault("no browser in the request"))
    }
}

/// Reads the browser's cookie, or makes one that goes out with the first page.
pub async fn know_browser(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let known = read(request.headers(), &app.cookie_name(BROWSER)).filter(|value| is_ours(value));
    let trust = read(request.headers(), &app.cookie_name(TRUST)).filter(|value| is_ours(value));
    let trust = trust.map(|token| PlainToken::new(&token));
    let (is_new, value) = (known.is_none(), known.unwrap_or_else(random::identifier));
    let browser = Browser { value, is_new, trust };
    request.extensions_mut().insert(browser.clone());
    // A form from elsewhere comes without our Lax cookie though the browser has one: a new one
    // would take its place.
    let may_set = request.method() == Method::GET;
    let mut response = next.run(request).await;
    // A redirect may have tied a flow to this browser.
    let is_page = response.headers().contains_key(header::LOCATION)
        || response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let is_set = response
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .any(|cookie| cookie.as_bytes().starts_with(app.cookie_name(BROWSER).as_bytes()));
    if may_set
        && is_page
        && !is_set
        && let Some(cookie) = browser.first_cookie(&app)
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// 128 bits in base64url.
fn is_ours(value: &str) -> bool {
    value.len() == 22
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// The value of the cookie with this whole name.
pub(super) fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| Cookie::split_parse(line.to_owned()).flatten().collect::<Vec<_>>())
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}
