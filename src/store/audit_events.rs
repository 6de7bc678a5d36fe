//! The trail of security events.

use std::sync::LazyLock;

use super::{StoreError, Tx, webhook_deliveries};
use crate::clock::Timestamp;
use crate::domain::audit_event::AuditEvent;
use crate::domain::audit_trail::{PersonalFields, TrailRow};
use crate::domain::session::Session;
use crate::domain::{ClientId, SessionId, UserId};
use crate::random;

/// Not before any id, in whatever order a database has letters and digits.
pub const LAST_ID: &str = "ZZZZZZZZZZZZZZZZZZZZZZZZZZ";

macro_rules! columns {
    () => {
        "id, at, kind, outcome, user_id, client_id, sid, ip, user_agent, request_id, detail,
         personal_salt, personal_digest, seq, chain_mac, recorded_mac, erased_mac"
    };
}

pub(super) use columns;

/// Adds an event, in the unit of work that caused it, with a MAC that nobody makes without the key.
///
/// # Errors
///
/// If the database fails, or the key was not opened.
pub async fn insert(tx: &mut Tx, event: &AuditEvent, now: Timestamp) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO audit_events
            (id, at, kind, outcome, user_id, client_id, sid, ip, user_agent, request_id, detail,
             personal_salt, personal_digest, recorded_mac)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

    let row = new_row(event, now);
    let recorded_mac = tx.chain_key()?.recorded_mac(&row);
    let personal = row.personal;
    tx.query(INSERT)
        .bind(&row.id)
        .bind(row.at)
        .bind(row.kind)
        .bind(row.outcome)
        .bind(personal.user_id)
        .bind(row.client_id)
        .bind(personal.sid)
        .bind(personal.ip)
        .bind(personal.user_agent)
        .bind(row.request_id)
        .bind(personal.detail)
        .bind(row.personal_salt)
        .bind(row.personal_digest)
        .bind(recorded_mac)
        .execute()
        .await?;
    let former_user = event.former_user.as_ref();
    webhook_deliveries::insert_for_event(tx, (&row.id, event.kind), former_user, now).await
}

fn new_row(event: &AuditEvent, now: Timestamp) -> TrailRow {
    let requester = event.requester.as_ref();
    let personal = PersonalFields {
        user_id: event.user_id.clone(),
        sid: event.sid.clone(),
        ip: requester.map(|requester| requester.ip.to_string()),
        user_agent: requester.and_then(|requester| requester.user_agent.clone()),
        detail: event.detail.to_string(),
    };
    let salt = random::identifier();
    TrailRow {
        id: random::ulid(now),
        at: now,
        kind: event.kind.as_str().to_owned(),
        outcome: if event.succeeded { "success" } else { "failure" }.to_owned(),
        client_id: event.client_id.clone(),
        request_id: requester.map(|requester| requester.request_id.clone()),
        personal_digest: personal.digest(&salt),
        personal,
        personal_salt: Some(salt),
        seq: None,
        chain_mac: None,
        recorded_mac: None,
        erased_mac: None,
    }
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

    let before = before.unwrap_or(LAST_ID);
    tx.query(LIST).bind(user_id).bind(before).bind(limit).fetch_all().await
}

/// When the person signed in last before `session` began, as far as the trail goes back.
///
/// # Errors
///
/// If the database fails.
pub async fn sign_in_before(
    tx: &mut Tx,
    session: &Session,
) -> Result<Option<Timestamp>, StoreError> {
    // Who is signed in and proves it again does not sign in.
    const FIND: &str = "
        SELECT at FROM audit_events
        WHERE user_id = $1 AND kind = 'signed_in' AND outcome = 'success' AND at <= $3
            AND (sid IS NULL OR sid <> $2) AND detail NOT LIKE '%reauthenticated%'
        ORDER BY id DESC LIMIT 1";

    let query = tx.query(FIND).bind(&session.user_id).bind(&session.sid);
    let found: Option<(Timestamp,)> = query.bind(session.created_at).fetch_optional().await?;
    Ok(found.map(|(at,)| at))
}

/// The event of this id, where it is this person's.
///
/// # Errors
///
/// If the database fails.
pub async fn find_of(
    tx: &mut Tx,
    user_id: &UserId,
    id: &str,
) -> Result<Option<TrailRow>, StoreError> {
    const FIND: &str =
        concat!("SELECT ", columns!(), " FROM audit_events WHERE id = $1 AND user_id = $2");

    tx.query(FIND).bind(id).bind(user_id).fetch_optional().await
}

/// The applications that were let in through a session of the person.
///
/// # Errors
///
/// If the database fails.
pub async fn apps_allowed_in(
    tx: &mut Tx,
    (user_id, sid): (&UserId, &SessionId),
) -> Result<Vec<ClientId>, StoreError> {
    const LIST: &str = "
        SELECT DISTINCT client_id FROM audit_events
        WHERE user_id = $1 AND sid = $2 AND kind = 'consent_given'
            AND client_id IS NOT NULL ORDER BY client_id";

    tx.query(LIST).bind(user_id).bind(sid).scalars().await
}

/// Rows that one statement changes at most.
const ROWS_A_STATEMENT: usize = 100;
const ROWS_OF_A_PERSON: i64 = 100;

/// `VALUES` of either database calls its columns `column1` and `column2`.
static ERASE: LazyLock<String> = LazyLock::new(|| {
    let (places, ids) = places_and_ids(2);
    format!(
        "UPDATE audit_events SET user_id = NULL, sid = NULL, ip = NULL, user_agent = NULL,
            detail = 'null', personal_salt = NULL, erased_mac = erasures.column2
         FROM (VALUES {places}) AS erasures
         WHERE audit_events.id = erasures.column1 AND audit_events.id IN ({ids})"
    )
});

