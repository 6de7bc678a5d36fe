//! Applications that may ask for tokens.

use super::second_factor::FactorPolicy;
use super::{ClientId, JsonList, Scopes, TokenDigest};
use crate::clock::Timestamp;

/// The longest life that a client may be registered for, for its access tokens, in seconds.
pub const LONGEST_ACCESS_TOKEN_LIFETIME: i64 = 24 * 60 * 60;

/// What an application is, which decides what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, serde::Serialize, serde::Deserialize)]
#[sqlx(rename_all = "snake_case", type_name = "TEXT")]
#[serde(rename_all = "snake_case")]
pub enum ClientKind {
    /// A server-side application that keeps a secret.
    Web,
    /// A single-page application in the browser.
    Spa,
    /// An app on a device (RFC 8252).
    Native,
    /// A service without people.
    Machine,
}

impl ClientKind {
    /// The name in storage and at the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Spa => "spa",
            Self::Native => "native",
            Self::Machine => "machine",
        }
    }
}

/// How a client proves who it is at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, serde::Serialize, serde::Deserialize)]
#[sqlx(rename_all = "snake_case", type_name = "TEXT")]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// It does not: a public client.
    None,
    /// HTTP Basic (RFC 6749 §2.3.1).
    ClientSecretBasic,
    /// In the body.
    ClientSecretPost,
}

impl AuthMethod {
    /// The registered name (OpenID Connect Core §9).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
        }
    }
}

/// An application as registered.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "what is registered of a client is independent")]
pub struct Client {
    /// Its `client_id`.
    pub id: ClientId,
    /// What people read.
    pub name: String,
    /// Who runs it.
    pub owner: Option<String>,
    /// What it is.
    pub kind: ClientKind,
    /// Ours: people are not asked for consent.
    pub first_party: bool,
    /// Digest of its secret; absent for a public client.
    pub secret_digest: Option<TokenDigest>,
    /// The one method it must use, or either way of sending its secret.
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// Whether an authorization request must carry a PKCE challenge.
    pub pkce_required: bool,
    /// Compared by the byte.
    pub redirect_uris: JsonList,
    /// Where people may be sent after signing out.
    pub post_logout_redirect_uris: JsonList,
    /// Origins whose scripts may read our answers.
    pub web_origins: JsonList,
    /// The grants it may use.
    pub grant_types: JsonList,
    /// The scopes it may ask for.
    pub scopes: Scopes,
    /// The `aud` of its access tokens where it asks for none.
    pub default_audience: Option<String>,
    /// Shown at consent.
    pub logo_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub terms_uri: Option<String>,
    /// Whether `client_id` alone, without an ID token, signs a person out.
    pub trusts_logout_by_client_id: bool,
    /// Seconds; the installation's setting where absent.
    pub access_token_lifetime: Option<i64>,
    /// What it asks of second factors; what the installation asks where absent.
    pub second_factor: Option<FactorPolicy>,
    /// Whether it is registered for the authentication API; see [`Self::may_use_authentication_api`].
    pub authentication_api: bool,
    /// What it may be given at the management API at most: machines made or changed it that may do no more.
    /// Absent: operators alone had a hand in it.
    pub limited_to: Option<Scopes>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Client {
    /// Whether it has no secret to prove itself with.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.secret_digest.is_none() || self.token_endpoint_auth_method == Some(AuthMethod::None)
    }

    /// PKCE is for every public client (RFC 9700 §2.1.1), and for the others unless switched off.
    #[must_use]
    pub fn must_use_pkce(&self) -> bool {
        self.pkce_required || self.is_public()
    }

    /// Whether it may sign people in by the authentication API, and ask for tokens of that API: never
    /// an application of others.
    #[must_use]
    pub const fn may_use_authentication_api(&self) -> bool {
        self.authentication_api && self.first_party
    }

    /// Whether it may use `grant_type`.
    #[must_use]
    pub fn may_use_grant(&self, grant_type: &str) -> bool {
        self.grant_types.contains(grant_type)
    }
}
