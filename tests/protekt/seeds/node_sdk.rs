//! The Node SDK, which is not made yet: what its methods will send, and what they will be answered.

use protekt::clock::Clock as _;
use protekt::domain::client_grant::SubjectType;
use protekt::oauth::management_api::plant;
use serde_json::{Value, json};

use super::{assert_tokens, installations, post, verified};
use crate::support::answer::Answer;
use crate::support::api::{MANAGEMENT, assert_api_error, fields_of};
use crate::support::app::{ISSUER, SECRET, TestApp, exchange_fields};
use crate::support::browser::parameter;
use crate::support::protocol::ADA;

/// What the SDK's `clientId` names, and its `audience`, which is an address here.
const CLIENT: &str = "your-client-id";
const AUDIENCE: &str = "https://your-app.com/api";
/// Under which an app of the document looks for roles.
const ROLES: &str = "https://your-app.com/roles";

/// What a backend with the SDK may do at the management API.
const SCOPES: &str = "read:users create:users update:users delete:users read:roles create:roles \
    create:role_members delete:role_members create:resource_servers";

/// Registers the SDK's client for both audiences.
async fn registered(app: &TestApp) {
    plant(app.app.store(), ISSUER, app.clock.now()).await.unwrap();
    app.machine(CLIENT).await;
    app.api(AUDIENCE, "Your API").await;
    app.grant(CLIENT, (MANAGEMENT, SubjectType::Client), SCOPES).await.unwrap();
    app.grant(CLIENT, (AUDIENCE, SubjectType::Client), "read").await.unwrap();
}

/// What `getAccessToken()` sends.
async fn asks(app: &TestApp, audience: &str) -> Answer {
    let body = json!({
        "grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET,
        "audience": audience,
    });
    app.token_json(&body.to_string()).await
}

async fn access_token(app: &TestApp, audience: &str) -> String {
    let answer = asks(app, audience).await;
    assert_eq!(answer.status, 200, "{} {answer:?}", app.engine);
    answer.text("access_token")
}

/// What `users.create()` sends in the document's first example.
async fn creates(app: &TestApp, token: &str) -> Answer {
    let body = json!({
        "email": "user@example.com", "password": "SecurePassword123!",
        "user_metadata": { "firstName": "John", "lastName": "Doe" },
    });
    let made = app.call_with(("POST", "/api/v2/users"), Some(token), &body).await;
    assert_eq!(made.status, 201, "{} {made:?}", app.engine);
    made
}

/// The SDK's `getAccessToken()`: a token for the audience that it was given, with a life to keep it for.
#[tokio::test]
async fn a_backend_gets_a_token_of_its_own() {
    for app in installations().await {
        registered(&app).await;
        let answer = asks(&app, AUDIENCE).await;
        assert_eq!(answer.status, 200, "{} {answer:?}", app.engine);
        let told = answer.json();
        assert_eq!((&told["token_type"], &told["expires_in"]), (&json!("Bearer"), &json!(3600)));
        assert_eq!(told.get("refresh_token"), None, "{told}");
        let claims = verified(&app, &answer.text("access_token"), AUDIENCE).await.unwrap();
        assert_eq!((&claims["sub"], &claims["scope"]), (&json!(CLIENT), &json!("read")));
        let unknown = asks(&app, "your-api-audience").await;
        assert_eq!((unknown.status, &*unknown.error()), (400, "invalid_target"), "{unknown:?}");
        // An audience is an address: a bare name cannot be registered.
        let token = access_token(&app, MANAGEMENT).await;
        let body = json!({ "identifier": "your-api-audience", "name": "Your API" });
        let refused =
            app.call_with(("POST", "/api/v2/resource-servers"), Some(&token), &body).await;
        assert_eq!(fields_of(&refused), ["identifier"], "{}", app.engine);
    }
}

