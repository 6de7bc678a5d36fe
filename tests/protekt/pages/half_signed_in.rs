//! Half a sign-in at every route: the password was given, the second factor was not.
//!
//! The walk takes its routes from the table that the router is made of, and its tables from the
//! database itself, so that what is added later is walked and watched without a change here. A route
//! that may write something for anybody has to say so in [`may_write`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use axum::body::Body;
use axum::http::Request;
use protekt::accounts::NewPasswordWish;
use protekt::accounts::operator::NewUser;
use protekt::http::paths::is_about_apis;
use protekt::http::routes::{Access, Route, table};
use protekt::oauth::clients::NewClient;

use super::steps::{SESSION, count, every_row, execute, hidden, texts};
use crate::support::answer::Answer;
use crate::support::app::{
    PASSWORD, SECRET, TestApp, Wishes, apps_with, authorize_url, exchange_fields, form, web_client,
};
use crate::support::authenticator::Authenticator;
use crate::support::browser::Browser;
use crate::support::factors::{AuthenticatorApp, add_passkey, begin_passkey_login, set_up_totp};

const EMAIL: &str = "ada.okafor@example.com";
const USERNAME: &str = "countess";
/// What only the owner may read.
const OWN: [&str; 2] = [EMAIL, "Ada Okafor"];
/// What only whoever is signed in, or an application, gets.
const SIGNED_IN: [&str; 5] = [
    "id=\"sign-out\"",
    "id=\"consent-form\"",
    "\"access_token\"",
    "\"refresh_token\":",
    "\"sub\":",
];
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// Somebody at every route.
struct Walker {
    browser: Browser,
    /// Signs in again where the walk signed them out; absent: half a sign-in.
    authenticator: Option<Authenticator>,
    csrf: String,
    challenge: String,
    flow: String,
    user: String,
    passkey: String,
    sid: String,
}

/// Ada, with a passkey, an app and codes on paper, and signed in somewhere else.
async fn ada(app: &TestApp) -> (Browser, Authenticator, AuthenticatorApp) {
    let new = NewUser {
        id: None,
        email: EMAIL.to_owned(),
        username: Some(USERNAME.to_owned()),
        name: Some("Ada Okafor".to_owned()),
        password: Some(PASSWORD.into()),
        email_is_verified: true,
    };
    app.app.accounts.create_user(new).await.unwrap();
    execute(app, "UPDATE users SET phone_number = '+442079460018'").await;
    // Nothing but the sign-in stands between the request and the code.
    let new = web_client("notes", "https://notes.example");
    app.client(NewClient { first_party: true, ..new }).await;
    app.client(web_client("shop", "https://shop.example")).await;
    let mut owner = app.browser();
    owner.sign_in(USERNAME).await;
    owner.code(USERNAME).await;
    let shop = [("client_id", Some("shop")), ("redirect_uri", Some("https://shop.example/cb"))];
    owner.authorize(USERNAME, &shop).await;
    let (phone, _) = set_up_totp(app, &mut owner).await;
    let mut authenticator = Authenticator::new();
    add_passkey(&mut owner, &mut authenticator).await;
    (owner, authenticator, phone)
}

/// The password alone, on the way to an application.
async fn half(app: &TestApp) -> Walker {
    ada(app).await;
    half_of_ada(app).await
}

async fn half_of_ada(app: &TestApp) -> Walker {
    let mut browser = app.browser();
    let page = browser.open(&authorize_url(&[])).await;
    let flow = hidden(&page, "flow");
    let fields = [("username", USERNAME), ("password", PASSWORD), ("remember", "1")];
    let answer = browser.submit(&page, "login-form", &fields).await;
    let page = browser.follow(answer).await;
    let mut walker = walker(app, browser, &page, flow).await;
    assert!(!walker.browser.cookies.contains_key(SESSION), "{}", app.engine);
    walker.challenge = hidden(&page, "challenge");
    walker
}

/// Password and second factor, on the way to an application, with a password that has to go.
async fn renewing(app: &TestApp) -> Walker {
    let (_, _, phone) = ada(app).await;
    let wish = NewPasswordWish::Required { signs_out: false };
    app.app.accounts.require_new_password(USERNAME, wish).await.unwrap();
    let mut walker = half_of_ada(app).await;
    let path = format!("/login/mfa/totp?{}", form(&walker.place()));
    let page = walker.browser.get(&path).await;
    let code = phone.code(app, 0);
    let answer = walker.browser.submit(&page, "mfa-form", &[("code", &code)]).await;
    let page = walker.browser.follow(answer).await;
    assert!(!walker.browser.cookies.contains_key(SESSION), "{}", app.engine);
    walker.challenge = hidden(&page, "renewal");
    walker
}

