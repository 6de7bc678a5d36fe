//! Clients by the names of the management API.

use serde_json::{Map, Value, json};

use super::body::Body;
use super::error::ApiError;
use super::me::moment;
use super::members::{Given, Members, put};
use crate::domain::Scopes;
use crate::domain::client::{AuthMethod, Client, ClientKind};
use crate::domain::scope::is_one_scope;
use crate::domain::second_factor::FactorPolicy;
use crate::oauth::clients::NewClient;

/// What a client can be, in the words of Auth0.
pub(in crate::http) const KINDS: [(&str, ClientKind); 4] = [
    ("regular_web", ClientKind::Web),
    ("spa", ClientKind::Spa),
    ("native", ClientKind::Native),
    ("non_interactive", ClientKind::Machine),
];
const METHODS: [(&str, AuthMethod); 3] = [
    ("none", AuthMethod::None),
    ("client_secret_basic", AuthMethod::ClientSecretBasic),
    ("client_secret_post", AuthMethod::ClientSecretPost),
];
const POLICIES: [(&str, FactorPolicy); 3] = [
    ("off", FactorPolicy::Off),
    ("optional", FactorPolicy::Optional),
    ("required", FactorPolicy::Required),
];
const NAMES: [&str; 19] = [
    "name",
    "owner",
    "app_type",
    "is_first_party",
    "callbacks",
    "allowed_logout_urls",
    "web_origins",
    "grant_types",
    "token_endpoint_auth_method",
    "pkce_required",
    "scopes",
    "default_audience",
    "logo_uri",
    "policy_uri",
    "terms_uri",
    "trusts_logout_by_client_id",
    "access_token_lifetime",
    "second_factor",
    "authentication_api",
];
const FIXED: [&str; 4] = ["client_id", "client_secret", "created_at", "updated_at"];

/// How a client is to be, as a body says; what is absent stays, or is as for others of its kind.
#[derive(Debug)]
pub(super) struct ClientMembers {
    /// What people read.
    pub(super) name: Option<String>,
    /// What it is.
    pub(super) kind: Option<ClientKind>,
    owner: Given<String>,
    first_party: Option<bool>,
    redirect_uris: Option<Vec<String>>,
    post_logout_redirect_uris: Option<Vec<String>>,
    web_origins: Option<Vec<String>>,
    grant_types: Option<Vec<String>>,
    token_endpoint_auth_method: Given<AuthMethod>,
    pkce_required: Option<bool>,
    scopes: Option<Scopes>,
    default_audience: Given<String>,
    logo_uri: Given<String>,
    policy_uri: Given<String>,
    terms_uri: Given<String>,
    trusts_logout_by_client_id: Option<bool>,
    access_token_lifetime: Given<i64>,
    second_factor: Given<FactorPolicy>,
    authentication_api: Option<bool>,
}

impl ClientMembers {
    /// Reads a body; of a new client, the name and what it is must be there.
    ///
    /// # Errors
    ///
    /// With everything that is wrong with it.
    pub(super) fn read(body: Body, is_new: bool) -> Result<Self, ApiError> {
        let mut members = Members::of(body, &NAMES, &FIXED);
        for name in ["name", "app_type"].into_iter().filter(|_| is_new) {
            if !members.has(name) {
                members.refuse(name, "is missing");
            }
        }
        let read = Self {
            name: members.text("name"),
            kind: members.choice("app_type", &KINDS),
            owner: members.or_null("owner", Members::text),
            first_party: members.flag("is_first_party"),
            redirect_uris: members.texts("callbacks"),
            post_logout_redirect_uris: members.texts("allowed_logout_urls"),
            web_origins: members.texts("web_origins"),
            grant_types: members.texts("grant_types"),
            token_endpoint_auth_method: members
                .or_null("token_endpoint_auth_method", |members, name| {
                    members.choice(name, &METHODS)
                }),
            pkce_required: members.flag("pkce_required"),
            scopes: scopes(&mut members),
            default_audience: members.or_null("default_audience", Members::text),
            logo_uri: members.or_null("logo_uri", Members::text),
            policy_uri: members.or_null("policy_uri", Members::text),
            terms_uri: members.or_null("terms_uri", Members::text),
            trusts_logout_by_client_id: members.flag("trusts_logout_by_client_id"),
            access_token_lifetime: members.or_null("access_token_lifetime", Members::number),
            second_factor: members
                .or_null("second_factor", |members, name| members.choice(name, &POLICIES)),
            authentication_api: members.flag("authentication_api"),
        };
        members.check()?;
        Ok(read)
    }

    /// Says so of a client.
    pub(super) fn put(self, client: &mut NewClient) {
        put(self.name, &mut client.name);
        self.owner.put(&mut client.owner);
        put(self.first_party, &mut client.first_party);
        put(self.redirect_uris, &mut client.redirect_uris);
        put(self.post_logout_redirect_uris, &mut client.post_logout_redirect_uris);
        put(self.web_origins, &mut client.web_origins);
        put(self.grant_types, &mut client.grant_types);
        self.token_endpoint_auth_method.put(&mut client.token_endpoint_auth_method);
        put(self.pkce_required, &mut client.pkce_required);
        put(self.scopes.map(Some), &mut client.scopes);
        self.default_audience.put(&mut client.default_audience);
        self.logo_uri.put(&mut client.logo_uri);
        self.policy_uri.put(&mut client.policy_uri);
        self.terms_uri.put(&mut client.terms_uri);
        put(self.trusts_logout_by_client_id, &mut client.trusts_logout_by_client_id);
        self.access_token_lifetime.put(&mut client.access_token_lifetime);
        self.second_factor.put(&mut client.second_factor);
        put(self.authentication_api, &mut client.authentication_api);
    }
}

fn scopes(members: &mut Members) -> Option<Scopes> {
    let given = members.texts("scopes")?;
    if !given.iter().all(|text| is_one_scope(text)) {
        members.refuse("scopes", "must be a list of scopes, such as openid");
    }
    Some(given.into_iter().collect())
}

/// A client; what is not known is left out, and its secret nobody knows.
pub(super) fn entry(client: &Client) -> Map<String, Value> {
    let word = |words: &[(&'static str, ClientKind)]| {
        words.iter().find(|(_, kind)| *kind == client.kind).map(|(word, _)| *word)
    };
    let scopes: Vec<&str> = client.scopes.iter().collect();
    let whole = json!({
        "client_id": client.id,
        "name": client.name,
        "owner": client.owner,
        "app_type": word(&KINDS),
        "is_first_party": client.first_party,
        "callbacks": client.redirect_uris,
        "allowed_logout_urls": client.post_logout_redirect_uris,
        "web_origins": client.web_origins,
        "grant_types": client.grant_types,
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "pkce_required": client.pkce_required,
        "scopes": scopes,
        "default_audience": client.default_audience,
        "logo_uri": client.logo_uri,
        "policy_uri": client.policy_uri,
        "terms_uri": client.terms_uri,
        "trusts_logout_by_client_id": client.trusts_logout_by_client_id,
        "access_token_lifetime": client.access_token_lifetime,
        "second_factor": client.second_factor,
        "authentication_api": client.authentication_api,
        "created_at": moment(client.created_at),
        "updated_at": moment(client.updated_at),
    });
    let Value::Object(mut entry) = whole else { return Map::new() };
    entry.retain(|_, value| !value.is_null());
    entry
}
