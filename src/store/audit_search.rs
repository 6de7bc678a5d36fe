//! The trail as it is asked for. Each statement reads an index from where the answer begins: after a million
//! events it takes as long as after a thousand.

use std::sync::LazyLock;

use super::statement::Statement;
use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::audit_trail::TrailRow;
use crate::domain::{ClientId, UserId};

/// Which events are meant; what is absent does not matter.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Of this person alone.
    pub user_id: Option<UserId>,
    /// Of this application alone.
    pub client_id: Option<ClientId>,
    /// Of this kind alone.
    pub kind: Option<&'static str>,
    /// With this outcome alone: `success` or `failure`.
    pub outcome: Option<&'static str>,
    /// From this time on.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

/// Above every ULID.
const LAST_ID: &str = "ZZZZZZZZZZZZZZZZZZZZZZZZZZ";
/// How far the times of events may lie apart from the order of their ids, in seconds: a clock is set back now and then.
const SLACK: i64 = 60 * 60;
/// The most that are counted.
const MOST_COUNTED: i64 = 1_000;

/// The statements of one choice of filters.
struct Texts {
    after: String,
    newest: String,
    count: String,
}

/// One for each choice: no index answers a filter that may be absent.
static TEXTS: LazyLock<Vec<Texts>> = LazyLock::new(|| (0..8).map(texts).collect());

fn texts(choice: usize) -> Texts {
    const COLUMNS: [(&str, usize); 3] = [("user_id", 1), ("client_id", 2), ("kind", 3)];
    let filters = COLUMNS.map(|(column, place)| {
        if choice & (1 << (place - 1)) == 0 {
            format!("CAST(${place} AS TEXT) IS NULL")
        } else {
            format!("{column} = ${place}")
        }
    });
    // The plus keeps the index by time out of it: what is found comes in the order of ids.
    let found = format!(
        "FROM audit_events WHERE {} AND (CAST($4 AS TEXT) IS NULL OR outcome = $4)
            AND +at >= $5 AND +at < $6 AND id > $7 AND id >= $8 AND id <= $9",
        filters.join(" AND ")
    );
    Texts {
        after: format!("SELECT * {found} ORDER BY id LIMIT $10"),
        newest: format!("SELECT * {found} ORDER BY id DESC LIMIT $10 OFFSET $11"),
        count: format!("SELECT COUNT(*) FROM (SELECT 1 {found} ORDER BY id LIMIT $10) AS found"),
    }
}

impl EventFilter {
    fn texts(&self) -> Option<&'static Texts> {
        let chosen = [self.user_id.is_some(), self.client_id.is_some(), self.kind.is_some()];
        let choice =
            chosen.iter().rev().fold(0, |sum, is_chosen| sum * 2 + usize::from(*is_chosen));
        TEXTS.get(choice)
    }

    fn bind<'tx>(
        &self,
        statement: Statement<'tx>,
        after: &str,
        (first, last): &(String, String),
    ) -> Statement<'tx> {
        statement
            .bind(self.user_id.as_ref())
            .bind(self.client_id.as_ref())
            .bind(self.kind)
            .bind(self.outcome)
            .bind(self.since.unwrap_or(Timestamp(i64::MIN)))
            .bind(self.until.unwrap_or(Timestamp(i64::MAX)))
            .bind(after)
            .bind(first.clone())
            .bind(last.clone())
    }

    /// The ids between which everything of this time lies; `None` where there is nothing.
    async fn bounds(&self, tx: &mut Tx) -> Result<Option<(String, String)>, StoreError> {
        let first = match self.since {
            None => String::new(),
            Some(since) => match first_since(tx, since.plus(-SLACK)).await? {
                None => return Ok(None),
                Some(first) => first,
            },
        };
        let last = match self.until {
            None => None,
            Some(until) => first_since(tx, until.plus(SLACK)).await?,
        };
        Ok(Some((first, last.unwrap_or_else(|| LAST_ID.to_owned()))))
    }
}

/// An event that happened then, or the first one later.
async fn first_since(tx: &mut Tx, time: Timestamp) -> Result<Option<String>, StoreError> {
    const FIRST: &str = "SELECT id FROM audit_events WHERE at >= $1 ORDER BY at LIMIT 1";

    tx.query(FIRST).bind(time).optional_scalar().await
}

/// At most `limit` events after the row `after`, the oldest first.
///
/// # Errors
///
/// If the database fails.
pub async fn after(
    tx: &mut Tx,
    filter: &EventFilter,
    after: &str,
    limit: i64,
) -> Result<Vec<TrailRow>, StoreError> {
    let Some((texts, bounds)) = filter.texts().zip(filter.bounds(tx).await?) else {
        return Ok(Vec::new());
    };
    filter.bind(tx.query(&texts.after), after, &bounds).bind(limit).fetch_all().await
}

/// So many events, the newest first, from so far.
///
/// # Errors
///
/// If the database fails.
pub async fn newest(
    tx: &mut Tx,
    filter: &EventFilter,
    (offset, limit): (i64, i64),
) -> Result<Vec<TrailRow>, StoreError> {
    let Some((texts, bounds)) = filter.texts().zip(filter.bounds(tx).await?) else {
        return Ok(Vec::new());
    };
    let query = filter.bind(tx.query(&texts.newest), "", &bounds).bind(limit);
    query.bind(offset).fetch_all().await
}

/// How many there are, to a thousand.
///
/// # Errors
///
/// If the database fails.
pub async fn count(tx: &mut Tx, filter: &EventFilter) -> Result<i64, StoreError> {
    let Some((texts, bounds)) = filter.texts().zip(filter.bounds(tx).await?) else {
        return Ok(0);
    };
    filter.bind(tx.query(&texts.count), "", &bounds).bind(MOST_COUNTED).scalar().await
}

/// The event of this id.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<TrailRow>, StoreError> {
    const FIND: &str = "SELECT * FROM audit_events WHERE id = $1";

    tx.query(FIND).bind(id).fetch_optional().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::connect::MIGRATIONS;

    /// However long the trail is: no choice of filters looks through all of it, or sorts what it found.
    #[tokio::test]
    async fn an_index_answers_every_choice_of_filters() {
        let pool = sqlx::SqlitePool::connect("sqlite::memory:").await.unwrap();
        MIGRATIONS.run(&pool).await.unwrap();
        for texts in TEXTS.iter() {
            for text in [&texts.after, &texts.newest, &texts.count] {
                let plan = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
                let plan: Vec<(i64, i64, i64, String)> =
                    sqlx::query_as(plan).fetch_all(&pool).await.unwrap();
                let steps: Vec<&str> = plan.iter().map(|step| step.3.as_str()).collect();
                let is_slow = |step: &&str| step.contains("SCAN audit") || step.contains("B-TREE");
                assert!(!steps.iter().any(is_slow), "{text}\n{steps:?}");
            }
        }
    }
}
