//! What the five documents that this project was made from say of signing up and in, each request as it stands
//! there but for its password, where that is one that everybody has; on an installation like theirs, where no
//! address is verified. Listing and managing people is not here yet.

use serde_json::{Value, json};

use crate::pages::steps::mail_to;
use crate::support::answer::Answer;
use crate::support::api::{assert_api_error, assert_half_signed_in, fields_of};
use crate::support::app::{PASSWORD, TestApp, Wishes, apps_with, jwt_header};
use crate::support::factors::AuthenticatorApp;

async fn installations() -> Vec<TestApp> {
    let apps = apps_with(Wishes { email_verification: false, ..Wishes::default() }).await;
    for app in &apps {
        app.plant_api_client().await;
    }
    apps
}

async fn post(app: &TestApp, path: &str, body: &Value) -> Answer {
    app.call_with(("POST", path), None, body).await
}

/// Signs up with the document's own password, which is refused, and then with a better one.
async fn signs_up(app: &TestApp, path: &str, mut body: Value) -> Answer {
    assert_eq!(fields_of(&post(app, path, &body).await), ["password"], "{}", app.engine);
    body["password"] = json!(PASSWORD);
    let made = post(app, path, &body).await;
    assert_eq!(made.status, 201, "{} {made:?}", app.engine);
    made
}

#[track_caller]
fn assert_tokens(answer: &Answer) {
    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    let told = answer.json();
    assert_eq!((&told["token_type"], &told["expires_in"]), (&json!("Bearer"), &json!(3600)));
    // RS256 and no shared secret.
    assert_eq!(jwt_header(&answer.text("access_token"))["alg"], "RS256");
    assert!(!answer.text("refresh_token").is_empty());
}

#[tokio::test]
async fn the_jwt_example_signs_up_and_in_with_a_username_that_has_a_space() {
    for app in installations().await {
        let body = json!({
            "username": "Abbey Salami", "email": "heba@gmail.com", "password": "123456",
        });
        assert_tokens(&signs_up(&app, "/api/auth/signup", body).await);
        let body = json!({ "username": "Abbey Salami", "password": PASSWORD });
        let tokens = post(&app, "/api/auth/signin", &body).await;
        assert_tokens(&tokens);
        assert_eq!(app.me(&tokens.text("access_token")).await.text("username"), "Abbey Salami");
        for bearer in [None, Some("your.jwt.token")] {
            let refused = app.call("GET", "/api/users/me", bearer).await;
            assert_eq!(refused.status, 401, "{} {refused:?}", app.engine);
        }
    }
}

#[tokio::test]
async fn the_bearer_example_registers_and_gets_its_three_members() {
    for app in installations().await {
        let body = json!({ "email": "test@example.com", "password": "password123" });
        signs_up(&app, "/api/auth/register", body).await;
        let body = json!({ "email": "test@example.com", "password": PASSWORD });
        let tokens = post(&app, "/api/auth/login", &body).await;
        assert_tokens(&tokens);
        let wrong = json!({ "email": "test@example.com", "password": "password123" });
        let refused = post(&app, "/api/auth/login", &wrong).await;
        assert_api_error(&refused, 401, "invalid_credentials");
        // Tokens that are kept can be taken back.
        let token = tokens.text("refresh_token");
        let fields = [("token", token.as_str()), ("client_id", "authentication-api")];
        assert_eq!(app.ask("/oauth/revoke", None, &fields).await.status, 200, "{}", app.engine);
        assert_eq!(app.me(&tokens.text("access_token")).await.status, 401, "{}", app.engine);
    }
}

#[tokio::test]
async fn the_nest_example_signs_up_in_and_out_and_refreshes_by_the_bearer() {
    for app in installations().await {
        let body = json!({ "email": "user@example.com", "password": "secret" });
        let made = signs_up(&app, "/api/auth/signup", body).await;
        assert_tokens(&made);
        assert_eq!(made.text("email"), "user@example.com");
        let body = json!({ "email": "user@example.com", "password": PASSWORD });
        let tokens = post(&app, "/api/auth/signin", &body).await;
        assert_tokens(&tokens);
        assert_eq!(tokens.json()["id"], made.json()["id"]);
        let bearer = tokens.text("refresh_token");
        let fresh = app.call("POST", "/api/auth/refresh", Some(&bearer)).await;
        assert_tokens(&fresh);
        let me = app.me(&fresh.text("access_token")).await.json();
        for claim in ["sub", "iat", "exp"] {
            assert!(!me["claims"][claim].is_null(), "{claim}: {me}");
        }
        assert_eq!((&me["claims"]["sub"], &me["email"]), (&me["id"], &json!("user@example.com")));
        let bearer = fresh.text("access_token");
        let out = app.call("POST", "/api/auth/signout", Some(&bearer)).await;
        assert_eq!(out.status, 204, "{} {out:?}", app.engine);
        let over = app.api_refresh(&fresh.text("refresh_token")).await;
        assert_api_error(&over, 401, "invalid_token");
    }
}

