//! Which client may ask which API for what.

use super::{StoreError, Tx};
use crate::domain::client_grant::{ClientGrant, SubjectType};
use crate::domain::resource_server::ResourceServer;
use crate::domain::{ClientId, ResourceServerId, Scopes};

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

/// What a client may ask for, and where.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct GrantedResourceServer {
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
        SELECT granted.client_id, api.identifier, granted.subject_type, granted.scopes
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
