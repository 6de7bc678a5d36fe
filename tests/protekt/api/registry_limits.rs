//! How far a machine goes with clients and grants: never further than it may itself.

use protekt::accounts::Giver;
use protekt::clock::Clock as _;
use protekt::domain::PlainToken;
use protekt::domain::client_grant::SubjectType;
use protekt::oauth::clients::{ClientProblem, NewClient, update};
use protekt::store::clients;
use serde_json::{Value, json};

use super::managed_apis::{APIS, GRANTS};
use super::managed_clients::CLIENTS;
use super::managed_roles::{ALL, get, send};
use crate::pages::steps::count;
use crate::support::api::{MANAGEMENT, assert_api_error, fields_of, own_client};
use crate::support::apis::ORDERS;
use crate::support::app::{ISSUER, SECRET, TestApp, apps};

const AT_MANAGEMENT: (&str, SubjectType) = (MANAGEMENT, SubjectType::Client);

/// A machine that may do everything but delete people.
async fn limited(app: &TestApp) -> String {
    let token = app.manager_token(ALL).await;
    app.grant("manager", AT_MANAGEMENT, &ALL.replace("delete:users ", "")).await.unwrap();
    token
}

async fn is_beyond(app: &TestApp, token: &str, call: (&str, &str), body: Value) {
    let refused = send(app, token, call, body).await;
    assert_api_error(&refused, 403, "insufficient_scope");
    assert!(refused.body.contains("delete:users"), "{call:?} {refused:?}");
}

/// TE-17 AP-02: whoever has a client's secret is that client.
#[tokio::test]
async fn a_machine_does_not_become_one_that_may_more() {
    for app in apps().await {
        let token = limited(&app).await;
        app.machine("strong").await;
        app.grant("strong", AT_MANAGEMENT, "read:users delete:users").await.unwrap();
        let path = format!("{CLIENTS}/strong");
        is_beyond(&app, &token, ("POST", &format!("{path}/rotate-secret")), json!({})).await;
        is_beyond(&app, &token, ("PATCH", &path), json!({ "name": "Mine" })).await;
        assert_eq!(app.machine_token("strong", &[]).await.status, 200, "the secret is the old one");
        app.grant("strong", AT_MANAGEMENT, "read:users").await.unwrap();
        let rotated = app.call("POST", &format!("{path}/rotate-secret"), Some(&token)).await;
        assert_eq!(rotated.status, 200, "{} {rotated:?}", app.engine);
        // What a client may ask elsewhere is for those APIs to say.
        app.api(ORDERS, "Orders").await;
        app.grant("strong", (ORDERS, SubjectType::Client), "write").await.unwrap();
        let renamed = send(&app, &token, ("PATCH", &path), json!({ "name": "Weak" })).await;
        assert_eq!(renamed.status, 200, "{} {renamed:?}", app.engine);
    }
}

/// TE-17 AP-02: an app that administrators use carries their power, as far as it is registered for it.
#[tokio::test]
async fn a_machine_makes_no_app_that_carries_more_than_itself() {
    for app in apps().await {
        let token = limited(&app).await;
        let scopes = Some("openid delete:users".parse().unwrap());
        app.client(NewClient { scopes, ..own_client() }).await;
        let path = format!("{CLIENTS}/own");
        let callbacks = json!({ "callbacks": ["https://evil.example/cb"] });
        is_beyond(&app, &token, ("PATCH", &path), callbacks.clone()).await;
        is_beyond(&app, &token, ("PATCH", &path), json!({ "scopes": ["openid"] })).await;
        let new = json!({
            "name": "Desk", "app_type": "regular_web", "is_first_party": true,
            "callbacks": ["https://evil.example/cb"], "scopes": ["openid", "delete:users"],
        });
        is_beyond(&app, &token, ("POST", CLIENTS), new).await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM clients").await, 2, "{}", app.engine);
        app.web_client().await;
        let more = json!({ "scopes": ["openid", "delete:users"] });
        is_beyond(&app, &token, ("PATCH", &format!("{CLIENTS}/notes")), more).await;
        let reading = json!({ "scopes": ["openid", "read:users"] });
        let reading = send(&app, &token, ("PATCH", &format!("{CLIENTS}/notes")), reading).await;
        assert_eq!(reading.status, 200, "{} {reading:?}", app.engine);
        // Taking away asks for the scope of taking alone.
        assert_eq!(app.call("DELETE", &path, Some(&token)).await.status, 204, "{}", app.engine);
    }
}

