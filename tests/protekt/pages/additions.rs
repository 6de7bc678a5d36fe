//! Which additions "Not me" takes away, which it leaves, and what comes back.

use super::lost_factors::remove;
use super::not_me::{
    ACTIVITY, ADDED, assert_outcome, not_me, press, reset, undo_links, with_thief,
};
use super::second_factor::{is_half, signed_in};
use super::steps::{are_signed_in, count, hidden, texts};
use super::strangers::{with_mailed_codes, with_telephone};
use crate::support::app::{TestApp, apps};
use crate::support::authenticator::Authenticator;
use crate::support::browser::Browser;
use crate::support::factors::{add_passkey, age_factors, set_up_totp};
use crate::support::protocol::ADA;

const BEA: &str = "bea@example.com";
const APPS: &str = "SELECT COUNT(*) FROM second_factors WHERE kind = 'totp'";
const PASSKEYS: &str = "SELECT COUNT(*) FROM passkeys";
const PASSKEY: &str = "Passkey or security key";

async fn renew_codes(browser: &mut Browser) {
    let page = browser.open("/account/2fa/backup-codes").await;
    let made = browser.submit(&page, "renew-form", &[]).await;
    assert_eq!(crate::support::factors::backup_codes(&made).len(), 10, "{made:?}");
}

/// Somebody else, signed in, with an app.
async fn bea(app: &TestApp) -> Browser {
    app.person(BEA).await;
    let mut bea = app.browser();
    bea.sign_in(BEA).await;
    set_up_totp(app, &mut bea).await;
    bea
}

/// The link of codes on paper that gave way to others takes those others away, and nobody else's that
/// were made in that second.
#[tokio::test]
async fn codes_that_were_made_anew_since_go_with_those_that_gave_way() {
    for app in apps().await {
        let mut bea = bea(&app).await;
        let mut owner = signed_in(&app).await;
        set_up_totp(&app, &mut owner).await;
        age_factors(&app).await;
        renew_codes(&mut owner).await;
        renew_codes(&mut bea).await;
        app.clock.advance(60);
        renew_codes(&mut owner).await;
        let links = undo_links(&app).await;
        assert_eq!(links.len(), 3, "{links:?}");
        assert_outcome(&press(&app, &links[1]).await.1, 200, "done");
        assert_outcome(&app.browser().open(&links[2]).await, 410, "gone");
        let codes = "SELECT COUNT(*) FROM backup_codes";
        assert_eq!((count(&app, APPS).await, count(&app, codes).await), (2, 10), "{}", app.engine);
    }
}

/// MF-05: a passkey that is the only factor is the mailbox's to take, whatever others have.
#[tokio::test]
async fn an_only_passkey_is_taken_away_by_a_link() {
    for app in apps().await {
        bea(&app).await;
        let mut owner = signed_in(&app).await;
        app.clock.advance(60);
        let mut thief = app.browser();
        thief.sign_in(ADA).await;
        add_passkey(&mut thief, &mut Authenticator::new()).await;
        let answer = not_me(&mut owner, ACTIVITY, ADDED, PASSKEY).await;
        assert_eq!(answer.header("location"), "/account/activity?notice=link", "{answer:?}");
        let links = undo_links(&app).await;
        assert_outcome(&press(&app, &links[1]).await.1, 200, "done");
        assert_eq!(count(&app, PASSKEYS).await, 0, "{}", app.engine);
    }
}

/// MF-05: an older passkey is an older factor.
#[tokio::test]
async fn with_an_older_passkey_not_me_asks_for_it_first() {
    for app in apps().await {
        let mut old = signed_in(&app).await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        add_passkey(&mut owner, &mut Authenticator::new()).await;
        age_factors(&app).await;
        app.clock.advance(60);
        set_up_totp(&app, &mut owner).await;
        let answer = not_me(&mut old, ACTIVITY, ADDED, "Authenticator app").await;
        assert!(answer.header("location").starts_with("/login/mfa"), "{answer:?}");
        assert_eq!(undo_links(&app).await.len(), 2, "no other link: {}", app.engine);
        assert!(are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
    }
}

/// What somebody replaced of their own goes with what they added.
#[tokio::test]
async fn an_app_of_a_thief_does_not_come_back_for_another_of_theirs() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        add_passkey(&mut owner, &mut Authenticator::new()).await;
        age_factors(&app).await;
        for _ in 0..2 {
            app.clock.advance(60);
            set_up_totp(&app, &mut owner).await;
        }
        let links = undo_links(&app).await;
        // The first of the two gave way already: the one that took its place goes.
        assert_outcome(&press(&app, &links[1]).await.1, 200, "done");
        let left = (count(&app, APPS).await, count(&app, PASSKEYS).await);
        assert_eq!(left, (0, 1), "{}", app.engine);
    }
}

