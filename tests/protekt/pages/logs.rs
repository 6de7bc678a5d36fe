//! What the log must never hold.

use std::io::Write;
use std::process::Command;
use std::sync::{Arc, Mutex};

use super::steps::{BROWSER, SESSION, code_in, enter, hidden, link_in, mail_to, sign_up, wrong};
use super::whole_life;
use crate::support::app::{
    PASSWORD, SECRET, TestApp, VERIFIER, apps, apps_with, authorize_url, form,
};
use crate::support::browser::{parameter, sent_to};

const NAME: &str = "pages::logs::nothing_secret_is_logged_at_debug_level_in_a_full_run";
const INSIDE: &str = "PROTEKT_TEST_LOG";

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// LG-01. In a process of its own, so that the threads of the database are heard too.
#[test]
fn nothing_secret_is_logged_at_debug_level_in_a_full_run() {
    if std::env::var_os(INSIDE).is_none() {
        let mut itself = Command::new(std::env::current_exe().unwrap());
        let run = itself.args([NAME, "--exact", "--nocapture"]).env(INSIDE, "1").output().unwrap();
        let output = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success() && output.contains("1 passed"), "{output}");
        return;
    }
    let log = Memory::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .init();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let secrets = runtime.block_on(async {
        let mut secrets = Vec::new();
        for app in apps().await {
            secrets.extend(full_run(&app).await);
        }
        for app in apps_with(whole_life::UNLIMITED).await {
            secrets.extend(whole_life::live(&app).await);
        }
        secrets
    });
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("answered") && log.contains("DEBUG"), "the log was heard: {log}");
    for (name, secret) in secrets {
        assert!(secret.len() >= 6, "{name} is too short to be looked for");
        let found = log.lines().find(|line| holds(line, &secret));
        assert_eq!(found, None, "{name} {secret} is in the log");
    }
}

/// A word of its own: six digits may stand in a longer number by chance.
pub(super) fn holds(line: &str, secret: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '.');
    line.match_indices(secret).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + secret.len()..].chars().next();
        secret.len() > 6 || !(is_part(before) || is_part(after))
    })
}

pub(super) type Secrets = Vec<(&'static str, String)>;

async fn full_run(app: &TestApp) -> Secrets {
    app.web_client().await;
    let mut secrets: Secrets = vec![
        ("password", PASSWORD.to_owned()),
        ("client secret", SECRET.to_owned()),
        ("verifier", VERIFIER.to_owned()),
    ];
    secrets.extend(verify(app).await);
    secrets.extend(get_tokens(app).await);
    secrets
}

async fn verify(app: &TestApp) -> Secrets {
    let mut browser = app.browser();
    let page = browser.open("/signup").await;
    let page = sign_up(&mut browser, &page, "grace@example.com").await;
    let mail = mail_to(app, "grace@example.com").await;
    let (code, link) = (code_in(&mail), link_in(&mail));
    browser.submit(&page, "verify-form", &[("code", &wrong(&code))]).await;
    browser.get(&link).await;
    let handle = hidden(&page, "flow");
    let mut other = app.browser();
    let confirm = other.get(&link).await;
    other.submit(&confirm, "verify-confirm", &[]).await;
    browser.open(&format!("/verify-email?flow={handle}")).await;
    assert!(browser.cookies.contains_key(SESSION));
    vec![
        ("mail code", code),
        ("link token", link.split("token=").nth(1).unwrap().to_owned()),
        ("verification handle", handle),
        ("csrf", hidden(&page, "csrf")),
        ("session cookie", browser.cookies[SESSION].clone()),
        ("browser cookie", browser.cookies[BROWSER].clone()),
    ]
}

async fn get_tokens(app: &TestApp) -> Secrets {
    let mut browser = app.browser();
    let login = browser.open(&authorize_url(&[])).await;
    enter(&mut browser, &login, "grace@example.com", "another-password-of-mine").await;
    enter(&mut browser, &login, "another-password-as-name", "x").await;
    let answer = enter(&mut browser, &login, "grace@example.com", PASSWORD).await;
    let consent = browser.follow(answer).await;
    let answer = browser.submit(&consent, "consent-form", &[("decision", "allow")]).await;
    let code = parameter(&sent_to(&answer), "code").unwrap();
    let tokens = app.exchange(&code).await;
    let [access, id, refresh] =
        ["access_token", "id_token", "refresh_token"].map(|name| tokens.text(name));
    app.userinfo(&access).await;
    app.userinfo("a-strange-bearer-token").await;
    let next = app.refresh(&refresh).await.text("refresh_token");
    app.clock.advance(60);
    app.refresh(&refresh).await;
    app.exchange(&code).await;
    app.token(Some(("notes", "a-wrong-client-secret")), &[("grant_type", "x")]).await;
    let query = form(&[("code", &code), ("client_secret", SECRET), ("access_token", &access)]);
    for path in ["/oauth/token", "/userinfo", "/nowhere", "/login"] {
        browser.get(&format!("{path}?{query}")).await;
    }
    let session = browser.cookies[SESSION].clone();
    browser.get(&format!("/logout?{}", form(&[("id_token_hint", &id)]))).await;
    vec![
        ("wrong password", "another-password-of-mine".to_owned()),
        ("password typed as name", "another-password-as-name".to_owned()),
        ("code", code),
        ("access token", access),
        ("ID token", id),
        ("refresh token", refresh),
        ("next refresh token", next),
        ("strange token", "a-strange-bearer-token".to_owned()),
        ("wrong client secret", "a-wrong-client-secret".to_owned()),
        ("flow", hidden(&login, "flow")),
        ("csrf", hidden(&login, "csrf")),
        ("session cookie", session),
    ]
}
