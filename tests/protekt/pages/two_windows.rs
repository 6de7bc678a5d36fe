//! Two windows that sign up with one address, and windows that are out of date.

use std::time::Duration;

use protekt::clock::Clock as _;
use protekt::store::{sessions, unverified_users, users};

use super::reset_password::{ask, choose, link_to};
use super::steps::{are_signed_in, code_in, hidden, link_in, mail_to, sign_up};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps, authorize_url};
use crate::support::browser::{Browser, parameter, sent_to};
use crate::support::protocol::ADA;

const EMAIL: &str = "grace@example.com";

/// Signs up in a window of this browser.
async fn window(browser: &mut Browser) -> Answer {
    let page = browser.open("/signup").await;
    sign_up(browser, &page, EMAIL).await
}

/// The address of a window, to load it again.
fn address_of(page: &Answer) -> String {
    format!("/verify-email?flow={}", hidden(page, "flow"))
}

#[track_caller]
fn assert_outcome(page: &Answer, status: u16, outcome: &str) {
    assert_eq!(page.status, status, "{page:?}");
    assert!(page.body.contains(&format!("data-outcome=\"{outcome}\"")), "{}", page.body);
}

#[tokio::test]
async fn the_newest_code_is_good_in_either_window_of_one_browser() {
    for app in apps().await {
        let mut browser = app.browser();
        let older = window(&mut browser).await;
        let old = mail_to(&app, EMAIL).await;
        app.clock.advance(61);
        let newer = window(&mut browser).await;
        let code = code_in(&mail_to(&app, EMAIL).await);
        if code != code_in(&old) {
            let fields = [("code", &*code_in(&old))];
            let answer = browser.submit(&older, "verify-form", &fields).await;
            assert_eq!(answer.status, 422, "{}", app.engine);
        }
        let done = browser.submit(&older, "verify-form", &[("code", &code)]).await;
        assert_eq!(done.header("location"), "/account", "{} {done:?}", app.engine);
        assert!(are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        for page in [&older, &newer] {
            let again = browser.get(&address_of(page)).await;
            assert_eq!(again.header("location"), "/account", "{} {again:?}", app.engine);
            let again = browser.submit(page, "verify-form", &[("code", &code)]).await;
            assert_eq!(again.status, 303, "{} {again:?}", app.engine);
        }
    }
}

/// From the older window too another mail can be had.
#[tokio::test]
async fn the_older_window_sends_another_code() {
    for app in apps().await {
        let mut browser = app.browser();
        let older = window(&mut browser).await;
        app.clock.advance(61);
        window(&mut browser).await;
        app.clock.advance(61);
        let sent = browser.submit(&older, "resend-form", &[]).await;
        let page = browser.follow(sent).await;
        assert!(page.body.contains("id=\"verify-form\""), "{}", page.body);
        let code = code_in(&mail_to(&app, EMAIL).await);
        let done = browser.submit(&page, "verify-form", &[("code", &code)]).await;
        assert_eq!(done.header("location"), "/account", "{} {done:?}", app.engine);
    }
}

/// What a later sign-up in another browser took the place of goes on nowhere.
#[tokio::test]
async fn a_window_of_another_browser_says_that_it_is_out_of_date() {
    for app in apps().await {
        let (mut first, mut second) = (app.browser(), app.browser());
        let older = window(&mut first).await;
        app.clock.advance(61);
        window(&mut second).await;
        let code = code_in(&mail_to(&app, EMAIL).await);
        let answer = first.submit(&older, "verify-form", &[("code", &code)]).await;
        assert_outcome(&answer, 410, "begun-again");
        assert!(answer.body.contains("href=\"/signup\""), "{}", answer.body);
        let answer = first.get(&address_of(&older)).await;
        assert_outcome(&answer, 410, "begun-again");
        assert!(!are_signed_in(&app, &first.cookies).await, "{}", app.engine);
    }
}

#[tokio::test]
async fn who_cannot_sign_in_yet_is_told_to_sign_up_again() {
    for app in apps().await {
        let mut browser = app.browser();
        window(&mut browser).await;
        let link = link_in(&mail_to(&app, EMAIL).await);
        app.clock.advance(24 * 3_600);
        let late = browser.get(&link).await;
        assert_outcome(&late, 410, "expired");
        assert!(late.body.contains("id=\"begin-again\" href=\"/signup\""), "{}", late.body);
        let unknown = browser.get("/verify-email?token=made-up").await;
        assert_outcome(&unknown, 404, "unknown");
        assert!(unknown.body.contains("id=\"begin-again\""), "{}", unknown.body);
        // Where an unverified person may sign in, that is the way to another mail.
        let wishes = |app: &mut protekt::http::App| {
            let mut settings = (*app.accounts.settings).clone();
            settings.email_verification_is_required = false;
            app.accounts.settings = std::sync::Arc::new(settings);
        };
        let mut other = super::steps::changed(&app, wishes);
        let late = other.get(&link).await;
        assert_outcome(&late, 410, "expired");
        assert!(!late.body.contains("begin-again"), "{}", late.body);
        assert!(late.body.contains("href=\"/login\""), "{}", late.body);
    }
}

#[tokio::test]
async fn not_me_clicked_twice_says_the_same_twice() {
    for app in apps().await {
        window(&mut app.browser()).await;
        let link = link_in(&mail_to(&app, EMAIL).await);
        let mut reader = app.browser();
        let page = reader.open(&link).await;
        for _ in 0..2 {
            let answer = reader.submit(&page, "verify-not-me", &[]).await;
            assert_outcome(&answer, 200, "removed");
        }
        assert_outcome(&reader.get(&link).await, 404, "unknown");
    }
}

async fn sent_to_end(app: &TestApp, browser: &mut Browser, mut page: Answer) -> Answer {
    for _ in 0..12 {
        app.clock.advance(61);
        let answer = browser.submit(&page, "resend-form", &[]).await;
        if answer.status != 303 {
            return answer;
        }
        page = browser.follow(answer).await;
    }
    panic!("{}: mails without end", app.engine)
}

#[tokio::test]
async fn who_asks_for_too_many_mails_is_told_what_still_works() {
    for app in apps().await {
        let mut browser = app.browser();
        let page = window(&mut browser).await;
        let early = browser.submit(&page, "resend-form", &[]).await;
        assert_eq!(early.status, 429, "{}", app.engine);
        assert!(early.body.contains("We sent a code a moment ago. In 1"), "{}", early.body);
        assert!(!early.body.contains("Too many tries"), "{}", early.body);
        let last = sent_to_end(&app, &mut browser, page).await;
        assert_eq!(last.status, 422, "{} {last:?}", app.engine);
        assert!(last.body.contains("the link in the latest still works"), "{}", last.body);
        assert!(!last.body.contains("Too many tries"), "{}", last.body);
        let link = link_in(&mail_to(&app, EMAIL).await);
        assert_eq!(browser.get(&link).await.status, 200, "{}", app.engine);
    }
}

/// Every window goes on with the application it was begun for, also after a second click.
#[tokio::test]
async fn each_window_goes_on_with_its_own_application() {
    for app in apps().await {
        app.web_client().await;
        let mut browser = app.browser();
        let mut windows = Vec::new();
        for state in ["st-a", "st-b"] {
            let prompt = [("prompt", Some("create")), ("state", Some(state))];
            let page = browser.open(&authorize_url(&prompt)).await;
            windows.push(sign_up(&mut browser, &page, EMAIL).await);
            app.clock.advance(61);
        }
        let code = code_in(&mail_to(&app, EMAIL).await);
        for (page, state) in windows.iter().zip(["st-a", "st-b"]) {
            let code = [("code", &*code)];
            let answer = browser.submit(page, "verify-form", &code).await;
            let mut there = browser.follow(answer).await;
            // The second time nothing is left to ask.
            if state == "st-a" {
                assert!(there.body.contains("id=\"consent-form\""), "{}", there.body);
                let answer = browser.submit(page, "verify-form", &code).await;
                let again = browser.follow(answer).await;
                let fields = [("decision", "allow")];
                there = browser.submit(&again, "consent-form", &fields).await;
            }
            let to = sent_to(&there);
            assert!(to.contains(&format!("state={state}")), "{} {to}", app.engine);
            // Loaded again after all is done, it is no dead end.
            let again = browser.open(&address_of(page)).await;
            assert!(again.status < 400, "{again:?}");
        }
    }
}

/// The link that is confirmed twice leads to the application both times.
#[tokio::test]
async fn a_link_that_is_clicked_twice_leads_to_the_application_twice() {
    for app in apps().await {
        app.web_client().await;
        let mut browser = app.browser();
        let page = browser.open(&authorize_url(&[("prompt", Some("create"))])).await;
        sign_up(&mut browser, &page, EMAIL).await;
        let link = link_in(&mail_to(&app, EMAIL).await);
        let page = browser.open(&link).await;
        for _ in 0..2 {
            let answer = browser.submit(&page, "verify-confirm", &[]).await;
            let answer = browser.follow(answer).await;
            assert!(answer.body.contains("id=\"consent-form\""), "{}", answer.body);
        }
        // Elsewhere it is used, and says so.
        assert_outcome(&app.browser().open(&link).await, 410, "used");
    }
}

/// EN-06: what becomes of an account that nobody has proved shows nobody whether there was one.
#[tokio::test]
async fn an_account_that_goes_leaves_the_windows_as_they_were() {
    for app in apps().await {
        app.person("taken@example.com").await;
        let mut told = Vec::new();
        for email in ["taken@example.com", "free@example.com"] {
            let (mut first, mut second) = (app.browser(), app.browser());
            let page = first.open("/signup").await;
            let older = sign_up(&mut first, &page, email).await;
            let page = first.open("/password/forgot").await;
            let asked = first.submit(&page, "forgot-form", &[("email", email)]).await;
            let asked_at = asked.header("location").to_owned();
            app.clock.advance(61);
            let page = second.open("/signup").await;
            let newer = sign_up(&mut second, &page, email).await;
            let moved = format!("moved-{email}");
            let fields = [("email", &*moved)];
            let changed = second.submit(&newer, "change-address-form", &fields).await;
            assert_eq!(changed.status, 303, "{changed:?}");
            let window = first.get(&address_of(&older)).await;
            let sent = first.get(&asked_at).await;
            let outcome =
                window.body.split("data-outcome=").nth(1).map(|rest| rest[..12].to_owned());
            told.push((window.status, outcome, sent.status, sent.body.contains("forgot-form")));
        }
        assert_eq!(told[0], told[1], "{}", app.engine);
    }
}

/// Where verification was switched on later, an account may be in use whose address is somebody else's:
/// whoever has the mailbox shuts them out.
#[tokio::test]
async fn not_me_shuts_out_who_used_an_address_that_is_not_theirs() {
    for app in apps().await {
        app.unverified_person(EMAIL).await;
        app.store.run("UPDATE users SET last_login_at = created_at, logins_count = 1").await;
        let mut user = app.browser();
        let page = user.open("/login").await;
        let asked = super::steps::enter(&mut user, &page, EMAIL, PASSWORD).await;
        user.follow(asked).await;
        let link = link_in(&mail_to(&app, EMAIL).await);
        let mut reader = app.browser();
        let page = reader.open(&link).await;
        for _ in 0..2 {
            let answer = reader.submit(&page, "verify-not-me", &[]).await;
            assert_outcome(&answer, 200, "removed");
        }
        let page = user.open("/login").await;
        let refused = super::steps::enter(&mut user, &page, EMAIL, PASSWORD).await;
        assert_eq!(refused.status, 422, "{} {refused:?}", app.engine);
    }
}

/// On the way to an app a link that is over leads back to the app by a new one, in the browser that asked.
#[tokio::test]
async fn a_link_that_is_over_keeps_the_app() {
    for app in apps().await {
        app.with_ada().await;
        app.code().await;
        let mut browser = app.browser();
        let page = browser.open(&authorize_url(&[])).await;
        let flow = hidden(&page, "flow");
        let forgot = format!("/password/forgot?flow={flow}");
        let page = browser.open(&forgot).await;
        ask(&mut browser, &page, ADA).await;
        let old = link_to(&app, ADA).await;
        app.clock.advance(61);
        let page = browser.open(&forgot).await;
        ask(&mut browser, &page, ADA).await;
        let over = browser.open(&old).await;
        assert!(over.body.contains("data-outcome=\"superseded\""), "{}", over.body);
        assert!(over.body.contains(&format!("href=\"{forgot}\"")), "{}", over.body);
        assert!(over.body.contains(&format!("href=\"/login?flow={flow}\"")), "{}", over.body);
        let elsewhere = app.browser().open(&old).await;
        assert!(!elsewhere.body.contains(&*flow), "{}", elsewhere.body);
        app.clock.advance(61);
        let page = browser.open(&forgot).await;
        ask(&mut browser, &page, ADA).await;
        let newest = link_to(&app, ADA).await;
        let page = browser.open(&newest).await;
        let done = choose(&mut browser, &page, "another good one 7").await;
        assert!(parameter(&sent_to(&done), "code").is_some(), "{done:?}");
    }
}

/// RT-09: whoever has a copy of the cookie, and waits while the owner changes the password in that very
/// session, gets nothing of what follows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_cookie_that_waits_while_the_password_changes_gets_no_code() {
    for app in apps().await {
        app.web_client().await;
        app.person(ADA).await;
        let mut thief = app.browser();
        thief.code(ADA).await;
        let mut tx = app.store.store.begin().await.unwrap();
        let found = users::find_credentials(&mut tx, ADA).await.unwrap().unwrap();
        let (id, generation, now) = (found.user.id, found.user.generation, app.clock.now());
        let session = sessions::list_of_user(&mut tx, &id, now).await.unwrap().remove(0).session;
        unverified_users::hold(&mut tx, Some(&id)).await.unwrap();
        let asking = tokio::spawn(async move {
            let asked = thief.get(&authorize_url(&[("prompt", Some("none"))])).await;
            (thief, asked)
        });
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert!(!asking.is_finished(), "{}: it waited for nobody", app.engine);
        let change = (generation, &found.password_hash.unwrap());
        let user = users::change_password(&mut tx, &id, change, now).await.unwrap().unwrap();
        sessions::follow(&mut tx, &session, user.generation, now).await.unwrap();
        tx.commit().await.unwrap();
        let (mut thief, answer) = asking.await.unwrap();
        // The browser comes again, with the cookie that it has then.
        let answer = if answer.header("location").starts_with("/login?flow=") {
            thief.get(answer.header("location")).await
        } else {
            answer
        };
        let error = parameter(&sent_to(&answer), "error");
        assert_eq!(error.as_deref(), Some("login_required"), "{} {answer:?}", app.engine);
    }
}

