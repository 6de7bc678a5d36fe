//! Registering an API that takes our access tokens, and saying which client may ask it for what.

mod problem;

pub use problem::ResourceServerProblem;

use std::collections::HashSet;

use url::Url;

use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::client::LONGEST_ACCESS_TOKEN_LIFETIME;
use crate::domain::client_grant::{ClientGrant, SubjectType};
use crate::domain::resource_server::{ApiScope, ApiScopes, ResourceServer};
use crate::domain::{ClientGrantId, ClientId, ResourceServerId, Scopes};
use crate::random;
use crate::store::{
    Store, Tx, client_grants, clients, consents, grants, permissions, resource_servers,
};

const MOST_SCOPES: usize = 500;
const LONGEST_SCOPE: usize = 200;
const LONGEST_NAME: usize = 100;
const LONGEST_DESCRIPTION: usize = 200;
const LONGEST_IDENTIFIER: usize = 600;

/// An API as somebody wishes to register it.
#[derive(Clone, Debug)]
pub struct NewResourceServer {
    /// The `aud` of its access tokens.
    pub identifier: String,
    /// What people read.
    pub name: String,
    /// What it can be asked for.
    pub scopes: Vec<ApiScope>,
    /// Seconds; the installation's setting where absent.
    pub access_token_lifetime: Option<i64>,
    /// Whether apps get a scope for a person only where they have it as a permission.
    pub permissions_required: bool,
}

/// What is to be another about an API; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ResourceServerChange {
    /// What people read.
    pub name: Option<String>,
    /// Scopes to add, or to describe anew.
    pub add_scopes: Vec<ApiScope>,
    /// Scopes to take away.
    pub remove_scopes: Vec<String>,
    /// Seconds; within, absent takes the API's own lifetime away.
    pub access_token_lifetime: Option<Option<i64>>,
    /// Whether apps get a scope for a person only where they have it as a permission.
    pub permissions_required: Option<bool>,
    /// Clients that may ask what its tokens are worth.
    pub add_introspectors: Vec<ClientId>,
    /// Clients that may no longer.
    pub remove_introspectors: Vec<ClientId>,
}

/// Registers an API with the provider `issuer`.
///
/// # Errors
///
/// The first rule that is broken.
pub async fn register(
    store: &Store,
    new: NewResourceServer,
    issuer: &str,
    now: Timestamp,
) -> Result<ResourceServer, ResourceServerProblem> {
    check_identifier(&new.identifier, issuer)?;
    let made = ResourceServer {
        id: ResourceServerId(random::ulid(now)),
        identifier: new.identifier,
        name: new.name.trim().to_owned(),
        scopes: ApiScopes(new.scopes),
        access_token_lifetime: new.access_token_lifetime,
        permissions_required: new.permissions_required,
        created_at: now,
        updated_at: now,
    };
    check(&made)?;
    let mut tx = store.begin().await?;
    if !resource_servers::insert(&mut tx, &made).await? {
        return Err(ResourceServerProblem::Taken(made.identifier));
    }
    record(&mut tx, AuditKind::ResourceServerCreated, (&made, 0), now).await?;
    tx.commit().await?;
    Ok(made)
}

