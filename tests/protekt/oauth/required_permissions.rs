//! APIs at which apps get for a person only what the person has as a permission.

use std::sync::Arc;

use protekt::domain::client_grant::SubjectType;
use serde_json::json;

use crate::support::answer::Answer;
use crate::support::apis::ORDERS;
use crate::support::app::{PASSWORD, TestApp, apps, authorize_url, claims, web_client};
use crate::support::browser::{Browser, parameter, sent_to};
use crate::support::protocol::{ADA, assert_refused, error_at_client, error_in};

const PEOPLE: SubjectType = SubjectType::User;
const GRACE: &str = "grace@example.com";

/// [`ADA`] may read at the API, [`GRACE`] nothing; the usual client may ask it for all there is.
async fn scene(app: &TestApp) -> Browser {
    app.api(ORDERS, "Orders").await;
    app.require_permissions(ORDERS, true).await;
    app.with_ada().await;
    app.person(GRACE).await;
    app.grant("notes", (ORDERS, PEOPLE), "read write").await.unwrap();
    app.client(web_client("orders-api", "https://orders.example")).await;
    app.introspectors(ORDERS, &["orders-api"]).await;
    app.give_role(ADA, "staff").await;
    app.permit_role("staff", &[(ORDERS, "read")]).await;
    let mut browser = app.browser();
    browser.sign_in(ADA).await;
    browser
}

fn asking(scope: &str) -> String {
    authorize_url(&[("audience", Some(ORDERS)), ("scope", Some(scope))])
}

/// Agrees, where that is asked; gives the code.
async fn code(browser: &mut Browser, url: &str) -> String {
    let mut answer = browser.open(url).await;
    if answer.body.contains("id=\"consent-form\"") {
        answer = browser.submit(&answer, "consent-form", &[("decision", "allow")]).await;
    }
    parameter(&sent_to(&answer), "code").unwrap_or_else(|| panic!("{answer:?}"))
}

async fn tokens(app: &TestApp, browser: &mut Browser, url: &str) -> Answer {
    let tokens = app.exchange(&code(browser, url).await).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens
}

/// An app never gets for a person what that person may not do, however wide its own grant is.
#[tokio::test]
async fn an_app_gets_what_the_person_may_do_and_nobody_is_asked_to_allow_more() {
    for app in apps().await {
        let mut browser = scene(&app).await;
        let url = asking("openid read write");
        let page = browser.open(&url).await;
        assert!(page.body.contains("See it") && !page.body.contains("Change it"), "{}", page.body);
        let told = tokens(&app, &mut browser, &url).await;
        assert_eq!(told.text("scope"), "openid read", "{}", app.engine);
        let token = claims(&told.text("access_token"));
        assert_eq!(
            (&token["scope"], &token["permissions"]),
            (&json!("openid read"), &json!(["read"]))
        );
        // What comes later is asked for, and is in no token before.
        app.permit(ADA, &[(ORDERS, "write")]).await;
        let told = app.introspect("orders-api", &told.text("access_token")).await;
        assert_eq!(told["scope"], "openid read", "{}", app.engine);
        let page = browser.open(&url).await;
        assert!(page.body.contains("Change it"), "{}", page.body);
        let told = tokens(&app, &mut browser, &url).await;
        assert_eq!(told.text("scope"), "openid read write", "{}", app.engine);
        // Where nobody wants permissions, the person's word is enough.
        app.require_permissions(ORDERS, false).await;
        app.forbid(ADA, &[(ORDERS, "write")]).await;
        let told = tokens(&app, &mut browser, &url).await;
        assert_eq!(told.text("scope"), "openid read write", "{}", app.engine);
    }
}

/// The one that was shown is the one that is agreed to.
#[tokio::test]
async fn what_changed_between_the_page_and_the_answer_is_shown_again() {
    for app in apps().await {
        let mut browser = scene(&app).await;
        let page = browser.open(&asking("openid read write")).await;
        app.permit(ADA, &[(ORDERS, "write")]).await;
        let again = browser.submit(&page, "consent-form", &[("decision", "allow")]).await;
        let again = browser.follow(again).await;
        assert!(again.body.contains("Change it"), "{} {}", app.engine, again.body);
        app.forbid(ADA, &[(ORDERS, "write")]).await;
        let again = browser.submit(&again, "consent-form", &[("decision", "allow")]).await;
        let again = browser.follow(again).await;
        assert!(again.body.contains("See it"), "{} {}", app.engine, again.body);
        assert!(!again.body.contains("Change it"), "{} {}", app.engine, again.body);
    }
}