/// The same person with a whole sign-in.
async fn whole(app: &TestApp) -> Walker {
    let (mut owner, authenticator, _) = ada(app).await;
    let page = owner.open(&authorize_url(&[("prompt", Some("consent"))])).await;
    let flow = hidden(&page, "flow");
    let walker = walker(app, owner, &page, flow).await;
    Walker { authenticator: Some(authenticator), ..walker }
}

async fn walker(app: &TestApp, browser: Browser, page: &Answer, flow: String) -> Walker {
    let user = text(app, "SELECT id FROM users WHERE username_canonical = 'countess'").await;
    Walker {
        csrf: hidden(page, "csrf"),
        challenge: "ptk_fl_none".to_owned(),
        flow,
        passkey: text(app, "SELECT id FROM passkeys").await,
        sid: text(app, "SELECT sid FROM sessions").await,
        user,
        browser,
        authenticator: None,
    }
}

async fn text(app: &TestApp, sql: &str) -> String {
    texts(app, sql).await.into_iter().next().unwrap()
}

/// Every row of every table. What the walker signs up for, Eve's account, is nobody's else.
async fn everything(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let mut all = every_row(app).await;
    for rows in all.values_mut() {
        rows.retain(|row| !row.contains("eve@example.com"));
    }
    assert!(all.len() > 30 && all["users"].len() == 1, "{all:?}");
    all
}

/// The tables that a route may write to for whoever comes, beside the trail and the counters of
/// tries. Of all others the walk compares every row.
fn may_write(path: &str) -> &'static [&'static str] {
    match path {
        // A request is kept for whoever comes; that none was answered is asked apart.
        "/oauth/authorize" | "/authorize" => &["authorization_requests"],
        // The password once more: another half.
        "/login" => &["sign_in_challenges"],
        "/login/passkey" | "/login/passkey/begin" => &["passkey_ceremonies"],
        "/login/mfa" | "/login/mfa/{method}" => &["one_time_codes", "outbox", "passkey_ceremonies"],
        // An account of Eve's, which is counted, and the mail about it, for which the request waits.
        "/signup" => &["email_verifications", "outbox", "authorization_requests", "user_tally"],
        "/recover" => &["account_recoveries", "outbox"],
        "/password/forgot" => &["password_resets", "outbox"],
        _ => &[],
    }
}

/// The paths that a row of the table stands for.
fn paths_of(route: &str, walker: &Walker) -> Vec<String> {
    let path = route
        .replace("{*name}", "css/protekt.css")
        .replace("{id}", &walker.passkey)
        .replace("{kid}", "none")
        .replace("{delivery}", "none")
        .replace("{client}", "shop");
    let kinds = ["totp", "sms", "email", "webauthn", "backup"];
    let paths: Vec<String> = if path.contains("{method}") {
        kinds.iter().map(|kind| path.replace("{method}", kind)).collect()
    } else {
        vec![path]
    };
    assert!(paths.iter().all(|path| !path.contains('{')), "give {route} something for its name");
    paths
}

impl Walker {
    /// Every field that any form of ours or an endpoint takes.
    fn fields(&self) -> Vec<(&str, &str)> {
        let mut fields = vec![
            ("csrf", self.csrf.as_str()),
            ("challenge", &self.challenge),
            ("renewal", &self.challenge),
            ("flow", &self.flow),
            ("account", &self.user),
            ("sid", &self.sid),
            ("username", USERNAME),
            ("password", PASSWORD),
            ("new_password", "another good one 7"),
            ("remember", "1"),
            ("trust_device", "1"),
            ("confirms", "1"),
            ("decision", "allow"),
            ("reason", "lost"),
            ("method", "totp"),
            ("to", "security"),
            ("name", "Eve"),
            ("email", "eve@example.com"),
            ("phone", "+49 151 23456789"),
            ("ceremony", &self.challenge),
            ("assertion", "{}"),
            ("token", &self.challenge),
            ("link", &self.challenge),
            ("event", &self.passkey),
            ("confirm", EMAIL),
            ("client_id", "notes"),
            ("client_secret", SECRET),
            ("refresh_token", &self.challenge),
        ];
        fields.extend(exchange_fields(&self.challenge).iter().copied());
        fields
    }

    /// Its handle, under the name that a page of the second factor gives it.
    fn place(&self) -> [(&str, &str); 2] {
        [("challenge", &self.challenge), ("flow", &self.flow)]
    }

