//! Why a call was refused, and the one shape in which it is told:
//! `{"statusCode", "error", "message", "errorCode", "errors"}`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::super::oauth::token::{json_answer, log};
use super::super::oauth::userinfo::challenge;
use super::super::page_error::PageError;
use super::factor_problem::FactorProblem;
use super::half_sign_in::HalfSignedIn;
use super::job_problem::JobTrouble;
use super::registry_problem::RegistryProblem;
use super::role_problem::RoleProblem;
use super::verification::VerificationToken;
use crate::oauth::OAuthError;
use crate::oauth::params::MalformedParameters;

const BASIC: HeaderValue = HeaderValue::from_static("Basic realm=\"protekt\", charset=\"UTF-8\"");

/// What is wrong with a member of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// Its name.
    pub(crate) field: &'static str,
    /// What is wrong with it, in a sentence.
    pub(crate) message: String,
}

/// Why a call was refused.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// The body is no JSON object.
    NotAnObject,
    /// The body is of another type.
    NotJson,
    /// Members are missing, or cannot be used.
    Fields(Vec<FieldError>),
    /// Parameters of the address cannot be used.
    Query(Vec<FieldError>),
    /// The person may not do this with other people's accounts.
    PermissionMissing(&'static str),
    /// There is no account with this id.
    NoSuchUser,
    /// There is no account with this address.
    NoSuchUserWithEmail,
    /// There is no session with this id, or it is over.
    NoSuchSession,
    /// There is no event with this id.
    NoSuchLog,
    /// Unknown, wrong, blocked or without a password: nobody is told which.
    WrongCredentials,
    /// The password that is to prove who calls is not right.
    WrongProof,
    /// The password is right, and the address was never verified.
    EmailNotVerified,
    /// The same, and a mail asks for that now.
    EmailToVerify(VerificationToken),
    /// The same, and a mail asked for that a moment ago.
    EmailToVerifyByLastMail {
        /// After how many seconds a sign-in sends another.
        retry_after: i64,
    },
    /// A mail was sent a moment ago.
    MailTooSoon {
        /// After how many seconds there is another.
        retry_after: i64,
    },
    /// The verification is unknown, over, or was used.
    VerificationOver,
    /// There is nothing left to verify.
    EmailIsVerified,
    /// As many mails were sent for this verification as may be.
    NoMoreMails,
    /// The operator makes the accounts here.
    SignUpClosed,
    /// The password is right, and a second factor is asked for.
    SecondFactorMissing(HalfSignedIn),
    /// Why a second factor was not taken, set up or removed.
    Factor(FactorProblem),
    /// The password is right, and a second factor has to be set up first.
    NoSecondFactor,
    /// The password is right, and another one has to be chosen first.
    NewPasswordMissing,
    /// The password is right, and the account waits to be deleted.
    Leaving,
    /// The client may not use this API.
    ClientNotAllowed,
    /// The refresh token is unknown, spent, too old, or what it hangs on is over.
    RefreshToken,
    /// The link to a new password is unknown, used, too old, or another one took its place.
    ResetToken,
    /// What is to be changed is not as it was when the caller looked at it (RFC 9110 §13.1.1).
    Changed,
    /// A password is changed by its owner alone, or by an operator's command.
    PasswordNotHere,
    /// One's own account is changed at another place, with a proof of its own.
    OwnAccount,
    /// Only an administrator changes the account of one.
    Administrators,
    /// Only an administrator changes an address: whoever reads it can choose the password.
    AddressByAdministrators,
    /// Somebody has the address or the username, whose member this is.
    Taken(&'static str),
    /// Nobody would be left to run the installation.
    LastAdministrator,
    /// Why nothing was changed about roles.
    Role(RoleProblem),
    /// Why nothing was changed about what is registered.
    Registry(RegistryProblem),
    /// Why there is no job, or nothing of it to be had.
    Job(JobTrouble),
    /// The refusal of the protocol.
    OAuth(OAuthError),
    /// What a layer below answers too.
    Problem(PageError),
}

impl<E: Into<PageError>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

impl From<OAuthError> for ApiError {
    fn from(error: OAuthError) -> Self {
        match error {
            OAuthError::GrantNotAllowed => Self::ClientNotAllowed,
            OAuthError::RefreshTokenUnknown
            | OAuthError::RefreshTokenReplayed(_)
            | OAuthError::GrantEnded => {
                log(&error);
                Self::RefreshToken
            }
            OAuthError::Malformed(MalformedParameters::Json) => Self::NotAnObject,
            OAuthError::Malformed(MalformedParameters::ContentType) => Self::NotJson,
            OAuthError::Throttled { retry_after } => {
                Self::Problem(PageError::Throttled { retry_after })
            }
            other => Self::OAuth(other),
        }
    }
}

impl ApiError {
    const fn status(&self) -> StatusCode {
        match self {
            Self::NotAnObject
            | Self::Fields(_)
            | Self::Query(_)
            | Self::ResetToken
            | Self::VerificationOver => StatusCode::BAD_REQUEST,
            Self::NoSuchUser
            | Self::NoSuchUserWithEmail
            | Self::NoSuchSession
            | Self::NoSuchLog => StatusCode::NOT_FOUND,
            Self::Changed => StatusCode::PRECONDITION_FAILED,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::WrongCredentials | Self::RefreshToken => StatusCode::UNAUTHORIZED,
            Self::EmailNotVerified
            | Self::WrongProof
            | Self::EmailToVerify(_)
            | Self::EmailToVerifyByLastMail { .. }
            | Self::NoMoreMails
            | Self::SignUpClosed
            | Self::SecondFactorMissing(_)
            | Self::NoSecondFactor
            | Self::NewPasswordMissing
            | Self::Leaving
            | Self::LastAdministrator
            | Self::PermissionMissing(_)
            | Self::PasswordNotHere
            | Self::OwnAccount
            | Self::Administrators
            | Self::AddressByAdministrators
            | Self::ClientNotAllowed => StatusCode::FORBIDDEN,
            Self::Taken(_) | Self::EmailIsVerified => StatusCode::CONFLICT,
            Self::MailTooSoon { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Factor(problem) => problem.status(),
            Self::Role(problem) => problem.status(),
            Self::Registry(problem) => problem.status(),
            Self::Job(trouble) => trouble.status(),
            Self::OAuth(error) => status_of(error),
            Self::Problem(problem) => problem.status(),
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::NotAnObject | Self::Fields(_) => "invalid_body",
            Self::NotJson => "unsupported_media_type",
            Self::Query(_) => "invalid_query_string",
            Self::PermissionMissing(_) | Self::Administrators | Self::AddressByAdministrators => {
                "insufficient_scope"
            }
            Self::Changed => "precondition_failed",
            Self::PasswordNotHere => "password_not_changeable",
            Self::OwnAccount => "own_account",
            Self::NoSuchUser | Self::NoSuchUserWithEmail => "inexistent_user",
            Self::NoSuchSession => "inexistent_session",
            Self::NoSuchLog => "inexistent_log",
            Self::WrongCredentials => "invalid_credentials",
            Self::WrongProof => "invalid_proof",
            Self::EmailNotVerified
            | Self::EmailToVerify(_)
            | Self::EmailToVerifyByLastMail { .. } => "email_not_verified",
            Self::MailTooSoon { .. } => "too_many_requests",
            Self::VerificationOver => "invalid_verification_token",
            Self::EmailIsVerified => "email_verified",
            Self::NoMoreMails => "no_more_codes",
            Self::SignUpClosed => "sign_up_closed",
            Self::SecondFactorMissing(_) => "mfa_required",
            Self::Factor(problem) => problem.code(),
            Self::Role(problem) => problem.code(),
            Self::Registry(problem) => problem.code(),
            Self::Job(trouble) => trouble.code(),
            Self::NoSecondFactor => "mfa_enrollment_required",
            Self::NewPasswordMissing => "new_password_required",
            Self::Leaving => "deletion_pending",
            Self::Taken(_) => "user_exists",
            Self::LastAdministrator => "last_administrator",
            Self::ClientNotAllowed => "unauthorized_client",
            Self::RefreshToken => "invalid_token",
            Self::ResetToken => "invalid_reset_token",
            Self::OAuth(error) => error.code(),
            Self::Problem(problem) => code_of(problem),
        }
    }

    /// What is told of an address that has to be verified.
    const fn words_about_verification(&self) -> &'static str {
        match self {
            Self::EmailToVerify(_) => {
                "The address has to be verified first. Give the code of the mail with the verification_token."
            }
            Self::EmailToVerifyByLastMail { .. } => {
                "The address has to be verified first, by the mail that was sent a moment ago. A sign-in after Retry-After sends another."
            }
            Self::MailTooSoon { .. } => {
                "A mail was sent a moment ago. Retry-After says how long to wait for another."
            }
            Self::VerificationOver => {
                "This verification is not valid, or its time is over. Sign in or sign up again."
            }
            Self::EmailIsVerified => "The address is verified already.",
            Self::NoMoreMails => "No more mails are sent for this sign-up. Sign up again later.",
            _ => "The address has to be verified first.",
        }
    }

    pub(super) fn message(&self) -> String {
        let words = match self {
            Self::NotAnObject => "The body must be a JSON object.",
            Self::Fields(_) => "The body has members that are missing or cannot be used.",
            Self::NotJson => "Send the body as application/json.",
            Self::Query(_) => "The address has parameters that are missing or cannot be used.",
            Self::PermissionMissing(permission) => {
                return format!(
                    "This needs the permission {permission} at the management API, or the role admin."
                );
            }
            Self::NoSuchUser => "There is no account with this id.",
            Self::NoSuchUserWithEmail => "There is no account with this e-mail address.",
            Self::NoSuchLog => "There is no event with this id.",
            Self::NoSuchSession => "There is no session with this id, or it is over.",
            Self::Changed => "It changed since. Read it again, and send If-Match with its ETag.",
            Self::PasswordNotHere => {
                "Nobody's password is changed here: its owner chooses one by a link, or an operator sets it by command."
            }
            Self::OwnAccount => "Your own account is at /api/users/me.",
            Self::AddressByAdministrators => {
                "Only an administrator changes the address of somebody, or says that it is verified."
            }
            Self::Administrators => "Only an administrator changes the account of one.",
            Self::WrongCredentials => "The name or the password is not right.",
            Self::WrongProof => "The password is not right.",
            Self::SignUpClosed => "Nobody can sign up here. The operator makes the accounts.",
            Self::SecondFactorMissing(_) => {
                "This account has a second factor. Give it with the mfa_token as the bearer."
            }
            Self::EmailNotVerified
            | Self::EmailToVerify(_)
            | Self::EmailToVerifyByLastMail { .. }
            | Self::MailTooSoon { .. }
            | Self::VerificationOver
            | Self::EmailIsVerified
            | Self::NoMoreMails => self.words_about_verification(),
            Self::Factor(problem) => problem.words(),
            Self::Role(problem) => return problem.message(),
            Self::Registry(problem) => return problem.message(),
            Self::Job(trouble) => trouble.words(),
            Self::NoSecondFactor => {
                "A second factor has to be set up first. Sign in on the page that leads there."
            }
            Self::NewPasswordMissing => {
                "Another password has to be chosen first. Sign in on the page that leads there."
            }
            Self::Taken("email") => "There is an account with this address.",
            Self::Taken(_) => "Somebody else has this username.",
            Self::LastAdministrator => "The last administrator stays.",
            Self::Leaving => {
                "This account waits to be deleted. Sign in on the page that offers to keep it."
            }
            Self::ClientNotAllowed => "This client may not use the authentication API.",
            Self::RefreshToken => "The refresh token is not valid. Sign in again.",
            Self::ResetToken => "This link is not valid, or its time is over. Ask for another one.",
            Self::OAuth(error) => return error.description(),
            Self::Problem(problem) => words_of(problem),
        };
        words.to_owned()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, message) = (self.status(), self.code(), self.message());
        let retry_after = match &self {
            Self::Registry(problem) => problem.retry_after(),
            Self::Job(trouble) => trouble.retry_after(),
            Self::EmailToVerifyByLastMail { retry_after } | Self::MailTooSoon { retry_after } => {
                Some((*retry_after).max(1))
            }
            _ => None,
        };
        match self {
            // The layer outside renders it, as it does where nothing of ours is reached.
            Self::Problem(problem) => problem.into_response(),
            Self::Fields(errors) | Self::Query(errors) => {
                json_answer(status, &shape(status, (code, &message), &errors))
            }
            Self::Taken(field) => {
                let error = FieldError { field, message: "is taken".to_owned() };
                json_answer(status, &shape(status, (code, &message), &[error]))
            }
            Self::SecondFactorMissing(half) => {
                json_answer(status, &extended(shape(status, (code, &message), &[]), half.members()))
            }
            Self::EmailToVerify(token) => json_answer(
                status,
                &extended(shape(status, (code, &message), &[]), token.members()),
            ),
            Self::OAuth(error) => {
                log(&error);
                let mut response = json_answer(status, &shape(status, (code, &message), &[]));
                if status == StatusCode::UNAUTHORIZED {
                    let how = match error {
                        OAuthError::ClientAuthentication { by_header: true } => BASIC,
                        OAuthError::ClientAuthentication { .. } => {
                            challenge(&OAuthError::TokenMissing)
                        }
                        _ => challenge(&error),
                    };
                    response.headers_mut().insert(header::WWW_AUTHENTICATE, how);
                } else if error.is_unavailable() {
                    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(5));
                }
                response
            }
            _ => {
                tracing::info!(code, "the call was refused");
                let mut response = json_answer(status, &shape(status, (code, &message), &[]));
                if status == StatusCode::UNAUTHORIZED {
                    // RFC 9110 §15.5.2: each 401 says how to come.
                    let bearer = challenge(&OAuthError::TokenMissing);
                    response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
                }
                if let Some(seconds) = retry_after {
                    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                }
                response
            }
        }
    }
}

