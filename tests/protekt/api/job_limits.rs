//! Jobs of too many, of machines that may do it no more, of two instances, and that break off.

use futures_util::future::join_all;
use protekt::accounts::{ManagedBy, NewExport};
use protekt::domain::Requester;
use protekt::domain::client_grant::SubjectType;
use protekt::domain::job::ExportFormat;
use serde_json::{Value, json};

use super::bulk::{ALL, EXPORTS, IMPORTS, JOBS, errors_of, job, parts, upload, work};
use super::managed_roles::{get, send};
use crate::pages::steps::{count, texts};
use crate::support::api::{MANAGEMENT, assert_api_error};
use crate::support::app::{TestApp, apps};

fn file_of(people: usize) -> String {
    let person = |n: usize| json!({ "email": format!("p{n}@example.com") });
    json!((0..people).map(person).collect::<Vec<Value>>()).to_string()
}

async fn begun(app: &TestApp, token: &str, people: usize) -> String {
    let answer = upload(app, token, parts(&[("users", &file_of(people))])).await;
    assert_eq!(answer.status, 202, "{} {answer:?}", app.engine);
    answer.text("id")
}

/// DO-01 RC-01: no client has more than four at a time, however fast it asks.
#[tokio::test]
async fn a_client_has_four_jobs_at_a_time() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let ip = "203.0.113.5".parse().unwrap();
        let requester = Requester { ip, user_agent: None, request_id: "req_1".to_owned() };
        let client_id = "manager".into();
        let by =
            ManagedBy { client_id: &client_id, session: None, scopes: None, requester: &requester };
        let new = || NewExport { format: ExportFormat::Json, limit: None, columns: Vec::new() };
        let asked = (0..12).map(|_| app.app.accounts.begin_export(new(), by));
        let accepted = join_all(asked).await.into_iter().flatten().count();
        assert_eq!(accepted, 4, "{}", app.engine);
        let refused = send(&app, &token, ("POST", EXPORTS), json!({})).await;
        assert_api_error(&refused, 429, "too_many_jobs");
        assert_eq!(refused.header("retry-after"), "30");
        let refused = upload(&app, &token, parts(&[("users", "[]")])).await;
        assert_api_error(&refused, 429, "too_many_jobs");
        work(&app).await;
        begun(&app, &token, 1).await;
    }
}

/// RC-01: each piece is written once, whoever works.
#[tokio::test]
async fn several_instances_do_each_piece_once() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let (first, second) = (begun(&app, &token, 730).await, begun(&app, &token, 730).await);
        let export = send(&app, &token, ("POST", EXPORTS), json!({})).await.text("id");
        join_all((0..4).map(|_| work(&app))).await;
        let (first, second) = (job(&app, &token, &first).await, job(&app, &token, &second).await);
        let sum = |name: &str| {
            first["summary"][name].as_i64().unwrap() + second["summary"][name].as_i64().unwrap()
        };
        assert_eq!((sum("total"), sum("inserted"), sum("unchanged")), (1_460, 730, 730));
        assert_eq!(sum("failed"), 0, "{} {first} {second}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM users").await, 730, "{}", app.engine);
        let events = "SELECT COUNT(*) FROM audit_events WHERE kind = 'user_imported'";
        assert_eq!(count(&app, events).await, 730, "{}", app.engine);
        let export = job(&app, &token, &export).await;
        assert_eq!(export["status"], "completed", "{} {export}", app.engine);
    }
}

/// Nobody waits for a job of a hundred thousand to end before theirs begins.
#[tokio::test]
async fn a_small_job_does_not_wait_for_a_large_one() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let large = begun(&app, &token, 1_000).await;
        for _ in 0..4 {
            assert!(app.app.accounts.work_on_jobs().await.unwrap());
        }
        let half = job(&app, &token, &large).await;
        assert_eq!((&half["status"], &half["percentage_done"]), (&json!("processing"), &json!(40)));
        let small =
            upload(&app, &token, parts(&[("users", "[{\"email\":\"s@example.com\"}]")])).await;
        for _ in 0..2 {
            assert!(app.app.accounts.work_on_jobs().await.unwrap());
        }
        let small = job(&app, &token, &small.text("id")).await;
        assert_eq!(small["status"], "completed", "{} {small}", app.engine);
        assert_eq!(job(&app, &token, &large).await["status"], "processing", "{}", app.engine);
    }
}

