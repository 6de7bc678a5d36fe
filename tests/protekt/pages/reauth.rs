//! Proving it anew at an application's wish, in a session that goes on.

use futures_util::future::join_all;

use super::recover::{open_ones, request};
use super::renew_password::{LEAKED, with_leaked_password};
use super::second_factor::signed_in;
use super::steps::{SESSION, are_signed_in, count, enter};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, apps, authorize_url};
use crate::support::authenticator::Authenticator;
use crate::support::browser::{Browser, sent_to};
use crate::support::factors::{
    add_passkey, age_factors, begin_passkey_login, first_half, set_up_totp,
};
use crate::support::protocol::ADA;

async fn asked_again(browser: &mut Browser) -> Answer {
    let page = browser.open(&authorize_url(&[("prompt", Some("login"))])).await;
    assert!(page.body.contains("id=\"login-form\""), "{}", page.body);
    page
}

/// BF-01: wrong ones of before count no more once the right one came.
#[tokio::test]
async fn a_right_password_forgets_the_wrong_ones_before_it() {
    for app in apps().await {
        app.web_client().await;
        let mut browser = signed_in(&app).await;
        for round in 0..3 {
            let page = asked_again(&mut browser).await;
            for _ in 0..6 {
                let wrong = enter(&mut browser, &page, ADA, "wrong").await;
                assert_eq!(wrong.status, 422, "{round} {}", app.engine);
            }
            let done = enter(&mut browser, &page, ADA, PASSWORD).await;
            assert!(done.header("location").starts_with("/oauth/consent?"), "{round} {done:?}");
        }
    }
}

/// PR-12: a leaked password is noted here as well, and has to go.
#[tokio::test]
async fn a_leaked_password_has_to_go_where_it_is_proved_anew() {
    for app in apps().await {
        app.web_client().await;
        let mut browser = signed_in(&app).await;
        with_leaked_password(&app).await;
        let page = asked_again(&mut browser).await;
        let answer = enter(&mut browser, &page, ADA, LEAKED).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("id=\"renewal-form\""), "{}", page.body);
        let noted = "SELECT COUNT(*) FROM users WHERE new_password_reason = 'leaked'";
        assert_eq!(count(&app, noted).await, 1, "{}", app.engine);
    }
}

/// The answer to the first form is lost, and the browser comes with the cookie of before: with all that was
/// sent it comes where the first did (decision 0034), and with anything else it signs in.
#[tokio::test]
async fn a_password_that_is_sent_twice_is_right_twice() {
    for app in apps().await {
        app.web_client().await;
        let mut browser = signed_in(&app).await;
        let sessions = "SELECT COUNT(*) FROM sessions";
        for _ in 0..8 {
            let page = asked_again(&mut browser).await;
            let send = |mut browser: Browser| {
                let page = &page;
                async move {
                    let answer = enter(&mut browser, page, ADA, PASSWORD).await;
                    (browser, answer)
                }
            };
            let both = join_all([send(browser.clone()), send(browser.clone())]).await;
            let mut signed_in = 0;
            for (browser, answer) in &both {
                let to = answer.header("location");
                assert!(to.starts_with("/oauth/consent?"), "{} {answer:?}", app.engine);
                signed_in += i32::from(are_signed_in(&app, &browser.cookies).await);
            }
            // The last cookie is the one that counts.
            assert_eq!(signed_in, 1, "{}", app.engine);
            assert_eq!(count(&app, sessions).await, 1, "{}", app.engine);
            let late = send(browser.clone()).await.1;
            assert!(late.header("location").starts_with("/oauth/consent?"), "{late:?}");
            assert_eq!(count(&app, sessions).await, 1, "{}", app.engine);
            let mut thief = browser.clone();
            let wrong = enter(&mut thief, &page, ADA, "wrong").await;
            assert_eq!(wrong.status, 422, "{} {wrong:?}", app.engine);
            assert!(!are_signed_in(&app, &thief.cookies).await, "{}", app.engine);
            browser = send(browser).await.0;
        }
    }
}

async fn sign_with(
    browser: &mut Browser,
    authenticator: &mut Authenticator,
    (page, confirms): (&Answer, bool),
) -> Answer {
    let (handle, options) = begin_passkey_login(browser, page).await;
    let signed = authenticator.get(&options);
    let mut fields = vec![("ceremony", handle.as_str()), ("assertion", signed.as_str())];
    fields.extend(confirms.then_some(("confirms", "1")));
    browser.submit(page, "passkey-login", &fields).await
}

