//! Setting second factors up and removing them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::races::{race, ready, with_status};
use crate::pages::steps::{count, wrong};
use crate::support::answer::Answer;
use crate::support::api::{
    ApiTokens, assert_api_refused, half_signed_in, named_in, set_up_totp_by_api,
};
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::factors::{AuthenticatorApp, set_up_totp};
use crate::support::protocol::ADA;

const ENABLE: &str = "POST /api/auth/2fa/enable";
const CONFIRM: &str = "POST /api/auth/2fa/confirm";
const DISABLE: &str = "DELETE /api/auth/2fa/disable";
const CODES: &str = "POST /api/auth/2fa/backup-codes";
const NUMBER: &str = "+4915123456789";

async fn enable(app: &TestApp, token: &str, method: &str) -> Answer {
    app.call(ENABLE, Some(token), json!({ "method": method })).await
}

/// MF-10: shown once, on when it was confirmed, and never readable again.
#[tokio::test]
async fn a_factor_counts_when_its_first_code_was_typed() {
    for app in apps().await {
        app.with_shop().await;
        let tokens = app.api_tokens().await;
        let begun = enable(&app, &tokens.access, "totp").await;
        assert_eq!(begun.status, 200, "{} {begun:?}", app.engine);
        let data = &begun.json()["data"];
        let secret = data["secret"].as_str().unwrap();
        assert_eq!(secret.len(), 32, "{data}");
        let address = data["otpauth_uri"].as_str().unwrap();
        assert!(address.starts_with("otpauth://totp/") && address.contains(secret), "{address}");
        let picture = data["qrCode"].as_str().unwrap();
        let png = BASE64_STANDARD.decode(picture.split_once(',').unwrap().1).unwrap();
        assert!(picture.starts_with("data:image/png;base64,") && png.starts_with(b"\x89PNG"));
        assert_eq!(data["backupCodes"].as_array().unwrap().len(), 10, "{data}");
        // Nothing is on.
        assert_eq!(app.api_sign_in(ADA).await.status, 200);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM backup_codes").await, 0);
        let phone = AuthenticatorApp::of_key(secret);
        let code = phone.code(&app, 0);
        let bad = app.call(CONFIRM, Some(&tokens.access), json!({ "token": wrong(&code) })).await;
        assert_api_refused(&bad, 400, "invalid_code");
        let done = app.call(CONFIRM, Some(&tokens.access), json!({ "token": code })).await;
        assert_eq!((done.status, &done.json()["enabled"]), (200, &json!(true)), "{done:?}");
        assert_eq!(done.json()["data"]["backupCodes"], data["backupCodes"], "the same as before");
        assert!(!done.body.contains(secret));
        let me = app.bare_call("GET /api/users/me", Some(&tokens.access)).await;
        assert_eq!(me.json()["multifactor"], json!(["totp"]), "{me:?}");
        assert!(!me.body.contains(secret));
        let sealed = "SELECT COUNT(*) FROM second_factors WHERE backup_codes_sealed IS NOT NULL";
        assert_eq!(count(&app, sealed).await, 0);
        assert_api_refused(&enable(&app, &tokens.access, "totp").await, 409, "already_enabled");
        let again = app.call(CONFIRM, Some(&tokens.access), json!({ "token": code })).await;
        assert_api_refused(&again, 400, "nothing_to_confirm");
    }
}

#[tokio::test]
async fn a_telephone_is_set_up_with_its_codes_on_paper() {
    for app in apps().await {
        app.with_shop().await;
        let tokens = app.api_tokens().await;
        for (body, named) in [
            (json!({ "method": "sms" }), "phone"),
            (json!({ "method": "sms", "phone": "12" }), "phone"),
            (json!({ "method": "totp", "phone": NUMBER }), "phone"),
            (json!({ "method": "webauthn" }), "method"),
            (json!({ "method": "backup" }), "method"),
            (json!({}), "method"),
        ] {
            let answer = app.call(ENABLE, Some(&tokens.access), body.clone()).await;
            assert_api_refused(&answer, 400, "invalid_body");
            assert!(named_in(&answer).contains(&named.to_owned()), "{body} {answer:?}");
        }
        let body = json!({ "method": "sms", "phone": NUMBER });
        let begun = app.call(ENABLE, Some(&tokens.access), body.clone()).await;
        assert_eq!(begun.status, 200, "{begun:?}");
        let data = begun.json()["data"].clone();
        assert_eq!(data.as_object().unwrap().len(), 1, "{data}");
        let soon = app.call(ENABLE, Some(&tokens.access), body).await;
        assert_api_refused(&soon, 429, "too_many_requests");
        let sms = app.texts().await.pop().unwrap();
        let code = crate::pages::steps::code_in(&sms);
        let done = app.call(CONFIRM, Some(&tokens.access), json!({ "token": code })).await;
        assert_eq!(done.status, 200, "{done:?}");
        let half = half_signed_in(&app).await;
        let code = json!({ "code": data["backupCodes"][0] });
        let done = app.call("POST /api/auth/2fa/verify-backup", Some(&half), code).await;
        assert_eq!(done.status, 200, "{done:?}");
    }
}

