//! `POST /api/auth/signout`, and `/api/users/me`.

use protekt::clock::Clock as _;
use serde_json::json;

use crate::pages::steps::count;
use crate::support::api::assert_api_error;
use crate::support::app::apps;
use crate::support::protocol::ADA;

const PATH: &str = "/api/auth/signout";

/// AP-08
#[tokio::test]
async fn who_signs_out_ends_the_session_and_every_token_of_it() {
    for app in apps().await {
        app.plant_api_client().await;
        let ada = app.person(ADA).await;
        let (tokens, other) = (app.api_tokens(ADA).await, app.api_tokens(ADA).await);
        let out = app.call("POST", PATH, Some(&tokens.text("access_token"))).await;
        assert_eq!((out.status, out.body.as_str()), (204, ""), "{out:?}");
        let again = app.call("POST", PATH, Some(&tokens.text("access_token"))).await;
        assert_api_error(&again, 401, "invalid_token");
        assert_api_error(
            &app.api_refresh(&tokens.text("refresh_token")).await,
            401,
            "invalid_token",
        );
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401);
        // Elsewhere one stays.
        assert_eq!(app.me(&other.text("access_token")).await.status, 200, "{}", app.engine);
        assert_eq!(app.app.accounts.sessions_of(&ada.id).await.unwrap().len(), 1);
        let told = "SELECT COUNT(*) FROM audit_events WHERE kind = 'signed_out'";
        assert_eq!(count(&app, told).await, 1, "{}", app.engine);
    }
}

/// LO-08: a program is a device among the others.
#[tokio::test]
async fn a_program_is_signed_out_from_the_page_of_devices() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let tokens = app.api_tokens(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.open("/account/sessions").await;
        let sid = crate::support::app::claims(&tokens.text("access_token"))["sid"].clone();
        let page_form = [("sid", sid.as_str().unwrap())];
        let csrf = crate::pages::steps::hidden(&page, "csrf");
        let fields = [page_form[0], ("csrf", &csrf)];
        let done = browser.post("/account/sessions/end", &fields).await;
        assert_eq!(done.status, 303, "{done:?}");
        assert_api_error(&app.me(&tokens.text("access_token")).await, 401, "invalid_token");
        assert_api_error(
            &app.api_refresh(&tokens.text("refresh_token")).await,
            401,
            "invalid_token",
        );
    }
}

/// UI-02: nobody else's, and nothing that is a secret.
#[tokio::test]
async fn me_is_the_account_of_the_token_and_what_the_token_says() {
    for app in apps().await {
        app.plant_api_client().await;
        let ada = app.person(ADA).await;
        app.person("grace@example.com").await;
        let token = app.api_tokens(ADA).await.text("access_token");
        let me = app.me(&token).await;
        assert_eq!(me.status, 200, "{me:?}");
        assert_eq!(me.header("cache-control"), "no-store");
        let me = me.json();
        assert_eq!((&me["id"], &me["email"]), (&json!(ada.id), &json!(ADA)));
        assert_eq!((&me["name"], &me["email_verified"]), (&json!("Ada Okafor"), &json!(true)));
        assert_eq!(me["logins_count"], 1);
        let now = app.clock.now().to_rfc3339().replace('Z', ".000Z");
        assert_eq!((&me["created_at"], &me["last_login"]), (&json!(now), &json!(now)));
        assert_eq!(me["claims"], crate::support::app::claims(&token));
        for absent in ["username", "picture", "phone_number", "phone_verified", "password_hash"] {
            assert_eq!(me.get(absent), None, "{me}");
        }
        let text = me.to_string();
        for secret in ["argon2", "generation", "ptk_"] {
            assert!(!text.contains(secret), "{secret}: {me}");
        }
    }
}
