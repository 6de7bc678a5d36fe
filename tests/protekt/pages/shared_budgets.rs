//! Budgets of messages that several people draw on: one's own link, code or number is not held up by
//! what others did.

use protekt::throttle::Limit;

use super::steps::{code_in, count, link_in, mail_to, normal};
use super::strangers::{
    forgot, half, owner, reset_link, submit_from, with_settings, with_telephone,
};
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::browser::Browser;
use crate::support::protocol::ADA;

const HOUR: i64 = 3_600;
const NEW: &str = "juniper-lantern-41";

/// Strangers in many networks ask for links to a new password.
async fn ask_in_crowds(app: &TestApp, email: &str) {
    let mut stranger = app.browser();
    let page = stranger.open("/password/forgot").await;
    for n in 0..12 {
        let (ip, fields) = (format!("203.0.113.{n}"), [("email", email)]);
        submit_from(&mut stranger, &ip, (&page, "forgot-form"), &fields).await;
    }
}

async fn links_mailed(app: &TestApp) -> usize {
    let mails = app.mails().await;
    mails.iter().filter(|mail| mail.contains("/password/reset?token=")).count()
}

/// EN-06 PR-02: a change of password takes the worth from the link. The next one who asks has another
/// sent, and nobody is told that.
#[tokio::test]
async fn strangers_who_asked_for_links_do_not_keep_the_next_one_from_its_owner() {
    for app in apps().await {
        let mut owner = owner(&app).await;
        ask_in_crowds(&app, ADA).await;
        ask_in_crowds(&app, "nil@example.com").await;
        let before = links_mailed(&app).await;
        let page = owner.open("/account/password").await;
        let changed = owner.submit(&page, "password-form", &[("password", NEW)]).await;
        assert_eq!(changed.status, 303, "{changed:?}");
        app.clock.advance(1);
        let dead = app.browser().open(&reset_link(&app).await).await;
        assert_eq!(dead.status, 410, "{dead:?}");
        let mut seen = Vec::new();
        for email in [ADA, "nil@example.com"] {
            let asked = forgot(&mut app.browser(), email).await;
            assert!(asked.body.contains("Use the newest email"), "{}", asked.body);
            seen.push(normal(&asked).replace(email, "EMAIL"));
        }
        assert_eq!(seen[0], seen[1], "{}", app.engine);
        assert_eq!(links_mailed(&app).await, before + 1, "{}", app.engine);
        let mut reader = app.browser();
        let page = reader.open(&reset_link(&app).await).await;
        assert!(page.body.contains("id=\"reset-form\""), "{}", page.body);
        // As long as that one is good, no other follows.
        ask_in_crowds(&app, ADA).await;
        assert_eq!(links_mailed(&app).await, before + 1, "{}", app.engine);
        let done = reader.submit(&page, "reset-form", &[("password", "another good one 7")]).await;
        assert_eq!(done.header("location"), "/account", "{done:?}");
    }
}

/// EN-06: strangers who sign up with an address that is nobody's do not have links mailed there without
/// end.
#[tokio::test]
async fn an_address_without_an_owner_gets_no_more_links_than_any_other() {
    for app in apps().await {
        let fields = [("name", "Eve"), ("email", "nil@example.com"), ("password", PASSWORD)];
        for n in 0..12 {
            let ip = format!("203.0.113.{n}");
            let mut stranger = app.browser();
            let start = stranger.open("/signup").await;
            let forgot = stranger.open("/password/forgot").await;
            let asked = submit_from(&mut stranger, &ip, (&start, "signup-form"), &fields).await;
            assert_eq!(asked.status, 303, "{asked:?}");
            let email = [("email", "nil@example.com")];
            submit_from(&mut stranger, &ip, (&forgot, "forgot-form"), &email).await;
            // One that is sent is not withdrawn by the next.
            app.mails().await;
        }
        assert!(links_mailed(&app).await <= 6, "{} {}", links_mailed(&app).await, app.engine);
    }
}

/// EN-06: sign-ups with an address do not keep the code from whoever moves their account there.
#[tokio::test]
async fn strangers_who_sign_up_with_an_address_do_not_hold_up_a_change_to_it() {
    for app in apps().await {
        let mut owner = owner(&app).await;
        let mut stranger = app.browser();
        let page = stranger.open("/signup").await;
        let fields = [("name", "Eve"), ("email", "ada@new.example"), ("password", PASSWORD)];
        for n in 0..25 {
            let ip = format!("203.0.113.{n}");
            submit_from(&mut stranger, &ip, (&page, "signup-form"), &fields).await;
        }
        let page = owner.open("/account/email").await;
        let asked = owner.submit(&page, "email-form", &[("email", "ada@new.example")]).await;
        let page = owner.follow(asked).await;
        let code = code_in(&mail_to(&app, "ada@new.example").await);
        let done = owner.submit(&page, "code-form", &[("code", &code)]).await;
        assert_eq!(done.status, 303, "{done:?}");
        let moved = "SELECT COUNT(*) FROM users WHERE email = 'ada@new.example'
            AND email_verified_at IS NOT NULL";
        assert_eq!(count(&app, moved).await, 1, "{}", app.engine);
    }
}

/// EN-06: beyond the budget no other mail goes out, and the link of the last one stays good.
#[tokio::test]
async fn a_sign_in_that_has_no_mail_sent_leaves_the_last_link_good() {
    for app in apps().await {
        app.unverified_person("grace@example.com").await;
        let fields = [("username", "grace@example.com"), ("password", PASSWORD)];
        for n in 0..3 {
            let mut browser = with_settings(&app, |settings| {
                settings.limits.mails_by_address = Limit::new(1, HOUR);
            });
            let page = browser.open("/login").await;
            let ip = format!("203.0.113.{n}");
            let answer = submit_from(&mut browser, &ip, (&page, "login-form"), &fields).await;
            assert_eq!(answer.status, 303, "{n} {answer:?}");
            app.mails().await;
        }
        // One within the budget, the spare one of the hour, and none.
        let mails = app.mails().await;
        assert_eq!(mails.len(), 2, "{mails:?}");
        let link = link_in(&mail_to(&app, "grace@example.com").await);
        let page = app.browser().open(&link).await;
        assert!(page.body.contains("id=\"verify-confirm\""), "{}", page.body);
    }
}

/// MF-14: people of one office sign in by SMS; ten times as many as may set a telephone up.
#[tokio::test]
async fn a_network_may_ask_for_more_codes_to_confirmed_numbers_than_to_others() {
    for app in apps().await {
        with_telephone(&app, &mut owner(&app).await).await;
        app.store.run("DELETE FROM throttle_counters").await;
        let mut browser: Browser = with_settings(&app, |settings| {
            settings.limits.sms.by_network = Limit::new(1, HOUR);
            settings.limits.sms.by_number = Limit::new(100, HOUR);
            settings.limits.sms.by_account = Limit::new(100, HOUR);
        });
        for turn in 1..=11 {
            let page = half(&mut browser).await;
            assert_eq!(page.status, if turn > 10 { 429 } else { 200 }, "{turn} {page:?}");
        }
    }
}
