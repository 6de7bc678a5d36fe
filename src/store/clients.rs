//! The applications that may ask for tokens.

use std::collections::BTreeSet;

use super::statement::Statement;
use super::{StoreError, Tx, change_counters};
use crate::domain::client::{Client, ClientKind};
use crate::domain::{ClientId, JsonList};

macro_rules! columns {
    () => {
        "id, name, owner, kind, first_party, secret_digest, token_endpoint_auth_method,
         pkce_required, redirect_uris, post_logout_redirect_uris, web_origins, grant_types, scopes,
         default_audience, logo_uri, policy_uri, terms_uri, trusts_logout_by_client_id,
         access_token_lifetime, updated_at, second_factor, authentication_api, limited_to, created_at"
    };
}

/// Gives `$1` to `$23` their values: every column but the last.
fn bind_columns<'tx>(statement: Statement<'tx>, client: &Client) -> Statement<'tx> {
    statement
        .bind(&client.id)
        .bind(&client.name)
        .bind(client.owner.as_ref())
        .bind(client.kind)
        .bind(client.first_party)
        .bind(client.secret_digest.as_ref())
        .bind(client.token_endpoint_auth_method)
        .bind(client.pkce_required)
        .bind(&client.redirect_uris)
        .bind(&client.post_logout_redirect_uris)
        .bind(&client.web_origins)
        .bind(&client.grant_types)
        .bind(&client.scopes)
        .bind(client.default_audience.as_ref())
        .bind(client.logo_uri.as_ref())
        .bind(client.policy_uri.as_ref())
        .bind(client.terms_uri.as_ref())
        .bind(client.trusts_logout_by_client_id)
        .bind(client.access_token_lifetime)
        .bind(client.updated_at)
        .bind(client.second_factor)
        .bind(client.authentication_api)
        .bind(client.limited_to.as_ref())
}

/// Adds a client; `false`, and nothing done, where its id is taken.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, client: &Client) -> Result<bool, StoreError> {
    const INSERT: &str = concat!(
        "INSERT INTO clients (",
        columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
           $18, $19, $20, $21, $22, $23, $24)
         ON CONFLICT (id) DO NOTHING"
    );

    let inserted = bind_columns(tx.query(INSERT), client).bind(client.created_at).execute().await?;
    if inserted == 0 {
        return Ok(false);
    }
    change_counters::raise(tx, change_counters::CLIENTS).await?;
    Ok(true)
}

/// Changes what a client has, all but its id and the time it was made; `false` where there is no
/// such client.
///
/// # Errors
///
/// If the database fails.
pub async fn update(tx: &mut Tx, client: &Client) -> Result<bool, StoreError> {
    const UPDATE: &str = "
        UPDATE clients SET name = $2, owner = $3, kind = $4, first_party = $5, secret_digest = $6,
            token_endpoint_auth_method = $7, pkce_required = $8, redirect_uris = $9,
            post_logout_redirect_uris = $10, web_origins = $11, grant_types = $12, scopes = $13,
            default_audience = $14, logo_uri = $15, policy_uri = $16, terms_uri = $17,
            trusts_logout_by_client_id = $18, access_token_lifetime = $19, updated_at = $20,
            second_factor = $21, authentication_api = $22, limited_to = $23
        WHERE id = $1";

    let changed = bind_columns(tx.query(UPDATE), client).execute().await?;
    if changed == 0 {
        return Ok(false);
    }
    change_counters::raise(tx, change_counters::CLIENTS).await?;
    Ok(true)
}

/// Holds a client until the end of the unit of work, so that of two changes at once neither undoes
/// the other.
///
/// # Errors
///
/// If the database fails.
pub async fn hold(tx: &mut Tx, id: &ClientId) -> Result<(), StoreError> {
    const HOLD: &str = "UPDATE clients SET updated_at = updated_at WHERE id = $1";

    tx.query(HOLD).bind(id).execute().await?;
    Ok(())
}

/// Deletes a client with its requests, consents and grants; `false` where there is no such client.
///
/// # Errors
///
/// If the database fails.
pub async fn delete(tx: &mut Tx, id: &ClientId) -> Result<bool, StoreError> {
    const DELETE: &str = "DELETE FROM clients WHERE id = $1";

    if tx.query(DELETE).bind(id).execute().await? == 0 {
        return Ok(false);
    }
    change_counters::raise(tx, change_counters::CLIENTS).await?;
    Ok(true)
}

