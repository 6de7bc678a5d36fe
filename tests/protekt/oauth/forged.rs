//! Access tokens that we never made.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use aws_lc_rs::{hmac, signature};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use rsa::pkcs1::EncodeRsaPublicKey as _;
use rsa::pkcs8::{EncodePublicKey as _, LineEnding};
use serde_json::{Value, json};

use crate::support::answer::Answer;
use crate::support::app::{START, TestApp, apps, claims, jwt_header};

fn encoded(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

fn with(header: &Value, changes: &Value) -> Value {
    let mut header = header.clone();
    for (name, value) in changes.as_object().unwrap() {
        header[name] = value.clone();
    }
    header
}

fn hs256(header: &Value, payload: &str, key: &[u8]) -> String {
    let text = format!("{}.{payload}", encoded(header));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
}

fn rs256(header: &Value, payload: &str, key: &RsaKeyPair) -> String {
    let text = format!("{}.{payload}", encoded(header));
    let mut tag = vec![0; key.public_modulus_len()];
    let kind: &dyn signature::RsaEncoding = &RSA_PKCS1_SHA256;
    key.sign(kind, &SystemRandom::new(), text.as_bytes(), &mut tag).unwrap();
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
}

/// The public key of `kid` in every form that a careless verifier may take for a secret.
async fn as_secrets(app: &TestApp, kid: &str) -> Vec<Vec<u8>> {
    let jwks = app.get("/.well-known/jwks.json").await;
    let keys = jwks.json();
    let jwk = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid).unwrap();
    let n = jwk["n"].as_str().unwrap();
    let modulus = BASE64_URL_SAFE_NO_PAD.decode(n).unwrap();
    let number = rsa::BigUint::from_bytes_be(&modulus);
    let key = rsa::RsaPublicKey::new(number, rsa::BigUint::from(65_537_u32)).unwrap();
    let spki = key.to_public_key_pem(LineEnding::LF).unwrap();
    vec![
        spki.trim_end().as_bytes().to_vec(),
        spki.into_bytes(),
        key.to_public_key_der().unwrap().as_bytes().to_vec(),
        key.to_pkcs1_pem(LineEnding::LF).unwrap().into_bytes(),
        key.to_pkcs1_der().unwrap().as_bytes().to_vec(),
        modulus,
        n.as_bytes().to_vec(),
        jwk.to_string().into_bytes(),
        jwks.body.into_bytes(),
        Vec::new(),
    ]
}

#[track_caller]
fn assert_refused(answer: &Answer, token: &str) {
    let shown: String = token.chars().take(300).collect();
    assert_eq!(answer.status, 401, "{shown} {answer:?}");
    let challenge = answer.header("www-authenticate");
    assert_eq!(challenge, "Bearer realm=\"protekt\", error=\"invalid_token\"", "{shown}");
}

/// TK-02
#[tokio::test]
async fn a_token_without_a_signature_of_ours_is_refused() {
    for app in apps().await {
        app.with_ada().await;
        let good = app.tokens().await.text("access_token");
        let header = jwt_header(&good);
        let parts: Vec<&str> = good.split('.').collect();
        let (payload, signature) = (parts[1], parts[2]);
        let mut forged = Vec::new();
        for alg in
            ["none", "None", "NONE", "nOnE", "", "RS256 ", "rs256", "RS384", "PS256", "ES256"]
        {
            let header = encoded(&with(&header, &json!({ "alg": alg })));
            forged.push(format!("{header}.{payload}."));
            forged.push(format!("{header}.{payload}"));
            forged.push(format!("{header}.{payload}.{signature}"));
        }
        for key in as_secrets(&app, header["kid"].as_str().unwrap()).await {
            for alg in ["HS256", "RS256"] {
                forged.push(hs256(&with(&header, &json!({ "alg": alg })), payload, &key));
            }
        }
        let cut = &signature[..signature.len() - 4];
        let mut turned = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
        turned[7] ^= 1;
        let zeros = BASE64_URL_SAFE_NO_PAD.encode([0; 256]);
        for other in ["", "AAAA", cut, &zeros, &BASE64_URL_SAFE_NO_PAD.encode(&turned)] {
            forged.push(format!("{}.{payload}.{other}", parts[0]));
        }
        forged.push(format!("{}.{payload}.{signature}A", parts[0]));
        forged.push(format!("{good}.{payload}"));
        forged.push(format!("{good}="));
        forged.push(good.to_uppercase());
        for token in &forged {
            assert_refused(&app.userinfo(token).await, token);
        }
        assert_eq!(app.userinfo(&good).await.status, 200);
    }
}

