//! Machines that look after APIs, and which client may ask which for what.

use protekt::domain::client_grant::SubjectType;
use serde_json::{Value, json};

use super::managed_clients::patch_if;
use super::managed_roles::{ALL, get, send};
use crate::pages::steps::{count, texts};
use crate::support::api::{MANAGEMENT, assert_api_error, fields_of};
use crate::support::apis::ORDERS;
use crate::support::app::apps;
use crate::support::protocol::ADA;

pub(super) const APIS: &str = "/api/v2/resource-servers";
pub(super) const GRANTS: &str = "/api/v2/client-grants";
const OF_ORDERS: &str = "/api/v2/resource-servers/https%3A%2F%2Forders.example%2F";

fn orders() -> Value {
    json!({
        "identifier": ORDERS,
        "name": "Orders",
        "scopes": [
            { "value": "read", "description": "See your orders", "changes": false },
            { "value": "write", "description": "Change your orders", "changes": true },
        ],
        "token_lifetime": 600,
        "enforce_policies": true,
        "introspectors": [],
    })
}

#[tokio::test]
async fn an_api_is_registered_read_changed_and_deleted() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let mut body = orders();
        body["signing_alg"] = json!("RS256");
        let made = send(&app, &token, ("POST", APIS), body.clone()).await;
        assert_eq!(made.status, 201, "{} {made:?}", app.engine);
        let path = format!("{APIS}/{}", made.text("id"));
        assert_eq!(made.header("location"), path);
        let whole = made.json();
        for (name, value) in body.as_object().unwrap() {
            assert_eq!(&whole[name], value, "{name}");
        }
        assert_eq!(whole["is_system"], json!(false));
        for path in [&path, OF_ORDERS] {
            assert_eq!(get(&app, &token, path).await.json(), whole, "{path} {}", app.engine);
        }
        let again = send(&app, &token, ("POST", APIS), body).await;
        assert_api_error(&again, 409, "resource_server_exists");

        app.machine("billing").await;
        let etag = get(&app, &token, &path).await.header("etag").to_owned();
        let change = json!({
            "identifier": ORDERS,
            "scopes": [{ "value": "delete" }, { "value": "write", "description": "Change them" }],
            "introspectors": ["billing"],
            "token_lifetime": null,
        });
        let changed = send(&app, &token, ("PATCH", &path), change).await;
        assert_eq!(changed.status, 200, "{} {changed:?}", app.engine);
        let entry = changed.json();
        let scopes = json!([
            { "value": "delete", "description": "", "changes": false },
            { "value": "write", "description": "Change them", "changes": true },
        ]);
        assert_eq!(entry["scopes"], scopes, "what is not said of a scope stays: {}", app.engine);
        assert_eq!(entry["introspectors"], json!(["billing"]), "{}", app.engine);
        assert_eq!((entry.get("token_lifetime"), &entry["name"]), (None, &json!("Orders")));
        assert_eq!(patch_if(&app, (&token, &path), &etag, json!({ "name": "Old" })).await, 412);
        let same = send(&app, &token, ("PATCH", &path), json!({ "introspectors": ["billing"] }));
        assert_eq!(same.await.json(), entry, "{}", app.engine);
        let none = send(&app, &token, ("PATCH", &path), json!({ "introspectors": [] })).await;
        assert_eq!(none.json()["introspectors"], json!([]), "{}", app.engine);

        assert_eq!(app.call("DELETE", OF_ORDERS, Some(&token)).await.status, 204, "{}", app.engine);
        for path in [&*path, OF_ORDERS, "/api/v2/resource-servers/%00", &format!("{path}%3A")] {
            for method in ["GET", "PATCH", "DELETE"] {
                let gone = send(&app, &token, (method, path), json!({})).await;
                assert_api_error(&gone, 404, "inexistent_resource_server");
            }
        }
        let told = texts(
            &app,
            "SELECT kind FROM audit_events WHERE client_id = 'manager'
                AND kind LIKE 'resource_server_%' ORDER BY id",
        );
        let kind = |what| format!("resource_server_{what}");
        let kinds = ["created", "updated", "updated", "deleted"].map(kind);
        assert_eq!(told.await, kinds, "{}", app.engine);
    }
}

