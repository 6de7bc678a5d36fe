//! Half a sign-in, and how it becomes a whole one.

use protekt::http::routes::{Access, table};
use protekt::throttle::Limit;
use serde_json::json;

use super::races::{race, ready, with_status};
use crate::pages::steps::{code_in, count, execute, mail_to, wrong};
use crate::support::api::{
    ApiTokens, assert_api_refused, half_signed_in, named_in, set_up_totp_by_api,
};
use crate::support::app::{TestApp, apps, claims};
use crate::support::factors::{first_half, set_up_totp};
use crate::support::protocol::ADA;

const VERIFY: &str = "POST /api/auth/2fa/verify";
const BACKUP: &str = "POST /api/auth/2fa/verify-backup";
const CHALLENGE: &str = "POST /api/auth/2fa/challenge";

#[tokio::test]
async fn a_password_alone_gives_nothing_but_the_way_to_the_second_factor() {
    for app in apps().await {
        app.with_shop().await;
        let tokens = app.api_tokens().await;
        let (phone, codes) = set_up_totp_by_api(&app, &tokens.access).await;
        assert_eq!(codes.len(), 10, "{codes:?}");
        let half = app.api_sign_in(ADA).await;
        assert_api_refused(&half, 403, "mfa_required");
        let body = half.json();
        assert_eq!(body["methods"], json!(["totp", "backup"]), "{body}");
        let mut members: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        let expected =
            ["error", "errorCode", "errors", "message", "methods", "mfa_token", "statusCode"];
        assert_eq!(members, expected);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 1, "{}", app.engine);
        let token = half.text("mfa_token");
        assert!(token.starts_with("ptk_mf_"), "{token}");
        let code = phone.code(&app, 0);
        let bad = app.call(VERIFY, Some(&token), json!({ "token": wrong(&code) })).await;
        assert_api_refused(&bad, 400, "invalid_code");
        let answer = app.call(VERIFY, Some(&token), json!({ "token": code })).await;
        assert_eq!((answer.status, &answer.json()["verified"]), (200, &json!(true)), "{answer:?}");
        let claims = claims(&answer.text("access_token"));
        assert_eq!(claims["acr"], "urn:protekt:acr:mfa", "{claims}");
        assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]), "{claims}");
        // Once: not with the same code, nor with another.
        for code in [phone.code(&app, 0), phone.code(&app, 30)] {
            let again = app.call(VERIFY, Some(&token), json!({ "token": code })).await;
            assert_api_refused(&again, 401, "invalid_token");
        }
    }
}

/// MF-03: half a sign-in opens its own row, and nothing else.
#[tokio::test]
async fn half_a_sign_in_opens_nothing_else() {
    for app in apps().await {
        app.with_shop().await;
        let tokens = app.api_tokens().await;
        let (phone, _) = set_up_totp_by_api(&app, &tokens.access).await;
        let half = half_signed_in(&app).await;
        for route in table(false) {
            if !matches!(route.access, Access::ApiToken | Access::Bearer) {
                continue;
            }
            let line = format!("{} {}", route.method, route.path);
            let body = json!({ "method": "email" });
            let answer = app.call(&line, Some(&half), body).await;
            assert_eq!(answer.status, 401, "{line} {answer:?}");
        }
        let body = json!({ "refresh_token": half });
        assert_api_refused(
            &app.call("POST /api/auth/refresh", None, body).await,
            401,
            "invalid_grant",
        );
        // Nor does an access token finish a sign-in.
        for line in [VERIFY, BACKUP, CHALLENGE] {
            let body = json!({ "token": "000000" });
            let body = if line == BACKUP { json!({ "code": "x" }) } else { body };
            let body = if line == CHALLENGE { json!({ "method": "email" }) } else { body };
            let answer = app.call(line, Some(&tokens.access), body).await;
            assert_api_refused(&answer, 401, "invalid_token");
        }
        // It ends after five minutes.
        app.clock.advance(300);
        let body = json!({ "token": phone.code(&app, 0) });
        assert_api_refused(&app.call(VERIFY, Some(&half), body).await, 401, "invalid_token");
    }
}

/// What a page began, no application goes on with, and the other way round.
#[tokio::test]
async fn half_a_sign_in_of_a_page_and_of_an_application_are_not_exchanged() {
    for app in apps().await {
        app.with_shop().await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let (phone, _) = set_up_totp(&app, &mut browser).await;
        let mut other = app.browser();
        let page = first_half(&mut other, ADA).await;
        let handle = crate::pages::steps::hidden(&page, "challenge");
        let body = json!({ "token": phone.code(&app, 0) });
        assert_api_refused(
            &app.call(VERIFY, Some(&handle), body.clone()).await,
            401,
            "invalid_token",
        );
        let half = half_signed_in(&app).await;
        let answer = other.get(&format!("/login/mfa/totp?challenge={half}")).await;
        assert!(!answer.body.contains("name=\"code\""), "{answer:?}");
        assert_eq!(app.call(VERIFY, Some(&half), body).await.status, 200);
    }
}

