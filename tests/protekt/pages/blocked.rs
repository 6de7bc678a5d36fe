//! People who are kept out: by command, and by a machine at the management API.

use axum::body::Body;
use axum::http::Request;
use protekt::accounts::BlockRefusal;
use protekt::domain::client_grant::SubjectType;
use serde_json::json;

use super::reset_password::link_to;
use super::steps::{are_signed_in, count, enter, texts};
use crate::support::answer::Answer;
use crate::support::api::{MANAGEMENT, assert_api_error, fields_of};
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::factors::{first_half, set_up_totp};
use crate::support::protocol::ADA;

const KINDS: &str = "SELECT kind FROM audit_events WHERE kind LIKE 'user_%blocked' ORDER BY id";

/// The page of a refused sign-in, without what every page has of its own.
async fn refused(app: &TestApp, email: &str, password: &str) -> (u16, String) {
    let mut browser = app.browser();
    let page = browser.open("/login").await;
    let answer = enter(&mut browser, &page, email, password).await;
    let main = answer.body.split("<main").nth(1).unwrap_or_default();
    let main = main.replace(email, "").replace(&super::steps::hidden(&answer, "csrf"), "");
    (answer.status, main)
}

/// LO-08 EN-01: everything that was open ends, and the sign-in says what it says to a wrong password.
#[tokio::test]
async fn whoever_is_blocked_is_out_at_once_and_nothing_comes_back_later() {
    for app in apps().await {
        let id = app.with_ada().await.id;
        let accounts = &app.app.accounts;
        let tokens = app.tokens().await;
        let (refresh, access) = (tokens.text("refresh_token"), tokens.text("access_token"));
        let mut browser = app.browser();
        let page = browser.open("/password/forgot").await;
        browser.submit(&page, "forgot-form", &[("email", ADA)]).await;
        let link = link_to(&app, ADA).await;
        browser.sign_in(ADA).await;
        let (phone, _) = set_up_totp(&app, &mut browser).await;
        let mut half = app.browser();
        let page = first_half(&mut half, ADA).await;

        assert!(accounts.set_blocked(&id, true).await.unwrap().is_new, "{}", app.engine);
        assert!(!are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        assert_eq!(app.refresh(&refresh).await.error(), "invalid_grant", "{}", app.engine);
        assert_eq!(app.userinfo(&access).await.status, 401, "{}", app.engine);
        assert_eq!(app.browser().open(&link).await.status, 410, "{}", app.engine);
        app.clock.advance(60);
        half.submit(&page, "mfa-form", &[("code", &phone.code(&app, 0))]).await;
        assert!(!are_signed_in(&app, &half.cookies).await, "{}", app.engine);
        let nobody = refused(&app, "nobody@example.com", PASSWORD).await;
        let blocked = refused(&app, ADA, PASSWORD).await;
        assert_eq!(blocked, nobody, "{}", app.engine);
        assert_eq!(blocked.0, 422, "{}", app.engine);
        assert!(!accounts.set_blocked(&id, true).await.unwrap().is_new, "{}", app.engine);

        assert!(accounts.set_blocked(&id, false).await.unwrap().is_new, "{}", app.engine);
        assert!(!accounts.set_blocked(&id, false).await.unwrap().is_new, "{}", app.engine);
        assert!(!are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        assert_eq!(app.refresh(&refresh).await.error(), "invalid_grant", "{}", app.engine);
        assert_eq!(app.browser().open(&link).await.status, 410, "{}", app.engine);
        assert_eq!(texts(&app, KINDS).await, ["user_blocked", "user_unblocked"]);
        let mut again = app.browser();
        let page = first_half(&mut again, ADA).await;
        app.clock.advance(60);
        let done = again.submit(&page, "mfa-form", &[("code", &phone.code(&app, 0))]).await;
        assert!(are_signed_in(&app, &again.cookies).await, "{} {done:?}", app.engine);
        let activity = again.get("/account/activity").await;
        for told in ["blocked your account", "let you in again"] {
            assert!(activity.body.contains(told), "{told}: {}", activity.body);
        }
    }
}

async fn patch(app: &TestApp, token: &str, id: &str, body: &serde_json::Value) -> Answer {
    app.call_with(("PATCH", &format!("/api/v2/users/{id}")), Some(token), body).await
}

/// AP-09: a machine that may change accounts blocks people; one that may only read does not.
#[tokio::test]
async fn a_machine_that_may_change_accounts_blocks_and_lets_in_again() {
    for app in apps().await {
        let ada = app.person(ADA).await;
        let id = ada.id.as_str();
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let reader = app.manager_token("read:users").await;
        let refused = patch(&app, &reader, id, &json!({ "blocked": true })).await;
        assert_api_error(&refused, 403, "insufficient_scope");
        let at = (MANAGEMENT, SubjectType::Client);
        app.grant("manager", at, "read:users update:users").await.unwrap();
        let token = app.machine_token("manager", &[]).await.text("access_token");
        for (body, fields) in [
            (json!({ "blocked": "yes" }), vec!["blocked"]),
            (json!({ "blocked": null }), vec!["blocked"]),
            (json!({ "blocked": 1, "email": "a@b.c" }), vec!["blocked"]),
        ] {
            assert_eq!(fields_of(&patch(&app, &token, id, &body).await), fields, "{body}");
        }
        let path = format!("/api/v2/users/{id}");
        let twice = Request::patch(path)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"))
            .body(Body::from("{\"blocked\":false,\"blocked\":true}"));
        assert_eq!(fields_of(&app.send(twice.unwrap()).await), ["blocked"], "{}", app.engine);
        let wish = json!({ "blocked": true });
        for nobody in ["none", "%00"] {
            assert_api_error(&patch(&app, &token, nobody, &wish).await, 404, "inexistent_user");
        }
        assert!(are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        for _ in 0..2 {
            let blocked = patch(&app, &token, id, &wish).await;
            assert_eq!((blocked.status, &blocked.json()["blocked"]), (200, &json!(true)));
        }
        assert!(!are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        let free = patch(&app, &token, id, &json!({ "blocked": false })).await;
        assert_eq!((free.status, &free.json()["blocked"]), (200, &json!(false)), "{free:?}");
        assert_eq!(texts(&app, KINDS).await, ["user_blocked", "user_unblocked"]);
        let by = "SELECT COUNT(*) FROM audit_events WHERE kind LIKE 'user_%blocked'
            AND client_id = 'manager' AND ip IS NOT NULL AND request_id IS NOT NULL";
        assert_eq!(count(&app, by).await, 2, "{}", app.engine);
        app.give_role(ADA, "admin").await;
        assert_api_error(&patch(&app, &token, id, &wish).await, 403, "last_administrator");
        let refusal = app.app.accounts.set_blocked(&ada.id, true).await.unwrap_err();
        assert!(matches!(refusal, BlockRefusal::LastAdministrator), "{refusal:?}");
    }
}
