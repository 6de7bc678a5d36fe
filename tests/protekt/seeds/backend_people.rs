//! The Node.js backend with second factors: looking after people.

use serde_json::{Value, json};

use super::backend::{signs_in, signs_up};
use super::{administrator, assert_tokens, installations, post};
use crate::support::answer::Answer;
use crate::support::api::assert_api_error;
use crate::support::app::TestApp;

/// An id as the document has it, which is nobody's.
const NOBODY: &str = "/api/users/01HF5P3NZQXW8K7VQZJ1Q9D8YM";

async fn get(app: &TestApp, token: &str, path: &str) -> Answer {
    app.call("GET", path, Some(token)).await
}

/// The members that the document has.
fn shown(user: &Value) -> [&Value; 4] {
    ["id", "name", "username", "email"].map(|name| &user[name])
}

/// The backend's `GET /` and `GET /:id`, which are `/api/users` and `/api/users/{id}`, for whoever may see
/// others; passwords stand nowhere.
#[tokio::test]
async fn everybody_is_listed_and_each_one_is_shown() {
    for app in installations().await {
        let john = signs_up(&app).await;
        let boss = administrator(&app).await;
        let all = get(&app, &boss, "/api/users").await;
        assert_eq!(all.status, 200, "{} {all:?}", app.engine);
        assert!(!all.body.contains("password\""), "{all:?}");
        let all = all.json();
        let listed = all.as_array().unwrap().iter().find(|user| user["username"] == "johndoe");
        let john_is = john.json();
        assert_eq!(shown(listed.unwrap()), shown(&john_is), "{}", app.engine);
        let one = get(&app, &boss, &format!("/api/users/{}", john.text("id"))).await;
        assert_eq!((one.status, shown(&one.json())), (200, shown(&john_is)), "{}", app.engine);
        assert_api_error(&get(&app, &boss, NOBODY).await, 404, "inexistent_user");
    }
}

/// The backend's `PUT /:id`, which is `/api/users/{id}`: what is named changes, and the rest stays.
#[tokio::test]
async fn an_account_is_changed_by_put() {
    for app in installations().await {
        let john = signs_up(&app).await;
        let boss = administrator(&app).await;
        let body = json!({ "name": "John Updated", "email": "john.updated@example.com" });
        let path = format!("/api/users/{}", john.text("id"));
        let changed = app.call_with(("PUT", &path), Some(&boss), &body).await;
        assert_eq!(changed.status, 200, "{} {changed:?}", app.engine);
        let mut expected = john.json();
        expected["name"] = body["name"].clone();
        expected["email"] = body["email"].clone();
        assert_eq!(shown(&changed.json()), shown(&expected), "{}", app.engine);
        let tokens = signs_in(&app, "SecurePass123").await;
        let bearer = assert_tokens(&app, &tokens).await;
        assert_eq!(shown(&app.me(&bearer).await.json()), shown(&expected), "{}", app.engine);
        let nobody = app.call_with(("PUT", NOBODY), Some(&boss), &body).await;
        assert_api_error(&nobody, 404, "inexistent_user");
    }
}

/// The backend's `DELETE /:id`, which is `/api/users/{id}`: 204, and nothing of the account is left to sign in
/// to.
#[tokio::test]
async fn an_account_is_deleted() {
    for app in installations().await {
        let john = signs_up(&app).await;
        let boss = administrator(&app).await;
        let path = format!("/api/users/{}", john.text("id"));
        let gone = app.call("DELETE", &path, Some(&boss)).await;
        assert_eq!((gone.status, &*gone.body), (204, ""), "{} {gone:?}", app.engine);
        assert_api_error(&get(&app, &boss, &path).await, 404, "inexistent_user");
        let again = app.call("DELETE", &path, Some(&boss)).await;
        assert_api_error(&again, 404, "inexistent_user");
        assert_api_error(&signs_in(&app, "SecurePass123").await, 401, "invalid_credentials");
        assert_api_error(&app.me(&john.text("access_token")).await, 401, "invalid_token");
    }
}

/// The backend lets whoever is signed in look after everybody; here each one has their own account, at
/// `/api/users/me`, and others need a permission.
#[tokio::test]
async fn nobody_looks_after_others_for_being_signed_in() {
    for app in installations().await {
        let john = signs_up(&app).await;
        let jane = json!({
            "username": "janedoe", "email": "jane@example.com", "password": "SecurePass123",
        });
        let jane = post(&app, "/api/auth/signup", &jane).await.text("id");
        let bearer = john.text("access_token");
        let body = json!({ "name": "John Updated" });
        let one = format!("/api/users/{jane}");
        let calls = [("GET", "/api/users"), ("GET", &*one), ("PUT", &*one), ("DELETE", &*one)];
        for call in calls {
            let refused = app.call_with(call, Some(&bearer), &body).await;
            assert_api_error(&refused, 403, "insufficient_scope");
            assert_api_error(&app.call_with(call, None, &body).await, 401, "invalid_token");
        }
        let own = app.call_with(("PATCH", "/api/users/me"), Some(&bearer), &body).await;
        assert_eq!((own.status, &*own.text("name")), (200, "John Updated"), "{}", app.engine);
        let leaves = app.call("DELETE", "/api/users/me", Some(&bearer)).await;
        assert!(leaves.json()["deletion_due_at"].is_string(), "{} {leaves:?}", app.engine);
    }
}
