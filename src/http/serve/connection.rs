//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tower::ServiceExt as _;

use super::{App, Limits, Server};

/// hyper needs at least this much to read a head into.
const SMALLEST_HEAD: usize = 8192;

/// Answers the requests of one connection. The permit is given back when it ends.
pub(super) async fn run(
    server: Arc<Server>,
    stream: TcpStream,
    peer: SocketAddr,
    _permit: OwnedSemaphorePermit,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    let has_asked = Arc::new(AtomicBool::new(false));
    let max_headers = server.limits.max_headers;
    let service = service_fn({
        let app = server.app.clone();
        let has_asked = Arc::clone(&has_asked);
        move |request| {
            has_asked.store(true, Ordering::Relaxed);
            answer(app.clone(), request, peer, max_headers)
        }
    });
    let builder = builder(&server.limits);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // The protocols' own timers start when the protocol is known; this one starts now.
    let mut first_request = pin!(tokio::time::sleep(server.limits.header_read_timeout));
    let (mut is_draining, mut is_checked) = (false, false);
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(error, "a connection ended early");
                }
                return;
            }
            () = first_request.as_mut(), if !is_checked => {
                is_checked = true;
                if !has_asked.load(Ordering::Relaxed) {
                    return;
                }
            }
            () = server.shutdown.asked(), if !is_draining => {
                is_draining = true;
                connection.as_mut().graceful_shutdown();
            }
            () = server.shutdown.ended() => return,
        }
    }
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_headers(limits.max_headers)
        .max_buf_size(limits.max_header_bytes.max(SMALLEST_HEAD));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_header_list_size(u32::try_from(limits.max_header_bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    builder
}

async fn answer(
    app: App,
    request: Request<Incoming>,
    peer: SocketAddr,
    max_headers: usize,
) -> Result<Response<Body>, Infallible> {
    // HTTP/1 has been counted while it was parsed; HTTP/2 is limited by size only.
    if request.headers().len() > max_headers {
        let mut refusal = Response::new(Body::empty());
        *refusal.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return Ok(refusal);
    }
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    app.oneshot(request).await
}