const fn status_of(error: &OAuthError) -> StatusCode {
    match error {
        OAuthError::TokenMissing
        | OAuthError::TokenInvalid
        | OAuthError::ClientAuthentication { .. } => StatusCode::UNAUTHORIZED,
        OAuthError::ScopeMissing(_) => StatusCode::FORBIDDEN,
        fault if fault.is_unavailable() => StatusCode::SERVICE_UNAVAILABLE,
        fault if fault.is_fault() => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// The answer to a problem that no handler had a word for.
#[must_use]
pub(crate) fn answer_of(problem: &PageError) -> Response {
    let status = problem.status();
    json_answer(status, &shape(status, (code_of(problem), words_of(problem)), &[]))
}

fn shape(status: StatusCode, (code, message): (&str, &str), errors: &[FieldError]) -> Value {
    let mut body = json!({
        "statusCode": status.as_u16(),
        "error": status.canonical_reason().unwrap_or("Error"),
        "message": message,
        "errorCode": code,
    });
    let errors: Vec<Value> = errors
        .iter()
        .map(|error| json!({ "field": error.field, "message": error.message }))
        .collect();
    if let (Some(body), false) = (body.as_object_mut(), errors.is_empty()) {
        body.insert("errors".to_owned(), Value::Array(errors));
    }
    body
}

fn extended(mut body: Value, members: Map<String, Value>) -> Value {
    if let Some(body) = body.as_object_mut() {
        body.extend(members);
    }
    body
}

const fn code_of(problem: &PageError) -> &'static str {
    match problem {
        PageError::NotFound => "not_found",
        PageError::MethodNotAllowed => "method_not_allowed",
        PageError::TooLarge => "body_too_large",
        PageError::Throttled { .. } => "too_many_requests",
        PageError::Busy | PageError::Unavailable => "temporarily_unavailable",
        PageError::CrossSite => "origin_not_allowed",
        PageError::Forbidden => "forbidden",
        PageError::Fault(_) => "internal_error",
        PageError::FormExpired { .. }
        | PageError::OtherAccount { .. }
        | PageError::CookiesOff
        | PageError::Malformed => "invalid_body",
    }
}

const fn words_of(problem: &PageError) -> &'static str {
    match problem {
        PageError::NotFound => "There is nothing at this address.",
        PageError::MethodNotAllowed => "This address does not take that method.",
        PageError::TooLarge => "The body is too large.",
        PageError::Throttled { .. } => "Too many tries. Retry-After says how long to wait.",
        PageError::Busy | PageError::Unavailable => {
            "The service is not available just now. Try again in a moment."
        }
        PageError::CrossSite => {
            "No client that may use this API has registered the origin of this page."
        }
        PageError::Forbidden => "This is not allowed.",
        PageError::Fault(_) => "Something went wrong on our side.",
        PageError::FormExpired { .. }
        | PageError::OtherAccount { .. }
        | PageError::CookiesOff
        | PageError::Malformed => "The request cannot be read.",
    }
}
