//! Requests to providers of mail and SMS: bounded in time and size, following no redirect.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::transport::TransportError;

/// From the first byte sent to the last byte of the answer's head.
const TIME_LIMIT: Duration = Duration::from_secs(20);
/// What says why a message was refused is short, and comes at once.
const REASON_TIME_LIMIT: Duration = Duration::from_secs(5);
const REASON_LIMIT: usize = 16 * 1024;

/// A client with its own pool of connections. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct HttpClient(Arc<Client<HttpsConnector<HttpConnector>, Full<Bytes>>>);

/// What a provider answered.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// Read of refusals only; empty where it could not be read.
    pub(super) body: Bytes,
}

/// What is sent, and how.
pub(super) struct Content {
    pub(super) kind: &'static str,
    pub(super) body: Vec<u8>,
}

impl HttpClient {
    /// A client that trusts the usual authorities.
    pub(super) fn new() -> Result<Self, TransportError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(provider)
            .map_err(|error| TransportError::passing(&error))?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self(Arc::new(Client::builder(TokioExecutor::new()).build(connector))))
    }

    /// Asks `url`, or sends `content` there.
    ///
    /// # Errors
    ///
    /// If there is no answer in time.
    pub(super) async fn request(
        &self,
        url: &str,
        authorization: &HeaderValue,
        content: Option<Content>,
    ) -> Result<Answer, TransportError> {
        let method = if content.is_some() { Method::POST } else { Method::GET };
        let mut request =
            Request::builder().method(method).uri(url).header(AUTHORIZATION, authorization);
        if let Some(content) = &content {
            request = request.header(CONTENT_TYPE, content.kind);
        }
        let body = Full::from(content.map(|content| content.body).unwrap_or_default());
        let request = request.body(body).map_err(|error| TransportError::lasting(&error))?;
        let answer = tokio::time::timeout(TIME_LIMIT, self.0.request(request))
            .await
            .map_err(|_| TransportError::passing(&"the provider takes too long"))?
            .map_err(|error| unreachable_provider(&error))?;
        Ok(read(answer).await)
    }
}

/// The body of a success says nothing that we need; one that hangs must not make it a failure.
async fn read(answer: Response<Incoming>) -> Answer {
    let (head, body) = answer.into_parts();
    if head.status.is_success() {
        return Answer { status: head.status, body: Bytes::new() };
    }
    let reading = Limited::new(body, REASON_LIMIT).collect();
    let body = match tokio::time::timeout(REASON_TIME_LIMIT, reading).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) | Err(_) => Bytes::new(),
    };
    Answer { status: head.status, body }
}

/// The cause lies at the bottom: a refused connection, a certificate that nobody vouches for.
fn unreachable_provider(error: &hyper_util::client::legacy::Error) -> TransportError {
    let mut text = "the provider cannot be reached".to_owned();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    TransportError::passing(&text)
}

impl Answer {
    /// What `taken`, or another status, means for the message. `reason` is what the provider said,
    /// as far as it can be told.
    pub(super) fn judged(&self, taken: StatusCode, reason: &str) -> Result<(), TransportError> {
        let status = self.status;
        if status == taken {
            return Ok(());
        }
        let mut text = format!("the provider answered {}", status.as_u16());
        let reason: String =
            reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
        if !reason.is_empty() {
            text = format!("{text}: {reason}");
        }
        Err(TransportError { is_lasting: is_lasting(status), ..TransportError::passing(&text) })
    }
}

/// A wrong key, a missing right, an empty purse, a wrong address or too much at once blame our
/// set-up, which the operator can mend before the message expires; other 4xx blame the message. An
/// unknown success may be one: trying again could send it twice.
const fn is_lasting(status: StatusCode) -> bool {
    match status.as_u16() {
        401 | 402 | 403 | 404 | 405 | 408 | 425 | 429 => false,
        200..=299 | 400..=499 => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, reason: &str) -> Result<(), TransportError> {
        let status = StatusCode::from_u16(status).unwrap();
        let answer = Answer { status, body: Bytes::new() };
        answer.judged(StatusCode::ACCEPTED, reason)
    }

    #[test]
    fn a_message_is_blamed_for_good_and_a_set_up_or_an_outage_for_now() {
        assert!(judged(202, "").is_ok());
        for (status, is_lasting) in [
            (200, true),
            (302, false),
            (400, true),
            (401, false),
            (403, false),
            (404, false),
            (408, false),
            (413, true),
            (422, true),
            (429, false),
            (500, false),
            (503, false),
        ] {
            assert_eq!(judged(status, "").unwrap_err().is_lasting, is_lasting, "{status}");
        }
    }

    #[test]
    fn a_reason_stays_on_its_line() {
        let error = judged(400, "no such\r\nmail\0box").unwrap_err();
        assert_eq!(error.reason, "the provider answered 400: no such  mail box");
    }
}
