//! The last form of a set-up, sent twice: by a double click, or a reload of its answer.

use futures_util::future::join_all;

use super::second_factor::signed_in;
use super::steps::{SESSION, are_signed_in, code_in, count, execute, hidden, mail_to, wrong};
use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps};
use crate::support::authenticator::Authenticator;
use crate::support::browser::{Browser, attribute, form_of};
use crate::support::factors::{AuthenticatorApp, backup_codes, first_half, set_up_totp};
use crate::support::protocol::ADA;

const AGAIN: &str = "/account/2fa/backup-codes?notice=on";
const SIGNED_OUT: &str = "/login?notice=signed-out";
const COUNTING: &str = "SELECT COUNT(*) FROM second_factors WHERE confirmed_at IS NOT NULL";
const ADDED: &str = "SELECT COUNT(*) FROM audit_events WHERE kind = 'second_factor_added'";
const MAILS: &str = "SELECT COUNT(*) FROM outbox WHERE template = 'factor_added'";

/// The page that the second answer leads to, and the codes that are made there.
async fn new_codes(browser: &mut Browser, answer: Answer) -> Vec<String> {
    assert_eq!((answer.status, answer.header("location")), (303, AGAIN), "{answer:?}");
    let page = browser.follow(answer).await;
    assert!(page.body.contains("Your second step is on."), "{}", page.body);
    assert!(!page.body.contains("took too long"), "{}", page.body);
    let made = browser.submit(&page, "renew-form", &[]).await;
    let codes = backup_codes(&made);
    assert_eq!(codes.len(), 10, "{made:?}");
    codes
}

#[tokio::test]
async fn a_reload_of_the_first_backup_codes_leads_to_new_ones() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        let page = browser.open("/account/2fa/totp").await;
        let phone = AuthenticatorApp::of(&page);
        let code = phone.code(&app, 0);
        let shown = browser.submit(&page, "totp-form", &[("code", &code)]).await;
        let lost = backup_codes(&shown);
        assert_eq!(lost.len(), 10, "{shown:?}");
        app.clock.advance(60);
        let again = browser.submit(&page, "totp-form", &[("code", &code)]).await;
        let codes = new_codes(&mut browser, again).await;
        assert!(lost.iter().all(|code| !codes.contains(code)), "{}", app.engine);
        assert_eq!(count(&app, COUNTING).await, 1, "{}", app.engine);
        // The codes that were lost open nothing, the new ones do.
        let mut elsewhere = app.browser();
        for (code, is_right) in [(&lost[0], false), (&codes[0], true)] {
            let page = first_half(&mut elsewhere, ADA).await;
            let page = elsewhere.get(&crate::support::factors::way(&page, "backup")).await;
            let answer = elsewhere.submit(&page, "mfa-form", &[("code", code)]).await;
            assert_eq!(answer.status == 303, is_right, "{} {answer:?}", app.engine);
        }
        // Long after, it is no repetition any more.
        app.clock.advance(601);
        let late = browser.submit(&page, "totp-form", &[("code", &code)]).await;
        assert_ne!(late.header("location"), AGAIN, "{} {late:?}", app.engine);
    }
}

/// Another session of the same person did not set it up.
#[tokio::test]
async fn a_session_that_proved_no_factor_is_not_taken_for_the_one_that_set_it_up() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        let mut other = app.browser();
        other.sign_in(ADA).await;
        let page = other.open("/account/2fa/totp").await;
        let shown = browser.open("/account/2fa/totp").await;
        let code = AuthenticatorApp::of(&shown).code(&app, 0);
        browser.submit(&shown, "totp-form", &[("code", &code)]).await;
        let answer = other.submit(&page, "totp-form", &[("code", &code)]).await;
        assert!(answer.header("location").starts_with("/login/mfa/"), "{answer:?}");
    }
}

