//! Requests to providers of mail and SMS: bounded in time and size, following no redirect.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::http::response::Parts;
use hyper::{Request, Response, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::transport::TransportError;

/// From the first byte sent to the last byte of the answer's head.
const TIME_LIMIT: Duration = Duration::from_secs(20);
/// What says why a message was refused, or how an account is, is short, and comes at once.
const BODY_TIME_LIMIT: Duration = Duration::from_secs(5);
/// A key that may do everything has hundreds of rights.
const BODY_LIMIT: usize = 64 * 1024;

/// A client with its own pool of connections. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct HttpClient(Arc<Client<HttpsConnector<HttpConnector>, Full<Bytes>>>);

/// What a provider answered.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// Whether it says that it speaks JSON, as an API does.
    pub(super) is_json: bool,
    /// In how many seconds it wants to be asked again.
    retry_after: Option<i64>,
    /// Empty where a message was taken, or it could not be read.
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

    /// Asks `url`.
    ///
    /// # Errors
    ///
    /// If there is no answer in time.
    pub(super) async fn ask(
        &self,
        url: &str,
        authorization: &HeaderValue,
    ) -> Result<Answer, TransportError> {
        let request = Request::get(url).header(AUTHORIZATION, authorization).body(Full::default());
        Ok(read(self.answer(request).await?).await)
    }

    /// Sends `content` to `url`.
    ///
    /// # Errors
    ///
    /// If there is no answer in time.
    pub(super) async fn send(
        &self,
        url: &str,
        authorization: &HeaderValue,
        content: Content,
    ) -> Result<Answer, TransportError> {
        let request = Request::post(url)
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_TYPE, content.kind)
            .body(Full::from(content.body));
        let answer = self.answer(request).await?;
        // The body of a success says nothing that we need; one that hangs must not make it a
        // failure.
        if answer.status().is_success() {
            return Ok(Answer::of(&answer.into_parts().0, Bytes::new()));
        }
        Ok(read(answer).await)
    }

    async fn answer(
        &self,
        request: hyper::http::Result<Request<Full<Bytes>>>,
    ) -> Result<Response<Incoming>, TransportError> {
        let request = request.map_err(|error| TransportError::lasting(&error))?;
        tokio::time::timeout(TIME_LIMIT, self.0.request(request))
            .await
            .map_err(|_| TransportError::passing(&"the provider takes too long"))?
            .map_err(|error| unreachable_provider(&error))
    }
}

async fn read(answer: Response<Incoming>) -> Answer {
    let (head, body) = answer.into_parts();
    let reading = Limited::new(body, BODY_LIMIT).collect();
    let body = match tokio::time::timeout(BODY_TIME_LIMIT, reading).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) | Err(_) => Bytes::new(),
    };
    Answer::of(&head, body)
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
    fn of(head: &Parts, body: Bytes) -> Self {
        let text = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
        let is_json = text(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json"));
        let retry_after = text(RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
        Self { status: head.status, is_json, retry_after, body }
    }

    /// What the answer means for a message, which is `taken` where it is the one that the API
    /// documents: a proxy, or the page of a hotel, may answer 200 and send nothing.
    pub(super) fn judged_as(&self, taken: bool, reason: &str) -> Result<(), TransportError> {
        self.judged(reason)?;
        if taken {
            return Ok(());
        }
        let status = self.status.as_u16();
        let text = format!("the provider answered {status}, but not as this API does");
        Err(TransportError::passing(&text))
    }

    /// Whether the status is a success. `reason` is what the other side said, as far as it can be
    /// told.
    pub(super) fn judged(&self, reason: &str) -> Result<(), TransportError> {
        let status = self.status;
        if status.is_success() {
            return Ok(());
        }
        let mut text = format!("the provider answered {}", status.as_u16());
        let reason: String =
            reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
        if !reason.is_empty() {
            text = format!("{text}: {reason}");
        }
        Err(TransportError {
            is_lasting: is_lasting(status),
            retry_after: self.retry_after.filter(|_| matches!(status.as_u16(), 429 | 503)),
            ..TransportError::passing(&text)
        })
    }
}

/// Whether another try cannot help. A wrong key, a missing right, an empty purse or a wrong address
/// (401 to 405) blame our set-up, which the operator can mend before the message expires; 408, 425
/// and 429 say "later". Other 4xx blame the message. 5xx and redirects may pass.
const fn is_lasting(status: StatusCode) -> bool {
    match status.as_u16() {
        401..=405 | 408 | 425 | 429 => false,
        400..=499 => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, reason: &str) -> Result<(), TransportError> {
        let status = StatusCode::from_u16(status).unwrap();
        let answer = Answer { status, is_json: true, retry_after: None, body: Bytes::new() };
        answer.judged(reason)
    }

    #[test]
    fn a_message_is_blamed_for_good_and_a_set_up_or_an_outage_for_now() {
        for status in [200, 201, 202, 204] {
            assert!(judged(status, "").is_ok(), "{status}");
        }
        for (status, is_lasting) in [
            (302, false),
            (400, true),
            (401, false),
            (403, false),
            (404, false),
            (402, false),
            (405, false),
            (408, false),
            (409, true),
            (410, true),
            (413, true),
            (422, true),
            (425, false),
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
