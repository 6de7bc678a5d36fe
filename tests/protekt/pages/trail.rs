//! The audit trail of a whole flow, over HTTP.

use super::second_factor::signed_in;
use super::steps::{count, execute};
use crate::support::app::{PASSWORD, TestApp, apps};
use crate::support::factors::{first_half, set_up_totp};
use crate::support::protocol::ADA;

/// LG-02: who, what, from where, and how it ended.
#[tokio::test]
async fn every_security_event_leaves_one_row_that_says_who_what_and_from_where() {
    for app in apps().await {
        let ada = app.person("ada@example.com").await;
        app.web_client().await;
        let mut browser = app.browser();
        let page = browser.open("/login").await;
        let wrong = [("username", "ada@example.com"), ("password", "not-it-at-all")];
        assert_eq!(browser.submit(&page, "login-form", &wrong).await.status, 422);
        let code = browser.code("ada@example.com").await;
        let tokens = app.exchange(&code).await;
        let refresh = tokens.text("refresh_token");
        assert_eq!(app.refresh(&refresh).await.status, 200);
        assert_eq!(app.exchange(&code).await.status, 400);
        app.clock.advance(60);
        assert_eq!(app.refresh(&refresh).await.status, 400);
        let wrong = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        assert_eq!(app.token(Some(("notes", "wrong")), &wrong).await.status, 401);
        let page = browser.open("/logout").await;
        browser.submit(&page, "logout-confirm", &[]).await;
        let person = format!("user_id = '{}'", ada.id);
        for (kind, outcome, whose) in [
            ("user_created", "success", &*person),
            ("signed_in", "failure", &person),
            ("signed_in", "success", &person),
            ("consent_given", "success", &person),
            ("code_issued", "success", &person),
            ("code_exchanged", "success", &person),
            ("token_refreshed", "success", &person),
            ("code_replayed", "failure", &person),
            ("refresh_token_replayed", "failure", &person),
            ("client_authentication_failed", "failure", "user_id IS NULL"),
            ("signed_out", "success", &person),
        ] {
            assert_eq!(
                rows(&app, kind, outcome, whose).await,
                1,
                "{kind} {outcome} {}",
                app.engine
            );
        }
        let bare = "SELECT COUNT(*) FROM audit_events WHERE kind <> 'user_created' \
                    AND kind <> 'client_created' AND (ip IS NULL OR request_id IS NULL)";
        assert_eq!(count(&app, bare).await, 0, "each says from where: {}", app.engine);
        let leak = format!("SELECT COUNT(*) FROM audit_events WHERE detail LIKE '%{PASSWORD}%'");
        assert_eq!(count(&app, &leak).await, 0, "{}", app.engine);
    }
}

/// LG-02: who has the password and no second factor is seen by the account's owner.
#[tokio::test]
async fn half_a_sign_in_leaves_a_row_that_its_owner_reads() {
    for app in apps().await {
        let mut owner = signed_in(&app).await;
        let (phone, _) = set_up_totp(&app, &mut owner).await;
        let begun = "kind = 'sign_in_begun' AND user_id IS NOT NULL AND ip IS NOT NULL";
        let half = |detail: &str| {
            format!("SELECT COUNT(*) FROM audit_events WHERE {begun} AND detail LIKE '%{detail}%'")
        };
        let mut thief = app.browser();
        let page = first_half(&mut thief, ADA).await;
        assert_eq!(count(&app, &half("\"second_factor\"")).await, 1, "{}", app.engine);
        let seen = owner.get("/account/activity").await;
        assert!(seen.body.contains("Sign-in begun: the first step was right"), "{}", seen.body);
        // No row where a page asks who is signed in already.
        app.clock.advance(30);
        let code = phone.code(&app, 0);
        assert_eq!(thief.submit(&page, "mfa-form", &[("code", &code)]).await.status, 303);
        owner.get("/account/2fa/totp/remove").await;
        assert_eq!(count(&app, &half("first_proof")).await, 1, "{}", app.engine);
        // Another password is asked for: as much a half.
        execute(&app, "UPDATE users SET new_password_reason = 'operator'").await;
        execute(&app, "DELETE FROM second_factors").await;
        execute(&app, "DELETE FROM backup_codes").await;
        first_half(&mut app.browser(), ADA).await;
        assert_eq!(count(&app, &half("\"new_password\"")).await, 1, "{}", app.engine);
    }
}

async fn rows(app: &TestApp, kind: &str, outcome: &str, whose: &str) -> i64 {
    let sql = format!(
        "SELECT COUNT(*) FROM audit_events
         WHERE kind = '{kind}' AND outcome = '{outcome}' AND {whose}"
    );
    count(app, &sql).await
}
