//! Machines that see where people are signed in, and sign them out.

use protekt::domain::client_grant::SubjectType;
use serde_json::json;

use crate::pages::steps::{are_signed_in, code_in, count, link_in, mail_to, texts};
use crate::support::answer::Answer;
use crate::support::api::{MANAGEMENT, assert_api_error};
use crate::support::app::{PASSWORD, TestApp, apps};
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

/// An invitation, a link to a new password and the code of a sign-up are no sessions.
#[tokio::test]
async fn what_was_mailed_outlasts_the_sessions_that_a_machine_ends() {
    for app in apps().await {
        app.plant_api_client().await;
        let token = app.manager_token("read:users create:users delete:sessions").await;
        let end = async |email: &str| {
            let sql = format!("SELECT id FROM users WHERE email = '{email}'");
            let id = texts(&app, &sql).await.remove(0);
            let path = format!("/users/{id}/sessions");
            // More than once, as whoever is not sure does.
            for _ in 0..2 {
                assert_eq!(call(&app, &token, "DELETE", &path).await.status, 204);
            }
        };
        let invited = json!({ "email": "bea@example.com", "verify_email": true });
        let invited = app.call_with(("POST", "/api/v2/users"), Some(&token), &invited).await;
        assert_eq!(invited.status, 201, "{invited:?}");
        app.person(ADA).await;
        let asked = ("POST", "/api/auth/password/request");
        assert_eq!(app.call_with(asked, None, &json!({ "email": ADA })).await.status, 200);
        for email in ["bea@example.com", ADA] {
            end(email).await;
            let mail = mail_to(&app, email).await;
            let link = mail.split("/password/reset?token=").nth(1).unwrap();
            let link = link.split_whitespace().next().unwrap();
            let body = json!({ "token": link, "newPassword": "juniper-lantern-41" });
            let done = app.call_with(("POST", "/api/auth/password/reset"), None, &body).await;
            assert_eq!(done.status, 200, "{email} {} {done:?}", app.engine);
        }
        let new = json!({ "email": "eve@example.com", "password": PASSWORD });
        let made = app.call_with(("POST", "/api/auth/signup"), None, &new).await;
        let body = json!({
            "verification_token": made.text("verification_token"),
            "code": code_in(&mail_to(&app, "eve@example.com").await),
        });
        end("eve@example.com").await;
        let done = app.call_with(("POST", "/api/auth/email/verify"), None, &body).await;
        assert_eq!(done.status, 200, "{} {done:?}", app.engine);
    }
}

/// What a used link was worth to a browser, and half a sign-in, end with the sessions.
#[tokio::test]
async fn what_was_proven_before_is_worth_nothing_once_a_machine_has_ended_everything() {
    for app in apps().await {
        app.plant_api_client().await;
        let token = app.manager_token("delete:sessions").await;
        let new = json!({ "email": ADA, "password": PASSWORD });
        let made = app.call_with(("POST", "/api/auth/signup"), None, &new).await;
        let link = link_in(&mail_to(&app, ADA).await);
        let mut elsewhere = app.browser();
        let page = elsewhere.open(&link).await;
        elsewhere.submit(&page, "verify-confirm", &[]).await;
        let verified = "SELECT COUNT(*) FROM users WHERE email_verified_at IS NOT NULL";
        assert_eq!(count(&app, verified).await, 1, "{}", app.engine);
        let id = texts(&app, "SELECT id FROM users").await.remove(0);
        let all = format!("/users/{id}/sessions");
        assert_eq!(call(&app, &token, "DELETE", &all).await.status, 204, "{}", app.engine);
        let poll = json!({ "verification_token": made.text("verification_token") });
        let poll = app.call_with(("POST", "/api/auth/email/verify"), None, &poll).await;
        assert_api_error(&poll, 400, "invalid_verification_token");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM sessions").await, 0, "{}", app.engine);
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
