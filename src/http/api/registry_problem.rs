//! Why nothing was changed about clients, APIs, and what clients may ask them.

use axum::http::StatusCode;

use super::error::ApiError;
use super::role_problem::RoleProblem;
use super::roles::in_body;
use crate::oauth::clients::{ClientList, ClientProblem};
use crate::oauth::resource_servers::ResourceServerProblem;

/// Why nothing was changed about what is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RegistryProblem {
    /// There is no client with this id.
    NoSuchClient,
    /// There is no API with this id or identifier.
    NoSuchApi,
    /// Nothing was granted by this id.
    NoSuchClientGrant,
    /// There is no webhook with this id.
    NoSuchWebhook,
    /// Nothing was told to this webhook by this id.
    NoSuchDelivery,
    /// The webhook is not enabled.
    WebhookDisabled,
    /// It waits to be told, or is being told.
    DeliveryUnderWay,
    /// There are as many webhooks as there may be.
    TooManyWebhooks,
    /// No person allowed anything by this id.
    NoSuchGrant,
    /// There is no connection with this id.
    NoSuchConnection,
    /// No signing key with this `kid` is published.
    NoSuchSigningKey,
    /// Verifiers may not have seen the next key yet.
    SigningKeyTooYoung {
        /// How long to wait.
        seconds: i64,
    },
    /// No other key could sign: the next one is being made.
    NoOtherSigningKey,
    /// Another client, or a person, has the id.
    ClientTaken,
    /// Another API has the identifier.
    ApiTaken,
    /// The client was granted something at this API already.
    ClientGrantTaken,
    /// The API is Protekt's own.
    BuiltInApi,
    /// A machine that may do less than the client is to do knows its secret, or chose its addresses.
    ClientLimited(String),
    /// A client has this API as its own.
    ApiInUse(String),
}

impl RegistryProblem {
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::NoSuchClient
            | Self::NoSuchApi
            | Self::NoSuchClientGrant
            | Self::NoSuchGrant
            | Self::NoSuchConnection
            | Self::NoSuchWebhook
            | Self::NoSuchDelivery
            | Self::NoSuchSigningKey => StatusCode::NOT_FOUND,
            Self::ClientTaken
            | Self::ApiTaken
            | Self::ClientGrantTaken
            | Self::SigningKeyTooYoung { .. }
            | Self::NoOtherSigningKey
            | Self::WebhookDisabled
            | Self::DeliveryUnderWay
            | Self::TooManyWebhooks
            | Self::ApiInUse(_) => StatusCode::CONFLICT,
            Self::BuiltInApi | Self::ClientLimited(_) => StatusCode::FORBIDDEN,
        }
    }

    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::NoSuchClient => "inexistent_client",
            Self::NoSuchApi => "inexistent_resource_server",
            Self::NoSuchClientGrant => "inexistent_client_grant",
            Self::NoSuchWebhook => "inexistent_webhook",
            Self::NoSuchDelivery => "inexistent_delivery",
            Self::WebhookDisabled => "webhook_disabled",
            Self::DeliveryUnderWay => "delivery_under_way",
            Self::TooManyWebhooks => "too_many_webhooks",
            Self::NoSuchGrant => "inexistent_grant",
            Self::NoSuchConnection => "inexistent_connection",
            Self::NoSuchSigningKey => "inexistent_signing_key",
            Self::SigningKeyTooYoung { .. } => "signing_key_too_young",
            Self::NoOtherSigningKey => "no_other_signing_key",
            Self::ClientTaken => "client_exists",
            Self::ApiTaken => "resource_server_exists",
            Self::ClientGrantTaken => "client_grant_exists",
            Self::BuiltInApi => "built_in_resource_server",
            Self::ClientLimited(_) => "client_limited",
            Self::ApiInUse(_) => "resource_server_in_use",
        }
    }

    /// After how many seconds to come again, where that helps.
    pub(super) const fn retry_after(&self) -> Option<i64> {
        match self {
            Self::SigningKeyTooYoung { seconds } => Some(*seconds),
            Self::NoOtherSigningKey => Some(5),
            _ => None,
        }
    }

    pub(super) fn message(&self) -> String {
        let words = match self {
            Self::NoSuchClient => "There is no client with this id.",
            Self::NoSuchApi => "There is no API with this id or identifier.",
            Self::NoSuchClientGrant => "There is no client grant with this id.",
            Self::NoSuchWebhook => "There is no webhook with this id.",
            Self::NoSuchDelivery => "There is no delivery of this webhook with this id.",
            Self::WebhookDisabled => "The webhook is not enabled: nothing is sent to it.",
            Self::DeliveryUnderWay => "It waits to be sent at once, or is being sent.",
            Self::TooManyWebhooks => "There are 50 webhooks, as many as there may be.",
            Self::NoSuchGrant => "There is no grant with this id, or it was taken back.",
            Self::NoSuchConnection => "There is no connection with this id.",
            Self::NoSuchSigningKey => "There is no signing key with this kid, or it was revoked.",
            Self::SigningKeyTooYoung { seconds } => {
                return format!(
                    "The next key was published too recently: a resource server may not have seen it yet. Try again in {seconds} seconds."
                );
            }
            Self::NoOtherSigningKey => {
                "No other key could sign: the next one is being made. Try again in a moment."
            }
            Self::ClientTaken => "Another client has this id.",
            Self::ApiTaken => "Another API has this identifier.",
            Self::ClientGrantTaken => {
                "The client was granted something at this API already: change that."
            }
            Self::BuiltInApi => "This API is Protekt's own: it is neither changed nor deleted.",
            Self::ClientLimited(scope) => {
                return format!(
                    "A machine that may not do {scope} made this client or changed it, and could be it. An operator gives it a new secret first."
                );
            }
            Self::ApiInUse(client_id) => {
                return format!("It is the default_audience of the client {client_id}.");
            }
        };
        words.to_owned()
    }
}

