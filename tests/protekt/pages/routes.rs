//! The table of routes: each is called with too little authority.

use axum::body::Body;
use axum::http::Request;
use protekt::http::paths::is_of_account;
use protekt::http::routes::{Access, Route, table};
use serde_json::json;

use super::steps::{are_signed_in, bare_form, hidden, rows, sign_up, under};
use crate::support::answer::Answer;
use crate::support::app::{SECRET, TestApp, apps, authorize_url, exchange_fields};
use crate::support::browser::Browser;

/// Everything that a form could name.
struct Scene {
    signed_in: Browser,
    flow: String,
    verification: String,
    link: String,
    user: String,
    sid: String,
}

async fn scene(app: &TestApp) -> Scene {
    let user = app.person("ada@example.com").await;
    app.web_client().await;
    let mut signed_in = app.browser();
    signed_in.sign_in("ada@example.com").await;
    let page = signed_in.open(&authorize_url(&[])).await;
    let flow = hidden(&page, "flow");
    let start = signed_in.open("/signup").await;
    let page = sign_up(&mut signed_in, &start, "grace@example.com").await;
    let mail = super::steps::mail_to(app, "grace@example.com").await;
    let link = super::steps::link_in(&mail).split("token=").nth(1).unwrap().to_owned();
    let verification = hidden(&page, "flow");
    let sid = app.app.accounts.sessions_of(&user.id).await.unwrap()[0].session.sid.0.clone();
    Scene { signed_in, flow, verification, link, user: user.id.as_str().to_owned(), sid }
}

impl Scene {
    /// Every field that any form of ours has, but the token.
    fn fields(&self, path: &str) -> Vec<(&'static str, &str)> {
        let flow = if path.starts_with("/verify") { &self.verification } else { &self.flow };
        vec![
            ("flow", flow),
            ("username", "ada@example.com"),
            ("password", crate::support::app::PASSWORD),
            ("remember", "1"),
            ("decision", "allow"),
            ("account", &self.user),
            ("name", "Eve"),
            ("email", "eve@example.com"),
            ("code", "000000"),
            ("token", &self.link),
            ("to", "password"),
            ("sid", &self.sid),
        ]
    }
}

fn path_of(route: &Route) -> String {
    route
        .path
        .replace("{*name}", "css/protekt.css")
        .replace("{id}", "x")
        .replace("{client}", "notes")
        .replace("{delivery}", "x")
}

#[tokio::test]
async fn every_route_refuses_whoever_has_too_little_authority() {
    for app in apps().await {
        let scene = scene(&app).await;
        for route in table(false) {
            let before = rows(&app).await;
            // A new kind of access must be given its own check here to compile.
            match route.access {
                Access::Public => public(&app, &route).await,
                Access::Form => form_without_token(&app, &route, &scene).await,
                Access::SignedIn => signed_out(&app, &route).await,
                Access::Client => no_client(&app, &route).await,
                Access::Bearer | Access::HalfSignedIn | Access::Machine => {
                    no_bearer(&app, &route).await;
                }
                Access::Credentials => no_credentials(&app, &route).await,
                Access::Monitor => no_monitor(&app, &route).await,
                Access::Protocol => from_elsewhere(&app, &route, &scene).await,
            }
            let name = format!("{} {} {}", route.method, route.path, app.engine);
            assert_eq!(rows(&app).await, before, "{name} changed something");
            assert!(are_signed_in(&app, &scene.signed_in.cookies).await, "{name}");
        }
    }
}

/// A GET changes nothing, whoever asks; nothing that changes something is public.
async fn public(app: &TestApp, route: &Route) {
    assert_eq!(route.method, "GET", "{} is public and no GET", route.path);
    let mut browser = app.browser();
    let answer = browser.get(&path_of(route)).await;
    assert!(answer.status < 500, "{} {answer:?}", route.path);
    assert!(!browser.cookies.contains_key(super::steps::SESSION), "{}", route.path);
}

