//! A provider of a few lines that signs real tokens, rightly or wrongly.

use std::sync::{Arc, LazyLock, Mutex};

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use openidconnect::core::{CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey};
use openidconnect::{AccessToken, AccessTokenHash, JsonWebKeyId, PrivateSigningKey};
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::rand_core::OsRng;
use serde_json::{Value, json};
use url::Url;

pub(super) const CLIENT_ID: &str = "notes";
pub(super) const CLIENT_SECRET: &str = "a secret: with signs";

const RS256: CoreJwsSigningAlgorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;

static KEYS: LazyLock<[CoreRsaPrivateSigningKey; 3]> =
    LazyLock::new(|| ["first", "second", "unpublished"].map(new_key));

/// What goes wrong next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    None,
    Down,
    InvalidGrant,
    OtherPerson,
    ForgedIdToken,
    UnsignedIdToken,
    IdTokenNonce,
    IdTokenIssuer,
    IdTokenAudience,
    IdTokenExpired,
    AccessTokenHash,
    StaleSignIn,
    NoAuthTime,
    UnknownKey,
    ForgedAccessToken,
    AccessTokenType,
    AccessTokenIssuer,
    AccessTokenAudience,
    AccessTokenClient,
    AccessTokenExpired,
}

struct Mood {
    fault: Fault,
    key: usize,
    serial: u32,
}

#[derive(Clone)]
struct Context {
    issuer: String,
    mood: Arc<Mutex<Mood>>,
}

/// The running provider; it ends with the test's runtime.
pub(super) struct FakeProvider {
    pub(super) issuer: String,
    mood: Arc<Mutex<Mood>>,
}

impl FakeProvider {
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/", listener.local_addr().unwrap());
        let mood = Arc::new(Mutex::new(Mood { fault: Fault::None, key: 0, serial: 0 }));
        let context = Context { issuer: issuer.clone(), mood: Arc::clone(&mood) };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(context);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { issuer, mood }
    }

    pub(super) fn misbehave(&self, fault: Fault) {
        self.mood.lock().unwrap().fault = fault;
    }

    pub(super) fn rotate_key(&self) {
        self.mood.lock().unwrap().key += 1;
    }

    /// The code of an authorization request: the nonce and the PKCE challenge, for the token endpoint.
    pub(super) fn code_for(&self, request: &Url) -> String {
        assert!(request.as_str().starts_with(&format!("{}authorize?", self.issuer)));
        let value = |name| super::browser::parameter(request, name);
        format!("{} {}", value("nonce"), value("code_challenge"))
    }
}

async fn discovery(State(context): State<Context>) -> Result<Json<Value>, StatusCode> {
    if context.mood.lock().unwrap().fault == Fault::Down {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    let issuer = context.issuer;
    Ok(Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}authorize"),
        "token_endpoint": format!("{issuer}token"),
        "userinfo_endpoint": format!("{issuer}userinfo"),
        "jwks_uri": format!("{issuer}jwks"),
        "end_session_endpoint": format!("{issuer}logout"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        "authorization_response_iss_parameter_supported": true,
    })))
}

async fn jwks(State(context): State<Context>) -> Json<Value> {
    let key = context.mood.lock().unwrap().key;
    Json(json!({ "keys": [KEYS[key].as_verification_key()] }))
}

async fn userinfo(headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok());
    if !bearer.is_some_and(|value| value.starts_with("Bearer ey")) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    Ok(Json(json!({ "sub": "ada", "email": "ada@example.com", "habit": "left-handed" })))
}

type TokenAnswer = (StatusCode, Json<Value>);