/// John Doe, as the document has him; its password is one that counts.
async fn john(app: &TestApp) -> Answer {
    let body = json!({
        "name": "John Doe",
        "username": "johndoe",
        "email": "john@example.com",
        "password": "SecurePass123",
    });
    let made = post(app, "/api/auth/signup", &body).await;
    assert_eq!(made.status, 201, "{} {made:?}", app.engine);
    for name in ["name", "username", "email"] {
        assert_eq!(made.json()[name], body[name], "{name}");
    }
    assert_eq!(made.text("id").len(), 26, "a ULID: {made:?}");
    made
}

async fn john_signs_in(app: &TestApp, password: &str) -> Answer {
    post(app, "/api/auth/signin", &json!({ "username": "johndoe", "password": password })).await
}

#[tokio::test]
async fn the_backend_example_signs_in_by_username_and_resets_a_password() {
    for app in installations().await {
        john(&app).await;
        assert_tokens(&john_signs_in(&app, "SecurePass123").await);
        let path = "/api/auth/password/request";
        let asked = post(&app, path, &json!({ "email": "john@example.com" })).await;
        let unknown = post(&app, path, &json!({ "email": "jane@example.com" })).await;
        assert_eq!((asked.status, &asked.body), (200, &unknown.body), "{}", app.engine);
        let path = "/api/auth/password/reset";
        let body = json!({
            "token": "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6", "newPassword": "NewSecurePass123",
        });
        assert_api_error(&post(&app, path, &body).await, 400, "invalid_reset_token");
        let mail = mail_to(&app, "john@example.com").await;
        let link = mail.split_whitespace().find(|word| word.contains("/password/reset?token="));
        let token = link.unwrap().split("token=").nth(1).unwrap();
        let body = json!({ "token": token, "newPassword": "NewSecurePass123" });
        assert_eq!(post(&app, path, &body).await.status, 200, "{}", app.engine);
        assert_tokens(&john_signs_in(&app, "NewSecurePass123").await);
    }
}

#[tokio::test]
async fn the_backend_example_sets_a_second_factor_up_and_gives_it() {
    for app in installations().await {
        let bearer = john(&app).await.text("access_token");
        let enable = ("POST", "/api/auth/2fa/enable");
        let begun = app.call_with(enable, Some(&bearer), &json!({ "method": "totp" })).await;
        assert_eq!(begun.status, 200, "{} {begun:?}", app.engine);
        let data = begun.json()["data"].clone();
        assert!(data["qrCode"].as_str().unwrap().starts_with("data:image/png;base64,"), "{data}");
        let page = format!("<p id=\"key\">{}</p>", data["secret"].as_str().unwrap());
        let phone = AuthenticatorApp::of_html(&page);
        // Nothing is on before its first code, and the codes on paper come with it.
        let confirm = ("POST", "/api/auth/2fa/confirm");
        let first = json!({ "token": phone.code(&app, 0) });
        let done = app.call_with(confirm, Some(&bearer), &first).await;
        let codes = done.json()["data"]["backupCodes"].as_array().unwrap().clone();
        assert_eq!(codes.len(), 10, "{done:?}");
        app.clock.advance(30);
        for (path, member) in
            [("/api/auth/2fa/verify", "token"), ("/api/auth/2fa/verify-backup", "code")]
        {
            let half = john_signs_in(&app, "SecurePass123").await;
            assert_half_signed_in(&half);
            let token = half.text("mfa_token");
            let wrong = json!({ member: if member == "token" { "000000" } else { "A1B2-C3D4" } });
            let refused = app.call_with(("POST", path), Some(&token), &wrong).await;
            assert_api_error(&refused, 400, "invalid_code");
            let typed =
                if member == "token" { json!(phone.code(&app, 0)) } else { codes[0].clone() };
            let body = json!({ member: typed });
            assert_eq!(app.call_with(("POST", path), None, &body).await.status, 401);
            let verified = app.call_with(("POST", path), Some(&token), &body).await;
            assert_tokens(&verified);
            assert_eq!(verified.json()["verified"], true, "{verified:?}");
            assert!(verified.json()["message"].is_string(), "{verified:?}");
        }
        let bearer = john_second(&app, &codes[1]).await;
        let disable = ("DELETE", "/api/auth/2fa/disable");
        let gone = app.call_with(disable, Some(&bearer), &json!({})).await;
        assert_eq!(gone.status, 200, "{} {gone:?}", app.engine);
        assert_tokens(&john_signs_in(&app, "SecurePass123").await);
    }
}

/// Signs in with a code on paper.
async fn john_second(app: &TestApp, code: &Value) -> String {
    let half = john_signs_in(app, "SecurePass123").await.text("mfa_token");
    let call = ("POST", "/api/auth/2fa/verify-backup");
    app.call_with(call, Some(&half), &json!({ "code": code })).await.text("access_token")
}
