//! Machines that look after applications.

use protekt::domain::client::ClientKind;
use protekt::oauth::clients::NewClient;
use serde_json::{Value, json};

use super::managed_roles::{ALL, get, send};
use crate::pages::steps::{count, texts};
use crate::support::api::{assert_api_error, fields_of};
use crate::support::apis::ORDERS;
use crate::support::app::{SECRET, TestApp, VERIFIER, apps, authorize_url, web_client};
use crate::support::browser::parameter;
use crate::support::protocol::ADA;

pub(super) const CLIENTS: &str = "/api/v2/clients";

fn notes() -> Value {
    json!({
        "name": "Notes",
        "app_type": "regular_web",
        "callbacks": ["https://notes.example/cb"],
        "allowed_logout_urls": ["https://notes.example/bye"],
        "web_origins": ["https://notes.example"],
        "token_endpoint_auth_method": "client_secret_basic",
        "owner": "Northwind",
        "logo_uri": "https://notes.example/logo.png",
        "policy_uri": "https://notes.example/privacy",
        "terms_uri": "https://notes.example/terms",
        "access_token_lifetime": 600,
        "second_factor": "required",
    })
}

#[tokio::test]
async fn an_app_is_registered_read_changed_and_deleted() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let made = send(&app, &token, ("POST", CLIENTS), notes()).await;
        assert_eq!(made.status, 201, "{} {made:?}", app.engine);
        let path = format!("{CLIENTS}/{}", made.text("client_id"));
        assert_eq!(made.header("location"), path);
        let mut whole = made.json();
        let secret = whole.as_object_mut().unwrap().remove("client_secret").unwrap();
        assert!(secret.as_str().unwrap().starts_with("ptk_cs_"), "{secret}");
        for (name, value) in notes().as_object().unwrap() {
            assert_eq!(&whole[name], value, "{name}");
        }
        assert_eq!(whole["grant_types"], json!(["authorization_code", "refresh_token"]));
        assert_eq!(whole["scopes"], json!(["email", "offline_access", "openid", "profile"]));
        let flags = ["is_first_party", "authentication_api", "trusts_logout_by_client_id"];
        assert!(flags.iter().all(|name| whole[*name] == json!(false)), "{whole}");
        let read = get(&app, &token, &path).await;
        assert_eq!(read.json(), whole, "a secret is told once: {}", app.engine);
        assert_eq!(read.header("etag"), made.header("etag"), "{}", app.engine);
        let part = get(&app, &token, &format!("{path}?fields=name,app_type")).await;
        assert_eq!(part.json(), json!({ "name": "Notes", "app_type": "regular_web" }));
        assert_eq!(part.header("etag"), read.header("etag"), "the name is that of the whole");

        app.clock.advance(60);
        let change = json!({
            "name": "Notes 2", "app_type": "regular_web", "owner": null, "second_factor": null,
            "callbacks": ["https://notes.example/cb", "https://beta.notes.example/cb"],
            "token_endpoint_auth_method": null, "access_token_lifetime": null,
        });
        let changed = send(&app, &token, ("PATCH", &path), change.clone()).await;
        assert_eq!(changed.status, 200, "{} {changed:?}", app.engine);
        let entry = changed.json();
        for (name, value) in change.as_object().unwrap() {
            assert_eq!(entry.get(name).unwrap_or(&Value::Null), value, "{name}");
        }
        assert_eq!(entry["terms_uri"], whole["terms_uri"], "what is not named stays");
        assert_ne!(entry["updated_at"], whole["updated_at"], "{}", app.engine);
        app.clock.advance(60);
        let same = send(&app, &token, ("PATCH", &path), json!({ "name": "Notes 2" })).await;
        assert_eq!(same.json(), entry, "what is so already is no change: {}", app.engine);
        is_deleted(&app, &token, &path).await;
        let details = texts(&app, "SELECT detail FROM audit_events WHERE client_id = 'manager'");
        let secret = secret.as_str().unwrap();
        assert!(details.await.iter().all(|detail| !detail.contains(secret)), "{}", app.engine);
    }
}

