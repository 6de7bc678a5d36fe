//! What is done with many people at once.

use axum::body::Body;
use protekt::domain::client_grant::SubjectType;
use serde_json::json;

use super::bulk::{ALL, IMPORTS, JOBS, errors_of, imported_with, parts, upload, upload_to, work};
use super::managed_roles::{get, send};
use crate::pages::steps::{count, texts};
use crate::support::api::{MANAGEMENT, assert_api_error, fields_of};
use crate::support::app::apps;
use crate::support::protocol::ADA;

/// Of the usual password, by another program.
const HASH: &str = "$2b$05$HZ7AS3VaR4mQ7wzJeWl3u.3YHVROzHbTvFpNBd.Bq3/22HzKb9Za6";

#[tokio::test]
async fn people_come_by_a_list_as_at_auth0() {
    for app in apps().await {
        app.web_client().await;
        let token = app.manager_token(ALL).await;
        let file = json!([
            {
                "user_id": "auth0|1", "email": "new@example.com", "email_verified": true,
                "password_hash": HASH, "name": "New, \"One\"", "user_metadata": { "plan": "gold" },
                "app_metadata": { "n": 1, "zero": "\u{0}" }, "roles": ["x"],
            },
            { "email": "other@example.com" },
        ]);
        let given = [("external_id", "mine"), ("users", &*file.to_string()), ("upsert", "false")];
        let answer = upload(&app, &token, parts(&given)).await;
        assert_eq!(answer.status, 202, "{} {answer:?}", app.engine);
        let id = answer.text("id");
        assert_eq!(answer.header("location"), format!("{JOBS}/{id}"));
        let begun = answer.json();
        assert_eq!((&begun["status"], &begun["type"]), (&json!("pending"), &json!("users_import")));
        work(&app).await;
        let done = get(&app, &token, &format!("{JOBS}/{id}")).await.json();
        let summary =
            json!({ "total": 2, "inserted": 2, "updated": 0, "unchanged": 0, "failed": 0 });
        assert_eq!(done["summary"], summary, "{} {done}", app.engine);
        assert_eq!(done["status"], "completed");
        assert_eq!((&done["percentage_done"], &done["external_id"]), (&json!(100), &json!("mine")));
        assert_eq!(done["ignored_keys"], json!({ "roles": 1 }));
        assert_eq!(errors_of(&app, &token, &done).await.status, 204, "{}", app.engine);
        let user = get(&app, &token, "/api/v2/users/auth0%7C1").await.json();
        assert_eq!(user["user_metadata"], json!({ "plan": "gold" }), "{}", app.engine);
        assert_eq!(user["app_metadata"], json!({ "n": 1, "zero": "\u{0}" }), "{}", app.engine);
        let found = get(&app, &token, "/api/v2/users?q=user_metadata.plan:%22gold%22").await.json();
        assert_eq!(found.as_array().unwrap().len(), 1, "{} {found}", app.engine);
        app.browser().sign_in("new@example.com").await;
        let told = "SELECT client_id || ' ' || kind FROM audit_events
            WHERE kind IN ('user_imported', 'job_created', 'import_finished') ORDER BY id";
        let expected = ["job_created", "user_imported", "user_imported", "import_finished"];
        assert_eq!(texts(&app, told).await, expected.map(|kind| format!("manager {kind}")));
        assert_eq!(count(&app, "SELECT COUNT(*) FROM job_pieces").await, 0, "{}", app.engine);
    }
}

