//! What is told of all people at once, and the mail that a machine has sent.

use protekt::domain::client_grant::SubjectType;
use serde_json::{Value, json};

use super::bulk::{ALL, EXPORTS, JOBS, exported, imported_with, work};
use super::managed_roles::{get, send};
use crate::pages::steps::count;
use crate::support::api::{MANAGEMENT, assert_api_error, fields_of};
use crate::support::app::apps;
use crate::support::protocol::ADA;

/// As many as take more than one piece, and one who is called like a formula.
fn people() -> String {
    let person = |n: usize| {
        json!({
            "id": format!("p{n:04}"), "email": format!("p{n}@example.com"),
            "name": if n == 7 { "=HYPERLINK(\"x\")".to_owned() } else { format!("Person, {n}") },
            "app_metadata": { "plan": "a\u{0}b" },
        })
    };
    json!((0..1_001).map(person).collect::<Vec<Value>>()).to_string()
}

#[tokio::test]
async fn everybody_is_told_of_once_in_lines() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        imported_with(&app, &token, &[("users", &people())]).await;
        let (job, file) = exported(&app, &token, json!({})).await;
        assert_eq!(job["summary"], json!({ "total": 1_001 }), "{} {job}", app.engine);
        assert_eq!(file.header("content-type"), "application/x-ndjson");
        assert!(file.header("content-disposition").starts_with("attachment"), "{file:?}");
        let lines: Vec<Value> =
            file.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 1_001, "{}", app.engine);
        for (n, line) in lines.iter().enumerate() {
            assert_eq!(line["user_id"], format!("p{n:04}"), "{}", app.engine);
        }
        let shown = get(&app, &token, "/api/v2/users/p0042").await.json();
        assert_eq!(lines[42], shown, "{}", app.engine);
        let wish = json!({
            "format": "json", "limit": 2,
            "fields": [{ "name": "email", "export_as": "mail" }, { "name": "app_metadata.plan" },
                { "name": "nickname" }],
        });
        let (_, file) = exported(&app, &token, wish).await;
        let expected = json!({ "mail": "p0@example.com", "app_metadata.plan": "a\u{0}b" });
        let first: Value = serde_json::from_str(file.body.lines().next().unwrap()).unwrap();
        assert_eq!((first, file.body.lines().count()), (expected, 2), "{}", app.engine);
        let fetched = "SELECT COUNT(*) FROM audit_events WHERE kind = 'export_fetched'
            AND client_id = 'manager' AND ip IS NOT NULL";
        assert_eq!(count(&app, fetched).await, 2, "{}", app.engine);
    }
}

/// IJ-07: nobody's name is a formula.
#[tokio::test]
async fn everybody_is_told_of_once_in_a_table() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        imported_with(&app, &token, &[("users", &people())]).await;
        let wish = json!({
            "format": "csv",
            "fields": [{ "name": "user_id", "export_as": "=id" }, { "name": "name" },
                { "name": "blocked" }, { "name": "app_metadata.plan" }],
        });
        let (_, file) = exported(&app, &token, wish).await;
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        let lines: Vec<&str> = file.body.split_terminator("\r\n").collect();
        assert_eq!(lines.len(), 1_002, "{}", app.engine);
        assert_eq!(lines[0], "'=id,name,blocked,app_metadata.plan", "{}", app.engine);
        assert_eq!(lines[1], "p0000,\"Person, 0\",false,a\u{fffd}b", "{}", app.engine);
        assert_eq!(lines[8], "p0007,\"'=HYPERLINK(\"\"x\"\")\",false,a\u{fffd}b", "{}", app.engine);
        let (job, file) = exported(&app, &token, json!({ "format": "csv", "limit": 1 })).await;
        assert!(file.body.starts_with("user_id,email,email_verified,"), "{}", file.body);
        assert_eq!(job["fields"].as_array().unwrap().len(), 24, "{job}");
    }
}