#[tokio::test]
async fn apis_are_listed_with_our_own() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        app.api(ORDERS, "Orders").await;
        let list = get(&app, &token, APIS).await.json();
        assert_eq!(list.as_array().unwrap().len(), 2, "{list}");
        let own = &list[0];
        assert_eq!((&own["identifier"], &own["is_system"]), (&json!(MANAGEMENT), &json!(true)));
        let page = format!("{APIS}?page=1&per_page=1&include_totals=true");
        let page = get(&app, &token, &page).await.json();
        assert_eq!((&page["total"], &page["resource_servers"][0]), (&json!(2), &list[1]));
        let found = format!("{APIS}?identifiers=https%3A%2F%2Forders.example%2F");
        assert_eq!(get(&app, &token, &found).await.json(), json!([list[1]]), "{}", app.engine);
        let id = own["id"].as_str().unwrap();
        for (method, body) in [("PATCH", json!({ "name": "Mine" })), ("DELETE", json!({}))] {
            let refused = send(&app, &token, (method, &format!("{APIS}/{id}")), body).await;
            assert_api_error(&refused, 403, "built_in_resource_server");
        }
    }
}

/// Nothing of an API goes with its name alone: who held a scope holds it no more, and people are asked again.
#[tokio::test]
async fn a_scope_that_goes_goes_from_who_held_it() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        app.person(ADA).await;
        let made = send(&app, &token, ("POST", APIS), orders()).await;
        let path = format!("{APIS}/{}", made.text("id"));
        app.permit(ADA, &[(ORDERS, "read"), (ORDERS, "write")]).await;
        let held = "SELECT COUNT(*) FROM user_permissions";
        assert_eq!(count(&app, held).await, 2, "{}", app.engine);
        let change = json!({ "scopes": [{ "value": "read" }] });
        assert_eq!(send(&app, &token, ("PATCH", &path), change).await.status, 200);
        assert_eq!(count(&app, held).await, 1, "{}", app.engine);
    }
}

/// Nor does a word that comes back with another meaning open anything to who had it before.
#[tokio::test]
async fn a_scope_that_comes_back_is_asked_for_anew() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        app.with_ada().await;
        let api = app.api(ORDERS, "Orders").await;
        app.machine("billing").await;
        app.grant("billing", (ORDERS, SubjectType::Client), "read write").await.unwrap();
        app.grant("notes", (ORDERS, SubjectType::User), "read write").await.unwrap();
        let wish =
            [("resource", Some(ORDERS)), ("scope", Some("openid offline_access read write"))];
        let sent = app.browser().authorize(ADA, &wish).await;
        let code = crate::support::browser::parameter(&sent, "code").unwrap();
        let tokens = app.exchange(&code).await;
        assert_eq!(tokens.text("scope"), "offline_access openid read write", "{tokens:?}");
        let path = format!("{APIS}/{}", api.id);
        let having = |values: &[&str]| {
            let scopes: Vec<Value> = values.iter().map(|value| json!({ "value": value })).collect();
            json!({ "scopes": scopes })
        };
        for values in [&["read"][..], &["read", "write"]] {
            let changed = send(&app, &token, ("PATCH", &path), having(values)).await;
            assert_eq!(changed.status, 200, "{changed:?}");
        }
        let fields = [("audience", ORDERS)];
        assert_eq!(app.machine_token("billing", &fields).await.text("scope"), "read");
        let list = get(&app, &token, &format!("{GRANTS}?client_id=billing")).await.json();
        assert_eq!(list[0]["scope"], json!(["read"]), "{} {list}", app.engine);
        app.grant("notes", (ORDERS, SubjectType::User), "read write").await.unwrap();
        let next = app.refresh(&tokens.text("refresh_token")).await;
        assert_eq!(next.text("scope"), "offline_access openid read", "{} {next:?}", app.engine);
    }
}

