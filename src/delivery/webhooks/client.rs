//! Calling addresses that somebody gave, without being led into our own network.
//!
//! The guard stands where the connection is made: names are resolved by us at each call, every address that may not
//! be called is dropped, and the connection goes to one of those that are left. No redirect is followed, no proxy is
//! asked, and no connection is kept.

use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use hyper::header::RETRY_AFTER;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use ipnet::IpNet;
use rustls::ClientConfig;
use tower::Service;
use url::{Host, Url};

use crate::domain::public_address::{is_name_of_others, is_public};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Until the head of the answer is there.
const TIMEOUT: Duration = Duration::from_secs(15);
/// What a receiver says in its answer comes at once, or is not read.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);
/// How much of an answer is kept, in bytes.
const MOST_OF_ANSWER: usize = 4 * 1024;
const LONGEST_URL: usize = 2_000;
/// The first port that needs no right of its own to listen at.
const FIRST_FREE_PORT: u16 = 1_024;

/// Where names lead, as the network tells it.
pub(super) type Lookup = Arc<dyn Fn(String) -> Found + Send + Sync>;
pub(super) type Found = Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;

/// Why an address is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableUrl {
    /// It is none, or too long, or names something besides a host, a port, a path and a query.
    #[error(
        "must be an https address of at most 2,000 characters, without a name, a password or a fragment"
    )]
    Form,
    /// A port that no web server listens at.
    #[error("must have the port 443, 80, or one from 1024")]
    Port,
    /// It leads into a network that is not called.
    #[error("must lead to a public address, or into one of webhooks.allowed_networks")]
    Network,
}

/// Says where a connection may go.
#[derive(Clone)]
struct Guard {
    lookup: Lookup,
    allowed: Arc<[IpNet]>,
    /// Whether public addresses may be called: by https alone.
    takes_public: bool,
}

impl Guard {
    fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        (self.takes_public && is_public(address))
            || self.allowed.iter().any(|network| network.contains(&address))
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
        let guard = self.clone();
        Box::pin(async move {
            let mut found = (guard.lookup)(name.as_str().to_owned()).await?;
            found.retain(|found| guard.allows(found.ip()));
            if found.is_empty() {
                return Err(std::io::Error::other(
                    "the name leads to no address that may be called",
                ));
            }
            Ok(found.into_iter())
        })
    }
}

/// What a call came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Called {
    pub(super) status: Option<u16>,
    /// In how many seconds the receiver wants to be called again.
    pub(super) retry_after: Option<i64>,
    /// Why there was no answer.
    pub(super) fault: Option<String>,
    /// The beginning of the answer, without control characters.
    pub(super) answer: Option<String>,
}

/// Calls addresses that somebody gave. Cheap to clone.
#[derive(Clone)]
pub struct WebhookClient {
    secure: Client<HttpsConnector<HttpConnector<Guard>>, Full<Bytes>>,
    plain: Client<HttpConnector<Guard>, Full<Bytes>>,
    by_https: Guard,
    by_http: Guard,
}

impl std::fmt::Debug for WebhookClient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("WebhookClient")
            .field("allowed", &self.by_https.allowed)
            .finish_non_exhaustive()
    }
}

