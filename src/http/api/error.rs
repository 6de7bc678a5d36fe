//! Why a call of the API was refused, in its one shape.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::super::oauth::token::{NO_STORE, log};
use super::super::page_error::PageError;
use crate::accounts::AccountsFault;
use crate::domain::PlainToken;
use crate::domain::second_factor::FactorKind;
use crate::oauth::OAuthError;
use crate::store::StoreError;

/// What is wrong with one member of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldMistake {
    /// Its name.
    pub field: String,
    /// What to mend.
    pub message: String,
}

impl FieldMistake {
    pub(super) fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

/// A second factor that is asked for, or has to be set up.
#[derive(Clone, Debug)]
pub(crate) struct FactorWish {
    /// What the next calls bring as Bearer.
    pub mfa_token: PlainToken,
    /// What may be given, or set up.
    pub methods: Vec<FactorKind>,
}

impl FactorWish {
    /// As an answer tells it.
    pub(super) fn members(&self) -> Map<String, Value> {
        // No call brings a passkey.
        let methods = self.methods.iter().filter(|kind| **kind != FactorKind::Passkey);
        let methods: Vec<&str> = methods.map(|kind| kind.as_str()).collect();
        let mut members = Map::new();
        members.insert("mfa_token".to_owned(), json!(self.mfa_token.expose()));
        members.insert("methods".to_owned(), json!(methods));
        members
    }
}

/// A refusal, one variant per fact.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// The body is no JSON object.
    MalformedBody,
    /// The body says of itself that it is something else.
    ContentType,
    /// Members of the body cannot be used.
    InvalidBody(Vec<FieldMistake>),
    /// No application of this id may use the API.
    UnknownApp,
    /// No token came.
    TokenMissing,
    /// The token is not, or no longer, good for this.
    TokenInvalid,
    /// The name or the password is not right.
    InvalidCredentials,
    /// A code or a link is not right, or no longer.
    InvalidCode,
    /// Nothing waits to be confirmed.
    NothingToConfirm,
    /// A factor of this kind is there already.
    AlreadyEnabled,
    /// There is no such factor.
    NotEnabled,
    /// A second factor is required, and this is the last one.
    FactorRequired,
    /// The operator makes the accounts here.
    SignUpClosed,
    /// The refresh token is not good.
    InvalidRefreshToken,
    /// The address has to be verified first.
    EmailNotVerified {
        /// What names the verification, where another mail is on its way.
        verification_token: Option<PlainToken>,
    },
    /// Another password has to be chosen first.
    NewPasswordRequired,
    /// The account waits to be deleted.
    DeletionPending,
    /// A second factor is asked for.
    MfaRequired(FactorWish),
    /// A second factor has to be set up first.
    MfaEnrollmentRequired(FactorWish),
    /// The last proof is too old, or too weak.
    ReauthenticationRequired(Option<FactorWish>),
    /// A proof that came with the call is not right.
    ProofRefused(FieldMistake),
    /// Somebody else has the address or the username.
    UserExists(Vec<FieldMistake>),
    /// Nobody would be left to run the installation.
    LastAdministrator,
    /// Too many tries.
    Throttled {
        /// Seconds to wait.
        retry_after: i64,
    },
    /// More passwords than can be checked at once.
    Busy,
    /// Nothing at this address.
    NotFound,
    /// Not with this method.
    MethodNotAllowed,
    /// The body is too large.
    TooLarge,
    /// The store does not answer.
    Unavailable,
    /// A fault of ours, which the log has.
    Fault,
}

