//! Why a second factor was not taken, set up or removed.

use axum::http::StatusCode;

use super::super::page_error::PageError;
use super::error::{ApiError, FieldError};
use crate::accounts::{EnrolmentRefusal, FactorRefusal};

/// Why a second factor was not taken, set up or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FactorProblem {
    /// Half a sign-in is over, was passed, or never was.
    HalfIsOver,
    /// What was typed is not right.
    Wrong,
    /// It was right, and was taken before.
    Used,
    /// The code that was sent no longer counts.
    CodeOver,
    /// The person has no such factor, or it cannot be used here.
    NotUsable,
    /// As many codes were sent for this sign-in as may be.
    SentOut,
    /// It is not offered here.
    NotOffered,
    /// Nothing waits to be confirmed.
    NotBegun,
    /// A second factor is required, and this is the last one.
    LastOne,
    /// The person has no such factor.
    NotThere,
    /// It is too long since the person proved who they are.
    ProofMissing,
    /// The session is that of a browser, whose pages are the place for it.
    OfBrowser,
}

impl FactorProblem {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::HalfIsOver => StatusCode::UNAUTHORIZED,
            Self::Wrong | Self::Used | Self::CodeOver | Self::NotUsable => StatusCode::BAD_REQUEST,
            Self::SentOut
            | Self::NotOffered
            | Self::LastOne
            | Self::ProofMissing
            | Self::OfBrowser => StatusCode::FORBIDDEN,
            Self::NotThere => StatusCode::NOT_FOUND,
            Self::NotBegun => StatusCode::CONFLICT,
        }
    }

    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::HalfIsOver => "invalid_token",
            Self::Wrong => "invalid_code",
            Self::Used => "code_used",
            Self::CodeOver => "code_expired",
            Self::NotUsable => "factor_not_usable",
            Self::SentOut => "no_more_codes",
            Self::NotOffered => "factor_not_offered",
            Self::NotBegun => "nothing_to_confirm",
            Self::LastOne => "last_factor",
            Self::NotThere => "inexistent_factor",
            Self::ProofMissing => "reauthentication_required",
            Self::OfBrowser => "session_of_browser",
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::HalfIsOver => "The mfa_token is not valid, or its time is over. Sign in again.",
            Self::Wrong => "The code is not right.",
            Self::Used => "The code was used already.",
            Self::CodeOver => "The code no longer counts. Ask for another one.",
            Self::NotUsable => "This account cannot use that method here.",
            Self::SentOut => "No more codes are sent for this sign-in. Sign in again.",
            Self::NotOffered => "This method is not offered here.",
            Self::NotBegun => "Nothing waits to be confirmed. Begin again.",
            Self::LastOne => "A second factor is required, and this is the last one.",
            Self::OfBrowser => "This token came by a browser: its person does that on the pages.",
            Self::NotThere => "This account has no such second factor.",
            Self::ProofMissing => {
                "Prove again who it is: send password, and code where there is a second factor."
            }
        }
    }
}

impl From<FactorProblem> for ApiError {
    fn from(problem: FactorProblem) -> Self {
        Self::Factor(problem)
    }
}

/// A member at fault.
pub(super) fn field(field: &'static str, message: &str) -> ApiError {
    ApiError::Fields(vec![FieldError { field, message: message.to_owned() }])
}

impl From<FactorRefusal> for ApiError {
    fn from(refusal: FactorRefusal) -> Self {
        Self::Factor(match refusal {
            FactorRefusal::Over => FactorProblem::HalfIsOver,
            FactorRefusal::NotUsable => FactorProblem::NotUsable,
            FactorRefusal::Missing => return field("token", "is missing"),
            FactorRefusal::Wrong | FactorRefusal::WrongAgain => FactorProblem::Wrong,
            FactorRefusal::Used => FactorProblem::Used,
            FactorRefusal::CodeOver => FactorProblem::CodeOver,
            FactorRefusal::SentOut => FactorProblem::SentOut,
            FactorRefusal::Throttled { retry_after_seconds: retry_after }
            | FactorRefusal::NoTryLeft { retry_after_seconds: retry_after }
            | FactorRefusal::TooSoon { retry_after_seconds: retry_after } => {
                return Self::Problem(PageError::Throttled { retry_after });
            }
            FactorRefusal::Fault(fault) => return Self::Problem(fault.into()),
        })
    }
}

impl From<EnrolmentRefusal> for ApiError {
    fn from(refusal: EnrolmentRefusal) -> Self {
        Self::Factor(match refusal {
            EnrolmentRefusal::NotOffered | EnrolmentRefusal::TooManyPasskeys => {
                FactorProblem::NotOffered
            }
            EnrolmentRefusal::NotBegun | EnrolmentRefusal::IsOn => FactorProblem::NotBegun,
            EnrolmentRefusal::PhoneMalformed => {
                return field(
                    "phone",
                    "must be a telephone number with its country, such as +14155550123",
                );
            }
            EnrolmentRefusal::EmailNotVerified => return Self::EmailNotVerified,
            EnrolmentRefusal::Code(refusal) => return refusal.into(),
            EnrolmentRefusal::LastOne | EnrolmentRefusal::LastWayIn => FactorProblem::LastOne,
            EnrolmentRefusal::NotThere => FactorProblem::NotThere,
            EnrolmentRefusal::SessionOver => {
                return Self::OAuth(crate::oauth::OAuthError::TokenInvalid);
            }
            EnrolmentRefusal::TooSoon { retry_after_seconds: retry_after, .. }
            | EnrolmentRefusal::Throttled { retry_after_seconds: retry_after } => {
                return Self::Problem(PageError::Throttled { retry_after });
            }
            EnrolmentRefusal::Fault(fault) => return Self::Problem(fault.into()),
        })
    }
}
