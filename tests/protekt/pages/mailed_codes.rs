//! Codes by mail and message: each says what it is for, and goes with the way it was sent.

use super::lost_factors::remove;
use super::second_factor::{is_half, signed_in};
use super::steps::{code_in, count, mail_to};
use super::strangers::with_telephone;
use crate::support::app::{TestApp, apps};
use crate::support::browser::Browser;
use crate::support::factors::first_half;
use crate::support::protocol::ADA;

/// What is told of a code that lets somebody in has to be false of no other.
#[tokio::test]
async fn a_mail_with_a_code_says_what_the_code_is_for() {
    for app in apps().await {
        app.person(ADA).await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        let page = owner.open("/account/2fa/email").await;
        let sent = owner.submit(&page, "begin-form", &[]).await;
        let page = owner.follow(sent).await;
        let set_up = mail_to(&app, ADA).await;
        let code = code_in(&set_up);
        let done = owner.submit(&page, "code-form", &[("code", &code)]).await;
        assert_eq!(done.status, 200, "{done:?}");
        app.clock.advance(61);
        first_half(&mut app.browser(), ADA).await;
        let sign_in = mail_to(&app, ADA).await;
        app.clock.advance(540);
        let page = owner.open("/login/reauth?to=password").await;
        let answer = owner.submit(&page, "factor-form", &[]).await;
        owner.follow(answer).await;
        let proof = mail_to(&app, ADA).await;
        let words = ["wants codes by email", "is signing in to", "show again that it"];
        for (place, mail) in [&set_up, &sign_in, &proof].into_iter().enumerate() {
            for (other, words) in words.iter().enumerate() {
                assert_eq!(mail.contains(words), place == other, "{words}: {mail}");
            }
        }
    }
}

/// Sets up another telephone, in the place of the one there is.
async fn with_another_telephone(app: &TestApp, browser: &mut Browser) {
    let page = browser.open("/account/2fa/sms?another=1").await;
    let sent = browser.submit(&page, "begin-form", &[("phone", "+4915187654321")]).await;
    let page = browser.follow(sent).await;
    let code = code_in(app.texts().await.last().unwrap());
    let done = browser.submit(&page, "code-form", &[("code", &code)]).await;
    assert!(done.status < 400, "{done:?}");
}

/// MF-01: who has the password and a telephone that is no longer the person's, and began before.
#[tokio::test]
async fn a_code_to_a_telephone_that_gave_way_or_was_removed_signs_nobody_in() {
    for app in apps().await {
        for is_removed in [false, true] {
            super::steps::execute(&app, "DELETE FROM users").await;
            let mut owner = signed_in(&app).await;
            with_telephone(&app, &mut owner).await;
            let mut thief = app.browser();
            let page = first_half(&mut thief, ADA).await;
            let code = code_in(app.texts().await.last().unwrap());
            app.clock.advance(61);
            if is_removed {
                remove(&mut owner, "sms").await;
            }
            with_another_telephone(&app, &mut owner).await;
            let fields = [("code", &*code), ("trust_device", "1")];
            let late = thief.submit(&page, "mfa-form", &fields).await;
            assert!(is_half(&thief), "{} {is_removed} {late:?}", app.engine);
            assert_eq!(late.header("location"), "/login?notice=again", "{late:?}");
            let trusted = "SELECT COUNT(*) FROM trusted_browsers";
            assert_eq!(count(&app, trusted).await, 0, "{}", app.engine);
        }
    }
}
