//! Machines that see where people are signed in, and sign them out.

use protekt::domain::client_grant::SubjectType;
use serde_json::json;

use crate::pages::steps::{are_signed_in, count, texts};
use crate::support::answer::Answer;
use crate::support::api::{MANAGEMENT, assert_api_error};
use crate::support::app::{TestApp, apps};
use crate::support::protocol::ADA;

const SCOPES: &str = "read:sessions delete:sessions";

async fn call(app: &TestApp, token: &str, method: &str, path: &str) -> Answer {
    app.call(method, &format!("/api/v2{path}"), Some(token)).await
}

#[tokio::test]
async fn a_machine_sees_where_somebody_is_signed_in() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let ada = app.person(ADA).await;
        let of_ada = format!("/users/{}/sessions", ada.id.as_str());
        let none = call(&app, &token, "GET", &of_ada).await.json();
        let nothing = json!({ "sessions": [], "start": 0, "limit": 50, "length": 0, "total": 0 });
        assert_eq!(none, nothing, "{}", app.engine);
        for _ in 0..3 {
            app.browser().sign_in(ADA).await;
            app.clock.advance(60);
        }
        let all = call(&app, &token, "GET", &of_ada).await.json();
        assert_eq!((all["sessions"].as_array().unwrap().len(), &all["total"]), (3, &json!(3)));
        let page = call(&app, &token, "GET", &format!("{of_ada}?per_page=2&page=1")).await.json();
        assert_eq!(page["sessions"], json!([all["sessions"][2]]), "{} {page}", app.engine);
        let newest = &all["sessions"][0];
        assert_eq!(newest["user_id"], json!(ada.id), "{newest}");
        assert_eq!(newest["created_at"], "2027-01-15T08:02:00.000Z", "{newest}");
        assert_eq!(newest["device"]["initial_ip"], "127.0.0.1", "{newest}");
        let one = format!("/sessions/{}", newest["id"].as_str().unwrap());
        assert_eq!(&call(&app, &token, "GET", &one).await.json(), newest, "{}", app.engine);
        app.store.run("UPDATE sessions SET idle_expires_at = 1").await;
        assert_api_error(&call(&app, &token, "GET", &one).await, 404, "inexistent_session");
        let over = call(&app, &token, "DELETE", &one).await;
        assert_api_error(&over, 404, "inexistent_session");
    }
}

/// RT-09: a session goes with the tokens that were got through it, and no other.
#[tokio::test]
async fn a_session_that_a_machine_ends_is_over_at_once_with_its_tokens() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        app.with_ada().await;
        let mut lost = app.browser();
        let of_lost = app.exchange(&lost.code(ADA).await).await;
        let sid = texts(&app, "SELECT sid FROM sessions").await.remove(0);
        let mut kept = app.browser();
        let of_kept = app.exchange(&kept.code(ADA).await).await;
        let one = format!("/sessions/{sid}");
        assert_eq!(call(&app, &token, "DELETE", &one).await.status, 204, "{}", app.engine);
        let again = call(&app, &token, "DELETE", &one).await;
        assert_api_error(&again, 404, "inexistent_session");
        assert!(!are_signed_in(&app, &lost.cookies).await, "{}", app.engine);
        assert!(are_signed_in(&app, &kept.cookies).await, "{}", app.engine);
        assert_eq!(app.userinfo(&of_lost.text("access_token")).await.status, 401);
        assert_eq!(app.refresh(&of_lost.text("refresh_token")).await.error(), "invalid_grant");
        assert_eq!(app.userinfo(&of_kept.text("access_token")).await.status, 200);

        let id = texts(&app, "SELECT id FROM users").await.remove(0);
        let all = format!("/users/{id}/sessions");
        for _ in 0..2 {
            assert_eq!(call(&app, &token, "DELETE", &all).await.status, 204, "{}", app.engine);
        }
        assert!(!are_signed_in(&app, &kept.cookies).await, "{}", app.engine);
        assert_eq!(app.userinfo(&of_kept.text("access_token")).await.status, 401);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 0, "{}", app.engine);
        let told = "SELECT client_id FROM audit_events
            WHERE kind IN ('session_ended', 'signed_out_elsewhere') AND detail LIKE '%by_machine%'";
        assert_eq!(texts(&app, told).await, ["manager"; 3], "{}", app.engine);
        // The person reads who it was, and is not asked whether it was them.
        kept.sign_in(ADA).await;
        let page = kept.get("/account/activity").await;
        let part = page.body.split("Signed out by the people who run this service").nth(1);
        let line = part.and_then(|part| part.split("</li>").next()).unwrap();
        assert!(!line.contains("name=\"event\""), "{line}");
    }
}

/// AP-02
#[tokio::test]
async fn each_call_about_sessions_needs_its_scope_and_an_id_that_can_be() {
    for app in apps().await {
        let all = "read:users delete:users read:sessions delete:sessions";
        let token = app.manager_token(all).await;
        let calls = [
            ("GET", "/users/x/sessions", "read:sessions", "inexistent_user"),
            ("DELETE", "/users/x/sessions", "delete:sessions", "inexistent_user"),
            ("GET", "/sessions/x", "read:sessions", "inexistent_session"),
            ("DELETE", "/sessions/x", "delete:sessions", "inexistent_session"),
        ];
        for (method, path, scope, missing) in calls {
            let manager = (MANAGEMENT, SubjectType::Client);
            app.grant("manager", manager, "read:users delete:users").await.unwrap();
            let refused = call(&app, &token, method, path).await;
            assert_api_error(&refused, 403, "insufficient_scope");
            assert!(refused.body.contains(scope), "{method} {path} {refused:?}");
            app.grant("manager", manager, scope).await.unwrap();
            for id in ["x", "a%00b", "%F0%9F%98%80", "a%2Fb"] {
                let path = path.replace('x', id);
                assert_api_error(&call(&app, &token, method, &path).await, 404, missing);
            }
        }
    }
}
