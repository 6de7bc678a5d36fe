//! `/account/email`, and the way back to the old address.

mod left_address;
mod mailed_factors;
pub(super) mod taken_back;

use super::proof::unproven;
use super::steps::{are_signed_in, code_in, count, enter, mail_to, wrong};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::browser::Browser;
use crate::support::factors::{first_half, set_up_totp};
use crate::support::people::from;
use crate::support::protocol::ADA;

pub(super) const NEW: &str = "ada@new.example";

/// [`ADA`] at the page that waits for the code.
async fn asked(app: &TestApp, email: &str) -> (Browser, Answer) {
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    let page = browser.get("/account/email").await;
    let answer = browser.submit(&page, "email-form", &[("email", email)]).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/account/email"), "{answer:?}");
    let page = browser.follow(answer).await;
    assert!(page.body.contains("id=\"code-form\""), "{}", page.body);
    (browser, page)
}

async fn finish(browser: &mut Browser, page: &Answer, code: &str) -> Answer {
    browser.submit(page, "code-form", &[("code", code)]).await
}

/// Changes the address of [`ADA`], and gives the path of the link in the last mail to the old one.
pub(super) async fn changed(app: &TestApp) -> (Browser, String) {
    let (mut browser, page) = asked(app, NEW).await;
    let code = code_in(&mail_to(app, NEW).await);
    let answer = finish(&mut browser, &page, &code).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/account/profile?done=email"));
    (browser, link_to(app, ADA, "/account/email/undo?token=").await)
}

/// The path of the link of this kind in a mail to an address.
async fn link_to(app: &TestApp, email: &str, start: &str) -> String {
    let mails = app.mails().await.into_iter();
    let mut mails = mails.filter(|mail| mail.starts_with(&format!("To: {email}\n")));
    let mail = mails.find(|mail| mail.contains(start)).unwrap();
    let link = mail.split_whitespace().find(|word| word.contains(start)).unwrap();
    link.strip_prefix("https://id.example.com").unwrap().to_owned()
}

#[tokio::test]
async fn the_code_changes_the_address_and_both_addresses_are_told() {
    for app in apps().await {
        app.person(ADA).await;
        let (mut browser, page) = asked(&app, NEW).await;
        assert!(page.body.contains(NEW), "{}", page.body);
        assert!(mail_to(&app, ADA).await.contains("@new.example"), "{}", app.engine);
        let old = "SELECT COUNT(*) FROM users WHERE email = 'ada@example.com'";
        assert_eq!(count(&app, old).await, 1, "nothing changes before the code");
        let code = code_in(&mail_to(&app, NEW).await);
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        let answer = finish(&mut browser, &page, &spaced).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("Your email address is changed"), "{}", page.body);
        assert!(page.body.contains(NEW), "{}", page.body);
        assert!(are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        let mut later = app.browser();
        let page = later.open("/login").await;
        assert_eq!(enter(&mut later, &page, ADA, PASSWORD).await.status, 422, "{}", app.engine);
        assert_eq!(enter(&mut later, &page, NEW, PASSWORD).await.status, 303, "{}", app.engine);
        let changed = mail_with(&app, ADA, "address of your").await;
        assert!(!changed.contains(NEW), "masked: {changed}");
        let taken = mail_with(&app, NEW, "has this address now").await;
        assert!(taken.contains("/password/forgot") && !taken.contains("/undo"), "{taken}");
    }
}

/// EN-06
#[tokio::test]
async fn an_address_of_somebody_else_looks_like_any_other_and_its_owner_is_told() {
    for app in apps().await {
        app.person(ADA).await;
        app.person("grace@example.com").await;
        let (mut free, one) = asked(&app, "free@example.com").await;
        free.post("/account/email/cancel", &[("csrf", &super::steps::hidden(&one, "csrf"))]).await;
        let (mut browser, other) = asked(&app, "grace@example.com").await;
        let same = |page: &Answer, email| super::steps::normal(page).replace(email, "EMAIL");
        assert_eq!(same(&one, "free@example.com"), same(&other, "grace@example.com"));
        let mail = mail_to(&app, "grace@example.com").await;
        assert!(mail.contains("already have"), "{mail}");
        for code in ["000000", "482913"] {
            assert_eq!(finish(&mut browser, &other, code).await.status, 422, "{}", app.engine);
        }
        let both = "SELECT COUNT(*) FROM users WHERE email = 'grace@example.com'";
        assert_eq!(count(&app, both).await, 1, "{}", app.engine);
    }
}

