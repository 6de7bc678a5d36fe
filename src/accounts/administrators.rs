//! The last administrator stays: nobody else could make another one but by command.

use super::Accounts;
use crate::domain::UserId;
use crate::domain::role::ADMIN;
use crate::store::{StoreError, Tx, administrators, roles};

/// Whether the person is the last administrator, and must stay one. Whoever takes the role from
/// somebody, or blocks or deletes them, holds their account first, then asks this, then does it, all
/// in one unit of work: of two who do so at once, the second waits here for the first.
///
/// # Errors
///
/// If the database fails.
pub(super) async fn must_stay(tx: &mut Tx, id: &UserId) -> Result<bool, StoreError> {
    // Who is none is nobody's to wait for; nobody becomes one while their account is held.
    if !administrators::contain(tx, id).await? {
        return Ok(false);
    }
    roles::hold(tx, ADMIN).await?;
    administrators::are_only(tx, id).await
}

impl Accounts {
    /// Whether the person is the only administrator at this moment, for a page that says so before
    /// they try to leave.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn is_last_administrator(&self, id: &UserId) -> Result<bool, StoreError> {
        administrators::are_only(&mut self.store.read().await?, id).await
    }
}