/// The SDK's `users.create()`, `users.getById()`, `users.update()` and `users.delete()`, in the order of a life.
#[tokio::test]
async fn a_backend_looks_after_its_users() {
    for app in installations().await {
        registered(&app).await;
        let token = access_token(&app, MANAGEMENT).await;
        let made = creates(&app, &token).await;
        let path = format!("/api/v2/users/{}", made.text("user_id"));
        let shown = app.call("GET", &path, Some(&token)).await;
        assert_eq!((shown.status, shown.json()), (200, made.json()), "{}", app.engine);
        let dark = json!({ "user_metadata": { "preferences": { "theme": "dark" } } });
        let changed = app.call_with(("PATCH", &path), Some(&token), &dark).await;
        assert_eq!(changed.status, 200, "{} {changed:?}", app.engine);
        let expected = json!({
            "firstName": "John", "lastName": "Doe", "preferences": { "theme": "dark" },
        });
        assert_eq!(changed.json()["user_metadata"], expected, "{}", app.engine);
        // The password that was chosen for them opens the account.
        let body = json!({ "email": "user@example.com", "password": "SecurePassword123!" });
        assert_tokens(&app, &post(&app, "/api/auth/signin", &body).await).await;
        let gone = app.call("DELETE", &path, Some(&token)).await;
        assert_eq!((gone.status, &*gone.body), (204, ""), "{} {gone:?}", app.engine);
        let after = app.call("GET", &path, Some(&token)).await;
        assert_api_error(&after, 404, "inexistent_user");
        let signed_in = post(&app, "/api/auth/signin", &body).await;
        assert_api_error(&signed_in, 401, "invalid_credentials");
    }
}

/// The SDK's `users.create()` as a registration of the app's own calls it: with any metadata, and refused with a
/// message that the app can show.
#[tokio::test]
async fn a_registration_keeps_what_the_app_knows_of_a_person() {
    for app in installations().await {
        registered(&app).await;
        let token = access_token(&app, MANAGEMENT).await;
        let metadata = json!({
            "firstName": "Jane", "lastName": "Doe", "company": "Northwind Ltd",
            "registrationDate": "2026-11-24T08:00:00.000Z",
        });
        let mut body = json!({
            "email": "jane@example.com", "password": "SecurePassword123!",
            "user_metadata": metadata,
        });
        let create = ("POST", "/api/v2/users");
        let made = app.call_with(create, Some(&token), &body).await;
        assert_eq!((made.status, &made.json()["user_metadata"]), (201, &metadata), "{made:?}");
        let again = app.call_with(create, Some(&token), &body).await;
        assert_api_error(&again, 409, "user_exists");
        body["email"] = json!("another@example.com");
        body["password"] = json!("123456");
        let refused = app.call_with(create, Some(&token), &body).await;
        assert_eq!(fields_of(&refused), ["password"], "{}", app.engine);
        assert!(refused.json()["errors"][0]["message"].is_string(), "{refused:?}");
    }
}

/// The SDK's `USER_NOT_FOUND` and `INSUFFICIENT_PERMISSIONS`: what it will know them by.
#[tokio::test]
async fn an_unknown_user_and_a_missing_scope_are_told_apart() {
    for app in installations().await {
        registered(&app).await;
        let token = access_token(&app, MANAGEMENT).await;
        for id in ["invalid-id", "user_123"] {
            let path = format!("/api/v2/users/{id}");
            let unknown = app.call("GET", &path, Some(&token)).await;
            assert_api_error(&unknown, 404, "inexistent_user");
            let dark = json!({ "user_metadata": { "preferences": { "theme": "dark" } } });
            let unknown = app.call_with(("PATCH", &path), Some(&token), &dark).await;
            assert_api_error(&unknown, 404, "inexistent_user");
        }
        app.machine("reader").await;
        app.grant("reader", (MANAGEMENT, SubjectType::Client), "read:users").await.unwrap();
        let reader = app.machine_token("reader", &[("audience", MANAGEMENT)]).await;
        let path = format!("/api/v2/users/{}", creates(&app, &token).await.text("user_id"));
        let refused = app.call("DELETE", &path, Some(&reader.text("access_token"))).await;
        assert_api_error(&refused, 403, "insufficient_scope");
        // A token for the app's own API opens nothing here.
        let own = access_token(&app, AUDIENCE).await;
        let refused = app.call("GET", &path, Some(&own)).await;
        assert_api_error(&refused, 401, "invalid_token");
    }
}

/// The role ids that a person has.
async fn roles_of(app: &TestApp, token: &str, path: &str) -> Vec<Value> {
    let list = app.call("GET", path, Some(token)).await;
    assert_eq!(list.status, 200, "{} {list:?}", app.engine);
    list.json().as_array().unwrap().iter().map(|role| role["id"].clone()).collect()
}

