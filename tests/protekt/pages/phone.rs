//! `/account/phone`: a number that its owner proves.

use std::sync::Arc;

use super::steps::{changed, code_in, count, wrong};
use crate::support::answer::Answer;
use crate::support::app::{TestApp, Wishes, apps, apps_with, authorize_url, claims};
use crate::support::browser::{Browser, parameter, sent_to};
use crate::support::protocol::ADA;
use protekt::oauth::clients::NewClient;

pub(super) const NUMBER: &str = "+493012345678";
pub(super) const VERIFIED: &str =
    "SELECT COUNT(*) FROM users WHERE phone_number_verified_at IS NOT NULL";

pub(super) async fn save(browser: &mut Browser, number: &str) -> Answer {
    let page = browser.get("/account/profile").await;
    let answer = browser.submit(&page, "profile-form", &[("phone_number", number)]).await;
    browser.follow(answer).await
}

/// [`ADA`], signed in, with a number that nobody verified.
async fn with_number(app: &TestApp) -> Browser {
    app.person(ADA).await;
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    save(&mut browser, NUMBER).await;
    browser
}

/// Asks for a code; gives the page that waits for it, and the code.
pub(super) async fn ask(app: &TestApp, browser: &mut Browser) -> (Answer, String) {
    let page = browser.get("/account/phone").await;
    let answer = browser.submit(&page, "send-form", &[]).await;
    let page = browser.follow(answer).await;
    let code = code_in(app.texts().await.last().unwrap());
    (page, code)
}

/// The claims of an application that may know the number.
async fn told(app: &TestApp, browser: &mut Browser) -> (serde_json::Value, serde_json::Value) {
    let asked = authorize_url(&[("scope", Some("openid phone"))]);
    let mut page = browser.open(&asked).await;
    if page.body.contains("consent-form") {
        page = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
    }
    let tokens = app.exchange(&parameter(&sent_to(&page), "code").unwrap()).await;
    let userinfo = app.userinfo(&tokens.text("access_token")).await.json();
    (claims(&tokens.text("id_token")), userinfo)
}

#[tokio::test]
async fn a_number_counts_as_verified_once_its_code_was_typed_and_no_longer_once_it_changes() {
    for app in apps().await {
        let scopes = ["openid", "phone"].map(str::to_owned).to_vec();
        let usual = crate::support::app::web_client("notes", "https://notes.example");
        app.client(NewClient { scopes: Some(scopes.join(" ").parse().unwrap()), ..usual }).await;
        let mut browser = with_number(&app).await;
        let page = browser.get("/account/profile").await;
        assert!(page.body.contains("Number not verified"), "{}", page.body);
        assert!(page.body.contains("href=\"/account/phone\""), "{}", page.body);
        for known in <[_; 2]>::from(told(&app, &mut browser).await) {
            assert_eq!(known["phone_number"], NUMBER, "{known}");
            assert_eq!(known["phone_number_verified"], false, "{known}");
        }
        let (page, code) = ask(&app, &mut browser).await;
        assert!(app.texts().await[0].starts_with(&format!("To: {NUMBER}\n")), "{}", app.engine);
        let done = browser.submit(&page, "code-form", &[("code", &format!(" {code} "))]).await;
        assert_eq!(done.header("location"), "/account/profile?done=phone", "{done:?}");
        let page = browser.follow(done).await;
        assert!(page.body.contains("Number verified"), "{}", page.body);
        assert!(!page.body.contains("href=\"/account/phone\""), "{}", page.body);
        for known in <[_; 2]>::from(told(&app, &mut browser).await) {
            assert_eq!(known["phone_number_verified"], true, "{known}");
        }
        let trail = "SELECT COUNT(*) FROM audit_events WHERE kind = 'phone_verified'";
        assert_eq!(count(&app, trail).await, 1, "{}", app.engine);
        // The same number stays verified, another one is not.
        save(&mut browser, NUMBER).await;
        assert_eq!(count(&app, VERIFIED).await, 1, "{}", app.engine);
        save(&mut browser, "+493087654321").await;
        assert_eq!(told(&app, &mut browser).await.1["phone_number_verified"], false);
    }
}

/// MF-01
#[tokio::test]
async fn a_code_is_tried_five_times_and_says_nothing_of_another_number() {
    for app in apps().await {
        let mut browser = with_number(&app).await;
        let (page, code) = ask(&app, &mut browser).await;
        for _ in 0..5 {
            let refused = browser.submit(&page, "code-form", &[("code", &wrong(&code))]).await;
            assert_eq!(refused.status, 422, "{refused:?}");
        }
        let late = browser.submit(&page, "code-form", &[("code", &code)]).await;
        assert!(late.body.contains("has expired"), "{}", late.body);
        let soon = browser.submit(&page, "send-form", &[]).await;
        assert_eq!((soon.status, soon.header("retry-after")), (429, "60"), "{soon:?}");
        assert!(soon.body.contains("In 1 minute you can have another one"), "{}", soon.body);
        app.clock.advance(61);
        // The code of one number is none of another.
        let (page, code) = ask(&app, &mut browser).await;
        save(&mut browser, "+493087654321").await;
        let other = browser.submit(&page, "code-form", &[("code", &code)]).await;
        assert_eq!(other.status, 422, "{other:?}");
        save(&mut browser, NUMBER).await;
        app.clock.advance(10 * 60);
        let old = browser.submit(&page, "code-form", &[("code", &code)]).await;
        assert_eq!(old.status, 422, "{old:?}");
        assert_eq!(count(&app, VERIFIED).await, 0, "{}", app.engine);
        // Ten tries in all within the window.
        for _ in 0..3 {
            browser.submit(&page, "code-form", &[("code", "000000")]).await;
        }
        app.clock.advance(61);
        // Then none is sent that could not be tried.
        let sent = app.texts().await.len();
        let none = browser.submit(&page, "send-form", &[]).await;
        assert_eq!(none.status, 429, "{none:?}");
        assert_eq!(app.texts().await.len(), sent, "{}", app.engine);
        let throttled = browser.submit(&page, "code-form", &[("code", &code)]).await;
        assert_eq!(throttled.status, 429, "{throttled:?}");
        assert!(!throttled.header("retry-after").is_empty(), "{throttled:?}");
    }
}

