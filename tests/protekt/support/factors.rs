//! People with second factors.

use protekt::clock::Clock as _;
use serde_json::Value;
use totp_rs::{Algorithm, Builder, Secret};

use super::answer::Answer;
use super::app::{PASSWORD, TestApp};
use super::authenticator::Authenticator;
use super::browser::{Browser, attribute, form_of, unescape};

/// An authenticator app.
pub struct AuthenticatorApp(Vec<u8>);

impl AuthenticatorApp {
    /// One that the page of the set-up is typed into.
    #[track_caller]
    pub fn of(page: &Answer) -> Self {
        Self::of_html(&page.body)
    }

    /// One that a key is typed into.
    pub fn of_key(key: &str) -> Self {
        Self(Secret::try_from_base32(key).unwrap().as_bytes().to_vec())
    }

    #[track_caller]
    pub fn of_html(html: &str) -> Self {
        let key = html.split("id=\"key\">").nth(1);
        let key = key.unwrap_or_else(|| panic!("no key: {html}")).split('<').next().unwrap();
        Self(Secret::try_from_base32(key.replace(' ', "")).unwrap().as_bytes().to_vec())
    }

    /// Its code so many seconds from the clock of the test.
    pub fn code(&self, app: &TestApp, seconds: i64) -> String {
        self.code_at(u64::try_from(app.clock.now().0 + seconds).unwrap())
    }

    /// Its code at a time, in unix seconds.
    pub fn code_at(&self, time: u64) -> String {
        let totp = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(30)
            .with_secret(Secret::new(Box::from(self.0.as_slice())))
            .with_account_name("x")
            .build()
            .unwrap();
        totp.generate(time).to_string()
    }
}

/// Sets up an authenticator app for who is signed in at `browser`; gives it and the backup codes,
/// where these are the first.
pub async fn set_up_totp(app: &TestApp, browser: &mut Browser) -> (AuthenticatorApp, Vec<String>) {
    let page = browser.open("/account/2fa/totp").await;
    let phone = AuthenticatorApp::of(&page);
    let code = phone.code(app, 0);
    let done = browser.submit(&page, "totp-form", &[("code", &code)]).await;
    let done = browser.follow(done).await;
    assert_eq!(done.status, 200, "{done:?}");
    // The code of this step is used up.
    app.clock.advance(30);
    (phone, backup_codes(&done))
}

/// The codes that a page shows.
pub fn backup_codes(page: &Answer) -> Vec<String> {
    codes_of(&page.body)
}

/// The same, of a page as text.
pub fn codes_of(html: &str) -> Vec<String> {
    let Some(list) = html.split("id=\"codes\"").nth(1) else { return Vec::new() };
    let list = list.split("</ul>").next().unwrap();
    list.split("<li>").skip(1).map(|item| item.split('<').next().unwrap().to_owned()).collect()
}

/// Adds a passkey for who is signed in at `browser`.
pub async fn add_passkey(browser: &mut Browser, authenticator: &mut Authenticator) -> Answer {
    add_by("/account/passkeys/new", browser, authenticator).await
}

/// Adds a security key for who is signed in at `browser`.
pub async fn add_security_key(browser: &mut Browser, authenticator: &mut Authenticator) -> Answer {
    add_by("/account/security-keys/new", browser, authenticator).await
}

async fn add_by(path: &str, browser: &mut Browser, authenticator: &mut Authenticator) -> Answer {
    let page = browser.open(path).await;
    let form = page.body.split("<form id=\"passkey-form\"").nth(1).unwrap();
    let options = attribute(form, "data-options").unwrap();
    let made = authenticator.create(&options);
    let done = browser.submit(&page, "passkey-form", &[("assertion", &made)]).await;
    browser.follow(done).await
}

/// What the form of a page asks an authenticator for.
pub fn options_of(page: &Answer) -> Value {
    let form = page.body.split("data-passkey=\"get\"").nth(1).unwrap();
    serde_json::from_str(&unescape(&attribute(form, "data-options").unwrap())).unwrap()
}

/// Begins to sign in with a passkey alone, as the script of the sign-in page does; gives the
/// handle and the options.
pub async fn begin_passkey_login(browser: &mut Browser, page: &Answer) -> (String, Value) {
    let (_, fields) = form_of(&page.body, "passkey-login");
    let csrf = fields.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
    let answer = browser.post("/login/passkey/begin", &[("csrf", &csrf)]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let begun: Value = serde_json::from_str(&answer.body).unwrap();
    (begun["handle"].as_str().unwrap().to_owned(), begun["options"].clone())
}

/// Signs in with the password and stops at the second factor.
pub async fn first_half(browser: &mut Browser, email: &str) -> Answer {
    let page = browser.open("/login").await;
    let fields = [("username", email), ("password", PASSWORD)];
    let answer = browser.submit(&page, "login-form", &fields).await;
    browser.follow(answer).await
}

/// The page of another way, in the half sign-in that a page belongs to.
pub fn way(page: &Answer, method: &str) -> String {
    let challenge = page.body.split("name=\"challenge\" value=\"").nth(1).unwrap();
    format!("/login/mfa/{method}?challenge={}", challenge.split('"').next().unwrap())
}

/// As if every second factor had been set up eight days earlier: then the mailbox alone takes away the
/// last one no more.
pub async fn age_factors(app: &TestApp) {
    for statement in [
        "UPDATE second_factors SET created_at = created_at - 691200,
            confirmed_at = confirmed_at - 691200",
        "UPDATE passkeys SET created_at = created_at - 691200",
        "UPDATE backup_codes SET created_at = created_at - 691200",
        "UPDATE users SET second_factor_since = second_factor_since - 691200",
    ] {
        app.store.run(statement).await;
    }
}
