//! Helpers for jobs: files that come in, and what becomes of them.

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;

use super::managed_roles::{get, send};
use crate::support::answer::Answer;
use crate::support::app::TestApp;

pub const JOBS: &str = "/api/v2/jobs";
pub const IMPORTS: &str = "/api/v2/jobs/users-imports";
pub const EXPORTS: &str = "/api/v2/jobs/users-exports";
pub const ALL: &str = "create:users read:users update:users delete:users";

/// Works until nothing waits.
pub async fn work(app: &TestApp) {
    for _ in 0..10_000 {
        if !app.app.accounts.work_on_jobs().await.unwrap() {
            return;
        }
    }
    panic!("there is no end to the jobs");
}

/// The body of a form with a file in it, and its type.
pub fn parts(parts: &[(&str, &str)]) -> (String, String) {
    let part = |(name, value): &(&str, &str)| {
        let file = if *name == "users" { "; filename=\"users.json\"" } else { "" };
        format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
        )
    };
    let body: String = parts.iter().map(part).collect();
    ("multipart/form-data; boundary=edge".to_owned(), format!("{body}--edge--\r\n"))
}

pub async fn upload(app: &TestApp, token: &str, (kind, body): (String, String)) -> Answer {
    upload_to(app, token, IMPORTS, (&kind, body.into())).await
}

pub async fn upload_to(
    app: &TestApp,
    token: &str,
    path: &str,
    (kind, body): (&str, Body),
) -> Answer {
    let request = Request::builder().method("POST").uri(path).header("content-type", kind);
    let request = request.header("authorization", format!("Bearer {token}"));
    app.send(request.body(body).unwrap()).await
}

/// A job that is over.
pub async fn imported_with(app: &TestApp, token: &str, given: &[(&str, &str)]) -> Value {
    let answer = upload(app, token, parts(given)).await;
    assert_eq!(answer.status, 202, "{} {answer:?}", app.engine);
    work(app).await;
    job(app, token, &answer.text("id")).await
}

pub async fn job(app: &TestApp, token: &str, id: &str) -> Value {
    let done = get(app, token, &format!("{JOBS}/{id}")).await;
    assert_eq!(done.status, 200, "{} {done:?}", app.engine);
    done.json()
}

pub async fn errors_of(app: &TestApp, token: &str, job: &Value) -> Answer {
    get(app, token, &format!("{JOBS}/{}/errors", job["id"].as_str().unwrap())).await
}

/// An export that is over, and its file.
pub async fn exported(app: &TestApp, token: &str, wish: Value) -> (Value, Answer) {
    let begun = send(app, token, ("POST", EXPORTS), wish).await;
    assert_eq!(begun.status, 200, "{} {begun:?}", app.engine);
    work(app).await;
    let job = job(app, token, &begun.text("id")).await;
    let location = job["location"].as_str().unwrap();
    let path = location.strip_prefix("https://id.example.com").unwrap().to_owned();
    let file = get(app, token, &path).await;
    (job, file)
}
