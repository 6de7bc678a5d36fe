//! Protekt's own management API, as an API like any other that machines may be granted.
//!
//! It stands among the registered ones, so that an operator grants it as they grant those, and lets people have
//! its scopes as permissions. Nobody changes or deletes it, and no app gets a token for it on a person's behalf.

use super::resource_servers::ResourceServerProblem;
use super::targets::TokenStanding;
use super::{OAuthError, Provider, targets, verify};
use crate::clock::Timestamp;
use crate::domain::resource_server::{ApiScope, ApiScopes, ResourceServer};
use crate::domain::role::ADMIN;
use crate::domain::{ClientId, ResourceServerId, Scopes, UserId};
use crate::store::{Store, StoreError, permissions, resource_servers};

/// Lists, searches and reads people's accounts.
pub const READ_USERS: &str = "read:users";

/// Makes accounts.
pub const CREATE_USERS: &str = "create:users";

/// Deletes people's accounts.
pub const DELETE_USERS: &str = "delete:users";

/// Changes people's accounts.
pub const UPDATE_USERS: &str = "update:users";

/// Lists and reads roles.
pub const READ_ROLES: &str = "read:roles";

/// Makes roles.
pub const CREATE_ROLES: &str = "create:roles";

/// Changes roles and what they hold.
pub const UPDATE_ROLES: &str = "update:roles";

/// Deletes roles.
pub const DELETE_ROLES: &str = "delete:roles";

/// Gives people roles.
pub const CREATE_ROLE_MEMBERS: &str = "create:role_members";

/// Takes roles from people.
pub const DELETE_ROLE_MEMBERS: &str = "delete:role_members";

/// Sees where people are signed in.
pub const READ_SESSIONS: &str = "read:sessions";

/// Signs people out.
pub const DELETE_SESSIONS: &str = "delete:sessions";

/// Lists and reads clients.
pub const READ_CLIENTS: &str = "read:clients";

/// Registers clients.
pub const CREATE_CLIENTS: &str = "create:clients";

/// Changes clients.
pub const UPDATE_CLIENTS: &str = "update:clients";

/// Deletes clients.
pub const DELETE_CLIENTS: &str = "delete:clients";

/// Gives clients new secrets.
pub const UPDATE_CLIENT_KEYS: &str = "update:client_keys";

/// Lists and reads APIs.
pub const READ_RESOURCE_SERVERS: &str = "read:resource_servers";

/// Registers APIs.
pub const CREATE_RESOURCE_SERVERS: &str = "create:resource_servers";

/// Changes APIs.
pub const UPDATE_RESOURCE_SERVERS: &str = "update:resource_servers";

/// Deletes APIs.
pub const DELETE_RESOURCE_SERVERS: &str = "delete:resource_servers";

/// Lists what clients may ask APIs for.
pub const READ_CLIENT_GRANTS: &str = "read:client_grants";

/// Lets clients ask APIs.
pub const CREATE_CLIENT_GRANTS: &str = "create:client_grants";

/// Changes what clients may ask APIs for.
pub const UPDATE_CLIENT_GRANTS: &str = "update:client_grants";

/// Takes from clients what they may ask APIs for.
pub const DELETE_CLIENT_GRANTS: &str = "delete:client_grants";

/// Sees what people sign in with.
pub const READ_AUTHENTICATION_METHODS: &str = "read:authentication_methods";

/// Takes from people what they sign in with, but their passwords.
pub const DELETE_AUTHENTICATION_METHODS: &str = "delete:authentication_methods";

/// Reads the audit trail.
pub const READ_LOGS: &str = "read:logs";

/// Sees what people allowed apps.
pub const READ_GRANTS: &str = "read:grants";

/// Takes back what people allowed apps.
pub const DELETE_GRANTS: &str = "delete:grants";

/// Makes links to choose a password or to verify an address.
pub const CREATE_USER_TICKETS: &str = "create:user_tickets";

/// Sees the keys that sign tokens.
pub const READ_SIGNING_KEYS: &str = "read:signing_keys";

/// Lets another key sign.
pub const CREATE_SIGNING_KEYS: &str = "create:signing_keys";

/// Withdraws keys.
pub const UPDATE_SIGNING_KEYS: &str = "update:signing_keys";

