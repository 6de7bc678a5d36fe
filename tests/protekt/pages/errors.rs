//! Requests that cannot be served, and the pages that say so.

use axum::body::Body;
use axum::http::Request;

use super::steps::under;
use crate::support::answer::Answer;
use crate::support::api::assert_api_error;
use crate::support::app::{TestApp, apps};
use protekt::http::paths::is_about_apis;

async fn send(app: &TestApp, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
    let request = Request::builder().method(method).uri(path).header("content-type", kind);
    app.send(request.body(Body::from(body.to_vec())).unwrap()).await
}

/// Nothing of the inside.
#[track_caller]
fn assert_discreet(answer: &Answer) {
    // Long random words may hold anything.
    let words =
        answer.body.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c));
    let body: String = words.filter(|word| word.len() < 20).collect();
    let body = body.to_lowercase();
    for word in [
        "panick",
        "backtrace",
        "src/",
        ".rs:",
        "sqlx",
        "sqlite",
        "postgres",
        "select ",
        "axum",
        "hyper",
        "serde",
        "tower",
        env!("CARGO_PKG_VERSION"),
        "/home",
        "/root",
        "/tmp",
    ] {
        assert!(!body.contains(word), "{word}: {}", answer.body);
    }
    for name in ["server", "x-powered-by"] {
        assert!(answer.headers.get(name).is_none(), "{name}");
    }
}

/// CF-03
#[tokio::test]
async fn an_unknown_path_is_a_page_for_people_and_json_for_machines() {
    for app in apps().await {
        for path in [
            "/nowhere",
            "/login/",
            "/.git/config",
            "/static/css/x.css",
            "/dev/inbox",
            "/admin",
            "/%00",
            "/..%2f..%2fetc/passwd",
            "/static/..%2f..%2fCargo.toml",
        ] {
            let answer = send(&app, "GET", path, "text/plain", b"").await;
            assert_eq!(answer.status, 404, "{path} {}", app.engine);
            assert!(answer.body.contains("data-error=\"not_found\""), "{path} {}", answer.body);
            assert_discreet(&answer);
        }
        let answer = send(&app, "GET", "/.well-known/webfinger", "text/plain", b"").await;
        assert_eq!((answer.status, answer.error()), (404, "not_found".to_owned()), "{answer:?}");
        let answer = send(&app, "GET", "/api/v2/nothing", "text/plain", b"").await;
        assert_api_error(&answer, 404, "not_found");
    }
}

/// CF-03
#[tokio::test]
async fn an_unknown_method_is_answered_405_with_those_there_are() {
    let mut methods: std::collections::BTreeMap<&str, Vec<&str>> =
        std::collections::BTreeMap::new();
    for route in protekt::http::routes::table(false) {
        methods.entry(route.path).or_default().push(route.method);
    }
    for app in apps().await {
        for (path, known) in &methods {
            let path = path.replace("{*name}", "x");
            for method in ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "GET", "POST"]
            {
                if known.contains(&method) || method == "CONNECT" {
                    continue;
                }
                let answer = send(&app, method, &path, "text/plain", b"x").await;
                if method == "GET" && !protekt::http::paths::is_for_machines(&path) {
                    // Who looks at the address of a form is led to its page.
                    let page = protekt::http::paths::page_of_form(&path);
                    assert_eq!((answer.status, answer.header("location")), (303, page), "{path}");
                } else {
                    assert_eq!(answer.status, 405, "{method} {path} {}", app.engine);
                }
                let allowed: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
                for one in known {
                    assert!(allowed.contains(one), "{method} {path}: {allowed:?}");
                }
                assert!(!allowed.contains(&method), "{method} {path}: {allowed:?}");
                assert_discreet(&answer);
            }
        }
    }
}