/// MF-05: fresh, or with a proof that comes along.
#[tokio::test]
async fn factors_change_only_for_who_proved_it_lately() {
    for app in apps().await {
        app.with_shop().await;
        let tokens = app.api_tokens().await;
        app.clock.advance(600);
        let token = Some(tokens.access.as_str());
        assert_api_refused(
            &enable(&app, &tokens.access, "totp").await,
            403,
            "reauthentication_required",
        );
        let body = json!({ "method": "totp", "password": "wrong" });
        let answer = app.call(ENABLE, token, body).await;
        assert_api_refused(&answer, 403, "reauthentication_required");
        assert_eq!(named_in(&answer), ["password"]);
        let body = json!({ "method": "totp", "password": PASSWORD });
        assert_eq!(app.call(ENABLE, token, body).await.status, 200);
        let (phone, codes) = set_up_totp_by_api(&app, &tokens.access).await;
        app.clock.advance(600);
        for (line, body) in [
            (CODES, json!({})),
            (DISABLE, json!({})),
            (DISABLE, json!({ "password": "wrong" })),
            (DISABLE, json!({ "code": wrong(&phone.code(&app, 0)) })),
            (DISABLE, json!({ "code": codes[1], "code_method": "totp" })),
            (CODES, json!({ "code": "1" })),
        ] {
            let answer = app.call(line, token, body.clone()).await;
            assert_api_refused(&answer, 403, "reauthentication_required");
        }
        let body = json!({ "code": phone.code(&app, 0) });
        let renewed = app.call(CODES, token, body).await;
        assert_eq!(renewed.status, 200, "{renewed:?}");
        let new = renewed.json()["data"]["backupCodes"].clone();
        assert_eq!(new.as_array().unwrap().len(), 10);
        assert!(!new.as_array().unwrap().contains(&json!(codes[0])), "{new}");
        // Fresh as it is now, taking it away wants a proof of its own.
        assert_api_refused(&app.bare_call(DISABLE, token).await, 403, "reauthentication_required");
        let body = json!({ "code": new[0], "code_method": "backup" });
        assert_eq!(app.call(DISABLE, token, body.clone()).await.status, 200);
        assert_eq!(app.api_sign_in(ADA).await.status, 200, "without a second factor");
        let left = "SELECT COUNT(*) FROM backup_codes";
        assert_eq!(count(&app, left).await, 0, "{}", app.engine);
        let body = json!({ "password": PASSWORD });
        assert_api_refused(&app.call(DISABLE, token, body.clone()).await, 404, "not_enabled");
        assert_api_refused(&app.call(CODES, token, body).await, 404, "not_enabled");
    }
}

/// A password alone changes nothing for who has a second factor that this session never gave.
#[tokio::test]
async fn a_session_from_before_the_second_factor_has_to_give_it() {
    for app in apps().await {
        app.with_shop().await;
        let early = app.api_tokens().await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let (phone, _) = set_up_totp(&app, &mut browser).await;
        let body = json!({ "password": PASSWORD });
        let answer = app.call(DISABLE, Some(&early.access), body.clone()).await;
        assert_api_refused(&answer, 403, "reauthentication_required");
        assert_eq!(answer.json()["methods"], json!(["totp", "backup"]), "{answer:?}");
        let answer = app.call("DELETE /api/users/me", Some(&early.access), body.clone()).await;
        assert_api_refused(&answer, 403, "reauthentication_required");
        // By the way that the answer opens, the session has given it.
        let half = answer.text("mfa_token");
        let code = json!({ "token": phone.code(&app, 0) });
        let done = app.call("POST /api/auth/2fa/verify", Some(&half), code).await;
        assert_eq!(done.status, 200, "{done:?}");
        ApiTokens::of(&done);
        assert_eq!(app.call(DISABLE, Some(&early.access), body).await.status, 200);
    }
}

#[tokio::test]
async fn one_factor_of_several_is_removed_by_its_name() {
    for app in apps().await {
        app.with_shop().await;
        let tokens = app.api_tokens().await;
        set_up_totp_by_api(&app, &tokens.access).await;
        let token = Some(tokens.access.as_str());
        let body = json!({ "method": "sms", "phone": NUMBER });
        let begun = app.call(ENABLE, token, body).await;
        assert_eq!(begun.json()["data"]["backupCodes"], json!([]), "there are some: {begun:?}");
        let code = crate::pages::steps::code_in(&app.texts().await.pop().unwrap());
        assert_eq!(app.call(CONFIRM, token, json!({ "token": code })).await.status, 200);
        let one = |method: &str| -> Value { json!({ "method": method, "password": PASSWORD }) };
        assert_api_refused(&app.call(DISABLE, token, one("email")).await, 404, "not_enabled");
        assert_eq!(app.call(DISABLE, token, one("totp")).await.status, 200);
        let half = app.api_sign_in(ADA).await;
        assert_eq!(half.json()["methods"], json!(["sms", "backup"]), "{half:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_factor_is_confirmed_once_however_many_try() {
    for app in ready().await {
        let tokens = app.api_tokens().await;
        for _ in 0..3 {
            let body = json!({ "method": "totp", "password": PASSWORD });
            let begun = app.call(ENABLE, Some(&tokens.access), body).await;
            let secret = begun.json()["data"]["secret"].as_str().unwrap().to_owned();
            let code = AuthenticatorApp::of_key(&secret).code(&app, 0);
            let answers =
                race(&app, CONFIRM, Some(&tokens.access), &json!({ "token": code })).await;
            let with_codes = answers.iter().filter(|answer| answer.body.contains("backupCodes"));
            assert_eq!(with_codes.count(), 1, "{} {answers:?}", app.engine);
            assert!(with_status(&answers, 200) >= 1);
            assert_eq!(count(&app, "SELECT COUNT(*) FROM backup_codes").await, 10);
            let body = json!({ "password": PASSWORD });
            assert_eq!(app.call(DISABLE, Some(&tokens.access), body).await.status, 200);
            app.clock.advance(900);
        }
    }
}
