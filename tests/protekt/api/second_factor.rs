//! `/api/auth/2fa/…`: giving a second factor, setting one up, and removing it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use protekt::http::routes::{Access, Route, table};
use serde_json::{Value, json};

use crate::pages::steps::{code_in, count, mail_to, wrong};
use crate::support::answer::Answer;
use crate::support::api::{assert_api_error, assert_half_signed_in, fields_of};
use crate::support::app::{PASSWORD, TestApp, apps, claims};
use crate::support::factors::{AuthenticatorApp, set_up_totp, way};
use crate::support::protocol::ADA;

const CHALLENGE: (&str, &str) = ("POST", "/api/auth/2fa/challenge");
const VERIFY: (&str, &str) = ("POST", "/api/auth/2fa/verify");
const BACKUP: (&str, &str) = ("POST", "/api/auth/2fa/verify-backup");
const ENABLE: (&str, &str) = ("POST", "/api/auth/2fa/enable");
const CONFIRM: (&str, &str) = ("POST", "/api/auth/2fa/confirm");
const DISABLE: (&str, &str) = ("DELETE", "/api/auth/2fa/disable");
const NEW_CODES: (&str, &str) = ("POST", "/api/auth/2fa/backup-codes");

/// Ada with an app and codes on paper, set up on the pages.
async fn with_app(app: &TestApp) -> (AuthenticatorApp, Vec<String>) {
    app.plant_api_client().await;
    app.person(ADA).await;
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    set_up_totp(app, &mut browser).await
}

/// The first half of a sign-in: its `mfa_token`.
async fn half(app: &TestApp) -> Answer {
    let half = app.api_sign_in(&json!({ "email": ADA, "password": PASSWORD })).await;
    assert_half_signed_in(&half);
    half
}

async fn verify(app: &TestApp, token: &str, code: &str) -> Answer {
    app.call_with(VERIFY, Some(token), &json!({ "token": code })).await
}

async fn sessions(app: &TestApp) -> i64 {
    count(app, "SELECT COUNT(*) FROM sessions").await
}

/// An app that is set up by the API.
async fn enable_app(app: &TestApp, token: &str) -> (AuthenticatorApp, Vec<String>) {
    let begun = app.call_with(ENABLE, Some(token), &json!({ "method": "totp" })).await;
    assert_eq!(begun.status, 200, "{begun:?}");
    let data = begun.json()["data"].clone();
    let page = format!("<p id=\"key\">{}</p>", data["secret"].as_str().unwrap());
    let phone = AuthenticatorApp::of_html(&page);
    let body = json!({ "token": phone.code(app, 0) });
    let done = app.call_with(CONFIRM, Some(token), &body).await;
    assert_eq!(done.status, 200, "{} {done:?}", app.engine);
    app.clock.advance(30);
    let codes = done.json()["data"]["backupCodes"].as_array().unwrap().clone();
    (phone, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

/// What waits to be confirmed waits also while its owner proves again who they are.
#[tokio::test]
async fn a_proof_in_the_call_that_confirms_loses_nothing_that_was_begun() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let token = app.api_tokens(ADA).await.text("access_token");
        let begun = app.call_with(ENABLE, Some(&token), &json!({ "method": "totp" })).await;
        let secret = begun.json()["data"]["secret"].as_str().unwrap().to_owned();
        let phone = AuthenticatorApp::of_html(&format!("<p id=\"key\">{secret}</p>"));
        app.clock.advance(11 * 60);
        let code = phone.code(&app, 0);
        let late = app.call_with(CONFIRM, Some(&token), &json!({ "token": code })).await;
        assert_api_error(&late, 403, "reauthentication_required");
        let body = json!({ "token": code, "password": PASSWORD });
        let done = app.call_with(CONFIRM, Some(&token), &body).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
    }
}

