//! Roles, and who has them.

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::role::Role;
use crate::domain::user::User;
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

/// Which role: people know its name, programs its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleKey<'key> {
    /// The one of this name.
    Name(&'key str),
    /// The one with this id.
    Id(&'key RoleId),
}

impl<'key> From<&'key str> for RoleKey<'key> {
    fn from(name: &'key str) -> Self {
        Self::Name(name)
    }
}

impl<'key> From<&'key RoleId> for RoleKey<'key> {
    fn from(id: &'key RoleId) -> Self {
        Self::Id(id)
    }
}

impl<'key> RoleKey<'key> {
    /// As text.
    #[must_use]
    pub fn text(self) -> &'key str {
        match self {
            Self::Name(name) => name,
            Self::Id(id) => id.as_str(),
        }
    }
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

/// Changes what is given of a role, and gives it back as it is now; `None` where there is no such
/// role.
///
/// # Errors
///
/// If the database fails.
pub async fn update(
    tx: &mut Tx,
    id: &RoleId,
    (description, second_factor_required): (Option<&str>, Option<bool>),
    now: Timestamp,
) -> Result<Option<Role>, StoreError> {
    const UPDATE: &str = "
        UPDATE roles SET description = COALESCE($2, description),
            second_factor_required = COALESCE($3, second_factor_required), updated_at = $4
        WHERE id = $1 RETURNING *";

    tx.query(UPDATE)
        .bind(id)
        .bind(description)
        .bind(second_factor_required)
        .bind(now)
        .fetch_optional()
        .await
}

/// Deletes a role and takes it from everybody; `false` where there is none.
///
/// # Errors
///
/// If the database fails.
pub async fn delete(tx: &mut Tx, id: &RoleId) -> Result<bool, StoreError> {
    const DELETE: &str = "DELETE FROM roles WHERE id = $1";

    Ok(tx.query(DELETE).bind(id).execute().await? == 1)
}

/// Holds a role until the end of the unit of work, so that nobody deletes it meanwhile; `None`
/// where there is no such role.
///
/// # Errors
///
/// If the database fails.
pub async fn hold(
    tx: &mut Tx,
    key: impl Into<RoleKey<'_>> + Send,
) -> Result<Option<Role>, StoreError> {
    const BY_NAME: &str = "UPDATE roles SET updated_at = updated_at WHERE name = $1 RETURNING *";
    const BY_ID: &str = "UPDATE roles SET updated_at = updated_at WHERE id = $1 RETURNING *";

    let key = key.into();
    let query = match key {
        RoleKey::Name(_) => tx.query(BY_NAME),
        RoleKey::Id(_) => tx.query(BY_ID),
    };
    query.bind(key.text()).fetch_optional().await
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

/// So many roles whose names hold `part`, in the order of their ids.
///
/// # Errors
///
/// If the database fails.
pub async fn page(
    tx: &mut Tx,
    part: &str,
    (offset, limit): (i64, i64),
) -> Result<Vec<Role>, StoreError> {
    const PAGE: &str = "
        SELECT * FROM roles WHERE $1 = '' OR name LIKE $2 ESCAPE '!'
        ORDER BY id LIMIT $3 OFFSET $4";

    let query = tx.query(PAGE).bind(part).bind(holding(part));
    query.bind(limit).bind(offset).fetch_all().await
}

/// How many roles have names that hold `part`.
///
/// # Errors
///
/// If the database fails.
pub async fn count(tx: &mut Tx, part: &str) -> Result<i64, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM roles WHERE $1 = '' OR name LIKE $2 ESCAPE '!'";

    tx.query(COUNT).bind(part).bind(holding(part)).scalar().await
}

/// The pattern of names that hold `part`; they have small letters alone.
fn holding(part: &str) -> String {
    let part = part.to_lowercase();
    let escaped = part.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

/// The role.
///
/// # Errors
///
/// If the database fails.
pub async fn find(
    tx: &mut Tx,
    key: impl Into<RoleKey<'_>> + Send,
) -> Result<Option<HeldRole>, StoreError> {
    const BY_NAME: &str = "
        SELECT roles.*,
            (SELECT COUNT(*) FROM user_roles WHERE role_id = roles.id) AS holders,
            (SELECT COUNT(*) FROM role_permissions WHERE role_id = roles.id) AS permissions
        FROM roles WHERE name = $1";
    const BY_ID: &str = "
        SELECT roles.*,
            (SELECT COUNT(*) FROM user_roles WHERE role_id = roles.id) AS holders,
            (SELECT COUNT(*) FROM role_permissions WHERE role_id = roles.id) AS permissions
        FROM roles WHERE id = $1";

    let key = key.into();
    let query = match key {
        RoleKey::Name(_) => tx.query(BY_NAME),
        RoleKey::Id(_) => tx.query(BY_ID),
    };
    query.bind(key.text()).fetch_optional().await
}

/// Which of a role's holders are wanted.
#[derive(Clone, Copy, Debug)]
pub enum Holders<'wish> {
    /// So many, from so far.
    Page {
        /// How many are left out.
        offset: i64,
        /// How many are wanted.
        limit: i64,
    },
    /// So many behind one of them.
    After {
        /// That one.
        id: &'wish UserId,
        /// How many are wanted.
        limit: i64,
    },
}

/// People who have a role, in the order of their ids.
///
/// # Errors
///
/// If the database fails.
pub async fn holders(
    tx: &mut Tx,
    id: &RoleId,
    wanted: Holders<'_>,
) -> Result<Vec<User>, StoreError> {
    const LIST: &str = "
        SELECT users.* FROM user_roles AS held JOIN users ON users.id = held.user_id
        WHERE held.role_id = $1 AND held.user_id > $2
        ORDER BY held.user_id LIMIT $3 OFFSET $4";

    let (after, limit, offset) = match wanted {
        Holders::Page { offset, limit } => ("", limit, offset),
        Holders::After { id, limit } => (id.as_str(), limit, 0),
    };
    tx.query(LIST).bind(id).bind(after).bind(limit).bind(offset).fetch_all().await
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