    fn queries(&self) -> Vec<String> {
        let (challenge, flow) = (self.challenge.as_str(), self.flow.as_str());
        let asked = authorize_url(&[]);
        let silent = authorize_url(&[("prompt", Some("none"))]);
        let query = |url: &str| url.split_once('?').unwrap().1.to_owned();
        vec![
            String::new(),
            form(&[("flow", flow)]),
            form(&self.place()),
            form(&[("renewal", challenge), ("flow", flow)]),
            form(&[("challenge", challenge), ("to", "security")]),
            form(&[("token", challenge), ("account", &self.user)]),
            query(&asked),
            query(&silent),
        ]
    }

    /// Calls one path in every way that is tried; gives each answer with what was asked.
    async fn call(&self, method: &str, path: &str) -> Vec<(String, Answer)> {
        let mut answers = Vec::new();
        let with_handle = (SESSION.to_owned(), self.challenge.clone());
        for query in self.queries() {
            for takes_handle in [false, true] {
                let mut browser = self.browser.clone();
                let mut request = Request::builder().method(method);
                if takes_handle && self.authenticator.is_none() {
                    // Whether the handle is taken for a session or a token.
                    browser.cookies.extend([with_handle.clone()]);
                    request = request.header("authorization", format!("Bearer {}", self.challenge));
                }
                let uri =
                    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
                let request = request.uri(&uri).body(Body::empty()).unwrap();
                answers.push((format!("{method} {uri}"), browser.send(request).await));
            }
        }
        for code in [self.challenge.as_str(), "000000"] {
            for grant in ["authorization_code", "refresh_token"] {
                let mut fields = self.fields();
                fields.retain(|(name, _)| !["code", "grant_type"].contains(name));
                fields.extend([("code", code), ("grant_type", grant)]);
                let mut browser = self.browser.clone();
                let request = Request::builder()
                    .method(method)
                    .uri(path)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .header("sec-fetch-site", "same-origin")
                    .header("origin", "https://id.example.com")
                    .body(Body::from(form(&fields)))
                    .unwrap();
                answers.push((format!("{method} {path} by form"), browser.send(request).await));
            }
        }
        answers
    }

    /// Signs in again where the walk signed this visitor out.
    async fn be_there(&mut self, app: &TestApp) {
        let Some(authenticator) = &mut self.authenticator else { return };
        if self.browser.get("/account").await.status == 200 {
            return;
        }
        self.browser.cookies.remove(SESSION);
        // The walk asked for the deletion of the account, and will do worse.
        execute(app, "UPDATE users SET deletion_due_at = NULL").await;
        if count(app, "SELECT COUNT(*) FROM passkeys").await == 0 {
            app.app.accounts.reset_factors(USERNAME).await.unwrap();
            app.app.accounts.set_password(USERNAME, &PASSWORD.into()).await.unwrap();
            self.browser.sign_in(USERNAME).await;
            return;
        }
        let page = self.browser.open("/login").await;
        let (handle, options) = begin_passkey_login(&mut self.browser, &page).await;
        let signed = authenticator.get(&options);
        let fields = [("ceremony", handle.as_str()), ("assertion", signed.as_str())];
        self.browser.submit(&page, "passkey-login", &fields).await;
    }
}

/// What an answer gives that half a sign-in must not get.
fn given(answer: &Answer) -> Option<String> {
    let cookies = answer.headers.get_all("set-cookie").iter();
    let begins = |cookie: &str| {
        cookie.strip_prefix(&format!("{SESSION}=")).is_some_and(|rest| !rest.starts_with(';'))
    };
    if cookies.filter_map(|cookie| cookie.to_str().ok()).any(begins) {
        return Some("begins a session".to_owned());
    }
    let all = format!("{} {}", answer.header("location"), answer.body);
    if all.contains("code=ptk_") || all.contains("name=\"code\" value=\"ptk_") {
        return Some("makes a code".to_owned());
    }
    let shown = OWN.iter().chain(&SIGNED_IN).find(|&&own| all.contains(own));
    shown
        .map(|own| format!("shows {own}"))
        .or_else(|| (answer.status >= 500).then(|| format!("fails with {}", answer.status)))
}

/// Walks every route with every method; what was given or changed, by route.
async fn walk(app: &TestApp, walker: &mut Walker) -> Vec<String> {
    let mut found = Vec::new();
    // The document tells of every word, to anybody.
    let table = table(false);
    let routes: BTreeSet<&str> =
        table.iter().map(|route| route.path).filter(|path| !is_about_apis(path)).collect();
    assert!(routes.len() > 60, "{routes:?}");
    for route in routes {
        walker.be_there(app).await;
        let before = everything(app).await;
        for path in paths_of(route, walker) {
            for method in METHODS {
                for (asked, answer) in walker.call(method, &path).await {
                    found.extend(given(&answer).map(|what| format!("{route}: {asked} {what}")));
                }
            }
        }
        let after = everything(app).await;
        for (table, rows) in &after {
            let may = ["throttle_counters", "audit_events"].iter().chain(may_write(route));
            if before[table] != *rows && !may.into_iter().any(|one| one == table) {
                found.push(format!("{route}: changes {table}"));
            }
        }
    }
    found
}

