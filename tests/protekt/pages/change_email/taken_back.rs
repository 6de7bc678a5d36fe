//! An account that the old address takes back, and the second steps of its owner: the old mailbox is no
//! way around them, however they were changed lately.

use super::super::second_factor::is_half;
use super::super::steps::{code_in, count, mail_to};
use super::{NEW, changed, finish, link_to, mail_with};
use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps, authorize_url};
use crate::support::authenticator::Authenticator;
use crate::support::browser::Browser;
use crate::support::factors::{AuthenticatorApp, add_passkey, first_half, options_of, set_up_totp};
use crate::support::protocol::ADA;

const MONTH: i64 = 30 * 24 * 3_600;
const CHOSEN: &str = "juniper-lantern-41";

/// [`ADA`], whose app is a month old, signed in with it.
pub(in super::super) async fn with_old_app(app: &TestApp) -> (Browser, AuthenticatorApp) {
    app.person(ADA).await;
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    let (old, _) = set_up_totp(app, &mut browser).await;
    app.clock.advance(MONTH);
    let half = first_half(&mut browser, ADA).await;
    let code = old.code(app, 0);
    assert_eq!(browser.submit(&half, "mfa-form", &[("code", &code)]).await.status, 303);
    app.clock.advance(30);
    (browser, old)
}

async fn remove_app(browser: &mut Browser) {
    let page = browser.open("/account/2fa/totp/remove").await;
    let removed = browser.submit(&page, "remove-form", &[]).await;
    assert_eq!(removed.status, 303, "{removed:?}");
}

/// Which second factors the page says stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Keeps {
    /// Those that are older.
    Older,
    /// All, since none would be left.
    All,
}

/// Moves the account to another address, and back by the link to the old one; then chooses a password
/// by a mail to it.
pub(in super::super) async fn taken_back(
    app: &TestApp,
    browser: &mut Browser,
    keeps: Keeps,
) -> (Browser, Answer) {
    let page = browser.get("/account/email").await;
    let answer = browser.submit(&page, "email-form", &[("email", NEW)]).await;
    let page = browser.follow(answer).await;
    let code = code_in(&mail_to(app, NEW).await);
    assert_eq!(finish(browser, &page, &code).await.status, 303, "{}", app.engine);
    app.clock.advance(6 * 24 * 3_600);
    protekt::jobs::purge(&app.app.provider).await.unwrap();
    let link = link_to(app, ADA, "/account/email/undo?token=").await;
    let mut mailbox = app.browser();
    let page = mailbox.open(&link).await;
    let done = mailbox.submit(&page, "return-form", &[]).await;
    assert!(done.body.contains("data-outcome=\"done\""), "{}", done.body);
    // What is done is what was said before.
    let stays = keeps == Keeps::All;
    assert_eq!(page.body.contains("All second steps stay"), stays, "{}", page.body);
    let go = "Second steps that were set up lately go";
    assert_eq!(page.body.contains(go), !stays, "{}", page.body);
    assert_eq!(done.body.contains("id=\"factors-stayed\""), stays, "{}", done.body);
    // Sent twice, it says what became of it.
    let again = mailbox.submit(&page, "return-form", &[]).await;
    assert!(again.body.contains("data-outcome=\"used\""), "{}", again.body);
    let page = mailbox.open("/password/forgot").await;
    mailbox.submit(&page, "forgot-form", &[("email", ADA)]).await;
    let link = link_to(app, ADA, "/password/reset?token=").await;
    let page = mailbox.open(&link).await;
    let reset = mailbox.submit(&page, "reset-form", &[("password", CHOSEN)]).await;
    let page = mailbox.follow(reset).await;
    (mailbox, page)
}

/// PR-04: one that gave way comes back.
#[tokio::test]
async fn an_app_that_gave_way_lately_is_asked_for_again() {
    for app in apps().await {
        let (mut browser, old) = with_old_app(&app).await;
        set_up_totp(&app, &mut browser).await;
        let (mut mailbox, page) = taken_back(&app, &mut browser, Keeps::Older).await;
        assert!(is_half(&mailbox), "{}", app.engine);
        let code = old.code(&app, 0);
        let done = mailbox.submit(&page, "mfa-form", &[("code", &code)]).await;
        assert_eq!(done.header("location"), "/account", "{done:?}");
    }
}

/// PR-04: where nothing older is left, what there is stays.
#[tokio::test]
async fn the_old_mailbox_takes_no_last_factor_of_an_account_that_had_one() {
    for app in apps().await {
        let (mut browser, _) = with_old_app(&app).await;
        remove_app(&mut browser).await;
        set_up_totp(&app, &mut browser).await;
        assert!(
            is_half(&taken_back(&app, &mut browser, Keeps::All).await.0),
            "removed, then added"
        );
    }
    for app in apps().await {
        let (mut browser, _) = with_old_app(&app).await;
        add_passkey(&mut browser, &mut Authenticator::new()).await;
        remove_app(&mut browser).await;
        assert!(
            is_half(&taken_back(&app, &mut browser, Keeps::All).await.0),
            "a passkey for the app"
        );
    }
}

