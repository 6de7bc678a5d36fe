//! What may happen once, sent by eight at the same time.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::pages::steps::count;
use crate::support::answer::Answer;
use crate::support::app::{TestApp, Wishes, apps_with};
use crate::support::protocol::ADA;

const SENDERS: usize = 8;
const ROUNDS: usize = 20;

pub(super) async fn ready() -> Vec<Arc<TestApp>> {
    let apps = apps_with(Wishes { unlimited_tries: true, refresh_overlap: 0, ..Wishes::default() });
    let apps = apps.await;
    for app in &apps {
        app.with_shop().await;
    }
    apps.into_iter().map(Arc::new).collect()
}

/// The same call by eight at once.
pub(super) async fn race(
    app: &Arc<TestApp>,
    line: &'static str,
    bearer: Option<&str>,
    body: &Value,
) -> Vec<Answer> {
    let start = Arc::new(tokio::sync::Barrier::new(SENDERS));
    let tasks = (0..SENDERS).map(|_| {
        let (app, start) = (Arc::clone(app), Arc::clone(&start));
        let (bearer, body) = (bearer.map(str::to_owned), body.clone());
        tokio::spawn(async move {
            start.wait().await;
            app.call(line, bearer.as_deref(), body).await
        })
    });
    let done = join_all(tasks.collect::<Vec<_>>()).await;
    done.into_iter().map(|one| one.unwrap()).collect()
}

/// How many were answered so.
pub(super) fn with_status(answers: &[Answer], status: u16) -> usize {
    assert!(answers.iter().all(|answer| answer.status < 500), "{answers:?}");
    answers.iter().filter(|answer| answer.status == status).count()
}

/// RC-02
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refresh_token_sent_many_times_at_once_has_one_line_of_descent() {
    for app in ready().await {
        for _ in 0..ROUNDS {
            let tokens = app.api_tokens().await;
            let body = json!({ "refresh_token": tokens.refresh });
            let answers = race(&app, "POST /api/auth/refresh", None, &body).await;
            assert!(with_status(&answers, 200) <= 1, "{} {answers:?}", app.engine);
            assert!(with_status(&answers, 401) >= SENDERS - 1, "{} {answers:?}", app.engine);
        }
    }
}

/// Whoever signs out while tokens are being made ends those too.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_token_outlives_a_session_that_ends_at_the_same_moment() {
    for app in ready().await {
        for _ in 0..ROUNDS {
            let tokens = app.api_tokens().await;
            race(&app, "POST /api/auth/signout", Some(&tokens.access), &json!({})).await;
            let live = "SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL";
            assert_eq!(count(&app, live).await, 0, "{}", app.engine);
            assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 0, "{}", app.engine);
        }
        assert_eq!(app.api_sign_in(ADA).await.status, 200);
    }
}
