//! `/account/password`.

use protekt::store::sessions;

use super::steps::{SESSION, are_signed_in, count, enter, mail_to};
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, apps};
use crate::support::browser::Browser;
use crate::support::people::{browser, from};
use crate::support::protocol::ADA;

const NEW: &str = "another good one 7";

async fn choose(browser: &mut Browser, page: &Answer, password: &str) -> Answer {
    browser.submit(page, "password-form", &[("password", password)]).await
}

/// LO-08, RT-09
#[tokio::test]
async fn a_new_password_ends_everything_but_the_session_that_chose_it() {
    for app in apps().await {
        app.with_ada().await;
        let tokens = app.tokens().await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let mut elsewhere = app.browser();
        elsewhere.sign_in(ADA).await;
        let before = browser.cookies.clone();
        let page = browser.get("/account/password").await;
        assert!(page.body.contains("autocomplete=\"new-password\""), "{}", page.body);
        assert!(page.body.contains("class=\"vh\" id=\"username\""), "{}", page.body);
        let answer = choose(&mut browser, &page, NEW).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/account?done=password"));
        let home = browser.follow(answer).await;
        assert!(home.body.contains("Your password is changed"), "{}", home.body);
        assert_ne!(browser.cookies[SESSION], before[SESSION], "{}", app.engine);
        assert!(!are_signed_in(&app, &before).await, "{}", app.engine);
        assert!(!are_signed_in(&app, &elsewhere.cookies).await, "{}", app.engine);
        assert_eq!(app.refresh(&tokens.text("refresh_token")).await.error(), "invalid_grant");
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401);
        assert!(mail_to(&app, ADA).await.contains("was changed"), "{}", app.engine);
        let mut later = app.browser();
        let page = later.open("/login").await;
        assert_eq!(enter(&mut later, &page, ADA, PASSWORD).await.status, 422, "{}", app.engine);
        assert_eq!(enter(&mut later, &page, ADA, NEW).await.status, 303, "{}", app.engine);
        let trail = "SELECT COUNT(*) FROM audit_events WHERE kind = 'password_changed'";
        assert_eq!(count(&app, trail).await, 1, "{}", app.engine);
    }
}

#[tokio::test]
async fn links_to_a_new_password_end_with_the_old_one() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        let page = browser.open("/password/forgot").await;
        browser.submit(&page, "forgot-form", &[("email", ADA)]).await;
        let mail = mail_to(&app, ADA).await;
        let link = mail.split_whitespace().find(|word| word.contains("?token=")).unwrap();
        let link = link.strip_prefix("https://id.example.com").unwrap().to_owned();
        browser.sign_in(ADA).await;
        let page = browser.get("/account/password").await;
        assert_eq!(choose(&mut browser, &page, NEW).await.status, 303);
        assert_eq!(app.browser().open(&link).await.status, 410, "{}", app.engine);
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_password_is_said_and_it_is_not_shown_again() {
    for app in apps().await {
        app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.get("/account/password").await;
        for (typed, text) in [
            ("", "Create a password"),
            ("short", "at least 8 characters"),
            ("password123", "on lists of leaked passwords"),
            (ADA, "without your name,"),
            (PASSWORD, "This is the password you have"),
        ] {
            let answer = choose(&mut browser, &page, typed).await;
            assert_eq!(answer.status, 422, "{answer:?}");
            assert!(answer.body.contains(text), "{text} in {}", answer.body);
            assert!(typed.is_empty() || typed == ADA || !answer.body.contains(typed));
        }
        assert!(are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        for _ in 0..16 {
            choose(&mut browser, &page, "short").await;
        }
        assert_eq!(choose(&mut browser, &page, NEW).await.status, 429, "{}", app.engine);
    }
}

/// Of several windows at once one password counts, and the other windows are signed out.
#[tokio::test]
async fn of_changes_at_once_one_counts() {
    for app in apps().await {
        let user = app.person(ADA).await;
        app.browser().sign_in(ADA).await;
        for round in 0..10 {
            app.clock.advance(1_000);
            let accounts = &app.app.accounts;
            let sid = accounts.sessions_of(&user.id).await.unwrap().remove(0).session.sid;
            let mut tx = app.app.store().begin().await.unwrap();
            let before = sessions::find(&mut tx, &sid).await.unwrap().unwrap();
            let of = (&sid, before.generation);
            let session = sessions::prove(&mut tx, of, None, app.app.now()).await.unwrap().unwrap();
            tx.commit().await.unwrap();
            let change = async |n: u8| {
                let password = format!("walnut harbour quarry {n}").into();
                let at = (&browser("one"), &from("192.0.2.1"));
                accounts.change_password(&session, &password, None, at).await.is_ok()
            };
            let done = tokio::join!(change(1), change(2), change(3), change(4));
            let won = [done.0, done.1, done.2, done.3].into_iter().filter(|&won| won).count();
            assert_eq!(won, 1, "round {round} {}", app.engine);
        }
    }
}

#[tokio::test]
async fn password_managers_find_the_page_and_nothing_else_there() {
    for app in apps().await {
        let mut browser = app.browser();
        let answer = browser.get("/.well-known/change-password").await;
        assert_eq!((answer.status, answer.header("location")), (302, "/account/password"));
        for path in [
            "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200",
            "/.well-known/change-passwords",
            "/.well-known/",
        ] {
            assert_eq!(browser.get(path).await.status, 404, "{path}");
        }
    }
}
