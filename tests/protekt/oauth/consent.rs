//! Whether the person is asked for leave.

use protekt::oauth::clients::NewClient;

use crate::support::app::{PASSWORD, apps, authorize_url, web_client};
use crate::support::browser::{form_of, parameter, sent_to};
use crate::support::protocol::{ADA, SPA};

/// AZ-01
#[tokio::test]
async fn a_client_of_our_own_asks_for_no_leave() {
    for app in apps().await {
        app.person(ADA).await;
        let new = NewClient { first_party: true, ..web_client("notes", "https://notes.example") };
        app.client(new).await;
        let mut browser = app.browser();
        let page = browser.open(&authorize_url(&[])).await;
        let fields = [("username", ADA), ("password", PASSWORD)];
        let answer = browser.submit(&page, "login-form", &fields).await;
        assert!(parameter(&sent_to(&answer), "code").is_some());
        let page = browser.open(&authorize_url(&[("prompt", Some("consent"))])).await;
        form_of(&page.body, "consent-form");
    }
}

/// AZ-26
#[tokio::test]
async fn leave_is_remembered_and_asked_for_again_when_more_is_wanted() {
    for app in apps().await {
        app.with_ada().await;
        app.public_client().await;
        let mut browser = app.browser();
        browser.authorize(ADA, &[("scope", Some("openid email"))]).await;
        for scope in ["openid email", "email openid", "openid"] {
            let answer = browser.get(&authorize_url(&[("scope", Some(scope))])).await;
            assert!(parameter(answer.header("location"), "code").is_some(), "{scope} {answer:?}");
        }
        let wider = [("scope", Some("openid email profile"))];
        let page = browser.open(&authorize_url(&wider)).await;
        let (asked, granted) = page.body.split_once("id=\"granted\"").unwrap();
        assert!(granted.contains(ADA), "the address was allowed before: {granted}");
        assert!(!asked.split("id=\"asked\"").nth(1).unwrap().contains(ADA), "{asked}");
        // Walking away allows nothing.
        form_of(&browser.open(&authorize_url(&wider)).await.body, "consent-form");
        let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
        assert!(parameter(&sent_to(&answer), "code").is_some());
        let answer = browser.get(&authorize_url(&wider)).await;
        assert!(parameter(answer.header("location"), "code").is_some(), "{answer:?}");
        // What one client was allowed says nothing about another.
        form_of(&browser.open(&authorize_url(&SPA)).await.body, "consent-form");
    }
}

/// CS-07
#[tokio::test]
async fn leave_cannot_be_given_without_the_token_or_by_another_browser() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.open(&authorize_url(&[])).await;
        let without = [("decision", "allow"), ("csrf", "")];
        let answer = browser.submit(&page, "consent-form", &without).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        let mut other = app.browser();
        other.sign_in(ADA).await;
        let answer = other.submit(&page, "consent-form", &[("decision", "allow")]).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        let mut evil = browser.clone();
        evil.extra_headers.push(("sec-fetch-site".to_owned(), "cross-site".to_owned()));
        let answer = evil.submit(&page, "consent-form", &[("decision", "allow")]).await;
        assert_eq!(answer.status, 403, "{answer:?}");
        let answer = browser.submit(&page, "consent-form", &[("decision", "")]).await;
        assert!(
            sent_to(&answer).contains("error=access_denied"),
            "silence is no leave: {answer:?}"
        );
    }
}
