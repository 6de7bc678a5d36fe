//! The document of the JSON endpoints and the page that shows it, as they are served.

use axum::body::Body;
use axum::http::Request;
use protekt::http::{ApiDocs, openapi};

use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps};

const DOCUMENT: &str = "/api/openapi.json";
const PAGE: &str = "/api/docs";

async fn get(app: &TestApp, path: &str, known: Option<&str>) -> Answer {
    let mut request = Request::get(path);
    if let Some(tag) = known {
        request = request.header("if-none-match", tag);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_document_is_served_as_it_is_kept_and_may_be_cached() {
    for app in apps().await {
        let answer = get(&app, DOCUMENT, None).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("access-control-allow-origin").is_empty());
        assert_eq!(answer.body, openapi::json().unwrap());
        let tag = answer.header("etag").to_owned();
        for known in [&*tag, "*"] {
            let again = get(&app, DOCUMENT, Some(known)).await;
            assert_eq!((again.status, &*again.body), (304, ""), "{known}");
            assert_eq!(again.header("etag"), tag);
        }
        assert_eq!(get(&app, DOCUMENT, Some("\"other\"")).await.status, 200);
    }
}

/// Its looser policy is on this path alone, and lets nothing in from elsewhere.
#[tokio::test]
async fn the_page_asks_nobody_else_and_evaluates_nothing() {
    for app in apps().await {
        let answer = get(&app, PAGE, None).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
             img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        let named: Vec<&str> = ["href=\"", "src=\""]
            .into_iter()
            .flat_map(|start| answer.body.split(start).skip(1))
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        assert_eq!(named.len(), 5, "{named:?}");
        for path in named.into_iter().filter(|path| !path.starts_with("data:")) {
            assert!(path.starts_with('/') && !path.starts_with("//"), "{path}");
            assert_eq!(get(&app, path, None).await.status, 200, "{path}");
        }
    }
}

#[tokio::test]
async fn where_they_are_switched_off_nothing_tells_of_them() {
    for app in apps().await {
        let app = app.with_http(|settings| settings.api_docs = ApiDocs::Hidden);
        for path in [DOCUMENT, PAGE] {
            let answer = get(&app, path, None).await;
            assert_eq!(answer.status, 404, "{path}");
            assert!(answer.body.contains("not_found"), "{answer:?}");
        }
    }
}

/// The switch of the authentication API is another one.
#[tokio::test]
async fn they_are_there_without_the_authentication_api() {
    for app in apps().await {
        let app = app.with_http(|settings| settings.authentication_api = false);
        for path in [DOCUMENT, PAGE] {
            assert_eq!(get(&app, path, None).await.status, 200, "{path}");
        }
    }
}