/// A code is six digits: what protects it is how seldom and how long it can be tried.
#[tokio::test]
async fn a_code_is_tried_five_times_and_lives_a_quarter_of_an_hour() {
    for app in apps().await {
        app.person(ADA).await;
        let (mut browser, page) = asked(&app, NEW).await;
        let code = code_in(&mail_to(&app, NEW).await);
        assert_eq!(finish(&mut browser, &page, "").await.status, 422);
        for _ in 0..5 {
            let answer = finish(&mut browser, &page, &wrong(&code)).await;
            assert!(answer.body.contains("That code is not right"), "{}", answer.body);
        }
        let answer = finish(&mut browser, &page, &code).await;
        assert_eq!(answer.status, 422, "{answer:?}");
        assert!(answer.body.contains("too many wrong codes"), "{}", answer.body);
        let soon = browser.submit(&page, "resend-form", &[]).await;
        assert_eq!(soon.status, 429, "{soon:?}");
        app.clock.advance(61);
        let again = browser.submit(&page, "resend-form", &[]).await;
        let page = browser.follow(again).await;
        assert!(page.body.contains("We sent a new code"), "{}", page.body);
        let old = finish(&mut browser, &page, &code).await;
        assert_eq!(old.status, 422, "{old:?}");
        app.clock.advance(400);
        let fresh = code_in(&mail_to(&app, NEW).await);
        app.clock.advance(900);
        // The proof is too old by now as well.
        let late = finish(&mut browser, &page, &fresh).await;
        assert_eq!(late.header("location"), "/login/reauth?to=email&again=1", "{late:?}");
        let reauth = browser.get("/login/reauth?to=email").await;
        browser.submit(&reauth, "proof-form", &[("password", PASSWORD)]).await;
        let late = finish(&mut browser, &page, &fresh).await;
        assert!(late.body.contains("That code has expired"), "{}", late.body);
        let changed = "SELECT COUNT(*) FROM users WHERE email = 'ada@new.example'";
        assert_eq!(count(&app, changed).await, 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn mistakes_are_named() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.get("/account/email").await;
        for (typed, text) in [
            ("", "Enter your email"),
            ("ada@", "like name@example.com"),
            (ADA, "That is your address already"),
        ] {
            let answer = browser.submit(&page, "email-form", &[("email", typed)]).await;
            assert_eq!(answer.status, 422, "{typed} {answer:?}");
            assert!(answer.body.contains(text), "{text} in {}", answer.body);
        }
        // Another spelling of the same address is a change.
        let answer = browser.submit(&page, "email-form", &[("email", "Ada@example.com")]).await;
        let page = browser.follow(answer).await;
        let code = code_in(&mail_to(&app, "Ada@example.com").await);
        assert_eq!(finish(&mut browser, &page, &code).await.status, 303, "{}", app.engine);
    }
}

/// CS-09
#[tokio::test]
async fn every_form_of_the_change_asks_for_a_proof() {
    for app in apps().await {
        app.person(ADA).await;
        let (_, page) = asked(&app, NEW).await;
        let code = code_in(&mail_to(&app, NEW).await);
        let mut browser = unproven(&app).await;
        let csrf = super::steps::hidden(&browser.get("/account").await, "csrf");
        for path in ["", "/code", "/resend", "/cancel"] {
            let path = format!("/account/email{path}");
            let fields = [("csrf", &*csrf), ("email", NEW), ("code", &code)];
            let answer = browser.post(&path, &fields).await;
            assert_eq!(
                answer.header("location"),
                "/login/reauth?to=email&again=1",
                "{path} {answer:?}"
            );
        }
        assert!(page.body.contains(NEW));
        assert_eq!(count(&app, "SELECT COUNT(*) FROM email_changes").await, 1, "{}", app.engine);
    }
}

/// Links and codes that were mailed to the old address are worth nothing afterwards.
#[tokio::test]
async fn a_link_to_a_new_password_ends_with_the_address_it_was_sent_to() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        let page = browser.open("/password/forgot").await;
        browser.submit(&page, "forgot-form", &[("email", ADA)]).await;
        let link = link_to(&app, ADA, "/password/reset?token=").await;
        changed(&app).await;
        assert_eq!(app.browser().open(&link).await.status, 410, "{}", app.engine);
    }
}