async fn form_without_token(app: &TestApp, route: &Route, scene: &Scene) {
    assert_eq!(route.method, "POST", "{}", route.path);
    let mut stranger = app.browser();
    let strange = hidden(&stranger.get("/login").await, "csrf");
    let mut own = scene.signed_in.clone();
    let right = hidden(&own.get("/account").await, "csrf");
    for token in [None, Some(""), Some("x"), Some(&*strange)] {
        let mut fields = scene.fields(route.path);
        fields.extend(token.map(|token| ("csrf", token)));
        let answer = scene.signed_in.clone().post(&path_of(route), &fields).await;
        // Without the field it is a client's wish, which our own GET asks the person about.
        let is_wish = route.path.contains("logout") && token.is_none_or(str::is_empty);
        if is_wish && answer.status == 303 {
            assert!(answer.header("location").starts_with("/logout?"), "{answer:?}");
        } else {
            let is_shown_again =
                answer.status == 422 && answer.body.contains("id=\"form-expired\"");
            let is_to_prove = answer.header("location").starts_with("/login/reauth");
            let is_led_on = is_shown_again || (is_of_account(route.path) && is_to_prove);
            let is_refused = is_led_on || matches!(answer.status, 400 | 403);
            assert!(is_refused, "{} {token:?} {answer:?}", route.path);
        }
    }
    let mut fields = scene.fields(route.path);
    fields.push(("csrf", &right));
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let mut request = bare_form(&path_of(route), &fields);
        request.headers_mut().insert(name, value.parse().unwrap());
        let answer = scene.signed_in.clone().send(request).await;
        assert_eq!(answer.status, 403, "{} {name} {answer:?}", route.path);
    }
}

async fn signed_out(app: &TestApp, route: &Route) {
    for cookie in [None, Some("x"), Some("AAAAAAAAAAAAAAAAAAAAAA")] {
        let mut browser = app.browser();
        if let Some(cookie) = cookie {
            browser.cookies.insert(super::steps::SESSION.to_owned(), cookie.to_owned());
        }
        let answer = browser.get(&path_of(route)).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/login"), "{}", route.path);
        assert_eq!(answer.body, "", "{}", route.path);
    }
}

async fn no_monitor(app: &TestApp, route: &Route) {
    assert_eq!(app.browser().get(route.path).await.status, 404, "{}", route.path);
}

async fn no_client(app: &TestApp, route: &Route) {
    let fields = [&exchange_fields("code")[..], &[("token", "x")]].concat();
    for basic in [None, Some(("notes", "wrong")), Some(("nobody", SECRET)), Some(("", ""))] {
        let answer = app.ask(route.path, basic, &fields).await;
        assert_eq!(answer.status, 401, "{basic:?} {answer:?}");
        assert_eq!(answer.error(), "invalid_client", "{basic:?}");
        assert_eq!(answer.headers.contains_key("www-authenticate"), basic.is_some());
    }
    let in_body = [&fields[..], &[("client_id", "notes"), ("client_secret", "wrong")]].concat();
    assert_eq!(app.ask(route.path, None, &in_body).await.error(), "invalid_client");
    let only_name = [&fields[..], &[("client_id", "notes")]].concat();
    assert_eq!(app.ask(route.path, None, &only_name).await.error(), "invalid_client");
}

async fn no_credentials(app: &TestApp, route: &Route) {
    assert_eq!(route.method, "POST", "{}", route.path);
    for body in [
        json!({}),
        json!({ "email": "ada@example.com", "password": "wrong", "refresh_token": "ptk_rt_x" }),
        json!({ "email": "ada@example.com", "password": crate::support::app::PASSWORD,
            "refresh_token": "ptk_rt_x", "client_id": "notes", "client_secret": SECRET }),
    ] {
        let answer = app.call_with((route.method, route.path), None, &body).await;
        assert!(matches!(answer.status, 400 | 401 | 403), "{} {answer:?}", route.path);
        assert_eq!(answer.json()["statusCode"], answer.status, "{answer:?}");
    }
}

async fn no_bearer(app: &TestApp, route: &Route) {
    let headers = [None, Some("Bearer garbage"), Some("Bearer "), Some("Basic eDp5"), Some("x")];
    for header in headers {
        let mut request = Request::builder().method(route.method).uri(route.path);
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let answer: Answer = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 401, "{header:?} {answer:?}");
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{header:?}");
    }
}

