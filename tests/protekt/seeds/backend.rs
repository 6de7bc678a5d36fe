//! The Node.js backend with second factors: its health, signing up and in, and a forgotten password.

use serde_json::{Value, json};

use super::{assert_tokens, installations, post};
use crate::pages::steps::mail_to;
use crate::support::answer::Answer;
use crate::support::api::{assert_api_error, fields_of};
use crate::support::app::TestApp;

const EMAIL: &str = "john@example.com";

fn john() -> Value {
    json!({
        "name": "John Doe", "username": "johndoe", "email": EMAIL, "password": "SecurePass123",
    })
}

/// Signs up as the document has it; its password is one that counts.
pub(super) async fn signs_up(app: &TestApp) -> Answer {
    let made = post(app, "/api/auth/signup", &john()).await;
    assert_eq!(made.status, 201, "{} {made:?}", app.engine);
    made
}

pub(super) async fn signs_in(app: &TestApp, password: &str) -> Answer {
    post(app, "/api/auth/signin", &json!({ "username": "johndoe", "password": password })).await
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// A number with its unit, as the document writes memory.
fn is_megabytes(value: &Value) -> bool {
    let number = value.as_str().unwrap().strip_suffix("MB");
    number.is_some_and(|number| number.parse::<u64>().is_ok())
}

/// The backend's `GET /health`: its members, no other ones, and the database really asked.
#[tokio::test]
async fn its_health_has_the_form_of_the_document() {
    for app in installations().await {
        app.clock.advance(3_600);
        let answer = app.get("/health").await;
        assert_eq!(answer.status, 200, "{} {answer:?}", app.engine);
        assert_eq!(answer.header("content-type"), "application/json");
        let health = answer.json();
        let members = ["database", "environment", "memory", "status", "timestamp", "uptime"];
        assert_eq!(names(&health), members);
        assert_eq!((&health["status"], &health["uptime"]), (&json!("healthy"), &json!(3_600)));
        assert_eq!(health["timestamp"], "2027-01-15T09:00:00.000Z", "{health}");
        assert_eq!(health["environment"], "production", "{health}");
        assert_eq!(health["database"], json!({ "status": "connected" }));
        assert_eq!(names(&health["memory"]), ["total", "used"]);
        let memory = &health["memory"];
        assert!(is_megabytes(&memory["used"]) && is_megabytes(&memory["total"]), "{health}");
        app.store.store.close().await;
        let answer = app.get("/health").await;
        assert_eq!(answer.status, 503, "{} {answer:?}", app.engine);
        let health = answer.json();
        assert_eq!(names(&health), members);
        assert_eq!(health["status"], "unhealthy", "{health}");
        assert_eq!(health["database"], json!({ "status": "disconnected" }));
    }
}

/// The backend's `POST /`, which is `/api/auth/signup`: 201 with the four members, an id that is a ULID, and
/// the tokens of a sign-in beside them.
#[tokio::test]
async fn an_account_is_made_with_what_the_document_sends() {
    for app in installations().await {
        let made = signs_up(&app).await;
        for name in ["name", "username", "email"] {
            assert_eq!(made.json()[name], john()[name], "{name} {}", app.engine);
        }
        let id = made.text("id");
        assert!(id.len() == 26 && id.bytes().all(|b| b.is_ascii_alphanumeric()), "a ULID: {id}");
        assert!(!made.body.contains("SecurePass123"), "{made:?}");
        assert_tokens(&app, &made).await;
        for (name, value) in [("email", "other@example.com"), ("username", "other")] {
            let mut body = john();
            body[name] = json!(value);
            let taken = post(&app, "/api/auth/signup", &body).await;
            assert_api_error(&taken, 409, "user_exists");
        }
        for name in ["email", "password"] {
            let mut body = john();
            body.as_object_mut().unwrap().remove(name);
            assert_eq!(fields_of(&post(&app, "/api/auth/signup", &body).await), [name]);
        }
    }
}

/// The backend's `POST /login`, which is `/api/auth/signin`: its `token` is `access_token` here, and bad
/// credentials are 401. Its own two addresses are those of pages.
#[tokio::test]
async fn who_has_an_account_signs_in_by_username() {
    for app in installations().await {
        signs_up(&app).await;
        let tokens = signs_in(&app, "SecurePass123").await;
        assert_eq!(tokens.status, 200, "{} {tokens:?}", app.engine);
        assert_tokens(&app, &tokens).await;
        assert_eq!(tokens.json().get("token"), None, "{tokens:?}");
        assert_api_error(&signs_in(&app, "SecurePass124").await, 401, "invalid_credentials");
        let nobody = json!({ "username": "janedoe", "password": "SecurePass123" });
        let unknown = post(&app, "/api/auth/signin", &nobody).await;
        assert_api_error(&unknown, 401, "invalid_credentials");
        let half = post(&app, "/api/auth/signin", &json!({ "username": "johndoe" })).await;
        assert_eq!(fields_of(&half), ["password"], "{}", app.engine);
        let page = app.get("/login").await;
        assert!(page.body.contains("id=\"login-form\""), "{} {page:?}", app.engine);
        for path in ["/", "/login"] {
            let body = json!({ "username": "johndoe", "password": "SecurePass123" });
            let refused = post(&app, path, &body).await;
            assert!(matches!(refused.status, 400 | 405 | 415), "{path} {refused:?}");
            assert!(!refused.body.contains("ptk_rt_"), "{path} {refused:?}");
        }
    }
}

/// The backend's `POST /password/request`: here an unknown address is answered as a known one.
#[tokio::test]
async fn a_link_is_asked_for_and_nobody_learns_who_has_an_account() {
    for app in installations().await {
        signs_up(&app).await;
        let ask = async |email: &str| {
            post(&app, "/api/auth/password/request", &json!({ "email": email })).await
        };
        let (known, unknown) = (ask(EMAIL).await, ask("jane@example.com").await);
        assert_eq!((known.status, unknown.status), (200, 200), "{}", app.engine);
        assert_eq!(known.body, unknown.body, "{}", app.engine);
        assert_eq!(names(&known.json()), ["message"]);
    }
}

/// The token of the link that was mailed.
async fn mailed_token(app: &TestApp) -> String {
    let body = json!({ "email": EMAIL });
    assert_eq!(post(app, "/api/auth/password/request", &body).await.status, 200);
    let mail = mail_to(app, EMAIL).await;
    let link = mail.split_whitespace().find(|word| word.contains("/password/reset?token="));
    let link = link.unwrap_or_else(|| panic!("no link: {mail}"));
    link.split("token=").nth(1).unwrap().to_owned()
}

async fn resets(app: &TestApp, token: &str) -> Answer {
    let body = json!({ "token": token, "newPassword": "NewSecurePass123" });
    post(app, "/api/auth/password/reset", &body).await
}

/// The backend's `POST /password/reset`: a link is good for an hour and once, and what the old password
/// opened has ended.
#[tokio::test]
async fn a_password_is_reset_once_and_everything_of_before_ends() {
    for app in installations().await {
        signs_up(&app).await;
        let nobodys = resets(&app, "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6").await;
        assert_api_error(&nobodys, 400, "invalid_reset_token");
        let late = mailed_token(&app).await;
        app.clock.advance(3_600);
        assert_api_error(&resets(&app, &late).await, 400, "invalid_reset_token");
        let before = signs_in(&app, "SecurePass123").await;
        let token = mailed_token(&app).await;
        app.clock.advance(3_599);
        assert_eq!(app.me(&before.text("access_token")).await.status, 200, "{}", app.engine);
        let done = resets(&app, &token).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
        assert!(done.json()["message"].is_string(), "{done:?}");
        assert_api_error(&resets(&app, &token).await, 400, "invalid_reset_token");
        assert_api_error(&app.me(&before.text("access_token")).await, 401, "invalid_token");
        let over = app.api_refresh(&before.text("refresh_token")).await;
        assert_api_error(&over, 401, "invalid_token");
        assert_api_error(&signs_in(&app, "SecurePass123").await, 401, "invalid_credentials");
        assert_tokens(&app, &signs_in(&app, "NewSecurePass123").await).await;
    }
}
