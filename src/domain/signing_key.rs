//! Keys that sign tokens.

use crate::clock::Timestamp;

/// Where a key stands in its life, from its beginning to its end.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    sqlx::Type,
    serde::Serialize,
    serde::Deserialize,
)]
#[sqlx(rename_all = "snake_case", type_name = "TEXT")]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Published, not signing yet.
    Next,
    /// Signs.
    Current,
    /// Published until every token it signed has expired.
    Retiring,
    /// No longer published.
    Gone,
}

impl KeyState {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Current => "current",
            Self::Retiring => "retiring",
            Self::Gone => "gone",
        }
    }
}

/// A signing key as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize)]
pub struct SigningKeySummary {
    /// The `kid` of tokens and JWKS: the key's thumbprint (RFC 7638).
    pub kid: String,
    /// The `alg`.
    pub algorithm: String,
    /// The public half, a JSON Web Key.
    pub public_jwk: String,
    /// Where it stands.
    pub state: KeyState,
    /// When it was made, and published.
    pub created_at: Timestamp,
    /// Since when it signs.
    pub current_since: Option<Timestamp>,
    /// Since when it no longer signs.
    pub retiring_since: Option<Timestamp>,
    /// Since when it is no longer published.
    pub gone_since: Option<Timestamp>,
    /// When it was withdrawn; absent of one whose time was over.
    pub withdrawn_at: Option<Timestamp>,
}