const UNLIMITED: Wishes = Wishes {
    refresh_overlap: 10,
    email_verification: true,
    unlimited_tries: true,
    factor_policy: protekt::domain::second_factor::FactorPolicy::Optional,
};
/// What a sign-in or an answer to an application leaves behind.
const DONE: [&str; 3] = [
    "SELECT COUNT(*) FROM authorization_requests WHERE finished_at IS NOT NULL",
    "SELECT COUNT(*) FROM sign_in_challenges WHERE passed_at IS NOT NULL",
    "SELECT COUNT(*) FROM audit_events WHERE outcome = 'success' AND kind NOT IN
        ('signed_up', 'sign_up_of_registered_address', 'password_reset_requested', 'sign_in_begun',
         'recovery_link_requested')",
];

async fn done(app: &TestApp) -> Vec<i64> {
    let mut counts = Vec::new();
    for sql in DONE {
        counts.push(count(app, sql).await);
    }
    counts
}

/// MF-03
#[tokio::test]
async fn half_a_sign_in_shows_changes_and_begins_nothing_at_any_route() {
    for app in apps_with(UNLIMITED).await {
        let mut walker = half(&app).await;
        let before = done(&app).await;
        let found = walk(&app, &mut walker).await;
        assert!(found.is_empty(), "{} {found:#?}", app.engine);
        assert_eq!(done(&app).await, before, "{}", app.engine);
        // It was a half sign-in to the end: the other half still makes it whole.
        let path = format!("/login/mfa?{}", form(&[("challenge", &walker.challenge)]));
        assert_eq!(walker.browser.get(&path).await.status, 200, "{}", app.engine);
    }
}

/// MF-03: with password and second factor, but a password that has to go.
#[tokio::test]
async fn a_sign_in_that_waits_for_another_password_begins_nothing_at_any_route() {
    for app in apps_with(UNLIMITED).await {
        let mut walker = renewing(&app).await;
        let before = done(&app).await;
        let mut found = walk(&app, &mut walker).await;
        // All was proved: the page may say whose password it is.
        let own = "/login/password-expired: ";
        let count = found.len();
        found.retain(|one| !(one.starts_with(own) && one.contains(&format!("shows {EMAIL}"))));
        assert!(found.len() < count, "the walk was there: {}", app.engine);
        assert!(found.is_empty(), "{} {found:#?}", app.engine);
        assert_eq!(done(&app).await, before, "{}", app.engine);
        // It waited to the end: only the tries of another password were too many.
        let path = format!("/login/password-expired?{}", form(&[("renewal", &walker.challenge)]));
        assert_eq!(walker.browser.get(&path).await.status, 200, "{}", app.engine);
    }
}

/// MF-03: the same walk by somebody who may, so that it is known to see what it looks for.
#[tokio::test]
async fn the_same_walk_with_a_whole_sign_in_gets_everywhere() {
    for app in apps_with(UNLIMITED).await {
        let mut walker = whole(&app).await;
        let found = walk(&app, &mut walker).await;
        let is_found = |route: &str, what: &str| {
            let start = format!("{route}: ");
            found.iter().any(|one| one.starts_with(&start) && one.contains(what))
        };
        let is_page = |route: &Route| route.method == "GET" && route.access == Access::SignedIn;
        for route in table(false).into_iter().filter(is_page) {
            assert!(is_found(route.path, " shows "), "{} {} {found:#?}", route.path, app.engine);
        }
        for (route, what) in [
            ("/account/profile", "changes users"),
            ("/account/sessions/end-others", "changes sessions"),
            ("/account/2fa/totp", "changes second_factors"),
            ("/account/data/export", "shows"),
            ("/oauth/authorize", "makes a code"),
            ("/oauth/authorize", "changes authorization_codes"),
            ("/logout", "changes sessions"),
        ] {
            assert!(is_found(route, what), "{route} {what} {} {found:#?}", app.engine);
        }
    }
}

/// The walk is of every route only as long as the table is all there is.
#[test]
fn routes_are_put_together_in_the_table_alone() {
    fn look(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, found);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for (number, line) in text.lines().enumerate() {
                let adds = [".route(", ".route_service(", ".nest(", ".nest_service("];
                if adds.iter().any(|one| line.contains(one)) {
                    found.push(format!("{}:{}", path.display(), number + 1));
                }
            }
        }
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    look(&source, &mut found);
    // The demo app is no part of the provider.
    found.retain(|place| !place.contains("src/demo/") && !place.contains("src/demo.rs:"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("src/http/routes.rs:"), "{found:?}");
}
