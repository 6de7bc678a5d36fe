//! The trail as it is asked for. Each statement reads an index from where the answer begins: after a million
//! events it takes as long as after a thousand.

use std::sync::LazyLock;

use super::audit_events::{LAST_ID, columns};
use super::statement::{Statement, numbered};
use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::audit_trail::TrailRow;
use crate::domain::{ClientId, UserId};
use crate::random;

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

/// How far the times of events may lie apart from the order of their ids, in seconds: a clock is set back now and then.
const SLACK: i64 = 60 * 60;
/// The most that are counted.
const MOST_COUNTED: i64 = 1_000;

/// The statements of one choice of filters.
struct Texts {
    between: String,
    newest: String,
    count: String,
}

const COLUMNS: &str = columns!();

/// Filters that are there or not, each with what it asks; the time and the ids of a time are two values.
const CONDITIONS: [&str; 5] = [
    "user_id = $#",
    "client_id = $#",
    "kind = $#",
    // The plus keeps the index by time out of it: what is found comes in the order of ids.
    "+at >= $# AND id >= $#",
    "+at < $# AND id <= $#",
];
/// The first three of them, as bits of a choice.
const PERSON: usize = 1;
const CLIENT: usize = 2;
const KIND: usize = 4;
/// Both of the latter at once.
const CLIENT_AND_KIND: &str = "client_id || ' ' || kind = $# || ' ' || $#";
/// What is asked of the outcome stands in the text: there are indexes of what failed alone.
const OUTCOMES: [Option<&str>; 3] = [None, Some("success"), Some("failure")];

/// One for each choice: no index answers a filter that may be absent.
static TEXTS: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    let choices = OUTCOMES.iter().flat_map(|outcome| (0..32).map(move |choice| (outcome, choice)));
    choices.map(|(outcome, choice)| texts(*outcome, choice)).collect()
});

fn texts(outcome: Option<&str>, choice: usize) -> Texts {
    let is_there = |&(place, _): &(usize, &&str)| choice & (1 << place) != 0;
    let chosen = CONDITIONS.iter().enumerate().filter(is_there);
    let mut conditions: Vec<String> = match choice & (PERSON | CLIENT | KIND) {
        // One value, so that no index of either alone is taken for the better one.
        both if both == CLIENT | KIND && outcome != Some("failure") => {
            let rest = chosen.filter(|(place, _)| *place > 2).map(|(_, text)| (*text).to_owned());
            std::iter::once(CLIENT_AND_KIND.to_owned()).chain(rest).collect()
        }
        // The events of one person are few, and so are the failures of one application, which has an index of its own:
        // what else is asked of them is asked of each.
        of => {
            let is_of_failures = of & PERSON == 0 && outcome == Some("failure");
            let is_bare = |place: usize| match place {
                1 | 2 => of & PERSON == 0 && !(is_of_failures && of & CLIENT != 0),
                _ => true,
            };
            // No column by itself, so that no other index of it is taken.
            let dressed = if of & PERSON == 0 { " || '' = " } else { " || '' || '' = " };
            let worded = |(place, text): (usize, &&str)| {
                if is_bare(place) { (*text).to_owned() } else { text.replace(" = ", dressed) }
            };
            chosen.map(worded).collect()
        }
    };
    conditions.extend(outcome.map(|outcome| format!("outcome = '{outcome}'")));
    let found = |more: Option<&str>| {
        let all: Vec<&str> = conditions.iter().map(String::as_str).chain(more).collect();
        let filter = if all.is_empty() { "" } else { " WHERE " };
        format!("FROM audit_events{filter}{}", all.join(" AND "))
    };
    let (between, rest) = (found(Some("id > $# AND id < $#")), found(None));
    Texts {
        between: numbered(&format!("SELECT {COLUMNS} {between} ORDER BY id LIMIT $#")),
        newest: numbered(&format!("SELECT {COLUMNS} {rest} ORDER BY id DESC LIMIT $# OFFSET $#")),
        count: numbered(&format!(
            "SELECT COUNT(*) FROM (SELECT 1 {rest} ORDER BY id LIMIT $#) AS found"
        )),
    }
}