/// PR-04: an older passkey is a second factor that is left, and the app of whoever moved the account goes.
#[tokio::test]
async fn the_old_mailbox_takes_what_came_after_an_older_passkey() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let mut passkey = Authenticator::new();
        add_passkey(&mut browser, &mut passkey).await;
        app.clock.advance(MONTH);
        let half = first_half(&mut browser, ADA).await;
        let signed = passkey.get(&options_of(&half));
        browser.submit(&half, "mfa-form", &[("assertion", &signed)]).await;
        app.clock.advance(30);
        set_up_totp(&app, &mut browser).await;
        let (mut mailbox, page) = taken_back(&app, &mut browser, Keeps::Older).await;
        assert!(is_half(&mailbox), "{}", app.engine);
        let left = "SELECT COUNT(*) FROM second_factors WHERE confirmed_at IS NOT NULL";
        assert_eq!(count(&app, left).await, 0, "{}", app.engine);
        let signed = passkey.get(&options_of(&page));
        let done = mailbox.submit(&page, "mfa-form", &[("assertion", &signed)]).await;
        assert_eq!(done.header("location"), "/account", "{done:?}");
    }
}

/// What a stranger set up where there was nothing goes, be it two things.
#[tokio::test]
async fn the_old_mailbox_takes_the_factors_of_an_account_that_had_none() {
    for app in apps().await {
        app.person(ADA).await;
        let mut thief = app.browser();
        thief.sign_in(ADA).await;
        set_up_totp(&app, &mut thief).await;
        app.clock.advance(60);
        add_passkey(&mut thief, &mut Authenticator::new()).await;
        let (mailbox, _) = taken_back(&app, &mut thief, Keeps::Older).await;
        assert!(!is_half(&mailbox), "{}", app.engine);
        let left = "SELECT (SELECT COUNT(*) FROM second_factors) + (SELECT COUNT(*) FROM passkeys)";
        assert_eq!(count(&app, left).await, 0, "{}", app.engine);
        let told = "SELECT COUNT(*) FROM audit_events WHERE kind = 'second_factors_reset'
            AND detail LIKE '%email_return%' AND detail LIKE '%\"removed\":2%'";
        assert_eq!(count(&app, told).await, 1, "{}", app.engine);
    }
}

/// Whoever moved the account may have wanted it gone: its owner is told, and has it back for good.
#[tokio::test]
async fn an_account_taken_back_is_not_deleted_after_all() {
    for app in apps().await {
        app.person(ADA).await;
        let (mut thief, link) = changed(&app).await;
        let page = thief.get("/account/delete").await;
        let gone = thief.submit(&page, "delete-form", &[("confirm", NEW)]).await;
        assert_eq!(gone.status, 200, "{gone:?}");
        // Whoever reads the old mailbox learns nothing of the new one.
        let told = link_to(&app, ADA, "/account/restore?token=").await;
        let mail = mail_with(&app, ADA, "/account/restore?token=").await;
        let page = app.browser().open(&told).await;
        assert!(page.body.contains("id=\"restore-form\""), "{}", page.body);
        assert!(!page.body.contains(NEW) && !mail.contains(NEW), "{mail} {}", page.body);
        assert!(mail.contains(&format!("had this address before ({ADA})")), "{mail}");
        assert!(mail.contains("Subject: An account at Example ID that had"), "{mail}");
        assert!(mail.contains("To have it back"), "{mail}");
        let to_new = mail_with(&app, NEW, "/account/restore?token=").await;
        assert!(to_new.contains(&format!("delete your account at Example ID ({NEW})")), "{to_new}");
        let theirs = link_to(&app, NEW, "/account/restore?token=").await;
        let mut browser = app.browser();
        let page = browser.open(&link).await;
        let done = browser.submit(&page, "return-form", &[]).await;
        assert!(done.body.contains("data-outcome=\"done\""), "{}", done.body);
        let leaving = "SELECT COUNT(*) FROM users WHERE deletion_due_at IS NOT NULL
            OR deletion_undo_digest IS NOT NULL";
        assert_eq!(count(&app, leaving).await, 0, "{}", app.engine);
        let undone = "SELECT COUNT(*) FROM audit_events WHERE kind = 'account_deletion_undone'";
        assert_eq!(count(&app, undone).await, 1, "{}", app.engine);
        let over = app.browser().open(&theirs).await;
        assert!(over.body.contains("data-outcome=\"over\""), "{}", over.body);
        app.clock.advance(15 * 24 * 3_600);
        assert_eq!(app.app.accounts.delete_due_accounts().await.unwrap(), 0, "{}", app.engine);
    }
}

/// RC-04: whoever holds a session cannot keep its owner from taking the account back by asking for codes
/// all the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_is_taken_back_while_codes_are_asked_for() {
    for _ in 0..6 {
        for app in apps().await {
            app.with_ada().await;
            app.code().await;
            let (thief, link) = changed(&app).await;
            let mut owner = app.browser();
            let page = owner.open(&link).await;
            let thefts: Vec<_> = (0..6)
                .map(|_| {
                    let mut thief = thief.clone();
                    tokio::spawn(async move {
                        let asked = authorize_url(&[("prompt", Some("none"))]);
                        let mut worst = 0;
                        for _ in 0..12 {
                            worst = worst.max(thief.get(&asked).await.status);
                        }
                        worst
                    })
                })
                .collect();
            let done = owner.submit(&page, "return-form", &[]).await;
            assert!(done.body.contains("data-outcome=\"done\""), "{} {done:?}", app.engine);
            for theft in thefts {
                assert_eq!(theft.await.unwrap(), 303, "{}", app.engine);
            }
        }
    }
}
