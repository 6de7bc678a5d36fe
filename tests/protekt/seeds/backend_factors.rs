//! The Node.js backend with second factors: those.

use serde_json::{Value, json};

use super::backend::{signs_in, signs_up};
use super::{assert_tokens, installations};
use crate::pages::steps::{code_in, mail_to};
use crate::support::answer::Answer;
use crate::support::api::{assert_api_error, assert_half_signed_in};
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::factors::AuthenticatorApp;
use crate::support::protocol::ADA;

const ENABLE: (&str, &str) = ("POST", "/api/auth/2fa/enable");
const CONFIRM: (&str, &str) = ("POST", "/api/auth/2fa/confirm");
const CHALLENGE: (&str, &str) = ("POST", "/api/auth/2fa/challenge");
const VERIFY: (&str, &str) = ("POST", "/api/auth/2fa/verify");
const VERIFY_BACKUP: (&str, &str) = ("POST", "/api/auth/2fa/verify-backup");
const DISABLE: (&str, &str) = ("DELETE", "/api/auth/2fa/disable");

async fn half(app: &TestApp) -> String {
    let half = signs_in(app, "SecurePass123").await;
    assert_half_signed_in(&half);
    half.text("mfa_token")
}

/// The codes on paper that an answer shows.
fn codes(answer: &Answer) -> Vec<String> {
    let codes = answer.json()["data"]["backupCodes"].clone();
    let codes = codes.as_array().unwrap_or_else(|| panic!("no codes: {answer:?}"));
    codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}

/// Sets an authenticator app up; gives it and the codes on paper.
async fn set_up(app: &TestApp, bearer: &str) -> (AuthenticatorApp, Vec<String>) {
    let begun = app.call_with(ENABLE, Some(bearer), &json!({ "method": "totp" })).await;
    assert_eq!(begun.status, 200, "{} {begun:?}", app.engine);
    assert!(begun.json()["message"].is_string(), "{begun:?}");
    let data = begun.json()["data"].clone();
    assert!(data["qrCode"].as_str().unwrap().starts_with("data:image/png;base64,"), "{data}");
    let page = format!("<p id=\"key\">{}</p>", data["secret"].as_str().unwrap());
    let phone = AuthenticatorApp::of_html(&page);
    // Nothing is on before its first code.
    assert_tokens(app, &signs_in(app, "SecurePass123").await).await;
    let first = json!({ "token": phone.code(app, 0) });
    let done = app.call_with(CONFIRM, Some(bearer), &first).await;
    assert_eq!(done.status, 200, "{} {done:?}", app.engine);
    // The code of this step is used up.
    app.clock.advance(30);
    (phone, codes(&done))
}

/// What a second factor is answered by: the document's two members, and the tokens of a sign-in.
async fn assert_verified(app: &TestApp, answer: &Answer) -> String {
    assert_eq!((answer.status, &answer.json()["verified"]), (200, &json!(true)), "{answer:?}");
    assert!(answer.json()["message"].is_string(), "{answer:?}");
    assert_tokens(app, answer).await
}

/// The backend's `POST /2fa/enable` with `totp`, then its `POST /2fa/verify` at the next sign-in, with what that
/// answered as the bearer.
#[tokio::test]
async fn an_authenticator_app_is_set_up_and_asked_for() {
    for app in installations().await {
        let bearer = signs_up(&app).await.text("access_token");
        let (phone, codes) = set_up(&app, &bearer).await;
        let has_form = |code: &String| code.len() == 9 && code.as_bytes()[4] == b'-';
        assert!(codes.len() == 10 && codes.iter().all(has_form), "{codes:?}");
        let token = half(&app).await;
        let wrong = app.call_with(VERIFY, Some(&token), &json!({ "token": "000000" })).await;
        assert_api_error(&wrong, 400, "invalid_code");
        let body = json!({ "token": phone.code(&app, 0) });
        assert_api_error(&app.call_with(VERIFY, None, &body).await, 401, "invalid_token");
        // The access token of another sign-in is no half of this one.
        let other = app.call_with(VERIFY, Some(&bearer), &body).await;
        assert_api_error(&other, 401, "invalid_token");
        let verified = app.call_with(VERIFY, Some(&token), &body).await;
        assert_verified(&app, &verified).await;
    }
}

/// The backend's `POST /2fa/verify-backup`: each code is good once.
#[tokio::test]
async fn a_code_on_paper_is_good_once() {
    for app in installations().await {
        let bearer = signs_up(&app).await.text("access_token");
        let (_, codes) = set_up(&app, &bearer).await;
        let body = json!({ "code": codes[0] });
        let token = half(&app).await;
        let wrong = json!({ "code": "A1B2-C3D4" });
        let wrong = app.call_with(VERIFY_BACKUP, Some(&token), &wrong).await;
        assert_api_error(&wrong, 400, "invalid_code");
        assert_api_error(&app.call_with(VERIFY_BACKUP, None, &body).await, 401, "invalid_token");
        let verified = app.call_with(VERIFY_BACKUP, Some(&token), &body).await;
        assert_verified(&app, &verified).await;
        let token = half(&app).await;
        let again = app.call_with(VERIFY_BACKUP, Some(&token), &body).await;
        assert_api_error(&again, 400, "code_used");
    }
}