#[tokio::test]
async fn people_come_by_lines_and_each_bad_one_is_told_of() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        app.person(ADA).await;
        let file = format!(
            "{{\"email\":\"a@example.com\"}}\n\nnot JSON\n{{\"id\":\"7\",\"email\":\"b@example.com\",\"password\":\"s3cret-in-clear\"}}\n\
             {{\"email\":\"{ADA}\"}}\n{{\"email\":\"c@example.com\",\"username\":\"{}\"}}\n{{\"email\":\"{}\"}}",
            "ada",
            "x".repeat(70_000)
        );
        app.store.run("UPDATE users SET username = 'ada', username_canonical = 'ada'").await;
        let body = ("application/x-ndjson", Body::from(file));
        let answer = upload_to(&app, &token, &format!("{IMPORTS}?external_id=x"), body).await;
        assert_eq!(answer.status, 202, "{} {answer:?}", app.engine);
        work(&app).await;
        let job = get(&app, &token, &format!("{JOBS}/{}", answer.text("id"))).await.json();
        let summary =
            json!({ "total": 6, "inserted": 1, "updated": 0, "unchanged": 1, "failed": 4 });
        assert_eq!(job["summary"], summary, "{} {job}", app.engine);
        let errors = errors_of(&app, &token, &job).await;
        assert!(!errors.body.contains("s3cret"), "{}", errors.body);
        let errors = errors.json();
        let told: Vec<_> = errors
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                let error = &one["errors"][0];
                (
                    one["line"].as_i64().unwrap(),
                    error["code"].as_str().unwrap(),
                    error["path"].as_str(),
                )
            })
            .collect();
        let expected = [
            (3, "invalid_entry", None),
            (4, "invalid_entry", Some("password")),
            (6, "user_exists", Some("username")),
            (7, "invalid_entry", None),
        ];
        assert_eq!(told, expected, "{} {errors}", app.engine);
        assert_eq!(errors[1]["user"], json!({ "user_id": "7", "email": "b@example.com" }));
    }
}

#[tokio::test]
async fn an_import_puts_what_it_says_into_accounts_that_are_there_where_that_is_wished() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let ada = app.person(ADA).await;
        let metadata = json!({ "user_metadata": { "kept": 1, "gone": 2 }, "blocked": true });
        send(&app, &token, ("PATCH", &format!("/api/v2/users/{}", ada.id)), metadata).await;
        let before = get(&app, &token, &format!("/api/v2/users/{}", ada.id)).await.json();
        let file = json!([{
            "email": "ADA@example.com", "name": "Ada L.", "phone_number": "+491701234567",
            "phone_number_verified": true, "user_metadata": { "gone": null, "new": 3 },
            "username": "other", "email_verified": true, "password_hash": HASH,
        }])
        .to_string();
        let job = imported_with(&app, &token, &[("users", &*file)]).await;
        assert_eq!(job["summary"]["unchanged"], 1, "{} {job}", app.engine);
        assert_eq!(get(&app, &token, &format!("/api/v2/users/{}", ada.id)).await.json(), before);
        let given = [("users", &*file), ("upsert", "true")];
        for (updated, unchanged) in [(1, 0), (0, 1)] {
            let job = imported_with(&app, &token, &given).await;
            assert_eq!(job["summary"]["updated"], updated, "{} {job}", app.engine);
            assert_eq!(job["summary"]["unchanged"], unchanged, "{} {job}", app.engine);
        }
        let after = get(&app, &token, &format!("/api/v2/users/{}", ada.id)).await.json();
        assert_eq!(after["user_metadata"], json!({ "kept": 1, "new": 3 }), "{}", app.engine);
        assert_eq!((&after["name"], &after["phone_verified"]), (&json!("Ada L."), &json!(true)));
        for name in ["email", "email_verified", "blocked", "username", "identities"] {
            assert_eq!(after[name], before[name], "{} {name}", app.engine);
        }
        // The password stays too.
        send(
            &app,
            &token,
            ("PATCH", &format!("/api/v2/users/{}", ada.id)),
            json!({ "blocked": false }),
        )
        .await;
        app.browser().sign_in(ADA).await;
        let less = "create:users";
        app.grant("manager", (MANAGEMENT, SubjectType::Client), less).await.unwrap();
        let token =
            app.machine_token("manager", &[("audience", MANAGEMENT)]).await.text("access_token");
        assert_api_error(&upload(&app, &token, parts(&given)).await, 403, "insufficient_scope");
    }
}