/// Changes an API.
///
/// # Errors
///
/// The first rule that is broken; `Unknown` where there is no such API.
pub async fn update(
    store: &Store,
    identifier: &str,
    change: ResourceServerChange,
    now: Timestamp,
) -> Result<ResourceServer, ResourceServerProblem> {
    let mut tx = store.begin().await?;
    let mut changed = changeable(&mut tx, identifier).await?;
    if let Some(name) = &change.name {
        name.trim().clone_into(&mut changed.name);
    }
    let held = permissions::count_at(&mut tx, &changed.id).await?;
    change_scopes(&mut tx, &mut changed, &change).await?;
    let taken = held - permissions::count_at(&mut tx, &changed.id).await?;
    if let Some(lifetime) = change.access_token_lifetime {
        changed.access_token_lifetime = lifetime;
    }
    if let Some(are_required) = change.permissions_required {
        changed.permissions_required = are_required;
    }
    changed.updated_at = now;
    check(&changed)?;
    resource_servers::update(&mut tx, &changed).await?;
    change_introspectors(&mut tx, &changed.id, &change).await?;
    record(&mut tx, AuditKind::ResourceServerUpdated, (&changed, taken), now).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Takes scopes away, each from all who hold it as a permission, and adds others.
async fn change_scopes(
    tx: &mut Tx,
    api: &mut ResourceServer,
    change: &ResourceServerChange,
) -> Result<(), ResourceServerProblem> {
    for value in &change.remove_scopes {
        if api.scopes.find(value).is_none() {
            return Err(ResourceServerProblem::NoSuchScope(value.clone()));
        }
        permissions::forget_scope(tx, &api.id, value).await?;
    }
    api.scopes.0.retain(|scope| !change.remove_scopes.contains(&scope.value));
    let mut means_more = !change.remove_scopes.is_empty();
    for new in &change.add_scopes {
        match api.scopes.0.iter_mut().find(|scope| scope.value == new.value) {
            Some(scope) => {
                means_more |= new.changes && !scope.changes;
                scope.clone_from(new);
            }
            None => api.scopes.0.push(new.clone()),
        }
    }
    if means_more {
        // A word that went may come back with another meaning: people are asked again.
        consents::forget_api(tx, &api.identifier).await?;
    }
    Ok(())
}

async fn change_introspectors(
    tx: &mut Tx,
    id: &ResourceServerId,
    change: &ResourceServerChange,
) -> Result<(), ResourceServerProblem> {
    for client_id in &change.add_introspectors {
        let client = clients::find(tx, client_id).await?;
        let client =
            client.ok_or_else(|| ResourceServerProblem::NoSuchClient(client_id.clone()))?;
        if client.is_public() {
            return Err(ResourceServerProblem::PublicIntrospector(client_id.clone()));
        }
        resource_servers::add_introspector(tx, id, client_id).await?;
    }
    for client_id in &change.remove_introspectors {
        if !resource_servers::remove_introspector(tx, id, client_id).await? {
            return Err(ResourceServerProblem::NoIntrospector(client_id.clone()));
        }
    }
    Ok(())
}

/// Deletes an API. Nobody can ask it for anything any more, and every grant for it ends.
///
/// # Errors
///
/// `Unknown` where there is no such API, `OwnOf` as long as a client has it as its own.
pub async fn delete(
    store: &Store,
    identifier: &str,
    now: Timestamp,
) -> Result<(), ResourceServerProblem> {
    let mut tx = store.begin().await?;
    let gone = changeable(&mut tx, identifier).await?;
    // Without the API their own word would be all that limits them there.
    if let Some(owner) = clients::find_by_default_audience(&mut tx, identifier).await? {
        return Err(ResourceServerProblem::OwnOf { identifier: gone.identifier, client_id: owner });
    }
    grants::end_of_audience(&mut tx, identifier, now).await?;
    consents::forget_api(&mut tx, identifier).await?;
    let taken = permissions::count_at(&mut tx, &gone.id).await?;
    resource_servers::delete(&mut tx, &gone.id).await?;
    record(&mut tx, AuditKind::ResourceServerDeleted, (&gone, taken), now).await?;
    tx.commit().await?;
    Ok(())
}

/// What one client may ask one API for.
#[derive(Clone, Debug)]
pub struct GrantWish {
    /// Who may ask.
    pub client_id: ClientId,
    /// The API, by its identifier.
    pub identifier: String,
    /// For whom.
    pub subject_type: SubjectType,
    /// For what; everything that the API knows where absent.
    pub scopes: Option<Scopes>,
}

/// Says what a client may ask an API for, in the place of what it could before.
///
/// # Errors
///
/// The first rule that is broken.
pub async fn grant(
    store: &Store,
    wish: GrantWish,
    now: Timestamp,
) -> Result<ClientGrant, ResourceServerProblem> {
    let mut tx = store.begin().await?;
    let api = held(&mut tx, &wish.identifier).await?;
    if api.is_built_in() && wish.subject_type == SubjectType::User {
        return Err(ResourceServerProblem::MachinesOnly(api.identifier));
    }
    let client = clients::find(&mut tx, &wish.client_id).await?;
    let client =
        client.ok_or_else(|| ResourceServerProblem::NoSuchClient(wish.client_id.clone()))?;
    let needed = match wish.subject_type {
        SubjectType::Client => "client_credentials",
        SubjectType::User => "authorization_code",
    };
    if !client.may_use_grant(needed) {
        let client_id = wish.client_id;
        return Err(ResourceServerProblem::GrantTypeMissing { client_id, grant: needed });
    }
    let known = api.scopes.values();
    let scopes = wish.scopes.unwrap_or_else(|| known.clone());
    if let Some(unknown) = scopes.without(&known).iter().next() {
        return Err(ResourceServerProblem::NoSuchScope(unknown.to_owned()));
    }
    let given = ClientGrant {
        id: ClientGrantId(random::ulid(now)),
        client_id: wish.client_id,
        resource_server_id: api.id,
        subject_type: wish.subject_type,
        scopes,
        created_at: now,
        updated_at: now,
    };
    if !client_grants::put(&mut tx, &given).await? {
        return Err(ResourceServerProblem::NoSuchClient(given.client_id));
    }
    let detail = serde_json::json!({
        "api": api.identifier,
        "for": given.subject_type.as_str(),
        "scope": given.scopes.to_string(),
    });
    let event = AuditEvent::success(AuditKind::ClientGrantSet).by_client(&given.client_id);
    audit::record(&mut tx, event.with(detail), now).await?;
    tx.commit().await?;
    Ok(given)
}

/// Takes away what a client may ask an API for.
///
/// # Errors
///
/// `NotGranted` where it could nothing.
pub async fn revoke_grant(
    store: &Store,
    client_id: &ClientId,
    (identifier, subject_type): (&str, SubjectType),
    now: Timestamp,
) -> Result<(), ResourceServerProblem> {
    let mut tx = store.begin().await?;
    let api = held(&mut tx, identifier).await?;
    if !client_grants::delete(&mut tx, client_id, &api.id, subject_type).await? {
        return Err(ResourceServerProblem::NotGranted(client_id.clone()));
    }
    let detail = serde_json::json!({ "api": identifier, "for": subject_type.as_str() });
    let event = AuditEvent::success(AuditKind::ClientGrantRemoved).by_client(client_id);
    audit::record(&mut tx, event.with(detail), now).await?;
    tx.commit().await?;
    Ok(())
}

async fn held(tx: &mut Tx, identifier: &str) -> Result<ResourceServer, ResourceServerProblem> {
    let unknown = || ResourceServerProblem::Unknown(identifier.to_owned());
    if identifier.contains('\0') {
        return Err(unknown());
    }
    resource_servers::hold(tx, identifier).await?.ok_or_else(unknown)
}

/// The same, where it is one that an operator registered.
async fn changeable(
    tx: &mut Tx,
    identifier: &str,
) -> Result<ResourceServer, ResourceServerProblem> {
    let found = held(tx, identifier).await?;
    if found.is_built_in() {
        return Err(ResourceServerProblem::BuiltIn(found.identifier));
    }
    Ok(found)
}

async fn record(
    tx: &mut Tx,
    kind: AuditKind,
    (api, permissions_taken): (&ResourceServer, i64),
    now: Timestamp,
) -> Result<(), ResourceServerProblem> {
    let detail = serde_json::json!({
        "api": api.identifier,
        "name": api.name,
        "scopes": api.scopes.values().to_string(),
        "access_token_lifetime": api.access_token_lifetime,
        "permissions_required": api.permissions_required,
        // From roles and people, with the scopes that went.
        "permissions_taken": permissions_taken,
    });
    Ok(audit::record(tx, AuditEvent::success(kind).with(detail), now).await?)
}

/// An absolute URI without a fragment (RFC 8707 §2) that is none of our own.
fn check_identifier(identifier: &str, issuer: &str) -> Result<(), ResourceServerProblem> {
    let is_plain =
        |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'<' | b'>');
    let is_uri = identifier.len() <= LONGEST_IDENTIFIER
        && identifier.bytes().all(is_plain)
        && Url::parse(identifier).is_ok_and(|url| url.fragment().is_none());
    if !is_uri {
        return Err(ResourceServerProblem::Identifier(identifier.to_owned()));
    }
    if identifier.starts_with(issuer) || identifier == issuer.trim_end_matches('/') {
        return Err(ResourceServerProblem::IdentifierOfOurs(identifier.to_owned()));
    }
    Ok(())
}

