//! Machines that let another key sign, and withdraw keys.

use serde_json::{Value, json};

use super::managed_roles::get;
use crate::pages::steps::texts;
use crate::support::api::{MANAGEMENT, assert_api_error};
use crate::support::app::{TestApp, apps, jwt_header};

const KEYS: &str = "/api/v2/keys/signing";
const SCOPES: &str = "read:signing_keys create:signing_keys update:signing_keys";

async fn keys(app: &TestApp, token: &str) -> Vec<Value> {
    get(app, token, KEYS).await.json().as_array().unwrap().clone()
}

fn kid_in(keys: &[Value], state: &str) -> Option<String> {
    let found = keys.iter().find(|key| key["state"] == state);
    found.map(|key| key["kid"].as_str().unwrap().to_owned())
}

/// TK-12
#[tokio::test]
async fn a_machine_sees_the_keys_and_never_a_private_half() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let listed = get(&app, &token, KEYS).await;
        assert!(!listed.body.contains("sealed") && !listed.body.contains("\"d\""), "{listed:?}");
        let all = keys(&app, &token).await;
        let current = all.iter().find(|key| key["state"] == "current").unwrap();
        assert_eq!((all.len(), &current["kid"]), (2, &jwt_header(&token)["kid"]), "{}", app.engine);
        let flags = ["current", "next", "previous", "revoked"].map(|flag| current[flag].clone());
        assert_eq!(flags, [json!(true), json!(false), json!(false), json!(false)], "{current}");
        let jwks = app.get("/.well-known/jwks.json").await.json();
        let published = jwks["keys"].as_array().unwrap();
        assert!(published.contains(&current["jwk"]), "{jwks}");
        let one = format!("{KEYS}/{}", current["kid"].as_str().unwrap());
        assert_eq!(&get(&app, &token, &one).await.json(), current, "{}", app.engine);
        let none = get(&app, &token, &format!("{KEYS}/nonsense")).await;
        assert_api_error(&none, 404, "inexistent_signing_key");
    }
}

/// TK-12: the next key signs once everybody has seen it, and the one after it is made behind the request.
#[tokio::test]
async fn another_key_signs_when_everybody_has_seen_it() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let before = keys(&app, &token).await;
        let rotate = async || app.call("POST", &format!("{KEYS}/rotate"), Some(&token)).await;
        app.clock.advance(350);
        let early = rotate().await;
        assert_api_error(&early, 409, "signing_key_too_young");
        assert_eq!(early.header("retry-after"), "10", "{early:?}");
        app.clock.advance(10);
        let rotated = rotate().await;
        assert_eq!(rotated.status, 201, "{} {rotated:?}", app.engine);
        assert_eq!(Some(rotated.text("kid")), kid_in(&before, "next"), "{}", app.engine);
        let after = keys(&app, &token).await;
        assert_eq!(kid_in(&after, "retiring"), kid_in(&before, "current"), "{}", app.engine);
        assert_eq!(kid_in(&after, "next"), None, "no request waits until it is made");
        let again = rotate().await;
        assert_api_error(&again, 409, "no_other_signing_key");
        app.app.provider.keys.one_is_missing().await;
        app.app.provider.keys.make_missing(app.app.now()).await.unwrap();
        assert!(kid_in(&keys(&app, &token).await, "next").is_some(), "{}", app.engine);
        let told = "SELECT client_id FROM audit_events WHERE kind = 'signing_key_rotated'";
        assert_eq!(texts(&app, told).await, ["manager"], "{}", app.engine);
        // Its time is over some day; nobody revoked it.
        app.clock.advance(400 * 86_400);
        app.app.provider.keys.maintain(app.app.now()).await.unwrap();
        let token = app.machine_token("manager", &[("audience", MANAGEMENT)]).await;
        let old = format!("{KEYS}/{}", kid_in(&before, "current").unwrap());
        let old = get(&app, &token.text("access_token"), &old).await.json();
        assert_eq!((&old["state"], &old["revoked"]), (&json!("gone"), &json!(false)), "{old}");
        assert!(old["gone_since"].is_string() && old["revoked_at"].is_null(), "{old}");
    }
}

/// TK-12: what others may know verifies nothing any more, and there is always a key that signs.
#[tokio::test]
async fn a_revoked_key_verifies_nothing_and_the_last_one_stays() {
    for app in apps().await {
        let token = app.manager_token(SCOPES).await;
        let before = keys(&app, &token).await;
        let revoke = async |token: &str, kid: &str| {
            app.call("PUT", &format!("{KEYS}/{kid}/revoke"), Some(token)).await
        };
        let none = revoke(&token, "nonsense").await;
        assert_api_error(&none, 404, "inexistent_signing_key");
        let current = kid_in(&before, "current").unwrap();
        let revoked = revoke(&token, &current).await;
        assert_eq!(revoked.status, 200, "{} {revoked:?}", app.engine);
        assert_eq!(
            (&revoked.json()["revoked"], &revoked.json()["current"]),
            (&json!(true), &json!(false))
        );
        assert_eq!(revoked.json()["revoked_at"], revoked.json()["gone_since"], "{revoked:?}");
        let dead = app.call("GET", KEYS, Some(&token)).await;
        assert_api_error(&dead, 401, "invalid_token");
        let fresh = app.machine_token("manager", &[("audience", MANAGEMENT)]).await;
        let fresh = fresh.text("access_token");
        let only = jwt_header(&fresh)["kid"].as_str().unwrap().to_owned();
        assert_eq!(Some(only.clone()), kid_in(&before, "next"), "{}", app.engine);
        let last = revoke(&fresh, &only).await;
        assert_api_error(&last, 409, "no_other_signing_key");
        assert_eq!(last.header("retry-after"), "5", "{last:?}");
        assert_api_error(&revoke(&fresh, &current).await, 404, "inexistent_signing_key");
        assert_eq!(get(&app, &fresh, KEYS).await.status, 200, "{}", app.engine);
    }
}
