//! Machines that hand on links themselves.

use protekt::domain::client_grant::SubjectType;
use serde_json::{Value, json};

use super::managed_roles::send;
use crate::pages::steps::{are_signed_in, count, texts};
use crate::support::answer::Answer;
use crate::support::api::{MANAGEMENT, assert_api_error, fields_of};
use crate::support::app::{TestApp, apps};
use crate::support::factors::set_up_totp;
use crate::support::protocol::ADA;

const PASSWORD_CHANGE: &str = "/api/v2/tickets/password-change";
const EMAIL_VERIFICATION: &str = "/api/v2/tickets/email-verification";
const SCOPES: &str = "create:user_tickets update:users create:users";
const NEW: &str = "velvet-harbour-61";

async fn ticket(app: &TestApp, token: &str, path: &str, body: Value) -> Answer {
    send(app, token, ("POST", path), body).await
}

/// The path of a ticket.
fn path_of(made: &Answer) -> String {
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.header("cache-control"), "no-store");
    made.text("ticket").strip_prefix("https://id.example.com").unwrap().to_owned()
}

/// PR-06: once, and everything of before ends.
#[tokio::test]
async fn a_password_is_chosen_by_a_ticket_once() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let ada = app.person(ADA).await;
        let mut before = app.browser();
        before.sign_in(ADA).await;
        let by_id = ticket(&app, &token, PASSWORD_CHANGE, json!({ "user_id": ada.id })).await;
        let by_address = json!({ "email": "ADA@example.com", "connection_id": "con_database" });
        let by_address = ticket(&app, &token, PASSWORD_CHANGE, by_address).await;
        assert_eq!(app.mails().await.iter().filter(|mail| mail.contains("reset?token")).count(), 0);
        // A stranger who asks for a mail takes no ticket away.
        let mut stranger = app.browser();
        let page = stranger.open("/password/forgot").await;
        stranger.submit(&page, "forgot-form", &[("email", ADA)]).await;
        let mut browser = app.browser();
        let page = browser.open(&path_of(&by_id)).await;
        let done = browser.submit(&page, "reset-form", &[("password", NEW)]).await;
        assert_eq!(done.status, 303, "{} {done:?}", app.engine);
        assert!(are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        assert!(!are_signed_in(&app, &before.cookies).await, "{}", app.engine);
        for used in [&by_id, &by_address] {
            let page = app.browser().open(&path_of(used)).await;
            assert!(!page.body.contains("reset-form"), "{} {}", app.engine, page.body);
        }
        let told =
            "SELECT client_id || ' ' || detail FROM audit_events WHERE kind = 'ticket_created'";
        let told = texts(&app, told).await;
        assert_eq!(told, ["manager {\"for\":\"password\"}"; 2], "{}", app.engine);
    }
}

#[tokio::test]
async fn a_ticket_is_good_for_as_long_as_was_said() {
    for app in apps().await {
        app.manager_token(SCOPES).await;
        let ada = app.person(ADA).await;
        for (body, lifetime) in [
            (json!({ "user_id": ada.id, "ttl_sec": 60 }), 60),
            (json!({ "user_id": ada.id, "ttl_sec": 0 }), 432_000),
            (json!({ "user_id": ada.id }), 432_000),
        ] {
            let token = app.machine_token("manager", &[("audience", MANAGEMENT)]).await;
            let token = token.text("access_token");
            let path = path_of(&ticket(&app, &token, PASSWORD_CHANGE, body).await);
            app.clock.advance(lifetime - 1);
            let good = app.browser().open(&path).await;
            assert!(good.body.contains("reset-form"), "{} {}", app.engine, good.body);
            app.clock.advance(1);
            let over = app.browser().open(&path).await;
            assert!(!over.body.contains("reset-form"), "{} {}", app.engine, over.body);
        }
    }
}

