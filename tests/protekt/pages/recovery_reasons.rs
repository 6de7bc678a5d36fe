//! What people write by `/recover`: nothing that was written is replaced, and who is signed in sees
//! that somebody asked.

use protekt::accounts::{RecoveryDecision, RecoveryReason};

use super::recover::{ada, ask, is_outcome, link, request};
use super::steps::{count, execute, hidden};
use crate::support::answer::Answer;
use crate::support::app::{TestApp, apps};
use crate::support::browser::Browser;
use crate::support::protocol::ADA;

const PAGES: [&str; 11] = [
    "/account",
    "/account/profile",
    "/account/security",
    "/account/sessions",
    "/account/apps",
    "/account/activity",
    "/account/data",
    "/account/password",
    "/account/email",
    "/account/delete",
    "/account/2fa/totp",
];

/// The page of a new link, and what came of writing `reason` there.
async fn write(app: &TestApp, browser: &mut Browser, reason: &str) -> (Answer, Answer) {
    execute(app, "DELETE FROM throttle_counters").await;
    // Mails of one second come in any order.
    app.clock.advance(1);
    ask(browser, ADA).await;
    let page = browser.open(&link(app, "/recover/request?token=").await).await;
    let done = browser.submit(&page, "reason-form", &[("reason", reason)]).await;
    (page, done)
}

async fn reasons(app: &TestApp) -> Vec<RecoveryReason> {
    let mut listed = app.app.accounts.list_recoveries().await.unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    listed.remove(0).reasons
}

/// CS-03: the first to ask may be a thief, who reads the mailbox: the owner is read beside them.
#[tokio::test]
async fn what_the_owner_writes_stands_beside_what_a_thief_wrote() {
    for app in apps().await {
        let (mut owner, _) = ada(&app).await;
        let mut thief = app.browser();
        let (page, done) = write(&app, &mut thief, "I lost everything").await;
        assert!(!page.body.contains("id=\"beside\""), "{}", page.body);
        is_outcome(&done, 200, "recorded");
        app.clock.advance(600);
        let (page, done) = write(&app, &mut owner, "It was not me!").await;
        assert!(page.body.contains("id=\"beside\""), "{}", page.body);
        is_outcome(&done, 200, "recorded");
        let found = reasons(&app).await;
        let texts: Vec<_> = found.iter().map(|reason| reason.text.as_str()).collect();
        assert_eq!(texts, ["I lost everything", "It was not me!"], "{}", app.engine);
        assert_eq!(found[1].written_at, app.app.now(), "{found:?}");
        assert_eq!(found[1].written_at.since(found[0].written_at), 601, "{found:?}");
        assert_eq!([found[0].is_signed_in, found[1].is_signed_in], [false, true], "{found:?}");
        assert!(found.iter().all(|reason| !reason.ip.to_string().is_empty()), "{found:?}");
        // A link is good once, also where it opened nothing.
        let again = owner.submit(&page, "reason-form", &[("reason", "Once more")]).await;
        is_outcome(&again, 200, "waiting");
        assert_eq!(reasons(&app).await, found, "{}", app.engine);
        // Also after the approval, and no longer once it is over.
        let accounts = &app.app.accounts;
        accounts.decide_recovery(ADA, RecoveryDecision::Approve).await.unwrap();
        let (_, done) = write(&app, &mut owner, "Stop this").await;
        is_outcome(&done, 200, "recorded");
        assert_eq!(reasons(&app).await.len(), 3, "{}", app.engine);
        accounts.decide_recovery(ADA, RecoveryDecision::Refuse).await.unwrap();
        let kept = "SELECT COUNT(*) FROM account_recoveries WHERE reason_sealed IS NOT NULL";
        assert_eq!(count(&app, kept).await, 0, "erased: {}", app.engine);
    }
}

