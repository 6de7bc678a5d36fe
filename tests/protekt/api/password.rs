//! `POST /api/auth/password/request` and `reset`, and the change of a password.

use serde_json::json;

use super::races::{race, ready, with_status};
use crate::pages::steps::{count, execute, mail_to};
use crate::support::api::{
    ApiTokens, assert_api_refused, half_signed_in, named_in, set_up_totp_by_api,
};
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::protocol::ADA;

const REQUEST: &str = "POST /api/auth/password/request";
const RESET: &str = "POST /api/auth/password/reset";
const NEW: &str = "juniper-lantern-41";

/// The token of a link that was asked for by the API.
async fn link(app: &TestApp) -> String {
    assert_eq!(app.call(REQUEST, None, json!({ "email": ADA })).await.status, 200);
    let mail = mail_to(app, ADA).await;
    let rest = mail.split("/password/reset?token=").nth(1).unwrap_or_else(|| panic!("{mail}"));
    rest.split_whitespace().next().unwrap().to_owned()
}

/// EN-04
#[tokio::test]
async fn a_link_is_asked_for_with_the_same_answer_whoever_has_the_address() {
    for app in apps().await {
        app.with_shop().await;
        let known = app.call(REQUEST, None, json!({ "email": ADA })).await;
        assert_eq!(known.status, 200, "{known:?}");
        for email in ["nobody@example.com", "shop@example.com"] {
            let answer = app.call(REQUEST, None, json!({ "email": email })).await;
            assert_eq!((answer.status, &answer.body), (200, &known.body), "{email}");
        }
        for body in [json!({}), json!({ "email": "x" }), json!({ "email": ADA, "x": 1 })] {
            assert_api_refused(&app.call(REQUEST, None, body).await, 400, "invalid_body");
        }
        assert_eq!(app.mails().await.len(), 1, "{}", app.engine);
        let without = app.without_mail();
        let answer = without.call(REQUEST, None, json!({ "email": ADA })).await;
        assert_api_refused(&answer, 404, "not_found");
    }
}

/// PR-02, PR-03
#[tokio::test]
async fn a_link_changes_the_password_once_and_ends_everything_of_the_account() {
    for app in apps().await {
        app.with_shop().await;
        let before = app.api_tokens().await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let token = link(&app).await;
        for (body, code, named) in [
            (json!({ "token": "x", "newPassword": NEW }), "invalid_code", None),
            (json!({ "token": token }), "invalid_body", Some("newPassword")),
            (
                json!({ "token": token, "newPassword": "12345678" }),
                "invalid_body",
                Some("newPassword"),
            ),
        ] {
            let answer = app.call(RESET, None, body).await;
            assert_api_refused(&answer, 400, code);
            assert_eq!(named_in(&answer).first().map(String::as_str), named);
        }
        let body = json!({ "token": token, "newPassword": NEW });
        let answer = app.call(RESET, None, body.clone()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.json().get("access_token").is_none(), "{answer:?}");
        assert_api_refused(&app.call(RESET, None, body).await, 400, "invalid_code");
        let me = app.bare_call("GET /api/users/me", Some(&before.access)).await;
        assert_api_refused(&me, 401, "invalid_token");
        let body = json!({ "refresh_token": before.refresh });
        assert_api_refused(
            &app.call("POST /api/auth/refresh", None, body).await,
            401,
            "invalid_grant",
        );
        assert_eq!(browser.get("/account").await.status, 303);
        // Nobody was signed in by it.
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 0, "{}", app.engine);
        assert_api_refused(&app.api_sign_in(ADA).await, 401, "invalid_credentials");
        let body = json!({ "email": ADA, "password": NEW });
        assert_eq!(app.call("POST /api/auth/signin", None, body).await.status, 200);
    }
}

/// PR-04: the link is no way around the second factor.
#[tokio::test]
async fn a_second_factor_is_still_asked_for_after_a_reset() {
    for app in apps().await {
        app.with_shop().await;
        let tokens = app.api_tokens().await;
        let (phone, _) = set_up_totp_by_api(&app, &tokens.access).await;
        let token = link(&app).await;
        let body = json!({ "token": token, "newPassword": PASSWORD });
        assert_eq!(app.call(RESET, None, body).await.status, 200);
        let by_mail = "SELECT COUNT(*) FROM users WHERE password_by_mail_at IS NOT NULL";
        assert_eq!(count(&app, by_mail).await, 1, "{}", app.engine);
        let half = half_signed_in(&app).await;
        let body = json!({ "token": phone.code(&app, 0) });
        let answer = app.call("POST /api/auth/2fa/verify", Some(&half), body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(count(&app, by_mail).await, 0, "{}", app.engine);
    }
}

/// RC-03
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_sent_many_times_at_once_changes_the_password_once() {
    for app in ready().await {
        for _ in 0..5 {
            let body = json!({ "token": link(&app).await, "newPassword": NEW });
            let answers = race(&app, RESET, None, &body).await;
            assert_eq!(with_status(&answers, 200), 1, "{} {answers:?}", app.engine);
            assert_eq!(with_status(&answers, 400), 7, "{} {answers:?}", app.engine);
            app.clock.advance(3_600);
        }
    }
}

#[tokio::test]
async fn who_is_signed_in_changes_the_password_and_keeps_only_the_new_tokens() {
    for app in apps().await {
        app.with_shop().await;
        let (own, other) = (app.api_tokens().await, app.api_tokens().await);
        app.clock.advance(600);
        let change = json!({ "password": NEW });
        let answer = app.call("PATCH /api/users/me", Some(&own.access), change).await;
        assert_api_refused(&answer, 403, "reauthentication_required");
        let wrong = json!({ "password": NEW, "current_password": "wrong" });
        let answer = app.call("PATCH /api/users/me", Some(&own.access), wrong).await;
        assert_eq!(named_in(&answer), ["current_password"], "{answer:?}");
        let weak = json!({ "password": "12345678", "current_password": PASSWORD });
        let answer = app.call("PATCH /api/users/me", Some(&own.access), weak).await;
        assert_api_refused(&answer, 400, "invalid_body");
        assert_eq!(named_in(&answer), ["password"]);
        let change = json!({ "password": NEW, "current_password": PASSWORD, "nickname": "ada" });
        let answer = app.call("PATCH /api/users/me", Some(&own.access), change).await;
        assert_eq!((answer.status, &answer.json()["nickname"]), (200, &json!("ada")), "{answer:?}");
        let new = ApiTokens::of(&answer);
        for (tokens, status) in [(&own, 401), (&other, 401), (&new, 200)] {
            let me = app.bare_call("GET /api/users/me", Some(&tokens.access)).await;
            assert_eq!(me.status, status, "{me:?}");
        }
        for (tokens, status) in [(&own, 401), (&other, 401), (&new, 200)] {
            let body = json!({ "refresh_token": tokens.refresh });
            let refreshed = app.call("POST /api/auth/refresh", None, body).await;
            assert_eq!(refreshed.status, status, "{refreshed:?}");
        }
        execute(&app, "DELETE FROM throttle_counters").await;
    }
}