#[tokio::test]
async fn the_code_of_an_app_makes_a_sign_in_whole() {
    for app in apps().await {
        let (phone, _) = with_app(&app).await;
        let before = sessions(&app).await;
        let half = half(&app).await;
        assert_eq!(half.json()["methods"], json!(["totp", "backup"]), "{half:?}");
        assert_eq!(half.json()["expires_in"], 300);
        assert_eq!(sessions(&app).await, before, "{}", app.engine);
        let token = half.text("mfa_token");
        let passed = verify(&app, &token, &phone.code(&app, 0)).await;
        assert_eq!(passed.status, 200, "{passed:?}");
        assert_eq!(
            (&passed.json()["verified"], &passed.json()["email"]),
            (&json!(true), &json!(ADA))
        );
        let claims = claims(&passed.text("access_token"));
        assert_eq!(claims["acr"], "urn:protekt:acr:mfa", "{claims}");
        assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]), "{claims}");
        assert_eq!(app.me(&passed.text("access_token")).await.status, 200);
        assert_eq!(app.api_refresh(&passed.text("refresh_token")).await.status, 200);
        // Once.
        app.clock.advance(30);
        let again = verify(&app, &token, &phone.code(&app, 0)).await;
        assert_api_error(&again, 401, "invalid_token");
    }
}

/// MF-03 AP-02 TE-17: half a sign-in opens the rows of the second factor and nothing else, and nothing else opens those.
#[tokio::test]
async fn the_token_of_half_a_sign_in_opens_nothing_else() {
    for app in apps().await {
        app.person("grace@example.com").await;
        with_app(&app).await;
        let grace = app.api_tokens("grace@example.com").await;
        let others = ["access_token", "refresh_token", "id_token"].map(|name| grace.text(name));
        let machine = app.manager_token("read:users").await;
        let token = half(&app).await.text("mfa_token");
        let body = json!({ "method": "totp", "token": "000000", "refresh_token": token });
        let is_call =
            |route: &&Route| route.path.starts_with("/api/") && route.access != Access::Public;
        for route in table(false).iter().filter(is_call) {
            if route.access == Access::HalfSignedIn {
                let known = others.iter().chain([&machine]).map(|token| Some(&**token));
                for other in known.chain([None, Some("x"), Some("ptk_fl_x")]) {
                    let answer = app.call_with((route.method, route.path), other, &body).await;
                    assert_api_error(&answer, 401, "invalid_token");
                }
                continue;
            }
            let answer = app.call_with((route.method, route.path), Some(&token), &body).await;
            assert!(matches!(answer.status, 400 | 401), "{} {answer:?}", route.path);
        }
        assert_eq!(app.userinfo(&token).await.status, 401);
        assert_api_error(&app.api_refresh(&token).await, 401, "invalid_token");
        // A page knows it no more than the API knows the handle of a page.
        let page = app.browser().get(&format!("/login/mfa/totp?challenge={token}")).await;
        assert_eq!(page.status, 303, "{page:?}");
        let mut browser = app.browser();
        let page = crate::support::factors::first_half(&mut browser, ADA).await;
        let handle = way(&page, "totp").split("challenge=").nth(1).unwrap().to_owned();
        assert_api_error(&verify(&app, &handle, "000000").await, 401, "invalid_token");
        app.clock.advance(300);
        assert_api_error(&verify(&app, &token, "000000").await, 401, "invalid_token");
    }
}

/// MF-01: one counter for the page and the API, per account.
#[tokio::test]
async fn wrong_codes_are_counted_with_those_of_the_page() {
    for app in apps().await {
        let (phone, _) = with_app(&app).await;
        for _ in 0..5 {
            let token = half(&app).await.text("mfa_token");
            let refused = verify(&app, &token, &wrong(&phone.code(&app, 0))).await;
            assert_api_error(&refused, 400, "invalid_code");
        }
        let token = half(&app).await.text("mfa_token");
        let stopped = verify(&app, &token, &phone.code(&app, 0)).await;
        assert_api_error(&stopped, 429, "too_many_requests");
        let seconds: i64 = stopped.header("retry-after").parse().unwrap();
        let mut stranger = app.browser();
        let page = crate::support::factors::first_half(&mut stranger, ADA).await;
        let page = stranger.open(&way(&page, "totp")).await;
        let typed = [("code", &*phone.code(&app, 0))];
        assert_eq!(stranger.submit(&page, "mfa-form", &typed).await.status, 429, "{}", app.engine);
        app.clock.advance(seconds);
        let token = half(&app).await.text("mfa_token");
        assert_eq!(verify(&app, &token, &phone.code(&app, 0)).await.status, 200);
        let told = "SELECT COUNT(*) FROM audit_events
            WHERE kind = 'second_factor_given' AND outcome = 'failure'";
        assert_eq!(count(&app, told).await, 5, "{}", app.engine);
    }
}

