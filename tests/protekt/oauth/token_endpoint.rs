//! The token endpoint: what it serves, and in which form (RFC 6749 §3.2, §5).

use axum::body::Body;
use axum::http::Request;
use protekt::oauth::clients::NewClient;
use serde_json::json;

use crate::support::answer::Answer;
use crate::support::app::{
    PASSWORD, SECRET, TestApp, VERIFIER, apps, authorize_url, exchange_fields, form, web_client,
};
use crate::support::browser::parameter;
use crate::support::protocol::{ADA, assert_refused, spa_fields, with};

/// TE-13
#[tokio::test]
async fn an_answer_is_plain_json_that_nobody_keeps() {
    for app in apps().await {
        app.with_ada().await;
        let tokens = app.tokens().await;
        for answer in [tokens, app.exchange("nothing").await, app.token(None, &[]).await] {
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.header("pragma"), "no-cache");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
        let json = app.tokens().await.json();
        let mut names: Vec<&String> = json.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(
            names,
            ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]
        );
        assert_eq!((&json["token_type"], &json["expires_in"]), (&json!("Bearer"), &json!(3_600)));
        assert_eq!(json["scope"], "email offline_access openid profile");
    }
}

/// RT-08
#[tokio::test]
async fn what_was_not_granted_is_left_out_of_the_answer() {
    for app in apps().await {
        app.person(ADA).await;
        app.web_client().await;
        let new = NewClient {
            grant_types: vec!["authorization_code".to_owned()],
            ..web_client("brief", "https://brief.example")
        };
        app.client(new).await;
        let url = app.browser().authorize(ADA, &[("scope", Some("openid email"))]).await;
        let answer = app.exchange(&parameter(&url, "code").unwrap()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(!answer.body.contains("refresh_token"), "{answer:?}");

        let changes =
            [("client_id", Some("brief")), ("redirect_uri", Some("https://brief.example/cb"))];
        let code = parameter(&app.browser().authorize(ADA, &changes).await, "code").unwrap();
        let mut fields = exchange_fields(&code);
        fields[2].1 = "https://brief.example/cb";
        let answer = app.token(Some(("brief", SECRET)), &fields).await;
        assert_eq!(answer.text("scope"), "email openid profile");
        assert!(!answer.body.contains("refresh_token"), "{answer:?}");

        let url = app.browser().authorize(ADA, &[("scope", Some("profile offline_access"))]).await;
        let answer = app.exchange(&parameter(&url, "code").unwrap()).await;
        assert_eq!(answer.text("scope"), "profile", "OpenID Connect Core 11");
        assert!(!answer.body.contains("refresh_token"), "{answer:?}");
        assert!(!answer.body.contains("id_token"), "{answer:?}");
    }
}

/// TE-04
#[tokio::test]
async fn tokens_are_not_got_by_get() {
    for app in apps().await {
        app.with_ada().await;
        for method in ["GET", "PUT", "DELETE", "PATCH"] {
            let request = Request::builder().method(method).uri("/oauth/token");
            let answer = app.send(request.body(Body::empty()).unwrap()).await;
            assert_refused(&answer, 405, "invalid_request");
            assert_eq!(answer.header("allow"), "POST", "{method}");
        }
    }
}

/// TE-09
#[tokio::test]
async fn no_other_grant_is_served_and_a_password_least_of_all() {
    for app in apps().await {
        app.with_ada().await;
        for grant in [
            "password",
            "implicit",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "urn:ietf:params:oauth:grant-type:device_code",
            "AUTHORIZATION_CODE",
            "authorization_code ",
            "' OR 1=1 --",
        ] {
            let fields = [("grant_type", grant), ("username", ADA), ("password", PASSWORD)];
            let answer = app.token(Some(("notes", SECRET)), &fields).await;
            assert_refused(&answer, 400, "unsupported_grant_type");
        }
        for fields in [&[("grant_type", "")][..], &[]] {
            let answer = app.token(Some(("notes", SECRET)), fields).await;
            assert_refused(&answer, 400, "invalid_request");
        }
    }
}

/// TE-10
#[tokio::test]
async fn a_grant_that_the_client_was_not_registered_for_is_refused() {
    for app in apps().await {
        app.person(ADA).await;
        for (id, grant) in [
            ("codes", "authorization_code"),
            ("tokens", "refresh_token"),
            ("none", "client_credentials"),
        ] {
            let new = NewClient {
                grant_types: vec![grant.to_owned()],
                ..web_client(id, "https://notes.example")
            };
            app.client(new).await;
        }
        for (id, grant) in [
            ("codes", "refresh_token"),
            ("tokens", "authorization_code"),
            ("none", "authorization_code"),
            ("none", "refresh_token"),
        ] {
            let fields = [("grant_type", grant), ("code", "x"), ("refresh_token", "x")];
            let answer = app.token(Some((id, SECRET)), &fields).await;
            assert_refused(&answer, 400, "unauthorized_client");
        }
    }
}

async fn repeated(app: &TestApp, code: &str, name: &str, value: &str) -> Answer {
    let more = [("client_id", "notes"), ("client_secret", SECRET)];
    let mut fields = with(&exchange_fields(code), &more);
    fields.push((name, value));
    app.token(None, &fields).await
}

/// TE-11
#[tokio::test]
async fn a_parameter_that_stands_twice_is_refused_in_a_form_and_in_json() {
    for app in apps().await {
        app.with_ada().await;
        app.public_client().await;
        let code = app.code().await;
        for (name, value) in [
            ("code", code.as_str()),
            ("code", "other"),
            ("grant_type", "authorization_code"),
            ("grant_type", "password"),
            ("redirect_uri", "https://notes.example/cb"),
            ("code_verifier", VERIFIER),
            ("client_id", "notes"),
            ("client_id", "spa"),
            ("client_secret", SECRET),
        ] {
            let answer = repeated(&app, &code, name, value).await;
            assert_refused(&answer, 400, "invalid_request");
        }
        let json = format!(
            r#"{{"grant_type":"authorization_code","client_id":"notes","client_secret":"{SECRET}",
            "code":"other","code":"{code}","redirect_uri":"https://notes.example/cb",
            "code_verifier":"{VERIFIER}"}}"#
        );
        assert_refused(&app.token_json(&json).await, 400, "invalid_request");
        assert_eq!(app.exchange(&code).await.status, 200, "none of it cost the code");
        let code = app.spa_code().await;
        let fields = with(&spa_fields(&code), &[("unknown", "1"), ("unknown", "2")]);
        assert_eq!(app.token(None, &fields).await.status, 200, "what we do not know is ignored");
    }
}

