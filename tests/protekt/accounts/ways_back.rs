//! What stays true of a way back, and of a password that has to go, when time passes and strangers
//! or operators do more than was foreseen.

use protekt::accounts::operator::OperatorRefusal;
use protekt::accounts::{NewPasswordWish, NewPasswordsWish, RecoveryDecision, Reviewed};
use protekt::domain::second_factor::AuthenticationLevel;

use crate::pages::steps::{changed, count, enter, execute, hidden, mail_to, texts};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps, authorize_url};
use crate::support::browser::{Browser, parameter, sent_to};
use crate::support::factors::{AuthenticatorApp, first_half, set_up_totp, way};
use crate::support::protocol::ADA;

const NEW: &str = "another good one 7";
const BEA: &str = "bea@example.com";
const DAY: i64 = 24 * 3_600;

async fn with_totp(app: &TestApp, email: &str) -> (Browser, AuthenticatorApp, Vec<String>) {
    app.person(email).await;
    let mut owner = app.browser();
    owner.sign_in(email).await;
    let (phone, paper) = set_up_totp(app, &mut owner).await;
    (owner, phone, paper)
}

/// The path of the link in the last mail to an address that holds `part`.
async fn link(app: &TestApp, email: &str, part: &str) -> String {
    let mails = app.mails().await;
    let to = format!("To: {email}\n");
    let words = mails.iter().filter(|mail| mail.starts_with(&to));
    let mut words = words.flat_map(|mail| mail.split_whitespace());
    let link = words.rfind(|word| word.contains(part));
    let link = link.unwrap_or_else(|| panic!("no {part} in {mails:?}"));
    link.strip_prefix("https://id.example.com").unwrap().to_owned()
}

/// Asks for a way back and says why.
async fn request(app: &TestApp, email: &str) -> Answer {
    let mut browser = app.browser();
    let page = browser.open("/recover").await;
    browser.submit(&page, "recover-form", &[("email", email)]).await;
    let link = link(app, email, "/recover/request?token=").await;
    let page = browser.open(&link).await;
    browser.submit(&page, "reason-form", &[("reason", "My phone is gone.")]).await
}

async fn forget(app: &TestApp, email: &str) {
    let mut stranger = app.browser();
    let page = stranger.open("/password/forgot").await;
    let asked = stranger.submit(&page, "forgot-form", &[("email", email)]).await;
    assert_eq!(asked.status, 303, "{asked:?}");
}

/// PR-06: what an operator approved, no stranger voids.
#[tokio::test]
async fn a_forgotten_password_leaves_the_link_of_a_way_back_alone() {
    for app in apps().await {
        with_totp(&app, ADA).await;
        request(&app, ADA).await;
        let accounts = &app.app.accounts;
        let done = accounts.decide_recovery(ADA, RecoveryDecision::Approve).await.unwrap().1;
        assert!(matches!(done, Reviewed::Approved { .. }), "{}", app.engine);
        app.clock.advance(DAY);
        assert_eq!(accounts.finish_due_recoveries().await.unwrap(), 1, "{}", app.engine);
        let own = link(&app, ADA, "/password/reset?token=").await;
        app.clock.advance(60);
        forget(&app, ADA).await;
        let first = link(&app, ADA, "/password/reset?token=").await;
        app.clock.advance(60);
        forget(&app, ADA).await;
        let second = link(&app, ADA, "/password/reset?token=").await;
        assert!(own != first && first != second, "{}", app.engine);
        // Of those that were asked for the last one counts, as ever.
        let over = app.browser().open(&first).await;
        assert!(!over.body.contains("id=\"reset-form\""), "{}", over.body);
        let mut owner = app.browser();
        let page = owner.open(&own).await;
        let done = owner.submit(&page, "reset-form", &[("password", NEW)]).await;
        assert_eq!(done.header("location"), "/account", "{} {done:?}", app.engine);
        let over = app.browser().open(&second).await;
        assert!(!over.body.contains("id=\"reset-form\""), "{}", over.body);
    }
}

