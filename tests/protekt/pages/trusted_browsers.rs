//! "Don't ask again in this browser": what it hangs on, and what ends it.

use super::second_factor::{is_half, signed_in};
use super::steps::{SESSION, hidden, texts};
use crate::support::app::apps;
use crate::support::factors::{first_half, set_up_totp};
use crate::support::protocol::ADA;

#[tokio::test]
async fn a_trusted_browser_is_not_asked_until_something_changes() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        assert!(page.body.contains("for 30 days"), "{}", page.body);
        let fields = [("code", phone.code(&app, 0)), ("trust_device", "1".to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(browser.submit(&page, "mfa-form", &fields).await.status, 303);
        let page = browser.open("/account").await;
        let out = browser.submit(&page, "sign-out", &[]).await;
        assert!(out.status < 400, "{out:?}");
        browser.cookies.remove(SESSION);
        browser.sign_in(ADA).await;
        assert!(!is_half(&browser), "{}", app.engine);
        // Another browser is asked.
        let mut other = app.browser();
        first_half(&mut other, ADA).await;
        assert!(is_half(&other));
        // Thirty days later it is asked again.
        let mut late = browser.clone();
        app.clock.advance(30 * 24 * 3_600);
        late.cookies.remove(SESSION);
        first_half(&mut late, ADA).await;
        assert!(is_half(&late));
    }
}

/// Whoever had the browser before, or put its cookie there, is not trusted with it; who is
/// trusted there stays so when somebody else is.
#[tokio::test]
async fn trust_hangs_on_no_cookie_that_the_browser_had_before() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        app.person("bea@example.com").await;
        let mut bea = app.browser();
        bea.sign_in("bea@example.com").await;
        let (other_phone, _) = set_up_totp(&app, &mut bea).await;
        app.clock.advance(30);
        let mut browser = app.browser();
        for (email, phone) in [(ADA, &phone), ("bea@example.com", &other_phone)] {
            let page = first_half(&mut browser, email).await;
            let before = browser.cookies.clone();
            let fields = [("code", &*phone.code(&app, 0)), ("trust_device", "1")];
            assert_eq!(browser.submit(&page, "mfa-form", &fields).await.status, 303);
            let mut earlier = app.browser();
            earlier.cookies = before;
            first_half(&mut earlier, email).await;
            assert!(is_half(&earlier), "{email} {}", app.engine);
            browser.cookies.remove(SESSION);
        }
        for email in [ADA, "bea@example.com"] {
            browser.sign_in(email).await;
            assert!(!is_half(&browser), "{email} {}", app.engine);
            browser.cookies.remove(SESSION);
        }
        // Removed from the device, an account is not trusted there any more; the other is.
        browser.sign_in(ADA).await;
        let page = browser.open("/login/accounts").await;
        let id =
            texts(&app, "SELECT id FROM users WHERE email = 'ada@example.com'").await.remove(0);
        let fields = [("csrf", &*hidden(&page, "csrf")), ("account", &*id)];
        assert_eq!(browser.post("/login/accounts/forget", &fields).await.status, 303);
        first_half(&mut browser, ADA).await;
        assert!(is_half(&browser), "{}", app.engine);
        browser.sign_in("bea@example.com").await;
        assert!(!is_half(&browser), "{}", app.engine);
    }
}

#[tokio::test]
async fn who_forgets_trusted_browsers_is_asked_everywhere() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        let code = phone.code(&app, 0);
        browser.submit(&page, "mfa-form", &[("code", &code), ("trust_device", "1")]).await;
        let overview = owner.open("/account/security").await;
        assert!(overview.body.contains("1 browser is not asked"), "{}", overview.body);
        owner.submit(&overview, "forget-browsers", &[]).await;
        browser.cookies.remove(SESSION);
        first_half(&mut browser, ADA).await;
        assert!(is_half(&browser), "{}", app.engine);
    }
}
