//! What a browser may that the account was used in, and one that its owner disowned.

use protekt::accounts::SignIn;

use super::renew_password::{asked, choose, require};
use super::second_factor::signed_in;
use super::steps::{SESSION, are_signed_in, count, hidden, wrong};
use super::strangers::{forgot, reset_link};
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::browser::Browser;
use crate::support::factors::{AuthenticatorApp, first_half, set_up_totp, way};
use crate::support::people::from;
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

/// MF-01: whoever knows the password guesses codes until none is compared any more, and goes on for as
/// long as they like. Who chooses a new password by mail gives their code all the same, wherever they are.
#[tokio::test]
async fn guessed_codes_do_not_shut_out_who_comes_back_with_a_new_password() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        for _ in 0..10 {
            assert!(guess(&app, &phone).await <= 5, "{}", app.engine);
        }
        // What was refused for the quarter of an hour adds nothing to the day.
        app.clock.advance(900);
        assert_eq!(guess(&app, &phone).await, 5, "{}", app.engine);
        let mut elsewhere = app.browser();
        let page = first_half(&mut elsewhere, ADA).await;
        let fields = [("code", &*phone.code(&app, 0))];
        let late = elsewhere.submit(&page, "mfa-form", &fields).await;
        assert_eq!(late.status, 429, "{} {late:?}", app.engine);
        assert!(come_back(&app, &mut app.browser(), &phone).await, "{}", app.engine);
    }
}

/// MF-01: over every new password there are a hundred in a day.
#[tokio::test]
async fn new_passwords_do_not_make_guesses_without_end() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        let mut compared = 0;
        for _ in 0..30 {
            compared += guess(&app, &phone).await;
            app.clock.advance(900);
            app.app.accounts.set_password(ADA, &PASSWORD.into()).await.unwrap();
        }
        assert_eq!(compared, 100, "{}", app.engine);
    }
}

/// BF-01 MF-01: who ends everything else goes on where they are, with tries of their own.
#[tokio::test]
async fn who_signs_out_everywhere_else_is_known_where_they_did() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        let page = owner.get("/account/sessions").await;
        let fields = [("csrf", &*hidden(&page, "csrf"))];
        let done = owner.post("/account/sessions/end-others", &fields).await;
        assert_eq!(done.status, 303, "{done:?}");
        let page = owner.get("/account/password").await;
        let done = owner.submit(&page, "password-form", &[("password", NEW)]).await;
        assert_eq!(done.header("location"), "/account?done=password", "{done:?}");
        owner.cookies.remove(SESSION);
        let mut thief = app.browser();
        for _ in 0..12 {
            let page = thief.open("/login").await;
            let fields = [("username", ADA), ("password", "wrong")];
            thief.submit(&page, "login-form", &fields).await;
        }
        let page = owner.open("/login").await;
        let fields = [("username", ADA), ("password", NEW)];
        let half = owner.submit(&page, "login-form", &fields).await;
        let page = owner.follow(half).await;
        let fields = [("code", &*phone.code(&app, 0))];
        let done = owner.submit(&page, "mfa-form", &fields).await;
        owner.follow(done).await;
        assert!(are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
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
        assert_eq!(count(&app, waiting).await, 21, "{}", app.engine);
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

/// Somebody who knows the password begins 105 sign-ins elsewhere.
async fn begin_too_many(app: &TestApp) {
    for _ in 0..105 {
        app.clock.advance(1);
        let form = SignIn {
            tells_unclaimed: false,
            login: ADA.to_owned(),
            password: PASSWORD.into(),
            remember: false,
            browser_digest: None,
            trust_digest: None,
        };
        app.app.accounts.sign_in(form, &from("198.51.100.9")).await.unwrap();
    }
}

/// Nor with what somebody begins who knows the password and has no factor; the ones begun last stay.
#[tokio::test]
async fn an_account_waits_for_a_hundred_second_factors_at_most() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        owner.cookies.remove(SESSION);
        let at_home = first_half(&mut owner, ADA).await;
        begin_too_many(&app).await;
        let mut last = app.browser();
        let page = first_half(&mut last, ADA).await;
        let waiting = "SELECT COUNT(*) FROM sign_in_challenges WHERE passed_at IS NULL";
        assert_eq!(count(&app, waiting).await, 101, "{}", app.engine);
        let done = last.submit(&page, "mfa-form", &[("code", &phone.code(&app, 0))]).await;
        assert_eq!(done.header("location"), "/account", "{} {done:?}", app.engine);
        // Nobody is thrown out who is where they were before.
        app.clock.advance(30);
        let done = owner.submit(&at_home, "mfa-form", &[("code", &phone.code(&app, 0))]).await;
        assert_eq!(done.header("location"), "/account", "{} {done:?}", app.engine);
    }
}

/// Nor for more passwords in place of one that has to go.
#[tokio::test]
async fn an_account_waits_for_a_hundred_new_passwords_at_most() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        owner.cookies.remove(SESSION);
        require(&app, ADA).await;
        let at_home = asked(&mut owner, "/login").await;
        begin_too_many(&app).await;
        let last = asked(&mut app.browser(), "/login").await;
        assert!(last.body.contains("id=\"renewal-form\""), "{}", last.body);
        let waiting = "SELECT COUNT(*) FROM password_renewals WHERE used_at IS NULL";
        assert_eq!(count(&app, waiting).await, 101, "{}", app.engine);
        let done = choose(&mut owner, &at_home, "another good one 7").await;
        assert_eq!(done.header("location"), "/account?done=password", "{} {done:?}", app.engine);
    }
}
