//! `/recover`: which links and wishes still count, how many there may be, and what is kept of them.

use std::sync::Arc;

use protekt::accounts::{AccountSettings, Accounts, RecoveryDecision, RecoverySettings, Reviewed};

use super::lost_factors::remove;
use super::not_me::{assert_outcome, press, reset, undo_links};
use super::recover::{
    DELAY, FACTORS, ada, approve, ask, is_outcome, link, request, signed_in_again,
};
use super::steps::{are_signed_in, count, execute, texts};
use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps};
use crate::support::authenticator::Authenticator;
use crate::support::browser::{Browser, parameter};
use crate::support::factors::{add_passkey, set_up_totp};
use crate::support::protocol::ADA;

const ASK: &str = "/recover/request?token=";

/// A browser with the form that a mailed link leads to.
async fn with_form(app: &TestApp) -> (Browser, Answer) {
    let mut browser = app.browser();
    ask(&mut browser, ADA).await;
    let page = browser.open(&link(app, ASK).await).await;
    assert!(page.body.contains("id=\"reason-form\""), "{}", page.body);
    (browser, page)
}

/// PR-02: a link is about the account as it was when it was mailed.
#[tokio::test]
async fn a_link_of_an_account_that_changed_since_asks_for_nothing() {
    for app in apps().await {
        let (mut owner, phone) = ada(&app).await;
        for (change, back) in [
            ("blocked_at = 1", "blocked_at = NULL"),
            ("deletion_due_at = 9000000000", "deletion_due_at = NULL"),
            (
                "email = 'ada@new.example', email_canonical = 'ada@new.example'",
                "email = 'ada@example.com', email_canonical = 'ada@example.com'",
            ),
            ("email_verified_at = NULL", "email_verified_at = 1"),
        ] {
            execute(&app, "DELETE FROM throttle_counters").await;
            let (mut browser, page) = with_form(&app).await;
            execute(&app, &format!("UPDATE users SET {change}")).await;
            let done = browser.submit(&page, "reason-form", &[("reason", "lost")]).await;
            is_outcome(&done, 410, "superseded");
            execute(&app, &format!("UPDATE users SET {back}")).await;
        }
        // A factor was given: nothing is lost.
        let (mut browser, page) = with_form(&app).await;
        owner.cookies.clear();
        signed_in_again(&app, &mut owner, &phone).await;
        let done = browser.submit(&page, "reason-form", &[("reason", "lost")]).await;
        is_outcome(&done, 410, "superseded");
        assert_eq!(app.app.accounts.list_recoveries().await.unwrap().len(), 0, "{}", app.engine);
        // Nor is anything asked for where nothing could be taken away.
        let (mut browser, page) = with_form(&app).await;
        remove(&mut owner, "totp").await;
        let done = browser.submit(&page, "reason-form", &[("reason", "lost")]).await;
        assert!(!done.body.contains("data-outcome=\"recorded\""), "{}", done.body);
        assert_eq!(app.app.accounts.list_recoveries().await.unwrap().len(), 0, "{}", app.engine);
    }
}

/// EN-04: the page that names an address is for the browser that typed it.
#[tokio::test]
async fn the_page_after_asking_is_shown_in_one_browser() {
    for app in apps().await {
        ada(&app).await;
        let mut browser = app.browser();
        let answer = ask(&mut browser, ADA).await;
        let address = answer.header("location").to_owned();
        assert!(parameter(&format!("https://x{address}"), "sent").is_some(), "{address}");
        is_outcome(&browser.get(&address).await, 200, "sent");
        let page = app.browser().get(&address).await;
        assert!(!page.body.contains(ADA), "{}", page.body);
    }
}

/// MF-14 EN-06: by address, by network and by link.
#[tokio::test]
async fn so_many_links_and_reasons_and_no_more() {
    for app in apps().await {
        ada(&app).await;
        let mut browser = app.browser();
        for _ in 0..8 {
            assert_eq!(ask(&mut browser, ADA).await.status, 303, "{}", app.engine);
        }
        let mails = app.mails().await;
        let links = mails.iter().filter(|mail| mail.contains(ASK)).count();
        assert_eq!(links, 5 + 1, "of one address, and the spare one: {}", app.engine);
        let page = browser.open(&link(&app, ASK).await).await;
        for turn in 1..=21 {
            let answer = browser.submit(&page, "reason-form", &[("reason", " ")]).await;
            assert_eq!(answer.status, if turn > 20 { 429 } else { 422 }, "{turn} {}", app.engine);
        }
        for turn in 9..=61 {
            let answer = ask(&mut browser, "none@example.com").await;
            assert_eq!(answer.status, if turn > 60 { 429 } else { 303 }, "{turn} {}", app.engine);
        }
    }
}

