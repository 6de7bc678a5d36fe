//! What a signed-in person's session holds: tokens that were verified, and what the pages show of them.

use openidconnect::core::CoreIdToken;
use openidconnect::{AccessToken, RefreshToken, SubjectIdentifier};
use serde_json::{Map, Value};

/// A JWT that passed every check of `verify`.
#[derive(Clone, Debug)]
pub(super) struct VerifiedJwt {
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
    /// The key of the JWKS that verified the signature.
    pub(super) kid: String,
}

impl VerifiedJwt {
    /// When the token ends, in unix seconds.
    pub(super) fn expires_at(&self) -> i64 {
        self.claims.get("exp").and_then(Value::as_i64).unwrap_or_default()
    }
}

/// Who signed in, by an ID token that was verified.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) token: CoreIdToken,
    pub(super) view: VerifiedJwt,
    pub(super) subject: SubjectIdentifier,
    /// Whether `nonce` was compared: at sign-in; a refreshed ID token is held against the person instead.
    pub(super) is_nonce_checked: bool,
    /// Whether the ID token names the access token by its hash (`at_hash`).
    pub(super) is_access_token_hash_checked: bool,
}

/// One verified token response.
pub(super) struct Tokens {
    pub(super) access_token: AccessToken,
    pub(super) access_view: VerifiedJwt,
    pub(super) refresh_token: Option<RefreshToken>,
    pub(super) identity: Identity,
    /// The granted scope, in the provider's order.
    pub(super) scope: Vec<String>,
}

/// What a refresh changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Refreshed {
    /// End of the access token before, in unix seconds.
    pub(super) old_expiry: i64,
    /// End of the access token now, in unix seconds.
    pub(super) new_expiry: i64,
    /// Whether the provider rotated the refresh token.
    pub(super) is_refresh_token_new: bool,
    /// Whether the access token is another one.
    pub(super) is_access_token_new: bool,
}

impl Refreshed {
    /// Compares two token responses.
    pub(super) fn between(old: &Tokens, new: &Tokens) -> Self {
        let secret = |tokens: &Tokens| tokens.refresh_token.as_ref().map(|t| t.secret().clone());
        Self {
            old_expiry: old.access_view.expires_at(),
            new_expiry: new.access_view.expires_at(),
            is_refresh_token_new: secret(old) != secret(new),
            is_access_token_new: old.access_token.secret() != new.access_token.secret(),
        }
    }
}
