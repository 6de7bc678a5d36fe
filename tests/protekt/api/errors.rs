//! Whatever is sent, the answer is JSON in one shape, and we are never the ones at fault.

use axum::body::Body;
use axum::http::Request;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use protekt::http::routes::{Route, table};
use serde_json::{Value, json};

use crate::pages::steps::{count, under};
use crate::support::answer::Answer;
use crate::support::api::{assert_api_error, fields_of};
use crate::support::app::{TestApp, Wishes, apps, apps_with};
use crate::support::protocol::ADA;

const SIGN_IN: (&str, &str) = ("POST", "/api/auth/signin");

async fn send(app: &TestApp, kind: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(SIGN_IN.1).header("content-type", kind);
    app.send(request.body(body.into()).unwrap()).await
}

/// CF-03
#[tokio::test]
async fn an_address_or_a_method_that_is_not_there_is_told_in_the_same_shape() {
    for app in apps().await {
        for path in ["/api/", "/api/nothing", "/api/auth/", "/api/auth/signin/x", "/api/users/me/"]
        {
            for method in ["GET", "POST", "DELETE", "PUT"] {
                assert_api_error(&app.call(method, path, None).await, 404, "not_found");
            }
        }
        for route in table(false).iter().filter(|route| route.path.starts_with("/api/")) {
            for method in ["QUERY", "TRACE", "XYZ"] {
                let answer = app.call(method, route.path, None).await;
                assert_api_error(&answer, 405, "method_not_allowed");
                assert!(answer.header("allow").contains(route.method), "{answer:?}");
            }
        }
    }
}

/// DO-01 DO-02
#[tokio::test]
async fn what_is_no_json_or_too_large_is_refused_before_it_is_looked_at() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
        {
            assert_api_error(&send(&app, kind, "{}").await, 415, "unsupported_media_type");
        }
        for body in ["{", "[]", "\"x\"", "null", "{}{}", "{\"a\"", "\u{feff}{}", "{a:1}"] {
            assert_api_error(&send(&app, "application/json", body).await, 400, "invalid_body");
        }
        let deep = format!("{{\"a\":{}", "[".repeat(20_000));
        assert_api_error(&send(&app, "application/json", deep).await, 400, "invalid_body");
        let bytes = vec![b'{', b'"', 0xff, 0xfe, b'"', b':', b'1', b'}'];
        assert_api_error(&send(&app, "application/json", bytes).await, 400, "invalid_body");
        let large = json!({ "email": ADA, "password": "x".repeat(1_000_000) }).to_string();
        let answer = send(&app, "application/json", large.clone()).await;
        assert_api_error(&answer, 413, "body_too_large");
        // The same without a length that says so before.
        let pieces =
            large.as_bytes().chunks(1_000).map(|piece| Ok::<_, std::io::Error>(piece.to_vec()));
        let pieces: Vec<_> = pieces.collect();
        let stream = Body::from_stream(futures_util::stream::iter(pieces));
        assert_api_error(&send(&app, "application/json", stream).await, 413, "body_too_large");
        let tried = "SELECT COUNT(*) FROM audit_events WHERE kind = 'signed_in'";
        assert_eq!(count(&app, tried).await, 0, "nothing was compared: {}", app.engine);
    }
}

/// IJ-03
#[tokio::test]
async fn everything_that_is_wrong_with_the_members_is_said_at_once() {
    for app in apps().await {
        app.plant_api_client().await;
        for (body, fields) in [
            (json!({}), &["email", "password"][..]),
            (json!({ "email": "", "password": "" }), &["email", "password"]),
            (json!({ "email": null, "password": "x" }), &["email"]),
            (json!({ "email": ["a"], "password": { "a": 1 } }), &["email", "password"]),
            (json!({ "email": "a\0b", "password": "x" }), &["email"]),
            (json!({ "email": ADA, "username": "ada", "password": "x" }), &["username"]),
        ] {
            assert_eq!(fields_of(&app.api_sign_in(&body).await), fields, "{body}");
        }
        let twice = format!("{{\"email\":\"{ADA}\",\"password\":\"a\",\"password\":\"b\"}}");
        assert_eq!(fields_of(&send(&app, "application/json", twice).await), ["password"]);
        for client in [json!("a\0b"), json!("'; DROP TABLE clients; --"), json!({ "a": 1 })] {
            let body = json!({ "email": ADA, "password": "x", "client_id": client });
            let answer = app.api_sign_in(&body).await;
            assert!(matches!(answer.status, 400 | 401), "{client} {answer:?}");
        }
    }
}

/// Where an operator wants the pages alone, nothing of it is there.
#[tokio::test]
async fn one_setting_takes_the_whole_api_away() {
    for app in apps().await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let token = app.api_tokens(ADA).await.text("access_token");
        let mut off = under(&app, |settings| settings.authentication_api = false);
        // The management API is another one.
        let is_of_it = |route: &&Route| {
            route.path.starts_with("/api/auth/") || route.path.starts_with("/api/users")
        };
        for route in table(false).iter().filter(is_of_it) {
            let request = Request::builder()
                .method(route.method)
                .uri(route.path)
                .header("authorization", format!("Bearer {token}"))
                .header("content-type", "application/json");
            let answer = off.send(request.body(Body::from("{}")).unwrap()).await;
            assert_api_error(&answer, 404, "not_found");
        }
        assert_eq!(off.get("/login").await.status, 200);
        assert_eq!(app.me(&token).await.status, 200);
    }
}

/// Known names with anything in them, and anything.
fn body() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        prop::sample::select(vec![ADA, "authentication-api", "x\0y", "\u{202e}", "' OR 1=1"])
            .prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map(".{0,5}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    let names = vec![
        "email",
        "username",
        "password",
        "client_id",
        "client_secret",
        "refresh_token",
        "token",
    ];
    let name = prop_oneof![prop::sample::select(names).prop_map(str::to_owned), ".{0,8}"];
    prop::collection::hash_map(name, value, 0..6)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

#[tokio::test]
async fn no_body_is_answered_by_a_fault() {
    const CASES: usize = 150;

    for app in apps_with(Wishes { unlimited_tries: true, ..Wishes::default() }).await {
        app.plant_api_client().await;
        app.person(ADA).await;
        let mut runner = TestRunner::deterministic();
        for _ in 0..CASES {
            let body = body().new_tree(&mut runner).unwrap().current();
            for route in table(false).iter().filter(|route| route.path.starts_with("/api/")) {
                let answer = app.call_with((route.method, route.path), None, &body).await;
                assert!((200..500).contains(&answer.status), "{} {body} {answer:?}", route.path);
                if answer.status != 200 {
                    assert_api_error(&answer, answer.status, &answer.text("errorCode"));
                }
            }
        }
    }
}