async fn token(
    State(context): State<Context>,
    headers: HeaderMap,
    Form(form): Form<Vec<(String, String)>>,
) -> TokenAnswer {
    let basic = BASE64_STANDARD.encode("notes:a+secret%3A+with+signs");
    assert_eq!(headers["authorization"], format!("Basic {basic}"));
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, v)| v.as_str());
    let mut mood = context.mood.lock().unwrap();
    if mood.fault == Fault::InvalidGrant {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" })));
    }
    let nonce = field("code").map(|code| {
        let (nonce, challenge) = code.split_once(' ').unwrap();
        let verifier =
            openidconnect::PkceCodeVerifier::new(field("code_verifier").unwrap().to_owned());
        let expected = openidconnect::PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        assert_eq!(expected.as_str(), challenge, "PKCE");
        nonce
    });
    mood.serial += 1;
    let access_token = access_token(&context.issuer, &mood);
    (
        StatusCode::OK,
        Json(json!({
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": "openid profile email offline_access",
            "refresh_token": format!("refresh-{}", mood.serial),
            "id_token": id_token(&context.issuer, &mood, &access_token, nonce),
            "access_token": access_token,
        })),
    )
}

fn access_token(issuer: &str, mood: &Mood) -> String {
    let is = |fault| mood.fault == fault;
    let audience = if is(Fault::AccessTokenAudience) { "http://elsewhere/" } else { issuer };
    let claims = json!({
        "iss": if is(Fault::AccessTokenIssuer) { "http://elsewhere/" } else { issuer },
        "aud": ["https://api.example/", format!("{audience}userinfo")],
        "sub": "ada",
        "client_id": if is(Fault::AccessTokenClient) { "another" } else { CLIENT_ID },
        "exp": expiry(is(Fault::AccessTokenExpired)),
        "jti": mood.serial.to_string(),
    });
    let typ = if is(Fault::AccessTokenType) { "JWT" } else { "at+jwt" };
    let key = if is(Fault::UnknownKey) { 2 } else { mood.key };
    let header = json!({ "alg": "RS256", "typ": typ, "kid": kid(key) });
    sign(&header, &claims, if is(Fault::ForgedAccessToken) { 2 } else { key })
}

fn id_token(issuer: &str, mood: &Mood, access_token: &str, nonce: Option<&str>) -> String {
    let is = |fault| mood.fault == fault;
    let hashed = if is(Fault::AccessTokenHash) { "another" } else { access_token };
    let mut claims = json!({
        "iss": if is(Fault::IdTokenIssuer) { "http://elsewhere/" } else { issuer },
        "aud": if is(Fault::IdTokenAudience) { "another" } else { CLIENT_ID },
        "sub": if is(Fault::OtherPerson) { "eve" } else { "ada" },
        "name": "Ada",
        "iat": now(),
        "exp": expiry(is(Fault::IdTokenExpired)),
        "auth_time": if is(Fault::StaleSignIn) { now() - 3600 } else { now() },
        "at_hash": at_hash(hashed),
    });
    if is(Fault::NoAuthTime) {
        claims.as_object_mut().unwrap().remove("auth_time");
    }
    if let Some(nonce) = nonce {
        claims["nonce"] = if is(Fault::IdTokenNonce) { "another".into() } else { nonce.into() };
    }
    let algorithm = if is(Fault::UnsignedIdToken) { "none" } else { "RS256" };
    let header = json!({ "alg": algorithm, "typ": "JWT", "kid": kid(mood.key) });
    sign(&header, &claims, if is(Fault::ForgedIdToken) { 2 } else { mood.key })
}

fn at_hash(access_token: &str) -> AccessTokenHash {
    let token = AccessToken::new(access_token.to_owned());
    AccessTokenHash::from_token(&token, &RS256, &KEYS[0].as_verification_key()).unwrap()
}

fn sign(header: &Value, claims: &Value, key: usize) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", part(header), part(claims));
    let signature = KEYS[key].sign(&RS256, input.as_bytes()).unwrap();
    format!("{input}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn kid(key: usize) -> &'static str {
    ["first", "second", "unpublished"][key]
}

fn new_key(kid: &str) -> CoreRsaPrivateSigningKey {
    let key = rsa::RsaPrivateKey::new(&mut OsRng, 2048).unwrap();
    let pem = key.to_pkcs1_pem(rsa::pkcs1::LineEnding::LF).unwrap();
    CoreRsaPrivateSigningKey::from_pem(&pem, Some(JsonWebKeyId::new(kid.to_owned()))).unwrap()
}

fn expiry(is_over: bool) -> i64 {
    if is_over { now() - 10 } else { now() + 3600 }
}

fn now() -> i64 {
    time::OffsetDateTime::now_utc().unix_timestamp()
}
