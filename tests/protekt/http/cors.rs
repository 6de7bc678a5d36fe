//! Scripts of registered origins.

use axum::body::Body;
use axum::http::Request;

use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps, web_client};

async fn preflight(app: &TestApp, path: &str, origin: &str) -> Answer {
    let request = Request::builder()
        .method("OPTIONS")
        .uri(path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type, x-request-language");
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_browser_may_ask_whether_scripts_of_a_registered_origin_may_call() {
    for app in apps().await {
        let mut client = web_client("board", "https://board.example");
        client.web_origins = vec!["https://board.example".to_owned()];
        app.client(client).await;
        for path in ["/oauth/token", "/userinfo", "/.well-known/jwks.json"] {
            let answer = preflight(&app, path, "https://board.example").await;
            assert_eq!(answer.status, 204, "{path}");
            assert_eq!(answer.header("access-control-allow-origin"), "https://board.example");
            let headers = answer.header("access-control-allow-headers");
            assert_eq!(headers, "content-type, x-request-language");
            let foreign = preflight(&app, path, "https://evil.example").await;
            assert_eq!(foreign.header("access-control-allow-origin"), "", "{path}");
        }
    }
}
