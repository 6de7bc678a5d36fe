//! The server loop, with real sockets.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::get;
use protekt::http::serve::{App, Limits, Shutdown, listen, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

const LIMITS: Limits = Limits {
    header_read_timeout: Duration::from_millis(1500),
    max_headers: 64,
    max_header_bytes: 16 * 1024,
    max_connections: 100,
    longest_pause: Duration::from_mins(1),
    shutdown_grace: Duration::from_secs(5),
};

/// More of 64 KiB than all buffers on the way take.
const PIECES: usize = 400;

struct Running {
    address: SocketAddr,
    shutdown: Shutdown,
    served: JoinHandle<()>,
}

fn running(limits: Limits) -> Running {
    let app = App::new()
        .route(
            "/",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }),
        )
        .route(
            "/slow",
            get(|| async {
                tokio::time::sleep(Duration::from_millis(500)).await;
                "done"
            }),
        )
        .route(
            "/trickle",
            get(|| async {
                let pieces = futures_util::stream::unfold(0, |number| async move {
                    tokio::time::sleep(Duration::from_millis(700)).await;
                    (number < 6).then(|| (Ok::<_, Infallible>(format!("<{number}>")), number + 1))
                });
                Body::from_stream(pieces)
            }),
        )
        .route(
            "/long",
            get(|| async {
                let piece = || Ok::<_, Infallible>("x".repeat(64 * 1024));
                let pieces = (0..PIECES).map(move |_| piece());
                Body::from_stream(futures_util::stream::iter(pieces))
            }),
        )
        .route("/forever", get(std::future::pending::<()>));
    let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = Shutdown::new();
    let served = tokio::spawn(serve(vec![listener], app, limits, shutdown.clone()));
    Running { address, shutdown, served }
}

