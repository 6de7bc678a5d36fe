//! Who may call the management API, and how often.

use axum::http::Request;
use protekt::accounts::Giver;
use protekt::clock::Clock as _;
use protekt::domain::client::ClientKind;
use protekt::domain::client_grant::SubjectType;
use protekt::http::routes::{Access, Route, table};
use protekt::oauth::clients::{ClientProblem, NewClient, register};
use protekt::oauth::management_api::plant;
use protekt::oauth::resource_servers::{ResourceServerChange, delete, update};
use protekt::store::resource_servers;
use protekt::throttle::Limit;

use crate::support::answer::Answer;
use crate::support::api::{MANAGEMENT, assert_api_error};
use crate::support::apis::ORDERS;
use crate::support::app::{ISSUER, SECRET, TestApp, apps, authorize_url, web_client};
use crate::support::protocol::{ADA, error_at_client};

const USERS: &str = "/api/v2/users";

/// Every call of the API, with a place for an id filled in.
fn calls() -> Vec<Route> {
    let calls: Vec<Route> =
        table(false).into_iter().filter(|route| route.access == Access::Machine).collect();
    assert!(calls.iter().all(|call| call.path.starts_with("/api/v2/")) && !calls.is_empty());
    calls
}

async fn call(app: &TestApp, call: &Route, token: Option<&str>) -> Answer {
    let path = format!(
        "{}?email=a@example.com",
        call.path.replace("{id}", "x").replace("{delivery}", "x")
    );
    app.call(call.method, &path, token).await
}

async fn assert_no_call_takes(app: &TestApp, token: &str, why: &str) {
    for route in calls() {
        let answer = call(app, &route, Some(token)).await;
        assert_eq!(answer.status, 401, "{why} {} {answer:?}", route.path);
        assert_api_error(&answer, 401, "invalid_token");
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{answer:?}");
        assert!(!answer.headers.contains_key("x-ratelimit-limit"), "{why} {answer:?}");
    }
}

/// AP-02 AP-06 TK-03 TK-05 TE-17
#[tokio::test]
async fn no_token_but_that_of_a_machine_for_this_api_opens_a_call() {
    for app in apps().await {
        app.plant_api_client().await;
        app.with_ada().await;
        app.give_role(ADA, "admin").await;
        app.api(ORDERS, "Orders").await;
        app.machine("billing").await;
        app.grant("billing", (ORDERS, SubjectType::Client), "read").await.unwrap();
        let manager = app.manager_token("read:users").await;
        let (own, notes) = (app.api_tokens(ADA).await, app.tokens().await);
        let billing = app.machine_token("billing", &[]).await;
        let mut forged = manager.clone();
        forged.pop();
        for (why, token) in [
            ("an administrator's own", own.text("access_token")),
            ("an ID token", own.text("id_token")),
            ("a refresh token", own.text("refresh_token")),
            ("an app's", notes.text("access_token")),
            ("for another API", billing.text("access_token")),
            ("a cut one", forged),
            ("garbage", "garbage".to_owned()),
            ("nothing", String::new()),
        ] {
            assert_no_call_takes(&app, &token, why).await;
        }
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        for route in calls() {
            assert_api_error(&call(&app, &route, None).await, 401, "invalid_token");
            if route.method == "GET" {
                let answer =
                    browser.get(&route.path.replace("{id}", "x").replace("{delivery}", "x")).await;
                assert_api_error(&answer, 401, "invalid_token");
            }
        }
        // Nor does the machine's open what is a person's.
        assert_eq!(app.me(&manager).await.status, 401, "{}", app.engine);
        assert_eq!(app.call("GET", "/api/users", Some(&manager)).await.status, 401);
        assert_eq!(app.userinfo(&manager).await.status, 401, "{}", app.engine);
        for route in calls() {
            let status = call(&app, &route, Some(&manager)).await.status;
            assert!(matches!(status, 200 | 400 | 403 | 404), "{} {status}", route.path);
        }
    }
}

