//! Fetching a picture from an address that a person gave.
//!
//! The guard stands where the connection is made: names are resolved by us, every address that is
//! not public is dropped, and the connection goes to one of those that are left, so that a name
//! cannot resolve otherwise the second time. Each redirect is checked like the first address.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, HOST, LOCATION, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use tower::Service;
use url::{Host, Url};

use super::PictureRefusal;
use super::remake::MOST_BYTES;
use crate::domain::public_address::{is_name_of_others, is_public};

/// Addresses that one fetch asks at most, the first among them.
const MOST_HOPS: usize = 4;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For all of it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where names lead, as the network tells it.
type Lookup = Arc<dyn Fn(String) -> Found + Send + Sync>;
type Found = Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;

/// Says where a connection may go. Which addresses those are is the program's to say, never a
/// setting's.
#[derive(Clone)]
struct Guard {
    lookup: Lookup,
    is_allowed: fn(IpAddr) -> bool,
}

impl Guard {
    /// Public addresses alone.
    fn public() -> Self {
        let lookup = |name: String| -> Found {
            Box::pin(
                async move { Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.collect()) },
            )
        };
        Self { lookup: Arc::new(lookup), is_allowed: is_public }
    }

    /// An address that may be asked: https, on its usual port, without a password, and where it
    /// names an IP address, an allowed one. The parser has read every spelling of one (decimal,
    /// octal, hex).
    fn checked(&self, url: Option<Url>) -> Result<Url, PictureRefusal> {
        let url = url.filter(|url| {
            url.scheme() == "https"
                && url.port().is_none()
                && url.username().is_empty()
                && url.password().is_none()
                && url.as_str().len() <= 2_000
        });
        let url = url.ok_or(PictureRefusal::AddressRefused)?;
        let is_allowed = match url.host() {
            Some(Host::Domain(name)) => is_name_of_others(name),
            Some(Host::Ipv4(address)) => (self.is_allowed)(address.into()),
            Some(Host::Ipv6(address)) => (self.is_allowed)(address.into()),
            None => false,
        };
        is_allowed.then_some(url).ok_or(PictureRefusal::AddressRefused)
    }

    /// Where an answer leads, where it leads on.
    fn next<B>(&self, url: &Url, answer: &Response<B>) -> Result<Option<Url>, PictureRefusal> {
        if answer.status() == StatusCode::OK {
            return Ok(None);
        }
        if !answer.status().is_redirection() {
            return Err(PictureRefusal::Unreachable(answer.status().to_string()));
        }
        let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        self.checked(location.and_then(|location| url.join(location).ok())).map(Some)
    }
}

impl Service<Name> for Guard {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = std::io::Error;
    type Future =
        Pin<Box<dyn Future<Output = std::io::Result<std::vec::IntoIter<SocketAddr>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (found, is_allowed) = ((self.lookup)(name.as_str().to_owned()), self.is_allowed);
        Box::pin(async move {
            let mut allowed = found.await?;
            allowed.retain(|found| is_allowed(found.ip()));
            if allowed.is_empty() {
                return Err(std::io::Error::other("no public address"));
            }
            Ok(allowed.into_iter())
        })
    }
}

/// What fetches: a guard, and whom it believes that they are who they say.
struct Fetcher {
    guard: Guard,
    trust: ClientConfig,
}

/// The bytes at `address`, which may redirect a few times.
///
/// # Errors
///
/// With why they cannot be had.
pub(super) async fn picture(address: &str) -> Result<Vec<u8>, PictureRefusal> {
    Fetcher::public()?.picture(address).await
}

type HttpsClient = Client<HttpsConnector<HttpConnector<Guard>>, Empty<Bytes>>;

impl Fetcher {
    /// One for the open net, with the usual authorities.
    fn public() -> Result<Self, PictureRefusal> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let trust = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| PictureRefusal::Unreachable(error.to_string()))?
            .with_webpki_roots()
            .with_no_client_auth();
        Ok(Self { guard: Guard::public(), trust })
    }

    async fn picture(self, address: &str) -> Result<Vec<u8>, PictureRefusal> {
        let fetching = tokio::time::timeout(TIMEOUT, self.follow(address));
        fetching
            .await
            .unwrap_or_else(|_| Err(PictureRefusal::Unreachable("it took too long".to_owned())))
    }

    async fn follow(self, address: &str) -> Result<Vec<u8>, PictureRefusal> {
        let mut url = self.guard.checked(Url::parse(address).ok())?;
        let guard = self.guard.clone();
        let client = self.client();
        for _ in 0..MOST_HOPS {
            let answer = ask(&client, &url).await?;
            match guard.next(&url, &answer)? {
                Some(elsewhere) => url = elsewhere,
                None => return read(answer).await,
            }
        }
        Err(PictureRefusal::Unreachable("too many redirects".to_owned()))
    }

    fn client(self) -> HttpsClient {
        let mut connector = HttpConnector::new_with_resolver(self.guard);
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(self.trust)
            .https_only()
            .enable_http1()
            .wrap_connector(connector);
        Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(https)
    }
}

async fn ask(client: &HttpsClient, url: &Url) -> Result<Response<Incoming>, PictureRefusal> {
    let unreachable =
        |error: &dyn std::fmt::Display| PictureRefusal::Unreachable(error.to_string());
    let request = Request::get(url.as_str())
        .header(HOST, url.host_str().unwrap_or_default())
        .header(ACCEPT, "image/png, image/jpeg, image/webp")
        .header(USER_AGENT, "Protekt")
        .body(Empty::new())
        .map_err(|error| unreachable(&error))?;
    client.request(request).await.map_err(|error| unreachable(&error))
}

async fn read<B>(answer: Response<B>) -> Result<Vec<u8>, PictureRefusal>
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let collected = Limited::new(answer.into_body(), MOST_BYTES).collect().await;
    collected.map(|body| body.to_bytes().to_vec()).map_err(|error| {
        if error.downcast_ref::<http_body_util::LengthLimitError>().is_some() {
            PictureRefusal::TooLarge
        } else {
            PictureRefusal::Unreachable(error.to_string())
        }
    })
}

#[cfg(test)]
mod tests;
