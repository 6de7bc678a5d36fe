//! The answer a person gets instead of the page they asked for.
//!
//! What a handler needs first (who is signed in, a proof, a request that still holds) is asked for
//! with `?`: where it is missing, this is the way there.

use axum::response::{IntoResponse, Response};

use super::page_error::PageError;
use super::way_back::signed_out_meanwhile;
use crate::accounts::OwnSessionRefusal;

/// Why a handler goes no further, as the answer to it.
#[derive(Debug)]
pub(super) enum Instead {
    /// Another page, or the way to one.
    Answer(Box<Response>),
    /// A page that says what is in the way.
    Problem(PageError),
}

impl Instead {
    /// The answer, where a handler has no other.
    ///
    /// # Errors
    ///
    /// What is in the way.
    pub(super) fn into_answer(self) -> Result<Response, PageError> {
        match self {
            Self::Answer(answer) => Ok(*answer),
            Self::Problem(error) => Err(error),
        }
    }
}

/// A form was sent whose session ended while it was under way: nothing was done.
impl From<OwnSessionRefusal> for Instead {
    fn from(refusal: OwnSessionRefusal) -> Self {
        match refusal {
            OwnSessionRefusal::SessionIsOver => signed_out_meanwhile().into(),
            OwnSessionRefusal::Throttled { retry_after_seconds: retry_after } => {
                PageError::Throttled { retry_after }.into()
            }
            OwnSessionRefusal::Fault(fault) => fault.into(),
        }
    }
}

impl From<Response> for Instead {
    fn from(answer: Response) -> Self {
        Self::Answer(Box::new(answer))
    }
}

impl<E: Into<PageError>> From<E> for Instead {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

impl IntoResponse for Instead {
    fn into_response(self) -> Response {
        self.into_answer().into_response()
    }
}
