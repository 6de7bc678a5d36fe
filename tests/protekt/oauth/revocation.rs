//! Token revocation (RFC 7009).

use axum::body::Body;
use axum::http::Request;
use protekt::domain::client_grant::SubjectType;
use serde_json::json;

use crate::support::answer::Answer;
use crate::support::apis::ORDERS;
use crate::support::app::{SECRET, TestApp, apps, web_client};
use crate::support::protocol::{assert_refused, spa_fields};

const PATH: &str = "/oauth/revoke";
const TOLD: &str = "SELECT COUNT(*) FROM audit_events WHERE kind = 'token_revoked'";

async fn revoke(app: &TestApp, client: &str, token: &str, hint: Option<&str>) -> Answer {
    let hint = hint.map(|hint| ("token_type_hint", hint));
    let fields: Vec<_> = [("token", token)].into_iter().chain(hint).collect();
    app.ask(PATH, Some((client, SECRET)), &fields).await
}

#[track_caller]
fn assert_done(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
}

/// RV-01 RV-04
#[tokio::test]
async fn with_a_refresh_token_ends_what_it_bought() {
    for app in apps().await {
        app.with_ada().await;
        for hint in [None, Some("refresh_token"), Some("access_token"), Some("nonsense")] {
            let tokens = app.tokens().await;
            let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
            let newer = app.refresh(&refresh).await;
            assert_eq!(app.userinfo(&access).await.status, 200);
            assert_done(&revoke(&app, "notes", &newer.text("refresh_token"), hint).await);
            for dead in [access, newer.text("access_token")] {
                assert_eq!(app.userinfo(&dead).await.status, 401, "{hint:?} {}", app.engine);
                assert_eq!(app.introspect("notes", &dead).await, json!({ "active": false }));
            }
            assert_refused(&app.refresh(&newer.text("refresh_token")).await, 400, "invalid_grant");
            assert_done(&revoke(&app, "notes", &newer.text("refresh_token"), hint).await);
        }
        assert_eq!(crate::pages::steps::count(&app, TOLD).await, 4, "once each: {}", app.engine);
        // One that was used up before ends its family as well.
        let tokens = app.tokens().await;
        let newer = app.refresh(&tokens.text("refresh_token")).await;
        assert_done(&revoke(&app, "notes", &tokens.text("refresh_token"), None).await);
        assert_refused(&app.refresh(&newer.text("refresh_token")).await, 400, "invalid_grant");
    }
}

/// RV-04
#[tokio::test]
async fn an_access_token_ends_alone() {
    for app in apps().await {
        app.with_ada().await;
        let tokens = app.tokens().await;
        let access = tokens.text("access_token");
        for _ in 0..2 {
            assert_done(&revoke(&app, "notes", &access, Some("refresh_token")).await);
        }
        assert_eq!(app.userinfo(&access).await.status, 401, "{}", app.engine);
        assert_eq!(app.introspect("notes", &access).await, json!({ "active": false }));
        let newer = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(app.userinfo(&newer.text("access_token")).await.status, 200, "{newer:?}");
        assert_eq!(crate::pages::steps::count(&app, TOLD).await, 1, "{}", app.engine);
        // It is remembered for as long as it would have lived.
        let kept = "SELECT COUNT(*) FROM revoked_access_tokens";
        app.clock.advance(3_599);
        protekt::jobs::purge(&app.app.provider).await.unwrap();
        assert_eq!(crate::pages::steps::count(&app, kept).await, 1, "{}", app.engine);
        app.clock.advance(1);
        protekt::jobs::purge(&app.app.provider).await.unwrap();
        assert_eq!(crate::pages::steps::count(&app, kept).await, 0, "{}", app.engine);
    }
}

/// RV-02
#[tokio::test]
async fn unknown_missing_and_unproven_each_get_their_answer() {
    for app in apps().await {
        app.with_ada().await;
        app.public_client().await;
        let id_token = app.tokens().await.text("id_token");
        for unknown in ["x", "a.b.c", "ptk_rt_unknown", &"x".repeat(30_000)] {
            assert_done(&revoke(&app, "notes", unknown, None).await);
        }
        assert_refused(
            &revoke(&app, "notes", &id_token, None).await,
            400,
            "unsupported_token_type",
        );
        let notes = Some(("notes", SECRET));
        assert_refused(&app.ask(PATH, notes, &[]).await, 400, "invalid_request");
        let twice = [("token", "x"), ("token", "y")];
        assert_refused(&app.ask(PATH, notes, &twice).await, 400, "invalid_request");
        for basic in [None, Some(("notes", "wrong")), Some(("nobody", SECRET))] {
            assert_refused(&app.ask(PATH, basic, &[("token", "x")]).await, 401, "invalid_client");
        }
        // A public client names itself.
        let tokens = app.token(None, &spa_fields(&app.spa_code().await)).await;
        let refresh = tokens.text("refresh_token");
        let fields = [("client_id", "spa"), ("token", refresh.as_str())];
        let request = Request::post(PATH)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", "https://spa.example")
            .body(Body::from(crate::support::app::form(&fields)))
            .unwrap();
        let answer = app.send(request).await;
        assert_done(&answer);
        assert_eq!(answer.header("access-control-allow-origin"), "https://spa.example");
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401, "{}", app.engine);
    }
}

/// RV-03
#[tokio::test]
async fn nobody_revokes_the_tokens_of_another() {
    for app in apps().await {
        app.with_ada().await;
        app.client(web_client("other", "https://other.example")).await;
        let tokens = app.tokens().await;
        for token in ["access_token", "refresh_token"] {
            let answer = revoke(&app, "other", &tokens.text(token), None).await;
            assert_refused(&answer, 400, "unauthorized_client");
        }
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 200, "{}", app.engine);
        assert_eq!(app.refresh(&tokens.text("refresh_token")).await.status, 200, "{}", app.engine);
    }
}

#[tokio::test]
async fn a_machine_gives_its_token_back() {
    for app in apps().await {
        app.api(ORDERS, "Orders").await;
        app.machine("billing").await;
        app.grant("billing", (ORDERS, SubjectType::Client), "read").await.unwrap();
        let token = app.machine_token("billing", &[]).await.text("access_token");
        assert_eq!(app.introspect("billing", &token).await["active"], true);
        assert_done(&revoke(&app, "billing", &token, None).await);
        assert_eq!(app.introspect("billing", &token).await, json!({ "active": false }));
        let other = app.machine_token("billing", &[]).await.text("access_token");
        assert_eq!(app.introspect("billing", &other).await["active"], true);
    }
}

/// RV-02: a client without a secret does not try tokens for ever.
#[tokio::test]
async fn unknown_tokens_of_a_client_without_a_secret_are_counted() {
    for app in apps().await {
        app.public_client().await;
        let fields = [("client_id", "spa"), ("token", "ptk_rt_unknown")];
        for _ in 0..60 {
            assert_done(&app.ask(PATH, None, &fields).await);
        }
        let answer = app.ask(PATH, None, &fields).await;
        assert_refused(&answer, 429, "temporarily_unavailable");
        app.with_ada().await;
        assert_done(&revoke(&app, "notes", "x", None).await);
    }
}
