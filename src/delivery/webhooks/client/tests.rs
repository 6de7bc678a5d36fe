//! The guard in front of a real server. What may be called is one address of this machine, 127.0.0.1; its neighbour
//! 127.0.0.2 is the private network.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::RootCertStore;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

const OUTSIDE: Ipv4Addr = Ipv4Addr::LOCALHOST;
const INSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

fn trust() -> ClientConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth()
}

/// WH-01
#[test]
fn no_spelling_of_a_private_address_is_a_webhook() {
    let client = WebhookClient::new(&[]).unwrap();
    for (evil, problem) in [
        ("http://hooks.example.org/", UnusableUrl::Form),
        ("ftp://hooks.example.org/", UnusableUrl::Form),
        ("file:///etc/passwd", UnusableUrl::Form),
        ("//hooks.example.org/", UnusableUrl::Form),
        ("", UnusableUrl::Form),
        ("https://user@hooks.example.org/", UnusableUrl::Form),
        ("https://user:secret@hooks.example.org/", UnusableUrl::Form),
        ("https://hooks.example.org/#part", UnusableUrl::Form),
        ("https://hooks.example.org:22/", UnusableUrl::Port),
        ("https://hooks.example.org:25/", UnusableUrl::Port),
        ("https://localhost/", UnusableUrl::Network),
        ("https://a.localhost/", UnusableUrl::Network),
        ("https://metadata.google.internal/", UnusableUrl::Network),
        ("https://router/", UnusableUrl::Network),
        ("https://127.0.0.1/", UnusableUrl::Network),
        ("https://127.1/", UnusableUrl::Network),
        ("https://2130706433/", UnusableUrl::Network),
        ("https://0x7f000001/", UnusableUrl::Network),
        ("https://0177.0.0.1/", UnusableUrl::Network),
        ("https://0.0.0.0/", UnusableUrl::Network),
        ("https://10.0.0.1/", UnusableUrl::Network),
        ("https://100.64.0.1/", UnusableUrl::Network),
        ("https://169.254.169.254/latest/meta-data/", UnusableUrl::Network),
        ("https://192.0.2.1/", UnusableUrl::Network),
        ("https://224.0.0.1/", UnusableUrl::Network),
        ("https://[::]/", UnusableUrl::Network),
        ("https://[::1]/", UnusableUrl::Network),
        ("https://[::ffff:10.0.0.1]/", UnusableUrl::Network),
        ("https://[64:ff9b::7f00:1]/", UnusableUrl::Network),
        ("https://[2002:7f00:1::]/", UnusableUrl::Network),
        ("https://[fe80::1]/", UnusableUrl::Network),
        ("https://[fd00:ec2::254]/", UnusableUrl::Network),
    ] {
        assert_eq!(client.checked(evil), Err(problem), "{evil}");
    }
    for good in ["https://hooks.example.org/a?b=c", "https://8.8.8.8:8443/"] {
        assert!(client.checked(good).is_ok(), "{good}");
    }
    let inner = WebhookClient::new(&["10.1.0.0/16".parse().unwrap()]).unwrap();
    for good in ["http://10.1.2.3:8080/", "https://10.1.2.3/", "http://billing:8080/"] {
        assert!(inner.checked(good).is_ok(), "{good}");
    }
    for evil in ["http://10.2.0.1/", "https://127.0.0.1/", "http://8.8.8.8/"] {
        assert_eq!(inner.checked(evil), Err(UnusableUrl::Network), "{evil}");
    }
}

/// Two servers on one port, and how often each was connected to.
struct Net {
    port: u16,
    outside: Arc<AtomicUsize>,
    inside: Arc<AtomicUsize>,
}

async fn net() -> Net {
    let outer = TcpListener::bind((OUTSIDE, 0)).await.unwrap();
    let port = outer.local_addr().unwrap().port();
    let inner = TcpListener::bind((INSIDE, port)).await.unwrap();
    let net = Net { port, outside: Arc::default(), inside: Arc::default() };
    for (listener, count) in [(outer, &net.outside), (inner, &net.inside)] {
        let count = Arc::clone(count);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let mut asked = [0; 1024];
                let read = stream.read(&mut asked).await.unwrap_or(0);
                let asked = String::from_utf8_lossy(&asked[..read]).into_owned();
                let head = if asked.contains("/moved") {
                    "HTTP/1.1 307 X\r\nLocation: http://127.0.0.2/\r\n"
                } else {
                    "HTTP/1.1 200 OK\r\n"
                };
                let body = "<b>\u{1b}hello</b>".repeat(1_000);
                let answer = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
                // The reader has enough before the end.
                let _cut_off = stream.write_all(answer.as_bytes()).await;
            }
        });
    }
    net
}

impl Net {
    /// A client that may call `OUTSIDE`, in front of a name that leads there once, and inside ever after.
    fn client(&self, first: Ipv4Addr) -> WebhookClient {
        let (port, lookups) = (self.port, AtomicUsize::new(0));
        let lookup = move |_: String| -> Found {
            let is_first = lookups.fetch_add(1, Ordering::SeqCst) == 0;
            let found = SocketAddr::from((if is_first { first } else { INSIDE }, port));
            Box::pin(async move { Ok(vec![found]) })
        };
        WebhookClient::with(Arc::new(lookup), &["127.0.0.1/32".parse().unwrap()], trust())
    }

    async fn call(&self, client: &WebhookClient, path: &str) -> Called {
        let url = format!("http://hooks.example.org:{}{path}", self.port);
        client.call(Request::post(url).body(Full::default()).unwrap()).await
    }
}

/// WH-01: what was public when the webhook was made is looked up, and checked, at each call.
#[tokio::test]
async fn a_name_that_leads_inside_later_is_not_followed() {
    let net = net().await;
    let client = net.client(OUTSIDE);
    assert_eq!(net.call(&client, "/").await.status, Some(200));
    let called = net.call(&client, "/").await;
    assert_eq!(called.status, None);
    assert!(called.fault.unwrap().contains("no address that may be called"));
    assert_eq!(client.resolved("https://hooks.example.org/").await, Err(UnusableUrl::Network));
    assert_eq!(net.outside.load(Ordering::SeqCst), 1);
    assert_eq!(net.inside.load(Ordering::SeqCst), 0);
}

/// WH-01
#[tokio::test]
async fn no_redirect_is_followed_and_little_of_an_answer_is_kept() {
    let net = net().await;
    let client = net.client(OUTSIDE);
    let called = net.call(&client, "/moved").await;
    assert_eq!(called.status, Some(307));
    let answer = called.answer.unwrap();
    assert!(answer.starts_with("<b> hello</b>"), "{answer}");
    assert!(answer.len() <= MOST_OF_ANSWER && answer.len() > 4_000, "{}", answer.len());
    assert_eq!(net.inside.load(Ordering::SeqCst), 0);
    // A literal asks no resolver: the address is read again at the call.
    let url = format!("http://127.0.0.2:{}/", net.port);
    let called = client.call(Request::post(url).body(Full::default()).unwrap()).await;
    assert!(called.fault.unwrap().contains("public address"));
    assert_eq!(net.inside.load(Ordering::SeqCst), 0);
}

/// WH-01: nobody whom the usual authorities know vouches for this server.
#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_told_nothing() {
    let net = net().await;
    let url = format!("https://hooks.example.org:{}/", net.port);
    let called = net.client(OUTSIDE).call(Request::post(url).body(Full::default()).unwrap()).await;
    assert_eq!(called.status, None);
    assert!(called.fault.unwrap().contains("cannot be reached"));
}