/// CS-10: the browser never saw the first answer, nor its cookie. Whoever sends the very same thing
/// once more arrives where the first did; the old cookie alone opens nothing.
#[tokio::test]
async fn a_second_click_with_the_old_cookie_arrives_where_the_first_did() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        let page = browser.open("/account/2fa/totp").await;
        let code = AuthenticatorApp::of(&page).code(&app, 0);
        let old = browser.clone();
        let shown = browser.submit(&page, "totp-form", &[("code", &code)]).await;
        assert_eq!(backup_codes(&shown).len(), 10, "{shown:?}");
        assert!(!are_signed_in(&app, &old.cookies).await, "{}", app.engine);
        let submit = async |mut browser: Browser, code: &str| {
            let answer = browser.submit(&page, "totp-form", &[("code", code)]).await;
            (browser, answer)
        };
        let location = async |browser: &Browser, code: &str| {
            submit(browser.clone(), code).await.1.header("location").to_owned()
        };
        // Another code, another cookie, or no more than the cookie.
        assert_eq!(location(&old, &wrong(&code)).await, SIGNED_OUT, "{}", app.engine);
        let mut stranger = app.browser();
        let of_stranger = hidden(&stranger.get("/login").await, "csrf");
        let fields = [("csrf", of_stranger.as_str()), ("code", &code)];
        let answer = stranger.post("/account/2fa/totp", &fields).await;
        assert_eq!(answer.header("location"), SIGNED_OUT, "{answer:?}");
        stranger.cookies.insert(SESSION.to_owned(), old.cookies[SESSION].clone());
        assert_eq!(location(&stranger, &code).await, SIGNED_OUT, "another browser's form");
        // The second click, and the third.
        app.clock.advance(5);
        submit(old.clone(), &code).await;
        let (mut second, answer) = submit(old.clone(), &code).await;
        assert_eq!((count(&app, ADDED).await, count(&app, COUNTING).await), (1, 1));
        new_codes(&mut second, answer).await;
        assert!(!are_signed_in(&app, &old.cookies).await, "{}", app.engine);
        // However often it is sent, not for longer; from then on by signing in, and to the overview.
        app.clock.advance(5);
        let (late, answer) = submit(old.clone(), &code).await;
        assert_eq!(answer.header("location"), SIGNED_OUT, "{} {answer:?}", app.engine);
        let wish = &late.cookies["__Host-protekt_way_back"];
        assert!(wish.starts_with("security."), "{wish}");
    }
}

/// CS-10: whoever has the old cookie and the code, and not the browser, gets nothing; nor does an old
/// cookie tell somebody who guesses when a code is right.
#[tokio::test]
async fn the_old_cookie_and_the_code_are_not_enough_and_tell_nobody_who_guesses() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        let page = browser.open("/account/2fa/totp").await;
        let code = AuthenticatorApp::of(&page).code(&app, 0);
        let old = browser.clone();
        browser.submit(&page, "totp-form", &[("code", &code)]).await;
        let mut stranger = app.browser();
        let csrf = hidden(&stranger.get("/login").await, "csrf");
        stranger.cookies.insert(SESSION.to_owned(), old.cookies[SESSION].clone());
        let fields = [("csrf", csrf.as_str()), ("code", &code)];
        let answer = stranger.post("/account/2fa/totp", &fields).await;
        assert_eq!(answer.header("location"), SIGNED_OUT, "{} {answer:?}", app.engine);
        assert!(are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        // With the browser's cookie as well, by trying.
        for _ in 0..9 {
            let answer = old.clone().submit(&page, "totp-form", &[("code", &wrong(&code))]).await;
            assert_eq!(answer.header("location"), SIGNED_OUT, "{} {answer:?}", app.engine);
        }
        let answer = old.clone().submit(&page, "totp-form", &[("code", &code)]).await;
        assert_eq!(answer.header("location"), SIGNED_OUT, "{} {answer:?}", app.engine);
        assert!(are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
    }
}

