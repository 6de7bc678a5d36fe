//! Who may call: half of what attackers try, at every call that takes a token.

use axum::http::Request;
use protekt::http::routes::{Access, Route, table};
use protekt::oauth::clients::NewClient;
use serde_json::json;

use crate::pages::steps::{SESSION, execute, under};
use crate::support::answer::Answer;
use crate::support::api::{assert_api_refused, call, shop};
use crate::support::app::{TestApp, apps};
use crate::support::browser::parameter;
use crate::support::protocol::{ADA, SPA, spa_fields};

fn calls() -> Vec<Route> {
    table(false).into_iter().filter(|route| route.access == Access::ApiToken).collect()
}

async fn refused_everywhere(app: &TestApp, what: &str, token: &str) {
    for route in calls() {
        let line = format!("{} {}", route.method, route.path);
        let answer = app.bare_call(&line, Some(token)).await;
        assert_eq!(answer.status, 401, "{what} {line} {} {answer:?}", app.engine);
        assert_api_refused(&answer, 401, "invalid_token");
        assert!(answer.header("www-authenticate").contains("invalid_token"), "{answer:?}");
    }
}

async fn me(app: &TestApp, token: &str) -> Answer {
    app.bare_call("GET /api/users/me", Some(token)).await
}

/// AP-02: ID tokens, refresh tokens, tokens of other applications and for other audiences.
#[tokio::test]
async fn only_an_access_token_for_this_api_opens_it() {
    for app in apps().await {
        app.with_shop().await;
        app.web_client().await;
        app.public_client().await;
        let signed_in = app.api_sign_in(ADA).await;
        assert!(calls().len() >= 4, "{:?}", calls());
        for name in ["id_token", "refresh_token"] {
            refused_everywhere(&app, name, &signed_in.text(name)).await;
        }
        let foreign = app.tokens().await;
        for name in ["access_token", "id_token", "refresh_token"] {
            refused_everywhere(&app, "of a third party", &foreign.text(name)).await;
        }
        let mut forged = signed_in.text("access_token");
        forged.replace_range(forged.len() - 6.., "AAAAAA");
        refused_everywhere(&app, "forged", &forged).await;
        refused_everywhere(&app, "garbage", "garbage").await;
        assert_eq!(me(&app, &signed_in.text("access_token")).await.status, 200);
    }
}

/// A third party never gets the audience, by whatever parameter it asks.
#[tokio::test]
async fn nobody_else_may_ask_for_the_audience_of_this_api() {
    for app in apps().await {
        app.with_shop().await;
        app.web_client().await;
        for name in ["audience", "resource"] {
            let asked = [(name, Some("https://id.example.com/api/"))];
            let url = app.browser().authorize(ADA, &asked).await;
            assert_eq!(parameter(&url, "error").as_deref(), Some("invalid_target"), "{url}");
        }
        // An application of the operator's own gets it by the pages too.
        let own = NewClient {
            id: Some("spa".into()),
            redirect_uris: vec!["https://spa.example/cb".to_owned()],
            kind: protekt::domain::client::ClientKind::Spa,
            ..shop()
        };
        app.client(own).await;
        let asked = [&SPA[..], &[("audience", Some("https://id.example.com/api/"))]].concat();
        let url = app.browser().authorize(ADA, &asked).await;
        let tokens = app.token(None, &spa_fields(&parameter(&url, "code").unwrap())).await;
        assert_eq!(me(&app, &tokens.text("access_token")).await.status, 200, "{tokens:?}");
    }
}

/// AP-06: the cookie of a session opens nothing, with whatever it comes.
#[tokio::test]
async fn the_cookie_of_a_session_opens_nothing_here() {
    for app in apps().await {
        app.with_shop().await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        assert!(browser.cookies.contains_key(SESSION));
        for route in calls() {
            let answer =
                browser.send(call(&format!("{} {}", route.method, route.path), None, "")).await;
            assert_api_refused(&answer, 401, "missing_token");
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"protekt\"");
        }
        // Nor is the cookie of the browser looked at.
        let token = browser.cookies[SESSION].clone();
        refused_everywhere(&app, "cookie", &token).await;
    }
}