/// TK-14 MI-02
#[tokio::test]
async fn what_is_over_opens_no_call() {
    for ending in [
        "DELETE FROM client_grants",
        "UPDATE client_grants SET scopes = 'other'",
        "UPDATE clients SET grant_types = '[]' WHERE id = 'manager'",
        "DELETE FROM clients WHERE id = 'manager'",
        "DELETE FROM resource_servers",
    ] {
        for app in apps().await {
            let token = app.manager_token("read:users").await;
            assert_eq!(app.call("GET", USERS, Some(&token)).await.status, 200, "{}", app.engine);
            app.store.run(ending).await;
            assert_no_call_takes(&app, &token, ending).await;
        }
    }
    for app in apps().await {
        let token = app.manager_token("read:users").await;
        let (basic, fields) = (Some(("manager", SECRET)), [("token", &*token)]);
        assert_eq!(app.ask("/oauth/revoke", basic, &fields).await.status, 200);
        assert_no_call_takes(&app, &token, "given back").await;
        let again = app.machine_token("manager", &[]).await.text("access_token");
        app.clock.advance(24 * 60 * 60);
        assert_no_call_takes(&app, &again, "expired").await;
    }
}

/// AP-09: what the machine was not granted, by name.
#[tokio::test]
async fn a_scope_that_is_missing_is_named() {
    for app in apps().await {
        plant(app.app.store(), ISSUER, app.clock.now()).await.unwrap();
        app.store
            .run("UPDATE resource_servers SET scopes = '[{\"value\":\"read:users\",\"description\":\"\"},{\"value\":\"read:others\",\"description\":\"\"}]'")
            .await;
        app.machine("manager").await;
        app.grant("manager", (MANAGEMENT, SubjectType::Client), "read:others").await.unwrap();
        let token = app.machine_token("manager", &[]).await.text("access_token");
        for route in calls() {
            let answer = call(&app, &route, Some(&token)).await;
            assert_api_error(&answer, 403, "insufficient_scope");
            assert!(!answer.header("x-ratelimit-remaining").is_empty(), "{answer:?}");
        }
    }
}

/// AP-02: no app gets a token of this API on a person's behalf, its own operator's neither.
#[tokio::test]
async fn nobody_is_asked_to_allow_it_to_an_app() {
    for app in apps().await {
        app.with_ada().await;
        plant(app.app.store(), ISSUER, app.clock.now()).await.unwrap();
        let ours = NewClient { first_party: true, ..web_client("ours", "https://notes.example") };
        let greedy = NewClient { default_audience: Some(MANAGEMENT.to_owned()), ..ours.clone() };
        let told =
            register(app.app.store(), greedy, ISSUER, (Giver::Operator, app.clock.now())).await;
        assert!(matches!(told, Err(ClientProblem::AudienceOfOurs(_))), "{told:?}");
        app.client(ours).await;
        for client in ["notes", "ours"] {
            for name in ["audience", "resource"] {
                let url = authorize_url(&[("client_id", Some(client)), (name, Some(MANAGEMENT))]);
                let refused = app.browser().get(&url).await;
                assert_eq!(error_at_client(&refused), "invalid_target", "{client} {name}");
            }
        }
        let wish = app.grant("notes", (MANAGEMENT, SubjectType::User), "read:users").await;
        let told = wish.unwrap_err().to_string();
        assert!(told.contains("machines alone"), "{told}");
        // What was granted in an older version is over.
        let token = app.tokens().await.text("refresh_token");
        app.store.run(&format!("UPDATE grants SET audience = '[\"{MANAGEMENT}\"]'")).await;
        assert_eq!(app.refresh(&token).await.error(), "invalid_grant", "{}", app.engine);
    }
}

