//! What people allowed applications, as it is looked through: each choice of filters has a statement of its own,
//! which reads an index from where the answer begins.

use std::sync::LazyLock;

use super::statement::{Statement, numbered};
use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::{ClientId, Scopes, UserId};

/// The most that are counted.
const MOST_COUNTED: i64 = 1_000;

/// Whose consents are meant; what is absent does not matter.
#[derive(Clone, Debug, Default)]
pub struct ConsentFilter {
    /// Of this person alone.
    pub user_id: Option<UserId>,
    /// To this application alone.
    pub client_id: Option<ClientId>,
    /// At the API with this identifier alone.
    pub audience: Option<String>,
}

/// What a person allowed an application, about themselves or at one API.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Consent {
    /// Who allowed it.
    pub user_id: UserId,
    /// Which application.
    pub client_id: ClientId,
    /// The identifier of the API; empty for what is about the person themselves.
    pub audience: String,
    /// What.
    pub scopes: Scopes,
    /// When first.
    pub granted_at: Timestamp,
    /// When last.
    pub updated_at: Timestamp,
}

/// The three values that name a consent, in the order of the primary key.
pub type ConsentKey = (UserId, ClientId, String);

const COLUMNS: [&str; 3] = ["user_id", "client_id", "audience"];

/// By which columns each choice of filters is ordered, so that one index has both; of the bits of a choice the first
/// stands for the person, the second for the application and the third for the API.
const ORDERS: [&[usize]; 8] = [&[0, 1, 2], &[1, 2], &[2, 0], &[2], &[0, 1], &[1], &[0], &[2]];

const READ: &str = "user_id, client_id, audience, scopes, granted_at, updated_at";

struct Texts {
    after: String,
    page: String,
    count: String,
}

static TEXTS: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    ORDERS.iter().enumerate().map(|(choice, order)| texts(choice, order)).collect()
});

fn texts(choice: usize, order: &[usize]) -> Texts {
    let is_chosen = |&(place, _): &(usize, &&str)| choice & (1 << place) != 0;
    let chosen = COLUMNS.iter().enumerate().filter(is_chosen);
    let conditions: Vec<String> = chosen.map(|(_, column)| format!("{column} = $#")).collect();
    let order: Vec<&str> = order.iter().filter_map(|place| COLUMNS.get(*place).copied()).collect();
    let by = order.join(", ");
    let behind = format!("({by}) > ({})", vec!["$#"; order.len()].join(", "));
    let found = |more: Option<&String>| {
        let all: Vec<&str> = conditions.iter().chain(more).map(String::as_str).collect();
        let filter = if all.is_empty() { "" } else { " WHERE " };
        format!("FROM consents{filter}{}", all.join(" AND "))
    };
    let (after, rest) = (found(Some(&behind)), found(None));
    Texts {
        after: numbered(&format!("SELECT {READ} {after} ORDER BY {by} LIMIT $#")),
        page: numbered(&format!("SELECT {READ} {rest} ORDER BY {by} LIMIT $# OFFSET $#")),
        count: numbered(&format!("SELECT COUNT(*) FROM (SELECT 1 {rest} LIMIT $#) AS found")),
    }
}

impl ConsentFilter {
    fn choice(&self) -> usize {
        usize::from(self.user_id.is_some())
            + 2 * usize::from(self.client_id.is_some())
            + 4 * usize::from(self.audience.is_some())
    }

    fn texts(&self) -> Option<&'static Texts> {
        TEXTS.get(self.choice())
    }

    fn bind<'tx>(&self, mut statement: Statement<'tx>) -> Statement<'tx> {
        if let Some(user_id) = &self.user_id {
            statement = statement.bind(user_id);
        }
        if let Some(client_id) = &self.client_id {
            statement = statement.bind(client_id);
        }
        if let Some(audience) = &self.audience {
            statement = statement.bind(audience);
        }
        statement
    }
}

/// At most `limit` consents behind `last`; from the first where it is absent.
///
/// # Errors
///
/// If the database fails.
pub async fn after(
    tx: &mut Tx,
    filter: &ConsentFilter,
    last: Option<&ConsentKey>,
    limit: i64,
) -> Result<Vec<Consent>, StoreError> {
    let Some(last) = last else { return page(tx, filter, (0, limit)).await };
    let (Some(texts), Some(order)) = (filter.texts(), ORDERS.get(filter.choice())) else {
        return Ok(Vec::new());
    };
    let mut statement = filter.bind(tx.query(&texts.after));
    for place in *order {
        statement = match place {
            0 => statement.bind(&last.0),
            1 => statement.bind(&last.1),
            _ => statement.bind(&last.2),
        };
    }
    statement.bind(limit).fetch_all().await
}

/// So many consents from so far.
///
/// # Errors
///
/// If the database fails.
pub async fn page(
    tx: &mut Tx,
    filter: &ConsentFilter,
    (offset, limit): (i64, i64),
) -> Result<Vec<Consent>, StoreError> {
    let Some(texts) = filter.texts() else { return Ok(Vec::new()) };
    filter.bind(tx.query(&texts.page)).bind(limit).bind(offset).fetch_all().await
}

/// How many there are, to a thousand.
///
/// # Errors
///
/// If the database fails.
pub async fn count(tx: &mut Tx, filter: &ConsentFilter) -> Result<i64, StoreError> {
    let Some(texts) = filter.texts() else { return Ok(0) };
    filter.bind(tx.query(&texts.count)).bind(MOST_COUNTED).scalar().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::connect::MIGRATIONS;

    /// However much people allowed: no choice of filters looks through all of it, or sorts what it found.
    #[tokio::test]
    async fn an_index_answers_every_choice_of_filters() {
        let pool = sqlx::SqlitePool::connect("sqlite::memory:").await.unwrap();
        MIGRATIONS.run(&pool).await.unwrap();
        for (choice, texts) in TEXTS.iter().enumerate() {
            for text in [&texts.after, &texts.page, &texts.count] {
                let plan = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
                let plan: Vec<(i64, i64, i64, String)> =
                    sqlx::query_as(plan).fetch_all(&pool).await.unwrap();
                let steps: Vec<&str> = plan.iter().map(|step| step.3.as_str()).collect();
                let is_slow = |step: &&str| {
                    step.contains("B-TREE")
                        || step.contains("SCAN consents")
                            && (choice > 0 || !step.contains(" USING "))
                };
                assert!(!steps.iter().any(is_slow), "{text}\n{steps:?}");
            }
        }
    }
}