#[tokio::test]
async fn who_may_do_nothing_of_it_is_refused_and_somebody_else_may_sign_in() {
    for app in apps().await {
        scene(&app).await;
        let mut browser = app.browser();
        browser.sign_in(GRACE).await;
        let only = asking("read write");
        assert_eq!(error_at_client(&browser.open(&only).await), "access_denied", "{}", app.engine);
        let silent = browser.open(&format!("{only}&prompt=none")).await;
        assert_eq!(error_at_client(&silent), "access_denied", "{}", app.engine);
        // A sign-in is something of its own, and needs no permission.
        let told = tokens(&app, &mut browser, &asking("openid read")).await;
        assert_eq!(told.text("scope"), "openid", "{}", app.engine);
        // Who it is shows at the sign-in: the request is looked at for that person.
        let page = browser.open(&format!("{only}&prompt=login")).await;
        let fields = [("username", ADA), ("password", PASSWORD)];
        let answer = browser.submit(&page, "login-form", &fields).await;
        let page = browser.follow(answer).await;
        assert!(page.body.contains("See it") && !page.body.contains("Change it"), "{}", page.body);
        let mut browser = app.browser();
        let page = browser.open(&only).await;
        let fields = [("username", GRACE), ("password", PASSWORD)];
        let answer = browser.submit(&page, "login-form", &fields).await;
        let answer = browser.follow(answer).await;
        assert_eq!(error_in(&sent_to(&answer)), "access_denied", "{}", app.engine);
    }
}

/// IN-05: what is taken away ends at once at introspection, and is in no token afterwards.
#[tokio::test]
async fn a_lost_permission_narrows_the_exchange_the_refresh_and_the_introspection() {
    for app in apps().await {
        let mut browser = scene(&app).await;
        app.permit(ADA, &[(ORDERS, "write")]).await;
        let url = asking("openid offline_access read write");
        let mut told = tokens(&app, &mut browser, &url).await;
        let first = told.text("access_token");
        let at_introspection =
            || async { app.introspect("orders-api", &first).await["scope"].clone() };
        assert_eq!(at_introspection().await, "offline_access openid read write");
        app.forbid(ADA, &[(ORDERS, "write")]).await;
        assert_eq!(at_introspection().await, "offline_access openid read", "{}", app.engine);
        let still = app.introspect("notes", &told.text("refresh_token")).await;
        assert_eq!(still["scope"], "offline_access openid read", "{}", app.engine);
        told = app.refresh(&told.text("refresh_token")).await;
        assert_eq!(told.text("scope"), "offline_access openid read", "{}", app.engine);
        app.take_role(ADA, "staff").await;
        assert_eq!(at_introspection().await, "offline_access openid", "{}", app.engine);
        told = app.refresh(&told.text("refresh_token")).await;
        assert_eq!(told.text("scope"), "offline_access openid", "{}", app.engine);
        // It comes back with the permission, as far as the person had agreed.
        app.give_role(ADA, "staff").await;
        told = app.refresh(&told.text("refresh_token")).await;
        assert_eq!(told.text("scope"), "offline_access openid read", "{}", app.engine);
        // Between the code and its exchange.
        let waiting = code(&mut browser, &asking("openid read")).await;
        let alone = code(&mut browser, &asking("read")).await;
        let token = tokens(&app, &mut browser, &asking("read")).await.text("access_token");
        assert_eq!(app.introspect("orders-api", &token).await["active"], true, "{}", app.engine);
        app.forbid_role("staff", &[(ORDERS, "read")]).await;
        let narrowed = app.exchange(&waiting).await;
        assert_eq!(narrowed.text("scope"), "openid", "{narrowed:?}");
        assert_refused(&app.exchange(&alone).await, 400, "invalid_grant");
        let told = app.introspect("orders-api", &token).await;
        assert_eq!(told, json!({ "active": false }), "nothing is left: {}", app.engine);
    }
}

/// TE-17: a machine has no permissions: it is granted what it may ask.
#[tokio::test]
async fn a_machine_needs_no_permission_and_is_told_none() {
    for app in apps().await {
        scene(&app).await;
        app.machine("billing").await;
        app.grant("billing", (ORDERS, SubjectType::Client), "read write").await.unwrap();
        let token = app.machine_token("billing", &[]).await.text("access_token");
        let told = [claims(&token), app.introspect("orders-api", &token).await];
        for told in told {
            assert_eq!(told["scope"], "read write", "{told}");
            assert_eq!((told.get("permissions"), told.get("roles")), (None, None), "{told}");
        }
    }
}

/// Whichever came first, once it is taken away it is in no token that follows, and nothing that
/// was made meanwhile is worth it.
#[tokio::test]
async fn a_refresh_at_the_moment_of_the_loss_leaves_no_permission_behind() {
    for app in apps().await {
        let mut browser = scene(&app).await;
        let told = tokens(&app, &mut browser, &asking("openid offline_access read")).await;
        let mut refresh = told.text("refresh_token");
        let app = Arc::new(app);
        for round in 0..20 {
            let start = Arc::new(tokio::sync::Barrier::new(2));
            let (other, at, presented) = (Arc::clone(&app), Arc::clone(&start), refresh.clone());
            let refreshed = tokio::spawn(async move {
                at.wait().await;
                other.refresh(&presented).await
            });
            start.wait().await;
            app.forbid_role("staff", &[(ORDERS, "read")]).await;
            let next = refreshed.await.unwrap();
            assert_eq!(next.status, 200, "{round} {next:?}");
            let told = app.introspect("orders-api", &next.text("access_token")).await;
            assert_eq!(told["scope"], "offline_access openid", "{round} {}", app.engine);
            assert_eq!(told["permissions"], json!([]), "{round} {}", app.engine);
            let after = app.refresh(&next.text("refresh_token")).await;
            assert_eq!(after.text("scope"), "offline_access openid", "{round} {}", app.engine);
            refresh = after.text("refresh_token");
            app.permit_role("staff", &[(ORDERS, "read")]).await;
        }
    }
}