async fn is_deleted(app: &TestApp, token: &str, path: &str) {
    assert_eq!(app.call("DELETE", path, Some(token)).await.status, 204, "{}", app.engine);
    for (method, path) in [
        ("GET", path.to_owned()),
        ("DELETE", path.to_owned()),
        ("PATCH", path.to_owned()),
        ("POST", format!("{path}/rotate-secret")),
        ("GET", format!("{CLIENTS}/%00")),
        ("DELETE", format!("{CLIENTS}/%00")),
    ] {
        let answer = send(app, token, (method, &path), json!({})).await;
        assert_api_error(&answer, 404, "inexistent_client");
    }
    let told = texts(
        app,
        "SELECT kind FROM audit_events WHERE client_id = 'manager' AND ip IS NOT NULL
            AND kind LIKE 'client_%' ORDER BY id",
    );
    let kinds = ["client_created", "client_updated", "client_deleted"];
    assert_eq!(told.await, kinds, "{}", app.engine);
}

/// No list names a secret.
#[tokio::test]
async fn apps_are_listed_by_kind_and_page() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        app.web_client().await;
        app.public_client().await;
        app.client(NewClient { first_party: true, ..web_client("ours", "https://o.example") })
            .await;
        let ids = |list: &Value| -> Vec<String> {
            let id = |entry: &Value| entry["client_id"].as_str().unwrap().to_owned();
            list.as_array().unwrap().iter().map(id).collect()
        };
        for (query, found) in [
            ("", &["manager", "notes", "ours", "spa"][..]),
            ("?app_type=non_interactive,spa", &["manager", "spa"]),
            ("?is_first_party=true", &["ours"]),
            ("?is_first_party=false&app_type=regular_web", &["notes"]),
            ("?app_type=native", &[]),
            ("?per_page=2&page=1", &["ours", "spa"]),
        ] {
            let list = get(&app, &token, &format!("{CLIENTS}{query}")).await;
            assert_eq!(ids(&list.json()), found, "{query} {}", app.engine);
            assert!(!list.body.contains("secret\":"), "{list:?}");
        }
        let page =
            format!("{CLIENTS}?per_page=1&include_totals=true&fields=client_id&app_type=spa");
        let spa = json!({
            "start": 0, "limit": 1, "length": 1, "total": 1, "clients": [{ "client_id": "spa" }],
        });
        assert_eq!(get(&app, &token, &page).await.json(), spa, "{}", app.engine);
        let bad = format!("{CLIENTS}?app_type=web&is_first_party=1&per_page=0&take=1");
        let bad = get(&app, &token, &bad).await;
        assert_api_error(&bad, 400, "invalid_query_string");
        for name in ["app_type", "is_first_party", "per_page", "take"] {
            assert!(bad.body.contains(&format!("\"field\":\"{name}\"")), "{name} {bad:?}");
        }
    }
}

#[tokio::test]
async fn a_new_secret_takes_the_place_of_the_old_one_at_once() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        app.machine("billing").await;
        app.api(ORDERS, "Orders").await;
        let at = (ORDERS, protekt::domain::client_grant::SubjectType::Client);
        app.grant("billing", at, "read").await.unwrap();
        let fields = [("grant_type", "client_credentials")];
        assert_eq!(app.token(Some(("billing", SECRET)), &fields).await.status, 200);
        let path = format!("{CLIENTS}/billing/rotate-secret");
        let rotated = app.call("POST", &path, Some(&token)).await;
        assert_eq!(rotated.status, 200, "{} {rotated:?}", app.engine);
        let old = app.token(Some(("billing", SECRET)), &fields).await;
        assert_eq!(old.error(), "invalid_client", "{}", app.engine);
        let new = rotated.text("client_secret");
        assert_eq!(app.token(Some(("billing", &new)), &fields).await.status, 200, "{}", app.engine);
        app.public_client().await;
        let none = app.call("POST", &format!("{CLIENTS}/spa/rotate-secret"), Some(&token)).await;
        assert_eq!(fields_of(&none), ["token_endpoint_auth_method"], "{}", app.engine);
    }
}

