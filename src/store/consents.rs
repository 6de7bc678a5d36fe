//! What people allowed applications.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::{ClientId, JsonList, Scopes, UserId};

/// What the person allowed the application so far.
///
/// # Errors
///
/// If the database fails.
pub async fn find(
    tx: &mut Tx,
    user_id: &UserId,
    client_id: &ClientId,
) -> Result<Option<Scopes>, StoreError> {
    const FIND: &str = "SELECT scopes FROM consents WHERE user_id = $1 AND client_id = $2";

    tx.query(FIND).bind(user_id).bind(client_id).optional_scalar().await
}

/// What a person allows an application from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// All of it.
    pub scopes: Scopes,
    /// Whether it was nothing before.
    pub is_first: bool,
}

/// Adds `scopes` to what the person allowed the application.
///
/// # Errors
///
/// If the database fails.
pub async fn give(
    tx: &mut Tx,
    user_id: &UserId,
    client_id: &ClientId,
    scopes: &Scopes,
    now: Timestamp,
) -> Result<Given, StoreError> {
    const BEGIN: &str = "
        INSERT INTO consents (user_id, client_id, scopes, granted_at, updated_at)
        VALUES ($1, $2, $3, $4, $4) ON CONFLICT (user_id, client_id) DO NOTHING";
    // Locks the row on PostgreSQL too, so that two consents at once cannot lose one another.
    const TOUCH: &str = "
        UPDATE consents SET updated_at = $3 WHERE user_id = $1 AND client_id = $2
        RETURNING scopes";
    const WIDEN: &str = "UPDATE consents SET scopes = $3 WHERE user_id = $1 AND client_id = $2";

    let begun = tx.query(BEGIN).bind(user_id).bind(client_id).bind(scopes).bind(now);
    if begun.execute().await? == 1 {
        return Ok(Given { scopes: scopes.clone(), is_first: true });
    }
    let before: Option<Scopes> =
        tx.query(TOUCH).bind(user_id).bind(client_id).bind(now).optional_scalar().await?;
    let Some(before) = before else {
        // It was taken back between the two statements: the one who did so came later.
        return Ok(Given { scopes: scopes.clone(), is_first: false });
    };
    if scopes.is_within(&before) {
        return Ok(Given { scopes: before, is_first: false });
    }
    let after = before.union(scopes);
    tx.query(WIDEN).bind(user_id).bind(client_id).bind(&after).execute().await?;
    Ok(Given { scopes: after, is_first: false })
}

/// An application that a person let in.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ConnectedApp {
    /// The application.
    pub client_id: ClientId,
    /// What it is called.
    pub name: String,
    /// Who runs it, where the operator knows.
    pub owner: Option<String>,
    /// Its addresses, for the host it is known by.
    pub redirect_uris: JsonList,
    /// What it may do; empty for an application of the operator's own, which asks for no leave.
    pub scopes: Scopes,
    /// When it was let in first.
    pub granted_at: Timestamp,
    /// When it last got tokens; absent where it has none that count.
    pub last_used_at: Option<Timestamp>,
}

/// The applications that the person let in, by name: those with a consent, and those of the
/// operator's own that hold tokens. With `only`, that one alone.
///
/// # Errors
///
/// If the database fails.
pub async fn list_of_user(
    tx: &mut Tx,
    user_id: &UserId,
    only: Option<&ClientId>,
    now: Timestamp,
) -> Result<Vec<ConnectedApp>, StoreError> {
    // A grant is as old as its last refresh.
    const LIST: &str = "
        SELECT client.id AS client_id, client.name, client.owner, client.redirect_uris,
            COALESCE(consent.scopes, '') AS scopes,
            COALESCE(consent.granted_at, used.first) AS granted_at, used.last AS last_used_at
        FROM clients AS client
        LEFT JOIN consents AS consent
            ON consent.client_id = client.id AND consent.user_id = $1
        LEFT JOIN (
            SELECT g.client_id, MIN(g.created_at) AS first,
                MAX(COALESCE(token.created_at, g.created_at)) AS last
            FROM grants AS g JOIN users AS u ON u.id = g.user_id
            LEFT JOIN refresh_tokens AS token ON token.grant_id = g.id
            WHERE g.user_id = $1 AND g.revoked_at IS NULL AND g.expires_at > $3
                AND g.generation = u.generation
            GROUP BY g.client_id) AS used ON used.client_id = client.id
        WHERE (consent.user_id IS NOT NULL OR used.client_id IS NOT NULL)
            AND ($2 = '' OR client.id = $2)
        ORDER BY client.name, client.id LIMIT 200";

    tx.query(LIST).bind(user_id).bind(only.map_or("", ClientId::as_str)).bind(now).fetch_all().await
}

/// Forgets what the person allowed the application; says whether that was anything.
///
/// # Errors
///
/// If the database fails.
pub async fn take_back(
    tx: &mut Tx,
    user_id: &UserId,
    client_id: &ClientId,
) -> Result<bool, StoreError> {
    const TAKE_BACK: &str = "DELETE FROM consents WHERE user_id = $1 AND client_id = $2";

    Ok(tx.query(TAKE_BACK).bind(user_id).bind(client_id).execute().await? == 1)
}
