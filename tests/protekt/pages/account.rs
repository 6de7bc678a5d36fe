//! The person's own page.

use super::steps::{SESSION, sign_up};
use crate::support::app::{Wishes, apps, apps_with};

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

#[tokio::test]
async fn an_unverified_address_is_said_to_be_so() {
    let wishes = Wishes { email_verification: false, ..Wishes::default() };
    for app in apps_with(wishes).await {
        let mut browser = app.browser();
        let page = browser.open("/signup").await;
        sign_up(&mut browser, &page, "grace@example.com").await;
        browser.sign_in("grace@example.com").await;
        let page = browser.get("/account").await;
        assert!(page.body.contains("badge wait"), "{} {}", app.engine, page.body);
    }
}
