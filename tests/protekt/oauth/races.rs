//! What may happen once, tried by eight at the same time.

use protekt::domain::second_factor::FactorPolicy;
use std::sync::Arc;

use crate::pages::steps::count;
use crate::support::answer::Answer;
use crate::support::app::{TestApp, Wishes, apps, apps_with, authorize_url};
use crate::support::browser::Browser;
use crate::support::protocol::ADA;

const SENDERS: usize = 8;
const ROUNDS: usize = 20;
const NO_OVERLAP: Wishes = Wishes {
    refresh_overlap: 0,
    email_verification: true,
    unlimited_tries: false,
    factor_policy: FactorPolicy::Optional,
};

/// What is sent by all.
#[derive(Clone, Copy)]
enum Sent {
    Code,
    RefreshToken,
}

/// Sends the same secret to the instances in turn, all at once.
async fn all_at_once(instances: &[Arc<TestApp>], sent: Sent, secret: &str) -> Vec<Answer> {
    let start = Arc::new(tokio::sync::Barrier::new(SENDERS));
    let mut tasks = Vec::new();
    for app in instances.iter().cycle().take(SENDERS) {
        let (app, start, secret) = (Arc::clone(app), Arc::clone(&start), secret.to_owned());
        tasks.push(tokio::spawn(async move {
            start.wait().await;
            match sent {
                Sent::Code => app.exchange(&secret).await,
                Sent::RefreshToken => app.refresh(&secret).await,
            }
        }));
    }
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

/// The one success; every other answer is `invalid_grant`.
#[track_caller]
fn only_success(answers: Vec<Answer>) -> Answer {
    let (mut good, bad): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(good.len(), 1, "{good:?}");
    for answer in bad {
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_grant"), "{answer:?}");
    }
    good.remove(0)
}

async fn assert_dead(app: &TestApp, answer: &Answer) {
    assert_eq!(app.userinfo(&answer.text("access_token")).await.status, 401, "{}", app.engine);
    let refreshed = app.refresh(&answer.text("refresh_token")).await;
    assert_eq!(refreshed.error(), "invalid_grant", "{} {refreshed:?}", app.engine);
}

/// One and the same provider, and a browser whose person allowed everything before.
async fn ready(app: TestApp) -> (Arc<TestApp>, Browser) {
    app.with_ada().await;
    let mut browser = app.browser();
    browser.code(ADA).await;
    (Arc::new(app), browser)
}

async fn one_code(instances: &[Arc<TestApp>], browser: &mut Browser) {
    for _ in 0..ROUNDS {
        let code = browser.code(ADA).await;
        let bought = only_success(all_at_once(instances, Sent::Code, &code).await);
        for app in instances {
            assert_dead(app, &bought).await;
        }
    }
}

async fn one_line(instances: &[Arc<TestApp>], browser: &mut Browser) {
    let app = &instances[0];
    let tokens = app.exchange(&browser.code(ADA).await).await;
    let mut token = tokens.text("refresh_token");
    for _ in 0..ROUNDS {
        let answers = all_at_once(instances, Sent::RefreshToken, &token).await;
        token = answers[0].text("refresh_token");
        for answer in &answers {
            assert_eq!(answer.text("refresh_token"), token, "{}", app.engine);
        }
        let access = answers[SENDERS - 1].text("access_token");
        assert_eq!(app.userinfo(&access).await.status, 200);
    }
}

async fn one_refresh(instances: &[Arc<TestApp>], browser: &mut Browser) {
    for _ in 0..ROUNDS {
        let tokens = instances[0].exchange(&browser.code(ADA).await).await;
        let token = tokens.text("refresh_token");
        let answers = all_at_once(instances, Sent::RefreshToken, &token).await;
        let refreshed = only_success(answers);
        for app in instances {
            assert_dead(app, &refreshed).await;
            assert_dead(app, &tokens).await;
        }
    }
}

/// RC-01 CD-02
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_code_sent_by_many_at_once_buys_once_and_then_everything_is_dead() {
    for app in apps().await {
        let (app, mut browser) = ready(app).await;
        one_code(&[app], &mut browser).await;
    }
}

/// RC-02
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_refresh_token_sent_by_many_at_once_has_one_successor() {
    for app in apps().await {
        let (app, mut browser) = ready(app).await;
        one_line(&[app], &mut browser).await;
    }
}

/// RC-02
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn without_an_overlap_a_refresh_token_sent_by_many_at_once_ends_its_family() {
    for app in apps_with(NO_OVERLAP).await {
        let (app, mut browser) = ready(app).await;
        one_refresh(&[app], &mut browser).await;
    }
}

/// MI-01 RC-01
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_code_redeemed_on_two_instances_at_once_buys_once() {
    for app in apps().await {
        let (app, mut browser) = ready(app).await;
        let other = Arc::new(app.other_instance(Wishes::default()).await);
        one_code(&[app, other], &mut browser).await;
    }
}

/// MI-01 RC-02
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_refresh_token_used_on_two_instances_at_once_has_one_successor() {
    for app in apps().await {
        let (app, mut browser) = ready(app).await;
        let other = Arc::new(app.other_instance(Wishes::default()).await);
        one_line(&[app, other], &mut browser).await;
    }
    for app in apps_with(NO_OVERLAP).await {
        let (app, mut browser) = ready(app).await;
        let other = Arc::new(app.other_instance(NO_OVERLAP).await);
        one_refresh(&[app, other], &mut browser).await;
    }
}

/// CD-01: whoever presses twice, or whose browser does, gets one code.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_consent_sent_by_many_at_once_makes_one_code() {
    for app in apps().await {
        // The provider must outlive its browser: its folder goes with it.
        let (_app, browser) = ready(app).await;
        for _ in 0..ROUNDS {
            let mut first = browser.clone();
            let page = first.open(&authorize_url(&[("prompt", Some("consent"))])).await;
            let page = Arc::new(page);
            let start = Arc::new(tokio::sync::Barrier::new(SENDERS));
            let mut tasks = Vec::new();
            for _ in 0..SENDERS {
                let (mut sender, page, start) =
                    (first.clone(), Arc::clone(&page), Arc::clone(&start));
                tasks.push(tokio::spawn(async move {
                    start.wait().await;
                    sender.submit(&page, "consent-form", &[("decision", "allow")]).await
                }));
            }
            let mut codes = 0;
            for task in tasks {
                let answer = task.await.unwrap();
                assert_eq!(answer.status, 200, "{answer:?}");
                if answer.body.contains("id=\"hand-back\"") {
                    codes += 1;
                } else {
                    assert!(answer.body.contains("id=\"already-continue\""), "{answer:?}");
                }
            }
            assert_eq!(codes, 1);
        }
    }
}

/// RT-02
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn of_many_reuses_at_once_on_two_instances_one_writes_the_mail() {
    const TOLD: &str = "SELECT COUNT(*) FROM outbox WHERE template = 'refresh_token_reused'";
    for app in apps_with(NO_OVERLAP).await {
        let (app, mut browser) = ready(app).await;
        let other = Arc::new(app.other_instance(NO_OVERLAP).await);
        for round in 1..=ROUNDS {
            // No more than three a day go out about one application.
            app.store.run("DELETE FROM throttle_counters").await;
            let code = browser.code(ADA).await;
            let spent = app.exchange(&code).await.text("refresh_token");
            assert_eq!(app.refresh(&spent).await.status, 200);
            let instances = [Arc::clone(&app), Arc::clone(&other)];
            for answer in all_at_once(&instances, Sent::RefreshToken, &spent).await {
                assert_eq!(answer.error(), "invalid_grant", "{answer:?}");
            }
            let written = count(&app, TOLD).await;
            assert_eq!(written, i64::try_from(round).unwrap(), "{}", app.engine);
        }
    }
}