/// Erases what at most a hundred rows tell of a person; that something happened stays provable, and
/// that it was Protekt who erased. Says how many rows it were.
///
/// # Errors
///
/// If the database fails, or the key was not opened.
pub async fn erase(tx: &mut Tx, user_id: &UserId) -> Result<u64, StoreError> {
    const OF_PERSON: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM audit_events WHERE user_id = $1 ORDER BY id LIMIT $2"
    );

    let rows: Vec<TrailRow> =
        tx.query(OF_PERSON).bind(user_id).bind(ROWS_OF_A_PERSON).fetch_all().await?;
    if rows.is_empty() {
        return Ok(0);
    }
    webhook_deliveries::forget_answers(tx, user_id).await?;
    let key = tx.chain_key()?;
    let mut statement = tx.query(ERASE.as_str());
    for n in 0..ROWS_A_STATEMENT {
        // No row has an empty id.
        let (id, mac) = rows.get(n).map_or_else(Default::default, |row| {
            (row.id.clone(), key.erased_mac(&row.id, &row.personal_digest))
        });
        statement = statement.bind(id).bind(mac);
    }
    statement.execute().await
}

/// At most `limit` rows of an earlier version that carry no MAC of their own where rows of this one
/// do: unsealed, with erased fields, or with personal fields that no digest covers.
///
/// # Errors
///
/// If the database fails.
pub async fn without_macs(tx: &mut Tx, limit: i64) -> Result<Vec<TrailRow>, StoreError> {
    const WITHOUT: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM audit_events
         WHERE (recorded_mac IS NULL AND (seq IS NULL OR personal_digest = ''))
            OR (personal_salt IS NULL AND personal_digest <> '' AND erased_mac IS NULL)
         ORDER BY id LIMIT $1"
    );

    tx.query(WITHOUT).bind(limit).fetch_all().await
}

/// Gives a row its MACs.
///
/// # Errors
///
/// If the database fails.
pub async fn give_macs(tx: &mut Tx, row: &TrailRow) -> Result<(), StoreError> {
    const GIVE: &str = "UPDATE audit_events SET recorded_mac = $2, erased_mac = $3 WHERE id = $1";

    let given = tx.query(GIVE).bind(&row.id).bind(row.recorded_mac.as_deref());
    given.bind(row.erased_mac.as_deref()).execute().await?;
    Ok(())
}

/// At most `limit` rows after the id `after` that have no number yet. Whatever was committed is
/// seen, however old its id is: nothing is remembered of where the last look ended.
///
/// # Errors
///
/// If the database fails.
pub async fn unsealed(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<TrailRow>, StoreError> {
    const UNSEALED: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM audit_events WHERE seq IS NULL AND id > $1 ORDER BY id LIMIT $2"
    );

    tx.query(UNSEALED).bind(after).bind(limit).fetch_all().await
}

/// How many rows of `before` and earlier have no number yet, and when the oldest of them happened.
///
/// # Errors
///
/// If the database fails.
pub async fn unsealed_before(
    tx: &mut Tx,
    before: Timestamp,
) -> Result<(i64, Option<Timestamp>), StoreError> {
    #[derive(sqlx::FromRow)]
    struct Waiting {
        rows: i64,
        oldest: Option<Timestamp>,
    }
    const WAITING: &str = "
        SELECT COUNT(*) AS rows, MIN(at) AS oldest FROM audit_events
        WHERE seq IS NULL AND at <= $1";

    let found: Option<Waiting> = tx.query(WAITING).bind(before).fetch_optional().await?;
    Ok(found.map_or((0, None), |found| (found.rows, found.oldest)))
}

/// At most `limit` rows before the row `before` that carry a MAC of their own, the newest first.
///
/// # Errors
///
/// If the database fails.
pub async fn with_macs(tx: &mut Tx, before: &str, limit: i64) -> Result<Vec<TrailRow>, StoreError> {
    const WITH: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM audit_events WHERE recorded_mac IS NOT NULL AND id < $1 ORDER BY id DESC LIMIT $2"
    );

    tx.query(WITH).bind(before).bind(limit).fetch_all().await
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

/// `VALUES` of either database calls its columns `column1`, `column2` and `column3`.
static SEAL: LazyLock<String> = LazyLock::new(|| {
    let (places, ids) = places_and_ids(3);
    format!(
        "UPDATE audit_events SET seq = seals.column2, chain_mac = seals.column3
         FROM (VALUES {places}) AS seals
         WHERE audit_events.id = seals.column1 AND audit_events.seq IS NULL
            AND audit_events.id IN ({ids})"
    )
});

/// The rows of a `VALUES` with so many columns, the first of which is an id, and those ids once
/// more: or SQLite looks through the whole table for each of them.
fn places_and_ids(columns: usize) -> (String, String) {
    let parameter = |row: usize, column: usize| format!("${}", columns * row + column + 1);
    let place = |row| {
        let parameters: Vec<String> = (0..columns).map(|column| parameter(row, column)).collect();
        format!("({})", parameters.join(", "))
    };
    let places: Vec<String> = (0..ROWS_A_STATEMENT).map(place).collect();
    let ids: Vec<String> = (0..ROWS_A_STATEMENT).map(|row| parameter(row, 0)).collect();
    (places.join(", "), ids.join(", "))
}

/// Gives rows their places; says how many had none before.
///
/// # Errors
///
/// If the database fails.
pub async fn seal(tx: &mut Tx, seals: &[Seal]) -> Result<u64, StoreError> {
    let mut sealed = 0;
    for part in seals.chunks(ROWS_A_STATEMENT) {
        let mut statement = tx.query(SEAL.as_str());
        for n in 0..ROWS_A_STATEMENT {
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
