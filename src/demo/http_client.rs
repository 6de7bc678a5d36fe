//! The back channel: plain HTTP to the provider, bounded in time and size, following no redirect.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::Response;
use axum::http::uri::Scheme;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use thiserror::Error;

/// From the first byte sent to the last byte read.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The largest answer that is read, in bytes.
const ANSWER_LIMIT: usize = 1024 * 1024;

/// Why the provider gave no answer.
#[derive(Debug, Error)]
pub(super) enum HttpError {
    /// The address is not plain http, and this client has no TLS.
    #[error("the demo speaks plain http only, and the provider named another scheme")]
    Scheme,
    /// No connection, or it broke.
    #[error("the provider cannot be reached")]
    Connection(#[source] hyper_util::client::legacy::Error),
    /// The body broke off or is larger than the limit.
    #[error("the provider's answer could not be read to its end")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Nothing within the time limit.
    #[error("the provider did not answer in time")]
    Timeout,
}

/// An HTTP/1.1 client for the `openidconnect` crate.
#[derive(Clone, Debug)]
pub(super) struct HttpClient {
    inner: Client<HttpConnector, Full<Bytes>>,
}

impl HttpClient {
    /// A client with its own pool of connections.
    pub(super) fn new() -> Self {
        Self { inner: Client::builder(TokioExecutor::new()).build(HttpConnector::new()) }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if request.uri().scheme() != Some(&Scheme::HTTP) {
            return Err(HttpError::Scheme);
        }
        let exchange = async {
            let answer = self
                .inner
                .request(request.map(|body| Full::new(Bytes::from(body))))
                .await
                .map_err(HttpError::Connection)?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, ANSWER_LIMIT).collect().await.map_err(HttpError::Body)?;
            Ok(Response::from_parts(head, body.to_bytes().to_vec()))
        };
        tokio::time::timeout(TIME_LIMIT, exchange).await.map_err(|_| HttpError::Timeout)?
    }
}

impl<'c> AsyncHttpClient<'c> for HttpClient {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(url: &str) -> HttpRequest {
        axum::http::Request::get(url).body(Vec::new()).unwrap()
    }

    #[tokio::test]
    async fn only_plain_http_is_spoken() {
        let refusal = HttpClient::new().call(get("https://localhost:1/")).await.unwrap_err();
        assert!(matches!(refusal, HttpError::Scheme));
    }

    #[tokio::test]
    async fn an_answer_over_the_limit_is_refused() {
        let app = axum::Router::new()
            .route("/", axum::routing::get(|| async { "a".repeat(ANSWER_LIMIT + 1) }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let refusal = HttpClient::new().call(get(&format!("http://{address}/"))).await.unwrap_err();
        assert!(matches!(refusal, HttpError::Body(_)));
    }
}