/// MF-02, MF-04
#[tokio::test]
async fn a_code_counts_once_here_and_on_the_pages_together() {
    for app in apps().await {
        app.with_shop().await;
        let tokens = app.api_tokens().await;
        let (phone, codes) = set_up_totp_by_api(&app, &tokens.access).await;
        let code = phone.code(&app, 0);
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        let done = browser.submit(&page, "mfa-form", &[("code", &code)]).await;
        assert_eq!(done.status, 303, "{done:?}");
        let half = half_signed_in(&app).await;
        let body = json!({ "token": code });
        assert_api_refused(&app.call(VERIFY, Some(&half), body).await, 400, "invalid_code");
        let written = json!({ "code": codes[0].to_lowercase().replace('-', " ") });
        let answer = app.call(BACKUP, Some(&half), written.clone()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json()["backup_codes_left"], 9);
        let half = half_signed_in(&app).await;
        assert_api_refused(&app.call(BACKUP, Some(&half), written).await, 400, "invalid_code");
    }
}

/// MF-01: tries count by account, over every sign-in, here and on the pages.
#[tokio::test]
async fn wrong_codes_are_counted_by_account_here_and_on_the_pages() {
    for app in apps().await {
        app.with_shop().await;
        let mut settings = (*app.app.accounts.settings).clone();
        settings.limits.factors_by_account = Limit::new(4, 900);
        let app = app.with_account_settings(settings);
        let tokens = app.api_tokens().await;
        let (phone, _) = set_up_totp_by_api(&app, &tokens.access).await;
        let bad = wrong(&phone.code(&app, 0));
        for _ in 0..2 {
            let mut browser = app.browser();
            let page = first_half(&mut browser, ADA).await;
            browser.submit(&page, "mfa-form", &[("code", &bad)]).await;
            let half = half_signed_in(&app).await;
            let body = json!({ "token": bad });
            assert_api_refused(&app.call(VERIFY, Some(&half), body).await, 400, "invalid_code");
        }
        let half = half_signed_in(&app).await;
        let body = json!({ "token": phone.code(&app, 0) });
        let answer = app.call(VERIFY, Some(&half), body).await;
        assert_api_refused(&answer, 429, "too_many_requests");
    }
}

async fn with_mail_factor(app: &TestApp) {
    let tokens = app.api_tokens().await;
    let body = json!({ "method": "email" });
    let begun = app.call("POST /api/auth/2fa/enable", Some(&tokens.access), body).await;
    assert_eq!(begun.status, 200, "{begun:?}");
    let code = code_in(&mail_to(app, ADA).await);
    let body = json!({ "token": code });
    let done = app.call("POST /api/auth/2fa/confirm", Some(&tokens.access), body).await;
    assert_eq!(done.status, 200, "{done:?}");
    app.clock.advance(60);
}

#[tokio::test]
async fn a_code_by_mail_is_sent_when_it_is_asked_for_and_not_too_often() {
    for app in apps().await {
        app.with_shop().await;
        with_mail_factor(&app).await;
        let before = app.mails().await.len();
        let half = half_signed_in(&app).await;
        assert_eq!(app.mails().await.len(), before, "nothing before it is asked for");
        for (body, named) in [(json!({}), "method"), (json!({ "method": "totp" }), "method")] {
            let answer = app.call(CHALLENGE, Some(&half), body).await;
            assert_api_refused(&answer, 400, "invalid_body");
            assert_eq!(named_in(&answer), [named]);
        }
        let answer = app.call(CHALLENGE, Some(&half), json!({ "method": "sms" })).await;
        assert_api_refused(&answer, 400, "invalid_body");
        for _ in 0..2 {
            let sent = app.call(CHALLENGE, Some(&half), json!({ "method": "email" })).await;
            assert_eq!(sent.status, 200, "{sent:?}");
        }
        assert_eq!(app.mails().await.len(), before + 1, "one a minute");
        let code = code_in(&mail_to(&app, ADA).await);
        let answer = app.call(VERIFY, Some(&half), json!({ "token": code })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        ApiTokens::of(&answer);
    }
}

#[tokio::test]
async fn what_ends_an_account_ends_its_half_sign_ins() {
    for app in apps().await {
        app.with_shop().await;
        let tokens = app.api_tokens().await;
        let (phone, _) = set_up_totp_by_api(&app, &tokens.access).await;
        for statement in [
            "UPDATE users SET blocked_at = 1",
            "UPDATE users SET generation = generation + 1",
            "UPDATE clients SET authentication_api = FALSE",
        ] {
            let half = half_signed_in(&app).await;
            execute(&app, statement).await;
            let body = json!({ "token": phone.code(&app, 0) });
            assert_api_refused(&app.call(VERIFY, Some(&half), body).await, 401, "invalid_token");
            execute(&app, "UPDATE users SET blocked_at = NULL").await;
        }
    }
}

/// An `mfa_token`, and a code on paper, sent by eight at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn half_a_sign_in_is_finished_once_however_many_try() {
    for app in ready().await {
        let tokens = app.api_tokens().await;
        let (phone, codes) = set_up_totp_by_api(&app, &tokens.access).await;
        for code in codes.iter().take(8) {
            let half = half_signed_in(&app).await;
            let answers = race(&app, BACKUP, Some(&half), &json!({ "code": code })).await;
            assert_eq!(with_status(&answers, 200), 1, "{} {answers:?}", app.engine);
        }
        for _ in 0..12 {
            app.clock.advance(30);
            let half = half_signed_in(&app).await;
            let body = json!({ "token": phone.code(&app, 0) });
            let answers = race(&app, VERIFY, Some(&half), &body).await;
            assert_eq!(with_status(&answers, 200), 1, "{} {answers:?}", app.engine);
        }
        let sessions = count(&app, "SELECT COUNT(*) FROM sessions").await;
        assert_eq!(sessions, 1 + 8 + 12, "{}", app.engine);
    }
}