/// PR-04: nothing is carried out whose time ran while its owner could not object; it is decided anew.
#[tokio::test]
async fn a_block_takes_the_approval_from_a_wish() {
    for app in apps().await {
        ada(&app).await;
        request(&app, &mut app.browser()).await;
        approve(&app).await;
        let stop = link(&app, "/recover/stop?token=").await;
        let id = texts(&app, "SELECT id FROM users").await.remove(0).as_str().into();
        let accounts = &app.app.accounts;
        app.clock.advance(DELAY - 60);
        let blocked = accounts.set_blocked(&id, true).await.unwrap();
        assert!(blocked.waits_for_recovery, "{}", app.engine);
        app.clock.advance(60);
        assert_eq!(accounts.finish_due_recoveries().await.unwrap(), 0, "{}", app.engine);
        let refusal = accounts.decide_recovery(ADA, RecoveryDecision::Approve).await.unwrap_err();
        assert!(refusal.to_string().contains("is blocked"), "{refusal}");
        assert!(accounts.set_blocked(&id, false).await.unwrap().waits_for_recovery);
        app.clock.advance(DELAY);
        assert_eq!(accounts.finish_due_recoveries().await.unwrap(), 0, "{}", app.engine);
        assert_eq!(count(&app, FACTORS).await, 1, "{}", app.engine);
        assert_eq!(accounts.list_recoveries().await.unwrap().len(), 1, "{}", app.engine);
        // Approved anew, it has all of its time, and the link of the mail before is over.
        approve(&app).await;
        app.clock.advance(DELAY - 1);
        assert_eq!(accounts.finish_due_recoveries().await.unwrap(), 0, "{}", app.engine);
        is_outcome(&app.browser().open(&stop).await, 404, "not-stopped");
        app.clock.advance(1);
        assert_eq!(accounts.finish_due_recoveries().await.unwrap(), 1, "{}", app.engine);
        assert_eq!(count(&app, FACTORS).await, 0, "{}", app.engine);
    }
}

/// Where it was switched off nothing more is done, and where nobody has to wait it is done at once.
#[tokio::test]
async fn the_time_to_object_is_the_operators_and_never_skipped() {
    for app in apps().await {
        let (mut owner, _) = ada(&app).await;
        add_passkey(&mut owner, &mut Authenticator::new()).await;
        let passkeys = "SELECT COUNT(*) FROM passkeys";
        request(&app, &mut app.browser()).await;
        approve(&app).await;
        let accounts = &app.app.accounts;
        let id = texts(&app, "SELECT id FROM users").await.remove(0).as_str().into();
        assert!(!accounts.finish_recovery_of(&id).await.unwrap(), "too early: {}", app.engine);
        app.clock.advance(DELAY);
        let settings = AccountSettings { recovery: None, ..(*accounts.settings).clone() };
        let off = Accounts { settings: Arc::new(settings), ..accounts.clone() };
        assert_eq!(off.finish_due_recoveries().await.unwrap(), 0, "{}", app.engine);
        assert_eq!(count(&app, FACTORS).await, 1, "{}", app.engine);
        assert!(accounts.finish_recovery_of(&id).await.unwrap(), "{}", app.engine);
        assert!(!accounts.finish_recovery_of(&id).await.unwrap(), "once: {}", app.engine);
        assert_eq!(count(&app, FACTORS).await, 0, "{}", app.engine);
        assert_eq!(count(&app, passkeys).await, 0, "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM backup_codes").await, 0, "{}", app.engine);
    }
}

/// Where there is no time to object, no mail speaks of one.
#[tokio::test]
async fn without_a_time_to_object_nobody_is_told_of_one() {
    for app in apps().await {
        ada(&app).await;
        request(&app, &mut app.browser()).await;
        let accounts = &app.app.accounts;
        let mut settings = (*accounts.settings).clone();
        let recovery = settings.recovery.take().unwrap();
        settings.recovery = Some(RecoverySettings { delay: 0, ..recovery });
        let quick = Accounts { settings: Arc::new(settings), ..accounts.clone() };
        quick.decide_recovery(ADA, RecoveryDecision::Approve).await.unwrap();
        assert_eq!(quick.finish_due_recoveries().await.unwrap(), 1, "{}", app.engine);
        assert_eq!(count(&app, FACTORS).await, 0, "{}", app.engine);
        let of =
            |template: &str| format!("SELECT COUNT(*) FROM outbox WHERE template = '{template}'");
        assert_eq!(count(&app, &of("recovery_approved")).await, 0, "{}", app.engine);
        assert_eq!(count(&app, &of("recovery_done")).await, 1, "{}", app.engine);
    }
}

