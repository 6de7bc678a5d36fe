//! For whom an access token is: `audience`, and `resource` of RFC 8707.

use protekt::oauth::clients::NewClient;
use serde_json::json;

use crate::support::app::{
    SECRET, TestApp, apps, authorize_url, claims, exchange_fields, web_client,
};
use crate::support::browser::parameter;
use crate::support::protocol::{ADA, error_at_client};

const API: &str = "https://api.notes.example/";
const USERINFO: &str = "https://id.example.com/userinfo";

async fn client_of_api(app: &TestApp) {
    app.person(ADA).await;
    let new = NewClient {
        default_audience: Some(API.to_owned()),
        ..web_client("notes", "https://notes.example")
    };
    app.client(new).await;
}

/// TK-04
#[tokio::test]
async fn without_a_wish_the_audience_is_the_configured_api_or_userinfo() {
    for app in apps().await {
        app.web_client().await;
        app.person(ADA).await;
        assert_eq!(claims(&app.tokens().await.text("access_token"))["aud"], USERINFO);
        let url = app.browser().authorize(ADA, &[("scope", Some("profile"))]).await;
        let tokens = app.exchange(&parameter(&url, "code").unwrap()).await;
        assert_eq!(claims(&tokens.text("access_token"))["aud"], USERINFO, "never empty");
    }
    for app in apps().await {
        client_of_api(&app).await;
        let tokens = app.tokens().await;
        assert_eq!(claims(&tokens.text("access_token"))["aud"], json!([API, USERINFO]));
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 200);
    }
}

/// TK-05
#[tokio::test]
async fn an_asked_audience_must_be_the_clients_own() {
    for app in apps().await {
        client_of_api(&app).await;
        let mut browser = app.browser();
        browser.code(ADA).await;
        for (name, target, expected) in [
            ("audience", API, json!([API, USERINFO])),
            ("resource", API, json!([API, USERINFO])),
            ("audience", USERINFO, json!(USERINFO)),
        ] {
            let url = browser.authorize(ADA, &[(name, Some(target))]).await;
            let tokens = app.exchange(&parameter(&url, "code").unwrap()).await;
            assert_eq!(claims(&tokens.text("access_token"))["aud"], expected, "{name}={target}");
        }
        for name in ["audience", "resource"] {
            for evil in [
                "https://api.evil.example/",
                "https://api.notes.example",
                "https://api.notes.example/x",
                "https://id.example.com/api/",
                "https://id.example.com/api/v2/",
                "https://id.example.com/",
                "notes",
            ] {
                let answer = browser.get(&authorize_url(&[(name, Some(evil))])).await;
                assert_eq!(error_at_client(&answer), "invalid_target", "{name}={evil}");
            }
        }
        let both = format!(
            "{}&resource={API}&resource=https%3A%2F%2Fapi.evil.example%2F",
            authorize_url(&[])
        );
        assert_eq!(error_at_client(&browser.get(&both).await), "invalid_target");
        let both = format!("{}&resource={API}&resource={USERINFO}", authorize_url(&[]));
        assert!(parameter(browser.get(&both).await.header("location"), "code").is_some());
    }
}

/// TK-05
#[tokio::test]
async fn a_token_request_may_name_what_was_granted_and_nothing_else() {
    for app in apps().await {
        client_of_api(&app).await;
        for name in ["audience", "resource"] {
            for (target, is_good) in [(API, true), ("https://api.evil.example/", false)] {
                let code = app.code().await;
                let mut fields = exchange_fields(&code).to_vec();
                fields.push((name, target));
                let answer = app.token(Some(("notes", SECRET)), &fields).await;
                let expected = if is_good { (200, "") } else { (400, "invalid_target") };
                assert_eq!((answer.status, answer.error().as_str()), expected, "{name}={target}");
                if !is_good {
                    continue;
                }
                let token = answer.text("refresh_token");
                let fields =
                    [("grant_type", "refresh_token"), ("refresh_token", &token), (name, target)];
                let answer = app.token(Some(("notes", SECRET)), &fields).await;
                assert_eq!(answer.status, 200, "{answer:?}");
                assert_eq!(claims(&answer.text("access_token"))["aud"], json!([API, USERINFO]));
            }
        }
    }
}

/// TK-05
#[tokio::test]
async fn a_token_for_an_api_alone_is_no_token_for_userinfo() {
    for app in apps().await {
        client_of_api(&app).await;
        let url = app.browser().authorize(ADA, &[("scope", Some("profile email"))]).await;
        let tokens = app.exchange(&parameter(&url, "code").unwrap()).await;
        let access = tokens.text("access_token");
        assert_eq!(claims(&access)["aud"], API);
        assert_eq!(app.userinfo(&access).await.status, 401);
    }
}
