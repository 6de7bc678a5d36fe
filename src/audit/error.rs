//! What is wrong with a trail.

use crate::store::StoreError;

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is not as it was sealed.
    Changed,
    /// It is gone.
    Missing,
    /// It was never sealed: somebody put it there.
    Inserted,
    /// It was sealed at another place.
    Reordered,
    /// Its personal fields are gone, and Protekt did not erase them.
    Erased,
}

/// The first row that is not as it was sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {seq}{name} {what}", name = named(self.id.as_deref()), what = said(self.flaw))]
pub struct BrokenRow {
    /// The number.
    pub seq: i64,
    /// The id of the row that has it; none where the row is missing.
    pub id: Option<String>,
    /// What became of it.
    pub flaw: Flaw,
}

/// Why the trail cannot be sealed or proven.
#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    /// The database fails; nothing is said about the trail.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row.
    #[error("the audit trail is broken: {0}")]
    Row(BrokenRow),
    /// The record of where the chain ends or begins is gone or not ours.
    #[error("the audit trail is broken: the mark {0} is missing, or was not written by Protekt")]
    Mark(&'static str),
    /// A row without a number that Protekt did not record, or not like this.
    #[error(
        "the audit trail is broken: the row with the id {id} was put there or changed before it \
         was sealed. Protekt did not record it like this, and does not seal it"
    )]
    Forged {
        /// The id of the row.
        id: String,
    },
    /// The chain ends in another row than the head says.
    #[error("the audit trail is broken: it ends in another row than its head, number {seq}")]
    HeadMismatch {
        /// The number of the head.
        seq: i64,
    },
    /// The head is below one that this instance has seen.
    #[error(
        "the audit trail is broken: it goes up to number {seq}, and went up to number {highest} \
         before, so it was cut or replaced by an older copy. If you restored a backup, restart \
         every instance"
    )]
    WentBack {
        /// The number of the head.
        seq: i64,
        /// The highest number there was.
        highest: i64,
    },
    /// A head that was noted earlier is not in the chain.
    #[error(
        "the audit trail is broken: the head that was noted, number {seq}, is not part of it. \
         Either the trail was cut or replaced, or the database is an older backup"
    )]
    NotedHeadUnknown {
        /// Its number.
        seq: i64,
    },
}

fn named(id: Option<&str>) -> String {
    id.map(|id| format!(" (id {id})")).unwrap_or_default()
}

const fn said(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::Changed => "was changed after it was sealed",
        Flaw::Missing => "is missing",
        Flaw::Inserted => "was inserted: it was never sealed there",
        Flaw::Reordered => "is out of order: it was sealed at another place",
        Flaw::Erased => "lost its personal fields, and Protekt did not erase them",
    }
}