/// The client with this id.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, id: &ClientId) -> Result<Option<Client>, StoreError> {
    const FIND: &str = concat!("SELECT ", columns!(), " FROM clients WHERE id = $1");

    tx.query(FIND).bind(id).fetch_optional().await
}

/// At most `limit` clients in the order of their ids, from the first behind `after`.
///
/// # Errors
///
/// If the database fails.
pub async fn list(
    tx: &mut Tx,
    after: Option<&ClientId>,
    limit: i64,
) -> Result<Vec<Client>, StoreError> {
    // Each engine sorts text its own way unless told; SQLite's own way is the byte order that
    // PostgreSQL calls "C".
    const SQLITE: &str =
        concat!("SELECT ", columns!(), " FROM clients WHERE id > $1 ORDER BY id LIMIT $2");
    const POSTGRES: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM clients WHERE id > $1 COLLATE \"C\" ORDER BY id COLLATE \"C\" LIMIT $2"
    );

    let after = after.map_or("", ClientId::as_str).to_owned();
    let text = if tx.is_sqlite() { SQLITE } else { POSTGRES };
    tx.query(text).bind(after).bind(limit).fetch_all().await
}

/// Which clients to list.
#[derive(Clone, Debug, Default)]
pub struct ClientFilter {
    /// Of these kinds alone; of any where empty.
    pub kinds: Vec<ClientKind>,
    /// Ours, or those of others; absent: both.
    pub first_party: Option<bool>,
}

macro_rules! filtered {
    () => {
        " FROM clients WHERE ($1 = '' OR $1 LIKE '%,' || kind || ',%')
            AND (CAST($2 AS BOOLEAN) IS NULL OR first_party = $2)"
    };
}

/// So many clients, from so far, in the order of their ids, and how many there are.
///
/// # Errors
///
/// If the database fails.
pub async fn page(
    tx: &mut Tx,
    filter: &ClientFilter,
    (offset, limit): (i64, i64),
) -> Result<(Vec<Client>, i64), StoreError> {
    const SQLITE: &str =
        concat!("SELECT ", columns!(), filtered!(), " ORDER BY id LIMIT $3 OFFSET $4");
    const POSTGRES: &str = concat!(
        "SELECT ",
        columns!(),
        filtered!(),
        " ORDER BY id COLLATE \"C\" LIMIT $3 OFFSET $4"
    );
    const COUNT: &str = concat!("SELECT COUNT(*)", filtered!());

    let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.as_str()).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(",{},", kinds.join(",")) };
    let text = if tx.is_sqlite() { SQLITE } else { POSTGRES };
    let page = tx.query(text).bind(kinds.clone()).bind(filter.first_party);
    let page = page.bind(limit).bind(offset).fetch_all().await?;
    let count = tx.query(COUNT).bind(kinds).bind(filter.first_party).scalar().await?;
    Ok((page, count))
}

/// A client whose own API this is.
///
/// # Errors
///
/// If the database fails.
pub async fn find_by_default_audience(
    tx: &mut Tx,
    identifier: &str,
) -> Result<Option<ClientId>, StoreError> {
    const FIND: &str = "SELECT id FROM clients WHERE default_audience = $1 ORDER BY id LIMIT 1";

    tx.query(FIND).bind(identifier).optional_scalar().await
}

/// Whether an application asks everybody for a second factor.
///
/// # Errors
///
/// If the database fails.
pub async fn require_second_factor(tx: &mut Tx) -> Result<bool, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM clients WHERE second_factor = 'required'";

    let asking: i64 = tx.query(COUNT).scalar().await?;
    Ok(asking > 0)
}

/// Every origin whose scripts may read our answers, of all clients together.
///
/// # Errors
///
/// If the database fails.
pub async fn origins(tx: &mut Tx) -> Result<BTreeSet<String>, StoreError> {
    const ORIGINS: &str = "SELECT web_origins FROM clients WHERE web_origins <> '[]'";

    let lists: Vec<JsonList> = tx.query(ORIGINS).scalars().await?;
    Ok(lists.into_iter().flat_map(|list| list.0).collect())
}

/// The same of the clients that may use the authentication API.
///
/// # Errors
///
/// If the database fails.
pub async fn origins_of_api(tx: &mut Tx) -> Result<BTreeSet<String>, StoreError> {
    const ORIGINS: &str = "
        SELECT web_origins FROM clients
        WHERE authentication_api AND first_party AND web_origins <> '[]'";

    let lists: Vec<JsonList> = tx.query(ORIGINS).scalars().await?;
    Ok(lists.into_iter().flat_map(|list| list.0).collect())
}