#[tokio::test]
async fn a_wish_that_nobody_decides_ends_after_thirty_days_and_may_be_made_again() {
    for app in apps().await {
        with_totp(&app, ADA).await;
        with_totp(&app, BEA).await;
        request(&app, ADA).await;
        app.clock.advance(1);
        request(&app, BEA).await;
        let accounts = &app.app.accounts;
        let (wishes, more) = accounts.list_oldest_recoveries(1).await.unwrap();
        let shown: Vec<&str> = wishes.iter().map(|wish| wish.user.email.as_str()).collect();
        assert_eq!((shown, more), (vec![ADA], 1), "{}", app.engine);
        let (wishes, more) = accounts.list_oldest_recoveries(2).await.unwrap();
        assert_eq!((wishes.len(), more), (2, 0), "{}", app.engine);

        // What was approved waits for its own time.
        accounts.decide_recovery(BEA, RecoveryDecision::Approve).await.unwrap();
        app.clock.advance(30 * DAY - 2);
        assert_eq!(accounts.end_unanswered_recoveries().await.unwrap(), 0, "{}", app.engine);
        app.clock.advance(1);
        assert_eq!(accounts.end_unanswered_recoveries().await.unwrap(), 1, "{}", app.engine);
        app.clock.advance(DAY);
        assert_eq!(accounts.end_unanswered_recoveries().await.unwrap(), 0, "{}", app.engine);
        let told = mail_to(&app, ADA).await;
        assert!(told.contains("They did not decide within 30 days"), "{told}");
        let ended = "SELECT detail FROM audit_events WHERE kind = 'recovery_ended'";
        assert_eq!(texts(&app, ended).await, ["{\"outcome\":\"unanswered\"}"], "{}", app.engine);
        let kept = "SELECT COUNT(*) FROM account_recoveries WHERE reason_sealed IS NOT NULL";
        assert_eq!(count(&app, kept).await, 1, "the reason goes: {}", app.engine);
        let late = accounts.decide_recovery(ADA, RecoveryDecision::Approve).await;
        assert!(matches!(late, Err(OperatorRefusal::NoSuchRecovery(_))), "{}", app.engine);
        let again = request(&app, ADA).await;
        assert!(again.body.contains("data-outcome=\"recorded\""), "{}", again.body);
    }
}

async fn mark(app: &TestApp) {
    let wish = NewPasswordWish::Required { signs_out: false };
    app.app.accounts.require_new_password(ADA, wish).await.unwrap();
}

async fn trusted(app: &TestApp) -> i64 {
    count(app, "SELECT COUNT(*) FROM audit_events WHERE kind = 'browser_trusted'").await
}

/// As without another password between them: the trail has the trust, the account the codes.
#[tokio::test]
async fn what_was_done_with_the_second_factor_is_told_behind_a_new_password() {
    for app in apps().await {
        app.web_client().await;
        let (_, phone, paper) = with_totp(&app, ADA).await;
        mark(&app).await;
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        let page = browser.get(&way(&page, "backup")).await;
        let given = [("code", &*paper[0]), ("trust_device", "1")];
        let answer = browser.submit(&page, "mfa-form", &given).await;
        let page = browser.follow(answer).await;
        assert_eq!(trusted(&app).await, 0, "not yet: {}", app.engine);
        let page = browser.submit(&page, "renewal-form", &[("password", "short")]).await;
        let done = browser.submit(&page, "renewal-form", &[("password", NEW)]).await;
        assert_eq!(trusted(&app).await, 1, "{}", app.engine);
        assert_eq!(done.header("location"), "/account?done=backup-code", "{done:?}");
        let account = browser.follow(done).await;
        assert!(account.body.contains("9 backup codes"), "{}", account.body);

        // On the way to an app nothing stands between; and nobody else's notice gets in.
        mark(&app).await;
        app.clock.advance(60);
        let mut other = app.browser();
        let login = other.open(&authorize_url(&[])).await;
        let half = enter(&mut other, &login, ADA, NEW).await;
        let half = other.follow(half).await;
        let page = other.get(&with_flow(&half, "backup")).await;
        let answer = other.submit(&page, "mfa-form", &[("code", &*paper[1])]).await;
        let page = other.follow(answer).await;
        let done = other.submit(&page, "renewal-form", &[("password", PASSWORD)]).await;
        assert!(!done.header("location").contains("/account"), "{done:?}");

        mark(&app).await;
        app.clock.advance(60);
        let mut third = app.browser();
        let page = first_half(&mut third, ADA).await;
        let code = phone.code(&app, 0);
        let answer = third.submit(&page, "mfa-form", &[("code", &code)]).await;
        let page = third.get(&format!("{}&done=password", answer.header("location"))).await;
        let done = third.submit(&page, "renewal-form", &[("password", NEW)]).await;
        assert_eq!(done.header("location"), "/account?done=password", "{done:?}");
        assert_eq!(trusted(&app).await, 1, "{}", app.engine);
    }
}

