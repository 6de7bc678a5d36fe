//! What every handler may reach.

use std::path::PathBuf;
use std::sync::Arc;

use ipnet::IpNet;

use super::cors::AllowedOrigins;
use super::metrics::Monitoring;
use super::places::Places;
use super::views::Links;
use crate::accounts::Accounts;
use crate::clock::Timestamp;
use crate::delivery::WebhookClient;
use crate::keys::KeyEncryptionKey;
use crate::oauth::Provider;
use crate::store::Store;
use crate::texts::Locale;

/// The application, cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The protocol.
    pub provider: Provider,
    /// What people do.
    pub accounts: Accounts,
    /// Seals what travels through the browser.
    pub key_encryption_key: Arc<KeyEncryptionKey>,
    /// Says where webhooks may lead.
    pub webhooks: WebhookClient,
    /// What the operator decided.
    pub settings: Arc<HttpSettings>,
    /// Whose scripts may read our answers.
    pub origins: AllowedOrigins,
    /// What monitors are told.
    pub monitoring: Monitoring,
    /// When this process began.
    pub started_at: Timestamp,
}

/// What the operator decided about the wire.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// What the operator calls this service.
    pub brand: String,
    /// The operator's own pages.
    pub links: Links,
    /// The proxies whose word about the client's address counts.
    pub trusted_proxies: Vec<IpNet>,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// How long a request may take, in seconds.
    pub request_timeout: u64,
    /// Whether strangers may make accounts.
    pub sign_up_allowed: bool,
    /// Whether the authentication API is there.
    pub authentication_api: bool,
    /// Whether a sign-up there is answered alike whoever has the address.
    pub neutral_sign_up: bool,
    /// Whether programs and people can read what the JSON endpoints are.
    pub api_docs: ApiDocs,
    /// How long the code of a mail is good, in minutes.
    pub code_minutes: u32,
    /// How long the link of a mail is good, in hours.
    pub link_hours: u32,
    /// How long the link to a new password is good, in minutes; absent where no mail can be sent.
    pub reset_minutes: Option<u32>,
    /// The shortest password.
    pub password_min: u32,
    /// Where addresses are, roughly.
    pub places: Places,
    /// The language of readers of whom nothing is known.
    pub default_language: Locale,
    /// What only a development server has.
    pub development: Option<Development>,
}

/// Whether the document of the JSON endpoints is served, and the page that shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiDocs {
    /// Both are there.
    Served,
    /// Neither is.
    Hidden,
}

/// What only a development server has.
#[derive(Clone, Debug)]
pub struct Development {
    /// Where the mails are.
    pub mail_folder: PathBuf,
    /// The host names it answers to, each with its port.
    pub hosts: Vec<String>,
}

impl App {
    /// Storage.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.provider.store
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.provider.now()
    }

    /// Whether browsers reach us over https.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.provider.settings.issuer.starts_with("https://")
    }

    /// The scheme, host and port of the issuer, as an `Origin` header writes them.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.provider.settings.issuer.trim_end_matches('/')
    }

    /// The host of the issuer, for people.
    #[must_use]
    pub fn host(&self) -> &str {
        self.origin().split_once("://").map_or("", |(_, host)| host)
    }

    /// The name of a cookie. Over https the `__Host-` prefix ties it to this host; over http the
    /// port is part of it, since all ports of localhost share their cookies.
    #[must_use]
    pub fn cookie_name(&self, name: &str) -> String {
        if self.is_secure() {
            return format!("__Host-protekt_{name}");
        }
        let port = self.host().rsplit_once(':').map_or("80", |(_, port)| port);
        format!("protekt_{name}_{port}")
    }
}
