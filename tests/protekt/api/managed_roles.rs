//! Machines that look after roles, what they allow and who has them.

use protekt::domain::client_grant::SubjectType;
use serde_json::{Value, json};

use crate::pages::steps::{count, texts};
use crate::support::answer::Answer;
use crate::support::api::{MANAGEMENT, assert_api_error, fields_of};
use crate::support::apis::ORDERS;
use crate::support::app::{TestApp, apps};
use crate::support::protocol::ADA;

pub(super) const ROLES: &str = "/api/v2/roles";
pub(crate) const ALL: &str = "read:users create:users update:users delete:users read:roles create:roles \
    update:roles delete:roles create:role_members delete:role_members read:sessions delete:sessions \
    read:clients create:clients update:clients delete:clients update:client_keys \
    read:resource_servers create:resource_servers update:resource_servers delete:resource_servers \
    read:client_grants create:client_grants update:client_grants delete:client_grants read:logs \
    read:authentication_methods delete:authentication_methods read:grants delete:grants \
    create:user_tickets read:signing_keys create:signing_keys update:signing_keys read:connections \
    read:branding read:stats read:webhooks create:webhooks update:webhooks delete:webhooks";
const EVENTS: &str = "SELECT kind FROM audit_events
    WHERE client_id = 'manager' AND kind LIKE '%role_%' ORDER BY id";

pub(crate) async fn get(app: &TestApp, token: &str, path: &str) -> Answer {
    app.call("GET", path, Some(token)).await
}

pub(crate) async fn send(app: &TestApp, token: &str, call: (&str, &str), body: Value) -> Answer {
    app.call_with(call, Some(token), &body).await
}

pub(super) async fn make(app: &TestApp, token: &str, name: &str) -> String {
    let made = send(app, token, ("POST", ROLES), json!({ "name": name })).await;
    assert_eq!(made.status, 201, "{} {made:?}", app.engine);
    made.text("id")
}

pub(super) fn permissions(api: &str, scopes: &[&str]) -> Value {
    let list: Vec<Value> = scopes
        .iter()
        .map(|scope| json!({ "resource_server_identifier": api, "permission_name": scope }))
        .collect();
    json!({ "permissions": list })
}

fn names(list: &Value, member: &str) -> Vec<String> {
    let name = |entry: &Value| entry[member].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(name).collect()
}

#[tokio::test]
async fn a_role_is_made_found_changed_and_deleted() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let body = json!({
            "name": "staff", "description": "Works here", "second_factor_required": true,
        });
        let made = send(&app, &token, ("POST", ROLES), body.clone()).await;
        assert_eq!(made.status, 201, "{} {made:?}", app.engine);
        let path = format!("{ROLES}/{}", made.text("id"));
        assert_eq!(made.header("location"), path);
        let mut whole = body.clone();
        whole["id"] = json!(made.text("id"));
        assert_eq!(made.json(), whole);
        assert_eq!(get(&app, &token, &path).await.json(), whole);
        let again = send(&app, &token, ("POST", ROLES), body).await;
        assert_api_error(&again, 409, "role_exists");

        let bare = make(&app, &token, "staff-2_x").await;
        let entry = get(&app, &token, &format!("{ROLES}/{bare}")).await.json();
        assert_eq!(
            (&entry["description"], &entry["second_factor_required"]),
            (&json!(""), &json!(false))
        );
        let list = get(&app, &token, ROLES).await.json();
        assert_eq!(list.as_array().unwrap().len(), 3, "{} {list}", app.engine);
        let page =
            get(&app, &token, &format!("{ROLES}?per_page=2&page=1&include_totals=true")).await;
        let page = page.json();
        assert_eq!(page["roles"].as_array().unwrap().len(), 1, "{page}");
        assert_eq!(
            (&page["start"], &page["limit"], &page["total"]),
            (&json!(2), &json!(2), &json!(3))
        );
        for (wish, found) in
            [("staff", 2), ("2_", 1), ("%25", 0), ("_x", 1), ("Staff", 2), ("!", 0)]
        {
            let page = get(&app, &token, &format!("{ROLES}?name_filter={wish}")).await.json();
            assert_eq!(page.as_array().unwrap().len(), found, "{wish} {} {page}", app.engine);
        }

        let change = json!({ "name": "staff", "description": "" });
        let changed = send(&app, &token, ("PATCH", &path), change).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        let entry = changed.json();
        assert_eq!((&entry["name"], &entry["description"]), (&json!("staff"), &json!("")));
        assert_eq!(entry["second_factor_required"], json!(true), "what is not named stays");
        for name in ["team", "staff-2_x"] {
            let renamed = send(&app, &token, ("PATCH", &path), json!({ "name": name })).await;
            assert_eq!(fields_of(&renamed), ["name"], "{} {renamed:?}", app.engine);
        }
        assert_eq!(send(&app, &token, ("PATCH", &path), json!({})).await.status, 200);
        let gone = app.call("DELETE", &path, Some(&token)).await;
        assert_eq!((gone.status, &*gone.body), (204, ""), "{gone:?}");
        for method in ["GET", "DELETE"] {
            assert_api_error(&app.call(method, &path, Some(&token)).await, 404, "inexistent_role");
        }
        let told = ["role_created", "role_created", "role_updated", "role_deleted"];
        assert_eq!(texts(&app, EVENTS).await, told, "{}", app.engine);
    }
}

