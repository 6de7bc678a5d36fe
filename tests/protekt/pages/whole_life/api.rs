//! A program's part of a whole life: it signs in by the authentication API, goes on, and signs out.

use super::Seen;
use crate::support::app::{PASSWORD, TestApp};

const ALAN: &str = "alan@example.com";

/// From signing in to signing out.
pub(super) async fn program(app: &TestApp, seen: &mut Seen) {
    app.plant_api_client().await;
    app.person(ALAN).await;
    let body = serde_json::json!({ "email": ALAN, "password": format!("{PASSWORD}-not") });
    assert_eq!(app.api_sign_in(&body).await.status, 401);
    seen.add("wrong password at the API", format!("{PASSWORD}-not"));
    let first = app.api_tokens(ALAN).await;
    let second = app.api_refresh(&first.text("refresh_token")).await;
    for tokens in [first, second] {
        for name in ["access_token", "id_token", "refresh_token"] {
            seen.add("token of the API", tokens.text(name));
        }
        let token = tokens.text("access_token");
        assert_eq!(app.me(&token).await.status, 200);
    }
    let token = app.api_tokens(ALAN).await.text("access_token");
    assert_eq!(app.call("POST", "/api/auth/signout", Some(&token)).await.status, 204);
    seen.add("token that was signed out", token);
}
