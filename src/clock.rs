//! The one source of "now".

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// Whole seconds since the Unix epoch, UTC: the unit of JWT `NumericDate` (RFC 7519 §2).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    sqlx::Type,
    serde::Serialize,
    serde::Deserialize,
)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This time moved by `seconds`; stays in range.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this time; negative where it is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The next whole minute, for what is told to the minute and must not come later than was said.
    #[must_use]
    pub const fn up_to_the_minute(self) -> Self {
        self.plus((60 - self.0.rem_euclid(60)) % 60)
    }

    /// The calendar's form of this time; the epoch where the number is outside the calendar.
    #[must_use]
    pub fn to_date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// `2026-11-21T08:14:05.000Z`, the form that JavaScript writes; of milliseconds we keep none.
    #[must_use]
    pub fn to_rfc3339_millis(self) -> String {
        self.to_rfc3339().replace('Z', ".000Z")
    }

    /// `2026-11-21T08:14:05Z` (RFC 3339).
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        self.to_date_time().format(&Rfc3339).unwrap_or_default()
    }

    /// What a text says: a time (RFC 3339), such as `2026-11-21T08:00:00Z`, or the beginning of a day in UTC, such as
    /// `2026-11-21`.
    #[must_use]
    pub fn of_day_or_time(text: &str) -> Option<Self> {
        let whole = if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00Z") };
        let time = OffsetDateTime::parse(&whole, &Rfc3339).ok()?;
        Some(Self(time.unix_timestamp()))
    }

    /// `21 November 2026, 08:14:05 UTC`, for people.
    #[must_use]
    pub fn to_words(self) -> String {
        let format = format_description!(
            "[day padding:none] [month repr:long] [year], [hour]:[minute]:[second] UTC"
        );
        self.to_date_time().format(&format).unwrap_or_default()
    }
}

/// The milliseconds since the Unix epoch that belong to `now`: the real ones as far as they lie within
/// that second, else its first or its last.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "beside SystemClock, the one that reads it")]
pub fn milliseconds_within(now: Timestamp) -> u64 {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let first = u64::try_from(now.0).unwrap_or_default().saturating_mul(1_000);
    let real = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
    real.clamp(first, first.saturating_add(999))
}

/// Tells the time. Handlers receive one; nothing else may read the system clock.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// The real clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
    fn now(&self) -> Timestamp {
        let since_epoch =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX))
    }
}

/// A clock that tests set and advance.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock stopped at `start`.
    #[must_use]
    pub const fn new(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.0))
    }

    /// Moves time forward by `seconds`.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_the_two_forms() {
        let time = Timestamp(1_795_421_645);
        assert_eq!(time.to_rfc3339(), "2026-11-23T08:14:05Z");
        assert_eq!(time.to_words(), "23 November 2026, 08:14:05 UTC");
    }

    #[test]
    fn a_time_to_the_minute_is_never_too_early() {
        for (time, minute) in [(0, 0), (1, 60), (59, 60), (60, 60), (61, 120), (-1, 0)] {
            assert_eq!(Timestamp(time).up_to_the_minute(), Timestamp(minute), "{time}");
        }
        assert!(Timestamp(i64::MAX).up_to_the_minute() >= Timestamp(i64::MAX));
    }

    #[test]
    fn milliseconds_stay_within_their_second() {
        assert_eq!(milliseconds_within(Timestamp(1)), 1_999, "long ago");
        assert_eq!(milliseconds_within(Timestamp(99_999_999_999)), 99_999_999_999_000, "to come");
        let now = SystemClock.now();
        assert_eq!(milliseconds_within(now) / 1_000, now.0.unsigned_abs());
    }

    #[test]
    fn a_time_outside_the_calendar_is_no_panic() {
        assert_eq!(Timestamp(i64::MAX).plus(1).to_rfc3339(), "1970-01-01T00:00:00Z");
    }
}
