//! Names of what a resource is at a moment, and calls that want it to be so (RFC 9110 §8.8.3 and §13.1.1).

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use headers::{ETag, HeaderMapExt as _, IfMatch};
use serde_json::{Map, Value};

use super::super::oauth::token::json_answer;
use super::error::ApiError;

/// The name of what a resource is, with everything that is told of it.
fn etag_of(entry: &Map<String, Value>) -> Option<ETag> {
    let digest = digest(&SHA256, Value::Object(entry.clone()).to_string().as_bytes());
    format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(digest)).parse().ok()
}

/// An answer that is the resource as it is, or a part of it, with the name of the whole.
pub(super) fn tagged(status: StatusCode, whole: &Map<String, Value>, shown: &Value) -> Response {
    let mut response = json_answer(status, shown);
    if let Some(etag) = etag_of(whole) {
        response.headers_mut().typed_insert(etag);
    }
    response
}

/// What a call wants a resource to be; anything where it does not say.
#[derive(Debug)]
pub(super) struct AsSeen(Option<IfMatch>);

impl AsSeen {
    /// What the headers of a call say.
    ///
    /// # Errors
    ///
    /// `Changed` where nothing could be so.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        headers.typed_try_get::<IfMatch>().map(Self).map_err(|_| ApiError::Changed)
    }

    /// Whether the call says anything of it.
    pub(super) const fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Whether a resource is so.
    pub(super) fn is(&self, entry: &Map<String, Value>) -> bool {
        self.0
            .as_ref()
            .is_none_or(|wish| etag_of(entry).is_some_and(|etag| wish.precondition_passes(&etag)))
    }
}
