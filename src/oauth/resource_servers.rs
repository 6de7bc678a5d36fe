//! Registering an API that takes our access tokens.

mod problem;

pub use problem::ResourceServerProblem;

use std::collections::HashSet;

use url::Url;

use crate::accounts::Giver;
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::client::LONGEST_ACCESS_TOKEN_LIFETIME;
use crate::domain::resource_server::{ApiScope, ApiScopes, ResourceServer};
use crate::domain::scope::is_one_scope;
use crate::domain::{ClientId, ResourceServerId, Scopes};
use crate::random;
use crate::store::{
    Store, StoreError, Tx, client_grants, clients, consents, grants, permissions, resource_servers,
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
    /// Clients that may ask what its tokens are worth.
    pub introspectors: Vec<ClientId>,
}

/// A scope as it is to be; what is absent stays as it is, where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeWish {
    /// The scope itself.
    pub value: String,
    /// The sentence that people read at consent.
    pub description: Option<String>,
    /// Whether it can change or delete something.
    pub changes: Option<bool>,
}

impl ScopeWish {
    /// The scope, of an API that has these.
    #[must_use]
    pub fn among(self, known: &ApiScopes) -> ApiScope {
        let old = known.find(&self.value);
        let description = self.description.or_else(|| old.map(|old| old.description.clone()));
        ApiScope {
            description: description.unwrap_or_default(),
            changes: self.changes.or_else(|| old.map(|old| old.changes)).unwrap_or_default(),
            value: self.value,
        }
    }
}

/// What is to be another about an API; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ResourceServerChange {
    /// What people read.
    pub name: Option<String>,
    /// All its scopes, in the place of those that it has; absent: as the two members below say.
    pub scopes: Option<Vec<ScopeWish>>,
    /// Scopes to add, or to describe anew.
    pub add_scopes: Vec<ApiScope>,
    /// Scopes to take away.
    pub remove_scopes: Vec<String>,
    /// Seconds; within, absent takes the API's own lifetime away.
    pub access_token_lifetime: Option<Option<i64>>,
    /// Whether apps get a scope for a person only where they have it as a permission.
    pub permissions_required: Option<bool>,
    /// All clients that may ask what its tokens are worth, in the place of those that may; absent: as
    /// the two members below say.
    pub introspectors: Option<Vec<ClientId>>,
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
    (by, now): (Giver<'_>, Timestamp),
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
    let change = ResourceServerChange {
        add_introspectors: new.introspectors,
        ..ResourceServerChange::default()
    };
    change_introspectors(&mut tx, (&made.id, &[]), &change).await?;
    record(&mut tx, (AuditKind::ResourceServerCreated, by), (&made, 0), now).await?;
    tx.commit().await?;
    Ok(made)
}

