//! The guard in front of a real server, over TLS. What is public to it in most of these tests is one
//! address of this machine, 127.0.0.1; its neighbour 127.0.0.2 is the private network.

use std::io::Cursor;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::Full;
use image::codecs::png::PngEncoder;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::super::remake::remade;
use super::*;

const OUTSIDE: Ipv4Addr = Ipv4Addr::LOCALHOST;
const INSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const NAMES: [&str; 3] = ["pictures.example.org", "rebound.example.org", "inside.example.org"];

fn is_refused(address: &str) -> bool {
    matches!(Guard::public().checked(Url::parse(address).ok()), Err(PictureRefusal::AddressRefused))
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
        "https://pictures.example.org:80/a.png",
        "https://8.8.8.8:8443/a",
        "https://[2606:4700:4700::1111]:22/a",
        "//pictures.example.org/a.png",
        "pictures",
        "",
    ] {
        assert!(is_refused(evil), "{evil}");
    }
    for good in [
        "https://pictures.example.org/a.png",
        "https://8.8.8.8/a",
        "https://8.8.8.8:443/a",
        "https://a.b:443/",
    ] {
        assert!(!is_refused(good), "{good}");
    }
}

/// RG-02
#[test]
fn a_redirect_is_checked_like_the_first_address() {
    let guard = Guard::public();
    let url = Url::parse("https://pictures.example.org/a/b").unwrap();
    let answer = |status: u16, location: &str| {
        Response::builder().status(status).header(LOCATION, location).body(()).unwrap()
    };
    for evil in ["https://127.0.0.1/", "http://pictures.example.org/", "//localhost/x"] {
        let refused = guard.next(&url, &answer(302, evil));
        assert!(matches!(refused, Err(PictureRefusal::AddressRefused)), "{evil}");
    }
    let followed = guard.next(&url, &answer(301, "../c")).unwrap().unwrap();
    assert_eq!(followed.as_str(), "https://pictures.example.org/c");
    assert!(guard.next(&url, &answer(200, "https://127.0.0.1/")).unwrap().is_none());
    assert!(matches!(guard.next(&url, &answer(404, "/")), Err(PictureRefusal::Unreachable(_))));
}

/// WH-01
#[tokio::test]
async fn a_name_of_this_machine_resolves_to_nothing() {
    let name: Name = "localhost".parse().unwrap();
    let refused = Guard::public().call(name).await.unwrap_err();
    assert_eq!(refused.to_string(), "no public address");
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_cut_off() {
    let large = Response::new(Full::new(Bytes::from(vec![0; MOST_BYTES + 1])));
    assert!(matches!(read(large).await, Err(PictureRefusal::TooLarge)));
    let good = Response::new(Full::new(Bytes::from_static(b"abc")));
    assert_eq!(read(good).await.unwrap(), b"abc");
}

fn png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let image = image::DynamicImage::new_rgb8(40, 30);
    image.write_with_encoder(PngEncoder::new(Cursor::new(&mut bytes))).unwrap();
    bytes
}

/// What the server says to a path.
fn said(path: &str) -> Vec<u8> {
    let answer = |status: &str, headers: &str, body: &[u8]| {
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n");
        [head.as_bytes(), body].concat()
    };
    let elsewhere = |location: &str| answer("302 Found", &format!("Location: {location}\r\n"), b"");
    match path {
        "/ada.png" => answer("200 OK", "Content-Type: text/plain\r\n", &png()),
        "/page" => answer("200 OK", "Content-Type: image/png\r\n", b"<html><script>x</script>"),
        "/svg" => answer("200 OK", "Content-Type: image/svg+xml\r\n", b"<svg xmlns=\"x\"/>"),
        "/large" => answer("200 OK", "", &vec![0; MOST_BYTES + 1]),
        "/endless" => {
            let part = vec![b'0'; 64 * 1024];
            let mut chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
            for _ in 0..64 {
                chunks.extend_from_slice(b"10000\r\n");
                chunks.extend_from_slice(&part);
                chunks.extend_from_slice(b"\r\n");
            }
            chunks
        }
        "/moved" => elsewhere("/ada.png"),
        "/round" => elsewhere("/round"),
        "/to-name" => elsewhere("https://inside.example.org/ada.png"),
        "/to-address" => elsewhere("https://127.0.0.2/ada.png"),
        "/to-ipv6" => elsewhere("https://[::ffff:127.0.0.2]/ada.png"),
        "/to-http" => elsewhere("http://pictures.example.org/ada.png"),
        _ => answer("404 Not Found", "", b""),
    }
}

/// Two servers on one port: one outside, one inside.
struct Net {
    port: u16,
    authority: CertificateDer<'static>,
    outside: Arc<AtomicUsize>,
    inside: Arc<AtomicUsize>,
    lookups: Arc<AtomicUsize>,
}

impl Net {
    async fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(NAMES.map(str::to_owned).to_vec()).unwrap();
        let authority = params.self_signed(&key).unwrap().der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![authority.clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let outer = TcpListener::bind((OUTSIDE, 0)).await.unwrap();
        let port = outer.local_addr().unwrap().port();
        let inner = TcpListener::bind((INSIDE, port)).await.unwrap();
        let (outside, inside) = (Arc::default(), Arc::default());
        serve(outer, acceptor.clone(), Arc::clone(&outside));
        serve(inner, acceptor, Arc::clone(&inside));
        Self { port, authority, outside, inside, lookups: Arc::default() }
    }

