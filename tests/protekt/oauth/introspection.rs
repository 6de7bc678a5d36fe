//! Token introspection (RFC 7662).

use axum::body::Body;
use axum::http::Request;
use protekt::domain::client_grant::SubjectType;
use protekt::oauth::clients::NewClient;
use serde_json::json;

use crate::support::apis::{BILLS, ORDERS};
use crate::support::app::{SECRET, TestApp, apps, web_client};
use crate::support::browser::parameter;
use crate::support::protocol::{ADA, assert_refused};

const PATH: &str = "/oauth/introspect";

/// [`ADA`] let the usual client read her orders; `orders-api` speaks for them.
async fn tokens_for_orders(app: &TestApp) -> crate::support::answer::Answer {
    app.api(ORDERS, "Orders").await;
    let new = NewClient {
        default_audience: Some(ORDERS.to_owned()),
        scopes: Some("openid offline_access read write".parse().unwrap()),
        ..web_client("notes", "https://notes.example")
    };
    app.client(new).await;
    app.client(web_client("orders-api", "https://orders.example")).await;
    app.introspectors(ORDERS, &["orders-api"]).await;
    app.person(ADA).await;
    let scope = [("scope", Some("openid offline_access read write"))];
    let url = app.browser().authorize(ADA, &scope).await;
    let tokens = app.exchange(&parameter(&url, "code").unwrap()).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens
}

fn inactive() -> serde_json::Value {
    json!({ "active": false })
}

#[tokio::test]
async fn the_api_and_the_client_hear_what_a_token_is_worth() {
    for app in apps().await {
        let tokens = tokens_for_orders(&app).await;
        let access = tokens.text("access_token");
        for asking in ["orders-api", "notes"] {
            let told = app.introspect(asking, &access).await;
            assert_eq!(told["active"], true, "{told}");
            assert_eq!(told["scope"], "offline_access openid read write");
            assert_eq!(told["token_use"], "access_token");
            assert_eq!(
                (&told["client_id"], &told["token_type"]),
                (&json!("notes"), &json!("Bearer"))
            );
            let claims = crate::support::app::claims(&access);
            for name in ["iss", "sub", "aud", "exp", "iat", "jti", "acr", "auth_time"] {
                assert_eq!(told[name], claims[name], "{name}");
            }
        }
        let told = app.introspect("notes", &tokens.text("refresh_token")).await;
        assert_eq!((&told["active"], &told["token_use"]), (&json!(true), &json!("refresh_token")));
        assert_eq!((&told["client_id"], &told.get("token_type")), (&json!("notes"), &None));
        assert_eq!(told["scope"], "offline_access openid read write");
    }
}

/// IN-01
#[tokio::test]
async fn whoever_does_not_prove_a_secret_hears_nothing() {
    for app in apps().await {
        let access = tokens_for_orders(&app).await.text("access_token");
        app.public_client().await;
        let token = ("token", access.as_str());
        for (basic, fields) in [
            (None, vec![token]),
            (None, vec![token, ("client_id", "notes")]),
            (None, vec![token, ("client_id", "spa")]),
            (Some(("notes", "wrong")), vec![token]),
        ] {
            assert_refused(&app.ask(PATH, basic, &fields).await, 401, "invalid_client");
        }
        let request = Request::post(PATH)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", format!("Bearer {access}"))
            .body(Body::from(format!("token={access}")))
            .unwrap();
        assert_refused(&app.send(request).await, 401, "invalid_client");
        let basic = Some(("notes", SECRET));
        assert_refused(&app.ask(PATH, basic, &[]).await, 400, "invalid_request");
        assert_refused(&app.ask(PATH, basic, &[token, token]).await, 400, "invalid_request");
        let in_url = format!("{PATH}?token={access}");
        assert_refused(&app.ask(&in_url, basic, &[]).await, 400, "invalid_request");
    }
}

/// IN-03
#[tokio::test]
async fn about_the_tokens_of_others_nothing_is_said() {
    for app in apps().await {
        let tokens = tokens_for_orders(&app).await;
        app.api(BILLS, "Bills").await;
        app.client(web_client("bills-api", "https://bills.example")).await;
        app.introspectors(BILLS, &["bills-api"]).await;
        for (asking, token) in [
            ("bills-api", "access_token"),
            ("bills-api", "refresh_token"),
            // The API itself has no business with a refresh token.
            ("orders-api", "refresh_token"),
        ] {
            assert_eq!(app.introspect(asking, &tokens.text(token)).await, inactive(), "{asking}");
        }
        // Nor may one any more whose right was taken away.
        app.store.run("DELETE FROM introspectors").await;
        let access = tokens.text("access_token");
        assert_eq!(app.introspect("orders-api", &access).await, inactive());
        assert_eq!(app.introspect("notes", &access).await["active"], true);
    }
}