/// CS-10 MF-05: whoever has copied the cookies sees the key, too, and knows the code; not the page that it was
/// typed into. A second factor throws them out for good.
#[tokio::test]
async fn a_copied_cookie_does_not_follow_by_the_code_of_a_key_that_it_was_shown() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        let mut thief = browser.clone();
        let page = browser.open("/account/2fa/totp").await;
        let of_thief = thief.open("/account/2fa/totp").await;
        let code = AuthenticatorApp::of(&page).code(&app, 0);
        assert_eq!(AuthenticatorApp::of(&of_thief).code(&app, 0), code, "it is the same key");
        let old = browser.clone();
        browser.submit(&page, "totp-form", &[("code", &code)]).await;
        for once in [None, Some(""), Some("x")] {
            let mut fields = vec![("code", code.as_str())];
            fields.extend(once.map(|once| ("once", once)));
            let answer = thief.submit(&of_thief, "totp-form", &fields).await;
            assert_eq!(answer.header("location"), SIGNED_OUT, "{once:?} {answer:?}");
        }
        assert!(are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        let mut second = old.clone();
        let answer = second.submit(&page, "totp-form", &[("code", &code)]).await;
        new_codes(&mut second, answer).await;
    }
}

/// A session that has ended is not begun again by it.
#[tokio::test]
async fn a_second_click_after_the_session_was_ended_leads_to_the_sign_in_page() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        let page = browser.open("/account/2fa/totp").await;
        let code = AuthenticatorApp::of(&page).code(&app, 0);
        let mut old = browser.clone();
        browser.submit(&page, "totp-form", &[("code", &code)]).await;
        execute(&app, "UPDATE users SET generation = generation + 1").await;
        let answer = old.submit(&page, "totp-form", &[("code", &code)]).await;
        assert_eq!(answer.header("location"), SIGNED_OUT, "{} {answer:?}", app.engine);
    }
}

/// What a browser sends of the last form of a set-up, several times at once.
async fn at_once(browser: &Browser, page: &Answer, form: &str, field: (&str, &str)) -> Vec<Answer> {
    let senders = (0..8).map(|_| {
        let mut browser = browser.clone();
        async move { browser.submit(page, form, &[field]).await }
    });
    join_all(senders).await
}

/// Exactly one shows the codes, and whichever answer the browser shows, it is no dead end.
async fn one_confirms(app: &TestApp, before: &Browser, answers: Vec<Answer>) {
    let shown = answers.iter().filter(|answer| !backup_codes(answer).is_empty()).count();
    assert_eq!(shown, 1, "{} {answers:?}", app.engine);
    assert_eq!(count(app, COUNTING).await, 1, "{}", app.engine);
    assert_eq!((count(app, ADDED).await, count(app, MAILS).await), (1, 1), "{}", app.engine);
    for answer in answers {
        if answer.status == 303 {
            assert_eq!(answer.header("location"), AGAIN, "{} {answer:?}", app.engine);
        } else {
            assert_eq!(backup_codes(&answer).len(), 10, "{} {answer:?}", app.engine);
        }
    }
    assert!(!are_signed_in(app, &before.cookies).await, "another id (CS-10)");
}

#[tokio::test]
async fn of_many_who_confirm_an_app_at_once_one_does_and_none_meets_a_dead_end() {
    for _ in 0..5 {
        for app in apps().await {
            let mut browser = signed_in(&app).await;
            let page = browser.open("/account/2fa/totp").await;
            let code = AuthenticatorApp::of(&page).code(&app, 0);
            let answers = at_once(&browser, &page, "totp-form", ("code", &code)).await;
            one_confirms(&app, &browser, answers).await;
        }
    }
}

#[tokio::test]
async fn of_many_who_type_the_code_of_a_set_up_at_once_one_does_and_none_meets_a_dead_end() {
    for _ in 0..5 {
        for app in apps().await {
            let mut browser = signed_in(&app).await;
            let page = browser.open("/account/2fa/email").await;
            let answer = browser.submit(&page, "begin-form", &[]).await;
            let page = browser.follow(answer).await;
            let code = code_in(&mail_to(&app, ADA).await);
            let answers = at_once(&browser, &page, "code-form", ("code", &code)).await;
            one_confirms(&app, &browser, answers).await;
        }
    }
}