/// MF-14: strangers have no link, and who has many pushes neither the first nor the newest out.
#[tokio::test]
async fn many_reasons_push_neither_the_first_nor_the_newest_out() {
    for app in apps().await {
        ada(&app).await;
        let mut thief = app.browser();
        for number in 0..14 {
            write(&app, &mut thief, &format!("reason {number}")).await;
        }
        let (_, done) = write(&app, &mut app.browser(), "the newest").await;
        is_outcome(&done, 200, "recorded");
        let found = reasons(&app).await;
        assert_eq!(found.len(), 6, "{found:?}");
        assert_eq!((&*found[0].text, &*found[5].text), ("reason 0", "the newest"), "{found:?}");
        assert_eq!((&*found[1].text, found[1].left_out_before), ("reason 10", 9), "{found:?}");
        // So many links an hour, and no more.
        let mails = app.mails().await.len();
        for _ in 0..20 {
            ask(&mut app.browser(), ADA).await;
        }
        assert!(app.mails().await.len() <= mails + 5, "{}", app.engine);
    }
}

/// RC-03: of many who use one link at once one is noted, and of many links none is lost.
#[tokio::test]
async fn reasons_that_come_at_once_are_all_kept_and_each_link_once() {
    for app in apps().await {
        ada(&app).await;
        is_outcome(&request(&app, &mut app.browser()).await, 200, "recorded");
        let mut pages = Vec::new();
        for _ in 0..4 {
            app.clock.advance(1);
            let mut browser = app.browser();
            ask(&mut browser, ADA).await;
            let page = browser.open(&link(&app, "/recover/request?token=").await).await;
            pages.extend([(browser.clone(), page.clone()), (browser, page)]);
        }
        let senders = pages.into_iter().map(|(mut browser, page)| async move {
            browser.submit(&page, "reason-form", &[("reason", "at once")]).await
        });
        let answers = futures_util::future::join_all(senders).await;
        let noted = answers.iter().filter(|answer| answer.body.contains("\"recorded\"")).count();
        assert_eq!(noted, 4, "{} {answers:?}", app.engine);
        assert_eq!(reasons(&app).await.len(), 5, "{}", app.engine);
    }
}

/// CS-03: wherever in their account somebody is, they see that somebody asks for a way in.
#[tokio::test]
async fn every_page_of_the_account_warns_of_an_open_wish_and_can_stop_it() {
    for app in apps().await {
        let (mut owner, _) = ada(&app).await;
        let mut other = app.browser();
        app.person("bea@example.com").await;
        other.sign_in("bea@example.com").await;
        is_outcome(&request(&app, &mut app.browser()).await, 200, "recorded");
        for path in PAGES {
            let page = owner.get(path).await;
            assert_eq!(page.status, 200, "{path} {page:?}");
            assert!(page.body.contains("have not decided yet"), "{path}: {}", page.body);
            assert_eq!(page.body.matches("id=\"recovery\"").count(), 1, "{path}");
            assert!(!other.get(path).await.body.contains("id=\"recovery\""), "{path}");
        }
        // The minute that is told is never before the one in which it is done.
        app.clock.advance(60 - app.app.now().0.rem_euclid(60) + 1);
        app.app.accounts.decide_recovery(ADA, RecoveryDecision::Approve).await.unwrap();
        let next = app.app.now().plus(24 * 3_600 + 59).to_words();
        let (minute, _) = next.rsplit_once(':').unwrap();
        let page = owner.get("/account").await;
        assert!(page.body.contains(&format!("removed on {minute} UTC")), "{next} {}", page.body);
        let mails = app.mails().await;
        assert!(mails.iter().any(|mail| mail.contains(&format!("On {minute} UTC"))), "{mails:?}");
        // A page that is shown again with a mistake warns as well.
        let csrf = hidden(&page, "csrf");
        let fields = [("csrf", csrf.as_str()), ("password", "short")];
        let mistaken = owner.post("/account/password", &fields).await;
        assert_eq!(mistaken.status, 422, "{mistaken:?}");
        assert!(mistaken.body.contains("id=\"recovery\""), "{}", mistaken.body);
        let done = owner.submit(&page, "recovery", &[]).await;
        let page = owner.follow(done).await;
        assert!(page.body.contains("your second steps stay"), "{}", page.body);
        for path in PAGES {
            assert!(!owner.get(path).await.body.contains("id=\"recovery\""), "{path}");
        }
    }
}
