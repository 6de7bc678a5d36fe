//! The person's own page.

use protekt::domain::second_factor::FactorPolicy;
use std::sync::Arc;

use super::steps::{SESSION, changed, code_in, count, hidden, mail_to, sign_up};
use crate::support::answer::Answer;
use crate::support::app::{TestApp, Wishes, apps, apps_with};
use crate::support::browser::Browser;

#[tokio::test]
async fn who_is_not_signed_in_is_led_to_the_sign_in_page() {
    for app in apps().await {
        let mut browser = app.browser();
        for cookie in [None, Some("garbage"), Some("AAAAAAAAAAAAAAAAAAAAAA"), Some("\"><b>")] {
            if let Some(cookie) = cookie {
                browser.cookies.insert(SESSION.to_owned(), cookie.to_owned());
            }
            let answer = browser.get("/account").await;
            assert_eq!((answer.status, answer.header("location")), (303, "/login"), "{cookie:?}");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
        assert_eq!(browser.get("/").await.header("location"), "/account");
    }
}

#[tokio::test]
async fn the_page_shows_the_person_and_nobody_else() {
    for app in apps().await {
        app.person("ada@example.com").await;
        app.person("grace@example.com").await;
        let mut browser = app.browser();
        browser.sign_in("ada@example.com").await;
        let page = browser.get("/account").await;
        assert!(page.body.contains("Ada Okafor") && page.body.contains("ada@example.com"));
        assert!(!page.body.contains("grace@example.com"), "{}", page.body);
    }
}

const WITHOUT: Wishes = Wishes {
    refresh_overlap: 10,
    email_verification: false,
    unlimited_tries: false,
    factor_policy: FactorPolicy::Optional,
};
const VERIFIED: &str = "SELECT COUNT(*) FROM users WHERE email_verified_at IS NOT NULL";

/// Somebody who signed up and in where nothing is verified; the page is their own.
async fn unverified(app: &TestApp) -> (Browser, Answer) {
    let mut browser = app.browser();
    let page = browser.open("/signup").await;
    assert!(!page.body.contains("send a code"), "{} {}", app.engine, page.body);
    sign_up(&mut browser, &page, "grace@example.com").await;
    browser.sign_in("grace@example.com").await;
    let page = browser.get("/account").await;
    assert_eq!(page.status, 200, "{page:?}");
    (browser, page)
}

/// The same browser, after the operator switched verification on.
fn switched_on(app: &TestApp, browser: &Browser) -> Browser {
    let mut other = changed(app, |app| {
        let mut settings = (*app.accounts.settings).clone();
        settings.email_verification_is_required = true;
        app.accounts.settings = Arc::new(settings);
    });
    other.cookies.clone_from(&browser.cookies);
    other
}

#[tokio::test]
async fn without_verification_an_address_is_marked_and_nothing_is_asked() {
    for app in apps_with(WITHOUT).await {
        let (mut browser, page) = unverified(&app).await;
        assert!(page.body.contains("Not verified"), "{} {}", app.engine, page.body);
        for asking in ["status warn", "badge wait", "Verify your", "id=\"verify-email\""] {
            assert!(!page.body.contains(asking), "{asking}: {}", page.body);
        }
        let fields = [("csrf", &*hidden(&page, "csrf"))];
        let answer = browser.post("/account/verify-email", &fields).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/account"));
        assert_eq!(app.mails().await.len(), 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn where_verification_was_switched_on_later_the_account_page_leads_to_it() {
    for app in apps_with(WITHOUT).await {
        let (browser, _) = unverified(&app).await;
        let mut browser = switched_on(&app, &browser);
        let page = browser.get("/account").await;
        assert!(page.body.contains("status warn"), "{} {}", app.engine, page.body);
        let answer = browser.submit(&page, "verify-email", &[]).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("id=\"verify-form\""), "{} {page:?}", app.engine);
        let code = code_in(&mail_to(&app, "grace@example.com").await);
        let answer = browser.submit(&page, "verify-form", &[("code", &code)]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/account"), "{answer:?}");
        let page = browser.get("/account").await;
        assert!(page.body.contains("badge on"), "{} {}", app.engine, page.body);
        assert_eq!(count(&app, VERIFIED).await, 1, "{}", app.engine);
    }
}

#[tokio::test]
async fn a_verification_is_begun_only_for_who_is_signed_in_and_needs_one() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        let login = browser.get("/login").await;
        let fields = [("csrf", &*hidden(&login, "csrf"))];
        let answer = browser.post("/account/verify-email", &fields).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/login"), "{answer:?}");
        browser.sign_in("ada@example.com").await;
        let page = browser.get("/account").await;
        let fields = [("csrf", &*hidden(&page, "csrf"))];
        let answer = browser.post("/account/verify-email", &fields).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/account"), "{answer:?}");
        assert_eq!(browser.post("/account/verify-email", &[]).await.status, 400);
        assert_eq!(app.mails().await.len(), 0, "{}", app.engine);
    }
}