/// Members of a client that no client can have.
fn unusable() -> Vec<(&'static str, Value)> {
    let long = "x".repeat(101);
    vec![
        ("name", json!("")),
        ("name", json!(long)),
        ("name", json!("a\u{0}b")),
        ("name", json!(7)),
        ("name", Value::Null),
        ("owner", json!(long)),
        ("owner", json!([])),
        ("callbacks", json!(["javascript:alert(1)"])),
        ("callbacks", json!(["http://notes.example/cb"])),
        ("callbacks", json!(["https://*.example/"])),
        ("callbacks", json!(["https://n.example/", "https://n.example/"])),
        ("callbacks", json!([])),
        ("callbacks", json!("https://notes.example/cb")),
        ("callbacks", json!([7])),
        ("callbacks", Value::from(vec!["https://n.example/"; 101])),
        ("allowed_logout_urls", json!(["//evil.example"])),
        ("web_origins", json!(["https://notes.example/"])),
        ("web_origins", json!(["*"])),
        ("grant_types", json!(["password"])),
        ("token_endpoint_auth_method", json!("none")),
        ("token_endpoint_auth_method", json!("private_key_jwt")),
        ("pkce_required", json!("no")),
        ("scopes", json!(["openid email"])),
        ("scopes", json!("openid")),
        ("default_audience", json!("not a uri")),
        ("default_audience", json!("https://id.example.com/api/v2/")),
        ("logo_uri", json!("javascript:1")),
        ("policy_uri", json!("http://evil.example/")),
        ("terms_uri", json!("x")),
        ("access_token_lifetime", json!(59)),
        ("access_token_lifetime", json!(1.5)),
        ("access_token_lifetime", json!(1e30)),
        ("second_factor", json!("sometimes")),
        ("authentication_api", json!(true)),
        ("is_first_party", json!(1)),
        ("client_id", json!("mine")),
        ("client_secret", json!("guess")),
        ("created_at", json!("2020-01-01T00:00:00.000Z")),
    ]
}

/// RG-01: what cannot be registered by command cannot be registered here.
#[tokio::test]
async fn what_cannot_be_registered_is_named() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let path = format!("{CLIENTS}/{}", app.web_client().await);
        let with = |changes: Value| {
            let mut body = notes();
            for (name, value) in changes.as_object().unwrap() {
                body[name] = value.clone();
            }
            body
        };
        for (field, value) in unusable() {
            for (method, path) in [("POST", CLIENTS), ("PATCH", &path)] {
                let body = with(json!({ field: value }));
                let refused = send(&app, &token, (method, path), body).await;
                assert_eq!(fields_of(&refused), [field], "{method} {value} {}", app.engine);
            }
        }
        let empty = send(&app, &token, ("POST", CLIENTS), json!({})).await;
        assert_eq!(fields_of(&empty), ["name", "app_type"], "{}", app.engine);
        let kind = send(&app, &token, ("PATCH", &path), json!({ "app_type": "spa" })).await;
        assert_eq!(fields_of(&kind), ["app_type"], "{}", app.engine);
        let many = json!({ "name": 1, "owner": 1, "callbacks": 1, "app_type": "web" });
        let many = send(&app, &token, ("POST", CLIENTS), many).await;
        assert_eq!(fields_of(&many), ["name", "app_type", "owner", "callbacks"], "{many:?}");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM clients").await, 2, "{}", app.engine);
    }
}

/// Two programs that change one app at once lose nothing.
#[tokio::test]
async fn an_app_is_changed_only_as_it_was_seen() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let path = format!("{CLIENTS}/{}", app.web_client().await);
        let seen = get(&app, &token, &path).await.header("etag").to_owned();
        let rename = |etag: String, name: &'static str| {
            let (app, token, path) = (&app, &token, &path);
            async move { patch_if(app, (token, path), &etag, json!({ "name": name })).await }
        };
        let (one, other) =
            futures_util::future::join(rename(seen.clone(), "One"), rename(seen.clone(), "Other"))
                .await;
        let mut told = [one, other];
        told.sort_unstable();
        assert_eq!(told, [200, 412], "{}", app.engine);
        assert_eq!(rename(seen, "Late").await, 412, "{}", app.engine);
        let now = get(&app, &token, &path).await.header("etag").to_owned();
        for (etag, status) in [("\"x\"", 412), ("x", 412), ("*", 200), (&*now, 412)] {
            assert_eq!(rename(etag.to_owned(), "Again").await, status, "{etag} {}", app.engine);
        }
    }
}

