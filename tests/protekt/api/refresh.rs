//! `POST /api/auth/refresh`.

use protekt::accounts::Giver;
use protekt::oauth::clients::update;
use serde_json::json;

use crate::pages::steps::count;
use crate::support::answer::Answer;
use crate::support::api::{assert_api_error, fields_of, own_client};
use crate::support::app::{ISSUER, PASSWORD, SECRET, TestApp, apps, claims};
use crate::support::protocol::ADA;

const PATH: (&str, &str) = ("POST", "/api/auth/refresh");

async fn signed_in(app: &TestApp) -> Answer {
    app.plant_api_client().await;
    app.person(ADA).await;
    app.api_tokens(ADA).await
}

/// RT-01 RT-07
#[tokio::test]
async fn a_refresh_token_is_exchanged_for_a_new_pair_from_the_body_and_as_the_bearer() {
    for app in apps().await {
        let first = signed_in(&app).await;
        let second = app.api_refresh(&first.text("refresh_token")).await;
        assert_eq!(second.status, 200, "{second:?}");
        let token = second.text("refresh_token");
        let third = app.call(PATH.0, PATH.1, Some(&token)).await;
        assert_eq!(third.status, 200, "{third:?}");
        assert_eq!(third.text("token_type"), "Bearer");
        let (old, new) = (claims(&first.text("access_token")), claims(&third.text("access_token")));
        for claim in ["sub", "aud", "iss", "auth_time", "sid", "client_id", "scope"] {
            assert_eq!(old[claim], new[claim], "{claim}");
        }
        for tokens in [&first, &second, &third] {
            assert_eq!(app.me(&tokens.text("access_token")).await.status, 200, "{}", app.engine);
        }
        // The token endpoint knows it too.
        let token = third.text("refresh_token");
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &token),
            ("client_id", "authentication-api"),
        ];
        assert_eq!(app.token(None, &fields).await.status, 200, "{}", app.engine);
    }
}

/// RT-02
#[tokio::test]
async fn a_spent_refresh_token_that_comes_again_ends_its_family() {
    for app in apps().await {
        let first = signed_in(&app).await;
        let second = app.api_refresh(&first.text("refresh_token")).await;
        app.clock.advance(60);
        let again = app.api_refresh(&first.text("refresh_token")).await;
        assert_api_error(&again, 401, "invalid_token");
        assert_api_error(
            &app.api_refresh(&second.text("refresh_token")).await,
            401,
            "invalid_token",
        );
        for tokens in [&first, &second] {
            assert_api_error(&app.me(&tokens.text("access_token")).await, 401, "invalid_token");
        }
    }
}

/// RT-03 RT-05
#[tokio::test]
async fn a_refresh_token_is_its_clients_alone() {
    for app in apps().await {
        let default = signed_in(&app).await.text("refresh_token");
        app.client(own_client()).await;
        let body = json!({ "email": ADA, "password": PASSWORD, "client_id": "own",
            "client_secret": SECRET });
        let own = app.api_sign_in(&body).await.text("refresh_token");
        let as_own = |token: &str, secret: &str| json!({ "refresh_token": token, "client_id": "own", "client_secret": secret });
        assert_api_error(&app.api_refresh(&own).await, 401, "invalid_token");
        let foreign = app.call_with(PATH, None, &as_own(&default, SECRET)).await;
        assert_api_error(&foreign, 401, "invalid_token");
        let unproven = app.call_with(PATH, None, &as_own(&own, "ptk_cs_wrong")).await;
        assert_api_error(&unproven, 401, "invalid_client");
        assert_eq!(app.api_refresh(&default).await.status, 200, "{}", app.engine);
        let proven = app.call_with(PATH, None, &as_own(&own, SECRET)).await;
        assert_eq!(proven.status, 200, "{} {proven:?}", app.engine);
    }
}

/// RT-09
#[tokio::test]
async fn what_ends_a_sign_in_ends_its_refresh_tokens_at_once() {
    let endings = [
        "UPDATE users SET blocked_at = 1",
        "UPDATE users SET generation = generation + 1",
        "UPDATE users SET deletion_due_at = 1900000000",
        "UPDATE grants SET revoked_at = 1, revoked_because = 'signed_out'",
        "DELETE FROM sessions",
        "UPDATE clients SET authentication_api = FALSE",
        "DELETE FROM clients",
        "DELETE FROM users",
    ];
    for ending in endings {
        for app in apps().await {
            let tokens = signed_in(&app).await;
            app.store.run(ending).await;
            let refused = app.api_refresh(&tokens.text("refresh_token")).await;
            assert!(matches!(refused.status, 401 | 403), "{ending} {refused:?}");
            assert!(!refused.body.contains("access_token"), "{ending} {refused:?}");
            assert_api_error(&app.me(&tokens.text("access_token")).await, 401, "invalid_token");
            let userinfo = app.userinfo(&tokens.text("access_token")).await;
            assert_eq!(userinfo.status, 401, "{ending} {}", app.engine);
        }
    }
}