/// RC: whoever has the link counts as the owner of the address only where the machine says so.
#[tokio::test]
async fn an_address_is_proven_by_a_ticket_where_the_machine_says_so() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let new = json!({ "email": "new@example.com", "password": "lantern-juniper-84" });
        let id = send(&app, &token, ("POST", "/api/v2/users"), new).await.text("user_id");
        let unsaid = ticket(&app, &token, PASSWORD_CHANGE, json!({ "user_id": id })).await;
        assert_api_error(&unsaid, 400, "invalid_body");
        assert_eq!(fields_of(&unsaid), ["mark_email_as_verified"], "{}", app.engine);
        let said = json!({ "user_id": id, "mark_email_as_verified": true });
        let path = path_of(&ticket(&app, &token, PASSWORD_CHANGE, said.clone()).await);
        let mut browser = app.browser();
        let page = browser.open(&path).await;
        browser.submit(&page, "reset-form", &[("password", NEW)]).await;
        let verified = "SELECT COUNT(*) FROM users WHERE email_verified_at IS NOT NULL AND email = 'new@example.com'";
        assert_eq!(count(&app, verified).await, 1, "{}", app.engine);
        let at = (MANAGEMENT, SubjectType::Client);
        app.grant("manager", at, "create:user_tickets").await.unwrap();
        for (path, body) in
            [(PASSWORD_CHANGE, said), (EMAIL_VERIFICATION, json!({ "user_id": id }))]
        {
            let refused = ticket(&app, &token, path, body).await;
            assert_api_error(&refused, 403, "insufficient_scope");
        }
    }
}

#[tokio::test]
async fn an_address_is_verified_by_a_ticket_once() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let new = json!({ "email": "new@example.com", "password": "lantern-juniper-84" });
        let id = send(&app, &token, ("POST", "/api/v2/users"), new).await.text("user_id");
        let body = json!({ "user_id": id, "ttl_sec": 600 });
        let path = path_of(&ticket(&app, &token, EMAIL_VERIFICATION, body.clone()).await);
        app.clock.advance(600);
        let late = app.browser().open(&path).await;
        assert!(!late.body.contains("verify-confirm"), "{} {}", app.engine, late.body);
        let path = path_of(&ticket(&app, &token, EMAIL_VERIFICATION, body.clone()).await);
        let mut browser = app.browser();
        let page = browser.open(&path).await;
        let confirmed = browser.submit(&page, "verify-confirm", &[]).await;
        // No window waits for it.
        assert!(confirmed.body.contains(r#"data-outcome="verified-alone""#), "{}", confirmed.body);
        let verified = "SELECT COUNT(*) FROM users WHERE email_verified_at IS NOT NULL AND email = 'new@example.com'";
        assert_eq!(count(&app, verified).await, 1, "{}", app.engine);
        assert!(!are_signed_in(&app, &browser.cookies).await, "{}", app.engine);
        let again = ticket(&app, &token, EMAIL_VERIFICATION, body).await;
        assert_api_error(&again, 409, "email_verified");
        let page = app.browser().open(&path).await;
        assert!(!page.body.contains("verify-confirm"), "{} {}", app.engine, page.body);
    }
}

/// EN: a link to the account of who may do more would be that.
#[tokio::test]
async fn no_ticket_leads_to_more_than_the_machine_may_do() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let ada = app.person(ADA).await;
        app.give_role(ADA, "admin").await;
        let body = json!({ "user_id": ada.id });
        let refused = ticket(&app, &token, PASSWORD_CHANGE, body.clone()).await;
        assert_api_error(&refused, 403, "insufficient_scope");
        app.store.run("UPDATE users SET email_verified_at = NULL").await;
        let refused = ticket(&app, &token, EMAIL_VERIFICATION, body).await;
        assert_api_error(&refused, 403, "insufficient_scope");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM password_resets").await, 0, "{}", app.engine);
        // Nor one that was made before.
        let grace = app.person("grace@example.com").await;
        let made = ticket(&app, &token, PASSWORD_CHANGE, json!({ "user_id": grace.id })).await;
        let path = path_of(&made);
        assert!(app.browser().open(&path).await.body.contains("reset-form"), "{}", app.engine);
        app.give_role("grace@example.com", "admin").await;
        let page = app.browser().open(&path).await;
        assert!(!page.body.contains("reset-form"), "{} {}", app.engine, page.body);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_ticket_is_named() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let ada = app.person(ADA).await;
        let id = ada.id.as_str();
        for (body, fields) in [
            (json!({}), vec!["user_id"]),
            (json!({ "user_id": id, "email": ADA }), vec!["email"]),
            (json!({ "email": "nobody" }), vec!["email"]),
            (json!({ "email": ADA, "connection_id": "con_2" }), vec!["connection_id"]),
            (json!({ "user_id": id, "ttl_sec": -1 }), vec!["ttl_sec"]),
            (json!({ "user_id": id, "ttl_sec": 2_592_001 }), vec!["ttl_sec"]),
            (json!({ "user_id": id, "ttl_sec": "60" }), vec!["ttl_sec"]),
            (json!({ "user_id": id, "result_url": "https://evil.example" }), vec!["result_url"]),
            (json!({ "user_id": 7 }), vec!["user_id"]),
        ] {
            let refused = ticket(&app, &token, PASSWORD_CHANGE, body.clone()).await;
            assert_api_error(&refused, 400, "invalid_body");
            assert_eq!(fields_of(&refused), fields, "{body} {}", app.engine);
        }
        for body in [
            json!({ "user_id": "nobody" }),
            json!({ "email": "nobody@example.com" }),
            json!({ "user_id": "a\u{0}" }),
        ] {
            let refused = ticket(&app, &token, PASSWORD_CHANGE, body).await;
            assert_api_error(&refused, 404, "inexistent_user");
        }
        app.app.accounts.set_blocked(&ada.id, true).await.unwrap();
        let blocked = ticket(&app, &token, PASSWORD_CHANGE, json!({ "user_id": id })).await;
        assert_eq!(fields_of(&blocked), ["user_id"], "{}", app.engine);
        let blocked = ticket(&app, &token, PASSWORD_CHANGE, json!({ "email": ADA })).await;
        assert_eq!(fields_of(&blocked), ["email"], "{}", app.engine);
    }
}

