//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::ConnectInfo;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Request, Response, StatusCode, Version, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tower::ServiceExt as _;

use super::{App, Limits, Server};

/// hyper needs at least this much to read a head into.
const SMALLEST_HEAD: usize = 8192;

/// What goes on over one connection.
#[derive(Default)]
struct Activity {
    /// Requests so far, and pieces of answers whose length nobody knows: whoever still takes them is not idle.
    asked: AtomicUsize,
    /// Those that have no answer yet.
    under_way: AtomicUsize,
    /// Answers whose length nobody knows, and that have not come to their end.
    streaming: AtomicUsize,
}

/// An answer whose length nobody knows, on its way; dropped when it is whole or given up.
struct Streaming(Arc<Activity>);

impl Streaming {
    fn begin(activity: Arc<Activity>) -> Self {
        activity.streaming.fetch_add(1, Ordering::Relaxed);
        Self(activity)
    }

    /// Notes that another piece was taken.
    fn piece(&self) {
        self.0.asked.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        self.0.streaming.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One request on its way; dropped when it is answered or given up.
struct UnderWay(Arc<Activity>);

impl UnderWay {
    fn begin(activity: &Arc<Activity>) -> Self {
        activity.asked.fetch_add(1, Ordering::Relaxed);
        activity.under_way.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(activity))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

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
    let activity = Arc::new(Activity::default());
    let max_headers = server.limits.max_headers;
    let service = service_fn({
        let app = server.app.clone();
        let activity = Arc::clone(&activity);
        move |request| {
            let under_way = UnderWay::begin(&activity);
            let activity = Arc::clone(&activity);
            let answer = answer(app.clone(), request, peer, max_headers);
            async move {
                let answer = answer.await;
                drop(under_way);
                answer.map(|answer| answer.map(|body| noted(body, activity)))
            }
        }
    });
    let builder = builder(&server.limits);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // HTTP/1 has a timer for each head; what sends nothing at all, and idle HTTP/2, have this one.
    let idle = server.limits.header_read_timeout;
    let mut look = tokio::time::interval_at(Instant::now() + idle, idle);
    let mut quiet_since = Instant::now();
    let (mut asked_before, mut is_draining, mut is_leaving) = (0, false, false);
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(error, "a connection ended early");
                }
                return;
            }
            _ = look.tick() => {
                let asked = activity.asked.load(Ordering::Relaxed);
                if activity.under_way.load(Ordering::Relaxed) > 0 || asked != asked_before {
                    asked_before = asked;
                    quiet_since = Instant::now();
                } else if activity.streaming.load(Ordering::Relaxed) > 0
                    && quiet_since.elapsed() < server.limits.longest_pause
                {
                    // What was sent lies in buffers that a slow reader empties first.
                } else if asked == 0 || is_leaving {
                    return;
                } else {
                    is_leaving = true;
                    connection.as_mut().graceful_shutdown();
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

/// The body, which notes each piece that is taken of it; one of a known length is short and stays as it is.
fn noted(body: Body, activity: Arc<Activity>) -> Body {
    if body.size_hint().exact().is_some() {
        return body;
    }
    let streaming = Streaming::begin(activity);
    Body::new(body.map_frame(move |frame| {
        streaming.piece();
        frame
    }))
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
    // RFC 9112 §3.2
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let is_valid = match hosts.next() {
        None => request.version() != Version::HTTP_11,
        Some(host) => is_host(host) && hosts.next().is_none(),
    };
    if !is_valid {
        return Ok(refusal(StatusCode::BAD_REQUEST, "send one valid Host header"));
    }
    // HTTP/1 has been counted while it was parsed; HTTP/2 is limited by size only.
    if request.headers().len() > max_headers {
        let text = "send fewer headers";
        return Ok(refusal(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, text));
    }
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    app.oneshot(request).await
}

/// A host with or without a port, or nothing.
fn is_host(value: &HeaderValue) -> bool {
    value.is_empty() || Authority::try_from(value.as_bytes()).is_ok()
}

/// An answer below the router, for programs; the connection ends with it.
fn refusal(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{text}\n")));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
