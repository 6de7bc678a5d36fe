//! Links of mails whose token leaves the address at once: it moves into a cookie, so that neither
//! history, screenshot nor referrer shows it.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use super::flow::see_other;
use super::form::PageForm;
use super::{App, cookies};
use crate::domain::token::LINK_PREFIX;
use crate::domain::{PlainToken, TokenDigest};

/// How long the page behind a link of an account waits for its button, in seconds.
pub(super) const LIFETIME: i64 = 60 * 60;

/// A link whose page is at `path`.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkCookie {
    /// The name of the cookie.
    pub name: &'static str,
    /// Where the page is.
    pub path: &'static str,
}

impl LinkCookie {
    /// Takes a token out of the address for so many seconds; `None` where it is none of ours.
    #[must_use]
    pub(super) fn take(self, app: &App, token: &str, lifetime: i64) -> Option<Response> {
        let cookie =
            is_link(token).then(|| cookies::own(app, self.name, token, lifetime)).flatten()?;
        let mut response = see_other(self.path);
        response.headers_mut().append(header::SET_COOKIE, cookie);
        let no_referrer = HeaderValue::from_static("no-referrer");
        response.headers_mut().insert(header::REFERRER_POLICY, no_referrer);
        Some(response)
    }

    /// The token that this browser brought.
    #[must_use]
    pub(super) fn read(self, app: &App, headers: &HeaderMap) -> Option<PlainToken> {
        let value = cookies::read(headers, &app.cookie_name(self.name))?;
        is_link(&value).then(|| PlainToken::new(&value))
    }

    /// The same, where a form names it: another link may have been opened in this browser since.
    #[must_use]
    pub(super) fn named_by(
        self,
        app: &App,
        headers: &HeaderMap,
        form: &PageForm,
    ) -> Option<PlainToken> {
        self.read(app, headers).filter(|link| form.text("link") == link.digest().as_str())
    }

    /// What a form names, for saying what became of it: the cookie goes with the first answer.
    #[must_use]
    pub(super) fn digest_in(form: &PageForm) -> TokenDigest {
        TokenDigest::from_text(&form.text("link"))
    }

    /// Takes the cookie away with an answer.
    #[must_use]
    pub(super) fn forgotten_by(self, app: &App, mut response: Response) -> Response {
        if let Some(cookie) = cookies::own(app, self.name, "", 0) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// What can stand in a cookie as it is.
fn is_link(token: &str) -> bool {
    token.len() <= 100
        && token.strip_prefix(LINK_PREFIX).is_some_and(|rest| {
            rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
}