#[tokio::test]
async fn protekts_own_api_is_neither_changed_nor_deleted_and_follows_the_installation() {
    for app in apps().await {
        let store = app.app.store();
        let token = app.manager_token("read:users").await;
        let now = app.clock.now();
        let by = (Giver::Operator, now);
        let change = ResourceServerChange {
            remove_scopes: vec!["read:users".to_owned()],
            ..ResourceServerChange::default()
        };
        let told = update(store, MANAGEMENT, (change, |_: &_, _: &[_]| true), by)
            .await
            .unwrap_err()
            .to_string();
        assert!(told.contains("Protekt's own API"), "{told}");
        let told = delete(store, (MANAGEMENT, |_, _| true), by).await.unwrap_err().to_string();
        assert!(told.contains("Protekt's own API"), "{told}");
        plant(store, ISSUER, now).await.unwrap();
        assert_eq!(app.call("GET", USERS, Some(&token)).await.status, 200, "{}", app.engine);
        // Where an API of the operator's own stands at the other address, that is said before anything changes.
        app.api("https://other.example.com/api/v2/", "Orders").await;
        let told = plant(store, "https://other.example.com/", now).await.unwrap_err().to_string();
        assert!(
            told.contains("resource-server delete https://other.example.com/api/v2/"),
            "{told}"
        );
        delete(store, ("https://other.example.com/api/v2/", |_, _| true), (Giver::Operator, now))
            .await
            .unwrap();
        // At another address of the installation the same machines may ask it.
        plant(store, "https://login.example.com/", now).await.unwrap();
        let mut tx = store.read().await.unwrap();
        let all = resource_servers::list(&mut tx, None, 10).await.unwrap();
        let identifiers: Vec<&str> = all.iter().map(|api| api.identifier.as_str()).collect();
        assert_eq!(identifiers, ["https://login.example.com/api/v2/"], "{}", app.engine);
        let of = ("https://login.example.com/api/v2/", SubjectType::Client);
        let asked = resource_servers::find_asked(&mut tx, of.0, (&"manager".into(), of.1)).await;
        assert!(asked.unwrap().unwrap().granted.is_some(), "{}", app.engine);
    }
}

/// Each client has its own quota, which every answer tells.
#[tokio::test]
async fn each_client_is_told_how_often_it_may_go_on() {
    for app in apps().await {
        let three = Limit::new(3, 60);
        let app = app.with_accounts(|settings| settings.limits.calls_by_client = three);
        let token = app.manager_token("read:users").await;
        let reset = (app.clock.now().0 + 60).to_string();
        for (path, status, left) in [
            (USERS, 200, "2"),
            ("/api/v2/users/none", 404, "1"),
            ("/api/v2/users?page=x", 400, "0"),
        ] {
            let answer = app.call("GET", path, Some(&token)).await;
            assert_eq!(answer.status, status, "{answer:?}");
            for (name, value) in [("limit", "3"), ("remaining", left), ("reset", &*reset)] {
                assert_eq!(answer.header(&format!("x-ratelimit-{name}")), value, "{answer:?}");
            }
        }
        app.clock.advance(20);
        let refused = app.call("GET", USERS, Some(&token)).await;
        assert_api_error(&refused, 429, "too_many_requests");
        assert_eq!(refused.header("retry-after"), "40", "{refused:?}");
        assert_eq!(refused.header("x-ratelimit-remaining"), "0", "{refused:?}");
        let other = NewClient {
            id: Some("other".into()),
            secret: Some(protekt::domain::PlainToken::new(SECRET)),
            ..NewClient::new("Other", ClientKind::Machine)
        };
        app.client(other).await;
        app.grant("other", (MANAGEMENT, SubjectType::Client), "read:users").await.unwrap();
        let others = app.machine_token("other", &[]).await.text("access_token");
        assert_eq!(app.call("GET", USERS, Some(&others)).await.status, 200, "{}", app.engine);
        app.clock.advance(40);
        assert_eq!(app.call("GET", USERS, Some(&token)).await.status, 200, "{}", app.engine);
    }
}

/// The authentication API is switched off, and the management API is not.
#[tokio::test]
async fn it_answers_where_the_authentication_api_is_off() {
    for app in apps().await {
        let app = app
            .with_settings(|settings| settings.authentication_api = false)
            .with_http(|settings| settings.authentication_api = false);
        let token = app.manager_token("read:users").await;
        assert_eq!(app.call("GET", USERS, Some(&token)).await.status, 200, "{}", app.engine);
        assert_api_error(&app.call("GET", "/api/users", Some(&token)).await, 404, "not_found");
        let asked = Request::put(USERS).body(axum::body::Body::empty()).unwrap();
        assert_api_error(&app.send(asked).await, 405, "method_not_allowed");
    }
}