/// MF-05 CS-09: somebody else's passkey proves nothing in a session of Ada's.
#[tokio::test]
async fn a_passkey_of_somebody_else_proves_nobody_anew() {
    for app in apps().await {
        app.web_client().await;
        let mut ada = signed_in(&app).await;
        let mut own = Authenticator::new();
        add_passkey(&mut ada, &mut own).await;
        app.person("eve@example.com").await;
        let mut eve = app.browser();
        eve.sign_in("eve@example.com").await;
        let mut foreign = Authenticator::new();
        add_passkey(&mut eve, &mut foreign).await;
        app.clock.advance(700);
        let page = asked_again(&mut ada).await;
        let refused = sign_with(&mut ada, &mut foreign, (&page, true)).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        let proved =
            format!("SELECT COUNT(*) FROM sessions WHERE auth_time >= {}", app.app.now().0);
        assert_eq!(count(&app, &proved).await, 0, "{}", app.engine);
        let told = "SELECT COUNT(*) FROM audit_events JOIN users ON users.id = user_id
            WHERE kind = 'second_factor_given' AND outcome = 'failure'
                AND email = 'ada@example.com'";
        assert_eq!(count(&app, told).await, 1, "{}", app.engine);
        // Ada's own proves her, and that she lost nothing.
        age_factors(&app).await;
        request(&app, &mut app.browser()).await;
        assert_eq!(open_ones(&app).await, 1, "{}", app.engine);
        let page = asked_again(&mut ada).await;
        let done = sign_with(&mut ada, &mut own, (&page, true)).await;
        assert!(done.header("location").starts_with("/oauth/consent?"), "{done:?}");
        assert_eq!(count(&app, &proved).await, 1, "{}", app.engine);
        assert_eq!(open_ones(&app).await, 0, "{}", app.engine);
        let told = told.replace("failure", "success");
        assert_eq!(count(&app, &told).await, 1, "{}", app.engine);
    }
}

/// Only who signs in lets a browser be trusted, whatever a form says.
#[tokio::test]
async fn a_factor_that_is_only_added_to_a_session_trusts_no_browser() {
    for app in apps().await {
        app.web_client().await;
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        let mut browser = app.browser();
        let page = first_half(&mut browser, ADA).await;
        let fields = [("code", &*phone.code(&app, 0)), ("trust_device", "1")];
        browser.submit(&page, "mfa-form", &fields).await;
        browser.cookies.remove(SESSION);
        browser.sign_in(ADA).await;
        let trusted = "SELECT COUNT(*) FROM trusted_browsers";
        assert_eq!(count(&app, trusted).await, 1, "{}", app.engine);
        app.clock.advance(60);
        let mfa = ("acr_values", Some("urn:protekt:acr:mfa"));
        let page = browser.open(&authorize_url(&[mfa])).await;
        let fields = [("code", &*phone.code(&app, 0)), ("trust_device", "1")];
        let done = browser.submit(&page, "mfa-form", &fields).await;
        assert!(done.header("location").starts_with("/oauth/consent?"), "{done:?}");
        let told = "SELECT COUNT(*) FROM audit_events WHERE kind = 'browser_trusted'";
        assert_eq!(count(&app, told).await, 1, "{}", app.engine);
    }
}

/// Who does not want to sign in again goes back to the application, and stays signed in.
#[tokio::test]
async fn who_cancels_another_sign_in_goes_back_to_the_application() {
    for app in apps().await {
        app.web_client().await;
        let mut browser = signed_in(&app).await;
        for changes in [("prompt", "login"), ("max_age", "0")] {
            app.clock.advance(5);
            let asked = authorize_url(&[(changes.0, Some(changes.1))]);
            let page = browser.open(&asked).await;
            assert!(page.body.contains("id=\"cancel-form\""), "{}", page.body);
            let answer = browser.submit(&page, "cancel-form", &[]).await;
            let back = sent_to(&answer);
            assert!(back.starts_with("https://notes.example/cb?error=access_denied"), "{back}");
            assert!(back.contains("state=st-1") && back.contains("&iss="), "{back}");
            let again = browser.submit(&page, "cancel-form", &[]).await;
            assert!(again.status < 400 && !again.body.contains("notes.example"), "{again:?}");
            assert_eq!(browser.get("/account").await.status, 200, "{}", app.engine);
        }
        // Of a request that waits for something else it is no answer.
        let page = browser.open(&authorize_url(&[])).await;
        let fields = [
            ("csrf", super::steps::hidden(&page, "csrf")),
            ("flow", super::steps::hidden(&page, "flow")),
        ];
        let fields = fields.each_ref().map(|(name, value)| (*name, &**value));
        let answer = browser.post("/login/cancel", &fields).await;
        assert!(answer.header("location").starts_with("/oauth/consent?"), "{answer:?}");
    }
}

/// The same where the application asks for a second factor, or something in the account does.
#[tokio::test]
async fn who_is_asked_for_a_factor_is_told_why_and_can_cancel() {
    for app in apps().await {
        app.web_client().await;
        let mut early = signed_in(&app).await;
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        set_up_totp(&app, &mut owner).await;
        let page = early.open("/account/password").await;
        assert!(page.body.contains("id=\"reason\">To change your password"), "{}", page.body);
        assert!(page.body.contains("id=\"cancel\" href=\"/account\""), "{}", page.body);
        let mfa = ("acr_values", Some("urn:protekt:acr:mfa"));
        let page = early.open(&authorize_url(&[mfa])).await;
        let answer = early.submit(&page, "cancel-form", &[]).await;
        let back = sent_to(&answer);
        assert!(back.starts_with("https://notes.example/cb?error=access_denied"), "{back}");
        // Half a sign-in has nothing to go back to.
        let page = first_half(&mut app.browser(), ADA).await;
        assert!(!page.body.contains("cancel"), "{}", page.body);
    }
}
