//! OAuth 2.0 and OpenID Connect: what a request must satisfy and what it earns.
//!
//! An authorization request goes through these steps:
//! 1. [`params`]: the parameters, none repeated;
//! 2. [`request`]: client, exact redirect URI, scope and all the rest, by the machine that
//!    [`drive`] steps;
//! 3. [`interaction`]: what the person still has to do;
//! 4. [`authorize`]: a grant and a code;
//! 5. [`response`]: how the answer travels.
//!
//! A token request: [`params`], [`client_auth`], a grant of [`grants`], [`tokens`].

pub mod authentication_api;
pub mod authorize;
pub mod client_auth;
pub mod client_grants;
pub mod clients;
pub mod discovery;
mod drive;
pub mod entitlements;
pub mod error;
pub mod grants;
pub mod interaction;
pub mod introspect;
pub mod logout;
pub mod management_api;
pub mod params;
pub mod request;
pub mod resource_servers;
pub mod response;
pub mod revoke;
pub mod targets;
pub mod tokens;
pub mod userinfo;
pub mod verify;

use std::sync::Arc;

use crate::accounts::AppNotices;
use crate::clock::{Clock, Timestamp};
use crate::domain::client::Client;
use crate::domain::resource_server::ResourceServer;
use crate::keys::KeyRing;
use crate::store::Store;
use crate::throttle::Limit;

pub use error::OAuthError;
pub use params::Parameters;

/// The protocol side of an installation.
#[derive(Clone)]
pub struct Provider {
    /// Storage.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The signing keys.
    pub keys: KeyRing,
    /// Tells people by mail of what applications do.
    pub notices: AppNotices,
    /// What the operator decided.
    pub settings: Arc<ProviderSettings>,
}

/// What the operator decided about tokens. Lifetimes are in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderSettings {
    /// Ends in a slash; the same to the byte in discovery and in every token.
    pub issuer: String,
    /// Of access tokens.
    pub access_token_lifetime: i64,
    /// Of ID tokens.
    pub id_token_lifetime: i64,
    /// Of authorization codes.
    pub code_lifetime: i64,
    /// Of a refresh token that nobody uses.
    pub refresh_idle_lifetime: i64,
    /// Of a line of refresh tokens.
    pub refresh_absolute_lifetime: i64,
    /// While an answer may have been lost, the same successor is handed out again; 0: never.
    pub refresh_overlap: i64,
    /// How long an authorization request waits for a person.
    pub request_lifetime: i64,
    /// The claim that the roles of a person stand under; absent: in no token.
    pub roles_claim: Option<String>,
    /// Whether they stand in ID tokens and at `/userinfo` too, for every app.
    pub roles_in_id_token: bool,
    /// Whether our own authentication API is there.
    pub authentication_api: bool,
    /// Failed client authentications that one network may cause.
    pub failed_clients_by_network: Limit,
}

impl Provider {
    /// The current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The audience of `/userinfo`.
    #[must_use]
    pub fn userinfo_audience(&self) -> String {
        format!("{}userinfo", self.settings.issuer)
    }

    /// The audience of our own authentication API, which is no API that anybody registered.
    #[must_use]
    pub fn api_audience(&self) -> String {
        format!("{}api/", self.settings.issuer)
    }

    /// The audience of our own management API.
    #[must_use]
    pub fn management_audience(&self) -> String {
        management_api::audience(&self.settings.issuer)
    }

    /// How long an access token of the client lives, in seconds: as its registration or that of
    /// the API says, and the shorter where both do.
    #[must_use]
    pub fn access_token_lifetime(&self, client: &Client, api: Option<&ResourceServer>) -> i64 {
        let api = api.and_then(|api| api.access_token_lifetime);
        let shortest = client.access_token_lifetime.into_iter().chain(api).min();
        shortest.unwrap_or(self.settings.access_token_lifetime)
    }

    /// An absolute URL of ours; `path` begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.issuer.trim_end_matches('/'))
    }
}
