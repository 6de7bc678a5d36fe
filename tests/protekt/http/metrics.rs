//! `/metrics`

use axum::body::Body;
use axum::http::Request;
use protekt::domain::PlainToken;
use protekt::http::metrics::Monitoring;
use protekt::http::router;
use tower::ServiceExt as _;

use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps};

const TOKEN: &str = "a token of a monitor";

fn monitored(app: &TestApp) -> axum::Router {
    let mut other = app.app.clone();
    other.monitoring = Monitoring::for_bearer(Some(&PlainToken::new(TOKEN)));
    router(other)
}

async fn ask(router: &axum::Router, authorization: Option<&str>) -> Answer {
    let mut request = Request::builder().uri("/metrics");
    if let Some(line) = authorization {
        request = request.header("authorization", line);
    }
    let request = request.body(Body::empty()).unwrap();
    Answer::read(router.clone().oneshot(request).await.unwrap()).await
}

fn value(text: &str, series: &str) -> i64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in {text}")).parse().unwrap()
}

#[tokio::test]
async fn nobody_reads_metrics_without_the_token() {
    for app in apps().await {
        for line in [None, Some("Bearer "), Some("Bearer x")] {
            let answer = ask(&router(app.app.clone()), line).await;
            assert_eq!(answer.status, 404, "where none is set nothing opens it: {line:?}");
        }
        let monitored = monitored(&app);
        let basic = format!("Basic {TOKEN}");
        for line in [None, Some("Bearer"), Some("Bearer x"), Some(&*basic), Some(TOKEN)] {
            let answer = ask(&monitored, line).await;
            assert_eq!(answer.status, 401, "{line:?}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{answer:?}");
            assert!(!answer.body.contains("protekt_"), "{}", answer.body);
        }
        let answer = ask(&monitored, Some(&format!("bearer {TOKEN}"))).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let kind = answer.header("content-type");
        assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn requests_are_counted_by_route_and_levels_are_those_of_the_store() {
    for app in apps().await {
        let monitored = monitored(&app);
        let read = async || ask(&monitored, Some(&format!("Bearer {TOKEN}"))).await.body;
        let before = read().await;
        assert_eq!((value(&before, "protekt_users"), value(&before, "protekt_sessions")), (0, 0));
        app.person("ada@example.com").await;
        app.browser().sign_in("ada@example.com").await;
        app.browser().get("/password/reset?token=secret-of-a-link").await;
        for path in ["/no/such/place", "/no/other", "/account/passkeys/secret-id"] {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            monitored.clone().oneshot(request).await.unwrap();
        }
        assert_eq!(value(&read().await, "protekt_users"), 0, "kept for ten seconds");
        app.clock.advance(11);
        let text = read().await;
        assert_eq!(value(&text, "protekt_users"), 1, "{}", app.engine);
        assert_eq!(value(&text, "protekt_sessions"), 1, "{}", app.engine);
        assert_eq!(value(&text, "protekt_database_up"), 1, "{}", app.engine);
        assert!(value(&text, "protekt_audit_unsealed_events") > 0, "{}", app.engine);
        let nowhere = r#"{method="GET",route="none",status="404"}"#;
        assert_eq!(value(&text, &format!("protekt_http_requests_total{nowhere}")), 2);
        let page = r#"{method="GET",route="/account/passkeys/{id}",status="303"}"#;
        assert_eq!(value(&text, &format!("protekt_http_requests_total{page}")), 1);
        assert!(text.contains(r#"state="current"} 11"#), "the age of the key: {text}");
        for secret in ["no/such", "secret", "ada@example.com", TOKEN] {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
    }
}

#[tokio::test]
async fn messages_are_told_by_channel_and_state() {
    for app in apps().await {
        let monitored = monitored(&app);
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        let page = browser.open("/password/forgot").await;
        browser.submit(&page, "forgot-form", &[("email", "ada@example.com")]).await;
        app.clock.advance(90);
        let text = ask(&monitored, Some(&format!("Bearer {TOKEN}"))).await.body;
        let labels = r#"{channel="email",state="pending"}"#;
        assert_eq!(value(&text, &format!("protekt_outbox_messages{labels}")), 1, "{}", app.engine);
        let age = format!("protekt_outbox_oldest_message_age_seconds{labels}");
        assert_eq!(value(&text, &age), 90, "{}", app.engine);
    }
}

/// A monitor has to be answered then more than ever.
#[tokio::test]
async fn without_its_database_it_still_tells_the_rest() {
    for app in apps().await {
        let monitored = monitored(&app);
        app.store.store.close().await;
        let answer = ask(&monitored, Some(&format!("Bearer {TOKEN}"))).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(value(&answer.body, "protekt_database_up"), 0, "{}", app.engine);
        assert!(!answer.body.contains("protekt_users"), "{}", answer.body);
    }
}
