//! Machines that see what people allowed apps, and take it back.

use protekt::domain::client_grant::SubjectType;
use serde_json::{Value, json};

use super::managed_roles::get;
use crate::pages::steps::{count, texts};
use crate::support::answer::Answer;
use crate::support::api::{MANAGEMENT, assert_api_error, fields_of};
use crate::support::app::{TestApp, apps, web_client};
use crate::support::protocol::ADA;

const GRANTS: &str = "/api/v2/grants";
const SCOPES: &str = "read:grants delete:grants";
const OTHER: &str = "https://bills.example/";

async fn delete(app: &TestApp, token: &str, path: &str) -> Answer {
    app.call("DELETE", &format!("{GRANTS}{path}"), Some(token)).await
}

/// What a person allowed an app, as the consent page notes it.
async fn allow(app: &TestApp, (user, client, audience): (&str, &str, &str), scopes: &str) {
    let row = format!(
        "INSERT INTO consents (user_id, client_id, audience, scopes, granted_at, updated_at)
         VALUES ('{user}', '{client}', '{audience}', '{scopes}', 1795000000, 1795000060)"
    );
    app.store.run(&row).await;
}

/// Two people, two apps and an API.
async fn allowed(app: &TestApp) -> (String, String) {
    let (ada, grace) = (app.person(ADA).await, app.person("grace@example.com").await);
    for id in ["notes", "other"] {
        app.client(web_client(id, &format!("https://{id}.example"))).await;
    }
    let (ada, grace) = (ada.id.as_str().to_owned(), grace.id.as_str().to_owned());
    for (user, client, audience, scopes) in [
        (&ada, "notes", "", "email openid"),
        (&ada, "notes", OTHER, "read"),
        (&ada, "other", "", "openid"),
        (&grace, "notes", "", "openid"),
        (&grace, "notes", OTHER, "read write"),
    ] {
        allow(app, (user, client, audience), scopes).await;
    }
    (ada, grace)
}

fn scopes(list: &Value) -> Vec<String> {
    let entries = list.as_array().unwrap().iter();
    let one = |entry: &Value| {
        let scopes = entry["scope"].as_array().unwrap().iter().map(|scope| scope.as_str().unwrap());
        scopes.collect::<Vec<_>>().join(" ")
    };
    entries.map(one).collect()
}

#[tokio::test]
async fn what_people_allowed_is_found_by_person_by_app_and_by_api() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let (ada, grace) = allowed(&app).await;
        let all = get(&app, &token, GRANTS).await.json();
        assert_eq!(all.as_array().unwrap().len(), 5, "{} {all}", app.engine);
        let of_ada = get(&app, &token, &format!("{GRANTS}?user_id={ada}")).await.json();
        assert_eq!(scopes(&of_ada), ["email openid", "read", "openid"], "{} {of_ada}", app.engine);
        let mut entry = of_ada[1].clone();
        entry.as_object_mut().unwrap().remove("id").unwrap();
        let whole = json!({
            "user_id": ada, "clientID": "notes", "client_id": "notes", "audience": OTHER,
            "scope": ["read"], "created_at": "2026-11-18T11:06:40.000Z", "updated_at": "2026-11-18T11:07:40.000Z",
        });
        assert_eq!(entry, whole, "{}", app.engine);
        assert!(of_ada[0].get("audience").is_none(), "{of_ada}");
        for (query, found) in [
            ("client_id=notes".to_owned(), 4),
            (format!("audience={OTHER}"), 2),
            (format!("client_id=notes&audience={OTHER}"), 2),
            (format!("user_id={grace}&client_id=notes"), 2),
            (format!("user_id={grace}&audience={OTHER}"), 1),
            (format!("user_id={grace}&client_id=notes&audience={OTHER}"), 1),
            (format!("user_id={grace}&client_id=other"), 0),
            ("user_id=nobody".to_owned(), 0),
        ] {
            let list = get(&app, &token, &format!("{GRANTS}?{query}")).await.json();
            assert_eq!(list.as_array().unwrap().len(), found, "{query} {} {list}", app.engine);
            // Step by step it is the same.
            let (mut walked, mut cursor) = (Vec::new(), String::new());
            loop {
                let path = format!("{GRANTS}?{query}&take=1&from={cursor}");
                let step = get(&app, &token, &path).await.json();
                let Some(entry) = step.as_array().unwrap().first() else { break };
                cursor = entry["id"].as_str().unwrap().to_owned();
                walked.push(entry.clone());
            }
            assert_eq!(json!(walked), list, "{query} {}", app.engine);
        }
        let page = format!("{GRANTS}?per_page=2&page=2&include_totals=true");
        let page = get(&app, &token, &page).await.json();
        assert_eq!((&page["total"], &page["grants"]), (&json!(5), &json!([all[4]])), "{page}");
        // Whoever lost the value of a filter is not given everybody's.
        for (query, field) in [
            ("from=nonsense", "from"),
            ("user_id=", "user_id"),
            ("client_id=&take=2", "client_id"),
            ("audience=", "audience"),
        ] {
            let wrong = get(&app, &token, &format!("{GRANTS}?{query}")).await;
            assert_api_error(&wrong, 400, "invalid_query_string");
            assert_eq!(fields_of(&wrong), [field], "{}", app.engine);
        }
    }
}