#[tokio::test]
async fn an_export_of_nobody_is_empty_and_goes_after_a_day() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let (job, file) = exported(&app, &token, json!({})).await;
        assert_eq!((file.status, &*file.body), (200, ""), "{}", app.engine);
        let path = format!("{JOBS}/{}", job["id"].as_str().unwrap());
        app.clock.advance(24 * 60 * 60 - 1);
        let token =
            app.machine_token("manager", &[("audience", MANAGEMENT)]).await.text("access_token");
        assert_eq!(get(&app, &token, &path).await.status, 200, "{}", app.engine);
        app.clock.advance(1);
        for path in [path.clone(), format!("{path}/download"), format!("{path}/errors")] {
            assert_api_error(&get(&app, &token, &path).await, 404, "inexistent_job");
        }
        protekt::jobs::purge(&app.app.provider).await.unwrap();
        assert_eq!(count(&app, "SELECT COUNT(*) FROM jobs").await, 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn what_an_export_cannot_be_is_refused_by_its_member() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        for (wish, field) in [
            (json!({ "format": "xml" }), "format"),
            (json!({ "limit": 0 }), "limit"),
            (json!({ "limit": "5" }), "limit"),
            (json!({ "connection_id": "con_1" }), "connection_id"),
            (json!({ "fields": [{ "name": "password_hash" }] }), "fields"),
            (json!({ "fields": ["email"] }), "fields"),
            (json!({ "fields": [{ "name": "email", "export_as": "" }] }), "fields"),
            (json!({ "fields": [{ "name": "email", "export_as": "a\u{0}" }] }), "fields"),
            (json!({ "fields": vec![json!({ "name": "email" }); 101] }), "fields"),
        ] {
            let answer = send(&app, &token, ("POST", EXPORTS), wish).await;
            assert_api_error(&answer, 400, "invalid_body");
            assert_eq!(fields_of(&answer), [field], "{} {answer:?}", app.engine);
        }
        let begun = send(&app, &token, ("POST", EXPORTS), json!({})).await;
        let path = format!("{JOBS}/{}/download", begun.text("id"));
        assert_api_error(&get(&app, &token, &path).await, 409, "job_not_completed");
        work(&app).await;
        assert_eq!(get(&app, &token, &path).await.status, 200, "{}", app.engine);
        let import = imported_with(&app, &token, &[("users", "[]")]).await;
        let path = format!("{JOBS}/{}/download", import["id"].as_str().unwrap());
        assert_api_error(&get(&app, &token, &path).await, 409, "no_export");
    }
}

#[tokio::test]
async fn a_machine_has_a_person_asked_to_verify_their_address() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let new = json!({ "email": "new@example.com", "password": "lantern-juniper-84" });
        let id = send(&app, &token, ("POST", "/api/v2/users"), new).await.text("user_id");
        let path = "/api/v2/jobs/verification-email";
        let asked = send(&app, &token, ("POST", path), json!({ "user_id": id })).await;
        assert_eq!(asked.status, 201, "{} {asked:?}", app.engine);
        let expected = (json!("verification_email"), json!("completed"), json!(id));
        let told = asked.json();
        assert_eq!(
            (told["type"].clone(), told["status"].clone(), told["user_id"].clone()),
            expected
        );
        let mail = app.mails().await.into_iter().find(|mail| mail.starts_with("To: new@"));
        let mail = mail.unwrap();
        let link = mail.split_whitespace().find(|word| word.contains("/verify-email?")).unwrap();
        let link = link.strip_prefix("https://id.example.com").unwrap();
        let mut browser = app.browser();
        let page = browser.open(link).await;
        let done = browser.submit(&page, "verify-confirm", &[]).await;
        assert!(done.status < 400, "{} {done:?}", app.engine);
        let user = get(&app, &token, &format!("/api/v2/users/{id}")).await.json();
        assert_eq!(user["email_verified"], true, "{} {user}", app.engine);
        let again = send(&app, &token, ("POST", path), json!({ "user_id": id })).await;
        assert_api_error(&again, 409, "email_verified");
        let nobody = send(&app, &token, ("POST", path), json!({ "user_id": "nobody" })).await;
        assert_api_error(&nobody, 404, "inexistent_user");
        let client = json!({ "user_id": id, "client_id": "notes" });
        let client = send(&app, &token, ("POST", path), client).await;
        assert_eq!(fields_of(&client), ["client_id"], "{client:?}");
        app.person(ADA).await;
        app.grant("manager", (MANAGEMENT, SubjectType::Client), "read:users").await.unwrap();
        let token =
            app.machine_token("manager", &[("audience", MANAGEMENT)]).await.text("access_token");
        let refused = send(&app, &token, ("POST", path), json!({ "user_id": id })).await;
        assert_api_error(&refused, 403, "insufficient_scope");
    }
}
