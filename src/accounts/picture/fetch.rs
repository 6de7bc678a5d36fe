//! Fetching a picture from an address that a person gave.
//!
//! The guard stands where the connection is made: names are resolved by us, every address that is
//! not public is dropped, and the connection goes to one of those that are left, so that a name
//! cannot resolve otherwise the second time. Each redirect is checked like the first address.

use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, HOST, LOCATION, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use tower::Service;
use url::{Host, Url};

use super::PictureRefusal;
use super::public_address::is_public;
use super::remake::MOST_BYTES;

/// Addresses that one fetch asks at most, the first among them.
const MOST_HOPS: usize = 4;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For all of it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Resolves names to public addresses alone.
#[derive(Clone, Debug)]
struct PublicResolver;

type Resolving =
    Pin<Box<dyn Future<Output = std::io::Result<std::vec::IntoIter<SocketAddr>>> + Send>>;

impl Service<Name> for PublicResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = std::io::Error;
    type Future = Resolving;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|found| is_public(found.ip())).collect();
            if public.is_empty() {
                return Err(std::io::Error::other("no public address"));
            }
            Ok(public.into_iter())
        })
    }
}

/// The bytes at `address`, which may redirect a few times.
///
/// # Errors
///
/// With why they cannot be had.
pub(super) async fn picture(address: &str) -> Result<Vec<u8>, PictureRefusal> {
    let fetching = tokio::time::timeout(TIMEOUT, follow(address));
    fetching
        .await
        .unwrap_or_else(|_| Err(PictureRefusal::Unreachable("it took too long".to_owned())))
}

async fn follow(address: &str) -> Result<Vec<u8>, PictureRefusal> {
    let client = client()?;
    let mut url = checked(Url::parse(address).ok())?;
    for _ in 0..MOST_HOPS {
        let answer = ask(&client, &url).await?;
        match next(&url, &answer)? {
            Some(elsewhere) => url = elsewhere,
            None => return read(answer).await,
        }
    }
    Err(PictureRefusal::Unreachable("too many redirects".to_owned()))
}

type HttpsClient = Client<HttpsConnector<HttpConnector<PublicResolver>>, Empty<Bytes>>;

fn client() -> Result<HttpsClient, PictureRefusal> {
    let mut connector = HttpConnector::new_with_resolver(PublicResolver);
    connector.enforce_http(false);
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let https = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(provider)
        .map_err(|error| PictureRefusal::Unreachable(error.to_string()))?
        .https_only()
        .enable_http1()
        .wrap_connector(connector);
    Ok(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(https))
}

/// An address that may be asked: https, on its usual port, without a password, and where it names
/// an IP address, a public one. The parser has read every spelling of one (decimal, octal, hex).
fn checked(url: Option<Url>) -> Result<Url, PictureRefusal> {
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
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        None => false,
    };
    is_allowed.then_some(url).ok_or(PictureRefusal::AddressRefused)
}

/// A name with a dot that is not kept for local use (RFC 6761, RFC 8375, ICANN's `internal`).
fn is_name_of_others(name: &str) -> bool {
    const LOCAL: [&str; 6] = ["localhost", "local", "internal", "test", "invalid", "home.arpa"];
    let name = name.trim_end_matches('.');
    let is_local = |suffix: &&str| {
        name.strip_suffix(*suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    name.contains('.') && !LOCAL.iter().any(is_local)
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

/// Where an answer leads, where it leads on.
fn next<B>(url: &Url, answer: &Response<B>) -> Result<Option<Url>, PictureRefusal> {
    if answer.status() == StatusCode::OK {
        return Ok(None);
    }
    if !answer.status().is_redirection() {
        return Err(PictureRefusal::Unreachable(answer.status().to_string()));
    }
    let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    checked(location.and_then(|location| url.join(location).ok())).map(Some)
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
mod tests {
    use http_body_util::Full;

    use super::*;

    fn is_refused(address: &str) -> bool {
        matches!(checked(Url::parse(address).ok()), Err(PictureRefusal::AddressRefused))
    }

    /// RG-02, WH-01
    #[test]
    fn no_spelling_of_a_private_address_is_asked() {
        for evil in [
            "http://pictures.example.org/a.png",
            "ftp://pictures.example.org/a.png",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "https://localhost/a.png",
            "https://LOCALHOST./a.png",
            "https://a.localhost/a.png",
            "https://printer.local/a.png",
            "https://metadata.google.internal/computeMetadata/v1/",
            "https://router/a.png",
            "https://127.0.0.1/a.png",
            "https://127.1/a.png",
            "https://2130706433/a.png",
            "https://0x7f000001/a.png",
            "https://0x7f.1/a.png",
            "https://0177.0.0.1/a.png",
            "https://%31%32%37.0.0.1/a.png",
            "https://１２７.0.0.1/a.png",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/a.png",
            "https://[::ffff:10.0.0.1]/a.png",
            "https://[64:ff9b::7f00:1]/a.png",
            "https://[fd00:ec2::254]/a.png",
            "https://user:secret@pictures.example.org/a.png",
            "https://pictures.example.org:8443/a.png",
            "//pictures.example.org/a.png",
            "pictures",
            "",
        ] {
            assert!(is_refused(evil), "{evil}");
        }
        for good in ["https://pictures.example.org/a.png", "https://8.8.8.8/a", "https://a.b:443/"]
        {
            assert!(!is_refused(good), "{good}");
        }
    }

    /// RG-02
    #[test]
    fn a_redirect_is_checked_like_the_first_address() {
        let url = Url::parse("https://pictures.example.org/a/b").unwrap();
        let answer = |status: u16, location: &str| {
            Response::builder().status(status).header(LOCATION, location).body(()).unwrap()
        };
        for evil in ["https://127.0.0.1/", "http://pictures.example.org/", "//localhost/x"] {
            let refused = next(&url, &answer(302, evil));
            assert!(matches!(refused, Err(PictureRefusal::AddressRefused)), "{evil}");
        }
        let followed = next(&url, &answer(301, "../c")).unwrap().unwrap();
        assert_eq!(followed.as_str(), "https://pictures.example.org/c");
        assert!(next(&url, &answer(200, "https://127.0.0.1/")).unwrap().is_none());
        assert!(matches!(next(&url, &answer(404, "/")), Err(PictureRefusal::Unreachable(_))));
    }

    /// WH-01
    #[tokio::test]
    async fn a_name_of_this_machine_resolves_to_nothing() {
        let name: Name = "localhost".parse().unwrap();
        let refused = PublicResolver.call(name).await.unwrap_err();
        assert_eq!(refused.to_string(), "no public address");
    }

    #[tokio::test]
    async fn an_answer_that_does_not_end_is_cut_off() {
        let large = Response::new(Full::new(Bytes::from(vec![0; MOST_BYTES + 1])));
        assert!(matches!(read(large).await, Err(PictureRefusal::TooLarge)));
        let good = Response::new(Full::new(Bytes::from_static(b"abc")));
        assert_eq!(read(good).await.unwrap(), b"abc");
    }
}
