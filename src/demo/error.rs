//! Everything that can go wrong in the demo, one variant per fact; `pages` says it kindly.

use axum::http::StatusCode;
use openidconnect::core::CoreErrorResponseType;
use openidconnect::{
    ConfigurationError, DiscoveryError, RequestTokenError, StandardErrorResponse, UserInfoError,
};
use thiserror::Error;

use super::answer::printable;
use super::http_client::HttpError;
use super::verify::TokenFault;

/// A visit that cannot go on. No variant carries a token, a code or a secret.
#[derive(Debug, Error)]
pub(super) enum DemoError {
    /// Discovery, JWKS, token endpoint or userinfo gave no answer.
    #[error("no answer from the provider: {0}")]
    Unreachable(#[from] HttpError),
    /// An answer that is not what the protocol says.
    #[error("the provider's answer cannot be used")]
    UnreadableAnswer,
    /// The token endpoint refused (RFC 6749 §5.2).
    #[error("the token endpoint refused: {error}")]
    TokenRefused {
        /// The code, such as `invalid_grant`.
        error: String,
        /// The text beside it.
        description: Option<String>,
    },
    /// `/userinfo` refused the access token.
    #[error("userinfo refused with status {0}")]
    UserinfoRefused(StatusCode),
    /// The authorization response is an error (RFC 6749 §4.1.2.1).
    #[error("the authorization endpoint refused: {error}")]
    ProviderSaid {
        /// The code, such as `access_denied`.
        error: String,
        /// The text beside it.
        description: Option<String>,
    },
    /// The authorization response repeats a parameter, or has neither code nor error.
    #[error("the authorization response is malformed")]
    MalformedAnswer,
    /// No sign-in of this browser waits for this `state`.
    #[error("the state is not one of this browser")]
    StateMismatch,
    /// The logout came back with a `state` that this browser does not wait for.
    #[error("the logout state is not one of this browser")]
    LogoutStateMismatch,
    /// The answer comes from another provider (RFC 9207).
    #[error("the answer comes from another issuer")]
    IssuerMismatch,
    /// The ID token failed a check.
    #[error("the ID token is not trusted: {0}")]
    UntrustedIdToken(#[source] TokenFault),
    /// The access token failed a check.
    #[error("the access token is not trusted: {0}")]
    UntrustedAccessToken(#[source] TokenFault),
    /// Refresh was asked and the provider gave no refresh token.
    #[error("there is no refresh token")]
    NoRefreshToken,
    /// The discovery document names no logout endpoint.
    #[error("the provider has no end_session_endpoint")]
    NoLogoutEndpoint,
    /// The discovery document names no token or userinfo endpoint.
    #[error("the provider lacks an endpoint: {0}")]
    MissingEndpoint(#[from] ConfigurationError),
    /// A form without the session's CSRF token.
    #[error("a form came without its token")]
    ForeignForm,
    /// A form of a session that is over.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// Reached by another name than the configured one.
    #[error("asked for another host")]
    WrongHost {
        /// Where the demo is.
        base_url: String,
    },
    /// No such page.
    #[error("no such page")]
    NotFound,
    /// A template failed.
    #[error("a page could not be written")]
    Page(#[from] askama::Error),
}

impl DemoError {
    /// A stable name for tests and logs.
    pub(super) fn code(&self) -> &str {
        match self {
            Self::Unreachable(_) => "provider_unreachable",
            Self::UnreadableAnswer => "unreadable_answer",
            Self::TokenRefused { error, .. } | Self::ProviderSaid { error, .. } => error,
            Self::UserinfoRefused(_) => "userinfo_refused",
            Self::MalformedAnswer => "malformed_answer",
            Self::StateMismatch => "state_mismatch",
            Self::LogoutStateMismatch => "logout_state_mismatch",
            Self::IssuerMismatch => "issuer_mismatch",
            Self::UntrustedIdToken(_) => "untrusted_id_token",
            Self::UntrustedAccessToken(_) => "untrusted_access_token",
            Self::NoRefreshToken => "no_refresh_token",
            Self::NoLogoutEndpoint => "no_logout_endpoint",
            Self::MissingEndpoint(_) => "missing_endpoint",
            Self::ForeignForm => "foreign_form",
            Self::NotSignedIn => "not_signed_in",
            Self::WrongHost { .. } => "wrong_host",
            Self::NotFound => "not_found",
            Self::Page(_) => "page",
        }
    }

    /// The status of the page.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Unreachable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::UnreadableAnswer
            | Self::TokenRefused { .. }
            | Self::UserinfoRefused(_)
            | Self::UntrustedIdToken(_)
            | Self::UntrustedAccessToken(_)
            | Self::MissingEndpoint(_)
            | Self::NoLogoutEndpoint => StatusCode::BAD_GATEWAY,
            Self::ProviderSaid { .. }
            | Self::MalformedAnswer
            | Self::StateMismatch
            | Self::LogoutStateMismatch
            | Self::IssuerMismatch
            | Self::NoRefreshToken => StatusCode::BAD_REQUEST,
            Self::ForeignForm | Self::NotSignedIn => StatusCode::FORBIDDEN,
            Self::WrongHost { .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Page(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What the provider wrote, if it wrote something.
    pub(super) fn description(&self) -> Option<&str> {
        match self {
            Self::TokenRefused { description, .. } | Self::ProviderSaid { description, .. } => {
                description.as_deref()
            }
            _ => None,
        }
    }
}

impl From<DiscoveryError<HttpError>> for DemoError {
    fn from(error: DiscoveryError<HttpError>) -> Self {
        match error {
            DiscoveryError::Request(error) => Self::Unreachable(error),
            _ => Self::UnreadableAnswer,
        }
    }
}

impl From<RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>>
    for DemoError
{
    /// The parse error is dropped: it may quote a token.
    fn from(
        error: RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>,
    ) -> Self {
        match error {
            RequestTokenError::Request(error) => Self::Unreachable(error),
            RequestTokenError::ServerResponse(refusal) => Self::TokenRefused {
                error: printable(refusal.error().as_ref()),
                description: refusal.error_description().map(|text| printable(text)),
            },
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Self::UnreadableAnswer,
        }
    }
}

impl From<UserInfoError<HttpError>> for DemoError {
    fn from(error: UserInfoError<HttpError>) -> Self {
        match error {
            UserInfoError::Request(error) => Self::Unreachable(error),
            UserInfoError::Response(status, ..) => Self::UserinfoRefused(status),
            _ => Self::UnreadableAnswer,
        }
    }
}
