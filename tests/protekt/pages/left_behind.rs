//! What a thief leaves behind: nothing of it opens the account, or keeps its owner out, once the owner
//! is back.

use super::change_email::NEW;
use super::not_me::{CHOSEN, reset};
use super::second_factor::is_half;
use super::steps::{SESSION, are_signed_in, code_in, count, enter, link_in, mail_to, texts, wrong};
use super::strangers::{owner, submit_from, with_mailed_codes, with_settings};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, Wishes, apps, apps_with};
use crate::support::authenticator::Authenticator;
use crate::support::browser::Browser;
use crate::support::factors::{
    AuthenticatorApp, add_passkey, begin_passkey_login, first_half, set_up_totp, way,
};
use crate::support::protocol::ADA;

async fn sign_in_by_passkey(app: &TestApp, authenticator: &mut Authenticator) -> Browser {
    let mut browser = app.browser();
    let page = browser.open("/login").await;
    let (handle, options) = begin_passkey_login(&mut browser, &page).await;
    let signed = authenticator.get(&options);
    let fields = [("ceremony", handle.as_str()), ("assertion", signed.as_str())];
    assert_eq!(browser.submit(&page, "passkey-login", &fields).await.status, 303);
    browser
}

/// Whether who signs in with the password of a reset is offered codes by mail.
async fn is_offered_mail(app: &TestApp, password: &str) -> bool {
    let mut thief = app.browser();
    let page = thief.open("/login").await;
    let half = enter(&mut thief, &page, ADA, password).await;
    assert!(is_half(&thief), "{half:?}");
    let challenge = half.header("location").split("challenge=").nth(1).unwrap().to_owned();
    let at_mail = thief.get(&format!("/login/mfa/email?challenge={challenge}")).await;
    at_mail.status == 200
}

/// PR-04: the mailbox is no second proof after a password that it chose, whatever its owner proves
/// elsewhere without that password.
#[tokio::test]
async fn a_passkey_of_the_owner_does_not_let_a_mailbox_in() {
    for app in apps().await {
        let mut owner = owner(&app).await;
        let mut authenticator = Authenticator::new();
        add_passkey(&mut owner, &mut authenticator).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        with_mailed_codes(&app, &mut owner).await;
        assert!(is_offered_mail(&app, PASSWORD).await, "{}", app.engine);
        app.clock.advance(61);
        reset(&app, &mut app.browser()).await;
        assert!(!is_offered_mail(&app, CHOSEN).await, "{}", app.engine);
        let mut owner = sign_in_by_passkey(&app, &mut authenticator).await;
        assert!(!is_offered_mail(&app, CHOSEN).await, "{}", app.engine);
        // Nor does another factor, given in that session.
        app.clock.advance(11 * 60);
        let page = owner.open("/login/reauth?to=password").await;
        let asked = owner.submit(&page, "factor-form", &[]).await;
        let page = owner.follow(asked).await;
        let at_app = owner.open(&way(&page, "totp")).await;
        let code = phone.code(&app, 0);
        assert_eq!(owner.submit(&at_app, "mfa-form", &[("code", &code)]).await.status, 303);
        assert!(!is_offered_mail(&app, CHOSEN).await, "{}", app.engine);
    }
}

async fn move_to(app: &TestApp, browser: &mut Browser, email: &str) {
    let page = browser.open("/account/email").await;
    let asked = browser.submit(&page, "email-form", &[("email", email)]).await;
    let page = browser.follow(asked).await;
    let code = code_in(&mail_to(app, email).await);
    let done = browser.submit(&page, "code-form", &[("code", &code)]).await;
    assert_eq!(done.header("location"), "/account/profile?done=email", "{done:?}");
}

fn ways_back(mails: &[String], email: &str) -> Vec<String> {
    let to = format!("To: {email}\n");
    let mails = mails.iter().filter(|mail| mail.starts_with(&to));
    let words = mails.flat_map(|mail| mail.split_whitespace());
    let links = words.filter(|word| word.contains("/account/email/undo?token="));
    links.map(|link| link.strip_prefix("https://id.example.com").unwrap().to_owned()).collect()
}

