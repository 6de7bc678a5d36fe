//! How answers travel: `response_mode`, `state` and `iss`.

use crate::support::app::{PASSWORD, apps, authorize_url};
use crate::support::browser::{parameter, sent_to, unescape};
use crate::support::protocol::ADA;

/// The hidden fields of a page that posts to the client.
fn posted(body: &str) -> (String, Vec<(String, String)>) {
    let form = body.split("<form").nth(1).unwrap().split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| {
        unescape(tag.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap())
    };
    let fields = form
        .split("<input ")
        .skip(1)
        .map(|tag| (attribute(tag, "name"), attribute(tag, "value")))
        .collect();
    (attribute(form, "action"), fields)
}

/// AZ-19
#[tokio::test]
async fn a_success_travels_as_asked_with_state_and_issuer() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        browser.code(ADA).await;
        for (mode, separator) in [("query", '?'), ("fragment", '#'), ("", '?')] {
            let url = browser.authorize(ADA, &[("response_mode", Some(mode))]).await;
            assert!(url.starts_with(&format!("https://notes.example/cb{separator}code=")), "{url}");
            assert_eq!(url.matches(['?', '#']).count(), 1, "{url}");
            assert_eq!(parameter(&url, "state").as_deref(), Some("st-1"));
            assert_eq!(parameter(&url, "iss").as_deref(), Some("https://id.example.com/"));
            let tokens = app.exchange(&parameter(&url, "code").unwrap()).await;
            assert_eq!(tokens.status, 200, "{tokens:?}");
        }
        let page = browser.open(&authorize_url(&[("response_mode", Some("form_post"))])).await;
        assert_eq!((page.status, page.header("location")), (200, ""), "{page:?}");
        assert_eq!(page.header("cache-control"), "no-store");
        let (action, fields) = posted(&page.body);
        assert_eq!(action, "https://notes.example/cb");
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["code", "state", "iss"]);
        assert_eq!(
            (fields[1].1.as_str(), fields[2].1.as_str()),
            ("st-1", "https://id.example.com/")
        );
        assert_eq!(app.exchange(&fields[0].1).await.status, 200);
    }
}

/// AZ-18 AZ-19
#[tokio::test]
async fn an_error_travels_as_asked_with_state_and_issuer() {
    for app in apps().await {
        app.web_client().await;
        for (mode, separator) in [("query", '?'), ("fragment", '#')] {
            let changes = [("response_mode", Some(mode)), ("prompt", Some("none"))];
            let answer = app.get(&authorize_url(&changes)).await;
            let url = answer.header("location");
            assert!(
                url.starts_with(&format!(
                    "https://notes.example/cb{separator}error=login_required"
                )),
                "{url}"
            );
            assert_eq!(parameter(url, "state").as_deref(), Some("st-1"));
            assert_eq!(parameter(url, "iss").as_deref(), Some("https://id.example.com/"));
        }
        for wrong in [("prompt", "none"), ("scope", "nothing"), ("response_type", "token")] {
            let changes = [("response_mode", Some("form_post")), (wrong.0, Some(wrong.1))];
            let page = app.get(&authorize_url(&changes)).await;
            assert_eq!((page.status, page.header("location")), (200, ""), "{page:?}");
            let (action, fields) = posted(&page.body);
            assert_eq!(action, "https://notes.example/cb");
            let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["error", "error_description", "state", "iss"], "{wrong:?}");
        }
    }
}

/// AZ-19 IJ-01 IJ-04
#[tokio::test]
async fn a_state_comes_back_to_the_byte_and_stays_a_parameter() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        browser.code(ADA).await;
        for state in [
            "a b+c&d=e#f?g%41",
            "\r\nSet-Cookie: evil=1\r\n\r\n<html>",
            "\"><script>alert(1)</script>{{1234*5}}${1234*5}",
            "&code=stolen&iss=https://evil.example/",
            "\u{202e}ünïcode \u{1f980}",
            &"x".repeat(2_000),
        ] {
            let url = browser.authorize(ADA, &[("state", Some(state))]).await;
            assert_eq!(parameter(&url, "state").as_deref(), Some(state));
            assert_eq!(parameter(&url, "iss").as_deref(), Some("https://id.example.com/"));
            assert_ne!(parameter(&url, "code").as_deref(), Some("stolen"));
            let changes = [("state", Some(state)), ("response_mode", Some("form_post"))];
            let page = browser.open(&authorize_url(&changes)).await;
            let (_, fields) = posted(&page.body);
            assert_eq!(fields[1], ("state".to_owned(), state.to_owned()));
            assert!(!page.body.contains("<script>alert"), "{}", page.body);
            assert!(!page.body.contains("6170"), "{}", page.body);
            let changes = [("state", Some(state)), ("prompt", Some("login"))];
            let page = browser.open(&authorize_url(&changes)).await;
            let answer = browser.submit(&page, "login-form", &[("password", PASSWORD)]).await;
            assert_eq!(parameter(&sent_to(&answer), "state").as_deref(), Some(state));
        }
    }
}
