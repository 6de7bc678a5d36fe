//! The APIs that take our access tokens.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::client_grant::SubjectType;
use crate::domain::resource_server::ResourceServer;
use crate::domain::{ClientId, ResourceServerId, Scopes};

macro_rules! columns {
    () => {
        "id, identifier, name, scopes, access_token_lifetime, permissions_required, created_at, \
         updated_at"
    };
}

/// Adds an API; `false`, and nothing done, where its identifier is taken.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, new: &ResourceServer) -> Result<bool, StoreError> {
    const INSERT: &str = concat!(
        "INSERT INTO resource_servers (",
        columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"
    );

    let query = tx.query(INSERT).bind(&new.id).bind(&new.identifier).bind(&new.name);
    let query = query.bind(&new.scopes).bind(new.access_token_lifetime);
    let query = query.bind(new.permissions_required);
    Ok(query.bind(new.created_at).bind(new.updated_at).execute().await? == 1)
}

/// Makes Protekt's own API, which [`insert`] has added, what it is to be: with another address of the
/// installation it has another identifier, and what was granted at it stays.
///
/// # Errors
///
/// If the database fails.
pub async fn renew(tx: &mut Tx, own: &ResourceServer) -> Result<(), StoreError> {
    const RENEW: &str = "
        UPDATE resource_servers SET identifier = $2, name = $3, scopes = $4, updated_at = $5
        WHERE id = $1 AND (identifier <> $2 OR name <> $3 OR scopes <> $4)";

    let query = tx.query(RENEW).bind(&own.id).bind(&own.identifier).bind(&own.name);
    query.bind(&own.scopes).bind(own.updated_at).execute().await?;
    Ok(())
}

/// Changes what an API has, all but its identifier.
///
/// # Errors
///
/// If the database fails.
pub async fn update(tx: &mut Tx, changed: &ResourceServer) -> Result<(), StoreError> {
    const UPDATE: &str = "
        UPDATE resource_servers SET name = $2, scopes = $3, access_token_lifetime = $4,
            permissions_required = $5, updated_at = $6
        WHERE id = $1";

    let query = tx.query(UPDATE).bind(&changed.id).bind(&changed.name).bind(&changed.scopes);
    let query = query.bind(changed.access_token_lifetime).bind(changed.permissions_required);
    query.bind(changed.updated_at).execute().await?;
    Ok(())
}

/// Holds the API with this identifier until the end of the unit of work, so that of two changes at
/// once neither undoes the other; `None` where there is none.
///
/// # Errors
///
/// If the database fails.
pub async fn hold(tx: &mut Tx, identifier: &str) -> Result<Option<ResourceServer>, StoreError> {
    const HOLD: &str = concat!(
        "UPDATE resource_servers SET updated_at = updated_at WHERE identifier = $1 RETURNING ",
        columns!()
    );

    tx.query(HOLD).bind(identifier).fetch_optional().await
}

/// Deletes an API with what clients may ask it for.
///
/// # Errors
///
/// If the database fails.
pub async fn delete(tx: &mut Tx, id: &ResourceServerId) -> Result<(), StoreError> {
    const DELETE: &str = "DELETE FROM resource_servers WHERE id = $1";

    tx.query(DELETE).bind(id).execute().await?;
    Ok(())
}

/// The API with this identifier.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, identifier: &str) -> Result<Option<ResourceServer>, StoreError> {
    const FIND: &str =
        concat!("SELECT ", columns!(), " FROM resource_servers WHERE identifier = $1");

    tx.query(FIND).bind(identifier).fetch_optional().await
}

/// The API with this id.
///
/// # Errors
///
/// If the database fails.
pub async fn find_by_id(
    tx: &mut Tx,
    id: &ResourceServerId,
) -> Result<Option<ResourceServer>, StoreError> {
    const FIND: &str = "SELECT * FROM resource_servers WHERE id = $1";

    tx.query(FIND).bind(id).fetch_optional().await
}

/// At most `limit` APIs in the order of their ids, from the first behind `after`.
///
/// # Errors
///
/// If the database fails.
pub async fn list(
    tx: &mut Tx,
    after: Option<&ResourceServerId>,
    limit: i64,
) -> Result<Vec<ResourceServer>, StoreError> {
    // Ids are ULIDs: upper-case letters and digits sort alike in both engines.
    const LIST: &str =
        concat!("SELECT ", columns!(), " FROM resource_servers WHERE id > $1 ORDER BY id LIMIT $2");

    let after = after.map_or("", ResourceServerId::as_str).to_owned();
    tx.query(LIST).bind(after).bind(limit).fetch_all().await
}

