//! A client as the command line shows it.

use serde::Serialize;

use crate::domain::PlainToken;
use crate::domain::client::{AuthMethod, Client, ClientKind};
use crate::domain::second_factor::FactorPolicy;

/// By the names of RFC 7591 §2 where it has one. What is absent is null, so that a program finds
/// every field.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "what is registered of a client is independent")]
pub(super) struct ShownClient<'client> {
    client_id: &'client str,
    client_name: &'client str,
    kind: ClientKind,
    first_party: bool,
    owner: Option<&'client str>,
    token_endpoint_auth_method: Option<AuthMethod>,
    pkce_required: bool,
    redirect_uris: &'client [String],
    post_logout_redirect_uris: &'client [String],
    web_origins: &'client [String],
    grant_types: &'client [String],
    scope: String,
    default_audience: Option<&'client str>,
    logo_uri: Option<&'client str>,
    policy_uri: Option<&'client str>,
    tos_uri: Option<&'client str>,
    trusts_logout_by_client_id: bool,
    access_token_lifetime: Option<i64>,
    second_factor: Option<FactorPolicy>,
    authentication_api: bool,
    limited_to: Option<String>,
    created_at: String,
}

impl<'client> ShownClient<'client> {
    pub(super) fn new(client: &'client Client) -> Self {
        Self {
            client_id: client.id.as_str(),
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
            second_factor: client.second_factor,
            authentication_api: client.authentication_api,
            limited_to: client.limited_to.as_ref().map(ToString::to_string),
            created_at: client.created_at.to_rfc3339(),
        }
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

    /// What it may do at most at the management API; nothing where there is no limit.
    fn limit(&self) -> String {
        match self.limited_to.as_deref() {
            None => String::new(),
            Some("") => "nothing".to_owned(),
            Some(scopes) => scopes.to_owned(),
        }
    }

    const fn party(&self) -> &'static str {
        if self.first_party { "first-party" } else { "third-party" }
    }
}

/// A client that was just registered or changed, with its secret where one was made.
#[derive(Serialize)]
pub(super) struct ShownRegistration<'client> {
    #[serde(flatten)]
    client: ShownClient<'client>,
    client_secret: Option<&'client str>,
}

impl<'client> ShownRegistration<'client> {
    pub(super) fn new(client: &'client Client, secret: Option<&'client PlainToken>) -> Self {
        Self { client: ShownClient::new(client), client_secret: secret.map(PlainToken::expose) }
    }

    /// For the person who registered it.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let client = &self.client;
        let method = client.token_endpoint_auth_method.map_or("either way", AuthMethod::as_str);
        vec![
            ("client_id", client.client_id.to_owned()),
            ("client_secret", self.client_secret.unwrap_or_default().to_owned()),
            ("kind", format!("{}, {}", kind_name(client.kind), client.party())),
            ("authentication", method.to_owned()),
            ("PKCE", if client.pkce_required { "required" } else { "optional" }.to_owned()),
            ("redirect URIs", client.redirect_uris.join(" ")),
            ("post-logout URIs", client.post_logout_redirect_uris.join(" ")),
            ("web origins", client.web_origins.join(" ")),
            ("grants", client.grant_types.join(" ")),
            ("scopes", client.scope.clone()),
            ("default audience", client.default_audience.unwrap_or_default().to_owned()),
            ("second factor", client.second_factor.map_or("", FactorPolicy::as_str).to_owned()),
            ("authentication API", if client.authentication_api { "on" } else { "" }.to_owned()),
            ("limit at our API", client.limit()),
        ]
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
