//! What happened on each day, kept for longer than the trail. A day that is over is counted once.

use super::audit_search::{self, EventFilter};
use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::audit_event::AuditKind;

/// How long a day is, in seconds.
pub const DAY: i64 = 24 * 60 * 60;
/// A day is over for good when what began on it is done, in seconds.
const SETTLED_AFTER: i64 = 60 * 60;
/// How far back days are counted that nobody counted before.
const MOST_DAYS_BACK: i64 = 31;

/// What happened on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct DailyStats {
    /// The number of the day since 1970-01-01, by UTC.
    pub day: i64,
    /// Sign-ins, and proofs of who was signed in.
    pub logins: i64,
    /// Refused ones.
    pub failed_logins: i64,
    /// People who signed up.
    pub signups: i64,
}

/// The number of the day of a time.
#[must_use]
pub const fn day_of(time: Timestamp) -> i64 {
    time.0.div_euclid(DAY)
}

/// The days from `first` to `last`, each of them, the earliest first. Those that are not kept and begin later than
/// the last kept one are counted now.
///
/// # Errors
///
/// If the database fails.
pub async fn of_days(
    tx: &mut Tx,
    (first, last): (i64, i64),
    now: Timestamp,
) -> Result<Vec<DailyStats>, StoreError> {
    const KEPT: &str = "
        SELECT day, logins, failed_logins, signups FROM daily_stats
        WHERE day >= $1 AND day <= $2 ORDER BY day";

    let kept: Vec<DailyStats> = tx.query(KEPT).bind(first).bind(last).fetch_all().await?;
    let uncounted = first_uncounted(tx, now).await?;
    let mut days = Vec::new();
    let mut kept = kept.into_iter().peekable();
    for day in first..=last {
        let stats = match kept.next_if(|stats| stats.day == day) {
            Some(stats) => stats,
            None if day >= uncounted && day <= day_of(now) => count(tx, day).await?,
            None => DailyStats { day, ..DailyStats::default() },
        };
        days.push(stats);
    }
    Ok(days)
}

/// What happened on the first day that is over and not kept, where there is one.
///
/// # Errors
///
/// If the database fails.
pub async fn next_to_keep(tx: &mut Tx, now: Timestamp) -> Result<Option<DailyStats>, StoreError> {
    let day = first_uncounted(tx, now).await?;
    if day >= day_of(now.plus(-SETTLED_AFTER)) {
        return Ok(None);
    }
    Ok(Some(count(tx, day).await?))
}

/// Keeps what happened on a day; of two who do so at once one does.
///
/// # Errors
///
/// If the database fails.
pub async fn keep(tx: &mut Tx, stats: &DailyStats, now: Timestamp) -> Result<(), StoreError> {
    const KEEP: &str = "
        INSERT INTO daily_stats (day, logins, failed_logins, signups, created_at)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (day) DO NOTHING";

    let query = tx.query(KEEP).bind(stats.day).bind(stats.logins).bind(stats.failed_logins);
    query.bind(stats.signups).bind(now).execute().await?;
    Ok(())
}

async fn first_uncounted(tx: &mut Tx, now: Timestamp) -> Result<i64, StoreError> {
    const LAST: &str = "SELECT MAX(day) FROM daily_stats";

    let last: Option<i64> = tx.query(LAST).scalar().await?;
    let earliest = day_of(now) - MOST_DAYS_BACK;
    Ok(last.map_or(earliest, |last| earliest.max(last + 1)))
}

async fn count(tx: &mut Tx, day: i64) -> Result<DailyStats, StoreError> {
    let begin = Timestamp(day.saturating_mul(DAY));
    let of = |kind: AuditKind, outcome| EventFilter {
        kind: Some(kind.as_str()),
        outcome: Some(outcome),
        since: Some(begin),
        until: Some(begin.plus(DAY)),
        ..EventFilter::default()
    };
    Ok(DailyStats {
        day,
        logins: audit_search::count_all(tx, &of(AuditKind::SignedIn, "success")).await?,
        failed_logins: audit_search::count_all(tx, &of(AuditKind::SignedIn, "failure")).await?,
        signups: audit_search::count_all(tx, &of(AuditKind::SignedUp, "success")).await?,
    })
}