/// Changes an API. `is_as_seen` says whether it is still what whoever changes it looked at, with the
/// clients that may ask about its tokens. What is so already is no change.
///
/// # Errors
///
/// The first rule that is broken; `Unknown` where there is no such API, `ChangedMeanwhile` where it is not as
/// seen.
pub async fn update(
    store: &Store,
    identifier: &str,
    (change, is_as_seen): (ResourceServerChange, impl FnOnce(&ResourceServer, &[ClientId]) -> bool),
    (by, now): (Giver<'_>, Timestamp),
) -> Result<ResourceServer, ResourceServerProblem> {
    let mut tx = store.begin().await?;
    let old = changeable(&mut tx, identifier).await?;
    let asking = resource_servers::introspectors(&mut tx, &old.id).await?;
    if !is_as_seen(&old, &asking) {
        return Err(ResourceServerProblem::ChangedMeanwhile);
    }
    let mut changed = old.clone();
    if let Some(name) = &change.name {
        name.trim().clone_into(&mut changed.name);
    }
    // Clients before what hangs on them, as where one is deleted.
    hold_introspectors(&mut tx, &change).await?;
    let held = permissions::count_at(&mut tx, &changed.id).await?;
    change_scopes(&mut tx, &mut changed, &change).await?;
    let taken = held - permissions::count_at(&mut tx, &changed.id).await?;
    if let Some(lifetime) = change.access_token_lifetime {
        changed.access_token_lifetime = lifetime;
    }
    if let Some(are_required) = change.permissions_required {
        changed.permissions_required = are_required;
    }
    check(&changed)?;
    let are_others = change_introspectors(&mut tx, (&changed.id, &asking), &change).await?;
    if changed == old && !are_others {
        return Ok(old);
    }
    changed.updated_at = now;
    resource_servers::update(&mut tx, &changed).await?;
    record(&mut tx, (AuditKind::ResourceServerUpdated, by), (&changed, taken), now).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Takes scopes away, each from all who hold it as a permission, and adds others.
async fn change_scopes(
    tx: &mut Tx,
    api: &mut ResourceServer,
    change: &ResourceServerChange,
) -> Result<(), ResourceServerProblem> {
    let (removed, added) = match &change.scopes {
        None => (change.remove_scopes.clone(), change.add_scopes.clone()),
        Some(all) => {
            let goes = |scope: &&ApiScope| all.iter().all(|wish| wish.value != scope.value);
            let gone = api.scopes.0.iter().filter(goes).map(|scope| scope.value.clone());
            let wished = all.iter().map(|wish| wish.clone().among(&api.scopes));
            (gone.collect(), wished.collect())
        }
    };
    for value in &removed {
        if api.scopes.find(value).is_none() {
            return Err(ResourceServerProblem::NoSuchScope(value.clone()));
        }
        permissions::forget_scope(tx, &api.id, value).await?;
        client_grants::forget_scope(tx, &api.id, value).await?;
        grants::forget_scope(tx, &api.identifier, value).await?;
    }
    let means_more = !removed.is_empty()
        || added
            .iter()
            .any(|new| new.changes && api.scopes.find(&new.value).is_some_and(|old| !old.changes));
    if change.scopes.is_some() {
        // In the order of the wish; what stands there twice is refused later.
        api.scopes = ApiScopes(added);
    } else {
        api.scopes.0.retain(|scope| !removed.contains(&scope.value));
        for new in added {
            match api.scopes.0.iter_mut().find(|scope| scope.value == new.value) {
                Some(scope) => *scope = new,
                None => api.scopes.0.push(new),
            }
        }
    }
    if means_more {
        // A word that went may come back with another meaning: people are asked again.
        consents::forget_api(tx, &api.identifier).await?;
    }
    Ok(())
}

/// Holds the clients that are to ask, in one order, so that two changes at once do not wait for one another.
async fn hold_introspectors(tx: &mut Tx, change: &ResourceServerChange) -> Result<(), StoreError> {
    let named = change.introspectors.iter().flatten().chain(&change.add_introspectors);
    let mut named: Vec<&ClientId> = named.filter(|client_id| is_storable(client_id)).collect();
    named.sort_unstable();
    for client_id in named {
        clients::hold(tx, client_id).await?;
    }
    Ok(())
}

/// Says who may ask about the API's tokens, of whom `asking` may; whether these are others now.
async fn change_introspectors(
    tx: &mut Tx,
    (id, asking): (&ResourceServerId, &[ClientId]),
    change: &ResourceServerChange,
) -> Result<bool, ResourceServerProblem> {
    let (added, removed) = match &change.introspectors {
        None => (change.add_introspectors.clone(), change.remove_introspectors.clone()),
        Some(all) => {
            let gone = asking.iter().filter(|client_id| !all.contains(client_id));
            (all.clone(), gone.cloned().collect())
        }
    };
    let mut added = added;
    // In one order, so that two changes at once do not wait for one another.
    added.sort_unstable();
    for client_id in &added {
        let client = if is_storable(client_id) {
            clients::hold(tx, client_id).await?;
            clients::find(tx, client_id).await?
        } else {
            None
        };
        let client =
            client.ok_or_else(|| ResourceServerProblem::NoSuchClient(client_id.clone()))?;
        if client.is_public() {
            return Err(ResourceServerProblem::PublicIntrospector(client_id.clone()));
        }
        resource_servers::add_introspector(tx, id, client_id).await?;
    }
    for client_id in &removed {
        if !resource_servers::remove_introspector(tx, id, client_id).await? {
            return Err(ResourceServerProblem::NoIntrospector(client_id.clone()));
        }
    }
    Ok(!removed.is_empty() || added.iter().any(|client_id| !asking.contains(client_id)))
}

/// Whether a database can be asked for it.
pub(super) fn is_storable(client_id: &ClientId) -> bool {
    !client_id.as_str().contains('\0')
}

/// Deletes an API. Nobody can ask it for anything any more, and every grant for it ends.
///
/// # Errors
///
/// `Unknown` where there is no such API, `OwnOf` as long as a client has it as its own, `ChangedMeanwhile` where
/// it is not as seen.
pub async fn delete(
    store: &Store,
    (identifier, is_as_seen): (&str, impl FnOnce(&ResourceServer, &[ClientId]) -> bool),
    (by, now): (Giver<'_>, Timestamp),
) -> Result<(), ResourceServerProblem> {
    let mut tx = store.begin().await?;
    let gone = changeable(&mut tx, identifier).await?;
    if !is_as_seen(&gone, &resource_servers::introspectors(&mut tx, &gone.id).await?) {
        return Err(ResourceServerProblem::ChangedMeanwhile);
    }
    // Without the API their own word would be all that limits them there.
    if let Some(owner) = clients::find_by_default_audience(&mut tx, identifier).await? {
        return Err(ResourceServerProblem::OwnOf { identifier: gone.identifier, client_id: owner });
    }
    grants::end_of_audience(&mut tx, identifier, now).await?;
    consents::forget_api(&mut tx, identifier).await?;
    let taken = permissions::count_at(&mut tx, &gone.id).await?;
    resource_servers::delete(&mut tx, &gone.id).await?;
    record(&mut tx, (AuditKind::ResourceServerDeleted, by), (&gone, taken), now).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) async fn held(
    tx: &mut Tx,
    identifier: &str,
) -> Result<ResourceServer, ResourceServerProblem> {
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
    (kind, by): (AuditKind, Giver<'_>),
    (api, permissions_taken): (&ResourceServer, i64),
    now: Timestamp,
) -> Result<(), ResourceServerProblem> {
    let introspectors = resource_servers::introspectors(tx, &api.id).await?;
    let detail = serde_json::json!({
        "api": api.identifier,
        "name": api.name,
        "scopes": api.scopes.values().to_string(),
        "access_token_lifetime": api.access_token_lifetime,
        "permissions_required": api.permissions_required,
        "introspectors": introspectors,
        // From roles and people, with the scopes that went.
        "permissions_taken": permissions_taken,
    });
    Ok(audit::record(tx, by.told_in(AuditEvent::success(kind).with(detail)), now).await?)
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
        if !is_one_scope(value) || value.len() > LONGEST_SCOPE {
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
