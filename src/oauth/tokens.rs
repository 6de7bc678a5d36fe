//! Minting: every grant type ends here.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::entitlements::TokenEntitlements;
use super::userinfo::claims_of;
use super::verify::{ACCESS_TOKEN_TYPE, ID_TOKEN_TYPE};
use super::{OAuthError, Provider};
use crate::clock::Timestamp;
use crate::domain::client::Client;
use crate::domain::grant::Grant;
use crate::domain::scope::OPENID;
use crate::domain::user::User;
use crate::domain::{PlainToken, Scopes};
use crate::keys::KeySet;
use crate::random;

/// What a token request earns (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
#[derive(Debug)]
pub struct TokenResponse {
    /// A JWT by RFC 9068.
    pub access_token: PlainToken,
    /// Seconds.
    pub expires_in: i64,
    /// What it may do.
    pub scope: Scopes,
    /// Where `openid` was granted.
    pub id_token: Option<PlainToken>,
    /// Where `offline_access` was granted.
    pub refresh_token: Option<PlainToken>,
}

/// What tokens are made of.
#[derive(Debug)]
pub struct Minting<'grant> {
    /// For whom.
    pub client: &'grant Client,
    /// What they hang on.
    pub grant: &'grant Grant,
    /// About whom.
    pub user: &'grant User,
    /// The scopes of this access token, within those of the grant.
    pub scopes: Scopes,
    /// The nonce for the ID token; only the first one carries it.
    pub nonce: Option<&'grant str>,
    /// Of the access token, in seconds.
    pub lifetime: i64,
    /// What the tokens tell of what the person is and may do.
    pub entitlements: &'grant TokenEntitlements,
}

/// What a token of a machine is made of.
#[derive(Debug)]
pub struct MachineMinting<'client> {
    /// For whom, and about whom.
    pub client: &'client Client,
    /// The API.
    pub audience: &'client str,
    /// What it may do.
    pub scopes: Scopes,
    /// In seconds.
    pub lifetime: i64,
}

/// Mints an access token and, for OpenID, an ID token.
///
/// # Errors
///
/// If there is no key to sign with.
pub fn mint(
    provider: &Provider,
    keys: &KeySet,
    minting: Minting<'_>,
    refresh_token: Option<PlainToken>,
    now: Timestamp,
) -> Result<TokenResponse, OAuthError> {
    let key = keys.current()?;
    let lifetime = minting.lifetime;
    let access_claims = access_token_claims(provider, &minting, now.plus(lifetime), now);
    let access_token = key.sign(ACCESS_TOKEN_TYPE, &access_claims)?;
    let id_token = if minting.scopes.contains(OPENID) {
        let claims = id_token_claims(provider, &minting, &access_token, now);
        Some(PlainToken::new(&key.sign(ID_TOKEN_TYPE, &claims)?))
    } else {
        None
    };
    Ok(TokenResponse {
        access_token: PlainToken::new(&access_token),
        expires_in: lifetime,
        scope: minting.scopes,
        id_token,
        refresh_token,
    })
}

/// Mints an access token that a client uses for itself (RFC 6749 §4.4.3, RFC 9068 §2.2).
///
/// # Errors
///
/// If there is no key to sign with.
pub fn mint_for_machine(
    provider: &Provider,
    keys: &KeySet,
    minting: MachineMinting<'_>,
    now: Timestamp,
) -> Result<TokenResponse, OAuthError> {
    let id = &minting.client.id;
    let mut claims = json!({
        "iss": provider.settings.issuer,
        "sub": id,
        "aud": minting.audience,
        "exp": now.plus(minting.lifetime).0,
        "iat": now.0,
        "jti": random::identifier(),
        "client_id": id,
        "azp": id,
        "gty": "client-credentials",
    });
    if let (Some(claims), false) = (claims.as_object_mut(), minting.scopes.is_empty()) {
        claims.insert("scope".to_owned(), json!(minting.scopes.to_string()));
    }
    Ok(TokenResponse {
        access_token: PlainToken::new(&keys.current()?.sign(ACCESS_TOKEN_TYPE, &claims)?),
        expires_in: minting.lifetime,
        scope: minting.scopes,
        id_token: None,
        refresh_token: None,
    })
}

/// RFC 9068 §2.2. `grant_id` lets a revoked grant be felt at `/userinfo` at once.
fn access_token_claims(
    provider: &Provider,
    minting: &Minting<'_>,
    expires_at: Timestamp,
    now: Timestamp,
) -> Map<String, Value> {
    let grant = minting.grant;
    let facts = json!({
        "iss": provider.settings.issuer,
        "sub": grant.user_id,
        "aud": audience_claim(&grant.audience.0),
        "exp": expires_at.0,
        "iat": now.0,
        // Random: two tokens made within one second must differ.
        "jti": random::identifier(),
        "client_id": grant.client_id,
        "azp": grant.client_id,
        "scope": minting.scopes.to_string(),
        "auth_time": grant.auth_time.0,
        "acr": grant.acr,
        "amr": grant.amr,
        "sid": grant.sid,
        "grant_id": grant.id,
    });
    let mut claims = minting.entitlements.access_token_claims(&provider.settings);
    if let Value::Object(facts) = facts {
        claims.extend(facts);
    }
    claims
}

/// One audience is a string, several are a list (RFC 7519 §4.1.3).
fn audience_claim(audience: &[String]) -> Value {
    match audience {
        [only] => json!(only),
        several => json!(several),
    }
}

/// OpenID Connect Core §2 and §3.1.3.6.
fn id_token_claims(
    provider: &Provider,
    minting: &Minting<'_>,
    access_token: &str,
    now: Timestamp,
) -> Map<String, Value> {
    let grant = minting.grant;
    let mut claims = minting.entitlements.id_token_claims(&provider.settings);
    claims.extend(claims_of(minting.user, &minting.scopes));
    let mut set = |name: &str, value: Value| {
        claims.insert(name.to_owned(), value);
    };
    set("iss", json!(provider.settings.issuer));
    set("sub", json!(grant.user_id));
    set("aud", json!(grant.client_id));
    set("azp", json!(grant.client_id));
    set("exp", json!(now.plus(provider.settings.id_token_lifetime).0));
    set("iat", json!(now.0));
    set("auth_time", json!(grant.auth_time.0));
    set("acr", json!(grant.acr));
    set("amr", json!(grant.amr));
    set("sid", json!(grant.sid));
    set("at_hash", json!(half_hash(access_token)));
    if let Some(nonce) = minting.nonce {
        set("nonce", json!(nonce));
    }
    claims
}

/// The left half of the SHA-256 in base64url (OpenID Connect Core §3.1.3.6).
fn half_hash(token: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
    let half = digest.as_ref().get(..16).unwrap_or_default();
    BASE64_URL_SAFE_NO_PAD.encode(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_hash_is_that_of_the_specification() {
        // OpenID Connect Core, Appendix A.3 and A.4.
        assert_eq!(
            half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
    }
}