    /// A guard that takes `OUTSIDE` for the open net, in front of names that an attacker answers for.
    fn guard(&self, is_allowed: fn(IpAddr) -> bool) -> Guard {
        let (port, lookups) = (self.port, Arc::clone(&self.lookups));
        let lookup = move |name: String| -> Found {
            let before = lookups.fetch_add(1, Ordering::SeqCst);
            let (outside, inside) = (vec![(OUTSIDE, port)], vec![(INSIDE, port)]);
            let found = match &*name {
                "inside.example.org" => inside,
                "rebound.example.org" if before > 0 => inside,
                "pictures.example.org" if before == 0 => [inside, outside].concat(),
                _ => outside,
            };
            Box::pin(async move { Ok(found.into_iter().map(SocketAddr::from).collect()) })
        };
        Guard { lookup: Arc::new(lookup), is_allowed }
    }

    fn fetcher(&self, is_allowed: fn(IpAddr) -> bool) -> Fetcher {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let trust = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Fetcher { guard: self.guard(is_allowed), trust }
    }

    /// Fetches from outside, with nothing looked up before.
    async fn fetch(&self, address: &str) -> Result<Vec<u8>, PictureRefusal> {
        self.lookups.store(0, Ordering::SeqCst);
        self.fetcher(|address| address == OUTSIDE).picture(address).await
    }

    fn asked_inside(&self) -> usize {
        self.inside.load(Ordering::SeqCst)
    }
}

fn serve(listener: TcpListener, acceptor: TlsAcceptor, count: Arc<AtomicUsize>) {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut asked = Vec::new();
                while !asked.ends_with(b"\r\n\r\n") {
                    match stream.read_u8().await {
                        Ok(byte) => asked.push(byte),
                        Err(_) => return,
                    }
                }
                let asked = String::from_utf8(asked).unwrap();
                let path = asked.split(' ').nth(1).unwrap();
                // The reader may have had enough before the end.
                let _cut_off = stream.write_all(&said(path)).await;
                let _cut_off = stream.shutdown().await;
            });
        }
    });
}

/// RG-02
#[tokio::test]
async fn a_picture_is_fetched_over_the_network_and_drawn_anew() {
    let net = Net::new().await;
    for path in ["ada.png", "moved"] {
        let bytes = net.fetch(&format!("https://pictures.example.org/{path}")).await.unwrap();
        assert_eq!(bytes, png(), "{path}");
        assert_eq!(remade(&bytes).unwrap().media_type, "image/jpeg");
    }
    assert_eq!(net.outside.load(Ordering::SeqCst), 3);
    assert_eq!(net.asked_inside(), 0, "one of its addresses was inside, and was left out");
    let gone = net.fetch("https://pictures.example.org/nowhere").await;
    assert!(matches!(gone, Err(PictureRefusal::Unreachable(_))), "{gone:?}");
}

/// RG-02, WH-01
#[tokio::test]
async fn a_name_that_leads_elsewhere_the_second_time_is_not_followed_inside() {
    let net = Net::new().await;
    // One fetch looks its name up once, and connects to what it found then.
    net.fetch("https://rebound.example.org/ada.png").await.unwrap();
    assert_eq!(net.lookups.load(Ordering::SeqCst), 1);
    // A redirect to the same name looks it up anew, and what it finds is checked anew.
    let refused = net.fetch("https://rebound.example.org/moved").await;
    assert!(matches!(refused, Err(PictureRefusal::Unreachable(_))), "{refused:?}");
    assert_eq!(net.lookups.load(Ordering::SeqCst), 2);
    assert_eq!(net.asked_inside(), 0);
}

/// RG-02, WH-01
#[tokio::test]
async fn nothing_leads_inside_neither_a_name_nor_a_redirect() {
    let net = Net::new().await;
    for evil in ["inside.example.org/ada.png", "pictures.example.org/to-name"] {
        let refused = net.fetch(&format!("https://{evil}")).await;
        assert!(matches!(refused, Err(PictureRefusal::Unreachable(_))), "{evil} {refused:?}");
    }
    for evil in ["to-address", "to-ipv6", "to-http"] {
        let refused = net.fetch(&format!("https://pictures.example.org/{evil}")).await;
        assert!(matches!(refused, Err(PictureRefusal::AddressRefused)), "{evil} {refused:?}");
    }
    let round = net.fetch("https://pictures.example.org/round").await.unwrap_err();
    assert!(round.to_string().contains("too many redirects"), "{round}");
    assert_eq!(net.asked_inside(), 0);
}

#[tokio::test]
async fn what_is_too_large_or_no_image_is_refused_whatever_it_is_called() {
    let net = Net::new().await;
    for path in ["large", "endless"] {
        let refused = net.fetch(&format!("https://pictures.example.org/{path}")).await;
        assert!(matches!(refused, Err(PictureRefusal::TooLarge)), "{path} {refused:?}");
    }
    for path in ["page", "svg"] {
        let bytes = net.fetch(&format!("https://pictures.example.org/{path}")).await.unwrap();
        assert!(matches!(remade(&bytes), Err(PictureRefusal::NotAnImage)), "{path}");
    }
}

/// WH-01. The guard and the authorities of the product, in front of the same servers.
#[tokio::test]
async fn the_guard_of_the_product_reaches_none_of_them() {
    let net = Net::new().await;
    for name in NAMES {
        let refused = net.fetcher(is_public).picture(&format!("https://{name}/ada.png")).await;
        assert!(matches!(refused, Err(PictureRefusal::Unreachable(_))), "{name} {refused:?}");
    }
    assert_eq!(net.outside.load(Ordering::SeqCst) + net.asked_inside(), 0);
    // Nobody whom the usual authorities know vouches for the server.
    let guard = net.guard(|address| address == OUTSIDE);
    let strict = Fetcher { guard, ..Fetcher::public().unwrap() };
    let refused = strict.picture("https://rebound.example.org/ada.png").await;
    assert!(matches!(refused, Err(PictureRefusal::Unreachable(_))), "{refused:?}");
}
