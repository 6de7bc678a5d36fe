//! Verifying tokens with nothing but the provider's published keys, as any third party has to.
//!
//! - The ID token by the `openidconnect` crate (OpenID Connect Core §3.1.3.7): RS256 by a key of the JWKS, `iss`,
//!   `aud`, `exp`, `nonce`, `auth_time` where `max_age` was asked, `at_hash`.
//! - The access token as a resource server would (RFC 9068 §4): `typ`, RS256 by a key of the JWKS, `iss`, `aud`,
//!   `exp`, `client_id`.

use openidconnect::core::{
    CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKey, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IssuerUrl, JsonWebKey,
    JsonWebKeyAlgorithm, JsonWebKeyUse, Nonce, NonceVerifier, SignatureVerificationError,
};
use serde_json::Value;
use thiserror::Error;

use super::jwt::UnverifiedJwt;
use super::tokens::{Identity, VerifiedJwt};

const RS256: CoreJwsSigningAlgorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;

/// Allowed difference between the clocks, in seconds.
const CLOCK_SKEW: i64 = 60;

/// Why a token is not believed.
#[derive(Debug, Error)]
pub(super) enum TokenFault {
    /// Not a signed JWT, or without what every token carries.
    #[error("it is not a JWT of the expected form")]
    Malformed,
    /// The access token's `typ` is not `at+jwt` (RFC 9068 §2.1).
    #[error("its typ is not at+jwt")]
    WrongType,
    /// Signed by an algorithm that was not agreed.
    #[error("it is not signed by RS256")]
    WrongAlgorithm,
    /// Its `kid` is not in the JWKS.
    #[error("it is signed by a key that the provider does not publish")]
    UnknownKey,
    /// The signature does not fit.
    #[error("its signature does not verify")]
    BadSignature,
    /// Another provider issued it.
    #[error("it comes from another issuer")]
    WrongIssuer,
    /// Meant for another resource server.
    #[error("it is meant for another audience")]
    WrongAudience,
    /// Issued to another app.
    #[error("it was issued to another client")]
    WrongClient,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// `nonce` is missing or that of another request.
    #[error("its nonce is not the one of this sign-in")]
    WrongNonce,
    /// The ID token belongs to another access token.
    #[error("its at_hash is that of another access token")]
    WrongAccessTokenHash,
    /// A refreshed ID token names another person (OpenID Connect Core §12.2).
    #[error("it names another person than before")]
    WrongSubject,
    /// `max_age` was asked and `auth_time` does not keep it.
    #[error("its auth_time is older than was asked for, or missing")]
    StaleSignIn,
    /// Any other check of the ID token.
    #[error("{0}")]
    Other(ClaimsVerificationError),
}

impl From<ClaimsVerificationError> for TokenFault {
    fn from(error: ClaimsVerificationError) -> Self {
        use ClaimsVerificationError as E;
        match error {
            E::Expired(_) => Self::Expired,
            E::InvalidIssuer(_) => Self::WrongIssuer,
            E::InvalidAudience(_) => Self::WrongAudience,
            E::InvalidNonce(_) => Self::WrongNonce,
            E::InvalidAuthTime(_) => Self::StaleSignIn,
            E::InvalidSubject(_) => Self::WrongSubject,
            E::SignatureVerification(inner) => inner.into(),
            other => Self::Other(other),
        }
    }
}

impl From<SignatureVerificationError> for TokenFault {
    fn from(error: SignatureVerificationError) -> Self {
        use SignatureVerificationError as E;
        match error {
            E::NoMatchingKey => Self::UnknownKey,
            E::CryptoError(_) => Self::BadSignature,
            E::DisallowedAlg(_) | E::NoSignature | E::UnsupportedAlg(_) => Self::WrongAlgorithm,
            other => Self::Other(ClaimsVerificationError::SignatureVerification(other)),
        }
    }
}

/// What an ID token is held against.
pub(super) struct IdTokenRules<'a> {
    pub(super) issuer: &'a IssuerUrl,
    pub(super) client_id: &'a ClientId,
    pub(super) nonce: NonceRule<'a>,
    /// The oldest `auth_time` that is good enough, in unix seconds, where `max_age` was asked.
    pub(super) authenticated_after: Option<i64>,
}

/// Whether `nonce` has to be there.
#[derive(Clone, Copy)]
pub(super) enum NonceRule<'a> {
    /// After a sign-in: present and equal.
    Exactly(&'a Nonce),
    /// After a refresh, where a provider leaves it out or repeats it; the person is compared instead.
    Free,
}