#[tokio::test]
async fn a_token_is_sent_once_and_in_the_header() {
    for app in apps().await {
        app.with_shop().await;
        let token = app.api_tokens().await.access;
        let query = format!("/api/users/me?access_token={token}");
        let in_query = Request::get(query).body(axum::body::Body::empty()).unwrap();
        assert_api_refused(&app.send(in_query).await, 401, "missing_token");
        let mut twice = call("GET /api/users/me", Some(&token), "");
        twice.headers_mut().append("authorization", format!("Bearer {token}").parse().unwrap());
        assert_api_refused(&app.send(twice).await, 401, "invalid_token");
        for header in ["Basic eDp5", "x", "Bearer", ""] {
            let mut other = call("GET /api/users/me", None, "");
            other.headers_mut().insert("authorization", header.parse().unwrap());
            assert_eq!(app.send(other).await.status, 401, "{header}");
        }
    }
}

/// What ends on the pages or by an operator ends here at the next call.
#[tokio::test]
async fn a_token_is_looked_up_live_at_every_call() {
    for app in apps().await {
        app.with_shop().await;
        for (what, statement) in [
            ("blocked", "UPDATE users SET blocked_at = 1"),
            ("of an earlier generation", "UPDATE users SET generation = generation + 1"),
            ("leaving", "UPDATE users SET deletion_due_at = 2000000000"),
            ("without a session", "DELETE FROM sessions"),
            ("of a session that was idle", "UPDATE sessions SET idle_expires_at = 1"),
            ("without a grant", "UPDATE grants SET revoked_at = 1"),
            ("of an application that is gone", "DELETE FROM clients"),
        ] {
            let tokens = app.api_tokens().await;
            assert_eq!(me(&app, &tokens.access).await.status, 200, "{what}");
            execute(&app, statement).await;
            refused_everywhere(&app, what, &tokens.access).await;
            let body = json!({ "refresh_token": tokens.refresh, "client_id": "shop" });
            let refreshed = app.call("POST /api/auth/refresh", None, body).await;
            assert!(matches!(refreshed.status, 400 | 401), "{what} {refreshed:?}");
            execute(&app, "UPDATE users SET blocked_at = NULL, deletion_due_at = NULL").await;
        }
    }
}

#[tokio::test]
async fn a_token_ends_with_its_time_and_with_its_revocation() {
    for app in apps().await {
        app.with_shop().await;
        let tokens = app.api_tokens().await;
        let fields = [("client_id", "shop"), ("token", &*tokens.access)];
        assert_eq!(app.ask("/oauth/revoke", None, &fields).await.status, 200);
        refused_everywhere(&app, "revoked", &tokens.access).await;
        let other = app.api_tokens().await;
        app.clock.advance(3_599);
        assert_eq!(me(&app, &other.access).await.status, 200);
        app.clock.advance(1);
        refused_everywhere(&app, "expired", &other.access).await;
    }
}

/// A session that the devices page ends takes the tokens with it at once.
#[tokio::test]
async fn a_session_ended_on_the_pages_ends_the_tokens_of_the_application() {
    for app in apps().await {
        let ada = app.with_shop().await;
        let tokens = app.api_tokens().await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.open("/account/sessions").await;
        let listed = app.app.accounts.sessions_of(&ada.id).await.unwrap();
        assert_eq!(listed.len(), 2, "{listed:?}");
        let sid = crate::support::app::claims(&tokens.access)["sid"].as_str().unwrap().to_owned();
        let csrf = crate::pages::steps::hidden(&page, "csrf");
        let fields = [("csrf", csrf.as_str()), ("sid", &sid)];
        assert_eq!(browser.post("/account/sessions/end", &fields).await.status, 303);
        refused_everywhere(&app, "ended on the pages", &tokens.access).await;
        assert_eq!(app.userinfo(&tokens.access).await.status, 401);
        let body = json!({ "refresh_token": tokens.refresh });
        let refreshed = app.call("POST /api/auth/refresh", None, body).await;
        assert_api_refused(&refreshed, 401, "invalid_grant");
    }
}

#[tokio::test]
async fn nothing_of_the_api_is_there_where_it_is_switched_off() {
    for app in apps().await {
        app.with_shop().await;
        let token = app.api_tokens().await.access;
        let mut off = under(&app, |settings| settings.api = None);
        for route in table(false).iter().filter(|route| route.path.starts_with("/api/")) {
            let line = format!("{} {}", route.method, route.path);
            let answer = off.send(call(&line, Some(&token), "{}")).await;
            assert_api_refused(&answer, 404, "not_found");
        }
    }
}