#[tokio::test]
async fn a_file_that_is_no_file_of_people_leaves_nothing() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let long = format!("[{}", "{\"email\":\"a@example.com\"},".repeat(500));
        for (given, fields) in [
            (vec![("users", "")], vec!["users"]),
            (vec![("users", "email,name\na@example.com,Ada\n")], vec!["users"]),
            (vec![("users", "\u{1f}\u{8b}packed")], vec!["users"]),
            (vec![("users", &*long)], vec!["users"]),
            (vec![("users", "[{\"email\":\"a@example.com\"}] and more")], vec!["users"]),
            (vec![("upsert", "true")], vec!["users"]),
            (vec![("users", "[]"), ("upsert", "maybe")], vec!["upsert"]),
            (vec![("users", "[]"), ("connection_id", "con_1")], vec!["connection_id"]),
            (
                vec![("users", "[]"), ("send_completion_email", "true")],
                vec!["send_completion_email"],
            ),
            (vec![("users", "[]"), ("external_id", "a\u{7}")], vec!["external_id"]),
            (vec![("users", "[]"), ("users", "[]")], vec!["users"]),
        ] {
            let answer = upload(&app, &token, parts(&given)).await;
            assert_api_error(&answer, 400, "invalid_body");
            assert_eq!(fields_of(&answer), fields, "{} {given:?} {answer:?}", app.engine);
        }
        for kind in
            ["text/csv", "application/octet-stream", "", "application/x-www-form-urlencoded"]
        {
            let answer = upload_to(&app, &token, IMPORTS, (kind, Body::from("[]"))).await;
            assert_api_error(&answer, 415, "unsupported_media_type");
        }
        let broken = ("multipart/form-data; boundary=edge", Body::from("--edge\r\nno header"));
        assert_api_error(&upload_to(&app, &token, IMPORTS, broken).await, 400, "invalid_body");
        let broken = ("multipart/form-data", Body::from("[]"));
        assert_api_error(&upload_to(&app, &token, IMPORTS, broken).await, 400, "invalid_body");
        for table in ["jobs", "job_pieces", "users"] {
            let left = count(&app, &format!("SELECT COUNT(*) FROM {table}")).await;
            assert_eq!(left, 0, "{} {table}", app.engine);
        }
        work(&app).await;
    }
}

/// DO-01: whoever breaks off leaves nothing for long.
#[tokio::test]
async fn a_file_that_breaks_off_is_no_job() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let begin = format!("[{}", "{\"email\":\"a@example.com\"},".repeat(500));
        let pieces: Vec<Result<String, std::io::Error>> =
            vec![Ok(begin), Err(std::io::ErrorKind::BrokenPipe.into())];
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let answer = upload_to(&app, &token, IMPORTS, ("application/json", body)).await;
        assert_api_error(&answer, 400, "invalid_body");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM jobs").await, 0, "{}", app.engine);
        // What an instance held that stopped in between.
        app.store.run(
            "INSERT INTO jobs (id, kind, state, client_id, wish, reached, steps, processed, inserted,
                updated, unchanged, failed, ignored_keys, created_at, expires_at)
             VALUES ('job_1', 'users_import', 'receiving', 'manager',
                '{\"kind\":\"users_import\",\"upsert\":false,\"external_id\":null}', '', 0, 0, 0, 0,
                0, 0, '{}', 1, 2)",
        )
        .await;
        app.store.run("INSERT INTO job_pieces VALUES ('job_1', 'in', 1, 'x')").await;
        assert_api_error(&get(&app, &token, &format!("{JOBS}/job_1")).await, 404, "inexistent_job");
        protekt::jobs::purge(&app.app.provider).await.unwrap();
        for table in ["jobs", "job_pieces"] {
            let left = count(&app, &format!("SELECT COUNT(*) FROM {table}")).await;
            assert_eq!(left, 0, "{} {table}", app.engine);
        }
    }
}
