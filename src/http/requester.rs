//! Who sent a request: its id, its client's address.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use tracing::Instrument as _;

use super::App;
use super::page_error::PageError;
use crate::domain::Requester;
use crate::random;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: &str = "x-forwarded-for";
/// Longer ones are cut.
const LONGEST_USER_AGENT: usize = 300;

impl FromRequestParts<App> for Requester {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, PageError> {
        parts.extensions.get::<Self>().cloned().ok_or(PageError::Fault("no requester"))
    }
}

/// Gives the request its id, finds its sender, and logs how it went.
pub async fn know_requester(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let requester = Requester {
        ip: client_address(peer, request.headers(), &app.settings.trusted_proxies).to_canonical(),
        user_agent: user_agent(request.headers()),
        request_id: format!("req_{}", random::ulid(app.now())),
    };
    let id = requester.request_id.clone();
    let method = request.method().clone();
    let span = tracing::info_span!("request", id, %method, path = request.uri().path());
    request.extensions_mut().insert(requester);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let begun = Instant::now();
    let _under_way = app.monitoring.metrics.begun();
    async move {
        let mut response = next.run(request).await;
        let route = route.as_ref().map(MatchedPath::as_str);
        let (status, took) = (response.status().as_u16(), begun.elapsed());
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(status, milliseconds, route, "answered");
        app.monitoring.metrics.answered(method.as_str(), route, status, took);
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        response
    }
    .instrument(span)
    .await
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(text.chars().take(LONGEST_USER_AGENT).collect())
}

/// The address of the client: that of the connection or, behind trusted proxies, the last address
/// in `X-Forwarded-For` that is not one of theirs. What stands before it anybody may have written.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted =
        |ip: IpAddr| trusted.iter().any(|network| network.contains(&ip.to_canonical()));
    if !is_trusted(peer) {
        return peer;
    }
    let mut chain: Vec<IpAddr> = Vec::new();
    for line in headers.get_all(FORWARDED_FOR) {
        let Ok(line) = line.to_str() else { return peer };
        for text in line.split(',') {
            match read_address(text.trim()) {
                Some(address) => chain.push(address),
                // Nothing before what cannot be read is worth more.
                None => chain.clear(),
            }
        }
    }
    chain.into_iter().rev().find(|address| !is_trusted(*address)).unwrap_or(peer)
}

/// An address, which some proxies write with its port.
fn read_address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn nobody_but_a_trusted_proxy_is_believed() {
        assert_eq!(address("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(address("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(address("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn the_last_untrusted_address_counts() {
        assert_eq!(address("10.0.0.1", &["1.2.3.4, 198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(address("10.0.0.1", &["1.2.3.4", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(address("10.0.0.1", &["1.2.3.4, garbage"]), "10.0.0.1");
        assert_eq!(address("10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
    }
}
