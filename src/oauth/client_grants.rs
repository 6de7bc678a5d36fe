//! Saying which client may ask which API for what.

use super::resource_servers::{ResourceServerProblem, held, is_storable};
use crate::accounts::Giver;
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::client_grant::{ClientGrant, SubjectType};
use crate::domain::resource_server::ResourceServer;
use crate::domain::{ClientGrantId, ClientId, Scopes};
use crate::random;
use crate::store::{Store, StoreError, Tx, client_grants, clients, resource_servers};

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
/// The first rule that is broken; `BeyondGiver` where it is more than its giver may do.
pub async fn grant(
    store: &Store,
    wish: GrantWish,
    by: (Giver<'_>, Timestamp),
) -> Result<ClientGrant, ResourceServerProblem> {
    let mut tx = store.begin().await?;
    let api = held(&mut tx, &wish.identifier).await?;
    let given = put(&mut tx, &api, wish, by).await?;
    tx.commit().await?;
    Ok(given)
}

/// Says what a client may ask an API for that it could ask for nothing.
///
/// # Errors
///
/// As for [`grant`]; `AlreadyGranted` where it could ask for something.
pub async fn create(
    store: &Store,
    wish: GrantWish,
    by: (Giver<'_>, Timestamp),
) -> Result<ClientGrant, ResourceServerProblem> {
    let mut tx = store.begin().await?;
    let api = held(&mut tx, &wish.identifier).await?;
    let between = (&wish.client_id, wish.subject_type);
    if is_storable(&wish.client_id) && old(&mut tx, &api, between).await?.is_some() {
        return Err(ResourceServerProblem::AlreadyGranted(wish.client_id));
    }
    let given = put(&mut tx, &api, wish, by).await?;
    tx.commit().await?;
    Ok(given)
}

/// Says for what a client may ask an API from now on that it could ask for something; with the API.
///
/// # Errors
///
/// As for [`grant`]; `NoSuchGrant` where it could ask for nothing.
pub async fn change(
    store: &Store,
    id: &ClientGrantId,
    scopes: Scopes,
    by: (Giver<'_>, Timestamp),
) -> Result<(ClientGrant, ResourceServer), ResourceServerProblem> {
    let mut tx = store.begin().await?;
    let (found, api) = held_by_id(&mut tx, id).await?;
    let wish = GrantWish {
        client_id: found.client_id,
        identifier: api.identifier.clone(),
        subject_type: found.subject_type,
        scopes: Some(scopes),
    };
    let given = put(&mut tx, &api, wish, by).await?;
    tx.commit().await?;
    Ok((given, api))
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
    by: (Giver<'_>, Timestamp),
) -> Result<(), ResourceServerProblem> {
    let mut tx = store.begin().await?;
    let api = held(&mut tx, identifier).await?;
    take(&mut tx, &api, (client_id, subject_type), by).await?;
    Ok(tx.commit().await?)
}

/// The same, of what has an id.
///
/// # Errors
///
/// `NoSuchGrant` where there is none of this id.
pub async fn delete(
    store: &Store,
    id: &ClientGrantId,
    by: (Giver<'_>, Timestamp),
) -> Result<(), ResourceServerProblem> {
    let mut tx = store.begin().await?;
    let (found, api) = held_by_id(&mut tx, id).await?;
    take(&mut tx, &api, (&found.client_id, found.subject_type), by).await?;
    Ok(tx.commit().await?)
}

/// What has this id, with its API, which is held.
async fn held_by_id(
    tx: &mut Tx,
    id: &ClientGrantId,
) -> Result<(ClientGrant, ResourceServer), ResourceServerProblem> {
    let unknown = || ResourceServerProblem::NoSuchGrant(id.clone());
    let found = client_grants::find(tx, id).await?.ok_or_else(unknown)?;
    let api = resource_servers::find_by_id(tx, &found.resource_server_id).await?;
    let api = held(tx, &api.ok_or_else(unknown)?.identifier).await?;
    // It may have gone while the API was waited for.
    let found = client_grants::find(tx, id).await?.ok_or_else(unknown)?;
    Ok((found, api))
}

async fn old(
    tx: &mut Tx,
    api: &ResourceServer,
    between: (&ClientId, SubjectType),
) -> Result<Option<ClientGrant>, StoreError> {
    client_grants::find_between(tx, &api.id, between).await
}

async fn put(
    tx: &mut Tx,
    api: &ResourceServer,
    wish: GrantWish,
    (by, now): (Giver<'_>, Timestamp),
) -> Result<ClientGrant, ResourceServerProblem> {
    let (scopes, limit) = checked(tx, api, &wish).await?;
    let old = old(tx, api, (&wish.client_id, wish.subject_type)).await?;
    let had = old.as_ref().map(|old| old.scopes.clone()).unwrap_or_default();
    if let Some(beyond) = scopes.without(&had).iter().find(|scope| by.lacks(api, scope)) {
        return Err(ResourceServerProblem::BeyondGiver(beyond.to_owned()));
    }
    if api.is_built_in()
        && let Some(limit) = limit
        && let Some(beyond) = scopes.without(&had).without(&limit).iter().next()
    {
        let (client_id, scope) = (wish.client_id, beyond.to_owned());
        return Err(ResourceServerProblem::ClientLimited { client_id, scope });
    }
    if let Some(old) = old.filter(|old| old.scopes == scopes) {
        return Ok(old);
    }
    let given = ClientGrant {
        id: ClientGrantId(random::ulid(now)),
        client_id: wish.client_id,
        resource_server_id: api.id.clone(),
        subject_type: wish.subject_type,
        scopes,
        created_at: now,
        updated_at: now,
    };
    let unknown = || ResourceServerProblem::NoSuchClient(given.client_id.clone());
    if !client_grants::put(tx, &given).await? {
        return Err(unknown());
    }
    let detail = serde_json::json!({
        "client": given.client_id,
        "api": api.identifier,
        "for": given.subject_type.as_str(),
        "scope": given.scopes.to_string(),
    });
    let event = AuditEvent::success(AuditKind::ClientGrantSet).by_client(&given.client_id);
    audit::record(tx, by.told_in(event).with(detail), now).await?;
    // Where there was one, it kept its id.
    let between = (&given.client_id, given.subject_type);
    client_grants::find_between(tx, &api.id, between).await?.ok_or_else(unknown)
}

/// For what the client may ask, if it may be let; and for what at most at our own API, where that is not everything.
async fn checked(
    tx: &mut Tx,
    api: &ResourceServer,
    wish: &GrantWish,
) -> Result<(Scopes, Option<Scopes>), ResourceServerProblem> {
    if api.is_built_in() && wish.subject_type == SubjectType::User {
        return Err(ResourceServerProblem::MachinesOnly(api.identifier.clone()));
    }
    let unknown = || ResourceServerProblem::NoSuchClient(wish.client_id.clone());
    if !is_storable(&wish.client_id) {
        return Err(unknown());
    }
    // Held: nobody changes it, or gives it another secret, meanwhile.
    clients::hold(tx, &wish.client_id).await?;
    let client = clients::find(tx, &wish.client_id).await?.ok_or_else(unknown)?;
    let needed = match wish.subject_type {
        SubjectType::Client => "client_credentials",
        SubjectType::User => "authorization_code",
    };
    if !client.may_use_grant(needed) {
        let client_id = client.id;
        return Err(ResourceServerProblem::GrantTypeMissing { client_id, grant: needed });
    }
    let known = api.scopes.values();
    let scopes = wish.scopes.clone().unwrap_or_else(|| known.clone());
    if let Some(unknown) = scopes.without(&known).iter().next() {
        return Err(ResourceServerProblem::NoSuchScope(unknown.to_owned()));
    }
    Ok((scopes, client.limited_to))
}

async fn take(
    tx: &mut Tx,
    api: &ResourceServer,
    (client_id, subject_type): (&ClientId, SubjectType),
    (by, now): (Giver<'_>, Timestamp),
) -> Result<(), ResourceServerProblem> {
    if !client_grants::delete(tx, client_id, &api.id, subject_type).await? {
        return Err(ResourceServerProblem::NotGranted(client_id.clone()));
    }
    let detail = serde_json::json!({
        "client": client_id, "api": api.identifier, "for": subject_type.as_str(),
    });
    let event = AuditEvent::success(AuditKind::ClientGrantRemoved).by_client(client_id);
    Ok(audit::record(tx, by.told_in(event).with(detail), now).await?)
}