/// TK-02
#[tokio::test]
async fn a_payload_or_header_that_was_edited_is_refused() {
    for app in apps().await {
        app.with_ada().await;
        let good = app.tokens().await.text("access_token");
        let header = jwt_header(&good);
        let parts: Vec<&str> = good.split('.').collect();
        for (name, value) in [
            ("sub", json!("someone-else")),
            ("exp", json!(START.0 + 999_999_999)),
            ("scope", json!("openid admin")),
            ("aud", json!(["https://id.example.com/api/v2/"])),
            ("client_id", json!("other")),
        ] {
            let mut payload = claims(&good);
            payload[name] = value;
            let token = format!("{}.{}.{}", parts[0], encoded(&payload), parts[2]);
            assert_refused(&app.userinfo(&token).await, &token);
        }
        for changes in [
            json!({ "crit": ["exp"] }),
            json!({ "crit": ["b64"], "b64": false }),
            json!({ "b64": false }),
            json!({ "zip": "DEF" }),
            json!({ "typ": "JWT" }),
            json!({ "typ": "application/at+jwt" }),
            json!({ "cty": "JWT" }),
        ] {
            let header = with(&header, &changes);
            let token = format!("{}.{}.{}", encoded(&header), parts[1], parts[2]);
            assert_refused(&app.userinfo(&token).await, &token);
        }
    }
}

/// TK-02
#[tokio::test]
async fn a_key_that_the_token_brings_or_points_to_is_never_used() {
    let own = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let public = own.public_key();
    let jwk = json!({
        "kty": "RSA", "alg": "RS256", "use": "sig", "kid": "own",
        "n": BASE64_URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
        "e": "AQAB",
    });
    let certificate = BASE64_STANDARD.encode(public.as_ref());
    for app in apps().await {
        app.with_ada().await;
        let good = app.tokens().await.text("access_token");
        let header = jwt_header(&good);
        let payload = good.split('.').nth(1).unwrap();
        let long = "k".repeat(10_000);
        for changes in [
            json!({}),
            json!({ "kid": "own" }),
            json!({ "jwk": jwk }),
            json!({ "jwk": jwk, "kid": "own" }),
            json!({ "jku": "http://127.0.0.1:1/jwks.json", "kid": "own" }),
            json!({ "x5u": "http://127.0.0.1:1/cert.pem", "x5c": [certificate] }),
            json!({ "kid": "../../../../dev/null" }),
            json!({ "kid": "/etc/passwd" }),
            json!({ "kid": "x' UNION SELECT 'key' --" }),
            json!({ "kid": "a\0b" }),
            json!({ "kid": "" }),
            json!({ "kid": null }),
            json!({ "kid": 7 }),
            json!({ "kid": [header["kid"]] }),
            json!({ "kid": long }),
        ] {
            let token = rs256(&with(&header, &changes), payload, &own);
            assert_refused(&app.userinfo(&token).await, &token);
        }
        let mut without = header.clone();
        without.as_object_mut().unwrap().remove("kid");
        let token = rs256(&without, payload, &own);
        assert_refused(&app.userinfo(&token).await, &token);
    }
}

/// TK-02 UI-01
#[tokio::test]
async fn what_has_the_shape_of_a_token_and_nothing_in_it_is_refused() {
    for app in apps().await {
        for token in [
            "a.b.c",
            "..",
            "...",
            "a..c",
            "eyJhbGciOiJSUzI1NiJ9.e30.",
            &"x".repeat(20_000),
            &format!("{0}.{0}.{0}", "A".repeat(5_000)),
            &format!("{}.e30.AA", BASE64_URL_SAFE.encode("[".repeat(2_000))),
            "\u{ff}",
        ] {
            assert_refused(&app.userinfo(token).await, token);
        }
    }
}

/// TK-02 TK-03 TK-05
#[tokio::test]
async fn a_good_signature_is_not_enough() {
    for app in apps().await {
        app.with_ada().await;
        let tokens = app.tokens().await;
        let id_token = tokens.text("id_token");
        assert_refused(&app.userinfo(&id_token).await, &id_token);
        let good = claims(&tokens.text("access_token"));
        let keys = app.app.provider.keys.remembered();
        let key = keys.current().unwrap();
        let control = key.sign("at+jwt", &good).unwrap();
        assert_eq!(app.userinfo(&control).await.status, 200);
        for (name, value) in [
            ("iss", json!("https://id.example.com")),
            ("iss", json!("https://evil.example/")),
            ("aud", json!("https://api.example/")),
            ("aud", json!(["notes"])),
            ("aud", json!([])),
            ("exp", json!(START.0)),
            ("exp", json!(-1)),
            ("exp", json!("soon")),
            ("sub", json!("someone-else")),
            ("client_id", json!("other")),
            ("grant_id", json!("' OR 1=1 --")),
            ("grant_id", json!("a\0b")),
            ("scope", json!(["openid"])),
        ] {
            let mut payload = good.clone();
            payload[name] = value;
            let token = key.sign("at+jwt", &payload).unwrap();
            assert_refused(&app.userinfo(&token).await, &token);
        }
        for typ in ["JWT", "at+JWT", "application/at+jwt", "logout+jwt", ""] {
            let token = key.sign(typ, &good).unwrap();
            assert_refused(&app.userinfo(&token).await, &token);
        }
    }
}