#[tokio::test]
async fn one_number_gets_so_many_codes_and_no_more() {
    for app in apps().await {
        let mut browser = with_number(&app).await;
        for _ in 0..3 {
            ask(&app, &mut browser).await;
            app.clock.advance(61);
        }
        let page = browser.get("/account/phone").await;
        let refused = browser.submit(&page, "send-form", &[]).await;
        assert_eq!(refused.status, 429, "{refused:?}");
        assert_eq!(app.texts().await.len(), 3, "{}", app.engine);
    }
}

/// The code that was sent a moment ago is on its way; after as many as there may be it still counts.
#[tokio::test]
async fn who_asks_too_often_is_told_what_there_is() {
    let wishes = Wishes { unlimited_tries: true, ..Wishes::default() };
    for app in apps_with(wishes).await {
        let mut browser = with_number(&app).await;
        let (page, _) = ask(&app, &mut browser).await;
        let soon = browser.submit(&page, "send-form", &[]).await;
        let page = browser.follow(soon).await;
        assert!(page.body.contains("We sent a code a moment ago. It can take"), "{}", page.body);
        for _ in 0..4 {
            app.clock.advance(61);
            ask(&app, &mut browser).await;
        }
        app.clock.advance(61);
        let refused = browser.submit(&page, "send-form", &[]).await;
        assert_eq!(refused.status, 429, "{refused:?}");
        assert!(refused.body.contains("code-form"), "{}: {}", app.engine, refused.body);
        assert!(refused.body.contains("The last one still works"), "{}", refused.body);
        assert_eq!(app.texts().await.len(), 5, "{}", app.engine);
        // The wait that it names is the whole of it.
        app.clock.advance(refused.header("retry-after").parse().unwrap());
        let sent = browser.submit(&page, "send-form", &[]).await;
        assert!(sent.header("location").ends_with("notice=sent"), "{sent:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_send_the_code_of_a_number_at_once_one_verifies_it() {
    let wishes = Wishes { unlimited_tries: true, ..Wishes::default() };
    for app in apps_with(wishes).await {
        let mut browser = with_number(&app).await;
        for _ in 0..20 {
            app.store.run("DELETE FROM one_time_codes").await;
            app.store.run("DELETE FROM throttle_counters").await;
            app.store.run("UPDATE users SET phone_number_verified_at = NULL").await;
            app.store.run("DELETE FROM audit_events WHERE kind = 'phone_verified'").await;
            app.clock.advance(61);
            let (page, code) = ask(&app, &mut browser).await;
            let page = Arc::new(page);
            let mut tasks = Vec::new();
            for _ in 0..8 {
                let (mut sender, page, code) = (browser.clone(), Arc::clone(&page), code.clone());
                tasks.push(tokio::spawn(async move {
                    let done = sender.submit(&page, "code-form", &[("code", &code)]).await;
                    done.header("location").ends_with("done=phone")
                }));
            }
            let mut verified = 0;
            for task in tasks {
                verified += i64::from(task.await.unwrap());
            }
            let trail = "SELECT COUNT(*) FROM audit_events WHERE kind = 'phone_verified'";
            assert_eq!((verified, count(&app, trail).await), (1, 1), "{}", app.engine);
        }
    }
}

#[tokio::test]
async fn where_no_sms_can_be_sent_nobody_is_offered_one() {
    for app in apps().await {
        let mut browser = with_number(&app).await;
        let mut silent = changed(&app, |app| {
            let mut settings = (*app.accounts.settings).clone();
            settings.factors.has_sms = false;
            app.accounts.settings = Arc::new(settings);
        });
        let page = browser.get("/account/phone").await;
        silent.cookies.clone_from(&browser.cookies);
        let profile = silent.get("/account/profile").await;
        assert!(profile.body.contains("Number not verified"), "{}", profile.body);
        assert!(!profile.body.contains("/account/phone"), "{}", profile.body);
        assert_eq!(silent.get("/account/phone").await.header("location"), "/account/profile");
        let sent = silent.submit(&page, "send-form", &[]).await;
        assert_eq!(sent.header("location"), "/account/profile", "{sent:?}");
        assert_eq!(app.texts().await.len(), 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn a_telephone_that_was_set_up_as_second_step_is_verified_where_it_is_the_same() {
    for app in apps().await {
        let mut browser = with_number(&app).await;
        for (number, verified) in [("+4915123456789", 0), (NUMBER, 1)] {
            let page = browser.open("/account/2fa/sms?another=1").await;
            let sent = browser.submit(&page, "begin-form", &[("phone", number)]).await;
            let page = browser.follow(sent).await;
            let code = code_in(app.texts().await.last().unwrap());
            let done = browser.submit(&page, "code-form", &[("code", &code)]).await;
            assert!(done.status < 400, "{done:?}");
            assert_eq!(count(&app, VERIFIED).await, verified, "{number} {}", app.engine);
            // The texts of one second come in any order.
            app.clock.advance(61);
        }
    }
}