impl EventFilter {
    fn texts(&self) -> Option<&'static Texts> {
        let chosen = [
            self.user_id.is_some(),
            self.client_id.is_some(),
            self.kind.is_some(),
            self.since.is_some(),
            self.until.is_some(),
        ];
        let choice =
            chosen.iter().rev().fold(0, |sum, is_chosen| sum * 2 + usize::from(*is_chosen));
        let outcome = OUTCOMES.iter().position(|outcome| *outcome == self.outcome)?;
        TEXTS.get(outcome * 32 + choice)
    }

    /// Gives what was chosen its values, in the order of the conditions.
    fn bind<'tx>(
        &self,
        mut statement: Statement<'tx>,
        (first, last): &(String, String),
    ) -> Statement<'tx> {
        if let Some(user_id) = &self.user_id {
            statement = statement.bind(user_id);
        }
        if let Some(client_id) = &self.client_id {
            statement = statement.bind(client_id);
        }
        if let Some(kind) = self.kind {
            statement = statement.bind(kind);
        }
        if let Some(since) = self.since {
            statement = statement.bind(since).bind(first.clone());
        }
        if let Some(until) = self.until {
            statement = statement.bind(until).bind(last.clone());
        }
        statement
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

/// The id before which every event is there that ever will be, where what began before `end` has come to its end: that
/// of the first event since. An event has its time when its cause begins, and its id when it is recorded, so that one of
/// an earlier time may stand behind it.
///
/// # Errors
///
/// If the database fails.
pub async fn settled_before(tx: &mut Tx, end: Timestamp) -> Result<String, StoreError> {
    // No id is of an earlier time than its event, so that those before are left out.
    const FIRST: &str = "
        SELECT id FROM audit_events WHERE id >= $1 AND +at >= $2 ORDER BY id LIMIT 1";

    let query = tx.query(FIRST).bind(random::first_ulid_of(end)).bind(end);
    let found: Option<String> = query.optional_scalar().await?;
    Ok(found.unwrap_or_else(|| LAST_ID.to_owned()))
}

/// At most `limit` events between two rows, the oldest first.
///
/// # Errors
///
/// If the database fails.
pub async fn between(
    tx: &mut Tx,
    filter: &EventFilter,
    (after, before): (&str, &str),
    limit: i64,
) -> Result<Vec<TrailRow>, StoreError> {
    let Some((texts, bounds)) = filter.texts().zip(filter.bounds(tx).await?) else {
        return Ok(Vec::new());
    };
    let query = filter.bind(tx.query(&texts.between), &bounds).bind(after).bind(before);
    query.bind(limit).fetch_all().await
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
    let query = filter.bind(tx.query(&texts.newest), &bounds).bind(limit);
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
    filter.bind(tx.query(&texts.count), &bounds).bind(MOST_COUNTED).scalar().await
}

/// How many there are, be they ever so many: it takes as long as they are many.
///
/// # Errors
///
/// If the database fails.
pub async fn count_all(tx: &mut Tx, filter: &EventFilter) -> Result<i64, StoreError> {
    let Some((texts, bounds)) = filter.texts().zip(filter.bounds(tx).await?) else {
        return Ok(0);
    };
    filter.bind(tx.query(&texts.count), &bounds).bind(i64::MAX).scalar().await
}

/// The event of this id.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<TrailRow>, StoreError> {
    const FIND: &str = concat!("SELECT ", columns!(), " FROM audit_events WHERE id = $1");

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
            for text in [&texts.between, &texts.newest, &texts.count] {
                let plan = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
                let plan: Vec<(i64, i64, i64, String)> =
                    sqlx::query_as(plan).fetch_all(&pool).await.unwrap();
                let steps: Vec<&str> = plan.iter().map(|step| step.3.as_str()).collect();
                let is_slow = |step: &&str| {
                    step.contains("B-TREE")
                        || step.contains("SCAN audit") && !step.contains(" USING ")
                };
                assert!(!steps.iter().any(is_slow), "{text}\n{steps:?}");
                let has = |part: &str| text.contains(part);
                let index = if has(" user_id = ") {
                    "audit_events_by_user "
                } else if has("client_id || ' ' || kind") {
                    "audit_events_by_client_and_kind "
                } else if has(" client_id || '' = ") && has("'failure'") {
                    "audit_events_failed_by_client "
                } else {
                    "USING "
                };
                assert!(steps.iter().any(|step| step.contains(index)), "{text}\n{steps:?}");
                // What failed is rare: it is not looked for among everything that happened.
                let is_rare = text.contains("'failure'") && !text.contains("user_id = ");
                let is_by_failures = steps.iter().any(|step| step.contains("audit_events_failed"));
                assert!(!is_rare || is_by_failures, "{text}\n{steps:?}");
            }
        }
    }
}
