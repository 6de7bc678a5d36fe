//! Why there is no job, or nothing of it to be had.

use axum::http::StatusCode;

use super::error::{ApiError, FieldError};
use crate::accounts::JobProblem;

/// After how many seconds a client that has too many jobs comes back.
const COME_BACK: i64 = 30;

/// Why there is no job, or nothing of it to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobTrouble {
    /// There is none with this id.
    Unknown,
    /// The client has as many as it may have.
    TooMany,
    /// What came in took too long.
    TooSlow,
    /// The file came in none of the forms that are taken.
    OtherType,
    /// What it makes is not whole yet, or will never be.
    NotCompleted,
    /// It makes nothing that could be fetched.
    NoExport,
}

impl JobTrouble {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::OtherType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NotCompleted | Self::NoExport => StatusCode::CONFLICT,
        }
    }

    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "inexistent_job",
            Self::TooMany => "too_many_jobs",
            Self::TooSlow => "upload_too_slow",
            Self::OtherType => "unsupported_media_type",
            Self::NotCompleted => "job_not_completed",
            Self::NoExport => "no_export",
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Unknown => "There is no job with this id, or it is forgotten.",
            Self::TooMany => {
                "Four jobs of this client are not over. Wait for one of them, or delete one."
            }
            Self::TooSlow => "Nothing more of the file came for a while. Send it again.",
            Self::OtherType => {
                "Send the file as multipart/form-data with the part users, or by itself as application/json or application/x-ndjson."
            }
            Self::NotCompleted => "The job is not completed. Its status says how far it is.",
            Self::NoExport => "Only an export makes a file.",
        }
    }

    pub(super) const fn retry_after(self) -> Option<i64> {
        match self {
            Self::TooMany => Some(COME_BACK),
            Self::Unknown
            | Self::TooSlow
            | Self::OtherType
            | Self::NotCompleted
            | Self::NoExport => None,
        }
    }
}

impl From<JobTrouble> for ApiError {
    fn from(trouble: JobTrouble) -> Self {
        Self::Job(trouble)
    }
}

impl From<JobProblem> for ApiError {
    fn from(problem: JobProblem) -> Self {
        match problem {
            JobProblem::Unknown => JobTrouble::Unknown.into(),
            JobProblem::TooMany => JobTrouble::TooMany.into(),
            JobProblem::TooSlow => JobTrouble::TooSlow.into(),
            JobProblem::Unreadable(file) => {
                Self::Fields(vec![FieldError { field: "users", message: file.to_string() }])
            }
            JobProblem::NoSuchUser => Self::NoSuchUser,
            JobProblem::Verified => Self::EmailIsVerified,
            JobProblem::Verification(refusal) => refusal.into(),
            JobProblem::Fault(fault) => Self::Problem(fault.into()),
        }
    }
}