/// TK-14: what a machine may do is asked at each piece.
#[tokio::test]
async fn a_job_ends_where_its_machine_may_do_it_no_more() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let id = begun(&app, &token, 300).await;
        let export = send(&app, &token, ("POST", EXPORTS), json!({})).await.text("id");
        for _ in 0..2 {
            assert!(app.app.accounts.work_on_jobs().await.unwrap());
        }
        app.grant("manager", (MANAGEMENT, SubjectType::Client), "update:users").await.unwrap();
        work(&app).await;
        let states = texts(&app, "SELECT kind || ' ' || state FROM jobs ORDER BY kind").await;
        assert_eq!(states, ["users_export completed", "users_import failed"], "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM users").await, 100, "{}", app.engine);
        let left = "SELECT COUNT(*) FROM job_pieces WHERE part = 'in'";
        assert_eq!(count(&app, left).await, 0, "{}", app.engine);
        for id in [&id, &export] {
            let token = app.machine_token("manager", &[("audience", MANAGEMENT)]).await;
            let token = token.text("access_token");
            for path in ["", "/errors", "/download"] {
                let answer = get(&app, &token, &format!("{JOBS}/{id}{path}")).await;
                assert_api_error(&answer, 403, "insufficient_scope");
            }
        }
        app.grant("manager", (MANAGEMENT, SubjectType::Client), ALL).await.unwrap();
        let token =
            app.machine_token("manager", &[("audience", MANAGEMENT)]).await.text("access_token");
        let failed = job(&app, &token, &id).await;
        let why = "the client may do this no more: it needs create:users";
        assert_eq!((&failed["status"], &failed["status_details"]), (&json!("failed"), &json!(why)));
    }
}

#[tokio::test]
async fn a_piece_that_cannot_be_read_ends_its_job_and_no_other() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let broken = begun(&app, &token, 10).await;
        app.store.run("UPDATE job_pieces SET content = 'AAAA'").await;
        let whole =
            upload(&app, &token, parts(&[("users", "[{\"email\":\"w@example.com\"}]")])).await;
        work(&app).await;
        assert_eq!(job(&app, &token, &broken).await["status"], "failed", "{}", app.engine);
        let whole = job(&app, &token, &whole.text("id")).await;
        assert_eq!(whole["summary"]["inserted"], 1, "{} {whole}", app.engine);
        assert_eq!(errors_of(&app, &token, &whole).await.status, 204);
    }
}

#[tokio::test]
async fn a_job_that_is_deleted_does_no_more() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let id = begun(&app, &token, 250).await;
        assert!(app.app.accounts.work_on_jobs().await.unwrap());
        let path = format!("{JOBS}/{id}");
        let gone = app.call("DELETE", &path, Some(&token)).await;
        assert_eq!((gone.status, &*gone.body), (204, ""), "{}", app.engine);
        work(&app).await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM users").await, 100, "{}", app.engine);
        for table in ["jobs", "job_pieces"] {
            assert_eq!(count(&app, &format!("SELECT COUNT(*) FROM {table}")).await, 0);
        }
        for method in ["GET", "DELETE"] {
            assert_api_error(&app.call(method, &path, Some(&token)).await, 404, "inexistent_job");
        }
        assert_eq!(
            count(&app, "SELECT COUNT(*) FROM audit_events WHERE kind = 'job_deleted'").await,
            1
        );
    }
}

/// What waits is read by nobody who has the database alone.
#[tokio::test]
async fn people_who_wait_are_sealed() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        begun(&app, &token, 3).await;
        let kept = texts(&app, "SELECT content FROM job_pieces").await;
        assert_eq!(kept.len(), 1, "{}", app.engine);
        assert!(!kept[0].contains("example"), "{kept:?}");
        let path = format!("{IMPORTS}/errors");
        assert_eq!(get(&app, &token, &path).await.status, 404, "{}", app.engine);
    }
}