#[tokio::test]
async fn the_old_address_takes_the_account_back_within_a_week() {
    for app in apps().await {
        app.person(ADA).await;
        let (thief, link) = changed(&app).await;
        app.clock.advance(6 * 24 * 3_600);
        let token = link.split("token=").nth(1).unwrap().to_owned();
        let mut browser = app.browser();
        // A mail scanner changes nothing.
        let moved = browser.get(&link).await;
        assert_eq!((moved.status, moved.header("location")), (303, "/account/email/undo"));
        let page = browser.follow(moved).await;
        assert!(page.body.contains(ADA) && !page.body.contains(&token), "{}", page.body);
        let old = "SELECT COUNT(*) FROM users WHERE email = 'ada@example.com'";
        assert_eq!(count(&app, old).await, 0, "{}", app.engine);
        let done = browser.submit(&page, "return-form", &[]).await;
        assert_eq!(done.status, 200, "{done:?}");
        assert!(done.body.contains("data-outcome=\"done\""), "{}", done.body);
        assert!(done.body.contains("href=\"/password/forgot\""), "{}", done.body);
        assert_eq!(count(&app, old).await, 1, "{}", app.engine);
        assert!(!are_signed_in(&app, &thief.cookies).await, "{}", app.engine);
        let mut later = app.browser();
        let login = later.open("/login").await;
        for email in [ADA, NEW] {
            let answer = enter(&mut later, &login, email, PASSWORD).await;
            assert_eq!(answer.status, 422, "{}: the password is gone", app.engine);
        }
        let again = app.browser().open(&link).await;
        assert!(again.body.contains("data-outcome=\"used\""), "{}", again.body);
    }
}

/// Whoever changed the address twice does not come back by the second mail.
#[tokio::test]
async fn the_first_address_wins_over_later_ones() {
    for app in apps().await {
        app.person(ADA).await;
        let (mut browser, first) = changed(&app).await;
        app.clock.advance(1);
        let page = browser.get("/account/email").await;
        let answer = browser.submit(&page, "email-form", &[("email", "third@new.example")]).await;
        let page = browser.follow(answer).await;
        let code = code_in(&mail_to(&app, "third@new.example").await);
        assert_eq!(finish(&mut browser, &page, &code).await.status, 303);
        let second = link_to(&app, NEW, "/account/email/undo?token=").await;
        let mut owner = app.browser();
        let page = owner.open(&first).await;
        assert_eq!(owner.submit(&page, "return-form", &[]).await.status, 200, "{}", app.engine);
        let late = app.browser().open(&second).await;
        assert!(late.body.contains("data-outcome=\"used\""), "{}", late.body);
    }
}

#[tokio::test]
async fn a_link_back_ends_after_a_week_and_where_somebody_else_has_the_address() {
    for app in apps().await {
        app.person(ADA).await;
        let (_, link) = changed(&app).await;
        let mut browser = app.browser();
        let page = browser.open(&link).await;
        app.person(ADA).await;
        let taken = browser.submit(&page, "return-form", &[]).await;
        assert_eq!(taken.status, 410, "{taken:?}");
        assert!(taken.body.contains("data-outcome=\"taken\""), "{}", taken.body);
        app.clock.advance(7 * 24 * 3_600);
        let late = browser.submit(&page, "return-form", &[]).await;
        assert!(late.body.contains("data-outcome=\"expired\""), "{}", late.body);
        for path in ["", "?token=", "?token=x", "?token=ptk_ml_unknown", "?token=ptk_ml_%0d%0a"] {
            let page = app.browser().open(&format!("/account/email/undo{path}")).await;
            assert_eq!(page.status, 404, "{path} {page:?}");
        }
    }
}

