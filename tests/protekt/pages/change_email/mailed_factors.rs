//! What becomes of second factors by mail, and of links about factors, when the address changes.

use super::super::steps::{SESSION, code_in, count, mail_to, wrong};
use super::{NEW, asked, finish, link_to};
use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps};
use crate::support::browser::Browser;
use crate::support::factors::{first_half, set_up_totp};
use crate::support::protocol::ADA;

/// Sets up codes by mail as a second factor for who is signed in.
async fn set_up_mailed_codes(app: &TestApp, browser: &mut Browser) {
    let page = browser.open("/account/2fa/email").await;
    let sent = browser.submit(&page, "begin-form", &[]).await;
    let page = browser.follow(sent).await;
    let code = code_in(&mail_to(app, ADA).await);
    let done = browser.submit(&page, "code-form", &[("code", &code)]).await;
    assert!(done.body.contains("id=\"codes\""), "{}", done.body);
    app.clock.advance(61);
}

/// Half signs in, and gives the page that waits for a mailed code.
async fn to_mailed_code(browser: &mut Browser, email: &str) -> Answer {
    let page = first_half(browser, email).await;
    assert!(page.body.contains("id=\"mfa-form\""), "{}", page.body);
    page
}

/// A code by mail goes on with the new address, whose code was just typed, and with nothing
/// less.
#[tokio::test]
async fn a_mailed_factor_follows_to_the_address_whose_code_was_typed_and_to_no_other() {
    for app in apps().await {
        app.person(ADA).await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        set_up_mailed_codes(&app, &mut owner).await;
        let page = owner.get("/account/email").await;
        let asked = owner.submit(&page, "email-form", &[("email", NEW)]).await;
        let page = owner.follow(asked).await;
        let change_code = code_in(&mail_to(&app, NEW).await);
        // Asked for is not confirmed: codes go where they went.
        let mut other = app.browser();
        let half = to_mailed_code(&mut other, ADA).await;
        let old_code = code_in(&mail_to(&app, ADA).await);
        assert_eq!(finish(&mut owner, &page, &wrong(&change_code)).await.status, 422);
        app.clock.advance(61);
        let mut third = app.browser();
        to_mailed_code(&mut third, ADA).await;
        let to_new = "SELECT COUNT(*) FROM outbox WHERE recipient = 'ada@new.example'
            AND template <> 'change_email_code'";
        assert_eq!(count(&app, to_new).await, 0, "{}", app.engine);

        assert_eq!(finish(&mut owner, &page, &change_code).await.status, 303);
        // What was mailed to the old address opens nothing any more.
        let over = other.submit(&half, "mfa-form", &[("code", &old_code)]).await;
        assert!(over.header("location").starts_with("/login"), "{over:?}");
        assert!(!other.cookies.contains_key(SESSION), "{}", app.engine);
        app.clock.advance(61);
        let before = app.mails().await.iter().filter(|mail| mail.contains(ADA)).count();
        let mut other = app.browser();
        let half = to_mailed_code(&mut other, NEW).await;
        let code = code_in(&mail_to(&app, NEW).await);
        let after = app.mails().await.iter().filter(|mail| mail.contains(ADA)).count();
        assert_eq!(after, before, "nothing goes to the old address: {}", app.engine);
        let done = other.submit(&half, "mfa-form", &[("code", &code)]).await;
        assert_eq!((done.status, done.header("location")), (303, "/account"), "{done:?}");
    }
}

/// A code for the old address does not set up the new one.
#[tokio::test]
async fn a_mailed_factor_that_was_begun_with_the_old_address_is_forgotten() {
    for app in apps().await {
        app.person(ADA).await;
        let (mut browser, page) = asked(&app, NEW).await;
        let change_code = code_in(&mail_to(&app, NEW).await);
        let begin = browser.open("/account/2fa/email").await;
        let sent = browser.submit(&begin, "begin-form", &[]).await;
        let confirm = browser.follow(sent).await;
        let old_code = code_in(&mail_to(&app, ADA).await);
        assert_eq!(finish(&mut browser, &page, &change_code).await.status, 303);
        let refused = browser.submit(&confirm, "code-form", &[("code", &old_code)]).await;
        assert!(!refused.body.contains("id=\"codes\""), "{refused:?}");
        let factors = "SELECT COUNT(*) FROM second_factors";
        assert_eq!(count(&app, factors).await, 0, "{}", app.engine);
    }
}

/// Whoever has the old mailbox takes no factor away by an older mail.
#[tokio::test]
async fn a_link_to_take_a_factor_away_ends_with_the_address_it_was_sent_to() {
    for app in apps().await {
        app.person(ADA).await;
        let (mut browser, page) = asked(&app, NEW).await;
        let change_code = code_in(&mail_to(&app, NEW).await);
        set_up_totp(&app, &mut browser).await;
        let link = link_to(&app, ADA, "/account/security/undo?token=").await;
        assert_eq!(app.browser().open(&link).await.status, 200, "{}", app.engine);
        assert_eq!(finish(&mut browser, &page, &change_code).await.status, 303);
        assert_eq!(app.browser().open(&link).await.status, 404, "{}", app.engine);
    }
}
