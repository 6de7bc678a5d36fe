//! Why a page cannot be shown as asked, and the page that says so instead.
//!
//! A handler answers the fact; the outermost layer that knows language and reference renders it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::accounts::AccountsFault;
use crate::keys::KeyError;
use crate::oauth::Parameters;
use crate::oauth::logout::LogoutFault;
use crate::store::StoreError;

/// A page that says what is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageError {
    /// The form's token is not that of this browser, or its time is over.
    FormExpired {
        /// What it brought.
        sent: Parameters,
    },
    /// The form stands on a page of an account that is no longer the one signed in here.
    OtherAccount {
        /// The flow it belongs to.
        flow: Option<String>,
    },
    /// The browser sends no cookie back.
    CookiesOff,
    /// The form came from another site.
    CrossSite,
    /// Not for this person.
    Forbidden,
    /// There is no such page.
    NotFound,
    /// The page has no such method.
    MethodNotAllowed,
    /// The body is too large.
    TooLarge,
    /// The form cannot be read.
    Malformed,
    /// Too many tries.
    Throttled {
        /// Seconds to wait.
        retry_after: i64,
    },
    /// More work than we can do at once.
    Busy,
    /// The database does not answer.
    Unavailable,
    /// A fault of ours; the text is for the log.
    Fault(&'static str),
}

impl PageError {
    /// A flow is over, whatever form or address it was asked for by.
    #[must_use]
    pub fn flow_is_over() -> Self {
        Self::FormExpired { sent: Parameters::default() }
    }

    /// The status it is sent with.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::FormExpired { .. } | Self::CookiesOff | Self::Malformed => {
                StatusCode::BAD_REQUEST
            }
            Self::OtherAccount { .. } => StatusCode::CONFLICT,
            Self::Forbidden | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The fact behind a bare status that a layer below us answered with.
    #[must_use]
    pub const fn of_bare_status(status: StatusCode) -> Option<Self> {
        Some(match status {
            StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::Malformed,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            // The session layer answers an empty 500 where the store failed it.
            StatusCode::INTERNAL_SERVER_ERROR
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::REQUEST_TIMEOUT => Self::Unavailable,
            _ => return None,
        })
    }

    /// Seconds after which trying again makes sense.
    #[must_use]
    pub const fn retry_after(&self) -> Option<i64> {
        match self {
            Self::Throttled { retry_after } => Some(*retry_after),
            Self::Busy => Some(2),
            Self::Unavailable => Some(5),
            _ => None,
        }
    }
}

impl IntoResponse for PageError {
    /// Without a body: the layer above renders it.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        if error.is_unavailable() {
            tracing::warn!(%error, "the database is unavailable");
            Self::Unavailable
        } else {
            tracing::error!(%error, "the database refused");
            Self::Fault("store")
        }
    }
}

impl From<AccountsFault> for PageError {
    fn from(fault: AccountsFault) -> Self {
        match fault {
            AccountsFault::Store(error) => error.into(),
            other => {
                tracing::error!(error = %other, "an account could not be served");
                Self::Fault("accounts")
            }
        }
    }
}

impl From<KeyError> for PageError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Store(error) => error.into(),
            other => {
                tracing::error!(error = %other, "the keys failed");
                Self::Fault("keys")
            }
        }
    }
}

impl From<LogoutFault> for PageError {
    fn from(fault: LogoutFault) -> Self {
        match fault {
            LogoutFault::Store(error) => error.into(),
            LogoutFault::Keys(error) => error.into(),
        }
    }
}
