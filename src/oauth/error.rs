//! Why a request at the token endpoint, at userinfo or from another server was refused.

use super::params::{MalformedParameters, UnusableParameter};
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::{GrantId, Scopes, UserId};
use crate::keys::KeyError;
use crate::store::StoreError;

/// What a token that came again led to, for the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// The grant that was revoked.
    pub grant_id: GrantId,
    /// Whose it was.
    pub user_id: Option<UserId>,
}

impl Replay {
    /// The event of it.
    #[must_use]
    pub fn event(&self, kind: AuditKind) -> AuditEvent {
        let mut event = AuditEvent::failure(kind);
        event.user_id.clone_from(&self.user_id);
        event.with(serde_json::json!({ "grant_id": self.grant_id }))
    }
}

/// A refusal, one variant per fact.
///
/// The wire sees [`OAuthError::code`] (RFC 6749 §5.2) and [`OAuthError::description`]; logs see
/// the variant.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    /// A parameter is missing.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// A parameter has a value it cannot have.
    #[error("{0}")]
    Invalid(&'static str),
    /// A parameter stands twice, or is no text.
    #[error(transparent)]
    Unusable(#[from] UnusableParameter),
    /// The body cannot be read.
    #[error(transparent)]
    Malformed(#[from] MalformedParameters),
    /// The client did not prove who it is.
    #[error("client authentication failed")]
    ClientAuthentication {
        /// Whether it tried in the `Authorization` header.
        by_header: bool,
    },
    /// The client used more than one way to prove who it is (RFC 6749 §2.3).
    #[error("use one way of client authentication, not several")]
    SeveralAuthentications,
    /// The client may not use this grant.
    #[error("this client may not use this grant")]
    GrantNotAllowed,
    /// We do not serve this grant.
    #[error("this grant type is not supported")]
    UnsupportedGrantType,
    /// No such code of this client, or it is too old.
    #[error("the code is not one of this client, or its time is over")]
    CodeUnknown,
    /// The code was presented before.
    #[error("the code was used before; everything it bought has been revoked")]
    CodeReplayed(Replay),
    /// Another redirect URI than in the authorization request.
    #[error("redirect_uri differs from the one in the authorization request")]
    RedirectUriMismatch,
    /// The verifier does not open the challenge, or one of the two is missing.
    #[error("code_verifier does not match the code_challenge")]
    PkceMismatch,
    /// No such refresh token of this client, or it is too old.
    #[error("Unknown or invalid refresh token.")]
    RefreshTokenUnknown,
    /// The refresh token was used before.
    #[error("Unknown or invalid refresh token.")]
    RefreshTokenReplayed(Replay),
    /// The grant was revoked, or the person's account changed.
    #[error("Unknown or invalid refresh token.")]
    GrantEnded,
    /// More than was granted, or malformed.
    #[error("the scope is malformed or exceeds what was granted")]
    Scope,
    /// A scope that the client was not granted at the API.
    #[error("this client was not granted at this API: {0}")]
    ScopesNotGranted(Scopes),
    /// RFC 8707 §2.
    #[error("this client may not ask for this audience")]
    Target,
    /// The client may ask more than one API and names none.
    #[error("name the API in audience (or resource): this client may ask more than one")]
    TargetMissing,
    /// A token is for one API.
    #[error("name one API: a token is never for two")]
    SeveralTargets,
    /// The token to revoke is not this client's (RFC 7009 §2.1).
    #[error("this token was issued to another client")]
    TokenOfAnother,
    /// The token to revoke is of a kind that cannot be (RFC 7009 §2.2.1).
    #[error("an ID token is nothing that could be revoked; send the access or refresh token")]
    UnsupportedTokenType,
    /// A bearer token is missing.
    #[error("an access token is missing")]
    TokenMissing,
    /// A bearer token does not verify, has expired or was revoked.
    #[error("the access token is not valid")]
    TokenInvalid,
    /// A bearer token is good but not for this.
    #[error("the access token lacks the scope {0}")]
    ScopeMissing(&'static str),
    /// Too many tries.
    #[error("too many tries; wait a little")]
    Throttled {
        /// How long to wait.
        retry_after: i64,
    },
    /// A fault of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A fault of the keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A fault of ours.
    #[error("{0}")]
    Internal(&'static str),
}

impl OAuthError {
    /// The `error` value (RFC 6749 §5.2, RFC 6750 §3.1, RFC 8707 §2).
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing(_)
            | Self::Invalid(_)
            | Self::Unusable(_)
            | Self::Malformed(_)
            | Self::SeveralAuthentications => "invalid_request",
            Self::ClientAuthentication { .. } => "invalid_client",
            Self::GrantNotAllowed | Self::TokenOfAnother => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::CodeUnknown
            | Self::CodeReplayed(_)
            | Self::RedirectUriMismatch
            | Self::PkceMismatch
            | Self::RefreshTokenUnknown
            | Self::RefreshTokenReplayed(_)
            | Self::GrantEnded => "invalid_grant",
            Self::Scope | Self::ScopesNotGranted(_) => "invalid_scope",
            Self::Target | Self::TargetMissing | Self::SeveralTargets => "invalid_target",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::TokenMissing | Self::TokenInvalid => "invalid_token",
            Self::ScopeMissing(_) => "insufficient_scope",
            Self::Throttled { .. } => "temporarily_unavailable",
            Self::Store(_) | Self::Keys(_) | Self::Internal(_) => {
                if self.is_unavailable() {
                    "temporarily_unavailable"
                } else {
                    "server_error"
                }
            }
        }
    }

    /// What the developer of the client reads; faults of ours say nothing about the inside.
    #[must_use]
    pub fn description(&self) -> String {
        match self {
            Self::Store(_) | Self::Keys(_) | Self::Internal(_) if self.is_unavailable() => {
                "The service is not available just now. Try again in a moment.".to_owned()
            }
            Self::Store(_) | Self::Keys(_) | Self::Internal(_) => {
                "Something went wrong on our side.".to_owned()
            }
            refusal => refusal.to_string(),
        }
    }

    /// Whether this is a fault of ours, to roll back and alert on, and not a refusal to keep.
    #[must_use]
    pub const fn is_fault(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Keys(_) | Self::Internal(_))
    }

    /// Whether trying again later may help.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        match self {
            Self::Store(error) | Self::Keys(KeyError::Store(error)) => error.is_unavailable(),
            _ => false,
        }
    }
}