/// Of several who want an address at once one gets it.
#[tokio::test]
async fn an_address_wanted_by_several_at_once_goes_to_one() {
    for app in apps().await {
        for round in 0..6 {
            let wanted = format!("wanted{round}@example.com");
            let mut wishes = Vec::new();
            for n in 0..3 {
                let email = format!("p{n}-{round}@example.com");
                app.person(&email).await;
                let mut browser = app.browser();
                browser.extra_headers = Vec::new();
                browser.sign_in(&email).await;
                let page = browser.get("/account/email").await;
                browser.submit(&page, "email-form", &[("email", &wanted)]).await;
                let page = browser.get("/account/email").await;
                let code = code_in(&mail_to(&app, &wanted).await);
                wishes.push((browser, page, code));
            }
            let finishing: Vec<_> = wishes
                .into_iter()
                .map(|(mut browser, page, code)| {
                    tokio::spawn(async move { finish(&mut browser, &page, &code).await.status })
                })
                .collect();
            let mut won = 0;
            for answer in finishing {
                won += usize::from(answer.await.unwrap() == 303);
            }
            assert_eq!(won, 1, "round {round} {}", app.engine);
            app.clock.advance(3_600);
        }
    }
}

/// A code typed by several windows at once counts once.
#[tokio::test]
async fn a_code_counts_once() {
    for app in apps().await {
        let user = app.person(ADA).await;
        for round in 0..10 {
            let (browser, _) = asked(&app, &format!("new{round}@example.com")).await;
            drop(browser);
            let code = code_in(&mail_to(&app, &format!("new{round}@example.com")).await);
            let session = app.app.accounts.sessions_of(&user.id).await.unwrap().remove(0).session;
            let wishes: Vec<_> = (0..5)
                .map(|_| {
                    let (accounts, session) = (app.app.accounts.clone(), session.clone());
                    let code = code.clone();
                    tokio::spawn(async move {
                        let from = from("192.0.2.1");
                        accounts.finish_email_change(&session, &code, &from).await.is_ok()
                    })
                })
                .collect();
            let mut won = 0;
            for wish in wishes {
                won += usize::from(wish.await.unwrap());
            }
            assert_eq!(won, 1, "round {round} {}", app.engine);
            super::steps::execute(
                &app,
                "UPDATE users SET email = 'ada@example.com',
                email_canonical = 'ada@example.com'",
            )
            .await;
            super::steps::execute(&app, "DELETE FROM sessions").await;
            app.clock.advance(3_600);
        }
    }
}

/// A thief in somebody's session who sets up a second step and then changes the address keeps
/// nothing when the owner takes the account back; what the owner had long before stays.
#[tokio::test]
async fn an_account_taken_back_keeps_no_second_step_of_the_thief() {
    for app in apps().await {
        app.person(ADA).await;
        let mut thief = app.browser();
        thief.sign_in(ADA).await;
        set_up_totp(&app, &mut thief).await;
        let page = thief.get("/account/email").await;
        let answer = thief.submit(&page, "email-form", &[("email", NEW)]).await;
        let page = thief.follow(answer).await;
        let code = code_in(&mail_to(&app, NEW).await);
        assert_eq!(finish(&mut thief, &page, &code).await.status, 303, "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM second_factors").await, 1);
        let link = link_to(&app, ADA, "/account/email/undo?token=").await;
        let mut owner = app.browser();
        let page = owner.open(&link).await;
        let done = owner.submit(&page, "return-form", &[]).await;
        assert!(done.body.contains("data-outcome=\"done\""), "{}", done.body);
        for table in ["second_factors", "backup_codes", "trusted_browsers"] {
            let left = count(&app, &format!("SELECT COUNT(*) FROM {table}")).await;
            assert_eq!(left, 0, "{table} on {}", app.engine);
        }
    }
}

/// The old mailbox alone opens no account whose second step is older than the change.
#[tokio::test]
async fn an_account_taken_back_keeps_the_second_step_that_its_owner_had() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let (authenticator, _) = set_up_totp(&app, &mut browser).await;
        app.clock.advance(8 * 24 * 3_600);
        let half = first_half(&mut browser, ADA).await;
        let code = authenticator.code(&app, 0);
        assert_eq!(browser.submit(&half, "mfa-form", &[("code", &code)]).await.status, 303);
        let page = browser.get("/account/email").await;
        let answer = browser.submit(&page, "email-form", &[("email", NEW)]).await;
        let page = browser.follow(answer).await;
        let code = code_in(&mail_to(&app, NEW).await);
        assert_eq!(finish(&mut browser, &page, &code).await.status, 303, "{}", app.engine);
        let link = link_to(&app, ADA, "/account/email/undo?token=").await;
        let mut anybody = app.browser();
        let page = anybody.open(&link).await;
        anybody.submit(&page, "return-form", &[]).await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM second_factors").await, 1, "{}", app.engine);
    }
}

