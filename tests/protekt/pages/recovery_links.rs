//! The links to `/recover/request`, where somebody says what happened: how long they are good, and how
//! many go out.

use protekt::accounts::RecoveryDecision;

use super::recover::{REASON, ada, approve, ask, is_outcome, link, request};
use super::steps::{enter, hidden, texts};
use super::strangers::submit_from;
use crate::support::answer::Answer;
use crate::support::app::{PASSWORD, TestApp, apps, authorize_url};
use crate::support::browser::{parameter, sent_to};
use crate::support::protocol::ADA;

/// PR-02, PR-06, PR-14: opening uses nothing up; a later link leaves the earlier one alone, since a
/// stranger may have asked for it.
#[tokio::test]
async fn the_link_to_the_form_is_good_once_and_for_an_hour() {
    for app in apps().await {
        ada(&app).await;
        let mut browser = app.browser();
        ask(&mut browser, ADA).await;
        let first = link(&app, "/recover/request?token=").await;
        let token = first.split("token=").nth(1).unwrap();
        for table in ["account_recoveries", "outbox"] {
            let rows = texts(&app, &format!("SELECT CAST(x.id AS TEXT) FROM {table} x")).await;
            assert!(rows.iter().all(|row| !row.contains(token)), "{table}");
        }
        for _ in 0..3 {
            let scanner = app.browser().get(&first).await;
            assert_eq!((scanner.status, scanner.header("location")), (303, "/recover/request"));
            assert_eq!(scanner.header("referrer-policy"), "no-referrer");
        }
        app.clock.advance(61);
        ask(&mut browser, ADA).await;
        let second = link(&app, "/recover/request?token=").await;
        assert_eq!(app.browser().open(&first).await.status, 200, "{}", app.engine);
        let page = browser.open(&second).await;
        assert!(!page.body.contains(ADA), "masked: {}", page.body);
        let long = "x".repeat(1_001);
        for (typed, text) in [(" ", "what happened"), (&*long, "at most 1,000 characters")] {
            let answer = browser.submit(&page, "reason-form", &[("reason", typed)]).await;
            assert_eq!(answer.status, 422, "{answer:?}");
            assert!(answer.body.contains(text), "{text}: {}", answer.body);
        }
        let foreign = [("link", "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"), ("reason", "x")];
        is_outcome(&browser.submit(&page, "reason-form", &foreign).await, 404, "unknown");
        is_outcome(&app.browser().open("/recover/request").await, 404, "unknown");
        app.clock.advance(3_600);
        let late = browser.submit(&page, "reason-form", &[("reason", REASON)]).await;
        is_outcome(&late, 410, "expired");
        is_outcome(&request(&app, &mut browser).await, 200, "recorded");
        let again = browser.open(&link(&app, "/recover/request?token=").await).await;
        is_outcome(&again, 200, "waiting");
        // Another link while one waits opens no other.
        let beside = browser_waiting(&app).await;
        assert!(beside.body.contains("id=\"beside\""), "{}", beside.body);
        assert_eq!(app.app.accounts.list_recoveries().await.unwrap().len(), 1, "{}", app.engine);
    }
}

/// Nobody waits for what is decided.
#[tokio::test]
async fn the_link_of_a_wish_that_is_over_says_so_and_leads_to_another() {
    for app in apps().await {
        ada(&app).await;
        let mut browser = app.browser();
        is_outcome(&request(&app, &mut browser).await, 200, "recorded");
        let used = link(&app, "/recover/request?token=").await;
        app.app.accounts.decide_recovery(ADA, RecoveryDecision::Refuse).await.unwrap();
        let page = browser.open(&used).await;
        is_outcome(&page, 410, "ended");
        assert!(page.body.contains("href=\"/recover\""), "{}", page.body);
    }
}

async fn browser_waiting(app: &TestApp) -> Answer {
    let mut browser = app.browser();
    ask(&mut browser, ADA).await;
    browser.open(&link(app, "/recover/request?token=").await).await
}

/// MF-14: strangers who ask for links neither end the owner's nor are told of by a limit.
#[tokio::test]
async fn strangers_do_not_stop_a_way_back() {
    for app in apps().await {
        ada(&app).await;
        let mut owner = app.browser();
        ask(&mut owner, ADA).await;
        let own = link(&app, "/recover/request?token=").await;
        for _ in 0..9 {
            assert_eq!(ask(&mut app.browser(), ADA).await.status, 303, "{}", app.engine);
        }
        assert_eq!(ask(&mut owner, ADA).await.status, 303, "{}", app.engine);
        let page = owner.open(&own).await;
        let done = owner.submit(&page, "reason-form", &[("reason", REASON)]).await;
        is_outcome(&done, 200, "recorded");
    }
}

