//! `[webhooks]`: telling events elsewhere.

use std::net::IpAddr;

use ipnet::IpNet;

use super::reader::Section;

/// Telling events elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhooks {
    /// Private networks that may be called, by http, too.
    pub allowed_networks: Vec<IpNet>,
}

impl Webhooks {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let networks = section.parsed(
            "allowed_networks",
            "a list of addresses or networks, such as [\"10.1.2.0/24\"]",
            |entry| entry.list()?.iter().map(|item| network(item)).collect(),
        );
        Self { allowed_networks: networks.unwrap_or_default() }
    }
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
