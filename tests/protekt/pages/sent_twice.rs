//! Forms that give the session another cookie, sent twice: the browser drops the first answer, and comes with
//! the cookie of before.

use futures_util::future::join_all;
use protekt::accounts::SignInRefusal;
use protekt::store::{sessions, users};

use super::proof::unproven;
use super::steps::{SESSION, are_signed_in, count, hidden};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::browser::Browser;
use crate::support::factors::set_up_totp;
use crate::support::people::from;
use crate::support::protocol::ADA;

const NEW: &str = "another good one 7";
const CHANGED: &str = "/account?done=password";
const SIGNED_OUT: &str = "/login?notice=signed-out";
const CHANGES: &str = "SELECT COUNT(*) FROM audit_events WHERE kind = 'password_changed'";

async fn submit(mut browser: Browser, page: &Answer, form: &str, typed: &str) -> (Browser, Answer) {
    let answer = browser.submit(page, form, &[("password", typed)]).await;
    (browser, answer)
}

/// At the page of a new password, some seconds after the sign-in.
async fn at_password(app: &TestApp) -> (Browser, Answer) {
    app.person(ADA).await;
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    app.clock.advance(30);
    let page = browser.get("/account/password").await;
    (browser, page)
}

/// CS-10, RT-09: the very same form arrives where the first did. Whoever has the cookie of before, and not the
/// password that was typed, is out.
#[tokio::test]
async fn a_new_password_that_is_sent_twice_is_told_as_done() {
    for app in apps().await {
        let (old, page) = at_password(&app).await;
        let (first, answer) = submit(old.clone(), &page, "password-form", NEW).await;
        assert_eq!(answer.header("location"), CHANGED, "{answer:?}");
        let location = async |browser: &Browser, typed: &str| {
            let (_, answer) = submit(browser.clone(), &page, "password-form", typed).await;
            answer.header("location").to_owned()
        };
        for typed in ["another good one 8", PASSWORD, ""] {
            assert_eq!(location(&old, typed).await, SIGNED_OUT, "{typed} {}", app.engine);
        }
        let mut stranger = app.browser();
        stranger.get("/login").await;
        stranger.cookies.insert(SESSION.to_owned(), old.cookies[SESSION].clone());
        assert_eq!(location(&stranger, NEW).await, SIGNED_OUT, "{}", app.engine);
        assert!(are_signed_in(&app, &first.cookies).await, "{}", app.engine);

        let (second, answer) = submit(old.clone(), &page, "password-form", NEW).await;
        assert_eq!((answer.status, answer.header("location")), (303, CHANGED), "{answer:?}");
        assert!(are_signed_in(&app, &second.cookies).await, "{}", app.engine);
        assert_eq!(count(&app, CHANGES).await, 1, "{}", app.engine);
        app.clock.advance(11);
        assert_eq!(location(&old, NEW).await, SIGNED_OUT, "{}", app.engine);
    }
}

/// The first answer was dropped, and its cookie was not.
#[tokio::test]
async fn a_new_password_that_is_sent_twice_with_the_new_cookie_is_told_as_done() {
    for app in apps().await {
        let (old, page) = at_password(&app).await;
        let (first, _) = submit(old, &page, "password-form", NEW).await;
        app.clock.advance(5);
        let (second, answer) = submit(first, &page, "password-form", NEW).await;
        assert_eq!((answer.status, answer.header("location")), (303, CHANGED), "{answer:?}");
        assert_eq!(count(&app, CHANGES).await, 1, "{}", app.engine);
        app.clock.advance(6);
        let (_, answer) = submit(second, &page, "password-form", NEW).await;
        assert_eq!(answer.status, 422, "{}", app.engine);
        assert!(answer.body.contains("This is the password you have"), "{}", answer.body);
    }
}

/// Whoever has just said "Not me" is not told that the password they have is another one.
#[tokio::test]
async fn a_password_is_not_called_changed_where_something_came_between() {
    for app in apps().await {
        let (old, page) = at_password(&app).await;
        let (mut owner, _) = submit(old, &page, "password-form", NEW).await;
        let csrf = hidden(&owner.get("/account/activity").await, "csrf");
        let fields = [("csrf", csrf.as_str()), ("event", "any")];
        let asked = owner.post("/account/activity/not-me", &fields).await;
        assert_eq!(asked.header("location"), "/account/password?done=not-me", "{asked:?}");
        let page = owner.follow(asked).await;
        let (_, answer) = submit(owner, &page, "password-form", NEW).await;
        assert_eq!(answer.status, 422, "{}", app.engine);
    }
}

