//! What happens in one account, seen from another that is in the midst of everything itself.

use std::collections::BTreeMap;

use protekt::accounts::RecoveryDecision;

use super::lost_factors::{remove, replace_lost_app};
use super::not_me::{ACTIVITY, ADDED, NEW_PASSWORD, not_me, press, reset, undo_links};
use super::recover::{approve, ask, link, request};
use super::renew_password::require;
use super::second_factor::is_half;
use super::steps::{are_signed_in, code_in, every_row, execute, hidden, mail_to, texts};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::authenticator::Authenticator;
use crate::support::browser::Browser;
use crate::support::factors::{AuthenticatorApp, add_passkey, first_half, set_up_totp, way};
use crate::support::protocol::ADA;

const BEA: &str = "bea@example.com";

async fn signed_in(app: &TestApp, email: &str) -> Browser {
    app.person(email).await;
    let mut browser = app.browser();
    browser.sign_in(email).await;
    browser
}

async fn forgot(app: &TestApp, email: &str) -> Answer {
    let mut browser = app.browser();
    let page = browser.open("/password/forgot").await;
    let sent = browser.submit(&page, "forgot-form", &[("email", email)]).await;
    browser.follow(sent).await
}

async fn half(app: &TestApp, email: &str) -> (Browser, Answer) {
    let mut browser = app.browser();
    let page = first_half(&mut browser, email).await;
    assert!(is_half(&browser), "{page:?}");
    (browser, page)
}

async fn set_up_codes_by_mail(app: &TestApp, browser: &mut Browser, email: &str) {
    let page = browser.open("/account/2fa/email").await;
    let sent = browser.submit(&page, "begin-form", &[]).await;
    let page = browser.follow(sent).await;
    let code = code_in(&mail_to(app, email).await);
    let done = browser.submit(&page, "code-form", &[("code", &code)]).await;
    assert_eq!(done.status, 303, "{done:?}");
    app.clock.advance(61);
}

/// Bea, with something of every kind that is there for a while.
async fn with_everything(app: &TestApp) -> Browser {
    let mut bea = signed_in(app, BEA).await;
    set_up_totp(app, &mut bea).await;
    app.clock.advance(60);
    let (phone, _) = set_up_totp(app, &mut bea).await;
    add_passkey(&mut bea, &mut Authenticator::new()).await;
    trust(app, BEA, &phone).await;
    let page = bea.open("/account/email").await;
    let sent = bea.submit(&page, "email-form", &[("email", "bea@new.example")]).await;
    assert_eq!(sent.status, 303, "{sent:?}");
    forgot(app, BEA).await;
    half(app, BEA).await;
    // A sign-in that waits for another password, and a passkey that is being made.
    require(app, BEA).await;
    app.clock.advance(30);
    let (mut waiting, page) = half(app, BEA).await;
    let page = waiting.get(&way(&page, "totp")).await;
    let done = waiting.submit(&page, "mfa-form", &[("code", &phone.code(app, 0))]).await;
    assert!(done.header("location").starts_with("/login/password-expired?"), "{done:?}");
    bea.open("/account/passkeys/new").await;
    let mut stranger = app.browser();
    for turn in 0..2 {
        ask(&mut stranger, BEA).await;
        let link = link(app, "/recover/request?token=").await;
        let page = stranger.open(&link).await;
        if turn == 0 {
            let done = stranger.submit(&page, "reason-form", &[("reason", "lost")]).await;
            assert_eq!(done.status, 200, "{done:?}");
        }
    }
    bea
}

async fn trust(app: &TestApp, email: &str, phone: &AuthenticatorApp) {
    app.clock.advance(30);
    let (mut browser, page) = half(app, email).await;
    let page = browser.get(&way(&page, "totp")).await;
    let fields = [("code", &*phone.code(app, 0)), ("trust_device", "1")];
    let done = browser.submit(&page, "mfa-form", &fields).await;
    assert_eq!(done.status, 303, "{done:?}");
}

/// The rows that name a person, by table. Mails wait for nobody here, and the trail is sealed.
async fn rows_of(app: &TestApp, id: &str) -> BTreeMap<String, Vec<String>> {
    app.mails().await;
    let mut all = every_row(app).await;
    all.remove("audit_events");
    for rows in all.values_mut() {
        rows.retain(|row| row.contains(id));
    }
    all.retain(|_, rows| !rows.is_empty());
    all
}

