//! The headers of every page, and of what scripts elsewhere may read.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use protekt::http::App;
use protekt::http::paths::is_about_apis;
use tower::ServiceExt as _;

use super::steps::{code_in, enter, hidden, link_in, mail_to, sign_up};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps, authorize_url, form};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// Every page there is: its name, whether it names no referrer, and the answer.
async fn every_page(app: &TestApp) -> Vec<(&'static str, bool, Answer)> {
    app.web_client().await;
    let mut pages = signing_up(app).await;
    pages.extend(signing_in(app).await);
    pages.extend(errors(app).await);
    pages
}

async fn signing_up(app: &TestApp) -> Vec<(&'static str, bool, Answer)> {
    let mut browser = app.browser();
    let page = browser.get("/signup").await;
    let refused = browser.submit(&page, "signup-form", &[]).await;
    let check = sign_up(&mut browser, &page, "grace@example.com").await;
    let mail = mail_to(app, "grace@example.com").await;
    let wrong = browser.submit(&check, "verify-form", &[("code", "x")]).await;
    let link = browser.get(&link_in(&mail)).await;
    let mut other = app.browser();
    let page_elsewhere = other.get(&link_in(&mail)).await;
    let outcome = other.submit(&page_elsewhere, "verify-confirm", &[]).await;
    assert!(code_in(&mail).len() == 6 && outcome.body.contains("verify-outcome"));
    vec![
        ("sign up", false, page),
        ("sign up, refused", false, refused),
        ("check email", false, check),
        ("check email, wrong", false, wrong),
        ("verify link", true, link),
        ("verify outcome", true, outcome),
    ]
}

async fn signing_in(app: &TestApp) -> Vec<(&'static str, bool, Answer)> {
    app.person("ada@example.com").await;
    let mut browser = app.browser();
    let login = browser.open(&authorize_url(&[])).await;
    let refused = enter(&mut browser, &login, "ada@example.com", "wrong-password-1").await;
    let answer = enter(&mut browser, &login, "ada@example.com", PASSWORD).await;
    let consent = browser.follow(answer).await;
    let hand_back = browser.submit(&consent, "consent-form", &[("decision", "allow")]).await;
    let again = browser.open(&authorize_url(&[("prompt", Some("login"))])).await;
    let choose = browser.open(&authorize_url(&[("prompt", Some("select_account"))])).await;
    let account = browser.get("/account").await;
    let ask = browser.get("/logout").await;
    let wish = [("client_id", "notes"), ("returnTo", "https://notes.example/bye")];
    let wish = browser.get(&format!("/logout?{}", form(&wish))).await;
    let signed_out = browser.submit(&wish, "logout-confirm", &[]).await;
    assert!(choose.body.contains("select-account") && ask.body.contains("logout-confirm"));
    assert!(hand_back.body.contains("http-equiv") && signed_out.body.contains("http-equiv"));
    vec![
        ("login", false, login),
        ("login, refused", false, refused),
        ("consent", false, consent),
        ("hand back", true, hand_back),
        ("login again", false, again),
        ("choose account", false, choose),
        ("account", false, account),
        ("logout", false, ask),
        ("hand back after logout", true, signed_out),
        ("logged out", false, browser.get("/logged-out").await),
    ]
}

async fn errors(app: &TestApp) -> Vec<(&'static str, bool, Answer)> {
    let mut browser = app.browser();
    browser.get("/login").await;
    let expired = browser.post("/login", &[("csrf", "x")]).await;
    let mut stranger = app.browser();
    let off = stranger.post("/login", &[("csrf", "x")]).await;
    browser.extra_headers = vec![("sec-fetch-site".to_owned(), "cross-site".to_owned())];
    let cross = browser.post("/login", &[]).await;
    browser.extra_headers.clear();
    let client = [("client_id", Some("nobody"))];
    let uri = [("redirect_uri", Some("https://evil.example/cb"))];
    let large = browser.post("/login", &[("a", &"b".repeat(70_000))]).await;
    vec![
        ("expired", false, expired),
        ("cookies off", true, off),
        ("cross site", true, cross),
        ("too large", true, large),
        ("not found", true, browser.get("/nowhere").await),
        ("wrong method", true, browser.post("/account", &[]).await),
        ("unknown client", true, browser.get(&authorize_url(&client)).await),
        ("unknown redirect URI", true, browser.get(&authorize_url(&uri)).await),
    ]
}

/// CS-02, CF-05.
#[tokio::test]
async fn every_page_has_the_whole_policy_and_is_kept_by_nobody() {
    for app in apps().await {
        for (name, is_left, page) in every_page(&app).await {
            let wanted = if is_left { "no-referrer" } else { "same-origin" };
            for (header, value) in [
                ("content-security-policy", POLICY),
                ("content-type", "text/html; charset=utf-8"),
                ("cache-control", "no-store"),
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("cross-origin-opener-policy", "same-origin"),
                ("referrer-policy", wanted),
                ("strict-transport-security", "max-age=63072000; includeSubDomains"),
            ] {
                let found = page.headers.get_all(header).iter().collect::<Vec<_>>();
                assert_eq!(found, [value], "{name}: {header} {}", app.engine);
            }
            assert!(page.header("x-request-id").starts_with("req_"), "{name}");
            assert_no_inline_code(name, &page.body);
        }
    }
}