/// TE-17 AP-02
#[tokio::test]
async fn a_machine_grants_nobody_more_than_it_may_itself() {
    for app in apps().await {
        let token = limited(&app).await;
        app.machine("friend").await;
        let wish = |client: &str, scopes: &[&str]| json!({ "client_id": client, "audience": MANAGEMENT, "scope": scopes });
        is_beyond(&app, &token, ("POST", GRANTS), wish("friend", &["delete:users"])).await;
        let given = send(&app, &token, ("POST", GRANTS), wish("friend", &["read:users"])).await;
        assert_eq!(given.status, 201, "{} {given:?}", app.engine);
        let own = get(&app, &token, &format!("{GRANTS}?client_id=manager")).await.json();
        for id in [given.text("id"), own[0]["id"].as_str().unwrap().to_owned()] {
            let path = format!("{GRANTS}/{id}");
            let more = json!({ "scope": ["read:users", "delete:users"] });
            is_beyond(&app, &token, ("PATCH", &path), more).await;
        }
        // What a client has already may stay, and go.
        app.grant("friend", AT_MANAGEMENT, "read:users delete:users update:users").await.unwrap();
        let path = format!("{GRANTS}/{}", given.text("id"));
        let less = json!({ "scope": ["delete:users"] });
        assert_eq!(send(&app, &token, ("PATCH", &path), less).await.status, 200, "{}", app.engine);
        is_beyond(&app, &token, ("POST", &format!("{CLIENTS}/friend/rotate-secret")), json!({}))
            .await;
        assert_eq!(app.call("DELETE", &path, Some(&token)).await.status, 204, "{}", app.engine);
    }
}

/// AP-09: each call asks for its own scope.
#[tokio::test]
async fn each_call_of_the_registry_needs_its_scope() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let api = app.api(ORDERS, "Orders").await.id;
        app.machine("billing").await;
        app.grant("billing", (ORDERS, SubjectType::Client), "read").await.unwrap();
        let list = get(&app, &token, &format!("{GRANTS}?client_id=billing")).await.json();
        let grant = format!("{GRANTS}/{}", list[0]["id"].as_str().unwrap());
        let (client, api) = (format!("{CLIENTS}/billing"), format!("{APIS}/{api}"));
        let rotate = format!("{client}/rotate-secret");
        for (scope, method, path) in [
            ("read:clients", "GET", CLIENTS),
            ("read:clients", "GET", &client),
            ("create:clients", "POST", CLIENTS),
            ("update:clients", "PATCH", &client),
            ("delete:clients", "DELETE", &client),
            ("update:client_keys", "POST", &rotate),
            ("read:resource_servers", "GET", APIS),
            ("read:resource_servers", "GET", &api),
            ("create:resource_servers", "POST", APIS),
            ("update:resource_servers", "PATCH", &api),
            ("delete:resource_servers", "DELETE", &api),
            ("read:client_grants", "GET", GRANTS),
            ("create:client_grants", "POST", GRANTS),
            ("update:client_grants", "PATCH", &grant),
            ("delete:client_grants", "DELETE", &grant),
        ] {
            let others = ALL.replace(scope, "");
            app.grant("manager", AT_MANAGEMENT, &others).await.unwrap();
            let refused = send(&app, &token, (method, path), json!({})).await;
            assert_api_error(&refused, 403, "insufficient_scope");
            assert!(refused.body.contains(scope), "{scope} {refused:?}");
        }
        app.grant("manager", AT_MANAGEMENT, ALL).await.unwrap();
        for (table, kept) in [("clients", 2), ("resource_servers", 2), ("client_grants", 2)] {
            let sql = format!("SELECT COUNT(*) FROM {table}");
            assert_eq!(count(&app, &sql).await, kept, "{table} {}", app.engine);
        }
    }
}

/// Says by command that a client is the operator's, with this secret; without one only where it has none.
async fn vouch(app: &TestApp, id: &str, secret: &str) -> Result<(), ClientProblem> {
    let change = |_: &_, new: &mut NewClient| {
        new.secret = Some(secret).filter(|secret| !secret.is_empty()).map(PlainToken::new);
        new.is_vouched_for = true;
        Ok(())
    };
    let by = (Giver::Operator, app.clock.now());
    update(app.app.store(), &id.into(), change, ISSUER, by).await.map(|_| ())
}