/// Sees where people's passwords are kept.
pub const READ_CONNECTIONS: &str = "read:connections";

/// Sees what the installation is called.
pub const READ_BRANDING: &str = "read:branding";

/// Sees how many people sign in.
pub const READ_STATS: &str = "read:stats";

/// Lists and reads webhooks and what was told to them.
pub const READ_WEBHOOKS: &str = "read:webhooks";

/// Makes webhooks.
pub const CREATE_WEBHOOKS: &str = "create:webhooks";

/// Changes webhooks, and tells events once more.
pub const UPDATE_WEBHOOKS: &str = "update:webhooks";

/// Deletes webhooks.
pub const DELETE_WEBHOOKS: &str = "delete:webhooks";

/// Its scopes, what each opens, and whether that changes anything.
const SCOPES: [(&str, &str, bool); 41] = [
    (READ_USERS, "See the accounts of all people", false),
    (CREATE_USERS, "Make accounts", true),
    (UPDATE_USERS, "Change the accounts of all people", true),
    (DELETE_USERS, "Delete the accounts of people", true),
    (READ_ROLES, "See the roles that people can have", false),
    (CREATE_ROLES, "Make roles", true),
    (UPDATE_ROLES, "Change roles and what they allow", true),
    (DELETE_ROLES, "Delete roles", true),
    (CREATE_ROLE_MEMBERS, "Give roles to people", true),
    (DELETE_ROLE_MEMBERS, "Take roles from people", true),
    (READ_SESSIONS, "See where people are signed in", false),
    (DELETE_SESSIONS, "Sign people out", true),
    (READ_AUTHENTICATION_METHODS, "See what people sign in with", false),
    (DELETE_AUTHENTICATION_METHODS, "Take second factors from people", true),
    (READ_LOGS, "See what happened, and who did it from where", false),
    (READ_GRANTS, "See what people allowed apps", false),
    (DELETE_GRANTS, "Take back what people allowed apps", true),
    (CREATE_USER_TICKETS, "Make links to choose a password or to verify an address", true),
    (READ_SIGNING_KEYS, "See the public halves of the keys that sign tokens", false),
    (CREATE_SIGNING_KEYS, "Let another key sign tokens", true),
    (UPDATE_SIGNING_KEYS, "Withdraw keys, and with them every token that they signed", true),
    (READ_CONNECTIONS, "See where people's passwords are kept", false),
    (READ_BRANDING, "See what this service is called", false),
    (READ_STATS, "See how many people sign in", false),
    (READ_CLIENTS, "See the apps and machines", false),
    (CREATE_CLIENTS, "Register apps and machines", true),
    (UPDATE_CLIENTS, "Change apps and machines", true),
    (DELETE_CLIENTS, "Delete apps and machines", true),
    (UPDATE_CLIENT_KEYS, "Give apps and machines new secrets", true),
    (READ_RESOURCE_SERVERS, "See the APIs", false),
    (CREATE_RESOURCE_SERVERS, "Register APIs", true),
    (UPDATE_RESOURCE_SERVERS, "Change APIs", true),
    (DELETE_RESOURCE_SERVERS, "Delete APIs", true),
    (READ_CLIENT_GRANTS, "See what apps and machines may ask APIs for", false),
    (CREATE_CLIENT_GRANTS, "Let apps and machines ask APIs", true),
    (UPDATE_CLIENT_GRANTS, "Change what apps and machines may ask APIs for", true),
    (DELETE_CLIENT_GRANTS, "Take from apps and machines what they may ask APIs for", true),
    (READ_WEBHOOKS, "See where events are told, and what came of it", false),
    (CREATE_WEBHOOKS, "Have everything that happens told at an address", true),
    (UPDATE_WEBHOOKS, "Change where events are told, and tell them once more", true),
    (DELETE_WEBHOOKS, "Let events be told no more", true),
];
/// Those that open something to a person, too, at `/api/users`.
const FOR_PEOPLE: [&str; 4] = [READ_USERS, CREATE_USERS, UPDATE_USERS, DELETE_USERS];

/// Those that a client of the operator's own may be registered for, to act for people who have them as
/// permissions.
#[must_use]
pub fn scopes() -> Scopes {
    FOR_PEOPLE.into_iter().map(str::to_owned).collect()
}

