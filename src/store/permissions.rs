//! What people may do at APIs, by their roles and of their own.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::permission::{Entitlements, Permission};
use crate::domain::{ResourceServerId, RoleId, Scopes, UserId};

/// Who holds a permission.
#[derive(Clone, Copy, Debug)]
pub enum Holder<'id> {
    /// A role, and so everybody who has it.
    Role(&'id RoleId),
    /// A person.
    User(&'id UserId),
}

impl Holder<'_> {
    fn id(&self) -> &str {
        match self {
            Self::Role(id) => id.as_str(),
            Self::User(id) => id.as_str(),
        }
    }
}

/// Adds a permission; `false`, and nothing done, where the holder has it.
///
/// # Errors
///
/// If the database fails.
pub async fn add(
    tx: &mut Tx,
    holder: Holder<'_>,
    (api, scope): (&ResourceServerId, &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    const TO_ROLE: &str = "
        INSERT INTO role_permissions (role_id, resource_server_id, scope, granted_at)
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    const TO_USER: &str = "
        INSERT INTO user_permissions (user_id, resource_server_id, scope, granted_at)
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

    let query = match holder {
        Holder::Role(_) => tx.query(TO_ROLE),
        Holder::User(_) => tx.query(TO_USER),
    };
    Ok(query.bind(holder.id()).bind(api).bind(scope).bind(now).execute().await? == 1)
}

/// Takes a permission away; `false` where the holder does not have it.
///
/// # Errors
///
/// If the database fails.
pub async fn remove(
    tx: &mut Tx,
    holder: Holder<'_>,
    (api, scope): (&ResourceServerId, &str),
) -> Result<bool, StoreError> {
    const FROM_ROLE: &str = "
        DELETE FROM role_permissions
        WHERE role_id = $1 AND resource_server_id = $2 AND scope = $3";
    const FROM_USER: &str = "
        DELETE FROM user_permissions
        WHERE user_id = $1 AND resource_server_id = $2 AND scope = $3";

    let query = match holder {
        Holder::Role(_) => tx.query(FROM_ROLE),
        Holder::User(_) => tx.query(FROM_USER),
    };
    Ok(query.bind(holder.id()).bind(api).bind(scope).execute().await? == 1)
}

/// How many permissions somebody holds, at all APIs together; those of a person's roles do not count.
///
/// # Errors
///
/// If the database fails.
pub async fn count(tx: &mut Tx, holder: Holder<'_>) -> Result<i64, StoreError> {
    const OF_ROLE: &str = "SELECT COUNT(*) FROM role_permissions WHERE role_id = $1";
    const OF_USER: &str = "SELECT COUNT(*) FROM user_permissions WHERE user_id = $1";

    let query = match holder {
        Holder::Role(_) => tx.query(OF_ROLE),
        Holder::User(_) => tx.query(OF_USER),
    };
    query.bind(holder.id()).scalar().await
}

/// What a role holds.
///
/// # Errors
///
/// If the database fails.
pub async fn of_role(tx: &mut Tx, id: &RoleId) -> Result<Vec<Permission>, StoreError> {
    const LIST: &str = "
        SELECT api.identifier AS api, given.scope
        FROM role_permissions AS given
        JOIN resource_servers AS api ON api.id = given.resource_server_id
        WHERE given.role_id = $1";

    let mut list: Vec<Permission> = tx.query(LIST).bind(id).fetch_all().await?;
    list.sort_unstable();
    Ok(list)
}

/// What a role lets its holders do at one API.
///
/// # Errors
///
/// If the database fails.
pub async fn of_role_at(
    tx: &mut Tx,
    id: &RoleId,
    api: &ResourceServerId,
) -> Result<Scopes, StoreError> {
    const LIST: &str = "
        SELECT scope FROM role_permissions WHERE role_id = $1 AND resource_server_id = $2";

    let scopes: Vec<String> = tx.query(LIST).bind(id).bind(api).scalars().await?;
    Ok(scopes.into_iter().collect())
}

/// One way in which a person has a permission.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct HeldPermission {
    /// What.
    #[sqlx(flatten)]
    pub permission: Permission,
    /// By which role; absent where it is their own.
    pub role: Option<String>,
}