fn check(api: &ResourceServer) -> Result<(), ResourceServerProblem> {
    let is_line = |text: &str, most: usize| {
        text.chars().count() <= most && !text.chars().any(char::is_control)
    };
    if api.name.is_empty() || !is_line(&api.name, LONGEST_NAME) {
        return Err(ResourceServerProblem::Name);
    }
    if api.scopes.0.len() > MOST_SCOPES {
        return Err(ResourceServerProblem::TooManyScopes);
    }
    let standard = Scopes::standard();
    let mut seen = HashSet::new();
    for scope in &api.scopes.0 {
        let value = &scope.value;
        let is_one = value.parse::<Scopes>().is_ok_and(|read| read.iter().eq([value.as_str()]));
        if !is_one || value.len() > LONGEST_SCOPE {
            return Err(ResourceServerProblem::Scope(value.clone()));
        }
        if standard.contains(value) {
            return Err(ResourceServerProblem::ScopeOfOurs(value.clone()));
        }
        if !seen.insert(value.as_str()) {
            return Err(ResourceServerProblem::Twice(value.clone()));
        }
        if !is_line(&scope.description, LONGEST_DESCRIPTION) {
            return Err(ResourceServerProblem::Sentence(value.clone()));
        }
    }
    match api.access_token_lifetime {
        Some(seconds) if !(60..=LONGEST_ACCESS_TOKEN_LIFETIME).contains(&seconds) => {
            Err(ResourceServerProblem::AccessTokenLifetime)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://id.example.com/";

    #[test]
    fn an_identifier_is_an_absolute_uri_and_none_of_ours() {
        for good in ["https://orders.example", "https://orders.example/v1/", "urn:orders", "api:x"]
        {
            assert!(check_identifier(good, ISSUER).is_ok(), "{good}");
        }
        let long = format!("https://a.example/{}", "x".repeat(LONGEST_IDENTIFIER));
        for bad in ["", "orders", "https://a.example/#x", "https://a.example/a b", "a:\"", &long] {
            let refused = check_identifier(bad, ISSUER);
            assert!(matches!(refused, Err(ResourceServerProblem::Identifier(_))), "{bad}");
        }
        for ours in ["https://id.example.com", ISSUER, "https://id.example.com/api/v2/"] {
            let refused = check_identifier(ours, ISSUER);
            assert!(matches!(refused, Err(ResourceServerProblem::IdentifierOfOurs(_))), "{ours}");
        }
    }

    #[test]
    fn a_scope_is_one_word_that_is_not_ours() {
        let api = |scopes: &[&str], lifetime| ResourceServer {
            id: ResourceServerId::from("1"),
            identifier: "urn:orders".to_owned(),
            name: "Orders".to_owned(),
            scopes: ApiScopes(
                scopes
                    .iter()
                    .map(|value| ApiScope {
                        value: (*value).to_owned(),
                        description: "See it".to_owned(),
                        changes: false,
                    })
                    .collect(),
            ),
            access_token_lifetime: lifetime,
            permissions_required: false,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        };
        assert!(check(&api(&["read:orders", "write:orders"], Some(60))).is_ok());
        assert!(check(&api(&[], None)).is_ok());
        for (scopes, lifetime, says) in [
            (&["a b"][..], None, "one word"),
            (&[""], None, "one word"),
            (&["openid"], None, "Protekt's own"),
            (&["a", "a"], None, "twice"),
            (&["a"], Some(59), "1 minute"),
            (&["a"], Some(LONGEST_ACCESS_TOKEN_LIFETIME + 1), "24 hours"),
        ] {
            let problem = check(&api(scopes, lifetime)).unwrap_err().to_string();
            assert!(problem.contains(says), "{scopes:?}: {problem}");
        }
    }
}