/// Everything that Ada and an operator do about her password, her address and her factors.
async fn live(app: &TestApp) {
    let mut ada = signed_in(app, ADA).await;
    set_up_totp(app, &mut ada).await;
    app.clock.advance(60);
    let phone = replace_lost_app(app, &mut ada).await;
    add_passkey(&mut ada, &mut Authenticator::new()).await;
    trust(app, ADA, &phone).await;
    let done = not_me(&mut ada, ACTIVITY, ADDED, "Passkey or security key").await;
    assert_eq!(done.header("location"), NEW_PASSWORD, "{done:?}");
    set_up_codes_by_mail(app, &mut ada, ADA).await;
    remove(&mut ada, "totp").await;
    half(app, ADA).await;
    let page = ada.open("/account/email").await;
    let sent = ada.submit(&page, "email-form", &[("email", "ada@new.example")]).await;
    let page = ada.follow(sent).await;
    let code = code_in(&mail_to(app, "ada@new.example").await);
    let done = ada.submit(&page, "code-form", &[("code", &code)]).await;
    assert_eq!(done.status, 303, "{done:?}");
    let back = "UPDATE users SET email = 'ada@example.com', email_canonical = 'ada@example.com'
        WHERE email = 'ada@new.example'";
    execute(app, back).await;
    app.app.accounts.reset_factors(ADA).await.unwrap();
    // A thief's factor, taken away by the mailbox, and a reset.
    execute(app, "UPDATE users SET factor_removed_at = NULL WHERE email = 'ada@example.com'").await;
    let mut thief = app.browser();
    thief.sign_in(ADA).await;
    set_up_totp(app, &mut thief).await;
    let link = undo_links(app).await.pop().unwrap();
    let done = press(app, &link).await.1;
    assert!(done.body.contains("data-outcome=\"done\""), "{}", done.body);
    let mut ada = app.browser();
    reset(app, &mut ada).await;
    app.app.accounts.set_password(ADA, &PASSWORD.into()).await.unwrap();
    lose_everything(app).await;
}

/// The way back, stopped, refused, and in the end done.
async fn lose_everything(app: &TestApp) {
    let mut ada = app.browser();
    ada.sign_in(ADA).await;
    set_up_totp(app, &mut ada).await;
    let accounts = &app.app.accounts;
    for how in ["session", "refusal", "factor", "done"] {
        execute(app, "DELETE FROM throttle_counters").await;
        app.clock.advance(1);
        let done = request(app, &mut app.browser()).await;
        assert!(done.body.contains("data-outcome=\"recorded\""), "{how}: {}", done.body);
        match how {
            "session" => {
                let csrf = hidden(&ada.open("/account/security").await, "csrf");
                ada.post("/account/recovery/stop", &[("csrf", &csrf)]).await;
            }
            "refusal" => {
                accounts.decide_recovery(ADA, RecoveryDecision::Refuse).await.unwrap();
            }
            "factor" => {
                add_passkey(&mut ada, &mut Authenticator::new()).await;
            }
            _ => {
                approve(app).await;
                execute(app, "UPDATE account_recoveries SET due_at = 1 WHERE due_at > 1").await;
                assert_eq!(accounts.finish_due_recoveries().await.unwrap(), 1, "{}", app.engine);
            }
        }
    }
    let mut ada = app.browser();
    reset(app, &mut ada).await;
}

/// Nothing that one person does, or that an operator does to them, ends, spends or takes away
/// anything of another.
#[tokio::test]
async fn what_happens_in_one_account_changes_nothing_in_another() {
    for app in apps().await {
        let bea = with_everything(&app).await;
        let id =
            texts(&app, "SELECT id FROM users WHERE email = 'bea@example.com'").await.remove(0);
        let before = rows_of(&app, &id).await;
        for table in [
            "users",
            "sessions",
            "second_factors",
            "replaced_factors",
            "factor_additions",
            "passkeys",
            "passkey_ceremonies",
            "backup_codes",
            "trusted_browsers",
            "sign_in_challenges",
            "email_changes",
            "password_resets",
            "password_renewals",
            "account_recoveries",
        ] {
            assert!(before.contains_key(table), "no {table}: {:?}", before.keys());
        }
        live(&app).await;
        let after = rows_of(&app, &id).await;
        for (table, rows) in &before {
            assert_eq!(after.get(table), Some(rows), "{table} {}", app.engine);
        }
        assert!(are_signed_in(&app, &bea.cookies).await, "{}", app.engine);
    }
}