/// All of its scopes, each with what it opens, in words.
#[must_use]
pub fn described_scopes() -> [(&'static str, &'static str); SCOPES.len()] {
    SCOPES.map(|(scope, words, _)| (scope, words))
}

/// The `aud` of its access tokens.
#[must_use]
pub fn audience(issuer: &str) -> String {
    format!("{issuer}api/v2/")
}

/// Puts it among the registered APIs, as it is in this version and at this address of the installation.
///
/// # Errors
///
/// `NeededByUs` where an operator has registered another API under this identifier, from the time of another
/// address; or the database fails.
pub async fn plant(
    store: &Store,
    issuer: &str,
    now: Timestamp,
) -> Result<(), ResourceServerProblem> {
    let scopes = SCOPES.map(|(value, description, changes)| ApiScope {
        value: value.to_owned(),
        description: description.to_owned(),
        changes,
    });
    let own = ResourceServer {
        id: ResourceServerId(ResourceServer::MANAGEMENT_API.to_owned()),
        identifier: audience(issuer),
        name: "Protekt Management API".to_owned(),
        scopes: ApiScopes(scopes.into()),
        access_token_lifetime: None,
        permissions_required: true,
        created_at: now,
        updated_at: now,
    };
    let mut tx = store.begin().await?;
    let other = resource_servers::find(&mut tx, &own.identifier).await?;
    if other.is_some_and(|other| !other.is_built_in()) {
        return Err(ResourceServerProblem::NeededByUs(own.identifier));
    }
    // Two that start at once both come this far; one of them adds it.
    resource_servers::insert(&mut tx, &own).await?;
    resource_servers::renew(&mut tx, &own).await?;
    Ok(tx.commit().await?)
}

/// The machine that calls the management API.
#[derive(Clone, Debug)]
pub struct ManagementCaller {
    /// Which one.
    pub client_id: ClientId,
    /// What it may do at this moment.
    scopes: Scopes,
}

impl ManagementCaller {
    /// Everything that it may do.
    #[must_use]
    pub const fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Passes where the machine may do this.
    ///
    /// # Errors
    ///
    /// [`OAuthError::ScopeMissing`] otherwise.
    pub fn needs(&self, scope: &'static str) -> Result<(), OAuthError> {
        if self.scopes.contains(scope) { Ok(()) } else { Err(OAuthError::ScopeMissing(scope)) }
    }
}

/// Finds out which machine an access token is for (RFC 9068 §4), and what it may do at this moment.
///
/// # Errors
///
/// [`OAuthError::TokenInvalid`] where it does not verify, is for something else or for a person, or was
/// revoked, or its client may ask this API for nothing any more.
pub async fn caller(provider: &Provider, token: &str) -> Result<ManagementCaller, OAuthError> {
    let now = provider.now();
    let mut tx = provider.store.read().await?;
    let keys = provider.keys.current(&mut tx).await?;
    let audience = provider.management_audience();
    let claims = verify::access_token(provider, &keys, token, &audience, now)?;
    match targets::of_token(provider, &mut tx, &claims).await? {
        Some(TokenStanding { grant: None, scopes, .. }) => {
            Ok(ManagementCaller { client_id: claims.client_id, scopes })
        }
        _ => Err(OAuthError::TokenInvalid),
    }
}

/// What a person may do with the accounts of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether they are an administrator, to whom everything is open.
    pub is_administrator: bool,
    /// Whether they have the scope that was asked for as a permission.
    pub has_permission: bool,
}

/// What a person may do with other people's accounts, of what `scope` says.
///
/// # Errors
///
/// If the database fails.
pub async fn standing(
    provider: &Provider,
    id: &UserId,
    scope: &'static str,
) -> Result<Standing, StoreError> {
    let api = ResourceServerId(ResourceServer::MANAGEMENT_API.to_owned());
    let mut tx = provider.store.read().await?;
    let held = permissions::entitlements(&mut tx, id, Some(&api)).await?;
    let is_administrator = held.roles.iter().any(|role| role == ADMIN);
    Ok(Standing { is_administrator, has_permission: held.permissions.contains(scope) })
}