/// A session that never gave the second factor changes neither the address nor the password, and
/// deletes nothing, however lately its password was given.
#[tokio::test]
async fn who_has_a_second_step_gives_it_before_anything_grave() {
    for app in apps().await {
        app.person(ADA).await;
        let mut with_password_alone = app.browser();
        with_password_alone.sign_in(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        set_up_totp(&app, &mut browser).await;
        for path in ["/account/email", "/account/password", "/account/delete"] {
            let answer = with_password_alone.get(path).await;
            let to = answer.header("location").to_owned();
            assert!(to.starts_with("/login/mfa"), "{path} on {}: {to}", app.engine);
            assert_eq!(browser.get(path).await.status, 200, "{path} on {}", app.engine);
        }
    }
}

/// An unverified account is no claim to an address: neither to one that is taken back nor to one
/// that somebody changes to.
#[tokio::test]
async fn an_unverified_account_blocks_no_address() {
    for app in apps().await {
        app.person(ADA).await;
        sign_up(&app, NEW).await;
        let (mut browser, page) = asked(&app, NEW).await;
        let code = code_in(&mail_with(&app, NEW, "Is this your address?").await);
        assert_eq!(finish(&mut browser, &page, &code).await.status, 303, "{}", app.engine);
        sign_up(&app, ADA).await;
        let link = link_to(&app, ADA, "/account/email/undo?token=").await;
        let mut owner = app.browser();
        let page = owner.open(&link).await;
        let done = owner.submit(&page, "return-form", &[]).await;
        assert!(done.body.contains("data-outcome=\"done\""), "{}: {}", app.engine, done.body);
    }
}

async fn sign_up(app: &TestApp, email: &str) {
    let mut stranger = app.browser();
    let page = stranger.open("/signup").await;
    let fields = [("name", "Mallory"), ("email", email), ("password", PASSWORD)];
    assert_eq!(stranger.submit(&page, "signup-form", &fields).await.status, 303);
}

/// The mail to an address that holds these words.
async fn mail_with(app: &TestApp, email: &str, words: &str) -> String {
    let mails = app.mails().await.into_iter();
    let mut mails = mails.filter(|mail| mail.starts_with(&format!("To: {email}\n")));
    mails.find(|mail| mail.contains(words)).unwrap()
}

/// Who typed the code too late asks for another one where they are.
#[tokio::test]
async fn an_address_is_not_lost_with_its_code() {
    for app in apps().await {
        app.person(ADA).await;
        let (mut browser, page) = asked(&app, NEW).await;
        let code = code_in(&mail_to(&app, NEW).await);
        let soon = browser.submit(&page, "resend-form", &[]).await;
        assert_eq!(soon.status, 429, "{soon:?}");
        assert!(soon.body.contains("We sent a code a moment ago. In 1"), "{}", soon.body);
        app.clock.advance(15 * 60);
        let reauth = browser.get("/login/reauth?to=email").await;
        browser.submit(&reauth, "proof-form", &[("password", PASSWORD)]).await;
        let late = finish(&mut browser, &page, &code).await;
        assert!(late.body.contains("That code has expired"), "{}", late.body);
        assert!(late.body.contains(NEW), "{}: {}", app.engine, late.body);
        // Loaded anew, the address is typed already.
        let anew = browser.get("/account/email").await;
        assert!(anew.body.contains(&format!("value=\"{NEW}\"")), "{}", anew.body);
        let sent = browser.submit(&late, "resend-form", &[]).await;
        let page = browser.follow(sent).await;
        let code = code_in(&mail_to(&app, NEW).await);
        let done = finish(&mut browser, &page, &code).await;
        assert_eq!(done.header("location"), "/account/profile?done=email", "{done:?}");
    }
}
