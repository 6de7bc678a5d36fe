//! Who runs the installation: the people with the built-in role.

use super::{StoreError, Tx};
use crate::domain::UserId;
use crate::domain::role::ADMIN;

/// Whether the person has the built-in role.
///
/// # Errors
///
/// If the database fails.
pub async fn contain(tx: &mut Tx, id: &UserId) -> Result<bool, StoreError> {
    const COUNT: &str = "
        SELECT COUNT(*) FROM user_roles AS held JOIN roles AS role ON role.id = held.role_id
        WHERE held.user_id = $1 AND role.name = $2";

    let count: i64 = tx.query(COUNT).bind(id).bind(ADMIN).scalar().await?;
    Ok(count > 0)
}

/// Whether the person is the only administrator who can act: neither blocked nor waiting to be
/// deleted.
///
/// # Errors
///
/// If the database fails.
pub async fn are_only(tx: &mut Tx, id: &UserId) -> Result<bool, StoreError> {
    const ACTING: &str = "
        SELECT person.id FROM user_roles AS held
        JOIN roles AS role ON role.id = held.role_id
        JOIN users AS person ON person.id = held.user_id
        WHERE role.name = $1 AND person.blocked_at IS NULL AND person.deletion_due_at IS NULL
        LIMIT 2";

    let acting: Vec<UserId> = tx.query(ACTING).bind(ADMIN).scalars().await?;
    Ok(acting.as_slice() == std::slice::from_ref(id))
}