/// CF-03
#[tokio::test]
async fn a_body_that_cannot_be_read_is_answered_400_and_tells_nothing() {
    let bodies: [(&str, &[u8]); 9] = [
        ("application/json", b"{\"username\":\"a\"}"),
        ("application/json", b"{"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n--x--"),
        ("text/plain", b"csrf=x"),
        ("text/xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"),
        ("application/x-www-form-urlencoded", b"csrf=%ff%fe"),
        ("application/x-www-form-urlencoded", b"\xff\xfe\x00"),
        ("application/x-www-form-urlencoded", b"username=%00&csrf=%00"),
        ("application/x-www-form-urlencodedx", b"a=b"),
    ];
    for app in apps().await {
        for route in protekt::http::routes::table(false) {
            if route.method != "POST" {
                continue;
            }
            for (kind, body) in bodies {
                let answer = send(&app, "POST", route.path, kind, body).await;
                let is_wish = route.path.contains("logout") && answer.status == 303;
                let is_refused = matches!(answer.status, 400 | 401 | 415);
                assert!(is_refused || is_wish, "{} {kind}: {answer:?} {}", route.path, app.engine);
                assert_discreet(&answer);
            }
        }
    }
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_no_fault_of_ours() {
    for app in apps().await {
        for route in protekt::http::routes::table(false) {
            // The document tells of every word, and reads no query.
            if route.method != "GET" || is_about_apis(route.path) {
                continue;
            }
            let path = route.path.replace("{*name}", "x");
            for query in [
                "%ff",
                "flow=%00",
                "token=%00",
                "a=b&a=b",
                "flow=x&flow=y",
                "=&=&&&",
                &"a=b&".repeat(500),
            ] {
                let answer = send(&app, "GET", &format!("{path}?{query}"), "text/plain", b"").await;
                assert!(answer.status < 500, "{path}?{query}: {answer:?} {}", app.engine);
                assert_discreet(&answer);
            }
        }
    }
}

#[tokio::test]
async fn head_is_get_without_a_body_and_refused_where_a_get_acts() {
    let acts = ["/oauth/authorize", "/authorize", "/logout", "/oidc/logout", "/v2/logout"];
    for app in apps().await {
        for route in protekt::http::routes::table(false) {
            if route.method != "GET" {
                continue;
            }
            let path = route.path.replace("{*name}", "x");
            let get = send(&app, "GET", &path, "text/plain", b"").await;
            let head = send(&app, "HEAD", &path, "text/plain", b"").await;
            if acts.contains(&&*path) || path == "/verify-email" {
                assert_eq!((head.status, &*head.body), (405, ""), "{path}");
                continue;
            }
            assert_eq!(head.status, get.status, "{path} {}", app.engine);
            assert_eq!(head.body, "", "{path}");
            assert_eq!(head.header("location"), get.header("location").to_owned(), "{path}");
        }
        // Looking at a page of a flow could end the flow.
        for path in ["/login", "/login/accounts", "/signup", "/oauth/consent"] {
            let path = format!("{path}?a=b&flow=ptk_fl_x");
            assert_eq!(send(&app, "HEAD", &path, "text/plain", b"").await.status, 405, "{path}");
        }
        let head = send(&app, "HEAD", "/nowhere", "text/plain", b"").await;
        assert_eq!((head.status, &*head.body), (404, ""));
    }
}

/// DO-03: what takes too long is answered, with the time to come back.
#[tokio::test]
async fn a_request_that_takes_too_long_is_answered_503_with_a_time_to_wait() {
    for app in apps().await {
        // Nobody gets at the database for as long as these are held.
        let mut held: Vec<Box<dyn std::any::Any>> = Vec::new();
        match &app.store.store {
            protekt::store::Store::Sqlite { readers, .. } => {
                for _ in 0..readers.options().get_max_connections() {
                    held.push(Box::new(readers.acquire().await.unwrap()));
                }
            }
            protekt::store::Store::Postgres { pool, .. } => {
                for _ in 0..pool.options().get_max_connections() {
                    held.push(Box::new(pool.acquire().await.unwrap()));
                }
            }
        }
        let mut browser = under(&app, |settings| settings.request_timeout = 0);
        let planted = "AAAAAAAAAAAAAAAAAAAAAA".to_owned();
        browser.cookies.insert(super::steps::SESSION.to_owned(), planted);
        let page = browser.get("/account").await;
        assert_eq!(page.status, 503, "{}", app.engine);
        assert!(page.body.contains("data-error=\"temporarily_unavailable\""), "{page:?}");
        assert!(page.header("retry-after").parse::<i64>().unwrap() > 0);
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        let json = browser.get("/readyz").await;
        assert_eq!((json.status, json.error()), (503, "temporarily_unavailable".to_owned()));
        assert!(json.header("retry-after").parse::<i64>().unwrap() > 0);
    }
}

/// The database is away: people get a page, machines JSON, everybody a time to wait.
#[tokio::test]
async fn without_a_database_everything_says_when_to_come_back() {
    for app in apps().await {
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        browser
            .cookies
            .insert(super::steps::SESSION.to_owned(), "AAAAAAAAAAAAAAAAAAAAAA".to_owned());
        match &app.store.store {
            protekt::store::Store::Sqlite { writer, readers, .. } => {
                writer.close().await;
                readers.close().await;
            }
            protekt::store::Store::Postgres { pool, .. } => pool.close().await,
        }
        let submitted =
            super::steps::enter(&mut browser, &page, "ada@example.com", "wrong-password-1").await;
        for answer in [submitted, browser.get("/account").await] {
            assert_eq!(answer.status, 503, "{} {}", app.engine, answer.body);
            assert!(answer.body.contains("data-error=\"temporarily_unavailable\""));
            assert!(answer.header("retry-after").parse::<i64>().unwrap() > 0);
            assert_discreet(&answer);
        }
        let token = app.exchange("code").await;
        assert_eq!(token.status, 503, "{token:?}");
        assert!(token.header("retry-after").parse::<i64>().unwrap() > 0);
        let keys = browser.get("/.well-known/jwks.json").await;
        assert_eq!(keys.status, 200, "resource servers go on: {keys:?}");
        assert_eq!(browser.get("/livez").await.status, 200);
        assert_eq!(browser.get("/readyz").await.status, 503);
    }
}