/// A right password that proves who somebody is, and is no new one.
#[tokio::test]
async fn a_form_is_known_at_its_own_place_alone() {
    for app in apps().await {
        app.person(ADA).await;
        let mut old = unproven(&app).await;
        let page = old.open("/account/password").await;
        let csrf = hidden(&page, "csrf");
        submit(old.clone(), &page, "proof-form", PASSWORD).await;
        let fields = [("csrf", csrf.as_str()), ("password", PASSWORD)];
        let answer = old.post("/account/password", &fields).await;
        assert_eq!(answer.header("location"), SIGNED_OUT, "{} {answer:?}", app.engine);
    }
}

/// CS-10 MF-05: what came before a second factor leads to nothing of it.
#[tokio::test]
async fn a_proof_that_is_sent_again_after_a_second_factor_leads_nowhere() {
    for app in apps().await {
        app.person(ADA).await;
        let mut old = unproven(&app).await;
        let page = old.open("/account/password").await;
        let (mut owner, answer) = submit(old.clone(), &page, "proof-form", PASSWORD).await;
        assert_eq!(answer.header("location"), "/account/password", "{answer:?}");
        let (second, answer) = submit(old.clone(), &page, "proof-form", PASSWORD).await;
        assert_eq!(answer.header("location"), "/account/password", "{answer:?}");
        owner.cookies.clone_from(&second.cookies);
        set_up_totp(&app, &mut owner).await;
        let (thief, answer) = submit(old, &page, "proof-form", PASSWORD).await;
        assert_eq!(answer.header("location"), SIGNED_OUT, "{} {answer:?}", app.engine);
        assert!(!are_signed_in(&app, &thief.cookies).await, "{}", app.engine);
        assert!(are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
    }
}

/// CS-10: whoever has a copy of the cookie and sends whatever the proof opens, again and again, while its owner
/// proves who they are, has nothing of that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_copied_cookie_comes_through_with_the_proof_of_its_owner() {
    for app in apps().await {
        app.person(ADA).await;
        for _ in 0..10 {
            let mut owner = unproven(&app).await;
            let page = owner.open("/account/password").await;
            let csrf = hidden(&page, "csrf");
            let thief = owner.clone();
            let tries = (0..12).map(|n| {
                let (mut thief, csrf) = (thief.clone(), csrf.clone());
                async move {
                    tokio::time::sleep(std::time::Duration::from_millis(3 * n)).await;
                    let fields = [("csrf", csrf.as_str()), ("password", NEW)];
                    let path = if n % 2 == 0 {
                        "/account/password"
                    } else {
                        "/account/sessions/end-others"
                    };
                    thief.post(path, &fields).await;
                    thief
                }
            });
            let (done, thieves) =
                tokio::join!(submit(owner, &page, "proof-form", PASSWORD), join_all(tries));
            assert_eq!(count(&app, CHANGES).await, 0, "{}", app.engine);
            let (_, answer) = done;
            assert!(matches!(answer.status, 303), "{} {answer:?}", app.engine);
            for mut thief in thieves {
                let opened = thief.get("/account/password").await;
                assert!(!opened.body.contains("id=\"password-form\""), "{}", app.engine);
            }
        }
    }
}

/// Whoever has a copy of the cookie and nothing else keeps the owner out by it a few times, and then no more.
#[tokio::test]
async fn who_proved_nothing_lately_signs_everything_else_out_a_few_times_an_hour() {
    for app in apps().await {
        app.person(ADA).await;
        let mut thief = unproven(&app).await;
        let csrf = hidden(&thief.get("/account/activity").await, "csrf");
        for turn in 1..=5 {
            let path = if turn % 2 == 0 {
                "/account/sessions/end-others"
            } else {
                "/account/activity/not-me"
            };
            let answer = thief.post(path, &[("csrf", &*csrf), ("event", "any")]).await;
            assert_eq!(answer.status, if turn > 3 { 429 } else { 303 }, "{turn} {}", app.engine);
        }
        let mut owner = app.browser();
        owner.sign_in(ADA).await;
        let answer = thief.post("/account/sessions/end-others", &[("csrf", &csrf)]).await;
        assert_eq!(answer.status, 429, "{} {answer:?}", app.engine);
        assert!(are_signed_in(&app, &owner.cookies).await, "{}", app.engine);
        // Who has just signed in is not held up.
        let csrf = hidden(&owner.get("/account/sessions").await, "csrf");
        for _ in 0..5 {
            let answer = owner.post("/account/sessions/end-others", &[("csrf", &csrf)]).await;
            assert_eq!(answer.status, 303, "{} {answer:?}", app.engine);
        }
    }
}