/// CS-02, of every address there is, to strangers and to who is signed in.
#[tokio::test]
async fn every_address_that_shows_a_page_has_the_whole_policy() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut signed_in = app.browser();
        signed_in.sign_in("ada@example.com").await;
        let mut pages = 0;
        for route in protekt::http::routes::table(false) {
            // Its page has a policy of its own: `http::api_docs`.
            if is_about_apis(route.path) {
                continue;
            }
            let path = route
                .path
                .replace("{*name}", "nothing")
                .replace("{id}", "x")
                .replace("{client}", "notes")
                .replace("{delivery}", "x")
                .replace("{method}", "sms");
            for mut browser in [app.browser(), signed_in.clone()] {
                let answer = match route.method {
                    "GET" => browser.get(&path).await,
                    _ => browser.post(&path, &[("csrf", "x")]).await,
                };
                let name = format!("{} {path} {}", route.method, app.engine);
                assert_eq!(answer.header("x-content-type-options"), "nosniff", "{name}");
                if answer.header("content-type") != "text/html; charset=utf-8" {
                    continue;
                }
                pages += 1;
                let policy = answer.header("content-security-policy");
                assert_eq!(policy, POLICY, "{name}");
                assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-"));
                assert_eq!(answer.header("x-frame-options"), "DENY", "{name}");
                assert_eq!(answer.header("cache-control"), "no-store", "{name}");
                let referrer = answer.header("referrer-policy");
                assert!(["same-origin", "no-referrer"].contains(&referrer), "{name} {referrer}");
                assert_no_inline_code(&name, &answer.body);
            }
        }
        assert!(pages > 100, "{pages} pages were looked at");
    }
}

#[track_caller]
fn assert_no_inline_code(name: &str, body: &str) {
    for script in body.split("<script").skip(1) {
        let tag = script.split("</script>").next().unwrap();
        assert!(tag.contains("src=\"/static/") && tag.ends_with('>'), "{name}: {tag}");
    }
    for forbidden in ["<style", " style=\"", "javascript:", " onclick", " onload", "<iframe"] {
        assert!(!body.contains(forbidden), "{name}: {forbidden}");
    }
}

#[tokio::test]
async fn only_the_form_that_posts_to_a_client_has_no_form_action() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        let mut browser = app.browser();
        browser.code("ada@example.com").await;
        let asked = authorize_url(&[("response_mode", Some("form_post"))]);
        let by_get = browser.get(&asked).await;
        let again =
            authorize_url(&[("response_mode", Some("form_post")), ("prompt", Some("login"))]);
        let page = browser.open(&again).await;
        let by_post = enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        for page in [by_get, by_post] {
            assert_eq!(page.status, 200, "{}", app.engine);
            let policy = page.header("content-security-policy");
            assert_eq!(policy, POLICY.replace("form-action 'self'; ", ""), "{}", app.engine);
            assert_eq!(page.header("referrer-policy"), "no-referrer");
            assert!(page.body.contains("action=\"https://notes.example/cb\""), "{}", page.body);
            assert_eq!(hidden(&page, "state"), "st-1");
            assert!(!page.body.contains("name=\"csrf\""), "our token is not the client's");
            let code = hidden(&page, "code");
            assert_eq!(app.exchange(&code).await.status, 200, "{}", app.engine);
        }
    }
}

/// CF-02
#[tokio::test]
async fn no_header_of_a_request_changes_an_address_that_we_write() {
    for app in apps().await {
        let evil = "evil.example";
        let mut browser = app.browser();
        for name in ["host", "x-forwarded-host", "x-host", "x-forwarded-server", "x-original-url"] {
            browser.extra_headers.push((name.to_owned(), evil.to_owned()));
        }
        let forwarded = format!("for=1.2.3.4;host={evil};proto=http");
        browser.extra_headers.push(("forwarded".to_owned(), forwarded));
        browser.extra_headers.push(("x-forwarded-proto".to_owned(), "http".to_owned()));
        app.person("ada@example.com").await;
        let page = browser.open("/signup").await;
        let answers = [
            sign_up(&mut browser, &page, "grace@example.com").await,
            browser.sign_in("ada@example.com").await,
            browser.get("/account").await,
            browser.get("/").await,
            browser.get("/nowhere").await,
            browser.get("/.well-known/openid-configuration").await,
            browser.get("/v2/logout").await,
        ];
        for answer in answers {
            assert!(!answer.body.contains(evil) && !answer.header("location").contains(evil));
            assert!(
                answer.header("location").is_empty() || answer.header("location").starts_with('/')
            );
        }
        let issuer = browser.get("/.well-known/openid-configuration").await.text("issuer");
        assert_eq!(issuer, "https://id.example.com/", "{}", app.engine);
        let mail = mail_to(&app, "grace@example.com").await;
        assert!(
            !mail.contains(evil) && mail.contains("https://id.example.com/verify-email?token=")
        );
    }
}