#[tokio::test]
async fn what_cannot_be_an_api_is_named() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let path = format!("{APIS}/{}", app.api(ORDERS, "Orders").await.id);
        app.public_client().await;
        let long = "x".repeat(201);
        for (field, value) in [
            ("name", json!("")),
            ("name", json!("a\nb")),
            ("name", json!([])),
            ("scopes", json!("read")),
            ("scopes", json!(["read"])),
            ("scopes", json!([{ "description": "x" }])),
            ("scopes", json!([{ "value": "a b" }])),
            ("scopes", json!([{ "value": "openid" }])),
            ("scopes", json!([{ "value": "a" }, { "value": "a" }])),
            ("scopes", json!([{ "value": "a", "description": long }])),
            ("scopes", json!([{ "value": "a", "changes": "yes" }])),
            ("token_lifetime", json!(59)),
            ("token_lifetime", json!("60")),
            ("enforce_policies", json!(1)),
            ("introspectors", json!(["nobody"])),
            ("introspectors", json!(["a\u{0}"])),
            ("introspectors", json!(["spa"])),
            ("introspectors", json!([1])),
            ("signing_alg", json!("HS256")),
            ("id", json!("1")),
            ("is_system", json!(true)),
        ] {
            let mut body = json!({ "identifier": "urn:bills", "name": "Bills" });
            body[field] = value.clone();
            let refused = send(&app, &token, ("POST", APIS), body).await;
            assert_eq!(fields_of(&refused), [field], "{value} {}", app.engine);
            let refused = send(&app, &token, ("PATCH", &path), json!({ field: value })).await;
            assert_eq!(fields_of(&refused), [field], "{value} {}", app.engine);
        }
        for identifier in ["", "orders", "https://id.example.com/api/v3/", "urn:a\u{0}"] {
            let body = json!({ "identifier": identifier, "name": "Bills" });
            let refused = send(&app, &token, ("POST", APIS), body).await;
            assert_eq!(fields_of(&refused), ["identifier"], "{identifier} {}", app.engine);
        }
        let empty = send(&app, &token, ("POST", APIS), json!({})).await;
        assert_eq!(fields_of(&empty), ["identifier", "name"], "{}", app.engine);
        let moved = json!({ "identifier": "urn:other" });
        let moved = send(&app, &token, ("PATCH", &path), moved).await;
        assert_eq!(fields_of(&moved), ["identifier"], "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM resource_servers").await, 2);
        // As long as an app has it as its own, it stays.
        let body = json!({ "default_audience": ORDERS });
        let path_of_app = "/api/v2/clients/spa";
        assert_eq!(send(&app, &token, ("PATCH", path_of_app), body).await.status, 200);
        let refused = app.call("DELETE", &path, Some(&token)).await;
        assert_api_error(&refused, 409, "resource_server_in_use");
        assert!(refused.body.contains("spa"), "{refused:?}");
    }
}