#[tokio::test]
async fn a_passkey_that_is_sent_twice_is_added_once_and_leads_to_new_codes() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        let mut authenticator = Authenticator::new();
        let page = browser.open("/account/passkeys/new").await;
        let form = page.body.split("<form id=\"passkey-form\"").nth(1).unwrap();
        let made = authenticator.create(&attribute(form, "data-options").unwrap());
        let first = browser.submit(&page, "passkey-form", &[("assertion", &made)]).await;
        assert_eq!(backup_codes(&first).len(), 10, "{first:?}");
        let again = browser.submit(&page, "passkey-form", &[("assertion", &made)]).await;
        new_codes(&mut browser, again).await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM passkeys").await, 1, "{}", app.engine);
        // What nobody added is still what did not work.
        let (action, mut fields) = form_of(&page.body, "passkey-form");
        fields.retain(|(name, _)| name != "assertion");
        let mut fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.push(("assertion", "{}"));
        assert_eq!(browser.post(&action, &fields).await.status, 422, "{}", app.engine);
    }
}

/// The page, the mail and the trail say that the new app takes the place of the old one; until its
/// code was typed the old one works.
#[tokio::test]
async fn a_second_app_takes_the_place_of_the_first_only_once_it_is_confirmed() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        let first = browser.open("/account/2fa/totp").await;
        assert!(!first.body.contains("id=\"replaces\""), "{}", first.body);
        let (old, _) = set_up_totp(&app, &mut browser).await;
        let page = browser.open("/account/2fa/totp").await;
        assert!(page.body.contains("Until then the old one works."), "{}", page.body);
        let new = AuthenticatorApp::of(&page);
        let sign_in = async |phone: &AuthenticatorApp| {
            app.clock.advance(30);
            let mut elsewhere = app.browser();
            let page = first_half(&mut elsewhere, ADA).await;
            let code = phone.code(&app, 0);
            elsewhere.submit(&page, "mfa-form", &[("code", &code)]).await;
            elsewhere.cookies.contains_key(SESSION)
        };
        assert!(sign_in(&old).await && !sign_in(&new).await, "{}", app.engine);
        app.clock.advance(30);
        let code = new.code(&app, 0);
        let done = browser.submit(&page, "totp-form", &[("code", &code)]).await;
        assert_eq!(done.header("location"), "/account/security?notice=added", "{done:?}");
        assert!(sign_in(&new).await && !sign_in(&old).await, "{}", app.engine);
        assert_eq!(count(&app, COUNTING).await, 1, "{}", app.engine);
        let mails = app.mails().await;
        let told = mails
            .iter()
            .filter(|mail| mail.contains("What was there before no longer works"))
            .count();
        assert_eq!(told, 1, "{} {mails:?}", app.engine);
        let replaced = "SELECT COUNT(*) FROM audit_events WHERE kind = 'second_factor_added'
            AND detail LIKE '%\"replaces\":true%'";
        assert_eq!(count(&app, replaced).await, 1, "{}", app.engine);
        let activity = browser.open("/account/activity").await;
        assert!(activity.body.contains("Second step replaced"), "{}", activity.body);
    }
}

/// Another code of the same app, typed in another window.
#[tokio::test]
async fn a_code_that_comes_after_the_app_counts_says_that_it_does() {
    for app in apps().await {
        let mut browser = signed_in(&app).await;
        let page = browser.open("/account/2fa/totp").await;
        let phone = AuthenticatorApp::of(&page);
        browser.submit(&page, "totp-form", &[("code", &phone.code(&app, 0))]).await;
        app.clock.advance(30);
        let late = browser.submit(&page, "totp-form", &[("code", &phone.code(&app, 0))]).await;
        assert_eq!(late.header("location"), "/account/security?notice=on", "{late:?}");
        let overview = browser.follow(late).await;
        assert!(overview.body.contains("It is set up already"), "{}", overview.body);
    }
}
