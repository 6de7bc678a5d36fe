//! The authorization endpoint: what is refused, where, and how.

use axum::body::Body;
use axum::http::Request;
use protekt::oauth::clients::NewClient;

use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps, authorize_url, form, web_client};
use crate::support::browser::{form_of, parameter, sent_to};
use crate::support::protocol::{ADA, REQUEST, error_at_client, error_on_page};

async fn repeated(app: &TestApp, name: &str) -> Answer {
    let mut fields = REQUEST.to_vec();
    let value = fields.iter().find(|(known, _)| *known == name).map_or("x", |(_, value)| value);
    if !fields.iter().any(|(known, _)| *known == name) {
        fields.push((name, value));
    }
    fields.push((name, value));
    app.get(&format!("/oauth/authorize?{}", form(&fields))).await
}

/// AZ-12
#[tokio::test]
async fn a_parameter_that_stands_twice_is_refused() {
    for app in apps().await {
        app.web_client().await;
        for name in ["client_id", "redirect_uri"] {
            assert_eq!(error_on_page(&repeated(&app, name).await), "invalid_request", "{name}");
        }
        for name in [
            "response_type",
            "scope",
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
            "display",
            "screen_hint",
        ] {
            let answer = repeated(&app, name).await;
            assert_eq!(error_at_client(&answer), "invalid_request", "{name}");
        }
        let url = sent_to(&repeated(&app, "state").await);
        assert_eq!(parameter(&url, "error").as_deref(), Some("invalid_request"), "{url}");
        assert_eq!(parameter(&url, "state"), None, "neither of the two is right: {url}");
    }
}

/// AZ-16
#[tokio::test]
async fn an_unknown_client_gets_a_page_that_escapes_its_name() {
    for app in apps().await {
        let client = "<script>alert(1)</script>\"'&";
        let answer = app.get(&authorize_url(&[("client_id", Some(client))])).await;
        assert_eq!(error_on_page(&answer), "invalid_client");
        assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
        assert!(answer.body.contains("script&#62;alert(1)"), "{}", answer.body);
        let answer = app.get(&authorize_url(&[("client_id", None)])).await;
        assert_eq!(error_on_page(&answer), "invalid_request");
        let answer = app.get("/oauth/authorize").await;
        assert_eq!(error_on_page(&answer), "invalid_request");
    }
}

/// AZ-17
#[tokio::test]
async fn no_response_type_but_code_is_served() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        browser.code(ADA).await;
        for kind in [
            "token",
            "id_token",
            "id_token token",
            "code token",
            "code id_token",
            "none",
            "CODE",
            "x",
        ] {
            let answer = browser.get(&authorize_url(&[("response_type", Some(kind))])).await;
            assert_eq!(error_at_client(&answer), "unsupported_response_type", "{kind}");
            assert!(!answer.header("location").contains("token="), "{answer:?}");
        }
        let answer = browser.get(&authorize_url(&[("response_type", None)])).await;
        assert_eq!(error_at_client(&answer), "invalid_request");
    }
}