/// The SDK's `roles.assignToUser()` and `roles.removeFromUser()`.
#[tokio::test]
async fn a_backend_gives_roles_and_takes_them_away() {
    for app in installations().await {
        registered(&app).await;
        let token = access_token(&app, MANAGEMENT).await;
        let user = creates(&app, &token).await.text("user_id");
        let path = format!("/api/v2/users/{user}/roles");
        let mut ids = Vec::new();
        for name in ["editor", "reader"] {
            let call = ("POST", "/api/v2/roles");
            let made = app.call_with(call, Some(&token), &json!({ "name": name })).await;
            assert_eq!(made.status, 201, "{} {made:?}", app.engine);
            ids.push(json!(made.text("id")));
        }
        let given = app.call_with(("POST", &path), Some(&token), &json!({ "roles": ids })).await;
        assert_eq!(given.status, 204, "{} {given:?}", app.engine);
        assert_eq!(roles_of(&app, &token, &path).await.len(), 2, "{}", app.engine);
        let one = json!({ "roles": [ids[0]] });
        let removed = app.call_with(("DELETE", &path), Some(&token), &one).await;
        assert_eq!(removed.status, 204, "{} {removed:?}", app.engine);
        assert_eq!(roles_of(&app, &token, &path).await, ids[1..], "{}", app.engine);
        let unknown = json!({ "roles": ["no-such-role"] });
        let refused = app.call_with(("POST", &path), Some(&token), &unknown).await;
        assert_eq!(fields_of(&refused), ["roles"], "{}", app.engine);
    }
}

/// A token that an app got for somebody who signed in, for the API that verifies it.
async fn persons_token(app: &TestApp) -> String {
    let asked = [("audience", Some(AUDIENCE)), ("scope", Some("openid read"))];
    let url = app.browser().authorize(ADA, &asked).await;
    let code = parameter(&url, "code").unwrap_or_else(|| panic!("no code in {url}"));
    let tokens = app.token(Some(("notes", SECRET)), &exchange_fields(&code)).await;
    assert_eq!(tokens.status, 200, "{} {tokens:?}", app.engine);
    tokens.text("access_token")
}

/// The SDK's `verifyToken()` and `verifyJWT()`: the public keys are enough, and a token for another audience is
/// refused, as is one that was changed.
#[tokio::test]
async fn an_api_verifies_tokens_by_the_public_keys() {
    for app in installations().await {
        registered(&app).await;
        let ada = app.with_ada().await;
        app.grant("notes", (AUDIENCE, SubjectType::User), "read").await.unwrap();
        let token = persons_token(&app).await;
        let claims = verified(&app, &token, AUDIENCE).await.unwrap();
        assert_eq!(claims["sub"], json!(ada.id), "{}", app.engine);
        let other = verified(&app, &token, "your-api-audience").await.unwrap_err();
        let is_audience = matches!(other.kind(), jsonwebtoken::errors::ErrorKind::InvalidAudience);
        assert!(is_audience, "{other:?}");
        let mut changed = token.clone();
        let last = if changed.pop() == Some('A') { 'Q' } else { 'A' };
        changed.push(last);
        assert!(verified(&app, &changed, AUDIENCE).await.is_err(), "{}", app.engine);
        // What `users.getById(req.user.sub)` asks for.
        let manager = access_token(&app, MANAGEMENT).await;
        let path = format!("/api/v2/users/{}", claims["sub"].as_str().unwrap());
        let shown = app.call("GET", &path, Some(&manager)).await;
        assert_eq!((shown.status, &*shown.text("email")), (200, ADA), "{shown:?}");
    }
}

/// The SDK's `requireRole('admin')`: the token has the roles, under the name that the operator gave the claim.
#[tokio::test]
async fn a_token_tells_the_roles_under_the_name_that_the_app_looks_for() {
    for app in installations().await {
        let app = app.with_settings(|settings| settings.roles_claim = Some(ROLES.to_owned()));
        registered(&app).await;
        app.with_ada().await;
        app.grant("notes", (AUDIENCE, SubjectType::User), "read").await.unwrap();
        let claims = verified(&app, &persons_token(&app).await, AUDIENCE).await.unwrap();
        assert_eq!(claims[ROLES], json!([]), "{}", app.engine);
        app.give_role(ADA, "admin").await;
        let claims = verified(&app, &persons_token(&app).await, AUDIENCE).await.unwrap();
        assert_eq!(claims[ROLES], json!(["admin"]), "{}", app.engine);
        assert_eq!(claims.get("roles"), None, "{claims}");
        // A machine has none.
        let machine = access_token(&app, AUDIENCE).await;
        let claims = verified(&app, &machine, AUDIENCE).await.unwrap();
        assert_eq!(claims.get(ROLES), None, "{claims}");
    }
}