/// Kept at most, and never answered by a code: the person's cookies are not with it.
async fn from_elsewhere(app: &TestApp, route: &Route, scene: &Scene) {
    let query = authorize_url(&[]);
    let pairs = query.split_once('?').unwrap().1;
    for cookies in [false, true] {
        let mut browser = if cookies { scene.signed_in.clone() } else { app.browser() };
        let request = Request::post(route.path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", "https://evil.example")
            .header("sec-fetch-site", "cross-site");
        let answer = browser.send(request.body(Body::from(pairs.to_owned())).unwrap()).await;
        assert_eq!(answer.status, 303, "{} {answer:?}", route.path);
        let place = answer.header("location");
        assert!(place.starts_with("/oauth/authorize?flow="), "{} {place}", route.path);
    }
}

/// Who reloads what a form answered, or opens its address again, gets the page it stands on.
#[tokio::test]
async fn the_address_of_a_form_leads_to_its_page() {
    let table = table(true);
    let pages: Vec<&str> =
        table.iter().filter(|route| route.method == "GET").map(|route| route.path).collect();
    let forms = table.iter().filter(|route| route.access == Access::Form);
    let only_forms: Vec<&Route> = forms.filter(|route| !pages.contains(&route.path)).collect();
    assert!(only_forms.len() > 20, "{only_forms:?}");
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut signed_in = app.browser();
        signed_in.sign_in("ada@example.com").await;
        for route in &only_forms {
            let page = protekt::http::paths::page_of_form(route.path);
            assert!(pages.contains(&page), "{} stands on {page}, which is no page", route.path);
            let path = route.path.replace("{id}", "x").replace("{method}", "totp");
            for address in [path.clone(), format!("{path}?a=b")] {
                for mut browser in [app.browser(), signed_in.clone()] {
                    let answer = browser.get(&address).await;
                    let expected = page.replace("{id}", "x").replace("{method}", "totp");
                    assert_eq!(
                        (answer.status, answer.header("location")),
                        (303, &*expected),
                        "{address} {}",
                        app.engine
                    );
                    assert_eq!(answer.body, "", "{address}");
                }
            }
        }
        for path in ["/oauth/token", "/livez/", "/account/2fa/x/y/begin"] {
            let answer = app.browser().get(path).await;
            assert!(matches!(answer.status, 404 | 405), "{path} {answer:?}");
        }
    }
}

#[tokio::test]
async fn the_inbox_is_not_there_outside_development() {
    let development: Vec<_> = table(true).iter().map(|route| route.path).collect();
    let live: Vec<_> = table(false).iter().map(|route| route.path).collect();
    let only: Vec<_> = development.iter().filter(|path| !live.contains(path)).collect();
    assert_eq!(only, [&"/dev/inbox", &"/dev/inbox/{id}"]);
    for app in apps().await {
        for path in ["/dev/inbox", "/dev/inbox/x", "/dev/", "/dev/inbox/..%2f..%2fx"] {
            assert_eq!(app.browser().get(path).await.status, 404, "{path}");
        }
        let folder = tempfile::tempdir().unwrap();
        let mut browser = under(&app, |settings| {
            settings.development = Some(protekt::http::Development {
                mail_folder: folder.path().to_owned(),
                hosts: vec!["localhost:1".to_owned()],
            });
        });
        // Another name for this machine is no way in (DNS rebinding).
        assert_eq!(browser.get("/dev/inbox").await.status, 421);
        browser.extra_headers = vec![("host".to_owned(), "localhost:1".to_owned())];
        assert_eq!(browser.get("/dev/inbox").await.status, 200);
        for path in ["/dev/inbox/..%2fsecret", "/dev/inbox/%2fetc%2fpasswd", "/dev/inbox/none"] {
            assert_eq!(browser.get(path).await.status, 404, "{path}");
        }
    }
}

#[test]
fn no_row_of_the_table_stands_twice_and_each_path_is_handled_as_it_says() {
    let mut seen = std::collections::BTreeSet::new();
    for route in table(true) {
        assert!(seen.insert((route.path, route.method)), "{} {}", route.method, route.path);
        let is_known = matches!(route.method, "GET" | "POST" | "PATCH" | "PUT" | "DELETE");
        assert!(is_known, "{} {}", route.method, route.path);
        if route.method != "GET" {
            assert!(!matches!(route.access, Access::Public | Access::SignedIn), "{}", route.path);
        }
        let is_for_clients = matches!(
            route.access,
            Access::Client | Access::Bearer | Access::Credentials | Access::HalfSignedIn
        );
        let is_metadata =
            route.path.starts_with("/.well-known/") && !route.path.ends_with("/change-password");
        // A script keeps no secret, and without one nobody asks about tokens.
        let is_for_scripts = is_for_clients && route.path != "/oauth/introspect";
        assert_eq!(route.cross_origin, is_for_scripts || is_metadata, "{}", route.path);
    }
}