/// The same half sign-in by another factor, with the request that goes on.
fn with_flow(page: &Answer, method: &str) -> String {
    format!("{}&flow={}", way(page, method), hidden(page, "flow"))
}

async fn ask_all(app: &TestApp, again: bool, signs_out: bool) -> (u64, u64) {
    let accounts = &app.app.accounts;
    let since = accounts.begin_requiring(again).await.unwrap();
    let wish = NewPasswordsWish { since, signs_out };
    let batch = accounts.require_new_passwords(&"".into(), wish).await.unwrap().unwrap();
    (batch.marked, batch.newer)
}

/// PR-12: a run that is gone on with asks nobody twice; another leak is another wish.
#[tokio::test]
async fn everybody_is_asked_once_unless_that_is_meant_again() {
    for app in apps().await {
        app.person(ADA).await;
        app.person(BEA).await;
        let imported = format!("UPDATE users SET password_set_at = NULL WHERE email = '{BEA}'");
        execute(&app, &imported).await;
        app.clock.advance(60);
        assert_eq!(ask_all(&app, false, false).await, (2, 0), "{}", app.engine);
        app.clock.advance(60);
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        let answer = enter(&mut browser, &page, ADA, PASSWORD).await;
        let page = browser.follow(answer).await;
        browser.submit(&page, "renewal-form", &[("password", NEW)]).await;
        app.person("eve@example.com").await;
        app.clock.advance(60);
        // Of the run before only the mark of somebody was lost.
        execute(
            &app,
            &format!("UPDATE users SET new_password_reason = NULL WHERE email = '{BEA}'"),
        )
        .await;
        assert_eq!(ask_all(&app, false, false).await, (1, 2), "{}", app.engine);
        assert_eq!(ask_all(&app, true, false).await, (2, 0), "{}", app.engine);
        app.clock.advance(60);
        assert_eq!(ask_all(&app, false, false).await, (0, 0), "goes on: {}", app.engine);

        // Whoever was marked before is signed out all the same, and the trail says so.
        let told = "SELECT COUNT(*) FROM audit_events WHERE kind = 'new_password_required'
            AND detail LIKE '%\"signed_out\":true%'";
        assert_eq!(count(&app, told).await, 0, "{}", app.engine);
        assert_eq!(browser.get("/account").await.status, 200, "{}", app.engine);
        assert_eq!(ask_all(&app, false, true).await, (0, 0), "{}", app.engine);
        assert_eq!(browser.get("/account").await.status, 303, "{}", app.engine);
        assert_eq!(count(&app, told).await, 3, "{}", app.engine);
    }
}

/// MF-03: what nothing leads to is neither asked for nor counted.
#[tokio::test]
async fn a_number_to_which_nothing_is_sent_reaches_no_level() {
    for app in apps().await {
        app.with_ada().await;
        let user = app.app.accounts.list_users(None, 1).await.unwrap().remove(0);
        let mut owner = app.browser();
        owner.code(ADA).await;
        let factor = format!(
            "INSERT INTO second_factors (id, user_id, kind, phone_number, last_step, created_at,
                expires_at, confirmed_at)
            VALUES ('f', '{}', 'sms', '+4915123456789', 0, 1, 1, 1)",
            user.id.as_str()
        );
        execute(&app, &factor).await;
        let mfa = authorize_url(&[("acr_values", Some("urn:protekt:acr:mfa"))]);
        let asked = owner.get(&mfa).await;
        assert!(asked.header("location").starts_with("/login/mfa"), "{asked:?}");
        let without_sms = |app: &mut protekt::http::App| {
            let mut settings = (*app.accounts.settings).clone();
            settings.factors.has_sms = false;
            app.accounts.settings = std::sync::Arc::new(settings);
        };
        let mut elsewhere = changed(&app, without_sms);
        elsewhere.cookies.clone_from(&owner.cookies);
        let done = elsewhere.get(&mfa).await;
        assert!(parameter(&sent_to(&done), "code").is_some(), "{} {done:?}", app.engine);

        let mut without = app.app.accounts.clone();
        let mut settings = (*without.settings).clone();
        settings.factors.has_sms = false;
        without.settings = std::sync::Arc::new(settings);
        for (accounts, level) in [
            (&app.app.accounts, AuthenticationLevel::SecondFactor),
            (&without, AuthenticationLevel::Password),
        ] {
            let mut tx = app.app.store().read().await.unwrap();
            let reached = accounts.reachable_level(&mut tx, &user).await.unwrap();
            assert_eq!(reached, level, "{}", app.engine);
        }
    }
}