pub(super) async fn patch_if(
    app: &TestApp,
    (token, path): (&str, &str),
    etag: &str,
    body: Value,
) -> u16 {
    call_if(app, (token, ("PATCH", path)), etag, &body.to_string()).await
}

async fn call_if(
    app: &TestApp,
    (token, (method, path)): (&str, (&str, &str)),
    etag: &str,
    body: &str,
) -> u16 {
    let request = axum::http::Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("if-match", etag);
    let answer = app.send(request.body(axum::body::Body::from(body.to_owned())).unwrap()).await;
    if answer.status == 412 {
        assert_api_error(&answer, 412, "precondition_failed");
    }
    answer.status
}

/// Nobody gives a new secret to, or deletes, what is not what they looked at any more.
#[tokio::test]
async fn what_changed_since_is_neither_deleted_nor_given_another_secret() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        let client = format!("{CLIENTS}/{}", app.web_client().await);
        let api = format!("/api/v2/resource-servers/{}", app.api(ORDERS, "Orders").await.id);
        for path in [&client, &api] {
            let seen = get(&app, &token, path).await.header("etag").to_owned();
            app.clock.advance(1);
            let other = json!({ "name": "Other" });
            assert_eq!(send(&app, &token, ("PATCH", path), other).await.status, 200);
            let now = get(&app, &token, path).await.header("etag").to_owned();
            if *path == client {
                let rotate = format!("{path}/rotate-secret");
                assert_eq!(call_if(&app, (&token, ("POST", &rotate)), &seen, "").await, 412);
                assert_eq!(call_if(&app, (&token, ("POST", &rotate)), &now, "").await, 200);
            }
            let now = get(&app, &token, path).await.header("etag").to_owned();
            assert_eq!(call_if(&app, (&token, ("DELETE", path)), &seen, "").await, 412, "{path}");
            assert_eq!(call_if(&app, (&token, ("DELETE", path)), &now, "").await, 204, "{path}");
            let gone = call_if(&app, (&token, ("DELETE", path)), "*", "").await;
            assert_eq!(gone, 404, "{path} {}", app.engine);
        }
    }
}

/// What a machine registers is what an operator registers: people sign in to it.
#[tokio::test]
async fn people_sign_in_to_an_app_that_a_machine_registered() {
    for app in apps().await {
        let token = app.manager_token(ALL).await;
        app.person(ADA).await;
        let mut body = notes();
        body["is_first_party"] = json!(true);
        body["second_factor"] = json!("off");
        let made = send(&app, &token, ("POST", CLIENTS), body).await;
        let (id, secret) = (made.text("client_id"), made.text("client_secret"));
        let mut browser = app.browser();
        browser.sign_in(ADA).await;
        let url = authorize_url(&[
            ("client_id", Some(&id)),
            ("redirect_uri", Some("https://notes.example/cb")),
        ]);
        let answer = browser.get(&url).await;
        let code = parameter(answer.header("location"), "code").unwrap();
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", "https://notes.example/cb"),
            ("code_verifier", VERIFIER),
        ];
        let tokens = app.token(Some((&id, &secret)), &fields).await;
        assert_eq!(tokens.status, 200, "{} {tokens:?}", app.engine);
        assert_eq!(tokens.json()["expires_in"], json!(600), "{}", app.engine);
        let kind = texts(&app, "SELECT kind FROM clients WHERE name = 'Notes'").await;
        assert_eq!(kind, [ClientKind::Web.as_str()], "{}", app.engine);
    }
}
