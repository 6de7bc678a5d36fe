//! What is done with many people at once, beside the calls that ask for it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use super::json_list::json_column;
use super::{ClientId, JobId, Requester, UserId};
use crate::clock::Timestamp;

/// Different keys that are counted.
const MOST_KEYS: usize = 50;

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, serde::Serialize)]
#[sqlx(rename_all = "snake_case", type_name = "TEXT")]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// What it is about is still coming in.
    Receiving,
    /// It waits for its turn.
    Pending,
    /// Part of it is done.
    Processing,
    /// All of it is done.
    Completed,
    /// It ended before.
    Failed,
}

impl JobState {
    /// Whether nothing more happens to it.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

/// In which form people are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// One JSON object a line.
    Json,
    /// RFC 4180, with a line of names.
    Csv,
}

/// One member of the accounts of an export.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ExportColumn {
    /// Which: `email`, or `user_metadata.plan`.
    pub member: String,
    /// What it is called.
    pub title: String,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum JobTask {
    /// Accounts come from elsewhere.
    UsersImport {
        /// Whether those that are there already are changed.
        upsert: bool,
        /// What the caller knows it by.
        external_id: Option<String>,
    },
    /// All people are told of.
    UsersExport {
        /// How.
        format: ExportFormat,
        /// At most so many.
        limit: Option<i64>,
        /// What of each; everything where it is empty.
        columns: Vec<ExportColumn>,
    },
    /// A person is mailed a link to verify their address.
    VerificationEmail {
        /// Who.
        user_id: UserId,
    },
}

impl JobTask {
    /// Its name on the wire and in storage.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::UsersImport { .. } => "users_import",
            Self::UsersExport { .. } => "users_export",
            Self::VerificationEmail { .. } => "verification_email",
        }
    }
}

/// A task as it is kept: JSON in one TEXT column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobWish(pub JobTask);

json_column!(JobWish);

/// Keys that nothing was made of, with how often: JSON in one TEXT column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoredKeys(pub BTreeMap<String, u64>);

json_column!(IgnoredKeys);

impl IgnoredKeys {
    /// Counts keys; beyond a number of different ones, those that are known.
    pub fn note(&mut self, keys: Vec<String>) {
        for key in keys {
            if let Some(count) = self.0.get_mut(&key) {
                *count += 1;
            } else if self.0.len() < MOST_KEYS {
                self.0.insert(key, 1);
            }
        }
    }
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// How far it is.
    pub state: JobState,
    /// Who let it be done.
    pub client_id: ClientId,
    /// From which address.
    pub ip: Option<String>,
    /// With which program.
    pub user_agent: Option<String>,
    /// What is to be done.
    pub wish: JobWish,
    /// The last account that an export told of.
    pub reached: UserId,
    /// Pieces that were worked on.
    pub steps: i64,
    /// Entries there are, where that is known.
    pub total: Option<i64>,
    /// Entries that are done.
    pub processed: i64,
    /// New accounts.
    pub inserted: i64,
    /// Accounts that were changed.
    pub updated: i64,
    /// Accounts that were there already, and stay as they are.
    pub unchanged: i64,
    /// Entries that nothing was made of.
    pub failed: i64,
    /// Keys that nothing was made of.
    pub ignored_keys: IgnoredKeys,
    /// Why it failed as a whole.
    pub problem: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the first piece was worked on.
    pub begun_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

impl Job {
    /// Where the call came from that asked for it.
    #[must_use]
    pub fn requester(&self) -> Requester {
        let ip = self.ip.as_deref().and_then(|ip| ip.parse().ok());
        Requester {
            ip: ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            user_agent: self.user_agent.clone(),
            request_id: self.id.0.clone(),
        }
    }

    /// How much of it is done, in hundredths; absent where nobody knows how much there is.
    #[must_use]
    pub fn percentage(&self) -> Option<i64> {
        if self.state == JobState::Completed {
            return Some(100);
        }
        let total = self.total.filter(|total| *total > 0)?;
        // All of it is done only when it is said to be.
        Some((self.processed.saturating_mul(100) / total).clamp(0, 99))
    }

    /// How many seconds it may still take, as fast as it went so far.
    #[must_use]
    pub fn seconds_left(&self, now: Timestamp) -> Option<i64> {
        let (begun_at, total) = (self.begun_at?, self.total?);
        if self.state != JobState::Processing || self.processed <= 0 {
            return None;
        }
        let left = total.saturating_sub(self.processed).max(0);
        Some(now.since(begun_at).max(1).saturating_mul(left) / self.processed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(state: JobState, total: Option<i64>, processed: i64) -> Job {
        Job {
            id: "job".into(),
            state,
            client_id: "manager".into(),
            ip: Some("192.0.2.1".to_owned()),
            user_agent: None,
            wish: JobWish(JobTask::UsersImport { upsert: false, external_id: None }),
            reached: "".into(),
            steps: 0,
            total,
            processed,
            inserted: 0,
            updated: 0,
            unchanged: 0,
            failed: 0,
            ignored_keys: IgnoredKeys::default(),
            problem: None,
            created_at: Timestamp(0),
            begun_at: Some(Timestamp(100)),
            finished_at: None,
            expires_at: Timestamp(1_000),
        }
    }

    #[test]
    fn all_of_a_job_is_done_only_at_its_end() {
        let processing = JobState::Processing;
        assert_eq!(job(processing, Some(200), 50).percentage(), Some(25));
        assert_eq!(job(processing, Some(200), 200).percentage(), Some(99));
        assert_eq!(job(processing, Some(0), 0).percentage(), None);
        assert_eq!(job(processing, None, 50).percentage(), None);
        assert_eq!(job(JobState::Completed, Some(0), 0).percentage(), Some(100));
    }

    #[test]
    fn what_is_left_takes_as_long_as_what_was_done() {
        let now = Timestamp(110);
        assert_eq!(job(JobState::Processing, Some(300), 100).seconds_left(now), Some(20));
        assert_eq!(job(JobState::Processing, Some(300), 0).seconds_left(now), None);
        assert_eq!(job(JobState::Completed, Some(300), 300).seconds_left(now), None);
    }

    #[test]
    fn keys_are_counted_within_bounds() {
        let mut keys = IgnoredKeys::default();
        keys.note(vec!["roles".to_owned(), "roles".to_owned()]);
        keys.note((0..100).map(|n| n.to_string()).collect());
        assert_eq!(keys.0.len(), MOST_KEYS);
        assert_eq!(keys.0.get("roles"), Some(&2));
    }
}
