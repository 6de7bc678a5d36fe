//! Where a request came from, as logs and the audit trail keep it.

use std::net::IpAddr;

/// Who sent a request, as far as the connection tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requester {
    /// The client's address; that of the connection, or what a trusted proxy said.
    pub ip: IpAddr,
    /// The `User-Agent`, cut to a sane length.
    pub user_agent: Option<String>,
    /// Stands in every log line and on every error page of this request.
    pub request_id: String,
}

impl Requester {
    /// The network that throttles count: the IPv4 address, or the /64 of an IPv6 one, since a
    /// single customer commands a whole /64.
    #[must_use]
    pub fn network(&self) -> String {
        match self.ip.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(ip: &str) -> String {
        let ip = ip.parse().unwrap();
        Requester { ip, user_agent: None, request_id: String::new() }.network()
    }

    #[test]
    fn addresses_of_one_slash_64_are_one_network() {
        assert_eq!(network("2001:db8:1:2:3::4"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2:ffff::1"), network("2001:db8:1:2::"));
        assert_ne!(network("2001:db8:1:3::"), network("2001:db8:1:2::"));
    }

    #[test]
    fn an_ipv4_address_in_ipv6_clothes_is_the_ipv4_address() {
        assert_eq!(network("::ffff:192.0.2.7"), network("192.0.2.7"));
    }
}
