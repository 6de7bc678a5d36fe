//! `/account/activity`.

use super::steps::{are_signed_in, count, enter, hidden};
use crate::support::answer::Answer;
use crate::support::app::{apps, form};
use crate::support::browser::Browser;
use crate::support::protocol::ADA;

#[tokio::test]
async fn the_page_tells_in_words_what_happened_to_this_person_alone() {
    for app in apps().await {
        app.with_ada().await;
        app.person("grace@example.com").await;
        app.browser().sign_in("grace@example.com").await;
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        enter(&mut browser, &page, ADA, "wrong").await;
        app.clock.advance(1);
        let tokens = app.exchange(&browser.code(ADA).await).await;
        app.refresh(&tokens.text("refresh_token")).await;
        let page = browser.get("/account/activity").await;
        assert_eq!(page.status, 200, "{page:?}");
        for words in ["Signed in", "Sign-in refused", "App allowed", "Account created"] {
            assert_eq!(page.body.matches(&format!("<h3>{words}</h3>")).count(), 1, "{words}");
        }
        let place = |words: &str| page.body.find(words).unwrap();
        assert!(place("App allowed") < place("Account created"), "the newest first");
        assert!(!page.body.contains("id=\"older\""), "{}", page.body);
    }
}

/// What only an operator reads takes no place of what is told.
#[tokio::test]
async fn events_that_are_not_told_push_no_other_from_the_page() {
    for app in apps().await {
        app.with_ada().await;
        let mut browser = app.browser();
        let mut tokens = app.exchange(&browser.code(ADA).await).await;
        for _ in 0..15 {
            app.clock.advance(1);
            tokens = app.refresh(&tokens.text("refresh_token")).await;
        }
        let refreshed = "SELECT COUNT(*) FROM audit_events WHERE kind = 'token_refreshed'";
        assert_eq!(count(&app, refreshed).await, 15, "{}", app.engine);
        let page = browser.get("/account/activity").await;
        for words in ["Signed in", "App allowed", "Account created"] {
            assert!(page.body.contains(&format!("<h3>{words}</h3>")), "{words}: {}", page.body);
        }
        assert!(!page.body.contains("id=\"older\""), "{}", page.body);
    }
}

async fn older(browser: &mut Browser, page: &Answer) -> Answer {
    let older = page.body.split("id=\"older\" href=\"").nth(1).unwrap();
    browser.get(older.split('"').next().unwrap()).await
}

/// AP-03
#[tokio::test]
async fn older_events_are_a_page_away_and_a_strange_place_is_the_first_page() {
    for app in apps().await {
        app.person(ADA).await;
        for _ in 0..25 {
            app.browser().sign_in(ADA).await;
            app.clock.advance(1);
        }
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.get("/account/activity").await;
        assert_eq!(page.body.matches("<h3>").count(), 12, "{}", app.engine);
        let rest = older(&mut browser, &page).await;
        assert_eq!(rest.body.matches("<h3>").count(), 12, "{}", rest.body);
        let rest = older(&mut browser, &rest).await;
        assert_eq!(rest.body.matches("<h3>").count(), 3, "{}", rest.body);
        assert!(rest.body.contains("Account created"), "{}", rest.body);
        for strange in ["", "x", "' OR 1=1 --", "\0", "../../../../../etc/passwd"] {
            let path = format!("/account/activity?{}", form(&[("before", strange)]));
            let page = browser.get(&path).await;
            assert_eq!(page.body.matches("<h3>").count(), 12, "{strange:?} {}", app.engine);
        }
    }
}

/// LO-08
#[tokio::test]
async fn not_me_ends_everything_else_and_leads_to_a_new_password() {
    for app in apps().await {
        app.with_ada().await;
        let tokens = app.tokens().await;
        let mut thief = app.browser();
        thief.sign_in(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let page = browser.get("/account/activity").await;
        let csrf = hidden(&page, "csrf");
        let event = page.body.split("name=\"event\" value=\"").nth(1).unwrap();
        let event = event.split('"').next().unwrap();
        let fields = [("csrf", &*csrf), ("event", event)];
        let answer = browser.post("/account/activity/not-me", &fields).await;
        assert_eq!(answer.header("location"), "/account/password?done=not-me", "{answer:?}");
        assert!(!are_signed_in(&app, &thief.cookies).await, "{}", app.engine);
        assert!(are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        assert_eq!(app.refresh(&tokens.text("refresh_token")).await.error(), "invalid_grant");
        let page = browser.follow(answer).await;
        assert!(page.body.contains("id=\"password-form\""), "{}", page.body);
        let told = format!(
            "SELECT COUNT(*) FROM audit_events
             WHERE kind = 'activity_disowned' AND detail LIKE '%{event}%'"
        );
        assert_eq!(count(&app, &told).await, 1, "{}", app.engine);
    }
}
