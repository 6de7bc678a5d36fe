//! `/api/users/me`.

use protekt::throttle::Limit;
use serde_json::json;

use crate::pages::steps::{count, execute};
use crate::support::api::{assert_api_refused, named_in};
use crate::support::app::{PASSWORD, apps};
use crate::support::protocol::ADA;

const SHOW: &str = "GET /api/users/me";
const CHANGE: &str = "PATCH /api/users/me";
const DELETE: &str = "DELETE /api/users/me";

#[tokio::test]
async fn people_see_their_own_account_and_no_secret_of_it() {
    for app in apps().await {
        let ada = app.with_shop().await;
        let token = app.api_tokens().await.access;
        let answer = app.bare_call(SHOW, Some(&token)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let me = answer.json();
        assert_eq!((&me["id"], &me["sub"]), (&json!(ada.id), &json!(ada.id)));
        assert_eq!((&me["email"], &me["email_verified"]), (&json!(ADA), &json!(true)));
        assert_eq!((&me["multifactor"], &me["roles"]), (&json!([]), &json!([])));
        assert_eq!(me["created_at"], "2027-01-15T08:00:00Z");
        assert!(me.get("username").is_none() && me.get("picture").is_none(), "{me}");
        assert!(!answer.body.contains("argon2") && !answer.body.contains("generation"), "{me}");
    }
}

#[tokio::test]
async fn what_people_say_of_themselves_changes_and_the_rest_stays() {
    for app in apps().await {
        app.with_shop().await;
        let token = app.api_tokens().await.access;
        let change = json!({
            "username": "Ada O", "nickname": "ada", "zoneinfo": "Africa/Lagos", "locale": "en",
            "phone_number": "+49 30 1234567",
            "address": { "locality": "Lagos", "country": "Nigeria" },
        });
        let me = app.call(CHANGE, Some(&token), change).await.json();
        assert_eq!((&me["name"], &me["username"]), (&json!("Ada Okafor"), &json!("Ada O")), "{me}");
        assert_eq!(
            (&me["phone_number"], &me["phone_number_verified"]),
            (&json!("+49301234567"), &json!(false))
        );
        let change = json!({ "nickname": null, "name": "Ada", "address": { "country": null } });
        let me = app.call(CHANGE, Some(&token), change).await.json();
        assert_eq!((&me["name"], &me["zoneinfo"]), (&json!("Ada"), &json!("Africa/Lagos")), "{me}");
        assert!(me.get("nickname").is_none(), "{me}");
        assert_eq!(me["address"]["formatted"], "Lagos", "{me}");
        let me = app.call(CHANGE, Some(&token), json!({ "address": null })).await.json();
        assert!(me.get("address").is_none(), "{me}");
        assert_eq!(app.bare_call(SHOW, Some(&token)).await.json(), me);
        assert_eq!(app.bare_call(CHANGE, Some(&token)).await.status, 200);
    }
}

/// AP-04: nobody changes what is not theirs to change.
#[tokio::test]
async fn what_is_not_the_persons_to_change_is_refused_by_name() {
    for app in apps().await {
        app.with_shop().await;
        app.person("grace@example.com").await;
        let token = app.api_tokens().await.access;
        execute(
            &app,
            "UPDATE users SET username = 'Grace', username_canonical = 'grace'
             WHERE email = 'grace@example.com'",
        )
        .await;
        for name in [
            "id",
            "sub",
            "email_verified",
            "blocked",
            "roles",
            "role",
            "app_metadata",
            "generation",
            "picture",
            "phone_number_verified",
            "is_admin",
            "logins_count",
        ] {
            let answer = app.call(CHANGE, Some(&token), json!({ name: "x", "name": "Eve" })).await;
            assert_api_refused(&answer, 400, "invalid_body");
            assert_eq!(named_in(&answer), [name]);
        }
        for (body, named) in [
            (json!({ "name": "a\u{202e}b" }), "name"),
            (json!({ "username": "a@b" }), "username"),
            (json!({ "phone_number": "12" }), "phone_number"),
            (json!({ "locale": "tlh" }), "locale"),
            (json!({ "zoneinfo": "Mars/Olympus" }), "zoneinfo"),
            (json!({ "address": { "planet": "Mars" } }), "address"),
            (json!({ "address": "Lagos" }), "address"),
        ] {
            let answer = app.call(CHANGE, Some(&token), body).await;
            assert_api_refused(&answer, 400, "invalid_body");
            assert_eq!(named_in(&answer), [named]);
        }
        let answer = app.call(CHANGE, Some(&token), json!({ "username": "GRACE" })).await;
        assert_api_refused(&answer, 409, "user_exists");
        assert_eq!(named_in(&answer), ["username"]);
        let me = app.bare_call(SHOW, Some(&token)).await.json();
        assert_eq!(me["name"], "Ada Okafor", "{me}");
    }
}

#[tokio::test]
async fn an_account_is_deleted_by_its_owner_who_proved_it_lately() {
    for mut app in apps().await {
        let mut settings = (*app.app.accounts.settings).clone();
        settings.limits.passwords_by_known_browser = Limit::new(3, 900);
        app = app.with_account_settings(settings);
        app.with_shop().await;
        let tokens = app.api_tokens().await;
        let token = Some(tokens.access.as_str());
        app.clock.advance(600);
        let answer = app.bare_call(DELETE, token).await;
        assert_api_refused(&answer, 403, "reauthentication_required");
        assert!(answer.json().get("mfa_token").is_none(), "{answer:?}");
        for _ in 0..3 {
            let answer = app.call(DELETE, token, json!({ "password": "wrong" })).await;
            assert_api_refused(&answer, 403, "reauthentication_required");
            assert_eq!(named_in(&answer), ["password"]);
        }
        // The tries of a proof are those of the pages.
        let answer = app.call(DELETE, token, json!({ "password": PASSWORD })).await;
        assert_api_refused(&answer, 429, "too_many_requests");
        app.clock.advance(900);
        let answer = app.call(DELETE, token, json!({ "password": PASSWORD })).await;
        assert_eq!((answer.status, &*answer.body), (204, ""), "{answer:?}");
        assert_api_refused(&app.bare_call(SHOW, token).await, 401, "invalid_token");
        assert_api_refused(&app.api_sign_in(ADA).await, 403, "deletion_pending");
        let mails = app.mails().await;
        assert!(mails.iter().any(|mail| mail.contains("/account/restore?token=")), "{mails:?}");
        let due = "SELECT COUNT(*) FROM users WHERE deletion_due_at IS NOT NULL";
        assert_eq!(count(&app, due).await, 1, "{}", app.engine);
    }
}

#[tokio::test]
async fn the_last_administrator_stays() {
    for app in apps().await {
        let ada = app.with_shop().await;
        let roles = &["admin".to_owned()];
        app.app.accounts.change_roles(ADA, roles, &[]).await.unwrap();
        let token = app.api_tokens().await.access;
        let answer = app.bare_call(DELETE, Some(&token)).await;
        assert_api_refused(&answer, 409, "last_administrator");
        let me = app.bare_call(SHOW, Some(&token)).await.json();
        assert_eq!((&me["id"], &me["roles"]), (&json!(ada.id), &json!(["admin"])));
    }
}
