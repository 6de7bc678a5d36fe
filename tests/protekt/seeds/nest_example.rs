//! The NestJS example with roles.

use serde_json::{Value, json};

use super::{administrator, assert_tokens, installations, post, signs_up, verified};
use crate::support::answer::Answer;
use crate::support::api::{AUDIENCE, assert_api_error};
use crate::support::app::{PASSWORD, TestApp};

const EMAIL: &str = "user@example.com";

async fn signed_up(app: &TestApp) -> Answer {
    let body = json!({ "email": EMAIL, "password": "secret" });
    signs_up(app, "/api/auth/signup", body).await
}

async fn signs_in(app: &TestApp) -> Answer {
    post(app, "/api/auth/signin", &json!({ "email": EMAIL, "password": PASSWORD })).await
}

/// The Nest example's `POST /auth/signup` and `POST /auth/signin`: who it is, and both tokens.
#[tokio::test]
async fn signing_up_and_in_tell_who_it_is_and_give_both_tokens() {
    for app in installations().await {
        let made = signed_up(&app).await;
        let tokens = signs_in(&app).await;
        assert_eq!(tokens.status, 200, "{} {tokens:?}", app.engine);
        for answer in [&made, &tokens] {
            assert_eq!(answer.text("email"), EMAIL, "{}", app.engine);
            assert_eq!(answer.text("id"), made.text("id"), "{}", app.engine);
            assert_tokens(&app, answer).await;
        }
    }
}

/// The Nest example's `POST /auth/refresh`, where the refresh token is the bearer; each is good once.
#[tokio::test]
async fn a_refresh_token_as_the_bearer_gives_a_new_pair() {
    for app in installations().await {
        let first = signed_up(&app).await.text("refresh_token");
        let fresh = app.call("POST", "/api/auth/refresh", Some(&first)).await;
        assert_tokens(&app, &fresh).await;
        assert_ne!(fresh.text("refresh_token"), first, "{}", app.engine);
        // An access token refreshes nothing, nor does what nobody was given.
        let access = fresh.text("access_token");
        for bearer in [&*access, "c09ed739-dc6a-45f1-bbeb-c12d7c167d29"] {
            let refused = app.call("POST", "/api/auth/refresh", Some(bearer)).await;
            assert_api_error(&refused, 401, "invalid_token");
        }
    }
}

/// The Nest example's `POST /auth/signout`: nothing of this sign-in goes on, and another one does.
#[tokio::test]
async fn signing_out_ends_both_tokens_of_this_sign_in() {
    for app in installations().await {
        let other = signed_up(&app).await;
        let tokens = signs_in(&app).await;
        let bearer = tokens.text("access_token");
        let out = app.call("POST", "/api/auth/signout", Some(&bearer)).await;
        assert_eq!((out.status, &*out.body), (204, ""), "{} {out:?}", app.engine);
        let over = app.call("POST", "/api/auth/refresh", Some(&tokens.text("refresh_token"))).await;
        assert_api_error(&over, 401, "invalid_token");
        for path in ["/api/users/me", "/api/users"] {
            assert_api_error(&app.call("GET", path, Some(&bearer)).await, 401, "invalid_token");
        }
        let again = app.call("POST", "/api/auth/signout", Some(&bearer)).await;
        assert_api_error(&again, 401, "invalid_token");
        assert_tokens(&app, &app.api_refresh(&other.text("refresh_token")).await).await;
    }
}

/// The Nest example's `GET /users/me`: its four members, of which three are in `claims`.
#[tokio::test]
async fn whoever_is_signed_in_is_told_who_they_are() {
    for app in installations().await {
        signed_up(&app).await;
        let token = signs_in(&app).await.text("access_token");
        let me = app.call("GET", "/api/users/me", Some(&token)).await;
        assert_eq!((me.status, &*me.text("email")), (200, EMAIL), "{} {me:?}", app.engine);
        let told = verified(&app, &token, AUDIENCE).await.unwrap();
        let me = me.json();
        assert_eq!(me["claims"], told, "what the token says, all of it");
        assert_eq!(me["claims"]["sub"], me["id"], "{me}");
        assert!(me["claims"]["iat"].is_i64() && me["claims"]["exp"].is_i64(), "{me}");
        assert_api_error(&app.call("GET", "/api/users/me", None).await, 401, "invalid_token");
    }
}

/// The Nest example's `GET /users`: everybody, for whoever may see them.
#[tokio::test]
async fn the_list_of_all_is_for_administrators() {
    for app in installations().await {
        let token = signed_up(&app).await.text("access_token");
        let refused = app.call("GET", "/api/users", Some(&token)).await;
        assert_api_error(&refused, 403, "insufficient_scope");
        assert_api_error(&app.call("GET", "/api/users", None).await, 401, "invalid_token");
        let boss = administrator(&app).await;
        let all = app.call("GET", "/api/users", Some(&boss)).await;
        assert_eq!(all.status, 200, "{} {all:?}", app.engine);
        let all = all.json();
        let mut emails: Vec<&str> =
            all.as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap()).collect();
        emails.sort_unstable();
        assert_eq!(emails, ["boss@example.org", EMAIL], "{}", app.engine);
        assert!(all.as_array().unwrap().iter().all(|user| user["id"].is_string()), "{all}");
        assert_eq!(all[0].get("password"), None::<&Value>, "{all}");
    }
}