#[tokio::test]
async fn the_built_in_role_stays_under_its_name() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let list = get(&app, &token, &format!("{ROLES}?name_filter=admin")).await.json();
        let path = format!("{ROLES}/{}", list[0]["id"].as_str().unwrap());
        assert_api_error(&app.call("DELETE", &path, Some(&token)).await, 403, "built_in_role");
        let renamed = send(&app, &token, ("PATCH", &path), json!({ "name": "boss" })).await;
        assert_eq!(fields_of(&renamed), ["name"], "{renamed:?}");
        let asked = json!({ "name": "admin", "second_factor_required": true });
        assert_eq!(send(&app, &token, ("PATCH", &path), asked).await.status, 200);
        let named = send(&app, &token, ("POST", ROLES), json!({ "name": "admin" })).await;
        assert_eq!(fields_of(&named), ["name"], "{named:?}");
    }
}

#[tokio::test]
async fn what_a_role_allows_is_felt_by_who_has_it() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let ada = app.person(ADA).await;
        app.api(ORDERS, "Orders").await;
        let role = make(&app, &token, "clerk").await;
        let of_role = format!("{ROLES}/{role}/permissions");
        let of_ada = format!("/api/v2/users/{}/permissions", ada.id.as_str());
        let both = permissions(ORDERS, &["read", "write"]);
        let given = send(&app, &token, ("POST", &of_role), both.clone()).await;
        assert_eq!((given.status, &*given.body), (201, ""), "{given:?}");
        // Once more is no error, and tells of nothing.
        assert_eq!(send(&app, &token, ("POST", &of_role), both.clone()).await.status, 201);
        assert_eq!(get(&app, &token, &of_role).await.json(), both["permissions"]);
        let second = format!("{of_role}?per_page=1&page=1&include_totals=true");
        let page = get(&app, &token, &second).await.json();
        assert_eq!(
            (names(&page["permissions"], "permission_name"), &page["total"]),
            (vec!["write".to_owned()], &json!(2))
        );

        let roles = format!("/api/v2/users/{}/roles", ada.id.as_str());
        let wish = json!({ "roles": [role, role] });
        assert_eq!(send(&app, &token, ("POST", &roles), wish.clone()).await.status, 204);
        assert_eq!(names(&get(&app, &token, &roles).await.json(), "name"), ["clerk"]);
        let own = permissions(ORDERS, &["read"]);
        assert_eq!(send(&app, &token, ("POST", &of_ada), own.clone()).await.status, 201);
        let held = get(&app, &token, &of_ada).await.json();
        assert_eq!(names(&held, "permission_name"), ["read", "write"], "{} {held}", app.engine);
        let ways = json!([
            { "source_type": "DIRECT" },
            { "source_type": "ROLE", "source_name": "clerk" },
        ]);
        assert_eq!(held[0]["sources"], ways, "{held}");
        assert_eq!(held[1]["sources"], json!([ways[1]]), "{held}");

        let less = permissions(ORDERS, &["write"]);
        assert_eq!(send(&app, &token, ("DELETE", &of_role), less).await.status, 204);
        assert_eq!(send(&app, &token, ("DELETE", &of_ada), own).await.status, 204);
        assert_eq!(send(&app, &token, ("DELETE", &roles), wish).await.status, 204);
        assert_eq!(get(&app, &token, &of_ada).await.json(), json!([]), "{}", app.engine);
        assert_eq!(get(&app, &token, &roles).await.json(), json!([]), "{}", app.engine);
        let told = [
            "role_created",
            "role_permission_added",
            "role_permission_added",
            "role_assigned",
            "role_permission_removed",
            "role_removed",
        ];
        assert_eq!(texts(&app, EVENTS).await, told, "{}", app.engine);
    }
}