/// TE-17: what is taken from a machine is taken from its links, and nobody is let in by those who may do more by then.
#[tokio::test]
async fn a_link_is_worth_what_its_machine_may_do_when_it_is_used() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let new = json!({ "email": "new@example.com", "password": "lantern-juniper-84" });
        let id = send(&app, &token, ("POST", "/api/v2/users"), new).await.text("user_id");
        let said = json!({ "user_id": id, "mark_email_as_verified": true });
        let password = path_of(&ticket(&app, &token, PASSWORD_CHANGE, said).await);
        let email = ticket(&app, &token, EMAIL_VERIFICATION, json!({ "user_id": id })).await;
        let email = path_of(&email);
        let are_good = async || {
            let page = app.browser().open(&password).await.body.contains("reset-form");
            (page, app.browser().open(&email).await.body.contains("verify-confirm"))
        };
        assert_eq!(are_good().await, (true, true), "{}", app.engine);
        let at = (MANAGEMENT, SubjectType::Client);
        app.grant("manager", at, "update:users").await.unwrap();
        assert_eq!(are_good().await, (false, false), "{}", app.engine);
        app.grant("manager", at, SCOPES).await.unwrap();
        assert_eq!(are_good().await, (true, true), "{}", app.engine);
        app.permit("new@example.com", &[(MANAGEMENT, "delete:users")]).await;
        assert_eq!(are_good().await, (false, false), "{}", app.engine);
        app.forbid("new@example.com", &[(MANAGEMENT, "delete:users")]).await;
        assert_eq!(are_good().await, (true, true), "{}", app.engine);
        app.store.run("DELETE FROM clients WHERE id = 'manager'").await;
        assert_eq!(are_good().await, (false, false), "{}", app.engine);
    }
}

/// A link to a password that was not to prove the address does not, whatever becomes of that meanwhile.
#[tokio::test]
async fn a_link_proves_no_more_than_was_said_when_it_was_made() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let ada = app.person(ADA).await;
        let made = ticket(&app, &token, PASSWORD_CHANGE, json!({ "user_id": ada.id })).await;
        app.store.run("UPDATE users SET email_verified_at = NULL").await;
        let page = app.browser().open(&path_of(&made)).await;
        assert!(!page.body.contains("reset-form"), "{} {}", app.engine, page.body);
    }
}

/// MF-01: no second factor goes by a link of a machine that may not take it.
#[tokio::test]
async fn a_link_takes_no_second_factor_that_its_machine_may_not_take() {
    for app in apps().await {
        let token = app.manager_token(&format!("{SCOPES} delete:authentication_methods")).await;
        let ada = app.person(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let said = json!({ "user_id": ada.id, "mark_email_as_verified": true });
        set_up_totp(&app, &mut browser).await;
        app.store.run("UPDATE users SET email_verified_at = NULL, was_verified = FALSE").await;
        let with_scope = ticket(&app, &token, PASSWORD_CHANGE, said.clone()).await;
        let path = path_of(&with_scope);
        app.grant("manager", (MANAGEMENT, SubjectType::Client), SCOPES).await.unwrap();
        let refused = ticket(&app, &token, PASSWORD_CHANGE, said).await;
        assert_api_error(&refused, 403, "insufficient_scope");
        assert!(refused.body.contains("delete:authentication_methods"), "{refused:?}");
        let page = app.browser().open(&path).await;
        assert!(!page.body.contains("reset-form"), "{} {}", app.engine, page.body);
    }
}
