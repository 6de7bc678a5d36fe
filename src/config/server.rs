//! `[server]`: where and how requests are taken.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use url::{Host, Url};

use super::reader::Section;

const DAY: i64 = 86_400;

/// Where and how requests are taken.
#[derive(Clone, Debug)]
pub struct Server {
    /// The addresses to listen on.
    pub listen: Vec<SocketAddr>,
    /// The address that people and apps know; ends in a slash.
    pub issuer: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The longest body, in bytes.
    pub body_limit: usize,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long the head of a request may take to arrive.
    pub header_read_timeout: Duration,
    /// The most header fields of a request.
    pub max_headers: usize,
    /// The longest head of a request, in bytes.
    pub max_header_bytes: usize,
    /// The most connections at a time.
    pub max_connections: usize,
    /// How long requests under way may take to finish at a stop.
    pub shutdown_grace: Duration,
}

/// The issuer where none is set: the address of a first try.
pub const DEFAULT_ISSUER: &str = "http://localhost:5500/";

impl Server {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let issuer = section.parsed(
            "issuer",
            "the address of this server without a path, such as https://id.example.com/ (no user \
             name, path, query or fragment)",
            |entry| normalised_issuer(&entry.text()?),
        );
        let proxies = section.parsed(
            "trusted_proxies",
            "a list of addresses or networks, such as [\"10.0.0.0/8\", \"::1\"]",
            |entry| entry.list()?.iter().map(|item| network(item)).collect(),
        );
        Self {
            listen: section
                .items("listen", "a list of addresses with port, such as [\"0.0.0.0:5500\"]")
                .unwrap_or_else(|| loopback(5500)),
            issuer: issuer.unwrap_or_else(|| DEFAULT_ISSUER.to_owned()),
            trusted_proxies: proxies.unwrap_or_default(),
            body_limit: section.number("body_limit", 65_536, 1_024..=16_777_216),
            request_timeout: section.duration("request_timeout", 30, 1..=600),
            header_read_timeout: section.duration("header_read_timeout", 10, 1..=30),
            max_headers: section.number("max_headers", 64, 16..=1_000),
            max_header_bytes: section.number("max_header_bytes", 16_384, 8_192..=1_048_576),
            max_connections: section.number("max_connections", 4_096, 1..=1_000_000),
            shutdown_grace: section.duration("shutdown_grace", 20, 0..=DAY),
        }
    }

    pub(super) fn validate(&self) -> Vec<String> {
        if self.listen.is_empty() {
            return vec!["server.listen must name at least one address".to_owned()];
        }
        Vec::new()
    }

    /// Whether others than this machine reach the port, and no proxy is named that they come by.
    #[must_use]
    pub fn is_reached_without_proxy(&self) -> bool {
        let is_open = self.listen.iter().any(|address| !address.ip().is_loopback());
        is_open && self.trusted_proxies.is_empty() && self.issuer.starts_with("https://")
    }

    /// Whether people come by a name: passkeys cannot be bound to a bare IP address (Web
    /// Authentication Level 3 §5.1.3).
    #[must_use]
    pub fn has_name(&self) -> bool {
        let url = Url::parse(&self.issuer).ok();
        matches!(url.as_ref().and_then(Url::host), Some(Host::Domain(_)))
    }

    /// Whether the issuer is this very machine, so that nobody else can come.
    #[must_use]
    pub fn is_own_machine(&self) -> bool {
        let url = Url::parse(&self.issuer).ok();
        match url.as_ref().and_then(Url::host) {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

/// `port` on both addresses of the own machine.
#[must_use]
pub fn loopback(port: u16) -> Vec<SocketAddr> {
    use std::net::{Ipv4Addr, Ipv6Addr};

    vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]
}

/// The issuer with its slash; clients compare it by the byte.
fn normalised_issuer(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok()?;
    let is_bare = matches!(url.scheme(), "https" | "http")
        && url.host().is_some()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && !text.contains(['\\', '@']);
    is_bare.then(|| url.to_string())
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_ends_in_a_slash() {
        for (text, issuer) in [
            ("https://id.example", "https://id.example/"),
            ("https://id.example/", "https://id.example/"),
            ("https://ID.example:443", "https://id.example/"),
            ("http://localhost:5500", "http://localhost:5500/"),
            ("https://id.example:8443/", "https://id.example:8443/"),
        ] {
            assert_eq!(normalised_issuer(text).as_deref(), Some(issuer));
        }
    }

    #[test]
    fn an_issuer_with_more_than_an_origin_is_refused() {
        for text in [
            "",
            "id.example",
            "https://",
            "https://id.example/auth",
            "https://id.example//",
            "https://id.example/?x",
            "https://id.example/?",
            "https://id.example/#",
            "https://u@id.example/",
            "https://@id.example/",
            "https://u:p@id.example/",
            "ftp://id.example/",
            "javascript:alert(1)",
            "https:\\\\id.example",
        ] {
            assert_eq!(normalised_issuer(text), None, "{text}");
        }
    }
}