/// AZ-18 AZ-19
#[tokio::test]
async fn an_error_goes_to_the_client_with_state_and_issuer() {
    for app in apps().await {
        app.web_client().await;
        for (name, value, error) in [
            ("scope", Some("nothing known"), "invalid_scope"),
            ("scope", Some("open\"id"), "invalid_scope"),
            ("scope", Some("openid\u{e9}"), "invalid_scope"),
            ("scope", None, "invalid_scope"),
            ("prompt", Some("none"), "login_required"),
            ("prompt", Some("none login"), "invalid_request"),
            ("prompt", Some("none consent"), "invalid_request"),
            ("prompt", Some("none select_account"), "invalid_request"),
            ("prompt", Some("none create"), "invalid_request"),
            ("prompt", Some("often"), "invalid_request"),
            ("prompt", Some("LOGIN"), "invalid_request"),
            ("max_age", Some("-1"), "invalid_request"),
            ("max_age", Some("abc"), "invalid_request"),
            ("max_age", Some("+1"), "invalid_request"),
            ("max_age", Some("1.5"), "invalid_request"),
            ("max_age", Some(" 1"), "invalid_request"),
            ("response_mode", Some("web_message"), "invalid_request"),
            ("response_mode", Some("jwt"), "invalid_request"),
            ("request", Some("eyJhbGciOiJub25lIn0.e30."), "request_not_supported"),
            ("request_uri", Some("https://evil.example/r"), "request_uri_not_supported"),
            (
                "request_uri",
                Some("urn:ietf:params:oauth:request_uri:x"),
                "request_uri_not_supported",
            ),
            ("audience", Some("https://api.example/"), "invalid_target"),
            ("resource", Some("https://api.example/"), "invalid_target"),
        ] {
            let answer = app.get(&authorize_url(&[(name, value)])).await;
            assert_eq!(error_at_client(&answer), error, "{name}={value:?}");
            let url = answer.header("location");
            let text = parameter(url, "error_description").unwrap();
            let is_allowed = |b: u8| matches!(b, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            assert!(text.bytes().all(is_allowed), "RFC 6749 4.1.2.1: {text}");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
}

/// AZ-18
#[tokio::test]
async fn an_error_without_a_state_has_none() {
    for app in apps().await {
        app.web_client().await;
        let answer = app.get(&authorize_url(&[("state", None), ("prompt", Some("none"))])).await;
        let url = sent_to(&answer);
        assert!(!url.contains("state="), "{url}");
        assert_eq!(parameter(&url, "iss").as_deref(), Some("https://id.example.com/"));
    }
}

/// AZ-18
#[tokio::test]
async fn a_person_who_refuses_sends_the_client_an_error_and_no_code() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.open(&authorize_url(&[])).await;
        let answer = browser.submit(&page, "consent-form", &[("decision", "deny")]).await;
        let url = sent_to(&answer);
        assert_eq!(crate::support::protocol::error_in(&url), "access_denied");
        let again = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
        assert!(again.body.contains("id=\"already-continue\""), "answered once: {again:?}");
        assert!(!again.body.contains("code="), "{again:?}");
    }
}

/// AZ-26
#[tokio::test]
async fn scopes_that_the_client_was_not_given_are_dropped_and_it_is_told() {
    for app in apps().await {
        app.with_ada().await;
        let asked = "openid admin root manage:users create:users phone address";
        let url = app.browser().authorize(ADA, &[("scope", Some(asked))]).await;
        let tokens = app.exchange(&parameter(&url, "code").unwrap()).await;
        assert_eq!(tokens.text("scope"), "openid");
        let claims = crate::support::app::claims(&tokens.text("access_token"));
        assert_eq!(claims["scope"], "openid");
    }
}

/// TE-10
#[tokio::test]
async fn a_client_without_the_grant_cannot_ask_for_a_code() {
    for app in apps().await {
        let new = NewClient {
            grant_types: vec!["client_credentials".to_owned()],
            ..web_client("notes", "https://notes.example")
        };
        app.client(new).await;
        let answer = app.get(&authorize_url(&[])).await;
        assert_eq!(error_at_client(&answer), "unauthorized_client");
    }
}

/// AZ-01 CS-03
#[tokio::test]
async fn a_request_by_post_from_another_site_ends_at_the_login_page() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        browser.code(ADA).await;
        let cookies = browser.cookies.clone();
        let post = || {
            Request::post("/oauth/authorize")
                .header("content-type", "application/x-www-form-urlencoded")
                .header("origin", "https://notes.example")
                .header("sec-fetch-site", "cross-site")
                .body(Body::from(form(&REQUEST)))
                .unwrap()
        };
        // Lax cookies stay at home with a POST from elsewhere.
        let answer = app.send(post()).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        assert!(answer.header("location").starts_with("/oauth/authorize?flow="), "{answer:?}");
        assert!(!answer.headers.contains_key("set-cookie"), "{answer:?}");
        let page = app.browser().follow(answer).await;
        form_of(&page.body, "login-form");
        // The GET that follows brings them again: whoever is signed in is not asked twice.
        let answer = app.send(post()).await;
        let url = sent_to(&browser.follow(answer).await);
        assert!(parameter(&url, "code").is_some(), "{url}");
        assert_eq!(browser.cookies, cookies);
    }
}

/// AZ-02 AZ-18
#[tokio::test]
async fn a_request_by_post_is_refused_in_the_same_places() {
    for app in apps().await {
        app.web_client().await;
        let post = |name: &'static str, value: &'static str| {
            let mut fields = REQUEST.to_vec();
            fields.retain(|(known, _)| *known != name);
            fields.push((name, value));
            Request::post("/oauth/authorize")
                .header("content-type", "application/x-www-form-urlencoded")
                .header("sec-fetch-site", "cross-site")
                .body(Body::from(form(&fields)))
                .unwrap()
        };
        let answer = app.send(post("redirect_uri", "https://evil.example/")).await;
        assert_eq!(error_on_page(&answer), "invalid_request");
        let answer = app.send(post("client_id", "nobody")).await;
        assert_eq!(error_on_page(&answer), "invalid_client");
        let answer = app.send(post("scope", "nothing")).await;
        assert_eq!(error_at_client(&answer), "invalid_scope");
        let json = Request::post("/oauth/authorize")
            .header("content-type", "application/json")
            .body(Body::from("{}"))
            .unwrap();
        assert_eq!(app.send(json).await.status, 400);
    }
}

