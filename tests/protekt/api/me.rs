//! `PATCH` and `DELETE /api/users/me`.

use protekt::clock::Clock as _;
use protekt::oauth::clients::NewClient;
use serde_json::{Value, json};

use crate::pages::steps::count;
use crate::support::answer::Answer;
use crate::support::api::{assert_api_error, fields_of, own_client};
use crate::support::app::{PASSWORD, SECRET, TestApp, apps};
use crate::support::factors::set_up_totp;
use crate::support::protocol::ADA;

const ME: &str = "/api/users/me";

async fn signed_in(app: &TestApp) -> String {
    app.plant_api_client().await;
    app.person(ADA).await;
    app.api_tokens(ADA).await.text("access_token")
}

async fn patch(app: &TestApp, token: &str, body: &Value) -> Answer {
    app.call_with(("PATCH", ME), Some(token), body).await
}

#[tokio::test]
async fn only_what_is_given_changes_and_null_removes() {
    for app in apps().await {
        let token = signed_in(&app).await;
        let given = json!({
            "given_name": "Ada", "nickname": "ada", "username": "Ada L", "locale": "de",
            "phone_number": "+41 44 668 18 00", "zoneinfo": "Europe/Zurich",
            "address": { "locality": "Zürich", "country": "Switzerland" },
        });
        let changed = patch(&app, &token, &given).await;
        assert_eq!(changed.status, 200, "{} {changed:?}", app.engine);
        let changed = changed.json();
        assert_eq!(
            (&changed["name"], &changed["username"]),
            (&json!("Ada Okafor"), &json!("Ada L"))
        );
        assert_eq!(
            (&changed["phone_number"], &changed["phone_verified"]),
            (&json!("+41446681800"), &json!(false))
        );
        let address = &changed["address"];
        assert_eq!(
            (&address["locality"], &address["country"]),
            (&json!("Zürich"), &json!("Switzerland"))
        );
        let removed = json!({ "nickname": null, "address": { "country": null } });
        let changed = patch(&app, &token, &removed).await.json();
        assert_eq!(changed.get("nickname"), None, "{changed}");
        let address = &changed["address"];
        assert_eq!((&address["locality"], address.get("country")), (&json!("Zürich"), None));
        assert_eq!((&changed["given_name"], &changed["locale"]), (&json!("Ada"), &json!("de")));
        let me = app.me(&token).await.json();
        assert_eq!((&me["given_name"], me.get("nickname")), (&json!("Ada"), None));
        let body = json!({ "username": "ada l", "password": PASSWORD });
        assert_eq!(app.api_sign_in(&body).await.status, 200, "{}", app.engine);
    }
}

/// AP-03 AP-04: of one's own account alone, and nothing of it that others rely on.
#[tokio::test]
async fn what_others_rely_on_is_not_the_callers_to_change() {
    for app in apps().await {
        let token = signed_in(&app).await;
        let grace = app.person("grace@example.com").await;
        let before = app.me(&token).await.body;
        for name in [
            "id",
            "email",
            "email_verified",
            "password",
            "picture",
            "roles",
            "permissions",
            "phone_verified",
        ] {
            let refused = patch(&app, &token, &json!({ "name": "Eve", name: "x" })).await;
            assert_eq!(fields_of(&refused), [name]);
        }
        for (body, field) in [
            (json!({ "name": 1 }), "name"),
            (json!({ "name": "a\0b" }), "name"),
            (json!({ "username": "a@b" }), "username"),
            (json!({ "phone_number": "12" }), "phone_number"),
            (json!({ "locale": "xx" }), "locale"),
            (json!({ "zoneinfo": "Nowhere/At_all" }), "zoneinfo"),
            (json!({ "address": "x" }), "address"),
            (json!({ "address": { "country": [] } }), "address"),
        ] {
            assert_eq!(fields_of(&patch(&app, &token, &body).await), [field], "{body}");
        }
        assert_eq!(app.me(&token).await.body, before, "{}", app.engine);
        // Whom a body names changes nothing of whose account it is.
        let own = json!({ "sub": grace.id, "user_id": grace.id, "nickname": "mine" });
        assert_eq!(patch(&app, &token, &own).await.text("email"), ADA);
        let others = app.app.accounts.user(&grace.id).await.unwrap().unwrap();
        assert_eq!(others.nickname, None);
        let graces = app.api_tokens("grace@example.com").await.text("access_token");
        assert_eq!(patch(&app, &token, &json!({ "username": "ada" })).await.status, 200);
        let refused = patch(&app, &graces, &json!({ "username": "ADA" })).await;
        assert_api_error(&refused, 409, "user_exists");
    }
}