impl WebhookClient {
    /// One that calls public addresses by https, and those of `allowed` by http, too.
    ///
    /// # Errors
    ///
    /// If there is no TLS.
    pub fn new(allowed: &[IpNet]) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let trust = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_webpki_roots()
            .with_no_client_auth();
        let lookup = |name: String| -> Found {
            Box::pin(
                async move { Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.collect()) },
            )
        };
        Ok(Self::with(Arc::new(lookup), allowed, trust))
    }

    pub(super) fn with(lookup: Lookup, allowed: &[IpNet], trust: ClientConfig) -> Self {
        let by_https = Guard { lookup, allowed: allowed.into(), takes_public: true };
        let by_http = Guard { takes_public: false, ..by_https.clone() };
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(trust)
            .https_only()
            .enable_http1()
            .wrap_connector(connector(&by_https));
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_max_idle_per_host(0);
        Self {
            secure: builder.build(https),
            plain: builder.build(connector(&by_http)),
            by_https,
            by_http,
        }
    }

    /// An address that may be called, as far as it shows. The parser has read every spelling of an IP address
    /// (decimal, octal, hex).
    ///
    /// # Errors
    ///
    /// With what is wrong with it.
    pub fn checked(&self, text: &str) -> Result<Url, UnusableUrl> {
        let url = Url::parse(text).map_err(|_| UnusableUrl::Form)?;
        let guard = match url.scheme() {
            "https" => &self.by_https,
            "http" if !self.by_http.allowed.is_empty() => &self.by_http,
            _ => return Err(UnusableUrl::Form),
        };
        let is_plain = url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && url.as_str().len() <= LONGEST_URL;
        if !is_plain {
            return Err(UnusableUrl::Form);
        }
        if !matches!(url.port(), None | Some(80 | 443 | FIRST_FREE_PORT..)) {
            return Err(UnusableUrl::Port);
        }
        let may_be_called = match url.host() {
            // Where a private network is called, names in it are, too.
            Some(Host::Domain(name)) => !guard.allowed.is_empty() || is_name_of_others(name),
            Some(Host::Ipv4(address)) => guard.allows(address.into()),
            Some(Host::Ipv6(address)) => guard.allows(address.into()),
            None => false,
        };
        may_be_called.then_some(url).ok_or(UnusableUrl::Network)
    }

    /// The same, with where its name leads at this moment; a name that cannot be resolved now may be later.
    ///
    /// # Errors
    ///
    /// With what is wrong with it.
    pub async fn resolved(&self, text: &str) -> Result<Url, UnusableUrl> {
        let url = self.checked(text)?;
        let guard = if url.scheme() == "http" { &self.by_http } else { &self.by_https };
        if let Some(Host::Domain(name)) = url.host() {
            let looking = tokio::time::timeout(CONNECT_TIMEOUT, (guard.lookup)(name.to_owned()));
            if let Ok(Ok(found)) = looking.await
                && !found.iter().all(|found| guard.allows(found.ip()))
            {
                return Err(UnusableUrl::Network);
            }
        }
        Ok(url)
    }

    pub(super) async fn call(&self, request: Request<Full<Bytes>>) -> Called {
        let text = request.uri().to_string();
        let fault = |fault: String| Called { fault: Some(fault), ..Called::default() };
        // The setting may be another than when the address was given.
        let asked = match self.checked(&text) {
            Ok(url) if url.scheme() == "http" => self.plain.request(request),
            Ok(_) => self.secure.request(request),
            Err(error) => return fault(format!("the address {error}")),
        };
        match tokio::time::timeout(TIMEOUT, asked).await {
            Err(_) => fault("no answer in time".to_owned()),
            Ok(Err(error)) => fault(told(&error)),
            Ok(Ok(answer)) => {
                let (head, body) = answer.into_parts();
                let retry_after = head.headers.get(RETRY_AFTER).and_then(|it| it.to_str().ok());
                Called {
                    status: Some(head.status.as_u16()),
                    retry_after: retry_after.and_then(|seconds| seconds.trim().parse().ok()),
                    fault: None,
                    answer: beginning(body).await,
                }
            }
        }
    }
}

fn connector(guard: &Guard) -> HttpConnector<Guard> {
    let mut connector = HttpConnector::new_with_resolver(guard.clone());
    connector.enforce_http(false);
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    connector
}

/// The beginning of an answer; `None` where it says nothing.
async fn beginning(mut body: Incoming) -> Option<String> {
    let mut bytes = Vec::new();
    let reading = async {
        while bytes.len() < MOST_OF_ANSWER {
            let Some(Ok(frame)) = body.frame().await else { break };
            if let Ok(data) = frame.into_data() {
                let room = MOST_OF_ANSWER - bytes.len();
                bytes.extend(data.iter().take(room));
            }
        }
    };
    // What came until then is kept.
    let _in_time = tokio::time::timeout(ANSWER_TIMEOUT, reading).await.is_ok();
    let text = String::from_utf8_lossy(&bytes);
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The cause lies at the bottom: a refused connection, a certificate that nobody vouches for.
fn told(error: &hyper_util::client::legacy::Error) -> String {
    let mut text = "the receiver cannot be reached".to_owned();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

#[cfg(test)]
mod tests;
