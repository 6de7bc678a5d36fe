//! "Not me" and factors that are lost: what a thief may hold never comes back, and who moves from one
//! factor to another is never without one for the mailbox.

use super::not_me::{assert_outcome, press, reset, undo_links};
use super::second_factor::{is_half, signed_in};
use super::steps::{are_signed_in, code_in, count, execute};
use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps};
use crate::support::authenticator::Authenticator;
use crate::support::browser::Browser;
use crate::support::factors::{AuthenticatorApp, add_passkey, age_factors, set_up_totp};

const APPS: &str = "SELECT COUNT(*) FROM second_factors WHERE kind = 'totp'";
const PHONES: &str = "SELECT COUNT(*) FROM second_factors WHERE kind = 'sms'";
const PASSKEYS: &str = "SELECT COUNT(*) FROM passkeys";
const WEEK: i64 = 7 * 24 * 60 * 60;

/// Sets up an app in the place of one that is lost.
pub(super) async fn replace_lost_app(app: &TestApp, owner: &mut Browser) -> AuthenticatorApp {
    let page = owner.open("/account/2fa/totp").await;
    let phone = AuthenticatorApp::of(&page);
    let wrong = [("code", "000000"), ("old_is_lost", "1")];
    let wrong = owner.submit(&page, "totp-form", &wrong).await;
    assert_eq!(wrong.status, 422, "{wrong:?}");
    assert!(is_checked(&wrong), "a wrong code unchecks nothing: {}", wrong.body);
    let fields = [("code", &*phone.code(app, 0)), ("old_is_lost", "1")];
    let done = owner.submit(&wrong, "totp-form", &fields).await;
    assert_eq!(done.status, 303, "{done:?}");
    app.clock.advance(30);
    phone
}

fn is_checked(page: &Answer) -> bool {
    let form = page.body.split("name=\"old_is_lost\"").nth(1).unwrap();
    form.split('>').next().unwrap().contains("checked")
}

pub(super) async fn remove(owner: &mut Browser, method: &str) {
    let page = owner.open(&format!("/account/2fa/{method}/remove")).await;
    let removed = owner.submit(&page, "remove-form", &[]).await;
    assert_eq!(removed.status, 303, "{removed:?}");
}

/// MF-05: a stolen telephone with the app and the mailbox on it opens nothing.
#[tokio::test]
async fn an_app_that_was_said_to_be_lost_never_comes_back() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let page = owner.open("/account/2fa/totp").await;
        assert!(!page.body.contains("name=\"old_is_lost\""), "there is none yet: {}", page.body);
        let (stolen, _) = set_up_totp(&app, &mut owner).await;
        age_factors(&app).await;
        app.clock.advance(60);
        let phone = replace_lost_app(&app, &mut owner).await;
        let links = undo_links(&app).await;
        let (_, refused) = press(&app, &links[1]).await;
        assert_outcome(&refused, 409, "none-left");
        assert!(!are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
        let mut thief = app.browser();
        let page = reset(&app, &mut thief).await;
        assert!(is_half(&thief), "{}", app.engine);
        let fields = [("code", &*stolen.code(&app, 0))];
        let wrong = thief.submit(&page, "mfa-form", &fields).await;
        assert_eq!(wrong.status, 422, "{wrong:?}");
        let fields = [("code", &*phone.code(&app, 0))];
        let done = thief.submit(&page, "mfa-form", &fields).await;
        assert_eq!(done.header("location"), "/account", "{done:?}");
    }
}

/// The same for a number.
#[tokio::test]
async fn a_number_that_was_said_to_be_lost_never_comes_back() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        for (number, lost) in [("+4915123456789", None), ("+4915123456780", Some("1"))] {
            let page = owner.open("/account/2fa/sms?another=1").await;
            let sent = owner.submit(&page, "begin-form", &[("phone", number)]).await;
            let page = owner.follow(sent).await;
            let code = code_in(app.texts().await.last().unwrap());
            let asks = page.body.contains("name=\"old_is_lost\"");
            assert_eq!(asks, lost.is_some(), "{}", page.body);
            let ticked = lost.map(|lost| ("old_is_lost", lost));
            let fields: Vec<_> = [("code", &*code)].into_iter().chain(ticked).collect();
            owner.submit(&page, "code-form", &fields).await;
            if lost.is_none() {
                age_factors(&app).await;
            }
            app.clock.advance(61);
        }
        let links = undo_links(&app).await;
        assert_outcome(&press(&app, &links[1]).await.1, 409, "none-left");
        assert_eq!(count(&app, PHONES).await, 1, "{}", app.engine);
    }
}

/// MF-05: what gave way and was removed since is gone, whatever is taken away later.
#[tokio::test]
async fn an_app_that_was_replaced_and_then_removed_never_comes_back() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        set_up_totp(&app, &mut owner).await;
        age_factors(&app).await;
        app.clock.advance(60);
        add_passkey(&mut owner, &mut Authenticator::new()).await;
        app.clock.advance(60);
        set_up_totp(&app, &mut owner).await;
        remove(&mut owner, "totp").await;
        let links = undo_links(&app).await;
        assert_outcome(&press(&app, &links[1]).await.1, 409, "none-left");
        assert_eq!(
            (count(&app, APPS).await, count(&app, PASSKEYS).await),
            (0, 1),
            "{}",
            app.engine
        );
    }
}

/// MF-05: who removes the old factor before they add the new one had one all the same.
#[tokio::test]
async fn a_factor_that_follows_a_removed_one_is_not_the_mailboxs_to_take() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        set_up_totp(&app, &mut owner).await;
        age_factors(&app).await;
        remove(&mut owner, "totp").await;
        app.clock.advance(60);
        set_up_totp(&app, &mut owner).await;
        let links = undo_links(&app).await;
        assert_outcome(&press(&app, &links[1]).await.1, 409, "none-left");
        assert_eq!(count(&app, APPS).await, 1, "{}", app.engine);
    }
}

/// After an operator's reset the next factor is not the mailbox's to take either; a week later one
/// that is added is the first again.
#[tokio::test]
async fn a_reset_by_the_operator_counts_as_a_removal_for_a_week() {
    for (wait, status, outcome) in [(60, 409, "none-left"), (WEEK, 200, "done")] {
        for app in apps().await {
            let mut owner = signed_in(&app).await;
            set_up_totp(&app, &mut owner).await;
            age_factors(&app).await;
            app.app.accounts.reset_factors(crate::support::protocol::ADA).await.unwrap();
            app.clock.advance(wait);
            let mut owner = app.browser();
            owner.sign_in(crate::support::protocol::ADA).await;
            set_up_totp(&app, &mut owner).await;
            let link = undo_links(&app).await.pop().unwrap();
            assert_outcome(&press(&app, &link).await.1, status, outcome);
        }
    }
}

/// EN-06: whoever set factors up at an address they never showed to be theirs keeps nobody out.
#[tokio::test]
async fn a_reset_at_an_unverified_address_removes_every_factor() {
    for app in apps().await {
        let mut stranger = signed_in(&app).await;
        set_up_totp(&app, &mut stranger).await;
        add_passkey(&mut stranger, &mut Authenticator::new()).await;
        execute(&app, "UPDATE users SET email_verified_at = NULL").await;
        app.clock.advance(61);
        let mut owner = app.browser();
        reset(&app, &mut owner).await;
        assert!(are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
        let left = (count(&app, APPS).await, count(&app, PASSKEYS).await);
        assert_eq!(left, (0, 0), "{}", app.engine);
        assert!(!are_signed_in(&app, &stranger.cookies).await, "{}", app.engine);
    }
}