/// MF-05 PR-04: what is set up afterwards is not the mailbox's to take, and codes by mail count again.
#[tokio::test]
async fn after_a_way_back_the_next_factor_is_not_the_first() {
    for app in apps().await {
        let (mut owner, _) = ada(&app).await;
        app.clock.advance(60);
        reset(&app, &mut app.browser()).await;
        let by_mail = "SELECT COUNT(*) FROM users WHERE password_by_mail_at IS NOT NULL";
        assert_eq!(count(&app, by_mail).await, 1, "{}", app.engine);
        assert!(!are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
        request(&app, &mut app.browser()).await;
        assert!(matches!(approve(&app).await, Reviewed::Approved { .. }), "{}", app.engine);
        app.clock.advance(DELAY);
        assert_eq!(app.app.accounts.finish_due_recoveries().await.unwrap(), 1, "{}", app.engine);
        assert_eq!(count(&app, by_mail).await, 0, "{}", app.engine);
        owner.cookies.clear();
        reset(&app, &mut owner).await;
        set_up_totp(&app, &mut owner).await;
        let link = undo_links(&app).await.pop().unwrap();
        assert_outcome(&press(&app, &link).await.1, 409, "none-left");
    }
}

/// A wish is kept as long as somebody has to decide it, and a month after it ended.
#[tokio::test]
async fn the_cleaning_takes_what_is_over_and_leaves_what_waits() {
    const LEFT: &str = "SELECT COUNT(*) FROM account_recoveries";
    for app in apps().await {
        ada(&app).await;
        request(&app, &mut app.browser()).await;
        app.clock.advance(29 * 24 * 3_600);
        ask(&mut app.browser(), "none@example.com").await;
        app.clock.advance(29 * 24 * 3_600);
        protekt::jobs::purge(&app.app.provider).await.unwrap();
        assert_eq!(count(&app, LEFT).await, 2, "{}", app.engine);
        app.clock.advance(2 * 24 * 3_600);
        protekt::jobs::purge(&app.app.provider).await.unwrap();
        assert_eq!(count(&app, LEFT).await, 1, "the link that nobody used: {}", app.engine);
        approve(&app).await;
        app.clock.advance(DELAY);
        assert_eq!(app.app.accounts.finish_due_recoveries().await.unwrap(), 1, "{}", app.engine);
        for (days, left) in [(29, 1), (1, 0)] {
            app.clock.advance(days * 24 * 3_600);
            protekt::jobs::purge(&app.app.provider).await.unwrap();
            assert_eq!(count(&app, LEFT).await, left, "{days} {}", app.engine);
        }
    }
}

/// RT-09: with the factors go the tokens of applications.
#[tokio::test]
async fn a_way_back_ends_every_token() {
    for app in apps().await {
        app.with_ada().await;
        let mut owner = app.browser();
        let tokens = app.exchange(&owner.code(ADA).await).await;
        set_up_totp(&app, &mut owner).await;
        request(&app, &mut app.browser()).await;
        approve(&app).await;
        app.clock.advance(DELAY);
        let tokens = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 200, "{}", app.engine);
        assert_eq!(app.app.accounts.finish_due_recoveries().await.unwrap(), 1, "{}", app.engine);
        let refused = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(refused.error(), "invalid_grant", "{}", app.engine);
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401, "{}", app.engine);
    }
}

#[tokio::test]
async fn what_was_written_is_kept_where_its_form_was_open_too_long() {
    for app in apps().await {
        ada(&app).await;
        let (mut browser, page) = with_form(&app).await;
        let fields = [("csrf", "old"), ("reason", "Lost my phone <b>")];
        let again = browser.submit(&page, "reason-form", &fields).await;
        assert_eq!(again.status, 422, "{} {again:?}", app.engine);
        assert!(again.body.contains("id=\"form-expired\""), "{}", again.body);
        assert!(again.body.contains(">Lost my phone &#60;b&#62;</textarea>"), "{}", again.body);
        let done = browser.submit(&again, "reason-form", &[("reason", "Lost my phone")]).await;
        assert!(done.body.contains("data-outcome=\"recorded\""), "{}", done.body);
    }
}
