//! The JSON body of a call, and what is wrong with its members.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::super::App;
use super::super::page_error::PageError;
use super::error::{ApiError, FieldError};
use crate::oauth::Parameters;
use crate::oauth::params::UnusableParameter;

/// The members of a JSON object. What is wrong with those that are asked for is gathered, so that
/// all of it is told at once; others are ignored.
#[derive(Debug)]
pub(crate) struct Body {
    /// As the token endpoint reads them.
    pub(super) members: Parameters,
    bytes: Bytes,
    errors: Vec<FieldError>,
}

impl FromRequest<App> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let is_json = is_json(request.headers());
        let bytes = Bytes::from_request(request, app).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                PageError::TooLarge
            } else {
                PageError::Malformed
            }
        })?;
        // A call that needs nothing of the body may come without one.
        if bytes.is_empty() {
            return Ok(Self { members: Parameters::default(), bytes, errors: Vec::new() });
        }
        // Whatever a page elsewhere can send without asking first is no JSON (Fetch §3.2.2).
        if !is_json {
            return Err(ApiError::NotJson);
        }
        let members = Parameters::from_json_texts(&bytes).map_err(|_| ApiError::NotAnObject)?;
        Ok(Self { members, bytes, errors: Vec::new() })
    }
}

impl Body {
    /// A member that may be missing.
    pub(super) fn optional(&mut self, field: &'static str) -> Option<String> {
        match self.members.single(field) {
            Ok(value) => value.map(str::to_owned),
            Err(UnusableParameter::Repeated(_)) => {
                self.refuse(field, "stands more than once");
                None
            }
            Err(UnusableParameter::Malformed(_)) => {
                self.refuse(field, "must be a text without control characters");
                None
            }
        }
    }

    /// A member that must be there.
    pub(super) fn required(&mut self, field: &'static str) -> String {
        let value = self.optional(field);
        if value.is_none() {
            self.refuse(field, "is missing");
        }
        value.unwrap_or_default()
    }

    /// A member that must be there and is never printed.
    pub(super) fn secret(&mut self, field: &'static str) -> SecretString {
        SecretString::from(self.required(field))
    }

    /// The members as they stand there, for who tells a `null` from what is missing. One of those that are
    /// `known` may not stand there twice: nobody knows which is meant.
    pub(super) fn object(&mut self, known: &[&'static str]) -> Map<String, Value> {
        let repeated = Parameters::repeated_in_json(&self.bytes);
        for name in known.iter().filter(|name| repeated.contains(**name)) {
            self.refuse(name, "stands more than once");
        }
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// Notes what is wrong with a member; of several things the first.
    pub(super) fn refuse(&mut self, field: &'static str, message: &str) {
        if self.errors.iter().any(|error| error.field == field) {
            return;
        }
        self.errors.push(FieldError { field, message: message.to_owned() });
    }

    /// The end of reading.
    ///
    /// # Errors
    ///
    /// With everything that is wrong.
    pub(super) fn check(&mut self) -> Result<(), ApiError> {
        if self.errors.is_empty() {
            return Ok(());
        }
        Err(ApiError::Fields(std::mem::take(&mut self.errors)))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}