impl ApiError {
    const fn status(&self) -> StatusCode {
        match self {
            Self::MalformedBody
            | Self::InvalidBody(_)
            | Self::UnknownApp
            | Self::InvalidCode
            | Self::NothingToConfirm => StatusCode::BAD_REQUEST,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TokenMissing
            | Self::TokenInvalid
            | Self::InvalidCredentials
            | Self::InvalidRefreshToken => StatusCode::UNAUTHORIZED,
            Self::EmailNotVerified { .. }
            | Self::NewPasswordRequired
            | Self::DeletionPending
            | Self::MfaRequired(_)
            | Self::MfaEnrollmentRequired(_)
            | Self::ReauthenticationRequired(_)
            | Self::ProofRefused(_)
            | Self::SignUpClosed => StatusCode::FORBIDDEN,
            Self::LastAdministrator
            | Self::UserExists(_)
            | Self::AlreadyEnabled
            | Self::FactorRequired => StatusCode::CONFLICT,
            Self::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NotFound | Self::NotEnabled => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The name of the fact, for programs.
    const fn code(&self) -> &'static str {
        match self {
            Self::MalformedBody | Self::InvalidBody(_) => "invalid_body",
            Self::ContentType => "unsupported_media_type",
            Self::UnknownApp => "unauthorized_client",
            Self::TokenMissing => "missing_token",
            Self::TokenInvalid => "invalid_token",
            Self::InvalidCredentials => "invalid_credentials",
            Self::InvalidRefreshToken => "invalid_grant",
            Self::InvalidCode => "invalid_code",
            Self::NothingToConfirm => "nothing_to_confirm",
            Self::AlreadyEnabled => "already_enabled",
            Self::NotEnabled => "not_enabled",
            Self::FactorRequired => "factor_required",
            Self::SignUpClosed => "sign_up_closed",
            Self::EmailNotVerified { .. } => "email_not_verified",
            Self::NewPasswordRequired => "new_password_required",
            Self::DeletionPending => "deletion_pending",
            Self::MfaRequired(_) => "mfa_required",
            Self::MfaEnrollmentRequired(_) => "mfa_enrollment_required",
            Self::ReauthenticationRequired(_) | Self::ProofRefused(_) => {
                "reauthentication_required"
            }
            Self::UserExists(_) => "user_exists",
            Self::LastAdministrator => "last_administrator",
            Self::Throttled { .. } => "too_many_requests",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::TooLarge => "payload_too_large",
            Self::Busy | Self::Unavailable => "temporarily_unavailable",
            Self::Fault => "server_error",
        }
    }

    /// For the developer of the application.
    const fn message(&self) -> &'static str {
        match self {
            Self::MalformedBody => "The body must be one JSON object.",
            Self::ContentType => "Send the body as application/json.",
            Self::InvalidBody(_) => "Some members of the body cannot be used.",
            Self::UnknownApp => {
                "No application of this client_id may use this API. Register one with: protekt \
                 client create --first-party --authentication-api"
            }
            Self::TokenMissing => "Send the token as: Authorization: Bearer <token>.",
            Self::TokenInvalid => "The token is not valid here, or no longer.",
            Self::InvalidCredentials => "The name or the password is not right.",
            Self::InvalidRefreshToken => "Unknown or invalid refresh token.",
            Self::InvalidCode => "The code or the link is not right, or no longer.",
            Self::NothingToConfirm => "Nothing waits to be confirmed. Begin again.",
            Self::AlreadyEnabled => "This factor is set up already.",
            Self::NotEnabled => "There is no such second factor.",
            Self::FactorRequired => "A second factor is required, and this is the last one.",
            Self::SignUpClosed => "Nobody can sign up here: the operator makes the accounts.",
            Self::EmailNotVerified { .. } => {
                "The email address has to be verified first, by the code or the link of the mail."
            }
            Self::NewPasswordRequired => {
                "Another password has to be chosen first: by a link to a new password, or on the \
                 sign-in page."
            }
            Self::DeletionPending => {
                "The account waits to be deleted. Its owner can keep it by the link of the mail, \
                 or by signing in on the sign-in page."
            }
            Self::MfaRequired(_) => "A second factor is required.",
            Self::MfaEnrollmentRequired(_) => "A second factor has to be set up first.",
            Self::ReauthenticationRequired(_) | Self::ProofRefused(_) => {
                "Prove again who it is: send the password, or the code of a second factor, with \
                 the request."
            }
            Self::UserExists(_) => "Somebody else has this already.",
            Self::LastAdministrator => "The last administrator cannot be removed.",
            Self::Throttled { .. } => "Too many tries. Wait a little.",
            Self::NotFound => "There is nothing at this address.",
            Self::MethodNotAllowed => "This address does not take that method.",
            Self::TooLarge => "The request is too large.",
            Self::Busy | Self::Unavailable => {
                "The service is not available just now. Try again in a moment."
            }
            Self::Fault => "Something went wrong on our side.",
        }
    }

