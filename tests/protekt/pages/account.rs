//! The person's own page.

use protekt::domain::second_factor::FactorPolicy;
use std::sync::Arc;

use super::steps::{SESSION, changed, code_in, count, enter, hidden, mail_to, sign_up};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, Wishes, apps, apps_with, authorize_url};
use crate::support::browser::Browser;
use crate::support::factors::{backup_codes, first_half, set_up_totp, way};

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
async fn where_no_mail_may_be_sent_the_account_page_is_one_click_away() {
    for app in apps_with(WITHOUT).await {
        let (browser, _) = unverified(&app).await;
        let mut browser = switched_on(&app, &browser);
        let page = browser.get("/account").await;
        let mut answer = browser.submit(&page, "verify-email", &[]).await;
        for _ in 0..30 {
            answer = browser.submit(&page, "verify-email", &[]).await;
        }
        assert_eq!(answer.status, 429, "{} {answer:?}", app.engine);
        assert!(answer.body.contains("id=\"verify-later\""), "{}", answer.body);
        assert!(answer.body.contains("<a href=\"/account\">Back to your account</a>"));
        assert!(!answer.body.contains("id=\"by-reset\""), "{}", answer.body);
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
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/login?notice=signed-out"),
            "{answer:?}"
        );
        browser.sign_in("ada@example.com").await;
        let page = browser.get("/account").await;
        let fields = [("csrf", &*hidden(&page, "csrf"))];
        let answer = browser.post("/account/verify-email", &fields).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/account"), "{answer:?}");
        assert_eq!(browser.post("/account/verify-email", &[]).await.status, 400);
        assert_eq!(app.mails().await.len(), 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn the_page_says_how_well_the_account_is_protected_and_the_one_next_thing_to_do() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut browser = app.browser();
        browser.sign_in("ada@example.com").await;
        let page = browser.get("/account").await;
        assert!(page.body.contains("Add a second step"), "{}", page.body);
        assert_eq!(
            page.body.matches("id=\"add-second-step\" href=\"/account/security\"").count(),
            1
        );
        let mut silent = changed(&app, |app| {
            let mut settings = (*app.accounts.settings).clone();
            settings.factors.policy = FactorPolicy::Off;
            app.accounts.settings = Arc::new(settings);
        });
        silent.cookies.clone_from(&browser.cookies);
        let alone = silent.get("/account").await;
        assert!(alone.body.contains("protected by a password"), "{}", alone.body);
        assert!(!alone.body.contains("add-second-step"), "{}", alone.body);
        set_up_totp(&app, &mut browser).await;
        let page = browser.get("/account").await;
        assert!(page.body.contains("well protected"), "{}", page.body);
        assert!(!page.body.contains("add-second-step"), "{}", page.body);
    }
}

#[tokio::test]
async fn who_used_a_backup_code_reads_how_many_are_left_and_where_there_are_new_ones() {
    for app in apps().await {
        app.with_ada().await;
        let mut owner = app.browser();
        owner.sign_in("ada@example.com").await;
        let (_, codes) = set_up_totp(&app, &mut owner).await;
        let mut left = codes.len();
        for code in &codes {
            app.store.run("DELETE FROM throttle_counters").await;
            let mut browser = app.browser();
            // Also on the way to a page that has no place for it.
            browser.get(["/account", "/account/data"][left % 2]).await;
            let page = first_half(&mut browser, "ada@example.com").await;
            let page = browser.get(&way(&page, "backup")).await;
            let answer = browser.submit(&page, "mfa-form", &[("code", code)]).await;
            left -= 1;
            assert_eq!(answer.header("location"), "/account?done=backup-code", "{answer:?}");
            let page = browser.follow(answer).await;
            let words = match left {
                0 => "no backup codes left".to_owned(),
                1 => "one backup code left".to_owned(),
                left => format!("{left} backup codes left"),
            };
            assert!(page.body.contains("You signed in with a backup code"), "{}", page.body);
            assert!(page.body.contains(&words), "{words} in {}", page.body);
            assert!(page.body.contains("href=\"/account/2fa/backup-codes\""), "{}", page.body);
            // Later it is told where few are left.
            for path in ["/account", "/account/security"] {
                let later = browser.get(path).await;
                assert_eq!(later.body.contains("id=\"few-codes\""), left <= 3, "{left} {path}");
            }
        }
        // On the way to an application nothing is in between.
        let page = owner.get("/account/2fa/backup-codes").await;
        let made = backup_codes(&owner.submit(&page, "renew-form", &[]).await);
        app.store.run("DELETE FROM throttle_counters").await;
        let mut browser = app.browser();
        let page = browser.open(&authorize_url(&[])).await;
        let answer = enter(&mut browser, &page, "ada@example.com", PASSWORD).await;
        let page = browser.follow(answer).await;
        let way = format!("{}&flow={}", way(&page, "backup"), hidden(&page, "flow"));
        let page = browser.get(&way).await;
        let answer = browser.submit(&page, "mfa-form", &[("code", &made[0])]).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("id=\"consent-form\""), "{}", page.body);
        assert!(!page.body.contains("few-codes"), "{}", page.body);
    }
}

const BEFORE: &str = "Sign-in before this one</dt><dd><time dir=\"auto\" \
    datetime=\"2027-01-15T08:00:00Z\">15 January 2027, 08:00 UTC";

/// The sign-in that is going on tells its person nothing; the one before might be somebody else's.
#[tokio::test]
async fn the_page_tells_of_the_sign_in_before_this_one() {
    for app in apps().await {
        app.person("ada@example.com").await;
        let mut first = app.browser();
        first.sign_in("ada@example.com").await;
        let page = first.get("/account").await;
        assert!(page.body.contains("this is your first one"), "{}", page.body);
        app.clock.advance(3_600);
        let mut second = app.browser();
        second.sign_in("ada@example.com").await;
        let page = second.get("/account").await;
        assert!(page.body.contains(BEFORE), "{}", page.body);
        // One that came later is not before the first.
        let page = first.get("/account").await;
        assert!(!page.body.contains("09:00 UTC"), "{}", page.body);
        // Proving again who one is, is no sign-in.
        app.clock.advance(3_600);
        let reauth = first.get("/login/reauth?to=password").await;
        first.submit(&reauth, "proof-form", &[("password", PASSWORD)]).await;
        let page = second.get("/account").await;
        assert!(page.body.contains(BEFORE), "{}", page.body);
        let page = second.get("/account/activity").await;
        assert!(page.body.contains("<h3>Confirmed that it was you</h3>"), "{}", page.body);
        // In an old account nobody knows any more.
        app.store.run("DELETE FROM audit_events").await;
        let page = second.get("/account").await;
        assert!(!page.body.contains("this is your first one"), "{}", page.body);
    }
}
