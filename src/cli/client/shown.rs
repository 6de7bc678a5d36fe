//! A client as the command line shows it.

use serde::Serialize;

use crate::domain::PlainToken;
use crate::domain::client::{AuthMethod, Client, ClientKind};

/// By the names of RFC 7591 §2 where it has one.
#[derive(Serialize)]
pub(super) struct ShownClient<'client> {
    client_id: &'client str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'client str>,
    client_name: &'client str,
    kind: ClientKind,
    first_party: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'client str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_endpoint_auth_method: Option<AuthMethod>,
    pkce_required: bool,
    redirect_uris: &'client [String],
    post_logout_redirect_uris: &'client [String],
    web_origins: &'client [String],
    grant_types: &'client [String],
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_audience: Option<&'client str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logo_uri: Option<&'client str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_uri: Option<&'client str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tos_uri: Option<&'client str>,
    trusts_logout_by_client_id: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token_lifetime: Option<i64>,
    created_at: String,
}

impl<'client> ShownClient<'client> {
    pub(super) fn new(client: &'client Client, secret: Option<&'client PlainToken>) -> Self {
        Self {
            client_id: client.id.as_str(),
            client_secret: secret.map(PlainToken::expose),
            client_name: &client.name,
            kind: client.kind,
            first_party: client.first_party,
            owner: client.owner.as_deref(),
            token_endpoint_auth_method: client.token_endpoint_auth_method,
            pkce_required: client.must_use_pkce(),
            redirect_uris: &client.redirect_uris.0,
            post_logout_redirect_uris: &client.post_logout_redirect_uris.0,
            web_origins: &client.web_origins.0,
            grant_types: &client.grant_types.0,
            scope: client.scopes.to_string(),
            default_audience: client.default_audience.as_deref(),
            logo_uri: client.logo_uri.as_deref(),
            policy_uri: client.policy_uri.as_deref(),
            tos_uri: client.terms_uri.as_deref(),
            trusts_logout_by_client_id: client.trusts_logout_by_client_id,
            access_token_lifetime: client.access_token_lifetime,
            created_at: client.created_at.to_rfc3339(),
        }
    }

    /// For a person who has just registered it.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let method = self.token_endpoint_auth_method.map_or("either way", AuthMethod::as_str);
        vec![
            ("client_id", self.client_id.to_owned()),
            ("client_secret", self.client_secret.unwrap_or_default().to_owned()),
            ("kind", format!("{}, {}", kind_name(self.kind), self.party())),
            ("authentication", method.to_owned()),
            ("PKCE", if self.pkce_required { "required" } else { "optional" }.to_owned()),
            ("redirect URIs", self.redirect_uris.join(" ")),
            ("post-logout URIs", self.post_logout_redirect_uris.join(" ")),
            ("web origins", self.web_origins.join(" ")),
            ("grants", self.grant_types.join(" ")),
            ("scopes", self.scope.clone()),
            ("default audience", self.default_audience.unwrap_or_default().to_owned()),
        ]
    }

    /// One row of a list.
    pub(super) fn row(&self) -> Vec<String> {
        vec![
            self.client_id.to_owned(),
            self.client_name.to_owned(),
            kind_name(self.kind).to_owned(),
            self.party().to_owned(),
            self.redirect_uris.join(" "),
        ]
    }

    const fn party(&self) -> &'static str {
        if self.first_party { "first-party" } else { "third-party" }
    }
}

const fn kind_name(kind: ClientKind) -> &'static str {
    match kind {
        ClientKind::Web => "web",
        ClientKind::Spa => "spa",
        ClientKind::Native => "native",
        ClientKind::Machine => "machine",
    }
}
