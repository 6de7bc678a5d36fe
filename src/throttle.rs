//! Limits on tries: fixed windows, counted in the store so that every instance counts alike.

use crate::clock::Timestamp;
use crate::domain::{Requester, TokenDigest};
use crate::store::throttle_counters::{self, Counted};
use crate::store::{StoreError, Tx};

/// At most this many in a window of so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many are let through.
    pub most: i64,
    /// How long the window lasts.
    pub seconds: i64,
}

impl Limit {
    /// `most` in `seconds`.
    #[must_use]
    pub const fn new(most: i64, seconds: i64) -> Self {
        Self { most, seconds }
    }
}

/// Every limit there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottleLimits {
    /// Wrong passwords for one account name from one network.
    pub passwords_by_account_and_network: Limit,
    /// Wrong passwords for one account name from everywhere.
    pub passwords_by_account: Limit,
    /// Wrong passwords from one network, whatever the name.
    pub passwords_by_network: Limit,
    /// Wrong passwords for one account name without a right one between them, from everywhere but
    /// the browsers that know the account; forgotten so many seconds after the last.
    pub passwords_in_a_row: Limit,
    /// Wrong passwords for one account in one browser in which it was signed in to before.
    pub passwords_by_known_browser: Limit,
    /// Wrong passwords in a row for one account in all such browsers.
    pub passwords_in_a_row_in_known_browsers: Limit,
    /// Sign-ups from one network.
    pub sign_ups_by_network: Limit,
    /// Codes typed in one network.
    pub codes_by_network: Limit,
    /// Wrong second factors for one account.
    pub factors_by_account: Limit,
    /// Wrong second factors for one account in a day.
    pub factors_by_account_and_day: Limit,
    /// Mails asked for again from one network.
    pub sends_by_network: Limit,
    /// Mails to one address that somebody causes by naming it, from one network and in all.
    pub mails_by_address: Limit,
    /// Mails that one person causes who gave their password or is signed in.
    pub mails_by_account: Limit,
    /// SMS.
    pub sms: SmsLimits,
    /// Links to a new password for one address.
    pub resets_by_address: Limit,
    /// The same in a day.
    pub resets_by_address_and_day: Limit,
    /// "You already have an account" to one address; beyond it nothing is sent, and nobody is told.
    pub notices_by_address: Limit,
    /// Failed client authentications from one network, and codes and tokens nobody was given.
    pub clients_by_network: Limit,
    /// Authorization requests from one network that had to be kept for a person.
    pub requests_by_network: Limit,
    /// Calls of one client at the management API.
    pub calls_by_client: Limit,
}

/// Limits on SMS, which cost money and can earn it for whoever has them sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmsLimits {
    /// From one network.
    pub by_network: Limit,
    /// For one account.
    pub by_account: Limit,
    /// To one number that its owner has confirmed.
    pub by_number: Limit,
    /// To one number that somebody names: whose it is, nobody has shown.
    pub by_unconfirmed_number: Limit,
    /// To the numbers of one country.
    pub by_country: Limit,
    /// In all, within a short time.
    pub hourly: Limit,
    /// In all, within a long time.
    pub daily: Limit,
}

impl Default for SmsLimits {
    fn default() -> Self {
        const HOUR: i64 = 60 * 60;
        const DAY: i64 = 24 * HOUR;
        Self {
            by_network: Limit::new(30, HOUR),
            by_account: Limit::new(10, HOUR),
            by_number: Limit::new(5, HOUR),
            by_unconfirmed_number: Limit::new(3, HOUR),
            by_country: Limit::new(200, HOUR),
            hourly: Limit::new(500, HOUR),
            daily: Limit::new(2_000, DAY),
        }
    }
}

impl Default for ThrottleLimits {
    fn default() -> Self {
        const QUARTER: i64 = 15 * 60;
        const HOUR: i64 = 60 * 60;
        const DAY: i64 = 24 * HOUR;
        Self {
            passwords_by_account_and_network: Limit::new(10, QUARTER),
            passwords_by_account: Limit::new(30, QUARTER),
            passwords_by_network: Limit::new(60, QUARTER),
            // An account has at most two names: 40, 40 and 20 are the 100 wrong ones in a row that
            // SP 800-63B §3.2.2 allows.
            passwords_in_a_row: Limit::new(40, 30 * DAY),
            passwords_by_known_browser: Limit::new(10, QUARTER),
            passwords_in_a_row_in_known_browsers: Limit::new(20, 30 * DAY),
            sign_ups_by_network: Limit::new(60, HOUR),
            codes_by_network: Limit::new(60, QUARTER),
            factors_by_account: Limit::new(5, QUARTER),
            factors_by_account_and_day: Limit::new(30, DAY),
            sends_by_network: Limit::new(60, HOUR),
            mails_by_address: Limit::new(20, DAY),
            mails_by_account: Limit::new(20, HOUR),
            sms: SmsLimits::default(),
            resets_by_address: Limit::new(5, HOUR),
            resets_by_address_and_day: Limit::new(20, DAY),
            notices_by_address: Limit::new(3, DAY),
            clients_by_network: Limit::new(60, QUARTER),
            requests_by_network: Limit::new(1_000, QUARTER),
            calls_by_client: Limit::new(1_000, 60),
        }
    }
}

