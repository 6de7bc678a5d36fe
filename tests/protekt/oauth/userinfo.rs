//! `/userinfo` (OpenID Connect Core §5.3, RFC 6750).

use axum::body::Body;
use axum::http::{HeaderValue, Request};
use serde_json::json;

use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps, claims, form};
use crate::support::browser::parameter;
use crate::support::protocol::ADA;

async fn posted(app: &TestApp, header: Option<&str>, fields: &[(&str, &str)]) -> Answer {
    let mut request =
        Request::post("/userinfo").header("content-type", "application/x-www-form-urlencoded");
    if let Some(token) = header {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    app.send(request.body(Body::from(form(fields))).unwrap()).await
}

/// UI-01
#[tokio::test]
async fn without_a_good_token_there_is_a_challenge_and_nothing_else() {
    for app in apps().await {
        app.with_ada().await;
        let plain = app.get("/userinfo").await;
        assert_eq!(plain.status, 401);
        assert_eq!(plain.header("www-authenticate"), "Bearer realm=\"protekt\"");
        for line in [
            &b"Basic bm90ZXM6eA=="[..],
            b"Bearer",
            b"Bearer ",
            b"Bearer garbage",
            b"Bearer \x01\x02",
            b"Bearer \xff\xfe",
            b"Bearer a b c",
            b"Token abc",
            b"",
        ] {
            let Ok(value) = HeaderValue::from_bytes(line) else { continue };
            let request = Request::get("/userinfo").header("authorization", value);
            let answer = app.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, 401, "{line:?}");
            assert!(answer.header("www-authenticate").starts_with("Bearer "), "{line:?}");
            assert_eq!(answer.header("content-type"), "application/json");
        }
    }
}

/// UI-01 UI-02
#[tokio::test]
async fn the_subject_is_that_of_the_id_token_and_scopes_open_the_rest() {
    for app in apps().await {
        let ada = app.with_ada().await;
        let mut browser = app.browser();
        for (scope, expected) in [
            ("openid", json!({ "sub": ada.id })),
            ("openid email", json!({ "sub": ada.id, "email": ADA, "email_verified": true })),
            (
                "openid profile",
                // The language is that of the first sign-in.
                json!({ "sub": ada.id, "name": "Ada Okafor", "locale": "en",
                    "updated_at": ada.updated_at.0 }),
            ),
        ] {
            let url = browser.authorize(ADA, &[("scope", Some(scope))]).await;
            let tokens = app.exchange(&parameter(&url, "code").unwrap()).await;
            let answer = app.userinfo(&tokens.text("access_token")).await;
            assert_eq!(answer.json(), expected, "{scope}");
            assert_eq!(answer.json()["sub"], claims(&tokens.text("id_token"))["sub"]);
            assert_eq!(answer.header("cache-control"), "no-store");
            assert_eq!(answer.header("content-type"), "application/json");
        }
    }
}

/// UI-02
#[tokio::test]
async fn a_token_without_openid_lacks_the_scope() {
    for app in apps().await {
        app.with_ada().await;
        let url = app.browser().authorize(ADA, &[("scope", Some("email"))]).await;
        let tokens = app.exchange(&parameter(&url, "code").unwrap()).await;
        let answer = app.userinfo(&tokens.text("access_token")).await;
        assert_eq!((answer.status, answer.error().as_str()), (403, "insufficient_scope"));
        assert!(answer.header("www-authenticate").contains("scope=\"openid\""));
    }
}

/// UI-04
#[tokio::test]
async fn a_token_comes_once_in_the_header_or_in_the_form() {
    for app in apps().await {
        app.with_ada().await;
        let token = app.tokens().await.text("access_token");
        let field = [("access_token", token.as_str())];
        assert_eq!(posted(&app, None, &field).await.json()["email"], ADA);
        assert_eq!(posted(&app, Some(&token), &[]).await.json()["email"], ADA);
        for (header, fields) in [(Some(token.as_str()), &field[..]), (None, &[field[0], field[0]])]
        {
            let answer = posted(&app, header, fields).await;
            assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"));
        }
        let twice = Request::get("/userinfo")
            .header("authorization", format!("Bearer {token}"))
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        assert_eq!(app.send(twice).await.status, 400);
        let in_json = Request::post("/userinfo")
            .header("content-type", "application/json")
            .body(Body::from(json!({ "access_token": token }).to_string()))
            .unwrap();
        assert_eq!(app.send(in_json).await.status, 401);
        // A form counts for POST only.
        let by_get = Request::get("/userinfo")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form(&field)))
            .unwrap();
        assert_eq!(app.send(by_get).await.status, 401);
    }
}

/// TK-09
#[tokio::test]
async fn a_token_in_the_url_is_refused() {
    for app in apps().await {
        app.with_ada().await;
        let token = app.tokens().await.text("access_token");
        let path = format!("/userinfo?access_token={token}");
        let answer = app.get(&path).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"));
        let both = Request::get(&path).header("authorization", format!("Bearer {token}"));
        assert_eq!(app.send(both.body(Body::empty()).unwrap()).await.status, 400);
    }
}