#[tokio::test]
async fn a_role_is_given_to_several_at_once_or_to_nobody() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let mut people = Vec::new();
        for email in ["ada@example.com", "bea@example.com", "cleo@example.com"] {
            people.push(app.person(email).await.id.as_str().to_owned());
        }
        people.sort();
        let role = make(&app, &token, "staff").await;
        let path = format!("{ROLES}/{role}/users");
        let with_stranger = json!({ "users": [people[0], "nobody"] });
        let refused = send(&app, &token, ("POST", &path), with_stranger).await;
        assert_eq!((refused.status, fields_of(&refused)), (400, vec!["users".to_owned()]));
        assert_eq!(get(&app, &token, &path).await.json(), json!([]), "{}", app.engine);
        let all = json!({ "users": people });
        assert_eq!(send(&app, &token, ("POST", &path), all).await.status, 204);
        let page =
            get(&app, &token, &format!("{path}?per_page=2&include_totals=true")).await.json();
        assert_eq!(
            (names(&page["users"], "user_id"), &page["total"]),
            (people[..2].to_vec(), &json!(3))
        );
        assert_eq!(page["users"][0]["email"].as_str().map(|email| email.contains('@')), Some(true));
        let first = get(&app, &token, &format!("{path}?take=2")).await.json();
        let next = first["next"].as_str().unwrap();
        let rest = get(&app, &token, &format!("{path}?take=2&from={next}")).await.json();
        assert_eq!(
            (names(&rest["users"], "user_id"), rest.get("next")),
            (people[2..].to_vec(), None)
        );
        let unknown = format!("{ROLES}/none/users");
        let refused = send(&app, &token, ("POST", &unknown), json!({ "users": people })).await;
        assert_api_error(&refused, 404, "inexistent_role");
        assert_api_error(
            &get(&app, &token, &format!("{ROLES}/none/users")).await,
            404,
            "inexistent_role",
        );
    }
}

/// Each call with the scopes that it needs, all of them.
const NEEDED: [(&str, &str, &str); 14] = [
    ("GET", "/api/v2/roles", "read:roles"),
    ("POST", "/api/v2/roles", "create:roles"),
    ("GET", "/api/v2/roles/x", "read:roles"),
    ("PATCH", "/api/v2/roles/x", "update:roles"),
    ("DELETE", "/api/v2/roles/x", "delete:roles"),
    ("GET", "/api/v2/roles/x/permissions", "read:roles"),
    ("POST", "/api/v2/roles/x/permissions", "update:roles"),
    ("DELETE", "/api/v2/roles/x/permissions", "update:roles"),
    ("GET", "/api/v2/roles/x/users", "read:roles read:users"),
    ("POST", "/api/v2/roles/x/users", "create:role_members"),
    ("GET", "/api/v2/users/x/roles", "read:roles read:users"),
    ("POST", "/api/v2/users/x/roles", "create:role_members"),
    ("DELETE", "/api/v2/users/x/roles", "delete:role_members"),
    ("GET", "/api/v2/users/x/permissions", "read:users"),
];