/// What is counted. Names and addresses of people stand in it as a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThrottleKey(String);

impl ThrottleKey {
    /// Counts `kind` for `who`.
    #[must_use]
    pub fn new(kind: &str, who: &str) -> Self {
        Self(format!("{kind}:{}", TokenDigest::of(who.as_bytes()).as_str()))
    }

    /// Counts `kind` for the requester's network.
    #[must_use]
    pub fn by_network(kind: &str, requester: &Requester) -> Self {
        Self::new(&format!("{kind}:network"), &requester.network())
    }

    /// Counts `kind` for `who` in the requester's network.
    #[must_use]
    pub fn within_network(kind: &str, who: &str, requester: &Requester) -> Self {
        Self::new(&format!("{kind}:both"), &format!("{}\0{who}", requester.network()))
    }
}

/// Whether a try may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// It may.
    Allowed {
        /// Tries in this window, this one included.
        count: i64,
    },
    /// It may not.
    Refused {
        /// When to come back.
        retry_after_seconds: i64,
        /// Whether this is the first refusal of the window: the one worth a line in the trail.
        is_first: bool,
    },
}

/// Counts a try and says whether it may go on. The caller commits in both cases.
///
/// # Errors
///
/// If the database fails.
pub async fn check_and_count(
    tx: &mut Tx,
    key: &ThrottleKey,
    limit: Limit,
    now: Timestamp,
) -> Result<Decision, StoreError> {
    Ok(decide(throttle_counters::count(tx, &key.0, limit.seconds, now).await?, limit, now))
}

/// Counts a try among those without a right one between them, and says whether it may go on: at
/// most so many in a row, forgotten so many seconds after the last. The caller commits in both cases.
///
/// # Errors
///
/// If the database fails.
pub async fn check_and_count_in_a_row(
    tx: &mut Tx,
    key: &ThrottleKey,
    limit: Limit,
    now: Timestamp,
) -> Result<Decision, StoreError> {
    let window = (limit.most, limit.seconds);
    Ok(decide(throttle_counters::count_in_a_row(tx, &key.0, window, now).await?, limit, now))
}

/// How often something was done in the window that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// So often, this time included.
    pub count: i64,
    /// When the window ends.
    pub until: Timestamp,
}

/// Counts and tells where the counter stands. The caller commits, and decides.
///
/// # Errors
///
/// If the database fails.
pub async fn count(
    tx: &mut Tx,
    key: &ThrottleKey,
    limit: Limit,
    now: Timestamp,
) -> Result<Usage, StoreError> {
    let counted = throttle_counters::count(tx, &key.0, limit.seconds, now).await?;
    Ok(Usage { count: counted.count, until: counted.expires_at })
}

fn decide(counted: Counted, limit: Limit, now: Timestamp) -> Decision {
    if counted.count <= limit.most {
        return Decision::Allowed { count: counted.count };
    }
    Decision::Refused {
        retry_after_seconds: counted.expires_at.since(now).max(1),
        is_first: counted.count == limit.most.saturating_add(1),
    }
}

/// How long to wait, in seconds, where no try is left. Counts nothing.
///
/// # Errors
///
/// If the database fails.
pub async fn wait(
    tx: &mut Tx,
    key: &ThrottleKey,
    limit: Limit,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let counted = throttle_counters::find(tx, &key.0, now).await?;
    let counted = counted.filter(|counted| counted.count >= limit.most);
    Ok(counted.map(|counted| counted.expires_at.since(now).max(1)))
}

/// Takes back one try that was counted before it turned out to be right.
///
/// # Errors
///
/// If the database fails.
pub async fn give_back(tx: &mut Tx, key: &ThrottleKey) -> Result<(), StoreError> {
    throttle_counters::give_back(tx, &key.0).await
}

/// Forgets a counter.
///
/// # Errors
///
/// If the database fails.
pub async fn reset(tx: &mut Tx, key: &ThrottleKey) -> Result<(), StoreError> {
    throttle_counters::reset(tx, &key.0).await
}