#[tokio::test]
async fn deleting_ones_account_wants_a_proof_and_ends_everything_at_once() {
    for app in apps().await {
        let token = signed_in(&app).await;
        let other = app.api_tokens(ADA).await;
        app.clock.advance(600);
        let late = app.call("DELETE", ME, Some(&token)).await;
        assert_api_error(&late, 403, "reauthentication_required");
        let wrong = json!({ "password": "another-one-97" });
        let refused = app.call_with(("DELETE", ME), Some(&token), &wrong).await;
        assert_api_error(&refused, 403, "invalid_proof");
        assert_eq!(app.me(&token).await.status, 200);
        let right = json!({ "password": PASSWORD });
        let done = app.call_with(("DELETE", ME), Some(&token), &right).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
        let due = app.clock.now().plus(14 * 24 * 3_600).to_rfc3339().replace('Z', ".000Z");
        assert_eq!(done.text("deletion_due_at"), due);
        for token in [&token, &other.text("access_token")] {
            assert_api_error(&app.me(token).await, 401, "invalid_token");
        }
        assert_api_error(
            &app.api_refresh(&other.text("refresh_token")).await,
            401,
            "invalid_token",
        );
        let again = app.api_sign_in(&json!({ "email": ADA, "password": PASSWORD })).await;
        assert_api_error(&again, 403, "deletion_pending");
        let told = "SELECT COUNT(*) FROM audit_events WHERE kind = 'account_deletion_requested'";
        assert_eq!(count(&app, told).await, 1, "{}", app.engine);
    }
}

/// MF-05: nor with the password alone, where there is a second factor; nor the last administrator.
#[tokio::test]
async fn whoever_has_a_second_factor_or_runs_everything_is_not_deleted_by_a_password() {
    for app in apps().await {
        let token = signed_in(&app).await;
        app.give_role(ADA, "admin").await;
        let right = json!({ "password": PASSWORD });
        let stays = app.call_with(("DELETE", ME), Some(&token), &right).await;
        assert_api_error(&stays, 403, "last_administrator");
        app.person("grace@example.com").await;
        app.give_role("grace@example.com", "admin").await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        set_up_totp(&app, &mut browser).await;
        let refused = app.call_with(("DELETE", ME), Some(&token), &right).await;
        assert_api_error(&refused, 403, "reauthentication_required");
        assert_eq!(app.me(&token).await.status, 200, "{}", app.engine);
    }
}

/// What a token does not open it does not change.
#[tokio::test]
async fn number_and_address_are_changed_by_their_own_scopes() {
    for app in apps().await {
        let scopes = Some("openid profile email".parse().unwrap());
        app.client(NewClient { scopes, ..own_client() }).await;
        app.person(ADA).await;
        let body = json!({ "email": ADA, "password": PASSWORD, "client_id": "own", "client_secret": SECRET });
        let token = app.api_sign_in(&body).await.text("access_token");
        for member in ["phone_number", "address"] {
            let refused = patch(&app, &token, &json!({ member: null })).await;
            assert_eq!(refused.status, 403, "{member} {} {refused:?}", app.engine);
        }
    }
}

/// Of changes at once none is lost.
#[tokio::test]
async fn two_changes_of_different_members_at_once_are_both_kept() {
    for app in apps().await {
        let token = signed_in(&app).await;
        for round in 0..4 {
            let changes = [
                json!({ "nickname": format!("N{round}") }),
                json!({ "given_name": format!("G{round}") }),
                json!({ "address": { "locality": format!("L{round}") } }),
                json!({ "username": format!("U{round}") }),
            ];
            let done = futures_util::future::join_all(
                changes.iter().map(|body| patch(&app, &token, body)),
            );
            assert!(done.await.iter().all(|answer| answer.status == 200), "{}", app.engine);
            let told = app.me(&token).await.json();
            assert_eq!(told["nickname"], format!("N{round}"), "{} {told}", app.engine);
            assert_eq!(told["given_name"], format!("G{round}"), "{} {told}", app.engine);
            assert_eq!(told["address"]["locality"], format!("L{round}"), "{} {told}", app.engine);
            assert_eq!(told["username"], format!("U{round}"), "{} {told}", app.engine);
        }
    }
}
