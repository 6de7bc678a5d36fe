//! A thief who knows the password sets up a second factor first: the mailbox decides for a week,
//! whatever the thief did in between.

use super::change_email::taken_back::{Keeps, taken_back, with_old_app};
use super::lost_factors::{remove, replace_lost_app};
use super::not_me::{ACTIVITY, ADDED, assert_outcome, not_me, press, reset, undo_links};
use super::recover::{ada, approve, is_outcome, open_ones, request};
use super::second_factor::{is_half, signed_in};
use super::steps::{are_signed_in, count};
use crate::support::app::{TestApp, apps};
use crate::support::authenticator::Authenticator;
use crate::support::browser::Browser;
use crate::support::factors::{
    add_passkey, age_factors, begin_passkey_login, first_half, set_up_totp, way,
};
use crate::support::protocol::ADA;

const FACTORS: &str =
    "SELECT (SELECT COUNT(*) FROM second_factors) + (SELECT COUNT(*) FROM passkeys)";

/// Somebody else with the password.
async fn thief(app: &TestApp) -> Browser {
    app.clock.advance(60);
    let mut thief = app.browser();
    thief.sign_in(ADA).await;
    thief
}

/// The status of a sign-in with nothing but a passkey.
async fn alone(app: &TestApp, authenticator: &mut Authenticator) -> u16 {
    let mut browser = app.browser();
    let page = browser.open("/login").await;
    let (handle, options) = begin_passkey_login(&mut browser, &page).await;
    let signed = authenticator.get(&options);
    let fields = [("ceremony", handle.as_str()), ("assertion", signed.as_str())];
    browser.submit(&page, "passkey-login", &fields).await.status
}

/// An app, taken off again, and a passkey after it.
async fn app_then_passkey(app: &TestApp, thief: &mut Browser) -> Authenticator {
    set_up_totp(app, thief).await;
    remove(thief, "totp").await;
    app.clock.advance(60);
    let mut authenticator = Authenticator::new();
    add_passkey(thief, &mut authenticator).await;
    authenticator
}

/// PR-04 MF-05: whichever link its owner opens.
#[tokio::test]
async fn a_thief_who_moves_from_an_app_to_a_passkey_loses_both() {
    for which in [0, 1] {
        for app in apps().await {
            let owner = signed_in(&app).await;
            let mut thief = thief(&app).await;
            let mut authenticator = app_then_passkey(&app, &mut thief).await;
            let links = undo_links(&app).await;
            assert_outcome(&press(&app, &links[which]).await.1, 200, "done");
            assert_eq!(count(&app, FACTORS).await, 0, "{which} {}", app.engine);
            assert!(!are_signed_in(&app, &thief.cookies).await, "{which} {}", app.engine);
            assert_eq!(alone(&app, &mut authenticator).await, 422, "{which} {}", app.engine);
            let mut reader = app.browser();
            reset(&app, &mut reader).await;
            assert!(!is_half(&reader), "{which} {}", app.engine);
            drop(owner);
        }
    }
}

/// PR-04 MF-05
#[tokio::test]
async fn a_thief_who_replaces_their_own_app_loses_it_all_the_same() {
    for app in apps().await {
        signed_in(&app).await;
        let mut thief = thief(&app).await;
        set_up_totp(&app, &mut thief).await;
        app.clock.advance(60);
        replace_lost_app(&app, &mut thief).await;
        let links = undo_links(&app).await;
        assert_outcome(&press(&app, &links[0]).await.1, 200, "done");
        assert_eq!(count(&app, FACTORS).await, 0, "{}", app.engine);
        let mut reader = app.browser();
        reset(&app, &mut reader).await;
        assert!(!is_half(&reader), "{}", app.engine);
    }
}

