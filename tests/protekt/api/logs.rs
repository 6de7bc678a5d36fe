//! Machines that read the audit trail.

use protekt::audit::record;
use protekt::clock::Clock as _;
use protekt::domain::audit_event::{AuditEvent, AuditKind};
use protekt::domain::client_grant::SubjectType;
use serde_json::{Value, json};

use crate::pages::steps::texts;
use crate::support::answer::Answer;
use crate::support::api::{MANAGEMENT, assert_api_error};
use crate::support::app::{TestApp, apps};
use crate::support::protocol::ADA;

const LOGS: &str = "/api/v2/logs";

async fn get(app: &TestApp, token: &str, path: &str) -> Answer {
    app.call("GET", path, Some(token)).await
}

async fn list(app: &TestApp, token: &str, query: &str) -> Vec<Value> {
    let answer = get(app, token, &format!("{LOGS}?{query}")).await;
    assert_eq!(answer.status, 200, "{query} {} {answer:?}", app.engine);
    answer.json().as_array().unwrap().clone()
}

fn types(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["type"].as_str().unwrap()).collect()
}

/// Puts so many events into the trail, a second apart.
async fn fill(app: &TestApp, kind: AuditKind, events: usize) {
    for _ in 0..events {
        app.clock.advance(1);
        let mut tx = app.app.store().begin().await.unwrap();
        let event = AuditEvent::success(kind).by_client(&"filler".into());
        record(&mut tx, event, app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_machine_reads_what_happened_and_finds_it() {
    for app in apps().await {
        let token = app.manager_token("read:logs").await;
        let ada = app.person(ADA).await;
        app.clock.advance(60);
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        app.clock.advance(60);
        app.plant_api_client().await;
        let wrong = json!({ "email": ADA, "password": "wrong-password-1" });
        assert_eq!(app.api_sign_in(&wrong).await.status, 401, "{}", app.engine);
        let newest = &list(&app, &token, "per_page=1").await[0];
        assert_eq!((&newest["type"], &newest["outcome"]), (&json!("signed_in"), &json!("failure")));
        let of_ada = format!("user_id={}", ada.id.as_str());
        let good = list(&app, &token, &format!("{of_ada}&type=signed_in&outcome=success")).await;
        assert_eq!(good.len(), 1, "{} {good:?}", app.engine);
        let entry = &good[0];
        assert_eq!(entry["user_id"], json!(ada.id), "{entry}");
        assert_eq!(entry["date"], "2027-01-15T08:01:00.000Z", "{entry}");
        assert_eq!((&entry["ip"], entry["session_id"].is_string()), (&json!("127.0.0.1"), true));
        let one = format!("{LOGS}/{}", entry["log_id"].as_str().unwrap());
        assert_eq!(&get(&app, &token, &one).await.json(), entry, "{}", app.engine);
        let own = get(&app, &token, &format!("/api/v2/users/{}/logs", ada.id.as_str())).await;
        assert_eq!(own.json(), json!(list(&app, &token, &of_ada).await), "{}", app.engine);
        let part = list(&app, &token, "fields=type,date&per_page=1").await;
        assert_eq!(part, [json!({ "type": "signed_in", "date": "2027-01-15T08:02:00.000Z" })]);
        for (query, found) in [
            ("client_id=manager&type=machine_token_issued", vec!["machine_token_issued"]),
            ("client_id=nobody", vec![]),
            ("type=signed_in", vec!["signed_in", "signed_in"]),
            ("type=signed_in&until=2027-01-15T08:02:00Z", vec!["signed_in"]),
            ("type=signed_in&since=2027-01-15T08:01:01Z", vec!["signed_in"]),
            ("type=signed_in&since=2027-01-15&until=2027-01-16", vec!["signed_in", "signed_in"]),
            ("since=2027-01-16", vec![]),
            ("until=2027-01-15", vec![]),
            ("since=2030-01-01&client_id=manager", vec![]),
        ] {
            assert_eq!(types(&list(&app, &token, query).await), found, "{query} {}", app.engine);
        }
        let kinds = texts(&app, "SELECT kind FROM audit_events ORDER BY id").await;
        let page =
            get(&app, &token, &format!("{LOGS}?include_totals=true&page=1&per_page=2")).await;
        let page = page.json();
        assert_eq!((&page["total"], &page["start"]), (&json!(kinds.len()), &json!(2)), "{page}");
        assert_eq!(page["logs"][0]["type"].as_str().unwrap(), kinds[kinds.len() - 3], "{page}");
    }
}

/// Who goes on from the last one they have sees each event once, and none is lost.
#[tokio::test]
async fn who_keeps_up_with_the_trail_misses_nothing() {
    for app in apps().await {
        let token = app.manager_token("read:logs").await;
        fill(&app, AuditKind::SignedIn, 7).await;
        assert_eq!(list(&app, &token, "take=9&client_id=filler").await.len(), 0, "{}", app.engine);
        app.clock.advance(100);
        let mut walked = Vec::new();
        let mut from = String::new();
        loop {
            let piece = list(&app, &token, &format!("take=2&from={from}")).await;
            let Some(last) = piece.last() else { break };
            from = last["log_id"].as_str().unwrap().to_owned();
            walked.extend(piece);
        }
        let kinds = texts(&app, "SELECT kind FROM audit_events ORDER BY id").await;
        assert_eq!(types(&walked), kinds, "from the oldest, each once: {}", app.engine);
    }
}

/// What began earlier and is recorded later stands behind what was recorded before it: whoever went on from it would
/// never see the other.
#[tokio::test]
async fn who_keeps_up_with_the_trail_misses_nothing_that_was_recorded_late() {
    for app in apps().await {
        let token = app.manager_token("read:logs").await;
        let begun = app.clock.now();
        app.clock.advance(1);
        fill(&app, AuditKind::SignedOut, 1).await;
        let mut tx = app.app.store().begin().await.unwrap();
        let late = AuditEvent::success(AuditKind::SignedIn).by_client(&"filler".into());
        record(&mut tx, late, begun).await.unwrap();
        tx.commit().await.unwrap();
        let (mut seen, mut from) = (Vec::new(), String::new());
        for _ in 0..200 {
            app.clock.advance(1);
            let piece = list(&app, &token, &format!("client_id=filler&take=9&from={from}")).await;
            if let Some(last) = piece.last() {
                last["log_id"].as_str().unwrap().clone_into(&mut from);
            }
            seen.extend(piece);
        }
        assert_eq!(types(&seen), ["signed_out", "signed_in"], "{}", app.engine);
    }
}

/// AP-02 AP-09
#[tokio::test]
async fn what_cannot_be_asked_of_the_trail_is_named() {
    for app in apps().await {
        let token = app.manager_token("read:logs read:users").await;
        for (query, field) in [
            ("type=x", "type"),
            ("outcome=good", "outcome"),
            ("since=yesterday", "since"),
            ("until=2027-02-30", "until"),
            ("since=2027-01-15T08:00:00+01:00", "since"),
            ("page=1000", "page"),
            ("take=1&page=1", "page"),
            ("user_id=a%00", "user_id"),
            ("user_id=", "user_id"),
            ("type=", "type"),
            ("outcome=", "outcome"),
            ("client_id=a&client_id=b", "client_id"),
        ] {
            let refused = get(&app, &token, &format!("{LOGS}?{query}")).await;
            assert_api_error(&refused, 400, "invalid_query_string");
            assert!(
                refused.body.contains(&format!("\"field\":\"{field}\"")),
                "{query} {refused:?}"
            );
        }
        let ada = app.person(ADA).await;
        let of_ada = format!("/api/v2/users/{}/logs", ada.id.as_str());
        let twice = get(&app, &token, &format!("{of_ada}?user_id=x")).await;
        assert_api_error(&twice, 400, "invalid_query_string");
        for id in ["x", "a%00b"] {
            let gone = get(&app, &token, &format!("{LOGS}/{id}")).await;
            assert_api_error(&gone, 404, "inexistent_log");
            let gone = get(&app, &token, &format!("/api/v2/users/{id}/logs")).await;
            assert_api_error(&gone, 404, "inexistent_user");
        }
        app.grant("manager", (MANAGEMENT, SubjectType::Client), "read:users").await.unwrap();
        for path in [LOGS, "/api/v2/logs/x", "/api/v2/logs/export", &of_ada] {
            let refused = get(&app, &token, path).await;
            assert_api_error(&refused, 403, "insufficient_scope");
            assert!(refused.body.contains("read:logs"), "{refused:?}");
        }
    }
}

/// LG-02: all of it leaves the house line by line, the oldest first, each event once.
#[tokio::test]
async fn the_trail_is_exported_line_by_line() {
    for app in apps().await {
        let token = app.manager_token("read:logs").await;
        fill(&app, AuditKind::SignedIn, 1_203).await;
        fill(&app, AuditKind::SignedOut, 1).await;
        app.clock.advance(100);
        let ids = texts(&app, "SELECT id FROM audit_events ORDER BY id").await;
        let all = get(&app, &token, "/api/v2/logs/export").await;
        assert_eq!((all.status, all.header("content-type")), (200, "application/x-ndjson"));
        assert_eq!(all.header("cache-control"), "no-store");
        assert!(all.body.ends_with('\n'), "{}", app.engine);
        let lines: Vec<Value> =
            all.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told: Vec<&str> = lines.iter().map(|line| line["log_id"].as_str().unwrap()).collect();
        assert_eq!(told, ids, "{}", app.engine);
        let part = "/api/v2/logs/export?type=signed_out&fields=type,client_id";
        let part = get(&app, &token, part).await;
        assert_eq!(part.body, "{\"client_id\":\"filler\",\"type\":\"signed_out\"}\n");
        let none = get(&app, &token, "/api/v2/logs/export?since=2031-01-01").await;
        assert_eq!((none.status, &*none.body), (200, ""), "{}", app.engine);
        // What is to come is for the next one.
        app.clock.advance(-600);
        let early = get(&app, &token, "/api/v2/logs/export?client_id=filler").await;
        assert_eq!(early.body.lines().count(), 613, "{}", app.engine);
        for bad in ["type=x", "take=1", "from=x", "page=1", "per_page=1"] {
            let bad = get(&app, &token, &format!("/api/v2/logs/export?{bad}")).await;
            assert_api_error(&bad, 400, "invalid_query_string");
        }
    }
}

/// Who is deleted is told of no more, and what happened still is.
#[tokio::test]
async fn an_erased_event_tells_of_nobody() {
    for app in apps().await {
        let token = app.manager_token("read:logs delete:users").await;
        let ada = app.person(ADA).await;
        app.browser().sign_in(ADA).await;
        let path = format!("/api/v2/users/{}", ada.id.as_str());
        assert_eq!(app.call("DELETE", &path, Some(&token)).await.status, 204, "{}", app.engine);
        let left = list(&app, &token, "type=signed_in").await;
        assert_eq!(left.len(), 1, "{} {left:?}", app.engine);
        for name in ["user_id", "ip", "user_agent", "session_id", "details"] {
            assert_eq!(left[0].get(name), None, "{name} {}", app.engine);
        }
    }
}