/// The backend's `DELETE /2fa/disable`: here who signed in with it, or proves it again, takes it away.
#[tokio::test]
async fn a_second_factor_is_removed_by_who_has_proved_it() {
    for app in installations().await {
        let made = signs_up(&app).await;
        let bearer = made.text("access_token");
        let none = app.call("DELETE", DISABLE.1, Some(&bearer)).await;
        assert_api_error(&none, 404, "inexistent_factor");
        assert_api_error(&app.call("DELETE", DISABLE.1, None).await, 401, "invalid_token");
        let (phone, _) = set_up(&app, &bearer).await;
        let token = half(&app).await;
        let body = json!({ "token": phone.code(&app, 0) });
        let verified = app.call_with(VERIFY, Some(&token), &body).await;
        let bearer = verified.text("access_token");
        app.clock.advance(601);
        let late = app.call("DELETE", DISABLE.1, Some(&bearer)).await;
        assert_api_error(&late, 403, "reauthentication_required");
        let proof = json!({ "password": "SecurePass123" });
        let off = app.call_with(DISABLE, Some(&bearer), &proof).await;
        assert_eq!(off.status, 200, "{} {off:?}", app.engine);
        assert!(off.json()["message"].is_string(), "{off:?}");
        assert_tokens(&app, &signs_in(&app, "SecurePass123").await).await;
    }
}

/// Sets up a telephone or the mailbox, with the code that `sent` reads; gives the codes on paper.
async fn set_up_by_code(
    app: &TestApp,
    bearer: &str,
    body: &Value,
    sent: impl AsyncFnOnce() -> String,
) -> Vec<String> {
    let begun = app.call_with(ENABLE, Some(bearer), body).await;
    assert_eq!(begun.status, 200, "{} {begun:?}", app.engine);
    assert!(begun.json()["message"].is_string(), "{begun:?}");
    let first = json!({ "token": code_in(&sent().await) });
    let done = app.call_with(CONFIRM, Some(bearer), &first).await;
    assert_eq!(done.status, 200, "{} {done:?}", app.engine);
    // Codes are not sent one right after the other.
    app.clock.advance(3_600);
    codes(&done)
}

/// The backend's `POST /2fa/enable` with `sms`: here the number comes along, and a code is sent where one is
/// asked for.
#[tokio::test]
async fn codes_by_sms_are_set_up_and_asked_for() {
    for app in installations().await {
        let bearer = signs_up(&app).await.text("access_token");
        let body = json!({ "method": "sms", "phone": "+41446681800" });
        let sms = async || app.texts().await.last().unwrap().clone();
        let codes = set_up_by_code(&app, &bearer, &body, sms).await;
        assert_eq!(codes.len(), 10, "{}", app.engine);
        let token = half(&app).await;
        let sent = app.call_with(CHALLENGE, Some(&token), &json!({ "method": "sms" })).await;
        assert_eq!(sent.status, 200, "{} {sent:?}", app.engine);
        let body = json!({ "token": code_in(app.texts().await.last().unwrap()) });
        let verified = app.call_with(VERIFY, Some(&token), &body).await;
        assert_verified(&app, &verified).await;
    }
}

/// The backend's `POST /2fa/enable` with `email`: here an address has to be verified for that.
#[tokio::test]
async fn codes_by_mail_are_set_up_and_asked_for() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let bearer = app.api_tokens(ADA).await.text("access_token");
        let mail = async || mail_to(&app, ADA).await;
        let body = json!({ "method": "email" });
        let codes = set_up_by_code(&app, &bearer, &body, mail).await;
        assert_eq!(codes.len(), 10, "{}", app.engine);
        let half = app.api_sign_in(&json!({ "email": ADA, "password": PASSWORD })).await;
        assert_half_signed_in(&half);
        let token = half.text("mfa_token");
        let sent = app.call_with(CHALLENGE, Some(&token), &body).await;
        assert_eq!(sent.status, 200, "{} {sent:?}", app.engine);
        let body = json!({ "token": code_in(&mail_to(&app, ADA).await) });
        let verified = app.call_with(VERIFY, Some(&token), &body).await;
        assert_verified(&app, &verified).await;
    }
    for app in installations().await {
        let bearer = signs_up(&app).await.text("access_token");
        let refused = app.call_with(ENABLE, Some(&bearer), &json!({ "method": "email" })).await;
        assert_api_error(&refused, 403, "email_not_verified");
    }
}
