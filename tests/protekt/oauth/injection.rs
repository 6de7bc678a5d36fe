//! Markup, SQL and line breaks in the parameters of the protocol.

use axum::body::Body;
use axum::http::Request;

use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, apps, authorize_url, form};
use crate::support::protocol::{ADA, REQUEST};

const NAMES: [&str; 21] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "response_mode",
    "prompt",
    "max_age",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "acr_values",
    "audience",
    "resource",
    "screen_hint",
    "request",
    "error_hint",
    "flow",
];

#[track_caller]
fn assert_harmless(answer: &Answer, name: &str) {
    assert!(answer.status < 500, "{name} {answer:?}");
    for bad in ["<script>alert", "<img src=x", "6170", "\" autofocus"] {
        assert!(!answer.body.contains(bad), "{name}: {bad} in {}", answer.body);
    }
    assert!(!answer.headers.contains_key("x-evil"), "{name}");
    let cookies = answer.headers.get_all("set-cookie");
    assert!(!cookies.iter().any(|cookie| cookie.as_bytes().starts_with(b"evil")), "{name}");
}

/// IJ-01
#[tokio::test]
async fn markup_and_templates_in_a_parameter_are_only_text() {
    for app in apps().await {
        app.with_ada().await;
        let mut signed_in = app.browser();
        signed_in.sign_in(ADA).await;
        for name in NAMES {
            for payload in [
                "\"><script>alert(1)</script>",
                "'><img src=x onerror=alert(1) >{{1234*5}}${1234*5}<%=1234*5%>",
                "\" autofocus onfocus=alert(1) x=\"",
            ] {
                for browser in [&mut app.browser(), &mut signed_in] {
                    let answer = browser.get(&authorize_url(&[(name, Some(payload))])).await;
                    assert_harmless(&answer, name);
                    let page = browser.follow(answer).await;
                    assert_harmless(&page, name);
                }
            }
        }
    }
}

/// IJ-03
#[tokio::test]
async fn sql_in_a_parameter_is_only_text() {
    for app in apps().await {
        app.with_ada().await;
        for payload in ["' OR '1'='1", "x'; DROP TABLE clients; --", "$1", "%' --", "\\'"] {
            for name in NAMES {
                let answer = app.get(&authorize_url(&[(name, Some(payload))])).await;
                assert_harmless(&answer, name);
            }
            for path in ["/login", "/oauth/consent", "/login/accounts", "/oauth/authorize"] {
                let answer = app.get(&format!("{path}?{}", form(&[("flow", payload)]))).await;
                assert_harmless(&answer, path);
            }
            let answer = app.userinfo(payload).await;
            assert_eq!(answer.status, 401, "{payload}");
            let mut browser = app.browser();
            let page = browser.open("/login").await;
            let fields = [("username", payload), ("password", PASSWORD)];
            let answer = browser.submit(&page, "login-form", &fields).await;
            assert_eq!(answer.status, 422, "{payload}");
        }
        app.tokens().await;
    }
}

/// IJ-04
#[tokio::test]
async fn a_line_break_or_a_nul_in_a_parameter_adds_no_header() {
    for app in apps().await {
        app.with_ada().await;
        for name in NAMES {
            for payload in ["a\r\nx-evil: 1", "a\nset-cookie: evil=1", "a\0b", "\u{85}\u{2028}x"] {
                let answer = app.get(&authorize_url(&[(name, Some(payload))])).await;
                assert_harmless(&answer, name);
                let page = app.browser().open(&authorize_url(&[(name, Some(payload))])).await;
                assert_harmless(&page, name);
            }
        }
        let broken = format!("/oauth/authorize?{}&x=%ff%fe%00", form(&REQUEST));
        assert_harmless(&app.get(&broken).await, "x");
        for cookie in
            ["__Host-protekt_browser=a%0d%0ax-evil:1", "__Host-protekt_session=%00", "=;=;"]
        {
            let request = Request::get(authorize_url(&[])).header("cookie", cookie);
            let answer = app.send(request.body(Body::empty()).unwrap()).await;
            assert_harmless(&answer, cookie);
        }
    }
}
