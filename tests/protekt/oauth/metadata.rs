//! Discovery and the JWKS.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps, authorize_url};

async fn fetch(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

/// CF-01 AZ-19
#[tokio::test]
async fn discovery_says_exactly_what_we_do() {
    for app in apps().await {
        let answer = app.get("/.well-known/openid-configuration").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        let document = answer.json();
        for (name, expected) in [
            ("issuer", json!("https://id.example.com/")),
            ("authorization_endpoint", json!("https://id.example.com/oauth/authorize")),
            ("token_endpoint", json!("https://id.example.com/oauth/token")),
            ("userinfo_endpoint", json!("https://id.example.com/userinfo")),
            ("jwks_uri", json!("https://id.example.com/.well-known/jwks.json")),
            ("end_session_endpoint", json!("https://id.example.com/logout")),
            ("response_types_supported", json!(["code"])),
            ("response_modes_supported", json!(["query", "fragment", "form_post"])),
            (
                "grant_types_supported",
                json!(["authorization_code", "refresh_token", "client_credentials"]),
            ),
            ("introspection_endpoint", json!("https://id.example.com/oauth/introspect")),
            (
                "introspection_endpoint_auth_methods_supported",
                json!(["client_secret_basic", "client_secret_post"]),
            ),
            ("revocation_endpoint", json!("https://id.example.com/oauth/revoke")),
            (
                "revocation_endpoint_auth_methods_supported",
                json!(["client_secret_basic", "client_secret_post", "none"]),
            ),
            ("code_challenge_methods_supported", json!(["S256"])),
            ("id_token_signing_alg_values_supported", json!(["RS256"])),
            (
                "token_endpoint_auth_methods_supported",
                json!(["client_secret_basic", "client_secret_post", "none"]),
            ),
            ("subject_types_supported", json!(["public"])),
            (
                "scopes_supported",
                json!(["openid", "profile", "email", "phone", "address", "offline_access"]),
            ),
            ("authorization_response_iss_parameter_supported", json!(true)),
            ("request_parameter_supported", json!(false)),
            ("request_uri_parameter_supported", json!(false)),
            ("claims_parameter_supported", json!(false)),
        ] {
            assert_eq!(document[name], expected, "{name}");
        }
        for (name, value) in document.as_object().unwrap() {
            if let Some(url) = value.as_str().filter(|_| name != "issuer") {
                assert!(url.starts_with("https://id.example.com/"), "{name}");
                let path = url.trim_start_matches("https://id.example.com");
                assert_ne!(app.get(path).await.status, 404, "{name}");
            }
        }
        let other = app.get("/.well-known/oauth-authorization-server").await;
        assert_eq!(other.json(), document);
    }
}

/// CF-02
#[tokio::test]
async fn no_header_of_a_request_changes_who_we_say_we_are() {
    for app in apps().await {
        app.web_client().await;
        let plain = app.get("/.well-known/openid-configuration").await;
        for headers in [
            &[("host", "evil.example")][..],
            &[("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "http")],
            &[("forwarded", "host=evil.example;proto=http")],
            &[("x-host", "evil.example"), ("x-original-host", "evil.example")],
            &[("x-original-url", "/evil"), ("x-rewrite-url", "/evil")],
            &[("x-forwarded-prefix", "/evil"), ("x-forwarded-port", "1")],
        ] {
            let document = fetch(&app, "/.well-known/openid-configuration", headers).await;
            assert_eq!(document.body, plain.body, "{headers:?}");
            for path in [authorize_url(&[]), authorize_url(&[("prompt", Some("none"))])] {
                let answer = fetch(&app, &path, headers).await;
                let location = answer.header("location");
                assert!(!location.contains("evil"), "{headers:?} {location}");
                assert!(
                    location.starts_with("/login?")
                        || location.starts_with("https://notes.example/"),
                    "{location}"
                );
            }
            let page = fetch(&app, "/login", headers).await;
            assert_eq!(page.status, 200, "{headers:?}");
            assert!(!page.body.contains("evil"), "{headers:?}");
        }
    }
}

/// TK-06
#[tokio::test]
async fn the_jwks_is_not_sent_again_to_who_has_it() {
    for app in apps().await {
        let path = "/.well-known/jwks.json";
        let first = app.get(path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        for known in [tag.clone(), format!("\"x\", {tag}"), format!("W/{tag}"), "*".to_owned()] {
            let answer = fetch(&app, path, &[("if-none-match", &known)]).await;
            assert_eq!((answer.status, answer.body.as_str()), (304, ""), "{known}");
            assert_eq!(answer.header("etag"), tag);
            assert_eq!(answer.header("cache-control"), "public, max-age=300");
            // A cache would hand one browser's cookie to everybody.
            assert_eq!(answer.header("set-cookie"), "", "{known}");
        }
        let answer = fetch(&app, path, &[("if-none-match", "\"x\"")]).await;
        assert_eq!((answer.status, &answer.body), (200, &first.body));
        app.clock.advance(400);
        app.app.provider.keys.rotate(None, app.app.now()).await.unwrap();
        app.app.provider.keys.make_missing(app.app.now()).await.unwrap();
        let answer = fetch(&app, path, &[("if-none-match", &tag)]).await;
        assert_eq!(answer.status, 200, "a new next key is news");
        assert_ne!(answer.header("etag"), tag);
    }
}

/// CF-03
#[tokio::test]
async fn other_methods_are_refused_without_a_word_about_the_inside() {
    for app in apps().await {
        for path in ["/.well-known/openid-configuration", "/.well-known/jwks.json", "/oauth/token"]
        {
            for method in ["PUT", "TRACE", "DELETE", "PATCH"] {
                let request = Request::builder().method(method).uri(path);
                let answer = app.send(request.body(Body::empty()).unwrap()).await;
                assert_eq!(answer.status, 405, "{method} {path}");
                assert_eq!(answer.error(), "invalid_request");
            }
        }
    }
}
