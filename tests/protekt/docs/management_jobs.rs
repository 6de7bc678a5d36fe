//! The commands of `docs/management-api-jobs.md`, each sent as it stands there, on both engines.

use serde_json::json;

use super::reader::Reader;
use crate::support::app::{TestApp, apps};

const FILE: &str = "docs/management-api-jobs.md";

async fn work(app: &TestApp) {
    while app.app.accounts.work_on_jobs().await.unwrap() {}
}

#[tokio::test]
async fn the_commands_of_the_page_do_what_it_says() {
    for app in apps().await {
        let token = app.manager_token("create:users read:users update:users").await;
        let mut reader = Reader::of(&app, FILE);
        reader.known.insert("ACCESS_TOKEN", token);
        let ada =
            json!({ "id": "7", "email": "ada@example.com", "user_metadata": { "plan": "x" } });
        reader.files.insert("people.json", json!([ada]).to_string());
        reader.files.insert("people.ndjson", format!("{ada}\n{{\"password\":\"x\"}}\n"));
        let begun = reader.gets("/api/v2/jobs/users-imports", &[]).await;
        assert_eq!((begun.status, begun.text("external_id")), (202, "march".to_owned()));
        work(&app).await;
        let begun = reader.gets("/api/v2/jobs/users-imports?external_id=march", &[]).await;
        work(&app).await;
        reader.known.insert("JOB_ID", begun.text("id"));
        let done = reader.gets("/api/v2/jobs/$JOB_ID", &[]).await.json();
        let summary =
            json!({ "total": 2, "inserted": 0, "updated": 0, "unchanged": 1, "failed": 1 });
        assert_eq!(done["summary"], summary, "{} {done}", app.engine);
        let errors = reader.gets("/api/v2/jobs/$JOB_ID/errors", &[]).await.json();
        let told = "passwords in clear are not imported: give password_hash";
        assert_eq!(errors[0]["errors"][0]["message"], told, "{} {errors}", app.engine);
        let begun = reader.gets("/api/v2/jobs/users-exports", &[]).await;
        work(&app).await;
        reader.known.insert("JOB_ID", begun.text("id"));
        let table = reader.gets("/api/v2/jobs/$JOB_ID/download", &[]).await;
        let expected = "id,email,user_metadata.plan\r\n7,ada@example.com,x\r\n";
        assert_eq!(table.body, expected, "{}", app.engine);
        reader.known.insert("USER_ID", "7".to_owned());
        let mailed = reader.gets("/api/v2/jobs/verification-email", &[]).await;
        assert_eq!((mailed.status, mailed.text("status")), (201, "completed".to_owned()));
        assert_eq!(app.mails().await.len(), 1, "{}", app.engine);
        assert!(reader.commands.is_empty(), "not tried: {:?}", reader.commands);
    }
}
