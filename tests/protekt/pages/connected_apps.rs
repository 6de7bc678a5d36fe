//! `/account/apps`.

use std::sync::Arc;

use super::change_email;
use super::steps::{changed, count, hidden};
use crate::support::app::{apps, authorize_url, web_client};
use crate::support::protocol::ADA;
use protekt::oauth::clients::NewClient;
use protekt::texts::{Locale, Zone};

#[tokio::test]
async fn an_app_is_listed_with_what_it_can_do_in_the_words_of_the_consent_page() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        assert!(browser.get("/account/apps").await.body.contains("None yet"), "{}", app.engine);
        assert_eq!(browser.get("/account/apps/notes").await.status, 404, "{}", app.engine);
        let tokens = app.exchange(&browser.code(ADA).await).await;
        app.clock.advance(3_600);
        assert_eq!(app.refresh(&tokens.text("refresh_token")).await.status, 200);
        let list = browser.get("/account/apps").await;
        assert!(list.body.contains("Northwind Notes"), "{}", list.body);
        assert!(list.body.contains("href=\"/account/apps/notes\""), "{}", list.body);
        let page = browser.get("/account/apps/notes").await;
        for words in [
            "Northwind Notes",
            "Northwind Ltd",
            "notes.example",
            "Know that it’s you",
            "Keep this access when you’re not using it",
            "ada@example.com, verified",
        ] {
            assert!(page.body.contains(words), "{words} in {}", page.body);
        }
        let used = Locale::English.moment(app.app.now(), &Zone::default());
        assert!(page.body.contains(&used), "last used at {used}: {}", page.body);
    }
}

/// RT-09, CS-09
#[tokio::test]
async fn removing_access_ends_every_token_at_once_and_the_app_has_to_ask_again() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        let tokens = app.exchange(&browser.code(ADA).await).await;
        let other = app.tokens().await;
        let page = browser.get("/account/apps/notes").await;
        let bare = browser.post("/account/apps/notes", &[]).await;
        assert_eq!(bare.status, 400, "{bare:?}");
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 200);
        let answer = browser.submit(&page, "remove-form", &[]).await;
        let there = "/account/apps?done=access-removed";
        assert_eq!((answer.status, answer.header("location")), (303, there), "{answer:?}");
        for tokens in [&tokens, &other] {
            assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401);
            assert_eq!(app.refresh(&tokens.text("refresh_token")).await.error(), "invalid_grant");
        }
        let page = browser.follow(answer).await;
        assert!(page.body.contains("None yet"), "{}", page.body);
        let asked = browser.open(&authorize_url(&[])).await;
        assert!(asked.body.contains("id=\"consent-form\""), "{}", asked.body);
        let trail = "SELECT COUNT(*) FROM audit_events WHERE kind = 'access_removed'";
        assert_eq!(count(&app, trail).await, 1, "{}", app.engine);
    }
}

/// AP-03
#[tokio::test]
async fn nobody_removes_what_somebody_else_allowed() {
    for app in apps().await {
        app.with_ada().await;
        app.client(web_client("other", "https://other.example")).await;
        app.person("grace@example.com").await;
        let tokens = app.tokens().await;
        let mut grace = app.browser();
        grace.sign_in("grace@example.com").await;
        let csrf = hidden(&grace.get("/account/apps").await, "csrf");
        for path in ["notes", "other", "nobody", "%00", "..%2f", "a%20b"] {
            let path = format!("/account/apps/{path}");
            assert_eq!(grace.get(&path).await.status, 404, "{path} {}", app.engine);
            let answer = grace.post(&path, &[("csrf", &csrf)]).await;
            assert!(matches!(answer.status, 303 | 404), "{path} {answer:?}");
        }
        assert_eq!(app.refresh(&tokens.text("refresh_token")).await.status, 200, "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM consents").await, 1, "{}", app.engine);
    }
}

const TOLD: &str = "SELECT COUNT(*) FROM outbox WHERE template = 'app_access_granted'";

