//! Which client may ask which API for what.

use super::{StoreError, Tx};
use crate::domain::client_grant::{ClientGrant, SubjectType};
use crate::domain::resource_server::ResourceServer;
use crate::domain::{ClientGrantId, ClientId, ResourceServerId, Scopes};

/// Gives a client what it may ask an API for, in the place of what it could before; `false`, and
/// nothing done, where there is no such client.
///
/// # Errors
///
/// If the database fails.
pub async fn put(tx: &mut Tx, grant: &ClientGrant) -> Result<bool, StoreError> {
    const PUT: &str = "
        INSERT INTO client_grants
            (id, client_id, resource_server_id, subject_type, scopes, created_at, updated_at)
        SELECT $1, id, $3, $4, $5, $6, $7 FROM clients WHERE id = $2
        ON CONFLICT (client_id, resource_server_id, subject_type)
            DO UPDATE SET scopes = excluded.scopes, updated_at = excluded.updated_at";

    let query = tx.query(PUT).bind(&grant.id).bind(&grant.client_id);
    let query = query.bind(&grant.resource_server_id).bind(grant.subject_type).bind(&grant.scopes);
    Ok(query.bind(grant.created_at).bind(grant.updated_at).execute().await? == 1)
}

/// Takes away what a client may ask an API for; `false` where it could nothing.
///
/// # Errors
///
/// If the database fails.
pub async fn delete(
    tx: &mut Tx,
    client_id: &ClientId,
    resource_server_id: &ResourceServerId,
    subject_type: SubjectType,
) -> Result<bool, StoreError> {
    const DELETE: &str = "
        DELETE FROM client_grants
        WHERE client_id = $1 AND resource_server_id = $2 AND subject_type = $3";

    let query = tx.query(DELETE).bind(client_id).bind(resource_server_id).bind(subject_type);
    Ok(query.execute().await? == 1)
}

/// What was granted by this id.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, id: &ClientGrantId) -> Result<Option<ClientGrant>, StoreError> {
    const FIND: &str = "SELECT * FROM client_grants WHERE id = $1";

    tx.query(FIND).bind(id).fetch_optional().await
}

/// What a client was granted at an API.
///
/// # Errors
///
/// If the database fails.
pub async fn find_between(
    tx: &mut Tx,
    resource_server_id: &ResourceServerId,
    (client_id, subject_type): (&ClientId, SubjectType),
) -> Result<Option<ClientGrant>, StoreError> {
    const FIND: &str = "
        SELECT * FROM client_grants
        WHERE client_id = $1 AND resource_server_id = $2 AND subject_type = $3";

    let query = tx.query(FIND).bind(client_id).bind(resource_server_id);
    query.bind(subject_type).fetch_optional().await
}

/// Everything that a client may ask an API for, for whomever.
///
/// # Errors
///
/// If the database fails.
pub async fn scopes_at(
    tx: &mut Tx,
    client_id: &ClientId,
    resource_server_id: &ResourceServerId,
) -> Result<Scopes, StoreError> {
    const SCOPES: &str =
        "SELECT scopes FROM client_grants WHERE client_id = $1 AND resource_server_id = $2";

    let all: Vec<Scopes> =
        tx.query(SCOPES).bind(client_id).bind(resource_server_id).scalars().await?;
    Ok(all.iter().fold(Scopes::default(), |sum, scopes| sum.union(scopes)))
}

/// Takes a scope that an API has no more from every client that could ask for it.
///
/// # Errors
///
/// If the database fails.
pub async fn forget_scope(
    tx: &mut Tx,
    resource_server_id: &ResourceServerId,
    scope: &str,
) -> Result<(), StoreError> {
    // Scopes are words with a space between.
    const FORGET: &str = "
        UPDATE client_grants
        SET scopes = TRIM(REPLACE(' ' || scopes || ' ', ' ' || $2 || ' ', ' '))
        WHERE resource_server_id = $1
            AND REPLACE(' ' || scopes || ' ', ' ' || $2 || ' ', '') <> ' ' || scopes || ' '";

    tx.query(FORGET).bind(resource_server_id).bind(scope).execute().await?;
    Ok(())
}

/// Which grants to list; what is absent does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct GrantFilter<'call> {
    /// Of this client alone.
    pub client_id: Option<&'call str>,
    /// At the API with this identifier alone.
    pub identifier: Option<&'call str>,
    /// For these alone.
    pub subject_type: Option<SubjectType>,
}

macro_rules! filtered {
    () => {
        " FROM client_grants AS granted
          JOIN resource_servers AS api ON api.id = granted.resource_server_id
          WHERE (CAST($1 AS TEXT) IS NULL OR granted.client_id = $1)
            AND (CAST($2 AS TEXT) IS NULL OR api.identifier = $2)
            AND (CAST($3 AS TEXT) IS NULL OR granted.subject_type = $3)"
    };
}

/// So many of the grants, from so far, in the order in which they were given, and how many there are.
///
/// # Errors
///
/// If the database fails.
pub async fn page(
    tx: &mut Tx,
    filter: GrantFilter<'_>,
    (offset, limit): (i64, i64),
) -> Result<(Vec<GrantedResourceServer>, i64), StoreError> {
    const PAGE: &str = concat!(
        "SELECT granted.id, granted.client_id, api.identifier, granted.subject_type, granted.scopes",
        filtered!(),
        " ORDER BY granted.id LIMIT $4 OFFSET $5"
    );
    const COUNT: &str = concat!("SELECT COUNT(*)", filtered!());

    let GrantFilter { client_id, identifier, subject_type } = filter;
    let page = tx.query(PAGE).bind(client_id).bind(identifier).bind(subject_type);
    let page = page.bind(limit).bind(offset).fetch_all().await?;
    let count = tx.query(COUNT).bind(client_id).bind(identifier).bind(subject_type);
    Ok((page, count.scalar().await?))
}

/// What a client may ask for, and where.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct GrantedResourceServer {
    /// Its id.
    pub id: ClientGrantId,
    /// The client.
    pub client_id: ClientId,
    /// The identifier of the API.
    pub identifier: String,
    /// For whom.
    pub subject_type: SubjectType,
    /// For what.
    pub scopes: Scopes,
}

/// What clients may ask APIs for, by client and API; with `client_id`, that one's alone.
///
/// # Errors
///
/// If the database fails.
pub async fn list(
    tx: &mut Tx,
    client_id: Option<&ClientId>,
) -> Result<Vec<GrantedResourceServer>, StoreError> {
    const LIST: &str = "
        SELECT granted.id, granted.client_id, api.identifier, granted.subject_type, granted.scopes
        FROM client_grants AS granted
        JOIN resource_servers AS api ON api.id = granted.resource_server_id
        WHERE $1 = '' OR granted.client_id = $1
        ORDER BY granted.client_id, api.identifier, granted.subject_type";

    tx.query(LIST).bind(client_id.map_or("", ClientId::as_str).to_owned()).fetch_all().await
}

/// The APIs that a client may ask for itself, two at most: whether there is one, none or a choice.
///
/// # Errors
///
/// If the database fails.
pub async fn of_machine(
    tx: &mut Tx,
    client_id: &ClientId,
) -> Result<Vec<ResourceServer>, StoreError> {
    const LIST: &str = "
        SELECT api.* FROM client_grants AS granted
        JOIN resource_servers AS api ON api.id = granted.resource_server_id
        WHERE granted.client_id = $1 AND granted.subject_type = $2
        ORDER BY api.id LIMIT 2";

    tx.query(LIST).bind(client_id).bind(SubjectType::Client).fetch_all().await
}