/// AZ-20
#[tokio::test]
async fn a_password_is_never_followed_by_a_redirect_to_a_client() {
    for app in apps().await {
        app.person(ADA).await;
        let new = NewClient { first_party: true, ..web_client("notes", "https://notes.example") };
        app.client(new).await;
        for mode in ["query", "fragment", "form_post"] {
            let mut browser = app.browser();
            let page = browser.open(&authorize_url(&[("response_mode", Some(mode))])).await;
            let fields = [("username", ADA), ("password", crate::support::app::PASSWORD)];
            let answer = browser.submit(&page, "login-form", &fields).await;
            assert_eq!(answer.status, 200, "{mode} {answer:?}");
            assert_eq!(answer.header("location"), "");
            assert!(answer.body.contains("https://notes.example/cb"), "{}", answer.body);
        }
    }
}

/// CD-01: the handle of a request buys one code.
#[tokio::test]
async fn a_request_is_answered_once_however_often_its_last_form_is_sent() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.open(&authorize_url(&[])).await;
        let first = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
        assert!(parameter(&sent_to(&first), "code").is_some());
        let second = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
        assert!(second.body.contains("id=\"already-continue\""), "{second:?}");
        assert!(!second.body.contains("code="), "{second:?}");
    }
}

/// CS-07
#[tokio::test]
async fn a_request_of_another_browser_is_nobodys() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        let answer = browser.get(&authorize_url(&[])).await;
        let path = answer.header("location").to_owned();
        assert!(path.starts_with("/login?flow="), "{path}");
        let mut thief = app.browser();
        thief.sign_in(ADA).await;
        assert_eq!(thief.get(&path).await.header("location"), "/account");
        let handle = path.split("flow=").nth(1).unwrap();
        let answer = thief.get(&format!("/oauth/authorize?flow={handle}")).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        form_of(&browser.get(&path).await.body, "login-form");
    }
}

/// RFC 6749 §3.1: what is not known is ignored; what is known and malformed is told, in its place.
#[tokio::test]
async fn unknown_parameters_are_ignored_and_malformed_ones_are_told_where_they_belong() {
    for app in apps().await {
        app.web_client().await;
        let good = authorize_url(&[]);
        for more in ["&utm=%ff", "&utm=%00", "&utm=%EF%BF%BD", "&utm=1&utm=2", "&%ff=1", "&=x"] {
            let answer = app.get(&format!("{good}{more}")).await;
            assert!(answer.header("location").starts_with("/login?flow="), "{more} {answer:?}");
        }
        for more in ["&nonce=%ff", "&resource=%00", "&prompt=%00", "&login_hint=a&login_hint=b"] {
            let answer = app.get(&format!("{good}{more}")).await;
            assert_eq!(error_at_client(&answer), "invalid_request", "{more} {}", app.engine);
            assert_eq!(parameter(answer.header("location"), "state").unwrap(), "st-1");
        }
        // A state that cannot be sent back is left out.
        let without_state = authorize_url(&[("state", None)]);
        let answer = app.get(&format!("{without_state}&state=%00")).await;
        let location = answer.header("location");
        assert_eq!(parameter(location, "error").as_deref(), Some("invalid_request"));
        assert_eq!(parameter(location, "state"), None);
        for (name, value) in [("client_id", "%00"), ("redirect_uri", "%ff")] {
            let url = authorize_url(&[(name, None)]);
            let answer = app.get(&format!("{url}&{name}={value}")).await;
            assert_eq!(answer.status, 400, "{answer:?}");
            assert!(answer.body.contains("data-error=\"invalid_request\""), "{}", answer.body);
        }
        let request = Request::post("/oauth/authorize")
            .header("content-type", "application/json")
            .body(Body::from("{}"))
            .unwrap();
        let answer = app.send(request).await;
        assert!(answer.body.contains("data-error=\"invalid_request\""), "{}", answer.body);
        let long = authorize_url(&[("max_age", Some("99999999999999999999"))]);
        assert!(app.get(&long).await.header("location").starts_with("/login?flow="));
    }
}