/// TE-13
#[tokio::test]
async fn json_is_read_as_a_form_is_and_null_and_empty_are_absent() {
    for app in apps().await {
        app.with_ada().await;
        let mut body = json!({
            "grant_type": "authorization_code", "client_id": "notes", "client_secret": SECRET,
            "code": app.code().await, "redirect_uri": "https://notes.example/cb",
            "code_verifier": VERIFIER, "scope": null, "audience": "", "resource": null,
            "refresh_token": null, "expires": 3600, "flag": true,
        });
        let answer = app.token_json(&body.to_string()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let refresh = json!({
            "grant_type": "refresh_token", "client_id": "notes", "client_secret": SECRET,
            "refresh_token": answer.text("refresh_token"), "scope": "",
        });
        assert_eq!(app.token_json(&refresh.to_string()).await.status, 200);
        // RFC 6749 §3.2: members that mean nothing here are ignored, whatever they hold.
        body["extension"] = json!({ "a": [1] });
        body["code"] = json!(app.code().await);
        assert_eq!(app.token_json(&body.to_string()).await.status, 200);
        for bad in [json!(["a"]), json!({ "a": 1 }), json!("a\u{0}")] {
            body["code"] = bad;
            assert_refused(&app.token_json(&body.to_string()).await, 400, "invalid_request");
        }
        body["code"] = serde_json::Value::Null;
        assert_refused(&app.token_json(&body.to_string()).await, 400, "invalid_request");
        body["client_secret"] = json!("");
        assert_refused(&app.token_json(&body.to_string()).await, 401, "invalid_client");
        for bad in ["", "[]", "null", "{", "\"x\"", "\u{0}"] {
            assert_refused(&app.token_json(bad).await, 400, "invalid_request");
        }
        let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
        assert_refused(&app.token_json(&deep).await, 400, "invalid_request");
    }
}

/// TE-13
#[tokio::test]
async fn a_body_of_another_type_is_refused_as_json() {
    for app in apps().await {
        app.web_client().await;
        for kind in ["text/plain", "multipart/form-data; boundary=x", "application/xml", ""] {
            let request = Request::post("/oauth/token")
                .header("content-type", kind)
                .body(Body::from(form(&exchange_fields("x"))))
                .unwrap();
            assert_refused(&app.send(request).await, 400, "invalid_request");
        }
        let empty = Request::post("/oauth/token").body(Body::empty()).unwrap();
        assert_refused(&app.send(empty).await, 401, "invalid_client");
        let large = Request::post("/oauth/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from("a".repeat(200_000)))
            .unwrap();
        assert_refused(&app.send(large).await, 413, "invalid_request");
        assert_eq!(app.get(&authorize_url(&[])).await.status, 303);
    }
}
