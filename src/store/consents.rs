//! What people allowed applications.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::resource_server::ApiScopes;
use crate::domain::{ClientId, JsonList, Scopes, UserId};

/// The audience of what is about the person themselves.
const OF_THE_PERSON: &str = "";

/// What the person allowed the application so far. Where an API is named by its identifier, that is
/// what they allowed there, with the standard scopes that they allowed anywhere; nothing, as long as
/// they have not let the application ask that API.
///
/// # Errors
///
/// If the database fails.
pub async fn find(
    tx: &mut Tx,
    (user_id, client_id): (&UserId, &ClientId),
    audience: Option<&str>,
) -> Result<Option<Scopes>, StoreError> {
    const FIND: &str = "
        SELECT scopes FROM consents WHERE user_id = $1 AND client_id = $2 AND audience = $3";

    let own = tx.query(FIND).bind(user_id).bind(client_id).bind(OF_THE_PERSON);
    let own: Option<Scopes> = own.optional_scalar().await?;
    let Some(audience) = audience else { return Ok(own) };
    let there = tx.query(FIND).bind(user_id).bind(client_id).bind(audience);
    let there: Option<Scopes> = there.optional_scalar().await?;
    let standard = own.unwrap_or_default().intersection(&Scopes::standard());
    Ok(there.map(|there| there.union(&standard)))
}

/// Adds to what the person allowed the application: `own` about themselves, and `at_api` at the API
/// with the identifier that is named. Says whether they had allowed it nothing before.
///
/// # Errors
///
/// If the database fails.
pub async fn give(
    tx: &mut Tx,
    of: (&UserId, &ClientId),
    own: &Scopes,
    at_api: Option<(&str, &Scopes)>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // Always, be it empty: of two first consents at once one is the first.
    let is_first = widen(tx, of, (OF_THE_PERSON, own), now).await?;
    if let Some((audience, scopes)) = at_api {
        widen(tx, of, (audience, scopes), now).await?;
    }
    Ok(is_first)
}

/// Adds `scopes` to one row; says whether there was none.
async fn widen(
    tx: &mut Tx,
    (user_id, client_id): (&UserId, &ClientId),
    (audience, scopes): (&str, &Scopes),
    now: Timestamp,
) -> Result<bool, StoreError> {
    const BEGIN: &str = "
        INSERT INTO consents (user_id, client_id, audience, scopes, granted_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (user_id, client_id, audience) DO NOTHING";
    // Locks the row on PostgreSQL too, so that two consents at once cannot lose one another.
    const TOUCH: &str = "
        UPDATE consents SET updated_at = $4
        WHERE user_id = $1 AND client_id = $2 AND audience = $3
        RETURNING scopes";
    const WIDEN: &str = "
        UPDATE consents SET scopes = $4
        WHERE user_id = $1 AND client_id = $2 AND audience = $3";

    let begun = tx.query(BEGIN).bind(user_id).bind(client_id).bind(audience);
    if begun.bind(scopes).bind(now).execute().await? == 1 {
        return Ok(true);
    }
    let touched = tx.query(TOUCH).bind(user_id).bind(client_id).bind(audience);
    let before: Option<Scopes> = touched.bind(now).optional_scalar().await?;
    // Where it was taken back between the two statements, the one who did so came later.
    if let Some(before) = before
        && !scopes.is_within(&before)
    {
        let after = before.union(scopes);
        let widened = tx.query(WIDEN).bind(user_id).bind(client_id).bind(audience);
        widened.bind(&after).execute().await?;
    }
    Ok(false)
}

/// What a person allowed an application at one API.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ApiConsent {
    /// The application.
    pub client_id: ClientId,
    /// The API as registered; absent where it is not, or no longer.
    pub name: Option<String>,
    /// What the scopes mean, where it is registered.
    pub api_scopes: Option<ApiScopes>,
    /// Its identifier.
    pub audience: String,
    /// What was allowed.
    pub scopes: Scopes,
}

/// What the person allowed applications at APIs; with `only`, that application alone.
///
/// # Errors
///
/// If the database fails.
pub async fn at_apis(
    tx: &mut Tx,
    user_id: &UserId,
    only: Option<&ClientId>,
) -> Result<Vec<ApiConsent>, StoreError> {
    const LIST: &str = "
        SELECT consent.client_id, api.name, api.scopes AS api_scopes, consent.audience,
            consent.scopes
        FROM consents AS consent
        LEFT JOIN resource_servers AS api ON api.identifier = consent.audience
        WHERE consent.user_id = $1 AND consent.audience <> '' AND consent.scopes <> ''
            AND ($2 = '' OR consent.client_id = $2)
        ORDER BY consent.client_id, consent.audience LIMIT 1000";

    tx.query(LIST).bind(user_id).bind(only.map_or("", ClientId::as_str)).fetch_all().await
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
    /// What it may do with what is about the person themselves.
    pub scopes: Scopes,
    /// Whether the person was asked; an application of the operator's own asks for no leave.
    pub asked_for_leave: bool,
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
            consent.user_id IS NOT NULL AS asked_for_leave,
            COALESCE(consent.granted_at, used.first) AS granted_at, used.last AS last_used_at
        FROM clients AS client
        LEFT JOIN consents AS consent
            ON consent.client_id = client.id AND consent.user_id = $1 AND consent.audience = ''
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

/// Forgets what people allowed applications at an API.
///
/// # Errors
///
/// If the database fails.
pub async fn forget_api(tx: &mut Tx, identifier: &str) -> Result<(), StoreError> {
    const FORGET: &str = "DELETE FROM consents WHERE audience = $1";

    tx.query(FORGET).bind(identifier).execute().await?;
    Ok(())
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

    Ok(tx.query(TAKE_BACK).bind(user_id).bind(client_id).execute().await? > 0)
}

/// Forgets what the person allowed the application at one API; says whether that was anything.
///
/// # Errors
///
/// If the database fails.
pub async fn take_back_at(
    tx: &mut Tx,
    (user_id, client_id): (&UserId, &ClientId),
    audience: &str,
) -> Result<bool, StoreError> {
    const TAKE_BACK: &str =
        "DELETE FROM consents WHERE user_id = $1 AND client_id = $2 AND audience = $3";

    let query = tx.query(TAKE_BACK).bind(user_id).bind(client_id).bind(audience);
    Ok(query.execute().await? > 0)
}

/// Forgets what the person allowed any application; says to which.
///
/// # Errors
///
/// If the database fails.
pub async fn take_back_all(tx: &mut Tx, user_id: &UserId) -> Result<Vec<ClientId>, StoreError> {
    const TAKE_BACK: &str = "
        DELETE FROM consents WHERE user_id = $1 RETURNING client_id";

    let mut apps: Vec<ClientId> = tx.query(TAKE_BACK).bind(user_id).scalars().await?;
    apps.sort_unstable();
    apps.dedup();
    Ok(apps)
}