/// MF-05: an older factor that is the thief's as well is not asked of the owner.
#[tokio::test]
async fn of_two_factors_of_a_thief_the_owners_session_has_a_link_mailed() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let mut thief = thief(&app).await;
        set_up_totp(&app, &mut thief).await;
        app.clock.advance(60);
        add_passkey(&mut thief, &mut Authenticator::new()).await;
        let answer = not_me(&mut owner, ACTIVITY, ADDED, "Passkey or security key").await;
        assert_eq!(answer.header("location"), "/account/activity?notice=link", "{answer:?}");
        let link = undo_links(&app).await.pop().unwrap();
        assert_outcome(&press(&app, &link).await.1, 200, "done");
        assert_eq!(count(&app, FACTORS).await, 0, "{}", app.engine);
    }
}

/// PR-04: after a week what stands is its owner's, and the mailbox alone takes no last one away.
#[tokio::test]
async fn after_a_week_the_mailbox_decides_no_more() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        set_up_totp(&app, &mut owner).await;
        age_factors(&app).await;
        replace_lost_app(&app, &mut owner).await;
        let links = undo_links(&app).await;
        for link in links {
            assert_outcome(&press(&app, &link).await.1, 409, "none-left");
        }
        assert_eq!(count(&app, FACTORS).await, 1, "{}", app.engine);
    }
}

/// PR-04: an account that had no second factor is taken back with none.
#[tokio::test]
async fn an_account_taken_back_has_no_passkey_of_a_thief_who_set_up_an_app_before() {
    for app in apps().await {
        app.person(ADA).await;
        let mut thief = thief(&app).await;
        let mut authenticator = app_then_passkey(&app, &mut thief).await;
        let (mailbox, _) = taken_back(&app, &mut thief, Keeps::Older).await;
        assert!(!is_half(&mailbox), "{}", app.engine);
        assert_eq!(count(&app, FACTORS).await, 0, "{}", app.engine);
        assert_eq!(alone(&app, &mut authenticator).await, 422, "{}", app.engine);
    }
}

/// PR-04: where what stands has to stay, it does not sign in alone.
#[tokio::test]
async fn a_passkey_that_stays_when_an_account_is_taken_back_signs_nobody_in_alone() {
    for app in apps().await {
        let (mut browser, _) = with_old_app(&app).await;
        let mut authenticator = Authenticator::new();
        add_passkey(&mut browser, &mut authenticator).await;
        remove(&mut browser, "totp").await;
        assert_eq!(alone(&app, &mut authenticator).await, 303, "{}", app.engine);
        let (mailbox, _) = taken_back(&app, &mut browser, Keeps::All).await;
        assert!(is_half(&mailbox), "{}", app.engine);
        assert_eq!(alone(&app, &mut authenticator).await, 422, "{}", app.engine);
    }
}

/// MF-03: the thief whom a wish is about does not end it with what they set up.
#[tokio::test]
async fn a_factor_of_lately_ends_no_wish_and_one_of_before_does() {
    for app in apps().await {
        let (mut owner, phone) = ada(&app).await;
        let mut authenticator = Authenticator::new();
        add_passkey(&mut owner, &mut authenticator).await;
        is_outcome(&request(&app, &mut app.browser()).await, 200, "recorded");
        approve(&app).await;
        assert_eq!(alone(&app, &mut authenticator).await, 303, "{}", app.engine);
        assert_eq!(open_ones(&app).await, 1, "{}", app.engine);
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        let page = browser.get(&way(&page, "totp")).await;
        let code = phone.code(&app, 30);
        let done = browser.submit(&page, "mfa-form", &[("code", &code)]).await;
        assert_eq!(done.header("location"), "/account", "{done:?}");
        assert_eq!(open_ones(&app).await, 0, "{}", app.engine);
    }
}

/// MF-05: what an operator took away comes back with no address either.
#[tokio::test]
async fn an_app_that_an_operator_removed_does_not_come_back_with_an_old_address() {
    for app in apps().await {
        let (mut browser, _) = with_old_app(&app).await;
        set_up_totp(&app, &mut browser).await;
        app.app.accounts.reset_factors(ADA).await.unwrap();
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let (mailbox, _) = taken_back(&app, &mut browser, Keeps::Older).await;
        assert!(!is_half(&mailbox), "{}", app.engine);
        assert_eq!(count(&app, FACTORS).await, 0, "{}", app.engine);
    }
}