/// What a person may do, and by what.
///
/// # Errors
///
/// If the database fails.
pub async fn of_user(tx: &mut Tx, id: &UserId) -> Result<Vec<HeldPermission>, StoreError> {
    const LIST: &str = "
        SELECT api.identifier AS api, given.scope, CAST(NULL AS TEXT) AS role
        FROM user_permissions AS given
        JOIN resource_servers AS api ON api.id = given.resource_server_id
        WHERE given.user_id = $1
        UNION ALL
        SELECT api.identifier AS api, given.scope, role.name AS role
        FROM user_roles AS held
        JOIN roles AS role ON role.id = held.role_id
        JOIN role_permissions AS given ON given.role_id = role.id
        JOIN resource_servers AS api ON api.id = given.resource_server_id
        WHERE held.user_id = $1";

    let mut list: Vec<HeldPermission> = tx.query(LIST).bind(id).fetch_all().await?;
    list.sort_unstable_by(|one, other| {
        (&one.permission, &one.role).cmp(&(&other.permission, &other.role))
    });
    Ok(list)
}

/// What a person is, and may do at one API; nothing of the latter where none is named.
///
/// # Errors
///
/// If the database fails.
pub async fn entitlements(
    tx: &mut Tx,
    id: &UserId,
    api: Option<&ResourceServerId>,
) -> Result<Entitlements, StoreError> {
    const FIND: &str = "
        SELECT 'role', role.name
        FROM user_roles AS held JOIN roles AS role ON role.id = held.role_id
        WHERE held.user_id = $1
        UNION
        SELECT 'permission', given.scope
        FROM user_roles AS held JOIN role_permissions AS given ON given.role_id = held.role_id
        WHERE held.user_id = $1 AND given.resource_server_id = $2
        UNION
        SELECT 'permission', scope FROM user_permissions
        WHERE user_id = $1 AND resource_server_id = $2";

    let api = api.map_or("", ResourceServerId::as_str);
    let found: Vec<(String, String)> = tx.query(FIND).bind(id).bind(api).fetch_all().await?;
    let (roles, permissions): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(kind, _)| kind == "role");
    let mut roles: Vec<String> = roles.into_iter().map(|(_, name)| name).collect();
    roles.sort_unstable();
    let permissions: Scopes = permissions.into_iter().map(|(_, scope)| scope).collect();
    Ok(Entitlements { roles, permissions })
}

/// How many permissions at an API are held, by roles and people together.
///
/// # Errors
///
/// If the database fails.
pub async fn count_at(tx: &mut Tx, api: &ResourceServerId) -> Result<i64, StoreError> {
    const COUNT: &str = "
        SELECT (SELECT COUNT(*) FROM role_permissions WHERE resource_server_id = $1)
            + (SELECT COUNT(*) FROM user_permissions WHERE resource_server_id = $1)";

    tx.query(COUNT).bind(api).scalar().await
}

/// Takes a scope of an API from everybody who holds it.
///
/// # Errors
///
/// If the database fails.
pub async fn forget_scope(
    tx: &mut Tx,
    api: &ResourceServerId,
    scope: &str,
) -> Result<(), StoreError> {
    const ROLES: &str = "DELETE FROM role_permissions WHERE resource_server_id = $1 AND scope = $2";
    const USERS: &str = "DELETE FROM user_permissions WHERE resource_server_id = $1 AND scope = $2";

    tx.query(ROLES).bind(api).bind(scope).execute().await?;
    tx.query(USERS).bind(api).bind(scope).execute().await?;
    Ok(())
}