/// IN-04
#[tokio::test]
async fn nonsense_is_not_active_and_no_more() {
    for app in apps().await {
        let access = tokens_for_orders(&app).await.text("access_token");
        let parts: Vec<&str> = access.split('.').collect();
        let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{}.", parts[1]);
        let long = "x".repeat(30_000);
        let other = if parts[2].starts_with('A') { "B" } else { "A" };
        let changed = format!("{}.{}.{other}{}", parts[0], parts[1], &parts[2][1..]);
        let id_token = app.tokens_again().await;
        for token in ["x", "a.b.c", "ptk_rt_x", "%00", &none, &long, &changed, &id_token] {
            assert_eq!(app.introspect("notes", token).await, inactive(), "{token:.40}");
        }
        assert_eq!(app.introspect("notes", "a\0b").await, inactive());
    }
}

impl TestApp {
    async fn tokens_again(&self) -> String {
        let url = self.browser().authorize(ADA, &[("scope", Some("openid"))]).await;
        self.exchange(&parameter(&url, "code").unwrap()).await.text("id_token")
    }
}

/// IN-05
#[tokio::test]
async fn what_ended_is_not_active_at_once() {
    const ENDS: [&str; 8] = [
        "UPDATE users SET blocked_at = 1 WHERE email = 'ada@example.com'",
        "UPDATE users SET generation = generation + 1",
        "UPDATE users SET deletion_due_at = 1",
        "UPDATE grants SET revoked_at = 1",
        "DELETE FROM grants",
        "DELETE FROM users WHERE email = 'ada@example.com'",
        // The API is no longer the client's, nor was it granted.
        "UPDATE clients SET default_audience = NULL WHERE id = 'notes'",
        "UPDATE resource_servers SET scopes = '[]'",
    ];
    for end in ENDS {
        for app in apps().await {
            let tokens = tokens_for_orders(&app).await;
            let access = tokens.text("access_token");
            app.store.run(end).await;
            let told = app.introspect("orders-api", &access).await;
            let still = app.introspect("notes", &tokens.text("refresh_token")).await;
            if end.contains("scopes") {
                assert_eq!(told["scope"], "offline_access openid", "{end} {}", app.engine);
                assert_eq!(still["scope"], "offline_access openid", "{end} {}", app.engine);
            } else {
                assert_eq!(told, inactive(), "{end} {}", app.engine);
                assert_eq!(still, inactive(), "{end} {}", app.engine);
            }
        }
    }
    for app in apps().await {
        let tokens = tokens_for_orders(&app).await;
        app.clock.advance(3_600);
        let access = tokens.text("access_token");
        assert_eq!(app.introspect("notes", &access).await, inactive(), "expired");
        let refresh = tokens.text("refresh_token");
        assert_eq!(app.introspect("notes", &refresh).await["active"], true);
        assert_eq!(app.refresh(&refresh).await.status, 200);
        assert_eq!(app.introspect("notes", &refresh).await, inactive(), "used");
    }
}

#[tokio::test]
async fn a_machines_token_is_worth_what_its_grant_is_at_that_moment() {
    for app in apps().await {
        app.api(ORDERS, "Orders").await;
        app.machine("billing").await;
        app.machine("orders-api").await;
        app.introspectors(ORDERS, &["orders-api"]).await;
        let at = (ORDERS, SubjectType::Client);
        app.grant("billing", at, "read write").await.unwrap();
        let token = app.machine_token("billing", &[]).await.text("access_token");
        let told = app.introspect("orders-api", &token).await;
        assert_eq!((&told["scope"], &told["sub"]), (&json!("read write"), &json!("billing")));
        app.grant("billing", at, "read").await.unwrap();
        assert_eq!(app.introspect("orders-api", &token).await["scope"], "read");
        app.ungrant("billing", at).await;
        assert_eq!(app.introspect("orders-api", &token).await, inactive());
        // Granted anew is another grant: what was made under the one before stays dead.
        app.clock.advance(1);
        app.grant("billing", at, "read").await.unwrap();
        assert_eq!(app.introspect("orders-api", &token).await, inactive());
        let token = app.machine_token("billing", &[]).await.text("access_token");
        assert_eq!(app.introspect("orders-api", &token).await["active"], true);
        app.store.run("UPDATE clients SET grant_types = '[]' WHERE id = 'billing'").await;
        assert_eq!(app.introspect("orders-api", &token).await, inactive());
        app.store.run("DELETE FROM clients WHERE id = 'billing'").await;
        assert_eq!(app.introspect("orders-api", &token).await, inactive());
    }
}

/// IN-03: who speaks for an API asks about what it was called with; a refresh token must never be that,
/// nor is one worth anything that could not be used.
#[tokio::test]
async fn a_refresh_token_is_never_taken_for_an_access_token() {
    for app in apps().await {
        let refresh = tokens_for_orders(&app).await.text("refresh_token");
        assert_eq!(app.introspect("notes", &refresh).await["active"], true);
        app.introspectors(ORDERS, &["notes"]).await;
        assert_eq!(app.introspect("notes", &refresh).await, inactive(), "{}", app.engine);
        app.store.run("DELETE FROM introspectors").await;
        app.store.run("UPDATE clients SET scopes = 'openid read' WHERE id = 'notes'").await;
        assert_eq!(app.introspect("notes", &refresh).await, inactive(), "{}", app.engine);
    }
}