/// TE-17 AP-02: nor does it wait until somebody gives that client more.
#[tokio::test]
async fn who_took_a_client_before_is_not_given_what_that_client_gets_later() {
    for app in apps().await {
        let token = limited(&app).await;
        let rotate = async |id: &str| {
            let path = format!("{CLIENTS}/{id}/rotate-secret");
            app.call("POST", &path, Some(&token)).await.status
        };
        // Between its registration and its first grant.
        app.machine("young").await;
        assert_eq!(rotate("young").await, 200, "{}", app.engine);
        // Lessened first, in the hope that an operator gives it back.
        app.machine("nightly").await;
        app.grant("nightly", AT_MANAGEMENT, "delete:users").await.unwrap();
        let list = get(&app, &token, &format!("{GRANTS}?client_id=nightly")).await.json();
        let path = format!("{GRANTS}/{}", list[0]["id"].as_str().unwrap());
        let nothing = send(&app, &token, ("PATCH", &path), json!({ "scope": [] })).await;
        assert_eq!(nothing.status, 200, "{nothing:?}");
        assert_eq!(rotate("nightly").await, 200, "{}", app.engine);
        // Made by the machine itself, which was told the secret.
        let own = json!({ "name": "Own", "app_type": "non_interactive" });
        let own = send(&app, &token, ("POST", CLIENTS), own).await.text("client_id");
        for id in ["young", "nightly", &own] {
            let told = app.grant(id, AT_MANAGEMENT, "read:users delete:users").await.unwrap_err();
            assert!(told.to_string().contains("--vouch"), "{told}");
            assert!(told.to_string().contains("delete:users"), "{told}");
            app.grant(id, AT_MANAGEMENT, "read:users").await.unwrap();
            let same = vouch(&app, id, "").await.unwrap_err().to_string();
            assert!(same.contains("--new-secret"), "{same}");
            // Another secret alone says nothing: the machine may know it, too.
            let change = |_: &_, new: &mut NewClient| {
                new.secret = Some(PlainToken::new(SECRET));
                Ok(())
            };
            let by = (Giver::Operator, app.clock.now());
            update(app.app.store(), &id.into(), change, ISSUER, by).await.unwrap();
            app.grant(id, AT_MANAGEMENT, "read:users delete:users").await.unwrap_err();
            vouch(&app, id, &format!("{SECRET}-of-the-operator")).await.unwrap();
            app.grant(id, AT_MANAGEMENT, "read:users delete:users").await.unwrap();
        }
        // Nor by another machine that may do all of it.
        app.grant("manager", AT_MANAGEMENT, "update:client_keys").await.unwrap();
        app.machine("late").await;
        assert_eq!(rotate("late").await, 200, "{}", app.engine);
        app.grant("manager", AT_MANAGEMENT, ALL).await.unwrap();
        let wish = json!({ "client_id": "late", "audience": MANAGEMENT, "scope": ["read:users"] });
        let refused = send(&app, &token, ("POST", GRANTS), wish).await;
        assert_api_error(&refused, 403, "client_limited");
    }
}

/// TE-17: an app whose addresses such a machine chose does not carry an administrator's power.
#[tokio::test]
async fn an_app_with_the_addresses_of_a_machine_is_lent_no_more_than_that_machine_may() {
    for app in apps().await {
        let token = limited(&app).await;
        app.client(own_client()).await;
        let path = format!("{CLIENTS}/own");
        let callbacks = json!({ "callbacks": ["https://evil.example/cb"] });
        assert_eq!(send(&app, &token, ("PATCH", &path), callbacks).await.status, 200);
        let lend = async || {
            let change = |_: &_, new: &mut NewClient| {
                new.scopes = Some("openid delete:users".parse().unwrap());
                Ok(())
            };
            let by = (Giver::Operator, app.clock.now());
            update(app.app.store(), &"own".into(), change, ISSUER, by).await
        };
        let told = lend().await.unwrap_err().to_string();
        assert!(told.contains("--vouch") && told.contains("delete:users"), "{told}");
        vouch(&app, "own", &format!("{SECRET}-of-the-operator")).await.unwrap();
        lend().await.unwrap();
    }
}

/// RC-01: a client that goes meanwhile is given nothing, and nobody is at fault.
#[tokio::test]
async fn a_client_that_goes_meanwhile_is_granted_nothing() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let api = format!("{APIS}/{}", app.api(ORDERS, "Orders").await.id);
        let store = app.app.store();
        for (n, call) in [("POST", GRANTS), ("PATCH", &api)].into_iter().enumerate() {
            let id = format!("gone-{n}");
            let client = app.machine(&id).await;
            // It is gone for whoever looks once this ends, and not before.
            let mut tx = store.begin().await.unwrap();
            assert!(clients::delete(&mut tx, &client).await.unwrap());
            let goes = async {
                tokio::time::sleep(std::time::Duration::from_millis(300)).await;
                tx.commit().await.unwrap();
            };
            let wish = if call.0 == "POST" {
                json!({ "client_id": id, "audience": ORDERS, "scope": ["read"] })
            } else {
                json!({ "introspectors": [id] })
            };
            let (told, ()) = futures_util::future::join(send(&app, &token, call, wish), goes).await;
            let field = if call.0 == "POST" { "client_id" } else { "introspectors" };
            assert_eq!(fields_of(&told), [field], "{} {told:?}", app.engine);
        }
        let left = "SELECT COUNT(*) FROM client_grants WHERE client_id LIKE 'gone-%'";
        assert_eq!(count(&app, left).await, 0, "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM introspectors").await, 0, "{}", app.engine);
    }
}
