//! The way back: who is led to sign in first, or to set up a second factor, comes to the page of
//! their account that they had asked for.
//!
//! The wish is a name out of a fixed list in a cookie of ours, with the time it was noted: an
//! address from outside is never followed, and a sign-in that was there before answers nothing.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use super::flow::see_other;
use super::{App, cookies, paths};
use crate::clock::Timestamp;
use crate::domain::session::Session;
use crate::oauth::response::with_query;

const COOKIE: &str = "way_back";
/// How long a sign-in may take, in seconds.
const LIFETIME: i64 = 15 * 60;
const FACTOR_COOKIE: &str = "after_factor";
/// How long it may take to set up a second factor, in seconds.
const FACTOR_LIFETIME: i64 = 60 * 60;
/// Where a sign-in leads by itself.
const HOME: (&str, &str) = ("home", paths::ACCOUNT);

/// The pages that a sign-in may lead to, each with its name in the cookie.
const PAGES: [(&str, &str); 9] = [
    ("password", paths::ACCOUNT_PASSWORD),
    ("email", paths::ACCOUNT_EMAIL),
    ("profile", paths::ACCOUNT_PROFILE),
    ("security", paths::ACCOUNT_SECURITY),
    ("sessions", paths::ACCOUNT_SESSIONS),
    ("apps", paths::ACCOUNT_APPS),
    ("activity", paths::ACCOUNT_ACTIVITY),
    ("data", paths::ACCOUNT_DATA),
    ("delete", paths::ACCOUNT_DELETE),
];

/// Paths of forms that are not beneath the page they stand on, each with that page.
const FORMS_ELSEWHERE: [(&str, &str); 6] = [
    (paths::ACCOUNT_PICTURE, paths::ACCOUNT_PROFILE),
    (paths::ACCOUNT_2FA, paths::ACCOUNT_SECURITY),
    (paths::ACCOUNT_PASSKEYS, paths::ACCOUNT_SECURITY),
    (paths::ACCOUNT_EMAIL_UNDO, paths::ACCOUNT_EMAIL_UNDO),
    (paths::ACCOUNT_SECURITY_UNDO, paths::ACCOUNT_SECURITY_UNDO),
    (paths::ACCOUNT_RESTORE, paths::ACCOUNT_RESTORE),
];