/// MF-02
#[tokio::test]
async fn a_code_of_an_app_counts_once_whatever_it_is_for() {
    for app in apps().await {
        let (phone, _) = with_app(&app).await;
        let code = phone.code(&app, 0);
        let passed = verify(&app, &half(&app).await.text("mfa_token"), &code).await;
        assert_eq!(passed.status, 200, "{passed:?}");
        let again = verify(&app, &half(&app).await.text("mfa_token"), &code).await;
        assert_api_error(&again, 400, "code_used");
        let proof = json!({ "code": code });
        let proved = app.call_with(NEW_CODES, Some(&passed.text("access_token")), &proof).await;
        assert_api_error(&proved, 400, "code_used");
    }
}

/// MF-04
#[tokio::test]
async fn a_code_on_paper_makes_a_sign_in_whole_once() {
    for app in apps().await {
        let (_, codes) = with_app(&app).await;
        let body = json!({ "code": codes[0] });
        let (one, other) = (half(&app).await.text("mfa_token"), half(&app).await.text("mfa_token"));
        let both = tokio::join!(
            app.call_with(BACKUP, Some(&one), &body),
            app.call_with(BACKUP, Some(&other), &body)
        );
        let mut both = [both.0, both.1];
        both.sort_by_key(|answer| answer.status);
        assert_eq!(both[0].status, 200, "{} {both:?}", app.engine);
        assert_eq!(both[0].json()["backup_codes_left"], 9);
        assert_api_error(&both[1], 400, "code_used");
        let token = half(&app).await.text("mfa_token");
        let nothing = app.call_with(BACKUP, Some(&token), &json!({})).await;
        assert_eq!(fields_of(&nothing), ["code"]);
    }
}

#[tokio::test]
async fn a_code_is_sent_to_the_mailbox_and_taken() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let token = app.api_tokens(ADA).await.text("access_token");
        let begun = app.call_with(ENABLE, Some(&token), &json!({ "method": "email" })).await;
        assert_eq!(begun.json()["data"]["sent_to"], ADA, "{begun:?}");
        let soon = app.call_with(ENABLE, Some(&token), &json!({ "method": "email" })).await;
        assert_api_error(&soon, 429, "too_many_requests");
        let code = code_in(&mail_to(&app, ADA).await);
        let refused = app.call_with(CONFIRM, Some(&token), &json!({ "token": wrong(&code) })).await;
        assert_api_error(&refused, 400, "invalid_code");
        let done = app.call_with(CONFIRM, Some(&token), &json!({ "token": code })).await;
        assert_eq!(done.json()["data"]["backupCodes"].as_array().unwrap().len(), 10, "{done:?}");

        app.clock.advance(3_600);
        let half = half(&app).await;
        assert_eq!(half.json()["methods"], json!(["email", "backup"]));
        let token = half.text("mfa_token");
        for method in ["totp", "sms", "webauthn", "carrier pigeon"] {
            let answer = app.call_with(CHALLENGE, Some(&token), &json!({ "method": method })).await;
            assert!(matches!(answer.status, 400), "{method} {answer:?}");
        }
        let sent = app.call_with(CHALLENGE, Some(&token), &json!({ "method": "email" })).await;
        assert_eq!(sent.status, 200, "{sent:?}");
        assert!(!sent.body.contains(ADA), "masked: {sent:?}");
        let code = code_in(&mail_to(&app, ADA).await);
        assert_api_error(&verify(&app, &token, &wrong(&code)).await, 400, "invalid_code");
        let passed = verify(&app, &token, &code).await;
        assert_eq!(passed.status, 200, "{} {passed:?}", app.engine);
    }
}

