//! What is asked for by the five documents that Protekt was made from: each request as it stands there, but
//! for a password that everybody has, at the address that `docs/coming-from.md` names; and whether what was
//! answered is good for something.

mod backend;
mod backend_factors;
mod backend_people;
mod bearer_example;
mod environment;
mod nest_example;
mod node_sdk;
mod username_example;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use protekt::clock::Clock as _;
use protekt::oauth::clients::NewClient;
use protekt::oauth::management_api::plant;
use serde_json::{Value, json};

use crate::support::answer::Answer;
use crate::support::api::{AUDIENCE, fields_of, own_client};
use crate::support::app::{ISSUER, PASSWORD, SECRET, TestApp, Wishes, apps_with};

/// The provider on each engine, as those systems are: nobody's address has to be verified.
async fn installations() -> Vec<TestApp> {
    let apps = apps_with(Wishes { email_verification: false, ..Wishes::default() }).await;
    for app in &apps {
        app.plant_api_client().await;
    }
    apps
}

async fn post(app: &TestApp, path: &str, body: &Value) -> Answer {
    app.call_with(("POST", path), None, body).await
}

/// Signs up with the document's own password, which is refused, and then with a better one.
async fn signs_up(app: &TestApp, path: &str, mut body: Value) -> Answer {
    assert_eq!(fields_of(&post(app, path, &body).await), ["password"], "{}", app.engine);
    body["password"] = json!(PASSWORD);
    let made = post(app, path, &body).await;
    assert_eq!(made.status, 201, "{} {made:?}", app.engine);
    made
}

/// The claims of an access token, as an API reads them that has nothing but the public keys.
async fn verified(
    app: &TestApp,
    token: &str,
    audience: &str,
) -> Result<Value, jsonwebtoken::errors::Error> {
    let keys = app.get("/.well-known/jwks.json").await.json();
    let keys: JwkSet = serde_json::from_value(keys).unwrap();
    let kid = decode_header(token)?.kid.unwrap();
    let key = DecodingKey::from_jwk(keys.find(&kid).unwrap())?;
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[audience]);
    rules.set_issuer(&[ISSUER]);
    // The library has another clock than the test.
    rules.validate_exp = false;
    let claims = decode::<Value>(token, &key, &rules)?.claims;
    assert!(claims["exp"].as_i64().unwrap() > app.clock.now().0, "{claims}");
    Ok(claims)
}

/// Tokens by their names in OAuth: anybody verifies the access token by the public keys, and the profile is
/// read with it. Gives the access token.
async fn assert_tokens(app: &TestApp, answer: &Answer) -> String {
    assert!(matches!(answer.status, 200 | 201), "{} {answer:?}", app.engine);
    let told = answer.json();
    assert_eq!((&told["token_type"], &told["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert!(!answer.text("refresh_token").is_empty(), "{answer:?}");
    let token = answer.text("access_token");
    let claims = verified(app, &token, AUDIENCE).await.unwrap();
    let me = app.me(&token).await;
    assert_eq!((me.status, &me.json()["id"]), (200, &claims["sub"]), "{} {me:?}", app.engine);
    token
}

/// Makes an administrator, who is signed in with an app that is registered for looking after people; gives
/// the access token.
async fn administrator(app: &TestApp) -> String {
    const BOSS: &str = "boss@example.org";

    plant(app.app.store(), ISSUER, app.clock.now()).await.unwrap();
    let scopes = "openid email profile read:users update:users delete:users";
    app.client(NewClient { scopes: Some(scopes.parse().unwrap()), ..own_client() }).await;
    app.person(BOSS).await;
    app.give_role(BOSS, "admin").await;
    let body = json!({
        "email": BOSS, "password": PASSWORD, "client_id": "own", "client_secret": SECRET,
    });
    let tokens = app.api_sign_in(&body).await;
    assert_eq!(tokens.status, 200, "{} {tokens:?}", app.engine);
    tokens.text("access_token")
}