/// RT-09 RV: what a machine takes back ends tokens at once, and nothing beside it.
#[tokio::test]
async fn what_is_taken_back_ends_at_once_with_its_tokens() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        app.with_ada().await;
        let tokens = app.tokens().await;
        let access = tokens.text("access_token");
        assert_eq!(app.userinfo(&access).await.status, 200, "{}", app.engine);
        let ada = texts(&app, "SELECT id FROM users").await.remove(0);
        let client = texts(&app, "SELECT client_id FROM consents").await.remove(0);
        allow(&app, (&ada, &client, OTHER), "read").await;
        let list = get(&app, &token, &format!("{GRANTS}?user_id={ada}")).await.json();
        let at_api = format!("/{}", list[1]["id"].as_str().unwrap());
        assert_eq!(delete(&app, &token, &at_api).await.status, 204, "{}", app.engine);
        assert_eq!(app.userinfo(&access).await.status, 200, "its tokens were for no API");
        assert_api_error(&delete(&app, &token, &at_api).await, 404, "inexistent_grant");
        allow(&app, (&ada, &client, OTHER), "read").await;
        let own = format!("/{}", list[0]["id"].as_str().unwrap());
        assert_eq!(delete(&app, &token, &own).await.status, 204, "{}", app.engine);
        assert_eq!(app.userinfo(&access).await.status, 401, "{}", app.engine);
        let refreshed = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(refreshed.status, 400, "{} {refreshed:?}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM consents").await, 0, "{}", app.engine);
        let told = "SELECT client_id || ' ' || detail FROM audit_events
            WHERE kind = 'access_removed' ORDER BY id DESC LIMIT 1";
        let told = texts(&app, told).await.remove(0);
        assert!(told.starts_with("manager ") && told.contains(&client), "{told} {}", app.engine);
    }
}

/// A token for an API goes with what was allowed there.
#[tokio::test]
async fn taken_back_at_one_api_its_tokens_end_and_others_stay() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let (ada, _) = allowed(&app).await;
        let grant = |id: &str, audience: &str| {
            format!(
                "INSERT INTO grants (id, user_id, client_id, sid, generation, scopes, audience, auth_time, acr, amr,
                    created_at, expires_at)
                 VALUES ('{id}', '{ada}', 'notes', 's', 1, 'read', '[\"{audience}\"]', 1, '', '[]', 1, 9999999999)"
            )
        };
        app.store.run(&grant("at", OTHER)).await;
        app.store.run(&grant("elsewhere", "https://elsewhere.example/")).await;
        let path = format!("{GRANTS}?user_id={ada}&audience={OTHER}");
        let found = get(&app, &token, &path).await.json();
        let one = format!("/{}", found[0]["id"].as_str().unwrap());
        assert_eq!(delete(&app, &token, &one).await.status, 204, "{}", app.engine);
        let over = texts(&app, "SELECT id FROM grants WHERE revoked_at IS NOT NULL").await;
        assert_eq!(over, ["at"], "{}", app.engine);
    }
}

#[tokio::test]
async fn everything_that_somebody_allowed_goes_at_once_and_nobody_elses() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let (ada, grace) = allowed(&app).await;
        let none = delete(&app, &token, "").await;
        assert_api_error(&none, 400, "invalid_query_string");
        assert_eq!(fields_of(&none), ["user_id"]);
        let narrow = delete(&app, &token, &format!("?user_id={ada}&client_id=notes")).await;
        assert_eq!(fields_of(&narrow), ["client_id"], "{}", app.engine);
        let nobody = delete(&app, &token, "?user_id=nobody").await;
        assert_api_error(&nobody, 404, "inexistent_user");
        for _ in 0..2 {
            let gone = delete(&app, &token, &format!("?user_id={ada}")).await;
            assert_eq!(gone.status, 204, "{} {gone:?}", app.engine);
        }
        let left = texts(&app, "SELECT DISTINCT user_id FROM consents").await;
        assert_eq!(left, [grace], "{}", app.engine);
        let told = "SELECT COUNT(*) FROM audit_events WHERE kind = 'access_removed'";
        assert_eq!(count(&app, told).await, 2, "{}", app.engine);
        app.grant("manager", (MANAGEMENT, SubjectType::Client), "read:grants").await.unwrap();
        let refused = delete(&app, &token, &format!("?user_id={ada}")).await;
        assert_api_error(&refused, 403, "insufficient_scope");
    }
}