/// RT-11: the session lives as long as it is used, and no longer than any.
#[tokio::test]
async fn a_program_that_only_refreshes_stays_signed_in_up_to_the_end() {
    const DAY: i64 = 24 * 3_600;

    for app in apps().await {
        let mut token = signed_in(&app).await.text("refresh_token");
        for day in (10..90).step_by(10) {
            app.clock.advance(10 * DAY);
            let tokens = app.api_refresh(&token).await;
            assert_eq!(tokens.status, 200, "day {day} {} {tokens:?}", app.engine);
            assert_eq!(app.me(&tokens.text("access_token")).await.status, 200, "day {day}");
            token = tokens.text("refresh_token");
        }
        app.clock.advance(10 * DAY);
        assert_api_error(&app.api_refresh(&token).await, 401, "invalid_token");
    }
}

#[tokio::test]
async fn a_setting_that_is_taken_away_is_felt_and_comes_back() {
    for app in apps().await {
        let tokens = signed_in(&app).await;
        let id = "authentication-api".into();
        for is_on in [false, true] {
            let change = |_: &_, new: &mut protekt::oauth::clients::NewClient| {
                new.authentication_api = is_on;
                new.redirect_uris = vec!["http://127.0.0.1/cb".to_owned()];
                Ok(())
            };
            update(app.app.store(), &id, change, ISSUER, (Giver::Operator, app.app.now()))
                .await
                .unwrap();
            let status = app.me(&tokens.text("access_token")).await.status;
            assert_eq!(status, if is_on { 200 } else { 401 }, "{}", app.engine);
        }
        // A start leaves what an operator changed.
        app.store.run("UPDATE clients SET name = 'Ours'").await;
        app.plant_api_client().await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM clients WHERE name = 'Ours'").await, 1);
    }
}

#[tokio::test]
async fn a_refresh_without_a_token_or_with_two_says_so() {
    for app in apps().await {
        let tokens = signed_in(&app).await;
        assert_eq!(fields_of(&app.call(PATH.0, PATH.1, None).await), ["refresh_token"]);
        let token = tokens.text("refresh_token");
        let twice = app.call_with(PATH, Some(&token), &json!({ "refresh_token": token })).await;
        assert_eq!(fields_of(&twice), ["refresh_token"]);
        for wrong in [&*tokens.text("access_token"), "ptk_rt_x", "x"] {
            assert_api_error(&app.api_refresh(wrong).await, 401, "invalid_token");
        }
        assert_eq!(app.api_refresh(&token).await.status, 200, "{}", app.engine);
    }
}

/// A session lives as long as it is used, also by the token endpoint.
#[tokio::test]
async fn refreshing_at_the_token_endpoint_is_a_sign_of_life_too() {
    for app in apps().await {
        let mut token = signed_in(&app).await.text("refresh_token");
        // Together more than `sessions.remembered_idle`.
        for round in 0..4 {
            app.clock.advance(12 * 24 * 3_600);
            let fields = of_default_client(&token);
            let tokens = app.token(None, &fields).await;
            assert_eq!(tokens.status, 200, "{round} {} {tokens:?}", app.engine);
            token = tokens.text("refresh_token");
        }
    }
}

/// RT-09: what was given for the API ends with it, also where other endpoints are asked.
#[tokio::test]
async fn where_the_api_is_switched_off_its_tokens_end() {
    for app in apps().await {
        let tokens = signed_in(&app).await;
        let app = app
            .with_settings(|settings| settings.authentication_api = false)
            .with_http(|settings| settings.authentication_api = false);
        let access_token = tokens.text("access_token");
        assert_eq!(app.me(&access_token).await.status, 404, "{}", app.engine);
        assert_eq!(app.userinfo(&access_token).await.status, 401, "{}", app.engine);
        let token = tokens.text("refresh_token");
        let refused = app.token(None, &of_default_client(&token)).await;
        assert_eq!(refused.error(), "invalid_grant", "{}", app.engine);
    }
}

fn of_default_client(token: &str) -> [(&str, &str); 3] {
    [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "authentication-api")]
}
