//! The trail of security events.

use std::sync::LazyLock;

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::UserId;
use crate::domain::audit_event::AuditEvent;
use crate::domain::audit_trail::{PersonalFields, TrailRow};
use crate::random;

macro_rules! columns {
    () => {
        "id, at, kind, outcome, user_id, client_id, sid, ip, user_agent, request_id, detail,
         personal_salt, personal_digest, seq, chain_mac"
    };
}

/// Adds an event, in the unit of work that caused it.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, event: &AuditEvent, now: Timestamp) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO audit_events
            (id, at, kind, outcome, user_id, client_id, sid, ip, user_agent, request_id, detail,
             personal_salt, personal_digest)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

    let requester = event.requester.as_ref();
    let personal = PersonalFields {
        user_id: event.user_id.clone(),
        sid: event.sid.clone(),
        ip: requester.map(|requester| requester.ip.to_string()),
        user_agent: requester.and_then(|requester| requester.user_agent.clone()),
        detail: event.detail.to_string(),
    };
    let salt = random::identifier();
    let digest = personal.digest(&salt);
    tx.query(INSERT)
        .bind(random::ulid(now))
        .bind(now)
        .bind(event.kind.as_str())
        .bind(if event.succeeded { "success" } else { "failure" })
        .bind(personal.user_id)
        .bind(event.client_id.as_ref())
        .bind(personal.sid)
        .bind(personal.ip)
        .bind(personal.user_agent)
        .bind(requester.map(|requester| requester.request_id.clone()))
        .bind(personal.detail)
        .bind(salt)
        .bind(digest)
        .execute()
        .await?;
    Ok(())
}

/// At most `limit` events of a person, the newest first; those before the row `before`, where one
/// is named.
///
/// # Errors
///
/// If the database fails.
pub async fn list_of(
    tx: &mut Tx,
    user_id: &UserId,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<TrailRow>, StoreError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM audit_events WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
    );

    // Above every ULID.
    let before = before.unwrap_or("~");
    tx.query(LIST).bind(user_id).bind(before).bind(limit).fetch_all().await
}

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Of this person alone.
    pub user_id: Option<UserId>,
    /// Of this kind alone.
    pub kind: Option<&'static str>,
    /// From this time on.
    pub since: Option<Timestamp>,
}

/// At most `limit` events after the row `after`, the oldest first.
///
/// # Errors
///
/// If the database fails.
pub async fn list(
    tx: &mut Tx,
    filter: &EventFilter,
    after: &str,
    limit: i64,
) -> Result<Vec<TrailRow>, StoreError> {
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM audit_events
         WHERE id > $1 AND at >= $2
            AND (CAST($3 AS TEXT) IS NULL OR user_id = $3)
            AND (CAST($4 AS TEXT) IS NULL OR kind = $4)
         ORDER BY id LIMIT $5"
    );

    tx.query(LIST)
        .bind(after)
        .bind(filter.since.unwrap_or(Timestamp(i64::MIN)))
        .bind(filter.user_id.as_ref())
        .bind(filter.kind)
        .bind(limit)
        .fetch_all()
        .await
}

/// Erases what the trail tells of a person; that something happened stays provable. Says how many
/// rows it concerned.
///
/// # Errors
///
/// If the database fails.
pub async fn erase(tx: &mut Tx, user_id: &UserId) -> Result<u64, StoreError> {
    const ERASE: &str = "
        UPDATE audit_events SET user_id = NULL, sid = NULL, ip = NULL, user_agent = NULL,
            detail = 'null', personal_salt = NULL
        WHERE user_id = $1";

    tx.query(ERASE).bind(user_id).execute().await
}

/// At most `limit` rows that have no number yet. Whatever was committed is seen, however old its
/// id is: nothing is remembered of where the last look ended.
///
/// # Errors
///
/// If the database fails.
pub async fn unsealed(tx: &mut Tx, limit: i64) -> Result<Vec<TrailRow>, StoreError> {
    const UNSEALED: &str =
        concat!("SELECT ", columns!(), " FROM audit_events WHERE seq IS NULL ORDER BY id LIMIT $1");

    tx.query(UNSEALED).bind(limit).fetch_all().await
}

