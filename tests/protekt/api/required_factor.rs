//! A second factor that is required: no tokens before it is there.

use protekt::accounts::RoleChange;
use protekt::domain::second_factor::FactorPolicy;
use serde_json::json;

use super::races::{race, with_status};
use crate::pages::steps::count;
use crate::support::api::{ApiTokens, assert_api_refused};
use crate::support::app::{PASSWORD, TestApp, Wishes, apps, apps_with};
use crate::support::factors::{AuthenticatorApp, set_up_totp};
use crate::support::protocol::ADA;

const ENABLE: &str = "POST /api/auth/2fa/enable";
const CONFIRM: &str = "POST /api/auth/2fa/confirm";
const REQUIRED: Wishes = Wishes {
    refresh_overlap: 10,
    email_verification: true,
    unlimited_tries: true,
    factor_policy: FactorPolicy::Required,
};

/// Signs in and is held back; gives the `mfa_token`.
async fn held_back(app: &TestApp) -> String {
    let answer = app.api_sign_in(ADA).await;
    assert_api_refused(&answer, 403, "mfa_enrollment_required");
    assert_eq!(answer.json()["methods"], json!(["totp", "sms", "email"]), "{answer:?}");
    answer.text("mfa_token")
}

async fn begun(app: &TestApp, token: &str) -> AuthenticatorApp {
    let answer = app.call(ENABLE, Some(token), json!({ "method": "totp" })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    AuthenticatorApp::of_key(answer.json()["data"]["secret"].as_str().unwrap())
}

#[tokio::test]
async fn the_first_factor_is_set_up_by_the_sign_in_that_it_holds_back() {
    for app in apps_with(REQUIRED).await {
        app.with_shop().await;
        let token = held_back(&app).await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM grants").await, 0, "{}", app.engine);
        for (line, body) in [
            ("GET /api/users/me", json!({})),
            ("POST /api/auth/signout", json!({})),
            ("POST /api/auth/2fa/backup-codes", json!({})),
            ("DELETE /api/auth/2fa/disable", json!({ "password": PASSWORD })),
        ] {
            let answer = app.call(line, Some(&token), body).await;
            assert_api_refused(&answer, 401, "invalid_token");
        }
        let phone = begun(&app, &token).await;
        let code = json!({ "token": phone.code(&app, 0) });
        let done = app.call(CONFIRM, Some(&token), code.clone()).await;
        assert_eq!(done.status, 200, "{done:?}");
        let tokens = ApiTokens::of(&done);
        assert_eq!(done.json()["data"]["backupCodes"].as_array().unwrap().len(), 10);
        assert_eq!(app.bare_call("GET /api/users/me", Some(&tokens.access)).await.status, 200);
        for line in [ENABLE, CONFIRM, "POST /api/auth/2fa/verify"] {
            let answer = app.call(line, Some(&token), code.clone()).await;
            assert_api_refused(&answer, 401, "invalid_token");
        }
        let body = json!({ "password": PASSWORD });
        let answer = app.call("DELETE /api/auth/2fa/disable", Some(&tokens.access), body).await;
        assert_api_refused(&answer, 409, "factor_required");
    }
}

/// Who set one up elsewhere meanwhile has to give it: the handle adds no second one.
#[tokio::test]
async fn a_sign_in_that_was_held_back_adds_no_factor_to_who_has_one() {
    for app in apps_with(REQUIRED).await {
        app.with_shop().await;
        let token = held_back(&app).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let (phone, _) = set_up_totp(&app, &mut browser).await;
        let answer = app.call(ENABLE, Some(&token), json!({ "method": "email" })).await;
        assert_api_refused(&answer, 401, "invalid_token");
        let code = json!({ "token": phone.code(&app, 0) });
        let done = app.call("POST /api/auth/2fa/verify", Some(&token), code).await;
        assert_eq!(done.status, 200, "{done:?}");
        ApiTokens::of(&done);
    }
}

/// A role that asks for one is felt at the next call.
#[tokio::test]
async fn a_token_from_before_the_rule_is_held_back_too() {
    for app in apps().await {
        app.with_shop().await;
        let tokens = app.api_tokens().await;
        let strict = RoleChange { second_factor_required: Some(true), ..RoleChange::default() };
        app.app.accounts.update_role("admin", strict).await.unwrap();
        app.app.accounts.change_roles(ADA, &["admin".to_owned()], &[]).await.unwrap();
        let token = Some(tokens.access.as_str());
        let answer = app.bare_call("GET /api/users/me", token).await;
        assert_api_refused(&answer, 403, "mfa_enrollment_required");
        // The token itself sets it up.
        let phone = begun(&app, &tokens.access).await;
        let code = json!({ "token": phone.code(&app, 0) });
        assert_eq!(app.call(CONFIRM, token, code).await.status, 200);
        assert_eq!(app.bare_call("GET /api/users/me", token).await.status, 200);
        assert_eq!(app.bare_call("POST /api/auth/signout", token).await.status, 204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sign_in_that_was_held_back_gets_tokens_once_however_many_confirm() {
    for app in apps_with(REQUIRED).await {
        let app = std::sync::Arc::new(app);
        app.with_shop().await;
        let token = held_back(&app).await;
        let phone = begun(&app, &token).await;
        let code = json!({ "token": phone.code(&app, 0) });
        let answers = race(&app, CONFIRM, Some(&token), &code).await;
        assert_eq!(with_status(&answers, 200), 1, "{} {answers:?}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM grants").await, 1, "{}", app.engine);
    }
}
