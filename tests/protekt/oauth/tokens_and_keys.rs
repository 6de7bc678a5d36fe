//! What tokens say, and the life of the keys that sign them.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use protekt::keys::KeyError;
use protekt::oauth::clients::NewClient;
use serde_json::{Value, json};

use crate::support::app::{START, TestApp, apps, claims, jwt_header, web_client};
use crate::support::protocol::ADA;

async fn jwks(app: &TestApp) -> Vec<Value> {
    let answer = app.get("/.well-known/jwks.json").await;
    answer.json()["keys"].as_array().unwrap().clone()
}

async fn kids(app: &TestApp) -> Vec<String> {
    jwks(app).await.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(token: &str) -> String {
    jwt_header(token)["kid"].as_str().unwrap().to_owned()
}

/// TK-01
#[tokio::test]
async fn an_id_token_says_who_for_whom_since_when_and_by_which_key() {
    for app in apps().await {
        let ada = app.with_ada().await;
        let token = app.tokens().await.text("id_token");
        let header = jwt_header(&token);
        assert_eq!((&header["alg"], &header["typ"]), (&json!("RS256"), &json!("JWT")));
        assert!(kids(&app).await.contains(&kid(&token)));
        let claims = claims(&token);
        for (name, expected) in [
            ("iss", json!("https://id.example.com/")),
            ("sub", json!(ada.id)),
            ("aud", json!("notes")),
            ("azp", json!("notes")),
            ("nonce", json!("n-1")),
            ("iat", json!(START.0)),
            ("exp", json!(START.0 + 3_600)),
            ("auth_time", json!(START.0)),
            ("email", json!(ADA)),
            ("email_verified", json!(true)),
        ] {
            assert_eq!(claims[name], expected, "{name}");
        }
        assert!(claims["amr"].is_array() && claims["sid"].is_string() && claims["acr"].is_string());
    }
}

/// TK-04
#[tokio::test]
async fn an_access_token_is_a_jwt_by_rfc_9068_and_no_two_are_alike() {
    for app in apps().await {
        let ada = app.with_ada().await;
        let (one, two) = (app.tokens().await, app.tokens().await);
        let token = one.text("access_token");
        let header = jwt_header(&token);
        assert_eq!((&header["alg"], &header["typ"]), (&json!("RS256"), &json!("at+jwt")));
        let claims_one = claims(&token);
        for (name, expected) in [
            ("iss", json!("https://id.example.com/")),
            ("sub", json!(ada.id)),
            ("aud", json!("https://id.example.com/userinfo")),
            ("client_id", json!("notes")),
            ("azp", json!("notes")),
            ("scope", json!("email offline_access openid profile")),
            ("iat", json!(START.0)),
            ("exp", json!(START.0 + 3_600)),
            ("auth_time", json!(START.0)),
        ] {
            assert_eq!(claims_one[name], expected, "{name}");
        }
        let jti = claims_one["jti"].as_str().unwrap();
        assert!(jti.len() >= 22, "{jti}");
        assert_ne!(claims_one["jti"], claims(&two.text("access_token"))["jti"]);
        assert!(claims_one.get("email").is_none(), "{claims_one}");
    }
}

/// TK-06
#[tokio::test]
async fn the_jwks_shows_public_halves_of_strong_keys_and_nothing_else() {
    for app in apps().await {
        let answer = app.get("/.well-known/jwks.json").await;
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        let keys = jwks(&app).await;
        assert_eq!(keys.len(), 2, "the next key is shown before it signs");
        assert_ne!(keys[0]["kid"], keys[1]["kid"]);
        for key in keys {
            let mut names: Vec<&String> = key.as_object().unwrap().keys().collect();
            names.sort();
            assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"]);
            assert_eq!((&key["kty"], &key["alg"]), (&json!("RSA"), &json!("RS256")));
            assert_eq!((&key["use"], &key["e"]), (&json!("sig"), &json!("AQAB")));
            let modulus = BASE64_URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap();
            assert!(modulus.len() >= 256 && modulus[0] >= 0x80, "2048 bits or more");
        }
    }
}

/// TK-12
#[tokio::test]
async fn a_key_is_shown_before_it_signs_and_for_as_long_as_its_tokens_live() {
    for app in apps().await {
        app.with_ada().await;
        let keys = &app.app.provider.keys;
        let old = app.tokens().await;
        let old_kid = kid(&old.text("access_token"));
        let next_kid = kids(&app).await.into_iter().find(|kid| *kid != old_kid).unwrap();
        app.clock.advance(359);
        let too_early = keys.rotate(None, app.app.now()).await;
        assert!(matches!(too_early, Err(KeyError::TooEarly { seconds: 1 })), "{too_early:?}");
        assert_eq!(kid(&app.tokens().await.text("access_token")), old_kid);
        app.clock.advance(1);
        let last = app.tokens().await.text("access_token");
        assert_eq!(keys.rotate(None, app.app.now()).await.unwrap(), next_kid);
        let new = app.tokens().await.text("access_token");
        assert_eq!(kid(&new), next_kid);
        for seconds in [0, 1_800, 1_799] {
            app.clock.advance(seconds);
            keys.maintain(app.app.now()).await.unwrap();
            assert!(kids(&app).await.contains(&old_kid));
            assert_eq!(app.userinfo(&last).await.status, 200, "{seconds}");
        }
        app.clock.advance(1);
        assert_eq!(app.userinfo(&last).await.status, 401, "it has expired");
        assert_eq!(app.userinfo(&new).await.status, 401, "so has the other");
        app.clock.advance(86_400);
        keys.maintain(app.app.now()).await.unwrap();
        assert!(!kids(&app).await.contains(&old_kid));
        let refreshed = app.refresh(&old.text("refresh_token")).await;
        assert_eq!(kid(&refreshed.text("access_token")), next_kid);
    }
}

/// TK-12
#[tokio::test]
async fn what_a_gone_key_signed_is_refused_however_long_it_claims_to_live() {
    for app in apps().await {
        app.with_ada().await;
        let keys = &app.app.provider.keys;
        let mut claims = claims(&app.tokens().await.text("access_token"));
        claims["exp"] = json!(START.0 + 100 * 86_400);
        let token = keys.remembered().current().unwrap().sign("at+jwt", &claims).unwrap();
        app.clock.advance(400);
        keys.rotate(None, app.app.now()).await.unwrap();
        assert_eq!(app.userinfo(&token).await.status, 200);
        app.clock.advance(2 * 86_400);
        keys.maintain(app.app.now()).await.unwrap();
        assert_eq!(app.userinfo(&token).await.status, 401);
    }
}

/// TK-12
#[tokio::test]
async fn the_key_outlives_the_tokens_of_a_client_with_a_long_lifetime_of_its_own() {
    for app in apps().await {
        app.person(ADA).await;
        let new = NewClient {
            access_token_lifetime: Some(86_400),
            ..web_client("notes", "https://notes.example")
        };
        app.client(new).await;
        let keys = &app.app.provider.keys;
        app.clock.advance(400);
        let token = app.tokens().await.text("access_token");
        assert_eq!(claims(&token)["exp"], START.0 + 400 + 86_400);
        keys.rotate(None, app.app.now()).await.unwrap();
        app.clock.advance(86_399);
        keys.maintain(app.app.now()).await.unwrap();
        assert_eq!(app.userinfo(&token).await.status, 200);
    }
}

/// TK-12
#[tokio::test]
async fn a_withdrawn_key_verifies_nothing_from_that_moment_and_the_next_one_signs() {
    for app in apps().await {
        app.with_ada().await;
        let keys = &app.app.provider.keys;
        let old = app.tokens().await;
        let old_kid = kid(&old.text("access_token"));
        keys.withdraw(&old_kid, None, app.app.now()).await.unwrap();
        let only = kids(&app).await.remove(0);
        let last = keys.withdraw(&only, None, app.app.now()).await;
        assert!(matches!(last, Err(KeyError::NextMissing)), "{last:?}");
        keys.make_missing(app.app.now()).await.unwrap();
        assert_eq!(app.userinfo(&old.text("access_token")).await.status, 401);
        assert!(!kids(&app).await.contains(&old_kid));
        let refreshed = app.refresh(&old.text("refresh_token")).await.text("access_token");
        assert_ne!(kid(&refreshed), old_kid);
        assert_eq!(app.userinfo(&refreshed).await.status, 200);
        assert_eq!(kids(&app).await.len(), 2, "there is a next key again");
        let again = keys.withdraw(&old_kid, None, app.app.now()).await;
        assert!(matches!(again, Err(KeyError::Unknown { .. })), "{again:?}");
    }
}