/// How many rows have no number yet.
///
/// # Errors
///
/// If the database fails.
pub async fn count_unsealed(tx: &mut Tx) -> Result<i64, StoreError> {
    const COUNT: &str = "SELECT COUNT(*) FROM audit_events WHERE seq IS NULL";

    tx.query(COUNT).scalar().await
}

/// A row's place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Which row.
    pub id: String,
    /// Its number.
    pub seq: i64,
    /// The MAC over itself and the row before.
    pub chain_mac: String,
}

/// Rows that one statement seals at most.
const SEALS_A_STATEMENT: usize = 100;

/// `VALUES` of either database calls its columns `column1`, `column2` and `column3`.
static SEAL: LazyLock<String> = LazyLock::new(|| {
    let place = |n: usize| format!("(${}, ${}, ${})", 3 * n + 1, 3 * n + 2, 3 * n + 3);
    let places: Vec<String> = (0..SEALS_A_STATEMENT).map(place).collect();
    // Named again, or SQLite looks through every row without a number for each of these.
    let ids: Vec<String> = (0..SEALS_A_STATEMENT).map(|n| format!("${}", 3 * n + 1)).collect();
    format!(
        "UPDATE audit_events SET seq = seals.column2, chain_mac = seals.column3
         FROM (VALUES {}) AS seals
         WHERE audit_events.id = seals.column1 AND audit_events.seq IS NULL
            AND audit_events.id IN ({})",
        places.join(", "),
        ids.join(", ")
    )
});

/// Gives rows their places; says how many had none before.
///
/// # Errors
///
/// If the database fails.
pub async fn seal(tx: &mut Tx, seals: &[Seal]) -> Result<u64, StoreError> {
    let mut sealed = 0;
    for part in seals.chunks(SEALS_A_STATEMENT) {
        let mut statement = tx.query(SEAL.as_str());
        for n in 0..SEALS_A_STATEMENT {
            // No row has an empty id.
            let (id, seq, mac) = part
                .get(n)
                .map_or(("", 0, ""), |seal| (seal.id.as_str(), seal.seq, seal.chain_mac.as_str()));
            statement = statement.bind(id).bind(seq).bind(mac);
        }
        sealed += statement.execute().await?;
    }
    Ok(sealed)
}

/// At most `limit` sealed rows after number `after`, in their order.
///
/// # Errors
///
/// If the database fails.
pub async fn sealed_after(
    tx: &mut Tx,
    after: i64,
    limit: i64,
) -> Result<Vec<TrailRow>, StoreError> {
    const SEALED: &str =
        concat!("SELECT ", columns!(), " FROM audit_events WHERE seq > $1 ORDER BY seq LIMIT $2");

    tx.query(SEALED).bind(after).bind(limit).fetch_all().await
}

/// A sealed row where none can be: above the head, or below the checkpoint.
///
/// # Errors
///
/// If the database fails.
pub async fn find_outside_the_marks(tx: &mut Tx) -> Result<Option<TrailRow>, StoreError> {
    // One statement sees the marks and the rows of one moment.
    const OUTSIDE: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM audit_events
         WHERE seq > COALESCE((SELECT seq FROM audit_marks WHERE name = 'head'), 0)
            OR seq <= COALESCE((SELECT seq FROM audit_marks WHERE name = 'checkpoint'), 0)
         ORDER BY seq LIMIT 1"
    );

    tx.query(OUTSIDE).fetch_optional().await
}

/// Removes the rows up to number `seq`; says how many there were.
///
/// # Errors
///
/// If the database fails.
pub async fn delete_up_to(tx: &mut Tx, seq: i64) -> Result<u64, StoreError> {
    const DELETE: &str = "DELETE FROM audit_events WHERE seq <= $1";

    tx.query(DELETE).bind(seq).execute().await
}
