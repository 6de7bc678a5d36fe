//! What a browser may that the account was used in, and one that its owner disowned.

use super::second_factor::{is_half, signed_in};
use super::steps::{SESSION, are_signed_in, count, wrong};
use super::strangers::{forgot, reset_link};
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::browser::Browser;
use crate::support::factors::{AuthenticatorApp, first_half, set_up_totp, way};
use crate::support::protocol::ADA;

const NEW: &str = "juniper-lantern-41";
const TOLD: &str = "SELECT COUNT(*) FROM outbox WHERE template = 'new_sign_in'";

/// Guesses codes until no more are compared; gives how many were.
async fn guess(app: &TestApp, phone: &AuthenticatorApp) -> usize {
    let mut thief = app.browser();
    let page = first_half(&mut thief, ADA).await;
    for number in 0..10 {
        let code = wrong(&phone.code(app, 0));
        if thief.submit(&page, "mfa-form", &[("code", &code)]).await.status == 429 {
            return number;
        }
    }
    panic!("{}: never too many", app.engine)
}

/// Chooses a new password by mail, and gives the code of the app; whether that signed in.
async fn come_back(app: &TestApp, browser: &mut Browser, phone: &AuthenticatorApp) -> bool {
    forgot(browser, ADA).await;
    let page = browser.open(&reset_link(app).await).await;
    let done = browser.submit(&page, "reset-form", &[("password", NEW)]).await;
    let page = browser.follow(done).await;
    assert!(page.body.contains("id=\"mfa-form\""), "{}", page.body);
    let done = browser.submit(&page, "mfa-form", &[("code", &phone.code(app, 0))]).await;
    browser.follow(done).await;
    are_signed_in(app, &browser.cookies).await
}

/// MF-01: whoever knew the password guessed codes until none was compared any more. A new password
/// makes strangers of all browsers, and the owner gives their code all the same.
#[tokio::test]
async fn guessed_codes_do_not_shut_out_who_comes_back_with_a_new_password() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        assert_eq!(guess(&app, &phone).await, 5, "{}", app.engine);
        // Where the account never was, nobody goes on for now.
        let mut elsewhere = app.browser();
        let page = first_half(&mut elsewhere, ADA).await;
        let fields = [("code", &*phone.code(&app, 0))];
        let late = elsewhere.submit(&page, "mfa-form", &fields).await;
        assert_eq!(late.status, 429, "{} {late:?}", app.engine);
        owner.cookies.remove(SESSION);
        assert!(come_back(&app, &mut owner, &phone).await, "{}", app.engine);
        // The right one forgot the wrong ones of strangers.
        app.clock.advance(30);
        let mut elsewhere = app.browser();
        let page = elsewhere.open("/login").await;
        let fields = [("username", ADA), ("password", NEW)];
        let half = elsewhere.submit(&page, "login-form", &fields).await;
        let page = elsewhere.follow(half).await;
        let fields = [("code", &*phone.code(&app, 0))];
        let done = elsewhere.submit(&page, "mfa-form", &fields).await;
        assert_eq!(done.status, 303, "{} {done:?}", app.engine);
    }
}

/// MF-01: a browser of before has no more tries than any other.
#[tokio::test]
async fn a_browser_of_before_a_new_password_has_five_codes_too() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        app.app.accounts.set_password(ADA, &NEW.into()).await.unwrap();
        let page = owner.open("/login").await;
        let fields = [("username", ADA), ("password", NEW)];
        let half = owner.submit(&page, "login-form", &fields).await;
        let page = owner.follow(half).await;
        let code = wrong(&phone.code(&app, 0));
        for number in 0..6 {
            let answer = owner.submit(&page, "mfa-form", &[("code", &code)]).await;
            let expected = if number < 5 { 422 } else { 429 };
            assert_eq!(answer.status, expected, "{number} {}", app.engine);
        }
        assert!(is_half(&owner), "{}", app.engine);
    }
}

/// "Not me" makes a stranger of the other browser: who signs in there again is told of.
#[tokio::test]
async fn a_browser_that_was_disowned_is_new_again() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let mut thief = app.browser();
        thief.sign_in(ADA).await;
        assert_eq!(count(&app, TOLD).await, 1, "{}", app.engine);
        super::not_me::not_me(&mut owner, "/account/activity", "Signed in", "").await;
        assert!(!are_signed_in(&app, &thief.cookies).await, "{}", app.engine);
        let page = thief.open("/login").await;
        let fields = [("username", ADA), ("password", PASSWORD)];
        thief.submit(&page, "login-form", &fields).await;
        assert_eq!(count(&app, TOLD).await, 2, "{}", app.engine);
        // And known from then on, as the owner's is.
        for browser in [&mut thief, &mut owner] {
            browser.cookies.remove(SESSION);
            browser.sign_in(ADA).await;
        }
        assert_eq!(count(&app, TOLD).await, 2, "{}", app.engine);
    }
}

/// Every page that asks for a factor begins anew: the table does not fill with what nobody goes on with.
#[tokio::test]
async fn pages_that_ask_for_a_factor_leave_few_rows() {
    for app in apps().await {
        let mut early = signed_in(&app).await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        for _ in 0..60 {
            assert_eq!(early.get("/account/password").await.status, 303, "{}", app.engine);
        }
        let waiting = "SELECT COUNT(*) FROM sign_in_challenges WHERE passed_at IS NULL";
        assert_eq!(count(&app, waiting).await, 50, "{}", app.engine);
        let page = early.open("/account/password").await;
        let code = [("code", &*phone.code(&app, 0))];
        let done = early.submit(&page, "mfa-form", &code).await;
        assert_eq!(done.status, 303, "{} {done:?}", app.engine);
    }
}

/// A way that a challenge offers is not lost with those that were forgotten.
#[tokio::test]
async fn half_a_sign_in_stays_when_sessions_begin_many() {
    for app in apps().await {
        let mut early = signed_in(&app).await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        let mut half = app.browser();
        let page = first_half(&mut half, ADA).await;
        for _ in 0..60 {
            early.get("/account/password").await;
        }
        let page = half.open(&way(&page, "totp")).await;
        let done = half.submit(&page, "mfa-form", &[("code", &phone.code(&app, 0))]).await;
        half.follow(done).await;
        assert!(are_signed_in(&app, &half.cookies).await, "{}", app.engine);
    }
}
