//! Bearer values, and the form of them that storage may see.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use crate::random;

/// Marks a refresh token for scanners that look for leaked secrets.
pub const REFRESH_TOKEN_PREFIX: &str = "ptk_rt_";
/// Marks an authorization code.
pub const CODE_PREFIX: &str = "ptk_ac_";
/// Marks a client secret.
pub const CLIENT_SECRET_PREFIX: &str = "ptk_cs_";
/// Marks the link of a mail.
pub const LINK_PREFIX: &str = "ptk_ml_";
/// Marks the handle of a flow that waits for a person.
pub const FLOW_PREFIX: &str = "ptk_fl_";

/// Marks half a sign-in by the JSON API, which waits for a second factor.
pub const MFA_PREFIX: &str = "ptk_mf_";

/// A bearer value as the wire carries it. Never stored, never printed.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(transparent)]
pub struct PlainToken(SecretString);

impl PlainToken {
    /// Wraps a value read from the wire.
    #[must_use]
    pub fn new(value: &str) -> Self {
        Self(value.into())
    }

    /// Makes a new one with 256 random bits behind `prefix`.
    #[must_use]
    pub fn generate(prefix: &str) -> Self {
        Self(random::secret(prefix))
    }

    /// The form kept in storage. A fast hash is enough: the value has 256 bits of entropy.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.0.expose_secret().as_bytes())
    }

    /// The value itself, for the one answer that hands it out.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// SHA-256 of a bearer value in base64url; all that storage ever sees of it.
#[derive(Clone, Debug, Eq, sqlx::Type, serde::Serialize, serde::Deserialize)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct TokenDigest(String);

impl TokenDigest {
    /// The digest of `value`.
    #[must_use]
    pub fn of(value: &[u8]) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, value)))
    }

    /// What stands for the browser where there is none: no browser has the digest of nothing.
    #[must_use]
    pub fn of_no_browser() -> Self {
        Self::of(b"")
    }

    /// A digest that somebody names: what is compared, never trusted.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The digest as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for TokenDigest {
    /// Takes the same time wherever the two differ.
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_cannot_be_printed() {
        let token = PlainToken::new("ptk_rt_secret");
        assert!(!format!("{token:?}").contains("secret\""), "{token:?}");
        assert!(!format!("{token:?}").contains("ptk_rt_"), "{token:?}");
    }

    #[test]
    fn a_digest_is_sha_256() {
        assert_eq!(
            PlainToken::new("abc").digest().as_str(),
            "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
        );
    }
}
