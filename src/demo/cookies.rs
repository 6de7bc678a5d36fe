//! The one cookie of the demo: an opaque session id that scripts cannot read.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use cookie::{Cookie, SameSite};

/// Not the provider's name: browsers share the cookies of `localhost` between ports.
const NAME: &str = "demo_session";

/// The session id that the browser sent, if any.
pub(super) fn session_id(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| Cookie::split_parse(value).filter_map(Result::ok))
        .find(|cookie| cookie.name() == NAME)
        .map(|cookie| cookie.value().to_owned())
}

/// The header that gives the browser session `id`.
pub(super) fn remember(id: &str) -> [(HeaderName, HeaderValue); 1] {
    header(Cookie::build((NAME, id)))
}

/// The header that takes the cookie away.
pub(super) fn forget() -> [(HeaderName, HeaderValue); 1] {
    header(Cookie::build((NAME, "")).removal())
}

fn header(cookie: cookie::CookieBuilder<'_>) -> [(HeaderName, HeaderValue); 1] {
    let cookie = cookie.path("/").http_only(true).same_site(SameSite::Lax).build();
    // Ids are base64url, so this never falls back; an empty cookie names no session.
    let value = HeaderValue::try_from(cookie.to_string())
        .unwrap_or_else(|_| HeaderValue::from_static("demo_session=; Path=/; HttpOnly"));
    [(SET_COOKIE, value)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("protekt_5500=x; demo_session=abc"));
        assert_eq!(session_id(&headers).as_deref(), Some("abc"));
        assert_eq!(session_id(&HeaderMap::new()), None);
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let [(_, value)] = remember("abc");
        assert_eq!(value.to_str().unwrap(), "demo_session=abc; HttpOnly; SameSite=Lax; Path=/");
        let [(_, value)] = forget();
        assert!(value.to_str().unwrap().contains("Max-Age=0"));
    }
}
