//! `POST /api/auth/refresh` and `POST /api/auth/signout`.

use protekt::oauth::clients::NewClient;
use serde_json::json;

use crate::pages::steps::count;
use crate::support::answer::Answer;
use crate::support::api::{ApiTokens, assert_api_refused, shop};
use crate::support::app::{TestApp, apps, claims};
use crate::support::protocol::ADA;

const REFRESH: &str = "POST /api/auth/refresh";

async fn refresh(app: &TestApp, token: &str) -> Answer {
    app.call(REFRESH, None, json!({ "refresh_token": token })).await
}

#[tokio::test]
async fn a_refresh_token_buys_its_successor_in_the_body_or_as_bearer() {
    for app in apps().await {
        app.with_shop().await;
        let first = app.api_tokens().await;
        let answer = refresh(&app, &first.refresh).await;
        assert_eq!(answer.status, 200, "{} {answer:?}", app.engine);
        let second = ApiTokens::of(&answer);
        assert_ne!(first.refresh, second.refresh);
        assert_eq!(claims(&second.access)["sid"], claims(&first.access)["sid"]);
        assert_eq!(claims(&second.access)["aud"], claims(&first.access)["aud"]);
        assert_eq!(app.bare_call("GET /api/users/me", Some(&second.access)).await.status, 200);
        let answer = app.bare_call(REFRESH, Some(&second.refresh)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        // The same tokens as at /oauth/token.
        let third = ApiTokens::of(&answer);
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", "shop"),
            ("refresh_token", &*third.refresh),
        ];
        let answer = app.token(None, &fields).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(
            app.bare_call("GET /api/users/me", Some(&answer.text("access_token"))).await.status,
            200
        );
    }
}

/// RT-02: a spent token that comes again ends the family, here as at `/oauth/token`.
#[tokio::test]
async fn a_refresh_token_that_comes_again_ends_its_family() {
    for app in apps().await {
        app.with_shop().await;
        let first = app.api_tokens().await;
        let second = ApiTokens::of(&refresh(&app, &first.refresh).await);
        app.clock.advance(11);
        assert_api_refused(&refresh(&app, &first.refresh).await, 401, "invalid_grant");
        assert_api_refused(&refresh(&app, &second.refresh).await, 401, "invalid_grant");
        let answer = app.bare_call("GET /api/users/me", Some(&second.access)).await;
        assert_api_refused(&answer, 401, "invalid_token");
    }
}

#[tokio::test]
async fn only_a_refresh_token_of_the_application_is_one() {
    for app in apps().await {
        app.with_shop().await;
        app.web_client().await;
        app.client(NewClient { id: Some("other".into()), ..shop() }).await;
        let tokens = app.api_tokens().await;
        let foreign = app.tokens().await.text("refresh_token");
        for token in [tokens.access.as_str(), foreign.as_str(), "ptk_rt_x", "x"] {
            assert_api_refused(&refresh(&app, token).await, 401, "invalid_grant");
        }
        let body = json!({ "refresh_token": tokens.refresh, "client_id": "other" });
        assert_api_refused(&app.call(REFRESH, None, body).await, 401, "invalid_grant");
        let twice = json!({ "refresh_token": tokens.refresh });
        let answer = app.call(REFRESH, Some(&tokens.refresh), twice).await;
        assert_api_refused(&answer, 400, "invalid_body");
        assert_api_refused(&app.bare_call(REFRESH, None).await, 400, "invalid_body");
        // None of that has spent it; the one of a third party neither.
        assert_eq!(refresh(&app, &tokens.refresh).await.status, 200);
        assert_eq!(app.refresh(&foreign).await.status, 200);
    }
}

/// A session lives as long as it is used, so that the tokens of an application do.
#[tokio::test]
async fn refreshing_keeps_the_session_alive() {
    for app in apps().await {
        app.with_shop().await;
        let mut tokens = app.api_tokens().await;
        for _ in 0..6 {
            app.clock.advance(13 * 86_400);
            tokens = ApiTokens::of(&refresh(&app, &tokens.refresh).await);
        }
        assert_eq!(app.bare_call("GET /api/users/me", Some(&tokens.access)).await.status, 200);
        app.clock.advance(13 * 86_400);
        // 91 days: both lines end.
        assert_api_refused(&refresh(&app, &tokens.refresh).await, 401, "invalid_grant");
    }
}

/// AP-08
#[tokio::test]
async fn signing_out_ends_the_session_and_its_family_and_nothing_else() {
    for app in apps().await {
        app.with_shop().await;
        let (tokens, other) = (app.api_tokens().await, app.api_tokens().await);
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let answer = app.bare_call("POST /api/auth/signout", Some(&tokens.access)).await;
        assert_eq!((answer.status, &*answer.body), (204, ""), "{answer:?}");
        for (token, status) in [(&tokens.access, 401), (&other.access, 200)] {
            assert_eq!(app.bare_call("GET /api/users/me", Some(token)).await.status, status);
            assert_eq!(app.userinfo(token).await.status, status);
        }
        assert_api_refused(&refresh(&app, &tokens.refresh).await, 401, "invalid_grant");
        assert_eq!(refresh(&app, &other.refresh).await.status, 200);
        assert_eq!(browser.get("/account").await.status, 200);
        let again = app.bare_call("POST /api/auth/signout", Some(&tokens.access)).await;
        assert_api_refused(&again, 401, "invalid_token");
        let ended = "SELECT COUNT(*) FROM audit_events WHERE kind = 'signed_out'";
        assert_eq!(count(&app, ended).await, 1, "{}", app.engine);
    }
}