/// PR-04: an address that somebody moved the account to is told that it went back, and has no way to
/// take it again.
#[tokio::test]
async fn an_address_that_the_account_left_for_its_earlier_one_has_no_way_back() {
    for app in apps().await {
        let mut owner = owner(&app).await;
        move_to(&app, &mut owner, NEW).await;
        app.clock.advance(3_600);
        assert!(!ways_back(&app.mails().await, ADA).is_empty(), "{}", app.engine);
        owner.cookies.clear();
        owner.sign_in(NEW).await;
        // To somewhere new the last address keeps its way back.
        move_to(&app, &mut owner, "ada@third.example").await;
        let to_new = ways_back(&app.mails().await, NEW);
        assert_eq!(to_new.len(), 1, "{}", app.engine);
        let there = app.browser().open(&to_new[0]).await;
        assert!(there.body.contains("id=\"return-form\""), "{there:?}");
        app.clock.advance(60);
        move_to(&app, &mut owner, ADA).await;
        assert_eq!(app.browser().open(&to_new[0]).await.status, 410, "{}", app.engine);
        let mails = app.mails().await;
        assert_eq!(ways_back(&mails, "ada@third.example").len(), 0, "{}", app.engine);
        let told = mail_to(&app, "ada@third.example").await;
        assert!(told.contains("has its earlier address again"), "{told}");
        assert!(told.contains("back to a•••@example.com"), "{told}");
        // The first one still leads home.
        let first = app.browser().open(&ways_back(&mails, ADA)[0]).await;
        assert!(first.body.contains("id=\"return-form\""), "{first:?}");
    }
}

/// Whoever loses the account to an earlier address is told so.
#[tokio::test]
async fn an_address_that_an_account_is_taken_back_from_is_told() {
    for app in apps().await {
        let mut owner = owner(&app).await;
        move_to(&app, &mut owner, NEW).await;
        let link = ways_back(&app.mails().await, ADA).remove(0);
        let mut mailbox = app.browser();
        let page = mailbox.open(&link).await;
        let done = mailbox.submit(&page, "return-form", &[]).await;
        assert!(done.body.contains("data-outcome=\"done\""), "{done:?}");
        let told = mail_to(&app, NEW).await;
        assert!(told.contains("has its earlier address again"), "{told}");
        assert!(!told.contains(ADA) && !told.contains("token="), "{told}");
    }
}

/// Where addresses are not verified nobody keeps an account from being taken back to its address by
/// signing up with that first; a week later it is free.
#[tokio::test]
async fn nobody_signs_up_with_an_address_that_an_account_can_be_taken_back_to() {
    let wishes = Wishes { email_verification: false, ..Wishes::default() };
    for app in apps_with(wishes).await {
        let mut owner = owner(&app).await;
        move_to(&app, &mut owner, NEW).await;
        let link = ways_back(&app.mails().await, ADA).remove(0);
        let sign_up = async || {
            let mut thief = app.browser();
            let page = thief.open("/signup").await;
            let fields = [("name", "Eve"), ("email", ADA), ("password", CHOSEN)];
            assert_eq!(thief.submit(&page, "signup-form", &fields).await.status, 303);
            count(&app, "SELECT COUNT(*) FROM users WHERE email = 'ada@example.com'").await
        };
        assert_eq!(sign_up().await, 0, "{}", app.engine);
        let mut mailbox = app.browser();
        let page = mailbox.open(&link).await;
        let done = mailbox.submit(&page, "return-form", &[]).await;
        assert!(done.body.contains("data-outcome=\"done\""), "{done:?}");
        // Moved on once more, by its owner, and nobody minds.
        reset(&app, &mut mailbox).await;
        move_to(&app, &mut mailbox, "ada@third.example").await;
        app.clock.advance(7 * 24 * 3_600);
        assert_eq!(sign_up().await, 1, "{}", app.engine);
    }
}