async fn send(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// All that comes until the connection is closed.
async fn rest(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    let read = stream.read_to_end(&mut text);
    tokio::time::timeout(Duration::from_secs(8), read).await.unwrap().ok();
    String::from_utf8(text).unwrap()
}

fn get_request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

/// DO-05.
#[tokio::test]
async fn half_open_connections_are_closed_and_others_are_served_meanwhile() {
    let server = running(LIMITS);
    let begun = Instant::now();
    let mut half_open = Vec::new();
    for number in 0..60 {
        let part = ["", "G", "GET / HTTP/1.1\r\nHost: loc", "PRI * HTTP/2.0\r\n"][number % 4];
        half_open.push(send(server.address, part).await);
    }
    let answer = rest(send(server.address, &get_request("/")).await).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(begun.elapsed() < LIMITS.header_read_timeout, "{:?}", begun.elapsed());
    for stream in half_open {
        rest(stream).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
}

/// DO-05.
#[tokio::test]
async fn connections_beyond_the_most_wait_until_there_is_room() {
    let server = running(Limits { max_connections: 2, ..LIMITS });
    let mut half_open = Vec::new();
    for _ in 0..10 {
        half_open.push(send(server.address, "GET").await);
    }
    let answer = rest(send(server.address, &get_request("/")).await).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// Whoever still takes pieces of an answer is not idle, however long it is.
#[tokio::test]
async fn a_long_answer_comes_to_its_end_while_it_is_taken() {
    let server = running(LIMITS);
    let answer = rest(send(server.address, &get_request("/trickle")).await).await;
    assert!(answer.contains("<5>") && answer.ends_with("0\r\n\r\n"), "{answer}");
}

/// What was sent lies in buffers that a slow reader empties first; whoever takes nothing at all is given up.
#[tokio::test]
async fn a_reader_of_a_long_answer_may_pause_and_not_for_ever() {
    let limits = Limits {
        header_read_timeout: Duration::from_millis(500),
        longest_pause: Duration::from_secs(3),
        ..LIMITS
    };
    let server = running(limits);
    for (pause, is_whole) in [(Duration::from_millis(1_800), true), (Duration::from_secs(6), false)]
    {
        let mut stream = send(server.address, &get_request("/long")).await;
        tokio::time::sleep(pause).await;
        let mut length = 0;
        let mut piece = vec![0; 1 << 20];
        while let Ok(read @ 1..) = stream.read(&mut piece).await {
            length += read;
        }
        assert_eq!(length > PIECES * 64 * 1024, is_whole, "{pause:?} {length}");
    }
}

#[tokio::test]
async fn the_app_learns_where_a_request_comes_from() {
    let server = running(LIMITS);
    let stream = send(server.address, &get_request("/")).await;
    let own = stream.local_addr().unwrap().to_string();
    assert!(rest(stream).await.ends_with(&own));
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_server_stops() {
    let server = running(LIMITS);
    let stream = send(server.address, "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let idle = send(server.address, "").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.shutdown.drain();
    assert!(rest(stream).await.ends_with("done"));
    assert_eq!(rest(idle).await, "");
    server.served.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn what_does_not_finish_within_the_grace_is_dropped() {
    let limits = Limits { shutdown_grace: Duration::from_millis(200), ..LIMITS };
    let server = running(limits);
    let stream = send(server.address, &get_request("/forever")).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.shutdown.drain();
    server.served.await.unwrap();
    assert_eq!(rest(stream).await, "");
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let server = running(LIMITS);
    let _stream = send(server.address, &get_request("/forever")).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.shutdown.drain();
    server.shutdown.end();
    tokio::time::timeout(Duration::from_secs(1), server.served).await.unwrap().unwrap();
}

#[tokio::test]
async fn too_many_or_too_long_headers_are_answered_431() {
    let server = running(LIMITS);
    let many = (0..65).map(|number| format!("X-{number}: 1\r\n")).collect::<Vec<_>>().concat();
    let long = format!("X-Long: {}\r\n", "a".repeat(40 * 1024));
    for headers in [many, long] {
        let head = format!("GET / HTTP/1.1\r\n{headers}\r\n");
        let answer = rest(send(server.address, &head).await).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
}

/// The frames that ask for `/` over HTTP/2, by a client that then says no more.
const HTTP2_GET: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\
    \x00\x00\x00\x04\x00\x00\x00\x00\x00\
    \x00\x00\x0e\x01\x05\x00\x00\x00\x01\x82\x86\x84\x41\x09localhost";

/// DO-05.
#[tokio::test]
async fn an_idle_http2_connection_is_closed_after_its_answer() {
    let server = running(LIMITS);
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(HTTP2_GET).await.unwrap();
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    tokio::time::timeout(Duration::from_secs(8), read).await.unwrap().unwrap();
    let own_address = stream.local_addr().unwrap().to_string();
    let answer = String::from_utf8_lossy(&bytes).into_owned();
    assert!(answer.contains(&own_address), "{answer:?}");
}

/// RFC 9112 §3.2
#[tokio::test]
async fn a_request_without_one_host_is_refused() {
    let server = running(LIMITS);
    for hosts in ["", "Host: a\r\nHost: b\r\n", "Host: a b\r\n", "Host: a/b\r\n"] {
        let head = format!("GET / HTTP/1.1\r\n{hosts}\r\n");
        let answer = rest(send(server.address, &head).await).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
    let answer = rest(send(server.address, "GET / HTTP/1.0\r\n\r\n").await).await;
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
}

#[tokio::test]
async fn a_burst_waits_until_it_is_accepted() {
    let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    for number in 0..500 {
        let connecting = tokio::time::timeout(Duration::from_secs(5), TcpStream::connect(address));
        waiting.push(connecting.await.unwrap_or_else(|_| panic!("only {number} wait")).unwrap());
    }
    drop(listener);
}

#[tokio::test]
async fn a_taken_address_is_told_apart() {
    let first = listen(([127, 0, 0, 1], 0).into()).unwrap();
    let error = listen(first.local_addr().unwrap()).unwrap_err();
    assert!(error.is_taken());
}
