//! `POST /api/auth/password/request` and `/reset`.

use serde_json::{Value, json};

use crate::pages::steps::{count, mail_to};
use crate::support::answer::Answer;
use crate::support::api::{assert_api_error, fields_of};
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::factors::set_up_totp;
use crate::support::protocol::ADA;

const NEW: &str = "juniper-lantern-41";

async fn request(app: &TestApp, body: &Value) -> Answer {
    app.call_with(("POST", "/api/auth/password/request"), None, body).await
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Answer {
    let body = json!({ "token": token, "newPassword": password });
    app.call_with(("POST", "/api/auth/password/reset"), None, &body).await
}

/// Asks for a link and reads it.
async fn link(app: &TestApp) -> String {
    assert_eq!(request(app, &json!({ "email": ADA })).await.status, 200);
    let mail = mail_to(app, ADA).await;
    let link = mail.split_whitespace().find(|word| word.contains("/password/reset?token="));
    link.unwrap_or_else(|| panic!("no link: {mail}")).split("token=").nth(1).unwrap().to_owned()
}

/// EN-04 PR-01
#[tokio::test]
async fn whoever_has_an_account_a_forgotten_password_is_answered_alike() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let (known, unknown) = (
            request(&app, &json!({ "email": ADA })).await,
            request(&app, &json!({ "email": "nobody@example.com" })).await,
        );
        assert_eq!((known.status, &known.body), (200, &unknown.body), "{}", app.engine);
        assert_eq!(unknown.status, 200);
        for email in [json!("x"), json!(""), json!(null), json!("a@b@c")] {
            assert_eq!(fields_of(&request(&app, &json!({ "email": email })).await), ["email"]);
        }
        let mails = app.mails().await;
        assert_eq!(mails.iter().filter(|mail| mail.contains("/password/reset?token=")).count(), 1);
    }
}

/// PR-02 PR-03: once, and everything of before ends.
#[tokio::test]
async fn another_password_ends_every_session_and_signs_nobody_in() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let old = app.api_tokens(ADA).await;
        let link = link(&app).await;
        assert_eq!(fields_of(&reset(&app, &link, "short").await), ["newPassword"]);
        assert_api_error(&reset(&app, "ptk_ml_x", NEW).await, 400, "invalid_reset_token");
        assert_eq!(app.me(&old.text("access_token")).await.status, 200, "{}", app.engine);
        let done = reset(&app, &link, NEW).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
        assert!(!done.body.contains("token") && !done.body.contains("ptk_"), "{done:?}");
        assert_api_error(&app.me(&old.text("access_token")).await, 401, "invalid_token");
        assert_api_error(&app.api_refresh(&old.text("refresh_token")).await, 401, "invalid_token");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 0, "{}", app.engine);
        assert_api_error(&reset(&app, &link, PASSWORD).await, 400, "invalid_reset_token");
        let body = json!({ "email": ADA, "password": NEW });
        assert_eq!(app.api_sign_in(&body).await.status, 200, "{}", app.engine);
    }
}

/// PR-04
#[tokio::test]
async fn a_link_leaves_the_second_factor_where_it_is() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        set_up_totp(&app, &mut browser).await;
        let done = reset(&app, &link(&app).await, NEW).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
        let half = app.api_sign_in(&json!({ "email": ADA, "password": NEW })).await;
        crate::support::api::assert_half_signed_in(&half);
    }
}

/// RC-03
#[tokio::test]
async fn one_link_sets_one_password_however_often_it_is_used_at_once() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let link = link(&app).await;
        let passwords: Vec<_> = (0..8).map(|who| format!("harbour-lantern-{who}7")).collect();
        let tries = passwords.iter().map(|password| reset(&app, &link, password));
        let done = futures_util::future::join_all(tries).await;
        let won = done.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1, "{} {done:?}", app.engine);
        assert!(done.iter().all(|answer| matches!(answer.status, 200 | 400)), "{done:?}");
    }
}