/// Verifies an ID token and its tie to `access_token` (OpenID Connect Core §3.1.3.7, §3.1.3.8).
pub(super) fn id_token(
    token: &CoreIdToken,
    access_token: &AccessToken,
    rules: &IdTokenRules<'_>,
    keys: &CoreJsonWebKeySet,
) -> Result<Identity, TokenFault> {
    let verifier = id_token_verifier(rules, keys);
    let claims = token.claims(&verifier, |nonce: Option<&Nonce>| match rules.nonce {
        NonceRule::Exactly(expected) => expected.verify(nonce),
        NonceRule::Free => Ok(()),
    })?;
    let key = token.signing_key(&verifier)?;
    if let Some(expected) = claims.access_token_hash() {
        let actual = AccessTokenHash::from_token(access_token, &RS256, key)
            .map_err(|_| TokenFault::WrongAlgorithm)?;
        if actual != *expected {
            return Err(TokenFault::WrongAccessTokenHash);
        }
    }
    let text = token.to_string();
    let jwt = UnverifiedJwt::parse(&text).ok_or(TokenFault::Malformed)?;
    Ok(Identity {
        token: token.clone(),
        view: view(jwt, key),
        subject: claims.subject().clone(),
        is_nonce_checked: matches!(rules.nonce, NonceRule::Exactly(_)),
        is_access_token_hash_checked: claims.access_token_hash().is_some(),
    })
}

fn id_token_verifier<'a>(
    rules: &IdTokenRules<'_>,
    keys: &CoreJsonWebKeySet,
) -> CoreIdTokenVerifier<'a> {
    let verifier = CoreIdTokenVerifier::new_public_client(
        rules.client_id.clone(),
        rules.issuer.clone(),
        keys.clone(),
    )
    .set_allowed_algs([RS256]);
    let Some(earliest) = rules.authenticated_after else { return verifier };
    verifier.set_auth_time_verifier_fn(move |auth_time| match auth_time {
        Some(time) if time.timestamp() >= earliest.saturating_sub(CLOCK_SKEW) => Ok(()),
        _ => Err(String::new()),
    })
}

/// What an access token is held against.
pub(super) struct AccessTokenRules<'a> {
    pub(super) issuer: &'a IssuerUrl,
    pub(super) client_id: &'a ClientId,
    pub(super) audience: &'a str,
    /// Unix seconds.
    pub(super) now: i64,
}

/// Verifies an access token as a resource server does (RFC 9068 §4).
pub(super) fn access_token(
    token: &AccessToken,
    rules: &AccessTokenRules<'_>,
    keys: &CoreJsonWebKeySet,
) -> Result<VerifiedJwt, TokenFault> {
    let jwt = UnverifiedJwt::parse(token.secret()).ok_or(TokenFault::Malformed)?;
    check_header(&jwt)?;
    let key = find_key(keys, &jwt)?;
    key.verify_signature(&RS256, jwt.signing_input.as_bytes(), &jwt.signature)?;
    check_claims(&jwt, rules)?;
    Ok(view(jwt, key))
}

fn check_header(jwt: &UnverifiedJwt<'_>) -> Result<(), TokenFault> {
    let typ = jwt.header_text("typ").unwrap_or_default().to_ascii_lowercase();
    if !matches!(typ.as_str(), "at+jwt" | "application/at+jwt") {
        return Err(TokenFault::WrongType);
    }
    if jwt.header_text("alg") != Some("RS256") {
        return Err(TokenFault::WrongAlgorithm);
    }
    // Nothing of `crit` is understood here, so it has to be absent (RFC 7515 §4.1.11).
    if jwt.header.contains_key("crit") { Err(TokenFault::Malformed) } else { Ok(()) }
}

/// The one key with the token's `kid` that may verify RS256 signatures.
fn find_key<'a>(
    keys: &'a CoreJsonWebKeySet,
    jwt: &UnverifiedJwt<'_>,
) -> Result<&'a CoreJsonWebKey, TokenFault> {
    let kid = jwt.header_text("kid").ok_or(TokenFault::Malformed)?;
    keys.keys()
        .iter()
        .filter(|key| key.key_id().is_some_and(|id| id.as_str() == kid))
        .find(|key| {
            let is_for_rs256 = match key.signing_alg() {
                JsonWebKeyAlgorithm::Algorithm(algorithm) => *algorithm == RS256,
                JsonWebKeyAlgorithm::Unspecified => true,
                JsonWebKeyAlgorithm::Unsupported => false,
            };
            is_for_rs256 && key.key_use().is_none_or(JsonWebKeyUse::allows_signature)
        })
        .ok_or(TokenFault::UnknownKey)
}

fn check_claims(jwt: &UnverifiedJwt<'_>, rules: &AccessTokenRules<'_>) -> Result<(), TokenFault> {
    if jwt.claim_text("iss") != Some(rules.issuer.as_str()) {
        return Err(TokenFault::WrongIssuer);
    }
    if !jwt.is_meant_for(rules.audience) {
        return Err(TokenFault::WrongAudience);
    }
    if jwt.claim_text("client_id") != Some(rules.client_id.as_str()) {
        return Err(TokenFault::WrongClient);
    }
    let expires_at = jwt.claims.get("exp").and_then(Value::as_i64).ok_or(TokenFault::Malformed)?;
    if rules.now >= expires_at { Err(TokenFault::Expired) } else { Ok(()) }
}

fn view(jwt: UnverifiedJwt<'_>, key: &CoreJsonWebKey) -> VerifiedJwt {
    let kid = key.key_id().map_or_else(String::new, |id| id.to_string());
    VerifiedJwt { header: jwt.header, claims: jwt.claims, kid }
}
