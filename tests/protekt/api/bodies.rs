//! Whatever is sent, the answer is JSON in the one shape, and never a fault of ours.

use axum::body::Body;
use axum::http::Request;
use protekt::http::routes::{Access, table};
use serde_json::{Value, json};

use crate::support::api::{assert_api_refused, call};
use crate::support::app::apps;

#[tokio::test]
async fn every_refusal_has_the_one_shape() {
    for app in apps().await {
        app.with_shop().await;
        let token = app.api_tokens().await.access;
        let bearer = Some(token.as_str());
        assert_api_refused(&app.bare_call("GET /api/nothing", bearer).await, 404, "not_found");
        let other = app.bare_call("PUT /api/users/me", bearer).await;
        assert_api_refused(&other, 405, "method_not_allowed");
        assert_eq!(other.header("allow"), "GET,HEAD,PATCH,DELETE", "{other:?}");
        let form = Request::post("/api/auth/signin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from("email=a&password=b"))
            .unwrap();
        assert_api_refused(&app.send(form).await, 415, "unsupported_media_type");
        let large =
            call("POST /api/auth/signin", None, &format!("{{\"a\":\"{}\"}}", "x".repeat(70_000)));
        assert_api_refused(&app.send(large).await, 413, "payload_too_large");
        for body in ["{", "[]", "null", "\"x\"", "{\"a\":1}}", "{\"a\":\"\u{1}\"}", "{'a':1}"] {
            let answer = app.send(call("POST /api/auth/signin", None, body)).await;
            assert_api_refused(&answer, 400, "invalid_body");
        }
    }
}

/// Every call with members of every odd kind: never a 5xx, always the shape.
#[tokio::test]
async fn no_body_makes_a_fault() {
    let odd = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!([]),
        json!(["x"]),
        json!({}),
        json!({ "a": null }),
        json!(""),
        json!(" "),
        json!("\0"),
        json!("a\0b"),
        json!("\u{feff}\u{202e}"),
        json!("x".repeat(20_000)),
        json!("ptk_mf_x"),
        json!("💥@example.com"),
        json!("'; DROP TABLE users; --"),
    ];
    let names = [
        "email",
        "username",
        "password",
        "client_id",
        "refresh_token",
        "token",
        "code",
        "method",
        "name",
        "address",
        "locale",
        "newPassword",
        "verification_token",
        "phone",
    ];
    for app in apps().await {
        app.with_shop().await;
        for route in table(false) {
            if !matches!(route.access, Access::App | Access::ApiToken | Access::MfaToken) {
                continue;
            }
            let line = format!("{} {}", route.method, route.path);
            for value in &odd {
                let token = app.api_tokens().await.access;
                let body: serde_json::Map<String, Value> =
                    names.iter().map(|name| ((*name).to_owned(), value.clone())).collect();
                for body in [
                    Value::Object(body),
                    json!({ "email": value, "password": value }),
                    json!({ "name": value }),
                ] {
                    let answer = app.call(&line, Some(&token), body.clone()).await;
                    assert!(answer.status < 500, "{line} {body} {answer:?}");
                    if answer.status >= 400 {
                        let code = answer.text("errorCode");
                        assert_api_refused(&answer, answer.status, &code);
                    }
                }
            }
            app.clock.advance(3_600);
        }
    }
}
