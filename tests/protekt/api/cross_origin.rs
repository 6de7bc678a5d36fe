//! Which scripts may read the answers.

use axum::body::Body;
use axum::http::Request;

use crate::support::api::call;
use crate::support::app::apps;

#[tokio::test]
async fn scripts_of_the_operators_own_applications_alone_may_read_the_answers() {
    for app in apps().await {
        app.with_shop().await;
        // A third party's origin is registered, and may read the answers of /oauth/token.
        app.web_client().await;
        for (origin, is_own) in [
            ("https://shop.example", true),
            ("https://notes.example", false),
            ("https://evil.example", false),
            ("null", false),
        ] {
            let question = Request::options("/api/users/me")
                .header("origin", origin)
                .header("access-control-request-method", "PATCH")
                .header("access-control-request-headers", "authorization, content-type");
            let answer = app.send(question.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, 204, "{answer:?}");
            let allowed = if is_own { origin } else { "" };
            assert_eq!(answer.header("access-control-allow-origin"), allowed, "{answer:?}");
            if is_own {
                let methods = answer.header("access-control-allow-methods");
                assert_eq!(methods, "GET, POST, PATCH, DELETE, OPTIONS");
                let headers = answer.header("access-control-allow-headers");
                assert_eq!(headers, "authorization, content-type");
            }
            assert_eq!(answer.header("access-control-allow-credentials"), "");
            for line in ["GET /api/users/me", "PUT /api/users/me", "POST /api/auth/signin"] {
                let mut request = call(line, None, "{");
                request.headers_mut().insert("origin", origin.parse().unwrap());
                let answer = app.send(request).await;
                assert_eq!(
                    answer.header("access-control-allow-origin"),
                    allowed,
                    "{line} {answer:?}"
                );
                assert_eq!(answer.header("vary"), "Origin", "{line}");
            }
        }
    }
}
