//! The loop that accepts connections and ends them in good order.
//!
//! 1. Each listener accepts while there is room: at most `max_connections` at a time.
//! 2. A connection must send its first request, and later the head of each, within
//!    `header_read_timeout`; it is closed otherwise, so that slow senders hold nothing.
//! 3. [`Shutdown::drain`] stops accepting; requests under way are answered, up to
//!    `shutdown_grace`. [`Shutdown::end`] drops what is left at once.

mod connection;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What answers the requests.
pub type App = axum::Router;

/// What one connection, and all of them together, may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long the head of a request may take to arrive; also how long an idle connection stays.
    pub header_read_timeout: Duration,
    /// More header fields than this are answered 431.
    pub max_headers: usize,
    /// A longer head is answered 431; at least 8192 bytes.
    pub max_header_bytes: usize,
    /// Beyond this many, connections wait to be accepted.
    pub max_connections: usize,
    /// How long whoever reads an answer of unknown length may take nothing of it.
    pub longest_pause: Duration,
    /// How long requests under way may take to finish after a stop was asked for.
    pub shutdown_grace: Duration,
}

/// Asks servers to stop; clones are the same switch.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    drain: CancellationToken,
    end: CancellationToken,
}

impl Shutdown {
    /// A switch that nobody has touched.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes no more connections and finishes what is under way.
    pub fn drain(&self) {
        self.drain.cancel();
    }

    /// Drops everything.
    pub fn end(&self) {
        self.drain.cancel();
        self.end.cancel();
    }

    /// Waits until a stop is asked for.
    pub async fn asked(&self) {
        self.drain.cancelled().await;
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.drain.is_cancelled()
    }

    async fn ended(&self) {
        self.end.cancelled().await;
    }
}

/// An address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct ListenError {
    /// Which one.
    pub address: SocketAddr,
    /// What the system said.
    pub source: io::Error,
}

impl ListenError {
    /// Whether another program listens there.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.source.kind() == io::ErrorKind::AddrInUse
    }

    /// Whether this machine lacks the address, as one without IPv6 lacks `[::1]`.
    #[must_use]
    pub fn is_missing_here(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported)
            || self.source.raw_os_error() == Some(AFNOSUPPORT)
    }
}

/// How many connections the system keeps for us between two turns at accepting; it may keep fewer.
/// With too few, a burst loses connections that there is room for.
const BACKLOG: u32 = 4096;
/// The address family is switched off (Linux).
const AFNOSUPPORT: i32 = 97;

/// Begins to listen on `address`.
///
/// # Errors
///
/// If the address is taken, not of this machine, or not allowed.
pub fn listen(address: SocketAddr) -> Result<TcpListener, ListenError> {
    bind(address)
        .and_then(|socket| socket.listen(BACKLOG))
        .map_err(|source| ListenError { address, source })
}

/// Says what [`listen`] would refuse, and keeps nobody from listening meanwhile.
///
/// # Errors
///
/// If the address is taken, not of this machine, or not allowed.
pub fn try_address(address: SocketAddr) -> Result<(), ListenError> {
    bind(address).map(drop).map_err(|source| ListenError { address, source })
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections that ended a moment ago must not keep a restart from its address.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

struct Server {
    app: App,
    limits: Limits,
    shutdown: Shutdown,
    room: Arc<Semaphore>,
    connections: TaskTracker,
}

/// Serves `app` until `shutdown` is asked for and the last request is answered, or the time for
/// that has run out.
pub async fn serve(listeners: Vec<TcpListener>, app: App, limits: Limits, shutdown: Shutdown) {
    // Each listener holds one permit while it waits for the next connection.
    let room = limits.max_connections.saturating_add(listeners.len());
    let server = Arc::new(Server {
        app,
        limits,
        shutdown,
        room: Arc::new(Semaphore::new(room.min(Semaphore::MAX_PERMITS))),
        connections: TaskTracker::new(),
    });
    let accepting = TaskTracker::new();
    for listener in listeners {
        accepting.spawn(Arc::clone(&server).accept(listener));
    }
    accepting.close();
    accepting.wait().await;
    server.drained().await;
}

impl Server {
    async fn accept(self: Arc<Self>, listener: TcpListener) {
        loop {
            let next = self.next(&listener);
            let accepted = tokio::select! {
                () = self.shutdown.asked() => return,
                accepted = next => accepted,
            };
            match accepted {
                Ok((stream, peer, permit)) => {
                    let connection = connection::run(Arc::clone(&self), stream, peer, permit);
                    self.connections.spawn(connection);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    // Out of file descriptors, for instance: others may end soon.
                    tracing::warn!(%error, "cannot accept connections just now");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn next(
        &self,
        listener: &TcpListener,
    ) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let permit = Arc::clone(&self.room).acquire_owned().await.map_err(io::Error::other)?;
        let (stream, peer) = listener.accept().await?;
        Ok((stream, peer, permit))
    }

    async fn drained(&self) {
        self.connections.close();
        let open = self.connections.len();
        if open > 0 {
            tracing::info!(open, "waiting for the requests under way");
        }
        let grace = tokio::time::timeout(self.limits.shutdown_grace, self.connections.wait());
        if grace.await.is_err() {
            tracing::warn!(open = self.connections.len(), "closing what did not finish in time");
            self.shutdown.end();
            self.connections.wait().await;
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
