//! Verifying what we signed ourselves: access tokens at `/userinfo`, ID tokens as hints.

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::{OAuthError, Provider};
use crate::clock::Timestamp;
use crate::domain::{ClientId, GrantId, Scopes, SessionId, UserId};
use crate::keys::KeySet;

/// The `typ` of access tokens (RFC 9068 §2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";
/// The `typ` of ID tokens; explicit, so that neither is taken for the other.
pub const ID_TOKEN_TYPE: &str = "JWT";
/// Longer than any token of ours: those of people hold 8 KiB of scopes, 4 of permissions and 4 of
/// roles at most, which base64 makes a third longer.
const LONGEST_TOKEN: usize = 32 * 1024;

/// The claims of an access token that we look at ourselves.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct AccessTokenClaims {
    /// Whose resources: a person's, or the client's own.
    pub sub: String,
    /// For whom.
    pub client_id: ClientId,
    /// The grant it hangs on; absent where no person gave one.
    pub grant_id: Option<GrantId>,
    /// Its own id.
    pub jti: String,
    /// What it may do.
    #[serde(default)]
    pub scope: String,
    /// Every claim, as it stands there.
    #[serde(skip)]
    pub all: Map<String, Value>,
    iss: String,
    aud: OneOrMany,
    exp: i64,
    iat: i64,
}

impl AccessTokenClaims {
    /// What it may be used for.
    pub fn audience(&self) -> impl Iterator<Item = &str> {
        match &self.aud {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many.as_slice(),
        }
        .iter()
        .map(String::as_str)
    }

    /// When it was made.
    #[must_use]
    pub const fn issued_at(&self) -> Timestamp {
        Timestamp(self.iat)
    }

    /// When it ends.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        Timestamp(self.exp)
    }

    /// The scopes; none where the claim cannot be read.
    #[must_use]
    pub fn scopes(&self) -> Scopes {
        self.scope.parse().unwrap_or_default()
    }
}

/// What an ID token given as a hint says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct IdTokenHint {
    /// The person.
    pub subject: UserId,
    /// The client it was made for.
    pub client_id: ClientId,
    /// The session it was made in.
    pub sid: Option<SessionId>,
}

#[derive(serde::Deserialize)]
struct IdTokenClaims {
    iss: String,
    sub: UserId,
    aud: OneOrMany,
    sid: Option<SessionId>,
}

#[derive(Clone, Debug, serde::Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// Verifies an access token for `audience`: signature, type, issuer, audience and time. Whether
/// its grant still holds is for the caller to ask.
///
/// # Errors
///
/// [`OAuthError::TokenInvalid`], whatever is wrong with it.
pub fn access_token(
    provider: &Provider,
    keys: &KeySet,
    token: &str,
    audience: &str,
    now: Timestamp,
) -> Result<AccessTokenClaims, OAuthError> {
    let claims = any_access_token(provider, keys, token, now).ok_or(OAuthError::TokenInvalid)?;
    let is_meant = claims.audience().any(|one| one == audience);
    if is_meant { Ok(claims) } else { Err(OAuthError::TokenInvalid) }
}

/// Verifies an access token of ours, whatever it is for: signature, type, issuer and time.
#[must_use]
pub fn any_access_token(
    provider: &Provider,
    keys: &KeySet,
    token: &str,
    now: Timestamp,
) -> Option<AccessTokenClaims> {
    let all: Map<String, Value> = signed_by_us(keys, token, ACCESS_TOKEN_TYPE)?;
    let claims: AccessTokenClaims = serde_json::from_value(Value::Object(all.clone())).ok()?;
    let claims = AccessTokenClaims { all, ..claims };
    let is_good =
        claims.iss == provider.settings.issuer && is_storable(&claims) && claims.exp > now.0;
    is_good.then_some(claims)
}

/// No store takes a NUL; only a stolen key could have signed one.
fn is_storable(claims: &AccessTokenClaims) -> bool {
    let grant_id = claims.grant_id.as_ref().map_or("", GrantId::as_str);
    let texts = [grant_id, &claims.sub, &claims.jti, claims.client_id.as_str()];
    !texts.into_iter().chain(claims.audience()).any(|text| text.contains('\0'))
}

/// Whether this is an ID token of ours, be it expired.
#[must_use]
pub fn is_id_token(keys: &KeySet, token: &str) -> bool {
    signed_by_us::<Map<String, Value>>(keys, token, ID_TOKEN_TYPE).is_some()
}

/// Verifies an ID token given as a hint; an expired one will do (OpenID Connect RP-Initiated
/// Logout §2). `client_id` is the client that must be its audience, where one is named.
#[must_use]
pub fn id_token_hint(
    provider: &Provider,
    keys: &KeySet,
    token: &str,
    client_id: Option<&ClientId>,
) -> Option<IdTokenHint> {
    let claims: IdTokenClaims = signed_by_us(keys, token, ID_TOKEN_TYPE)?;
    let OneOrMany::One(audience) = claims.aud else { return None };
    let audience = ClientId(audience);
    let is_good = claims.iss == provider.settings.issuer
        && client_id.is_none_or(|client_id| *client_id == audience);
    is_good.then_some(IdTokenHint { subject: claims.sub, client_id: audience, sid: claims.sid })
}

/// The claims of a JWT that a published key of ours signed. Only `alg`, `typ` and `kid` of the
/// header are looked at, and no key is taken from it (RFC 8725 §3).
fn signed_by_us<C: serde::de::DeserializeOwned>(
    keys: &KeySet,
    token: &str,
    typ: &str,
) -> Option<C> {
    if token.len() > LONGEST_TOKEN {
        return None;
    }
    let header = decode_header(token).ok()?;
    let is_plain = header.alg == Algorithm::RS256
        && header.typ.as_deref() == Some(typ)
        && header.crit.is_none();
    if !is_plain {
        return None;
    }
    let key = keys.verifying(header.kid.as_deref()?)?;
    let mut validation = Validation::new(Algorithm::RS256);
    // Time, issuer and audience are checked by us, with our clock.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    Some(decode::<C>(token, key, &validation).ok()?.claims)
}
