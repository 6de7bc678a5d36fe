//! `[metrics]`: what monitors are told, and where.

use std::net::SocketAddr;

use secrecy::{ExposeSecret as _, SecretString};

use super::reader::Section;

/// The shortest token, in characters.
const SHORTEST_TOKEN: usize = 16;

/// What monitors are told, and where.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Addresses of their own, where whoever reaches them is told.
    pub listen: Vec<SocketAddr>,
    /// What opens `/metrics` at the address of people; absent where nothing does.
    pub token: Option<SecretString>,
}

impl Metrics {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let wanted = "a list of addresses with port, such as [\"127.0.0.1:9464\"]";
        Self {
            listen: section.items("listen", wanted).unwrap_or_default(),
            token: section.secret("token"),
        }
    }

    pub(super) fn validate(&self) -> Vec<String> {
        let is_short = self
            .token
            .as_ref()
            .is_some_and(|token| token.expose_secret().chars().count() < SHORTEST_TOKEN);
        if is_short {
            return vec![format!(
                "metrics.token must have at least {SHORTEST_TOKEN} characters; make one with: \
                 openssl rand -hex 32"
            )];
        }
        Vec::new()
    }
}