    const fn retry_after(&self) -> Option<i64> {
        match self {
            Self::Throttled { retry_after } => Some(*retry_after),
            Self::Busy => Some(2),
            Self::Unavailable => Some(5),
            _ => None,
        }
    }

    /// Every 401 has one (RFC 9110 §15.5.2); without a token it names no error (RFC 6750 §3.1).
    const fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::TokenMissing | Self::InvalidCredentials | Self::InvalidRefreshToken => {
                Some("Bearer realm=\"protekt\"")
            }
            Self::TokenInvalid => Some("Bearer realm=\"protekt\", error=\"invalid_token\""),
            _ => None,
        }
    }

    /// What goes beside the shape that all share.
    fn more(&self) -> Map<String, Value> {
        let (wish, verification) = match self {
            Self::MfaRequired(wish)
            | Self::MfaEnrollmentRequired(wish)
            | Self::ReauthenticationRequired(Some(wish)) => (Some(wish), None),
            Self::EmailNotVerified { verification_token } => (None, verification_token.as_ref()),
            _ => (None, None),
        };
        let mut more = wish.map(FactorWish::members).unwrap_or_default();
        if let Some(token) = verification {
            more.insert("verification_token".to_owned(), json!(token.expose()));
        }
        more
    }

    fn mistakes(&self) -> Vec<Value> {
        let mistakes = match self {
            Self::InvalidBody(mistakes) | Self::UserExists(mistakes) => mistakes.as_slice(),
            Self::ProofRefused(mistake) => std::slice::from_ref(mistake),
            _ => &[],
        };
        let shown =
            |mistake: &FieldMistake| json!({ "field": mistake.field, "message": mistake.message });
        mistakes.iter().map(shown).collect()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code) = (self.status(), self.code());
        tracing::info!(code, "the call was refused");
        let mut body = self.more();
        body.insert("statusCode".to_owned(), json!(status.as_u16()));
        body.insert("error".to_owned(), json!(status.canonical_reason().unwrap_or_default()));
        body.insert("message".to_owned(), json!(self.message()));
        body.insert("errorCode".to_owned(), json!(code));
        body.insert("errors".to_owned(), Value::Array(self.mistakes()));
        let kind = [(header::CONTENT_TYPE, "application/json")];
        let body = Value::Object(body).to_string();
        let mut response = (status, NO_STORE, kind, body).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge() {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if error.is_unavailable() {
            tracing::warn!(%error, "the database is unavailable");
            return Self::Unavailable;
        }
        tracing::error!(%error, "the database refused");
        Self::Fault
    }
}

impl From<AccountsFault> for ApiError {
    fn from(fault: AccountsFault) -> Self {
        match fault {
            AccountsFault::Store(error) => error.into(),
            other => {
                tracing::error!(error = %other, "an account could not be served");
                Self::Fault
            }
        }
    }
}

impl From<OAuthError> for ApiError {
    fn from(error: OAuthError) -> Self {
        log(&error);
        match error {
            OAuthError::TokenMissing => Self::TokenMissing,
            OAuthError::TokenInvalid => Self::TokenInvalid,
            OAuthError::Throttled { retry_after } => Self::Throttled { retry_after },
            fault if fault.is_unavailable() => Self::Unavailable,
            fault if fault.is_fault() => Self::Fault,
            _ => Self::InvalidRefreshToken,
        }
    }
}

impl From<PageError> for ApiError {
    fn from(error: PageError) -> Self {
        match error {
            PageError::NotFound => Self::NotFound,
            PageError::MethodNotAllowed => Self::MethodNotAllowed,
            PageError::TooLarge => Self::TooLarge,
            PageError::Throttled { retry_after } => Self::Throttled { retry_after },
            PageError::Busy => Self::Busy,
            PageError::Unavailable => Self::Unavailable,
            PageError::Fault(_) => Self::Fault,
            PageError::FormExpired { .. }
            | PageError::CookiesOff
            | PageError::CrossSite
            | PageError::Forbidden
            | PageError::Malformed => Self::MalformedBody,
        }
    }
}