/// What gave way before is no part of an addition of later, also after an operator's reset.
#[tokio::test]
async fn an_app_that_gave_way_long_before_does_not_come_back() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        for _ in 0..2 {
            set_up_totp(&app, &mut owner).await;
            app.clock.advance(60);
        }
        age_factors(&app).await;
        app.app.accounts.reset_factors(ADA).await.unwrap();
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        add_passkey(&mut owner, &mut Authenticator::new()).await;
        let link = undo_links(&app).await.pop().unwrap();
        assert_outcome(&press(&app, &link).await.1, 409, "none-left");
        let left = (count(&app, APPS).await, count(&app, PASSKEYS).await);
        assert_eq!(left, (0, 1), "{}", app.engine);
    }
}

/// Who removes one kind has not lost what gave way of another.
#[tokio::test]
async fn a_removed_number_keeps_no_app_from_coming_back() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        with_telephone(&app, &mut owner).await;
        let (own, _) = set_up_totp(&app, &mut owner).await;
        age_factors(&app).await;
        app.clock.advance(60);
        set_up_totp(&app, &mut owner).await;
        remove(&mut owner, "sms").await;
        let links = undo_links(&app).await;
        assert_outcome(&press(&app, &links[2]).await.1, 200, "done");
        let mut reader = app.browser();
        let page = reset(&app, &mut reader).await;
        assert!(is_half(&reader), "{}", app.engine);
        let done = reader.submit(&page, "mfa-form", &[("code", &own.code(&app, 0))]).await;
        assert_eq!(done.header("location"), "/account", "{done:?}");
    }
}

/// PR-04 MF-05: codes by mail are no factor that would be left, since all that follows is a reset by
/// mail; nor are codes on paper alone.
#[tokio::test]
async fn codes_by_mail_do_not_let_the_mailbox_take_what_came_after_them() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        with_mailed_codes(&app, &mut owner).await;
        age_factors(&app).await;
        set_up_totp(&app, &mut owner).await;
        let links = undo_links(&app).await;
        assert_outcome(&press(&app, &links[1]).await.1, 409, "none-left");
        assert_eq!(count(&app, APPS).await, 1, "{}", app.engine);
        assert!(!are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
    }
}

/// What others removed lately makes no first factor a second one.
#[tokio::test]
async fn a_factor_that_somebody_else_removed_does_not_count() {
    for app in apps().await {
        remove(&mut bea(&app).await, "totp").await;
        let mut owner = signed_in(&app).await;
        set_up_totp(&app, &mut owner).await;
        let links = undo_links(&app).await;
        assert_outcome(&press(&app, &links[0]).await.1, 200, "done");
    }
}

/// A blocked account is nobody's to change.
#[tokio::test]
async fn a_link_of_a_blocked_account_takes_nothing_away() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        set_up_totp(&app, &mut owner).await;
        let links = undo_links(&app).await;
        let mut reader = app.browser();
        let page = reader.open(&links[0]).await;
        app.store.run("UPDATE users SET blocked_at = 1").await;
        assert_outcome(&reader.submit(&page, "undo-form", &[]).await, 404, "unknown");
        assert_outcome(&app.browser().open(&links[0]).await, 404, "unknown");
        assert_eq!(count(&app, APPS).await, 1, "{}", app.engine);
    }
}

/// MF-14: a session floods no mailbox with links; it still signs everybody else out.
#[tokio::test]
async fn not_me_again_and_again_sends_five_links_an_hour() {
    for app in apps().await {
        let (mut owner, ..) = with_thief(&app).await;
        let event = "SELECT id FROM audit_events WHERE kind = 'second_factor_added'";
        let event = texts(&app, event).await.remove(0);
        for turn in 1..=7 {
            let csrf = hidden(&owner.open(ACTIVITY).await, "csrf");
            let fields = [("csrf", &*csrf), ("event", &*event)];
            let answer = owner.post("/account/activity/not-me", &fields).await;
            let notice = if turn > 5 { "links" } else { "link" };
            let place = format!("/account/activity?notice={notice}");
            assert_eq!(answer.header("location"), place, "{turn} {}", app.engine);
            assert!(are_signed_in(&app, &owner.cookies).await, "{turn} {}", app.engine);
        }
        let page = owner.open("/account/activity?notice=links").await;
        assert!(page.body.contains("id=\"links-sent-before\""), "{}", page.body);
        assert!(!page.body.contains("id=\"link-sent\""), "{}", page.body);
        let links = undo_links(&app).await;
        assert_eq!(links.len(), 1 + 5, "{}", app.engine);
        // As the page says, each of them still works.
        assert_outcome(&press(&app, &links[0]).await.1, 200, "done");
    }
}

/// RT-09: the link ends the tokens of applications, too.
#[tokio::test]
async fn a_link_that_takes_a_factor_away_ends_every_token() {
    for app in apps().await {
        app.with_ada().await;
        let mut owner = app.browser();
        let tokens = app.exchange(&owner.code(ADA).await).await;
        set_up_totp(&app, &mut owner).await;
        let tokens = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 200, "{}", app.engine);
        let links = undo_links(&app).await;
        assert_outcome(&press(&app, &links[0]).await.1, 200, "done");
        let told = "SELECT COUNT(*) FROM audit_events WHERE kind = 'second_factor_removed'";
        assert_eq!(count(&app, told).await, 1, "{}", app.engine);
        let refused = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(refused.error(), "invalid_grant", "{}", app.engine);
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401, "{}", app.engine);
    }
}
