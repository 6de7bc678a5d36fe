//! People's accounts by the page, and by what they are searched by.

use super::Accounts;
use crate::domain::UserId;
use crate::domain::user_query::UserQuery;
use crate::store::user_search::{self, ListedUser, Part};
use crate::store::{StoreError, user_tally};

/// How far pages lead: whoever wants more goes on from the last account they have.
pub const MOST_PAGED: i64 = 1_000;

/// A page of accounts.
#[derive(Clone, Debug)]
pub struct UserPage {
    /// The accounts.
    pub users: Vec<ListedUser>,
    /// How many there are on all pages, where that was asked for; of those that are searched by what they
    /// begin with, [`MOST_PAGED`] at most are counted.
    pub total: Option<i64>,
}

impl Accounts {
    /// A page of all accounts in the order of their ids, or of those that `query` finds.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn user_page(
        &self,
        query: Option<&UserQuery>,
        part: Part,
        with_total: bool,
    ) -> Result<UserPage, StoreError> {
        let mut tx = self.store.read().await?;
        let users = match query {
            Some(query) => user_search::search(&mut tx, query, part).await?,
            None => user_search::list(&mut tx, part).await?,
        };
        let total = match query {
            _ if !with_total => None,
            Some(query) => Some(user_search::count(&mut tx, query, MOST_PAGED).await?),
            None => Some(user_tally::total(&mut tx).await?),
        };
        Ok(UserPage { users, total })
    }

    /// At most `limit` accounts behind `after`, in the order of their ids.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn users_after(
        &self,
        after: &UserId,
        limit: i64,
    ) -> Result<Vec<ListedUser>, StoreError> {
        user_search::list_after(&mut self.store.read().await?, after, limit).await
    }

    /// The account with this id, as it is listed.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn listed_user(&self, id: &UserId) -> Result<Option<ListedUser>, StoreError> {
        user_search::find(&mut self.store.read().await?, id).await
    }
}