/// MF-14: links to the form are as many as those to a new password, for an hour and for a day; then
/// one an hour goes out, so that nobody is shut out.
#[tokio::test]
async fn links_to_the_form_fill_no_mailbox() {
    for app in apps().await {
        ada(&app).await;
        let mut before = 0;
        for hour in 0..7 {
            for turn in 0..7 {
                let mut stranger = app.browser();
                let page = stranger.open("/recover").await;
                let ip = format!("203.0.113.{}", hour * 10 + turn);
                let form = (&page, "recover-form");
                let asked = submit_from(&mut stranger, &ip, form, &[("email", ADA)]).await;
                assert_eq!(asked.status, 303, "{hour} {turn} {}", app.engine);
            }
            let mails = app.mails().await;
            let is_link = |mail: &&String| mail.contains("/recover/request?token=");
            let links = mails.iter().filter(is_link).count();
            let expected = if hour < 4 { 5 + 1 } else { 1 };
            assert_eq!(links - before, expected, "{hour} {}", app.engine);
            before = links;
            app.clock.advance(3_600);
        }
    }
}

/// Nobody must believe that a way back was stopped which goes on.
#[tokio::test]
async fn a_link_that_stops_nothing_says_so_while_there_is_something_to_stop() {
    for app in apps().await {
        ada(&app).await;
        is_outcome(&request(&app, &mut app.browser()).await, 200, "recorded");
        approve(&app).await;
        let whole = link(&app, "/recover/stop?token=").await;
        for wrong in [&whole[..whole.len() - 4], "/recover/stop?token=x", "/recover/stop"] {
            is_outcome(&app.browser().open(wrong).await, 404, "not-stopped");
        }
        let mut browser = app.browser();
        let page = browser.open(&whole).await;
        let kept = browser.cookies.clone();
        browser.cookies.retain(|name, _| !name.ends_with("stop"));
        assert!(browser.cookies.len() < kept.len(), "{kept:?}");
        let lost = browser.submit(&page, "stop-form", &[]).await;
        is_outcome(&lost, 404, "not-stopped");
        assert!(lost.body.contains("Open it again from the email"), "{}", lost.body);
        browser.cookies = kept;
        is_outcome(&browser.submit(&page, "stop-form", &[]).await, 200, "stopped");
        // Clicked twice, or come back to: now it is true.
        is_outcome(&browser.submit(&page, "stop-form", &[]).await, 410, "late");
        is_outcome(&app.browser().open(&whole).await, 410, "late");
    }
}

/// Who looks at the way back on the way to an app, and finds their phone, comes to the app.
#[tokio::test]
async fn the_way_back_keeps_the_app() {
    for app in apps().await {
        let (mut owner, phone) = ada(&app).await;
        app.web_client().await;
        owner.code(ADA).await;
        app.clock.advance(60);
        let mut browser = app.browser();
        let page = browser.open(&authorize_url(&[])).await;
        let answer = enter(&mut browser, &page, ADA, PASSWORD).await;
        let half = browser.follow(answer).await;
        let flow = hidden(&half, "flow");
        let there = format!("id=\"none-of-these\" href=\"/recover?flow={flow}\"");
        assert!(half.body.contains(&there), "{}", half.body);
        let page = browser.open(&format!("/recover?flow={flow}")).await;
        let back = format!("href=\"/login?flow={flow}\"");
        assert!(page.body.contains(&back), "{}", page.body);
        let sent = browser.submit(&page, "recover-form", &[("email", ADA)]).await;
        let sent = browser.follow(sent).await;
        is_outcome(&sent, 200, "sent");
        assert!(sent.body.contains(&back), "{}", sent.body);
        let page = browser.open(&format!("/login?flow={flow}")).await;
        let answer = enter(&mut browser, &page, ADA, PASSWORD).await;
        let half = browser.follow(answer).await;
        let code = phone.code(&app, 0);
        let done = browser.submit(&half, "mfa-form", &[("code", &code)]).await;
        assert!(parameter(&sent_to(&done), "code").is_some(), "{done:?}");
        // Another browser is told of no app.
        let other = app.browser().open(&format!("/recover?flow={flow}")).await;
        assert!(!other.body.contains(&*flow), "{}", other.body);
    }
}