/// AP-02
#[tokio::test]
async fn each_call_needs_its_scope() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let client = ("manager", (MANAGEMENT, SubjectType::Client));
        for (method, path, needed) in NEEDED {
            for missing in needed.split(' ') {
                let rest: Vec<&str> = ALL.split(' ').filter(|scope| *scope != missing).collect();
                app.grant(client.0, client.1, &rest.join(" ")).await.unwrap();
                let refused = app.call(method, path, Some(&token)).await;
                assert_api_error(&refused, 403, "insufficient_scope");
                assert!(refused.body.contains(missing), "{method} {path} {refused:?}");
            }
            app.grant(client.0, client.1, needed).await.unwrap();
            let answer = app.call(method, path, Some(&token)).await;
            assert!(matches!(answer.status, 200 | 400 | 404), "{method} {path} {answer:?}");
        }
        for method in ["POST", "DELETE"] {
            app.grant(client.0, client.1, &ALL.replace("update:users ", "")).await.unwrap();
            let refused = app.call(method, "/api/v2/users/x/permissions", Some(&token)).await;
            assert_api_error(&refused, 403, "insufficient_scope");
        }
    }
}

#[tokio::test]
async fn members_of_a_role_that_cannot_be_used_are_named() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        for (body, fields) in [
            (json!({}), vec!["name"]),
            (json!({ "name": null, "description": 1 }), vec!["name", "description"]),
            (json!({ "name": "Staff Members" }), vec!["name"]),
            (json!({ "name": "a\u{0}b" }), vec!["name"]),
            (json!({ "name": "x", "description": "a\nb" }), vec!["description"]),
            (
                json!({ "name": "x", "second_factor_required": "yes", "id": "mine" }),
                vec!["id", "second_factor_required"],
            ),
        ] {
            let refused = send(&app, &token, ("POST", ROLES), body.clone()).await;
            assert_eq!(
                (refused.status, fields_of(&refused)),
                (400, fields.iter().map(|name| (*name).to_owned()).collect()),
                "{body} {refused:?}"
            );
        }
        assert_eq!(count(&app, "SELECT COUNT(*) FROM roles").await, 1, "{}", app.engine);
    }
}

/// Lists that say nothing, or name what is not there.
fn unusable_lists() -> Vec<Value> {
    let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    vec![
        json!(null),
        json!([]),
        json!("x"),
        json!([1]),
        json!([""]),
        json!(["a\u{0}b"]),
        json!(["no such thing"]),
        json!({ "a": 1 }),
        json!(many),
        json!([{ "permission_name": "read" }]),
        json!([{ "permission_name": "read", "resource_server_identifier": "a\u{0}b" }]),
        json!([{ "permission_name": "nothing", "resource_server_identifier": ORDERS }]),
    ]
}

#[tokio::test]
async fn what_cannot_be_used_is_told_and_changes_nothing() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let ada = app.person(ADA).await;
        app.api(ORDERS, "Orders").await;
        let role = make(&app, &token, "staff").await;
        let path = format!("{ROLES}/{role}");
        let lists = [
            ("POST", format!("{path}/users"), "users"),
            ("POST", format!("/api/v2/users/{}/roles", ada.id.as_str()), "roles"),
            ("DELETE", format!("/api/v2/users/{}/roles", ada.id.as_str()), "roles"),
            ("POST", format!("{path}/permissions"), "permissions"),
            ("DELETE", format!("/api/v2/users/{}/permissions", ada.id.as_str()), "permissions"),
        ];
        for (method, path, name) in &lists {
            for value in unusable_lists() {
                let body = json!({ *name: value });
                let refused = send(&app, &token, (method, path), body.clone()).await;
                assert_eq!(refused.status, 400, "{method} {path} {body} {refused:?}");
                assert_eq!(fields_of(&refused), [*name], "{method} {path} {body}");
            }
        }
        for (method, path, name) in [
            ("POST", "/api/v2/users/nobody/roles", "roles"),
            ("GET", "/api/v2/users/a%00b/roles", ""),
            ("GET", "/api/v2/users/nobody/permissions", ""),
        ] {
            let body = if name.is_empty() { json!({}) } else { json!({ name: [role] }) };
            let refused = send(&app, &token, (method, path), body).await;
            assert_api_error(&refused, 404, "inexistent_user");
        }
        assert_api_error(&get(&app, &token, "/api/v2/roles/a%00b").await, 404, "inexistent_role");
        let held =
            "SELECT (SELECT COUNT(*) FROM user_roles) + (SELECT COUNT(*) FROM role_permissions)
            + (SELECT COUNT(*) FROM user_permissions)";
        assert_eq!(count(&app, held).await, 0, "{}", app.engine);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM roles").await, 2, "{}", app.engine);
    }
}