/// RT-09: nor does anything live on that was asked for by an old cookie while its owner threw everybody
/// else out.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_code_of_an_old_cookie_outlives_signing_out_elsewhere() {
    for app in apps().await {
        app.web_client().await;
        app.person(ADA).await;
        let mut owner = app.browser();
        owner.code(ADA).await;
        for _ in 0..3 {
            app.browser().sign_in(ADA).await;
            let page = owner.get("/account/sessions").await;
            let thefts: Vec<_> = (0..4)
                .map(|_| {
                    let mut thief = owner.clone();
                    tokio::spawn(async move {
                        let mut codes = Vec::new();
                        for _ in 0..10 {
                            let asked = authorize_url(&[("prompt", Some("none"))]);
                            let answer = thief.open(&asked).await;
                            codes.extend(parameter(&sent_to(&answer), "code"));
                        }
                        codes
                    })
                })
                .collect();
            let done = owner.submit(&page, "sign-out-others", &[]).await;
            assert_eq!(done.status, 303, "{} {done:?}", app.engine);
            for theft in thefts {
                for code in theft.await.unwrap() {
                    let tokens = app.exchange(&code).await;
                    let is_dead = tokens.status == 400
                        || app.userinfo(&tokens.text("access_token")).await.status == 401;
                    assert!(is_dead, "{}: a code lives on", app.engine);
                }
            }
            assert!(are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
        }
    }
}