#[tokio::test]
async fn a_new_app_is_told_by_mail_once_and_again_only_after_it_was_removed() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        browser.authorize(ADA, &[("scope", Some("openid"))]).await;
        let mails = app.mails().await;
        let mail =
            mails.iter().find(|mail| mail.contains("Subject: A new app has access")).unwrap();
        for part in ["To: ada@example.com", "Northwind Notes", "id.example.com/account/apps"] {
            assert!(mail.contains(part), "{part} in {mail}");
        }
        // The same again, asked anew, and more of it.
        browser.authorize(ADA, &[("scope", Some("openid"))]).await;
        browser.authorize(ADA, &[("prompt", Some("consent"))]).await;
        app.browser().authorize(ADA, &[]).await;
        assert_eq!(count(&app, TOLD).await, 1, "{}", app.engine);
        let page = browser.get("/account/apps/notes").await;
        browser.submit(&page, "remove-form", &[]).await;
        browser.authorize(ADA, &[]).await;
        assert_eq!(count(&app, TOLD).await, 2, "{}", app.engine);
    }
}

#[tokio::test]
async fn no_mail_tells_of_apps_of_our_own_nor_where_the_operator_wants_none() {
    for app in apps().await {
        app.person(ADA).await;
        let own = NewClient { first_party: true, ..web_client("own", "https://own.example") };
        app.client(own).await;
        let uri = Some("https://own.example/cb");
        let asked =
            [("client_id", Some("own")), ("redirect_uri", uri), ("prompt", Some("consent"))];
        app.browser().authorize(ADA, &asked).await;
        app.web_client().await;
        let mut silent = changed(&app, |app| {
            let mut settings = (*app.accounts.settings).clone();
            settings.tells_of_new_apps = false;
            app.accounts.settings = Arc::new(settings);
        });
        silent.authorize(ADA, &[]).await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM consents").await, 2, "{}", app.engine);
        assert_eq!(count(&app, TOLD).await, 0, "{}", app.engine);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_consents_at_once_one_is_the_first() {
    for app in apps().await {
        let app = Arc::new(app);
        app.with_ada().await;
        for round in 1..=5 {
            app.store.run("DELETE FROM throttle_counters").await;
            app.store.run("DELETE FROM consents").await;
            let mut pages = Vec::new();
            for _ in 0..8 {
                let mut browser = app.browser();
                browser.sign_in(ADA).await;
                let page = browser.open(&authorize_url(&[])).await;
                pages.push((browser, page));
            }
            let sent = pages.into_iter().map(|(mut browser, page)| {
                tokio::spawn(async move {
                    let allow = [("decision", "allow")];
                    browser.submit(&page, "consent-form", &allow).await.status
                })
            });
            for one in sent.collect::<Vec<_>>() {
                assert_eq!(one.await.unwrap(), 200, "{}", app.engine);
            }
            assert_eq!(count(&app, TOLD).await, round, "{}", app.engine);
        }
    }
}

/// RT-09: who takes an account back by its old address takes it from every application.
#[tokio::test]
async fn an_account_that_is_taken_back_leaves_no_token_alive() {
    for app in apps().await {
        app.with_ada().await;
        let tokens = app.tokens().await;
        let (_, link) = change_email::changed(&app).await;
        let tokens = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 200, "{}", app.engine);
        let mut reader = app.browser();
        let page = reader.open(&link).await;
        let done = reader.submit(&page, "return-form", &[]).await;
        assert!(done.body.contains("data-outcome=\"done\""), "{}", done.body);
        assert_eq!(app.userinfo(&tokens.text("access_token")).await.status, 401, "{}", app.engine);
        let refused = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(refused.error(), "invalid_grant", "{}", app.engine);
    }
}

/// RT-09: whoever removes an app while it is being given a code has removed it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_app_that_is_removed_while_it_gets_a_code_has_nothing_afterwards() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        for round in 0..12 {
            browser.code(ADA).await;
            let page = browser.get("/account/apps/notes").await;
            let (mut owner, mut other) = (browser.clone(), browser.clone());
            let asks: Vec<_> = (0..4)
                .map(|_| {
                    let mut browser = browser.clone();
                    tokio::spawn(async move {
                        browser.get(&authorize_url(&[("prompt", Some("none"))])).await.status
                    })
                })
                .collect();
            let silent = authorize_url(&[]);
            let removed = owner.submit(&page, "remove-form", &[]);
            let asked = other.get(&silent);
            let (removed, asked) = tokio::join!(removed, asked);
            assert_eq!((removed.status, asked.status), (303, 303), "{round} {}", app.engine);
            for ask in asks {
                assert_eq!(ask.await.unwrap(), 303, "{round} {}", app.engine);
            }
            let living = "SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL";
            assert_eq!(count(&app, living).await, 0, "{round} {}", app.engine);
        }
    }
}