const OPEN: [(&str, &str); 5] = [
    ("POST", "/oauth/token"),
    ("GET", "/userinfo"),
    ("GET", "/.well-known/openid-configuration"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/.well-known/jwks.json"),
];

async fn ask(app: &TestApp, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn scripts_of_registered_origins_may_read_tokens_and_metadata_and_no_page() {
    for app in apps().await {
        app.web_client().await;
        let registered = "https://notes.example";
        let strange = [
            "https://evil.example",
            "null",
            "https://notes.example.evil.example",
            "http://notes.example",
        ];
        let preflight = [
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,x-client"),
        ];
        for (method, path) in OPEN {
            let answer = ask(&app, method, path, &[("origin", registered)]).await;
            assert_eq!(answer.header("access-control-allow-origin"), registered, "{path}");
            assert!(answer.header("vary").to_lowercase().contains("origin"), "{path}");
            let question = [&[("origin", registered)], &preflight[..]].concat();
            let answer = ask(&app, "OPTIONS", path, &question).await;
            assert_eq!(answer.status, 204, "{path} {}", app.engine);
            assert_eq!(answer.header("access-control-allow-origin"), registered, "{path}");
            assert_eq!(answer.header("access-control-allow-headers"), "authorization,x-client");
            assert!(answer.headers.get("access-control-allow-credentials").is_none(), "{path}");
            for origin in strange {
                for (method, rest) in [(method, &[][..]), ("OPTIONS", &preflight[..])] {
                    let headers = [&[("origin", origin)], rest].concat();
                    let answer = ask(&app, method, path, &headers).await;
                    let allowed = answer.headers.get("access-control-allow-origin");
                    assert_eq!(allowed, None, "{origin} {method} {path}");
                }
            }
        }
        for path in
            ["/login", "/account", "/oauth/authorize", "/oauth/consent", "/logout", "/health"]
        {
            for (method, rest) in [("GET", &[][..]), ("OPTIONS", &preflight[..])] {
                let headers = [&[("origin", registered)], rest].concat();
                let answer = ask(&app, method, path, &headers).await;
                let is_open =
                    answer.headers.keys().any(|name| name.as_str().starts_with("access-control"));
                assert!(!is_open, "{method} {path} {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_new_origin_counts_at_once() {
    for app in apps().await {
        let headers = [("origin", "https://notes.example")];
        let path = "/.well-known/jwks.json";
        let before = ask(&app, "GET", path, &headers).await;
        assert!(before.headers.get("access-control-allow-origin").is_none());
        app.web_client().await;
        let after = ask(&app, "GET", path, &headers).await;
        assert_eq!(after.header("access-control-allow-origin"), "https://notes.example");
    }
}

/// CF-05. The proxy speaks https for us; what came to it in clear is sent there again.
#[tokio::test]
async fn what_comes_in_clear_is_sent_to_https_and_what_comes_past_the_proxy_is_refused() {
    for app in apps().await {
        let mut settings = (*app.app.settings).clone();
        settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        let behind_proxy = App { settings: Arc::new(settings), ..app.app.clone() };
        let router = protekt::http::router(behind_proxy);
        let ask = async |method: &str, peer: [u8; 4], proto: Option<&str>, path: &str| {
            let mut request = Request::builder().method(method).uri(path);
            if let Some(proto) = proto {
                request = request.header("x-forwarded-proto", proto);
            }
            let peer = ConnectInfo(SocketAddr::from((peer, 4_711)));
            let request = request.extension(peer).body(Body::empty()).unwrap();
            Answer::read(router.clone().oneshot(request).await.unwrap()).await
        };
        let proxy = [10, 0, 0, 1];
        for proto in [None, Some("https")] {
            assert_eq!(ask("GET", proxy, proto, "/login").await.status, 200, "{proto:?}");
        }
        assert_eq!(ask("GET", proxy, Some("https, http"), "/login").await.status, 200);
        assert_eq!(ask("GET", proxy, Some("http, http"), "/login").await.status, 308);
        let moved = ask("GET", proxy, Some("http"), "/login?notice=email-verified").await;
        assert_eq!(moved.status, 308, "{moved:?}");
        let home = "https://id.example.com/login?notice=email-verified";
        assert_eq!(moved.header("location"), home);
        assert_eq!(moved.header("x-content-type-options"), "nosniff");
        for (method, peer, proto) in [
            ("POST", proxy, Some("http")),
            ("GET", [192, 168, 0, 9], None),
            ("GET", [192, 168, 0, 9], Some("https")),
        ] {
            let answer = ask(method, peer, proto, "/login").await;
            assert_eq!((answer.status, answer.header("location")), (403, ""), "{answer:?}");
            assert!(answer.body.contains("https://id.example.com/"), "{}", answer.body);
            assert_eq!(answer.header("set-cookie"), "");
        }
        for path in ["/livez", "/readyz", "/health"] {
            assert_eq!(ask("GET", [192, 168, 0, 9], None, path).await.status, 200, "{path}");
        }
    }
}
