//! Steps that many of these tests take.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use protekt::http::{App, HttpSettings, router};
use protekt::store::Store;

use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, form};
use crate::support::browser::{Browser, unescape};

/// The cookie of a session.
pub const SESSION: &str = "__Host-protekt_session";
/// The cookie of a browser.
pub const BROWSER: &str = "__Host-protekt_browser";
/// The tables that a stranger must not change; counters and the trail are not among them.
const TABLES: [&str; 15] = [
    "pictures",
    "email_changes",
    "email_returns",
    "users",
    "sessions",
    "browser_accounts",
    "consents",
    "grants",
    "authorization_codes",
    "refresh_tokens",
    "email_verifications",
    "password_resets",
    "password_renewals",
    "account_recoveries",
    "outbox",
];

/// A browser at the same provider with something changed.
pub fn changed(app: &TestApp, change: impl FnOnce(&mut App)) -> Browser {
    let mut other = app.app.clone();
    change(&mut other);
    Browser::new(router(other))
}

/// A browser at the same provider under other settings.
pub fn under(app: &TestApp, change: impl FnOnce(&mut HttpSettings)) -> Browser {
    let mut settings = (*app.app.settings).clone();
    change(&mut settings);
    changed(app, |app| app.settings = Arc::new(settings))
}

/// Whether these cookies open the account page.
pub async fn are_signed_in(app: &TestApp, cookies: &BTreeMap<String, String>) -> bool {
    let mut browser = app.browser();
    browser.cookies.clone_from(cookies);
    browser.get("/account").await.status == 200
}

/// Signs in at the page that is shown.
pub async fn enter(browser: &mut Browser, page: &Answer, email: &str, password: &str) -> Answer {
    browser.submit(page, "login-form", &[("username", email), ("password", password)]).await
}

/// Fills the form of `/signup`, and gives the page that follows.
pub async fn sign_up(browser: &mut Browser, page: &Answer, email: &str) -> Answer {
    let fields = [("name", "Grace Hopper"), ("email", email), ("password", PASSWORD)];
    let answer = browser.submit(page, "signup-form", &fields).await;
    browser.follow(answer).await
}

/// The value of the first hidden field of that name.
#[track_caller]
pub fn hidden(page: &Answer, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let rest = page.body.split(&start).nth(1).unwrap_or_else(|| panic!("no {name}: {page:?}"));
    unescape(rest.split('"').next().unwrap())
}

/// The last mail to an address, but for those about sign-ins in new browsers: mails of one second
/// come in any order.
pub async fn mail_to(app: &TestApp, email: &str) -> String {
    let mails = app.mails().await;
    let mut mails_to = mails.iter().filter(|mail| mail.starts_with(&format!("To: {email}\n")));
    let mail = mails_to.rfind(|mail| !mail.contains("\nSubject: New sign-in"));
    mail.unwrap_or_else(|| panic!("no mail to {email}: {mails:?}")).clone()
}

/// The code in a mail.
pub fn code_in(mail: &str) -> String {
    let mut words = mail.split(|c: char| c.is_whitespace() || matches!(c, '.' | ',' | ':'));
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    words.find(is_code).unwrap_or_else(|| panic!("no code: {mail}")).to_owned()
}

/// The path of the link in a mail.
pub fn link_in(mail: &str) -> String {
    let mut words = mail.split_whitespace();
    let word = words.find(|word| word.contains("/verify-email?token=")).unwrap();
    word.strip_prefix("https://id.example.com").unwrap().to_owned()
}

/// Another code than this.
pub fn wrong(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

/// One number out of the database.
pub async fn count(app: &TestApp, sql: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match &app.store.store {
        Store::Sqlite { readers, .. } => sqlx::query_scalar(sql).fetch_one(readers).await.unwrap(),
        Store::Postgres { pool, .. } => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
    }
}

/// One column of text out of the database.
pub async fn texts(app: &TestApp, sql: &str) -> Vec<String> {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match &app.store.store {
        Store::Sqlite { readers, .. } => sqlx::query_scalar(sql).fetch_all(readers).await.unwrap(),
        Store::Postgres { pool, .. } => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
    }
}

/// Every row of every table, by table.
pub async fn every_row(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let is_sqlite = matches!(app.store.store, Store::Sqlite { .. });
    let tables = if is_sqlite {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqli%'"
    } else {
        "SELECT table_name::text FROM information_schema.tables
         WHERE table_schema = current_schema()"
    };
    let mut all = BTreeMap::new();
    for table in texts(app, tables).await {
        let rows = if is_sqlite {
            let columns = format!("SELECT name FROM pragma_table_info('{table}')");
            let quoted = texts(app, &columns).await.join("\") || '|' || quote(\"");
            format!("SELECT quote(\"{quoted}\") AS row FROM \"{table}\" ORDER BY 1")
        } else {
            format!("SELECT t::text FROM \"{table}\" t ORDER BY 1")
        };
        let rows = texts(app, &rows).await;
        all.insert(table, rows);
    }
    all
}

/// Changes the database behind the provider's back.
pub async fn execute(app: &TestApp, sql: &str) {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match &app.store.store {
        Store::Sqlite { writer, .. } => {
            sqlx::query(sql).execute(writer).await.unwrap();
        }
        Store::Postgres { pool, .. } => {
            sqlx::query(sql).execute(pool).await.unwrap();
        }
    }
}

/// How many rows there are that matter.
pub async fn rows(app: &TestApp) -> Vec<(&'static str, i64)> {
    let mut rows = Vec::new();
    for table in TABLES {
        rows.push((table, count(app, &format!("SELECT COUNT(*) FROM {table}")).await));
    }
    let verified = "SELECT COUNT(*) FROM users WHERE email_verified_at IS NOT NULL";
    rows.push(("verified", count(app, verified).await));
    let finished = "SELECT COUNT(*) FROM authorization_requests WHERE finished_at IS NOT NULL";
    rows.push(("finished", count(app, finished).await));
    rows
}

/// A form, and nothing of what a browser adds.
pub fn bare_form(path: &str, fields: &[(&str, &str)]) -> Request<Body> {
    Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form(fields)))
        .unwrap()
}

/// The same request from another address.
pub fn from(address: &str, mut request: Request<Body>) -> Request<Body> {
    let peer: SocketAddr = (address.parse::<std::net::IpAddr>().unwrap(), 4321).into();
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

/// The body with everything taken out that is new each time.
pub fn normal(page: &Answer) -> String {
    let mut body = page.body.clone();
    for start in ["name=\"csrf\" value=\"", "name=\"flow\" value=\"", "flow=", "req_"] {
        let mut parts = body.split(start);
        let first = parts.next().unwrap_or_default().to_owned();
        body =
            parts.fold(first, |mut all, part| {
                all.push_str(start);
                all.push_str(part.trim_start_matches(|c: char| {
                    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
                }));
                all
            });
    }
    body
}

/// The names and values of the headers, without those that are new each time.
pub fn headers(answer: &Answer) -> Vec<(String, String)> {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "content-length"].contains(&name.as_str()))
        .map(|(name, value)| {
            let value = value.to_str().unwrap();
            let value = value.split("flow=").next().unwrap();
            let value = if name == "set-cookie" { value.split('=').next().unwrap() } else { value };
            (name.to_string(), value.to_owned())
        })
        .collect();
    headers.sort();
    headers
}