const fn name_of(list: ClientList) -> &'static str {
    match list {
        ClientList::RedirectUris => "callbacks",
        ClientList::PostLogoutRedirectUris => "allowed_logout_urls",
        ClientList::WebOrigins => "web_origins",
        ClientList::GrantTypes => "grant_types",
        ClientList::Scopes => "scopes",
    }
}

/// The member of a body that breaks the rule.
fn member_of(problem: &ClientProblem) -> &'static str {
    match problem {
        ClientProblem::Name => "name",
        ClientProblem::Owner => "owner",
        ClientProblem::RedirectUri { .. }
        | ClientProblem::NoRedirectUri
        | ClientProblem::MachineWithRedirectUri => "callbacks",
        ClientProblem::PostLogoutRedirectUri { .. } => "allowed_logout_urls",
        ClientProblem::Duplicate(_, list) | ClientProblem::TooMuch(list) => name_of(*list),
        ClientProblem::WebOrigin(_) => "web_origins",
        ClientProblem::PublicWithSecret(_) | ClientProblem::ConfidentialWithoutSecret(_) => {
            "token_endpoint_auth_method"
        }
        ClientProblem::PkceNotRequired => "pkce_required",
        ClientProblem::GrantType { .. } => "grant_types",
        ClientProblem::Link { name: "the logo", .. } => "logo_uri",
        ClientProblem::Link { name: "the terms", .. } => "terms_uri",
        ClientProblem::Link { .. } => "policy_uri",
        ClientProblem::Audience(_) | ClientProblem::AudienceOfOurs(_) => "default_audience",
        ClientProblem::AuthenticationApiOfOthers => "authentication_api",
        ClientProblem::AccessTokenLifetime => "access_token_lifetime",
        _ => "client_id",
    }
}

impl From<ClientProblem> for ApiError {
    fn from(problem: ClientProblem) -> Self {
        match problem {
            ClientProblem::Unknown(_) => Self::Registry(RegistryProblem::NoSuchClient),
            ClientProblem::IdTaken(_) => Self::Registry(RegistryProblem::ClientTaken),
            ClientProblem::BeyondGiver(scope) => Self::Role(RoleProblem::BeyondCaller(scope)),
            ClientProblem::Limited { scope, .. } => {
                Self::Registry(RegistryProblem::ClientLimited(scope))
            }
            ClientProblem::ChangedMeanwhile => Self::Changed,
            ClientProblem::Store(fault) => Self::Problem(fault.into()),
            other => in_body(member_of(&other), other.to_string()),
        }
    }
}

impl From<ResourceServerProblem> for ApiError {
    fn from(problem: ResourceServerProblem) -> Self {
        use ResourceServerProblem as Problem;

        let member = match problem {
            Problem::Store(fault) => return Self::Problem(fault.into()),
            Problem::Unknown(_) => return Self::Registry(RegistryProblem::NoSuchApi),
            Problem::Taken(_) => return Self::Registry(RegistryProblem::ApiTaken),
            Problem::BuiltIn(_) | Problem::NeededByUs(_) => {
                return Self::Registry(RegistryProblem::BuiltInApi);
            }
            Problem::OwnOf { client_id, .. } => {
                return Self::Registry(RegistryProblem::ApiInUse(client_id.0));
            }
            Problem::AlreadyGranted(_) => {
                return Self::Registry(RegistryProblem::ClientGrantTaken);
            }
            Problem::NoSuchGrant(_) | Problem::NotGranted(_) => {
                return Self::Registry(RegistryProblem::NoSuchClientGrant);
            }
            Problem::BeyondGiver(scope) => return Self::Role(RoleProblem::BeyondCaller(scope)),
            Problem::ClientLimited { scope, .. } => {
                return Self::Registry(RegistryProblem::ClientLimited(scope));
            }
            Problem::ChangedMeanwhile => return Self::Changed,
            Problem::Name => "name",
            Problem::Identifier(_) | Problem::IdentifierOfOurs(_) => "identifier",
            Problem::AccessTokenLifetime => "token_lifetime",
            Problem::NoSuchClient(id) => {
                return in_body(
                    "client_id",
                    format!("there is no client with the id {:?}", id.as_str()),
                );
            }
            Problem::GrantTypeMissing { grant, .. } => {
                return in_body("client_id", format!("may not use the grant {grant}"));
            }
            Problem::NoSuchScope(scope) => {
                return in_body("scope", format!("the API has no scope {scope:?}"));
            }
            Problem::MachinesOnly(_) => {
                return in_body(
                    "subject_type",
                    "must be client: this API is for machines".to_owned(),
                );
            }
            Problem::PublicIntrospector(_) | Problem::NoIntrospector(_) => "introspectors",
            Problem::Scope(_)
            | Problem::ScopeOfOurs(_)
            | Problem::Twice(_)
            | Problem::Sentence(_)
            | Problem::TooManyScopes => "scopes",
        };
        in_body(member, problem.to_string())
    }
}
