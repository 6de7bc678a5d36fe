//! Several accounts in one browser.

use super::steps::{SESSION, count, enter, hidden};
use crate::support::app::{PASSWORD, TestApp, apps, authorize_url};
use crate::support::authenticator::Authenticator;
use crate::support::browser::{Browser, parameter, sent_to};
use crate::support::factors::{add_passkey, begin_passkey_login, set_up_totp};

const SELECT: [(&str, Option<&str>); 1] = [("prompt", Some("select_account"))];

async fn remembered(app: &TestApp, emails: &[&str]) -> Browser {
    let mut browser = app.browser();
    for email in emails {
        app.person(email).await;
        app.clock.advance(10);
        let page = browser.open("/login").await;
        let fields = [("username", *email), ("password", PASSWORD), ("remember", "1")];
        browser.submit(&page, "login-form", &fields).await;
        let page = browser.get("/account").await;
        if *email != emails[emails.len() - 1] {
            browser.submit(&page, "sign-out", &[]).await;
        }
    }
    browser
}

fn id_of(body: &str, email: &str) -> String {
    let before = body.split(&format!("<bdi class=\"sub small\">{email}")).next().unwrap();
    let value = before.rsplit("name=\"account\" value=\"").next().unwrap();
    value.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn select_account_shows_each_remembered_account_and_goes_on_with_the_chosen_one() {
    for app in apps().await {
        app.web_client().await;
        let mut browser = remembered(&app, &["ada@example.com", "grace@example.com"]).await;
        let page = browser.open(&authorize_url(&SELECT)).await;
        assert!(page.body.contains("ada@example.com") && page.body.contains("grace@example.com"));
        // The signed-in one needs no password.
        let grace = id_of(&page.body, "grace@example.com");
        let answer = browser.submit(&page, "select-account", &[("account", &grace)]).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("id=\"consent-form\""), "{} {}", app.engine, page.body);
        // The other one does, with the name filled in.
        let page = browser.open(&authorize_url(&SELECT)).await;
        let ada = id_of(&page.body, "ada@example.com");
        let answer = browser.submit(&page, "select-account", &[("account", &ada)]).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("value=\"ada@example.com\""), "{}", page.body);
        let answer = enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        let page = browser.follow(answer).await;
        let answer = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
        let code = parameter(&sent_to(&answer), "code").unwrap();
        let tokens = app.exchange(&code).await;
        let info = app.userinfo(&tokens.text("access_token")).await;
        assert_eq!(info.json()["email"], "ada@example.com", "{}", app.engine);
    }
}

#[tokio::test]
async fn a_removed_account_is_no_longer_offered_and_its_session_is_over() {
    for app in apps().await {
        app.web_client().await;
        let mut browser = remembered(&app, &["ada@example.com", "grace@example.com"]).await;
        let page = browser.open(&authorize_url(&SELECT)).await;
        for (email, signed_in) in [("ada@example.com", true), ("grace@example.com", false)] {
            let (csrf, flow) = (hidden(&page, "csrf"), hidden(&page, "flow"));
            let id = id_of(&page.body, email);
            let fields = [("csrf", &*csrf), ("flow", &*flow), ("account", &*id)];
            let answer = browser.post("/login/accounts/forget", &fields).await;
            let page = browser.follow(answer).await;
            assert!(!page.body.contains(email), "{} {}", app.engine, page.body);
            assert_eq!(browser.cookies.contains_key(SESSION), signed_in, "{email}");
        }
    }
}

#[tokio::test]
async fn another_account_and_an_unknown_id_lead_to_an_empty_sign_in_form() {
    for app in apps().await {
        app.web_client().await;
        let user = app.person("stranger@example.com").await;
        let mut browser = remembered(&app, &["ada@example.com"]).await;
        for choice in ["another", "nobody", user.id.as_str(), "\"><script>"] {
            let page = browser.open(&authorize_url(&SELECT)).await;
            let answer = browser.submit(&page, "select-account", &[("account", choice)]).await;
            let page = browser.follow(answer).await;
            assert!(page.body.contains("id=\"login-form\""), "{choice} {}", page.body);
            assert!(!page.body.contains("stranger@example.com"), "{choice}");
            assert!(!page.body.contains("ada@example.com"), "{choice}");
        }
    }
}

#[tokio::test]
async fn accounts_are_remembered_only_where_the_person_asked_for_it() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.web_client().await;
        let mut browser = app.browser();
        browser.sign_in("ada@example.com").await;
        let page = browser.get("/account").await;
        browser.submit(&page, "sign-out", &[]).await;
        let page = browser.open(&authorize_url(&SELECT)).await;
        assert!(page.body.contains("id=\"login-form\""), "{}", page.body);
        assert!(!page.body.contains("ada@example.com"), "{}", page.body);
        // Nor in another browser.
        let mut other = remembered(&app, &["grace@example.com"]).await;
        other.cookies.clear();
        let page = other.open(&authorize_url(&SELECT)).await;
        assert!(!page.body.contains("grace@example.com"), "{}", page.body);
    }
}

const LISTED: &str = "SELECT COUNT(*) FROM browser_accounts";
const KEPT: [(&str, &str); 3] =
    [("username", "ada@example.com"), ("password", PASSWORD), ("remember", "1")];

/// MF-03
#[tokio::test]
async fn half_a_sign_in_leaves_no_account_to_choose_and_a_whole_one_does() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut owner = app.browser();
        owner.sign_in("ada@example.com").await;
        assert_eq!(count(&app, LISTED).await, 0, "nobody asked for it");
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        let half = browser.submit(&page, "login-form", &KEPT).await;
        let page = browser.follow(half).await;
        assert!(page.body.contains("id=\"mfa-form\""), "{}", page.body);
        assert_eq!(count(&app, LISTED).await, 0, "{} half a sign-in", app.engine);
        let offered = browser.open("/login/accounts").await;
        assert!(!offered.body.contains("ada@example.com"), "{}", offered.body);
        let wrong = browser.submit(&page, "mfa-form", &[("code", "000000")]).await;
        assert_eq!((wrong.status, count(&app, LISTED).await), (422, 0), "{}", app.engine);
        let code = phone.code(&app, 0);
        assert_eq!(browser.submit(&page, "mfa-form", &[("code", &code)]).await.status, 303);
        assert_eq!(count(&app, LISTED).await, 1, "{} a whole one", app.engine);
    }
}

#[tokio::test]
async fn a_passkey_and_a_password_alone_keep_the_account_where_that_was_asked_for() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        browser.submit(&page, "login-form", &KEPT).await;
        assert_eq!(count(&app, LISTED).await, 1, "{} by password", app.engine);
        let mut authenticator = Authenticator::new();
        add_passkey(&mut browser, &mut authenticator).await;
        for (remember, listed) in [(false, 1), (true, 2)] {
            let mut other = app.browser();
            let page = other.open("/login").await;
            let (handle, options) = begin_passkey_login(&mut other, &page).await;
            let signed = authenticator.get(&options);
            let mut fields = vec![("ceremony", handle.as_str()), ("assertion", signed.as_str())];
            fields.extend(remember.then_some(("remember", "1")));
            assert_eq!(other.submit(&page, "passkey-login", &fields).await.status, 303);
            assert_eq!(count(&app, LISTED).await, listed, "{} {remember}", app.engine);
        }
    }
}