/// So many APIs, from so far, in the order in which they were registered, and how many there are; with
/// `identifier`, that one alone.
///
/// # Errors
///
/// If the database fails.
pub async fn page(
    tx: &mut Tx,
    identifier: Option<&str>,
    (offset, limit): (i64, i64),
) -> Result<(Vec<ResourceServer>, i64), StoreError> {
    const PAGE: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM resource_servers WHERE CAST($1 AS TEXT) IS NULL OR identifier = $1
          ORDER BY id LIMIT $2 OFFSET $3"
    );
    const COUNT: &str = "
        SELECT COUNT(*) FROM resource_servers WHERE CAST($1 AS TEXT) IS NULL OR identifier = $1";

    let page = tx.query(PAGE).bind(identifier).bind(limit).bind(offset).fetch_all().await?;
    Ok((page, tx.query(COUNT).bind(identifier).scalar().await?))
}

/// An API, with what one client may ask it for.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AskedResourceServer {
    /// The API.
    #[sqlx(flatten)]
    pub resource_server: ResourceServer,
    /// What the client was granted there; absent where it was granted nothing.
    pub granted: Option<Scopes>,
    /// Since when.
    pub granted_at: Option<Timestamp>,
}

/// The API with this identifier, and what the client was granted there.
///
/// # Errors
///
/// If the database fails.
pub async fn find_asked(
    tx: &mut Tx,
    identifier: &str,
    (client_id, subject_type): (&ClientId, SubjectType),
) -> Result<Option<AskedResourceServer>, StoreError> {
    const FIND: &str = "
        SELECT api.id, api.identifier, api.name, api.scopes, api.access_token_lifetime,
            api.permissions_required, api.created_at, api.updated_at, granted.scopes AS granted,
            granted.created_at AS granted_at
        FROM resource_servers AS api
        LEFT JOIN client_grants AS granted ON granted.resource_server_id = api.id
            AND granted.client_id = $2 AND granted.subject_type = $3
        WHERE api.identifier = $1";

    tx.query(FIND).bind(identifier).bind(client_id).bind(subject_type).fetch_optional().await
}

/// Lets a client ask what tokens for this API are worth; the unit of work holds the client, or it may be gone.
///
/// # Errors
///
/// If the database fails.
pub async fn add_introspector(
    tx: &mut Tx,
    id: &ResourceServerId,
    client_id: &ClientId,
) -> Result<(), StoreError> {
    const ADD: &str = "
        INSERT INTO introspectors (resource_server_id, client_id) VALUES ($1, $2)
        ON CONFLICT (resource_server_id, client_id) DO UPDATE SET client_id = excluded.client_id";

    tx.query(ADD).bind(id).bind(client_id).execute().await?;
    Ok(())
}

/// Takes that away; `false` where the client could not.
///
/// # Errors
///
/// If the database fails.
pub async fn remove_introspector(
    tx: &mut Tx,
    id: &ResourceServerId,
    client_id: &ClientId,
) -> Result<bool, StoreError> {
    const REMOVE: &str =
        "DELETE FROM introspectors WHERE resource_server_id = $1 AND client_id = $2";

    Ok(tx.query(REMOVE).bind(id).bind(client_id).execute().await? == 1)
}

/// The clients that may ask what tokens for this API are worth.
///
/// # Errors
///
/// If the database fails.
pub async fn introspectors(
    tx: &mut Tx,
    id: &ResourceServerId,
) -> Result<Vec<ClientId>, StoreError> {
    const LIST: &str =
        "SELECT client_id FROM introspectors WHERE resource_server_id = $1 ORDER BY client_id";

    tx.query(LIST).bind(id).scalars().await
}

/// Whether the client may ask what tokens for this audience are worth.
///
/// # Errors
///
/// If the database fails.
pub async fn is_introspector(
    tx: &mut Tx,
    client_id: &ClientId,
    identifier: &str,
) -> Result<bool, StoreError> {
    const COUNT: &str = "
        SELECT COUNT(*) FROM introspectors AS asking
        JOIN resource_servers AS api ON api.id = asking.resource_server_id
        WHERE asking.client_id = $1 AND api.identifier = $2";

    let count: i64 = tx.query(COUNT).bind(client_id).bind(identifier).scalar().await?;
    Ok(count > 0)
}

/// Whether the client speaks for any API.
///
/// # Errors
///
/// If the database fails.
pub async fn introspects(tx: &mut Tx, client_id: &ClientId) -> Result<bool, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM introspectors WHERE client_id = $1";

    let count: i64 = tx.query(COUNT).bind(client_id).scalar().await?;
    Ok(count > 0)
}