#[tokio::test]
async fn of_several_proofs_at_once_each_leads_on() {
    for app in apps().await {
        app.person(ADA).await;
        let mut old = unproven(&app).await;
        let page = old.open("/account/password").await;
        let sent = (0..4).map(|_| submit(old.clone(), &page, "proof-form", PASSWORD));
        for (_, answer) in join_all(sent).await {
            assert_eq!(answer.header("location"), "/account/password", "{} {answer:?}", app.engine);
        }
    }
}

/// The session ended while its right password was compared: nobody is told that it was wrong, and it is no
/// wrong try.
#[tokio::test]
async fn a_proof_in_a_session_that_ended_meanwhile_is_not_called_wrong() {
    for app in apps().await {
        app.person(ADA).await;
        unproven(&app).await;
        let accounts = &app.app.accounts;
        let (user, session) = {
            let mut tx = app.app.store().read().await.unwrap();
            let user = users::find_credentials(&mut tx, ADA).await.unwrap().unwrap().user;
            let all = sessions::list_of_user(&mut tx, &user.id, app.app.now()).await.unwrap();
            (user, all.into_iter().next().unwrap().session)
        };
        accounts.sign_out(&session, &from("192.0.2.1")).await.unwrap();
        let told = accounts
            .prove_by_password(&session, (&PASSWORD.into(), None), &from("192.0.2.1"))
            .await;
        assert!(matches!(told, Err(SignInRefusal::SessionIsOver)), "{} {told:?}", app.engine);
        let wrong = "SELECT COUNT(*) FROM throttle_counters
            WHERE key LIKE 'password%' AND key NOT LIKE '%network%' AND count > 0";
        assert_eq!(count(&app, wrong).await, 0, "{} {}", app.engine, user.email);
    }
}

#[tokio::test]
async fn of_several_clicks_at_once_each_is_told_that_the_password_changed() {
    for app in apps().await {
        let (old, page) = at_password(&app).await;
        let clicks = (0..3).map(|_| submit(old.clone(), &page, "password-form", NEW));
        for (_, answer) in join_all(clicks).await {
            assert_eq!(answer.header("location"), CHANGED, "{} {answer:?}", app.engine);
            assert!(answer.headers.contains_key("set-cookie"), "{} {answer:?}", app.engine);
        }
        assert_eq!(count(&app, CHANGES).await, 1, "{}", app.engine);
    }
}

/// CS-10: a proof, too.
#[tokio::test]
async fn a_proof_that_is_sent_twice_leads_on() {
    for app in apps().await {
        app.person(ADA).await;
        let mut old = unproven(&app).await;
        let page = old.open("/account/password").await;
        assert!(!hidden(&page, "to").is_empty(), "{page:?}");
        let (_, answer) = submit(old.clone(), &page, "proof-form", PASSWORD).await;
        assert_eq!(answer.header("location"), "/account/password", "{answer:?}");
        let (_, answer) = submit(old.clone(), &page, "proof-form", "a wrong guess 7").await;
        assert_eq!(answer.header("location"), SIGNED_OUT, "{answer:?}");
        let (mut second, answer) = submit(old.clone(), &page, "proof-form", PASSWORD).await;
        assert_eq!(answer.header("location"), "/account/password", "{answer:?}");
        assert_eq!(second.follow(answer).await.status, 200, "{}", app.engine);
        app.clock.advance(11);
        let (_, answer) = submit(old, &page, "proof-form", PASSWORD).await;
        assert_eq!(answer.header("location"), SIGNED_OUT, "{answer:?}");
    }
}