#[tokio::test]
async fn a_machine_lets_a_client_ask_an_api_and_takes_it_back() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        app.api(ORDERS, "Orders").await;
        app.machine("billing").await;
        let wish = json!({ "client_id": "billing", "audience": ORDERS, "scope": ["read"] });
        let given = send(&app, &token, ("POST", GRANTS), wish.clone()).await;
        assert_eq!(given.status, 201, "{} {given:?}", app.engine);
        let path = format!("{GRANTS}/{}", given.text("id"));
        let mut whole = wish.clone();
        whole["id"] = json!(given.text("id"));
        whole["subject_type"] = json!("client");
        assert_eq!(given.json(), whole, "{}", app.engine);
        let again = send(&app, &token, ("POST", GRANTS), wish).await;
        assert_api_error(&again, 409, "client_grant_exists");
        for (query, total) in [
            ("client_id=billing", 1),
            ("client_id=manager", 1),
            ("client_id=nobody", 0),
            ("audience=https%3A%2F%2Forders.example%2F", 1),
            ("subject_type=client", 2),
            ("subject_type=user", 0),
            ("page=1&per_page=1", 2),
        ] {
            let page = get(&app, &token, &format!("{GRANTS}?include_totals=true&{query}")).await;
            assert_eq!(page.json()["total"], json!(total), "{query} {}", app.engine);
        }
        let list = get(&app, &token, &format!("{GRANTS}?client_id=billing")).await;
        assert_eq!(list.json(), json!([whole]), "{}", app.engine);

        let fields = [("audience", ORDERS)];
        let of_machine = app.machine_token("billing", &fields).await;
        assert_eq!(of_machine.text("scope"), "read", "{}", app.engine);
        let more = json!({ "scope": ["read", "write"] });
        let changed = send(&app, &token, ("PATCH", &path), more.clone()).await;
        assert_eq!(changed.json()["scope"], more["scope"], "{} {changed:?}", app.engine);
        assert_eq!(changed.json()["id"], whole["id"], "{}", app.engine);
        assert_eq!(app.machine_token("billing", &fields).await.text("scope"), "read write");
        assert_eq!(app.call("DELETE", &path, Some(&token)).await.status, 204, "{}", app.engine);
        assert_eq!(app.machine_token("billing", &fields).await.error(), "invalid_target");
        for (method, path) in
            [("PATCH", &*path), ("DELETE", &path), ("DELETE", &format!("{GRANTS}/%00"))]
        {
            let gone = send(&app, &token, (method, path), more.clone()).await;
            assert_api_error(&gone, 404, "inexistent_client_grant");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_granted_is_named() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        app.api(ORDERS, "Orders").await;
        app.machine("billing").await;
        app.web_client().await;
        for (field, value) in [
            ("client_id", json!("nobody")),
            ("client_id", json!("a\u{0}")),
            ("client_id", json!(1)),
            // It signs people in, and asks nothing for itself.
            ("client_id", json!("notes")),
            ("audience", json!("urn:nothing")),
            ("audience", json!("a\u{0}")),
            ("scope", json!(["fly"])),
            ("scope", json!("read")),
            ("scope", json!(["read write"])),
            ("scope", Value::Null),
            ("subject_type", json!("everybody")),
            ("id", json!("1")),
        ] {
            let mut body = json!({ "client_id": "billing", "audience": ORDERS, "scope": ["read"] });
            body[field] = value.clone();
            let refused = send(&app, &token, ("POST", GRANTS), body).await;
            assert_eq!(fields_of(&refused), [field], "{value} {}", app.engine);
        }
        let empty = send(&app, &token, ("POST", GRANTS), json!({})).await;
        assert_eq!(fields_of(&empty), ["client_id", "audience", "scope"], "{}", app.engine);
        let people = json!({
            "client_id": "notes", "audience": MANAGEMENT, "scope": ["read:users"], "subject_type": "user",
        });
        let people = send(&app, &token, ("POST", GRANTS), people).await;
        assert_eq!(fields_of(&people), ["subject_type"], "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM client_grants").await, 1, "{}", app.engine);
        app.grant("billing", (ORDERS, SubjectType::Client), "read").await.unwrap();
        let list = get(&app, &token, &format!("{GRANTS}?client_id=billing")).await.json();
        let path = format!("{GRANTS}/{}", list[0]["id"].as_str().unwrap());
        let moved = json!({ "scope": ["read"], "audience": MANAGEMENT, "client_id": "manager" });
        let moved = send(&app, &token, ("PATCH", &path), moved).await;
        assert_eq!(fields_of(&moved), ["client_id", "audience"], "{moved:?}");
        let unknown = send(&app, &token, ("PATCH", &path), json!({ "scope": ["fly"] })).await;
        assert_eq!(fields_of(&unknown), ["scope"], "{}", app.engine);
    }
}