/// MF-10: the key of an app is shown in the session that began it, and to nobody else.
#[tokio::test]
async fn a_key_that_a_thief_has_seen_is_nobody_elses() {
    for app in apps().await {
        let mut owner = owner(&app).await;
        let mut thief = app.browser();
        thief.sign_in(ADA).await;
        let seen = thief.open("/account/2fa/totp").await;
        let theirs = AuthenticatorApp::of(&seen);
        let shown = owner.open("/account/2fa/totp").await;
        let code = theirs.code(&app, 0);
        let refused = owner.submit(&shown, "totp-form", &[("code", &code)]).await;
        assert_eq!(refused.status, 422, "{}", app.engine);
        let own = AuthenticatorApp::of(&shown);
        // A reload shows the same key; to the thief another one.
        let again = AuthenticatorApp::of(&owner.open("/account/2fa/totp").await);
        assert_eq!(again.code(&app, 0), own.code(&app, 0), "{}", app.engine);
        let other = AuthenticatorApp::of(&thief.open("/account/2fa/totp").await);
        assert_ne!(other.code(&app, 0), own.code(&app, 0), "{}", app.engine);
        // What the thief began takes the place of what waited: the owner begins anew.
        let code = own.code(&app, 0);
        let begun = owner.submit(&shown, "totp-form", &[("code", &code)]).await;
        assert_ne!(begun.status, 200, "{begun:?}");
        set_up_totp(&app, &mut owner).await;
        assert!(are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
    }
}

/// MF-14: people of one office give right factors, and nobody who has no account uses their tries up.
#[tokio::test]
async fn right_factors_and_unknown_windows_use_up_nothing_of_a_network() {
    for app in apps().await {
        let mut owner = owner(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        let mut browser = with_settings(&app, |settings| {
            settings.limits.codes_by_network.most = 2;
        });
        for turn in 0..5 {
            app.clock.advance(30);
            browser.cookies.clear();
            let page = first_half(&mut browser, ADA).await;
            let code = phone.code(&app, 0);
            let done = browser.submit(&page, "mfa-form", &[("code", &code)]).await;
            assert_eq!(done.status, 303, "{turn} {}", app.engine);
        }
        let mut stranger = app.browser();
        let page = stranger.open("/login").await;
        let csrf = super::steps::hidden(&page, "csrf");
        for _ in 0..5 {
            let fields = [("csrf", &*csrf), ("flow", "ptk_fl_x"), ("code", "000000")];
            assert_eq!(browser.post("/verify-email", &fields).await.status / 100, 4);
        }
        app.clock.advance(30);
        browser.cookies.clear();
        let page = first_half(&mut browser, ADA).await;
        let code = phone.code(&app, 0);
        let done = browser.submit(&page, "mfa-form", &[("code", &code)]).await;
        assert_eq!(done.status, 303, "{}", app.engine);
    }
}

/// MF-14: whoever knows the password and guesses codes does not keep its owner out, where they were
/// signed in before.
#[tokio::test]
async fn guessed_factors_do_not_shut_out_a_browser_that_the_account_knows() {
    for app in apps().await {
        let mut owner = owner(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        app.clock.advance(30);
        let mut thief = app.browser();
        let page = first_half(&mut thief, ADA).await;
        let guess = wrong(&phone.code(&app, 0));
        let guesses: Vec<u16> = guess_until_refused(&mut thief, &page, &guess).await;
        assert_eq!(guesses.last(), Some(&429), "{guesses:?}");
        // Another browser of the owner shares the thief's tries; the one they know does not.
        let mut new = app.browser();
        let page = first_half(&mut new, ADA).await;
        let code = phone.code(&app, 0);
        assert_eq!(new.submit(&page, "mfa-form", &[("code", &code)]).await.status, 429);
        owner.cookies.remove(SESSION);
        let page = first_half(&mut owner, ADA).await;
        let done = owner.submit(&page, "mfa-form", &[("code", &code)]).await;
        assert_eq!(done.status, 303, "{done:?}");
        // It too has an end.
        owner.cookies.remove(SESSION);
        let page = first_half(&mut owner, ADA).await;
        let guesses = guess_until_refused(&mut owner, &page, &guess).await;
        assert_eq!(guesses.last(), Some(&429), "{guesses:?}");
    }
}

async fn guess_until_refused(browser: &mut Browser, page: &Answer, guess: &str) -> Vec<u16> {
    let mut told = Vec::new();
    while told.len() < 20 && told.last() != Some(&429) {
        told.push(browser.submit(page, "mfa-form", &[("code", guess)]).await.status);
    }
    told
}

const GUESSABLE: &str = "SELECT COUNT(*) FROM email_verifications WHERE LENGTH(code_mac) = 43";

/// MF-01: what nobody is sent could only be guessed, so there is no code to guess.
#[tokio::test]
async fn a_sign_up_without_a_mail_has_no_code() {
    for app in apps().await {
        for n in 0..24 {
            let mut stranger = app.browser();
            let page = stranger.open("/signup").await;
            let fields = [("name", "Eve"), ("email", "free@example.com"), ("password", PASSWORD)];
            let ip = format!("203.0.113.{n}");
            let sent = submit_from(&mut stranger, &ip, (&page, "signup-form"), &fields).await;
            assert_eq!(sent.status, 303, "{n} {sent:?}");
        }
        let mails = "SELECT COUNT(*) FROM outbox WHERE template = 'verify_email'";
        assert_eq!(count(&app, mails).await, 21, "{}", app.engine);
        assert_eq!(count(&app, GUESSABLE).await, 21, "{}", app.engine);
    }
}

/// MF-01: whoever has many networks and asks for many codes meets a counter of the address. It is the
/// same where somebody has an account, and the link goes on working.
#[tokio::test]
async fn codes_of_one_address_are_guessed_fifty_times_a_day() {
    for app in apps().await {
        app.person("taken@example.com").await;
        for email in ["free@example.com", "taken@example.com"] {
            let mut told = Vec::new();
            for n in 0..11 {
                let mut stranger = app.browser();
                let page = stranger.open("/signup").await;
                let fields = [("name", "Eve"), ("email", email), ("password", CHOSEN)];
                let ip = format!("198.51.100.{n}");
                let sent = submit_from(&mut stranger, &ip, (&page, "signup-form"), &fields).await;
                let page = stranger.follow(sent).await;
                for _ in 0..5 {
                    let guess = [("code", "000000")];
                    let form = (&page, "verify-form");
                    told.push(submit_from(&mut stranger, &ip, form, &guess).await.status);
                }
            }
            assert!(told[..50].iter().all(|status| *status == 422), "{email} {told:?}");
            assert!(told[50..].iter().all(|status| *status == 429), "{email} {told:?}");
        }
        let link = link_in(&mail_to(&app, "free@example.com").await);
        let mut owner = app.browser();
        let page = owner.open(&link).await;
        assert_eq!(owner.submit(&page, "verify-confirm", &[]).await.status, 200);
        let verified = "SELECT email FROM users WHERE email_verified_at IS NOT NULL ORDER BY email";
        assert_eq!(texts(&app, verified).await.len(), 2, "{}", app.engine);
    }
}

/// PR-04: whoever chose a password by mail and was stopped at a second factor does not get in by the
/// help that the operator gives its owner.
#[tokio::test]
async fn a_password_that_the_mailbox_chose_goes_with_the_factors_that_stopped_it() {
    for app in apps().await {
        let mut owner = owner(&app).await;
        set_up_totp(&app, &mut owner).await;
        app.app.accounts.reset_factors(ADA).await.unwrap();
        let page = owner.open("/login").await;
        assert_eq!(enter(&mut owner, &page, ADA, PASSWORD).await.status, 303, "{}", app.engine);
        // Only where a password went too is its owner told to choose another one now.
        let told = "Choose a new password now";
        assert!(!mail_to(&app, ADA).await.contains(told), "{}", app.engine);
        set_up_totp(&app, &mut owner).await;
        reset(&app, &mut app.browser()).await;
        app.app.accounts.reset_factors(ADA).await.unwrap();
        let mail = mail_to(&app, ADA).await;
        assert!(mail.contains(told) && mail.contains("/password/forgot"), "{mail}");
        let mut thief = app.browser();
        let page = thief.open("/login").await;
        let refused = enter(&mut thief, &page, ADA, CHOSEN).await;
        assert_eq!(refused.status, 422, "{}", app.engine);
    }
}