/// The page of the account that a form sent to `path` stands on.
#[must_use]
pub(super) fn page_of_form(path: &str) -> Option<&'static str> {
    let pages = PAGES.into_iter().map(|(_, page)| (page, page));
    let home = [(paths::ACCOUNT, paths::ACCOUNT)];
    let mut nearest: Vec<_> = pages
        .chain(FORMS_ELSEWHERE)
        .chain(home)
        .filter(|(place, _)| {
            path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        .collect();
    nearest.sort_by_key(|(place, _)| place.len());
    nearest.last().map(|(_, page)| *page)
}

/// Leads to the sign-in page, where it is said that nothing was done: a form was sent whose session had
/// ended.
#[must_use]
pub(super) fn signed_out_meanwhile() -> Response {
    signed_out_in(None)
}

/// The same, with the request of an application where there is one.
#[must_use]
pub(super) fn signed_out_in(flow: Option<(&str, &str)>) -> Response {
    see_other(&with_query(paths::LOGIN, flow.into_iter().chain([("notice", "signed-out")])))
}

/// Leads to the sign-in page, and from there to `page` where that is one of the list, or to the one
/// of the list that it hangs on. Whoever sent a form (`is_form`) is told there that nothing was done.
#[must_use]
pub(super) fn to_sign_in(app: &App, page: &str, is_form: bool) -> Response {
    let mut response = if is_form { signed_out_meanwhile() } else { see_other(paths::LOGIN) };
    let page = page_of_form(page);
    let named = PAGES.into_iter().find(|(_, path)| Some(*path) == page);
    let cookie = named.and_then(|(name, _)| {
        cookies::own(app, COOKIE, &format!("{name}.{}", app.now().0), LIFETIME)
    });
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Leads to where a second factor is set up or given, and from there to `page` where that is one of
/// the list.
#[must_use]
pub(super) fn to_factor(app: &App, page: &str) -> Response {
    let mut response = see_other(paths::ACCOUNT_SECURITY);
    let named = PAGES.into_iter().chain([HOME]).find(|(_, path)| *path == page);
    let cookie = named.and_then(|(name, _)| {
        cookies::own(app, FACTOR_COOKIE, &format!("{name}.{}", app.now().0), FACTOR_LIFETIME)
    });
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// What a browser brought of its wish.
pub(super) struct WayBack {
    page: Option<&'static str>,
    removal: Option<HeaderValue>,
}

impl WayBack {
    /// Reads the wish of somebody who is signed in.
    #[must_use]
    pub(super) fn of(app: &App, headers: &HeaderMap, session: &Session) -> Self {
        let Some(value) = cookies::read(headers, &app.cookie_name(COOKIE)) else {
            return Self { page: None, removal: None };
        };
        let page = wish(&value).filter(|(_, noted_at)| {
            session.created_at >= *noted_at && app.now().since(*noted_at) <= LIFETIME
        });
        Self { page: page.map(|(page, _)| page), removal: cookies::own(app, COOKIE, "", 0) }
    }

    /// Reads the wish of somebody who has given their second factor: of the session in which it was
    /// noted, not of whoever signs in later.
    #[must_use]
    pub(super) fn after_factor(app: &App, headers: &HeaderMap, session: &Session) -> Self {
        let Some(value) = cookies::read(headers, &app.cookie_name(FACTOR_COOKIE)) else {
            return Self { page: None, removal: None };
        };
        let page = wish(&value).filter(|(_, noted_at)| {
            session.created_at <= *noted_at && app.now().since(*noted_at) <= FACTOR_LIFETIME
        });
        let removal = cookies::own(app, FACTOR_COOKIE, "", 0);
        Self { page: page.map(|(page, _)| page), removal }
    }

    /// The page that was asked for before.
    #[must_use]
    pub(super) const fn page(&self) -> Option<&'static str> {
        self.page
    }

    /// Takes the cookie away with this answer: a wish is answered once.
    #[must_use]
    pub(super) fn forgotten_by(self, mut response: Response) -> Response {
        if let Some(removal) = self.removal {
            response.headers_mut().append(header::SET_COOKIE, removal);
        }
        response
    }
}

fn wish(value: &str) -> Option<(&'static str, Timestamp)> {
    let (name, noted_at) = value.split_once('.')?;
    let (_, path) = PAGES.into_iter().chain([HOME]).find(|(known, _)| *known == name)?;
    Some((path, Timestamp(noted_at.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OR-01
    #[test]
    fn only_names_of_the_list_lead_anywhere() {
        assert_eq!(wish("password.7"), Some((paths::ACCOUNT_PASSWORD, Timestamp(7))));
        for evil in [
            "",
            "password",
            "password.",
            "password.x",
            "/account/password.7",
            "https://evil.example.7",
            "//evil.example.7",
            "password/../../evil.7",
            "PASSWORD.7",
        ] {
            assert_eq!(wish(evil), None, "{evil}");
        }
    }

    #[test]
    fn a_form_of_the_account_belongs_to_a_page() {
        for (form, page) in [
            (paths::ACCOUNT_PROFILE, Some(paths::ACCOUNT_PROFILE)),
            (paths::ACCOUNT_PICTURE_REMOVE, Some(paths::ACCOUNT_PROFILE)),
            (paths::ACCOUNT_EMAIL_CODE, Some(paths::ACCOUNT_EMAIL)),
            (paths::ACCOUNT_EMAIL_UNDO, Some(paths::ACCOUNT_EMAIL_UNDO)),
            (paths::ACCOUNT_SECURITY_UNDO, Some(paths::ACCOUNT_SECURITY_UNDO)),
            (paths::ACCOUNT_TOTP, Some(paths::ACCOUNT_SECURITY)),
            ("/account/passkeys/01/rename", Some(paths::ACCOUNT_SECURITY)),
            ("/account/apps/shop", Some(paths::ACCOUNT_APPS)),
            (paths::ACCOUNT_VERIFY_EMAIL, Some(paths::ACCOUNT)),
            ("/accounts", None),
            (paths::LOGIN, None),
        ] {
            assert_eq!(page_of_form(form), page, "{form}");
        }
    }

    #[test]
    fn every_page_of_the_list_is_one_of_the_account() {
        for (name, path) in PAGES {
            assert!(path.starts_with("/account/"), "{path}");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase()), "{name}");
        }
    }
}
