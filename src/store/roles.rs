//! Roles, and who has them.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::role::Role;
use crate::domain::{RoleId, UserId};

/// A role with the number of people who have it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct HeldRole {
    /// The role.
    #[sqlx(flatten)]
    pub role: Role,
    /// How many people have it.
    pub holders: i64,
    /// How many permissions it holds.
    pub permissions: i64,
}

/// Adds a role; `false`, and nothing done, where its name is taken.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, role: &Role) -> Result<bool, StoreError> {
    const INSERT: &str = "
        INSERT INTO roles
            (id, name, description, second_factor_required, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";

    Ok(tx
        .query(INSERT)
        .bind(&role.id)
        .bind(&role.name)
        .bind(&role.description)
        .bind(role.second_factor_required)
        .bind(role.created_at)
        .bind(role.updated_at)
        .execute()
        .await?
        == 1)
}

/// Changes what is given of a role, and gives it back as it is now; `None` where there is no role
/// of this name.
///
/// # Errors
///
/// If the database fails.
pub async fn update(
    tx: &mut Tx,
    name: &str,
    (description, second_factor_required): (Option<&str>, Option<bool>),
    now: Timestamp,
) -> Result<Option<Role>, StoreError> {
    const UPDATE: &str = "
        UPDATE roles SET description = COALESCE($2, description),
            second_factor_required = COALESCE($3, second_factor_required), updated_at = $4
        WHERE name = $1 RETURNING *";

    tx.query(UPDATE)
        .bind(name)
        .bind(description)
        .bind(second_factor_required)
        .bind(now)
        .fetch_optional()
        .await
}

/// Deletes a role and takes it from everybody, and gives what it was; `None` where there is none.
///
/// # Errors
///
/// If the database fails.
pub async fn delete(tx: &mut Tx, name: &str) -> Result<Option<Role>, StoreError> {
    const DELETE: &str = "DELETE FROM roles WHERE name = $1 RETURNING *";

    tx.query(DELETE).bind(name).fetch_optional().await
}

/// Holds a role until the end of the unit of work, so that nobody deletes it meanwhile; `None`
/// where there is no role of this name.
///
/// # Errors
///
/// If the database fails.
pub async fn hold(tx: &mut Tx, name: &str) -> Result<Option<Role>, StoreError> {
    const HOLD: &str = "UPDATE roles SET updated_at = updated_at WHERE name = $1 RETURNING *";

    tx.query(HOLD).bind(name).fetch_optional().await
}

/// At most `limit` roles in the order of their ids, from the first behind `after`.
///
/// # Errors
///
/// If the database fails.
pub async fn list(
    tx: &mut Tx,
    after: Option<&RoleId>,
    limit: i64,
) -> Result<Vec<HeldRole>, StoreError> {
    const LIST: &str = "
        SELECT roles.*,
            (SELECT COUNT(*) FROM user_roles WHERE role_id = roles.id) AS holders,
            (SELECT COUNT(*) FROM role_permissions WHERE role_id = roles.id) AS permissions
        FROM roles WHERE id > $1 ORDER BY id LIMIT $2";

    tx.query(LIST).bind(after.map_or("", RoleId::as_str)).bind(limit).fetch_all().await
}

/// The role of this name.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<HeldRole>, StoreError> {
    const FIND: &str = "
        SELECT roles.*,
            (SELECT COUNT(*) FROM user_roles WHERE role_id = roles.id) AS holders,
            (SELECT COUNT(*) FROM role_permissions WHERE role_id = roles.id) AS permissions
        FROM roles WHERE name = $1";

    tx.query(FIND).bind(name).fetch_optional().await
}

/// How many roles a person has.
///
/// # Errors
///
/// If the database fails.
pub async fn count_of_user(tx: &mut Tx, user_id: &UserId) -> Result<i64, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM user_roles WHERE user_id = $1";

    tx.query(COUNT).bind(user_id).scalar().await
}

/// How many people have a role.
///
/// # Errors
///
/// If the database fails.
pub async fn count_holders(tx: &mut Tx, id: &RoleId) -> Result<i64, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM user_roles WHERE role_id = $1";

    tx.query(COUNT).bind(id).scalar().await
}

/// The person's roles, in the order in which they were given.
///
/// # Errors
///
/// If the database fails.
pub async fn of_user(tx: &mut Tx, user_id: &UserId) -> Result<Vec<Role>, StoreError> {
    const LIST: &str = "
        SELECT roles.* FROM user_roles JOIN roles ON roles.id = user_roles.role_id
        WHERE user_roles.user_id = $1 ORDER BY user_roles.assigned_at, roles.id";

    tx.query(LIST).bind(user_id).fetch_all().await
}

/// Gives a person a role; `false`, and nothing done, where they have it.
///
/// # Errors
///
/// If the database fails.
pub async fn assign(
    tx: &mut Tx,
    user_id: &UserId,
    role_id: &RoleId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    const ASSIGN: &str = "
        INSERT INTO user_roles (user_id, role_id, assigned_at) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING";

    Ok(tx.query(ASSIGN).bind(user_id).bind(role_id).bind(now).execute().await? == 1)
}

/// Takes a role from a person; `false` where they do not have it.
///
/// # Errors
///
/// If the database fails.
pub async fn remove(tx: &mut Tx, user_id: &UserId, role_id: &RoleId) -> Result<bool, StoreError> {
    const REMOVE: &str = "DELETE FROM user_roles WHERE user_id = $1 AND role_id = $2";

    Ok(tx.query(REMOVE).bind(user_id).bind(role_id).execute().await? == 1)
}

/// Whether a role of the person asks for a second factor.
///
/// # Errors
///
/// If the database fails.
pub async fn require_second_factor(tx: &mut Tx, user_id: &UserId) -> Result<bool, StoreError> {
    const COUNT: &str = "
        SELECT COUNT(*) FROM user_roles JOIN roles ON roles.id = user_roles.role_id
        WHERE user_roles.user_id = $1 AND roles.second_factor_required";

    let asking: i64 = tx.query(COUNT).bind(user_id).scalar().await?;
    Ok(asking > 0)
}
