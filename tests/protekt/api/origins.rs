//! Whose scripts may call.

use axum::body::Body;
use axum::http::Request;
use protekt::http::routes::table;
use serde_json::json;

use crate::support::answer::Answer;
use crate::support::api::{assert_api_error, own_client};
use crate::support::app::{PASSWORD, SECRET, TestApp, apps};
use crate::support::protocol::ADA;

async fn asked(app: &TestApp, path: &str, origin: &str) -> Answer {
    let question = Request::builder()
        .method("OPTIONS")
        .uri(path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization, content-type");
    app.send(question.body(Body::empty()).unwrap()).await
}

async fn sign_in_from(app: &TestApp, origin: &str) -> Answer {
    let body = json!({ "email": ADA, "password": PASSWORD, "client_id": "own",
        "client_secret": SECRET });
    let request = Request::post("/api/auth/signin")
        .header("content-type", "application/json")
        .header("origin", origin);
    app.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// AP-06: the origins of apps that may use this API, and no others.
#[tokio::test]
async fn scripts_of_the_origins_of_apps_that_may_use_the_api_call_it() {
    for app in apps().await {
        app.with_ada().await;
        app.client(own_client()).await;
        for route in table(false).iter().filter(|route| route.path.starts_with("/api/")) {
            let own = asked(&app, route.path, "https://own.example").await;
            assert_eq!(own.status, 204, "{own:?}");
            assert_eq!(own.header("access-control-allow-origin"), "https://own.example");
            assert!(own.header("access-control-allow-methods").contains(route.method), "{own:?}");
            assert_eq!(own.header("access-control-allow-credentials"), "");
            for foreign in ["https://notes.example", "https://evil.example", "null"] {
                let answer = asked(&app, route.path, foreign).await;
                assert_eq!(answer.header("access-control-allow-origin"), "", "{foreign}");
            }
        }
        let own = sign_in_from(&app, "https://own.example").await;
        assert_eq!(own.status, 200, "{own:?}");
        assert_eq!(own.header("access-control-allow-origin"), "https://own.example");
        // A script reads also what was refused before anything of the API was reached.
        for (method, path, status, bytes) in [
            ("POST", "/api/auth/nothing", 404, 2),
            ("PUT", "/api/auth/signin", 405, 2),
            ("POST", "/api/auth/signin", 413, 100_000),
        ] {
            let request = Request::builder().method(method).uri(path);
            let request = request
                .header("origin", "https://own.example")
                .header("content-type", "application/json");
            let body = Body::from("x".repeat(bytes));
            let refused =
                app.send(request.header("content-length", bytes).body(body).unwrap()).await;
            assert_eq!(refused.status, status, "{path} {refused:?}");
            let allowed = refused.header("access-control-allow-origin");
            assert_eq!(allowed, "https://own.example", "{path} {refused:?}");
            assert_eq!(refused.header("vary"), "Origin", "{path} {refused:?}");
        }
        for foreign in
            ["https://notes.example", "https://evil.example", "null", "https://own.example."]
        {
            assert_api_error(&sign_in_from(&app, foreign).await, 403, "origin_not_allowed");
        }
        assert_eq!(sign_in_from(&app, "https://id.example.com").await.status, 200);
        // What the app loses, its scripts lose at once.
        app.store.run("UPDATE clients SET authentication_api = FALSE").await;
        app.store.run("UPDATE change_counters SET value = value + 1 WHERE name = 'clients'").await;
        let own = sign_in_from(&app, "https://own.example").await;
        assert_api_error(&own, 403, "origin_not_allowed");
    }
}