/// MF-10: shown in the session that began it, counts once it was used, and never told again.
#[tokio::test]
async fn an_app_is_set_up_and_counts_from_its_first_code_on() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let token = app.api_tokens(ADA).await.text("access_token");
        let other = app.api_tokens(ADA).await.text("access_token");
        let begun = app.call_with(ENABLE, Some(&token), &json!({ "method": "totp" })).await;
        let data = begun.json()["data"].clone();
        let secret = data["secret"].as_str().unwrap();
        assert!(data["otpauth_uri"].as_str().unwrap().contains(&format!("secret={secret}")));
        let picture =
            data["qrCode"].as_str().unwrap().strip_prefix("data:image/png;base64,").unwrap();
        assert!(BASE64_STANDARD.decode(picture).unwrap().starts_with(b"\x89PNG\r\n"));
        // Not on yet.
        assert_eq!(
            app.api_sign_in(&json!({ "email": ADA, "password": PASSWORD })).await.status,
            200
        );
        let page = format!("<p id=\"key\">{secret}</p>");
        let phone = AuthenticatorApp::of_html(&page);
        let right = json!({ "token": phone.code(&app, 0) });
        let elsewhere = app.call_with(CONFIRM, Some(&other), &right).await;
        assert_api_error(&elsewhere, 409, "nothing_to_confirm");
        let refused = json!({ "token": wrong(&phone.code(&app, 0)) });
        let refused = app.call_with(CONFIRM, Some(&token), &refused).await;
        assert_api_error(&refused, 400, "invalid_code");
        let done = app.call_with(CONFIRM, Some(&token), &right).await;
        assert_eq!(done.json()["data"]["backupCodes"].as_array().unwrap().len(), 10, "{done:?}");
        assert!(!done.body.contains(secret));
        let again = app.call_with(CONFIRM, Some(&token), &right).await;
        assert_eq!(again.json()["data"].get("backupCodes"), None, "{again:?}");
        half(&app).await;
        assert!(!app.me(&token).await.body.contains(secret));
    }
}

/// MF-05 CS-09: what is grave asks for a proof, of both kinds where there are two.
#[tokio::test]
async fn what_is_grave_wants_a_proof_of_the_last_ten_minutes_or_in_the_body() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let token = app.api_tokens(ADA).await.text("access_token");
        let old = app.api_tokens(ADA).await.text("access_token");
        let (phone, _) = enable_app(&app, &token).await;
        // A session that never gave the factor may not touch it, however fresh its password is.
        let password = json!({ "password": PASSWORD });
        for call in [ENABLE, DISABLE, NEW_CODES] {
            let mut body = password.clone();
            body["method"] = json!("totp");
            let refused = app.call_with(call, Some(&old), &body).await;
            assert_api_error(&refused, 403, "reauthentication_required");
        }
        app.clock.advance(600);
        for call in [ENABLE, DISABLE, NEW_CODES] {
            let late = app.call_with(call, Some(&token), &json!({ "method": "totp" })).await;
            assert_api_error(&late, 403, "reauthentication_required");
            let body = json!({ "method": "totp", "password": "another-one-97" });
            let refused = app.call_with(call, Some(&token), &body).await;
            assert_api_error(&refused, 403, "invalid_proof");
        }
        let codes = app.call_with(NEW_CODES, Some(&token), &password).await;
        let codes = codes.json()["data"]["backupCodes"].clone();
        assert_eq!(codes.as_array().unwrap().len(), 10, "{codes}");
        let body = json!({ "code": phone.code(&app, 0), "method": "totp" });
        let off = app.call_with(DISABLE, Some(&old), &body).await;
        assert_eq!(off.json()["data"]["has_second_factor"], false, "{} {off:?}", app.engine);
        assert_eq!(
            app.api_sign_in(&json!({ "email": ADA, "password": PASSWORD })).await.status,
            200
        );
        let again = app.call_with(DISABLE, Some(&old), &json!({})).await;
        assert_api_error(&again, 404, "inexistent_factor");
    }
}

#[tokio::test]
async fn a_telephone_is_set_up_by_the_code_that_was_sent_there() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let token = app.api_tokens(ADA).await.text("access_token");
        let enable = async |body: Value| app.call_with(ENABLE, Some(&token), &body).await;
        assert_eq!(fields_of(&enable(json!({ "method": "sms" })).await), ["phone"]);
        let wrong = json!({ "method": "sms", "phone": "12" });
        assert_eq!(fields_of(&enable(wrong).await), ["phone"]);
        assert_eq!(fields_of(&enable(json!({ "method": "webauthn" })).await), ["method"]);
        assert_eq!(fields_of(&enable(json!({})).await), ["method"]);
        let begun = enable(json!({ "method": "sms", "phone": "+41446681800" })).await;
        assert_eq!(begun.status, 200, "{begun:?}");
        let code = code_in(&app.texts().await[0]);
        let done = app.call_with(CONFIRM, Some(&token), &json!({ "token": code })).await;
        assert_eq!(done.json()["data"]["method"], "sms", "{} {done:?}", app.engine);
    }
}
