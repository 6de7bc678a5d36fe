//! Faults of storage.

use std::io;

/// Storage failed; never the caller's fault.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached or cannot take writes just now; trying again later may help.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// A query failed: a defect of ours or a damaged database.
    #[error("the database refused a statement: {0}")]
    Statement(#[source] sqlx::Error),
    /// The migrations cannot be run.
    #[error("the database cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// There is no such file, and none is to be made.
    #[error("there is no database at {path}")]
    Absent {
        /// Where it should be.
        path: String,
    },
    /// A newer program than this one brought it up to date.
    #[error(
        "the database belongs to a newer protekt than this one (it has migration {version}). Use \
         that one, or put back the backup from before"
    )]
    Newer {
        /// The number of the migration that this program does not know.
        version: i64,
    },
    /// The database file or its lock cannot be used.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The address of the database makes no sense.
    #[error("{0}")]
    Url(String),
    /// The audit trail has no key in this process: a defect of ours.
    #[error("nothing can be recorded in the audit trail: its key was not opened")]
    NoTrailKey,
    /// A stored value cannot be read back.
    #[error("a stored value cannot be read: {0}")]
    Corrupt(String),
}

impl StoreError {
    /// Whether trying again later may help.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Whether this unit of work was ended since it and another one waited for each other: all of it can
    /// be done again at once.
    #[must_use]
    pub fn is_outrun(&self) -> bool {
        let Self::Unavailable(sqlx::Error::Database(refusal)) = self else { return false };
        refusal.code().is_some_and(|code| matches!(&*code, "40001" | "40P01"))
    }

    /// Whether somebody else has what may be there once: a defect wherever `ON CONFLICT` could say
    /// so, which an UPDATE cannot.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        match self {
            Self::Statement(sqlx::Error::Database(refusal)) => refusal.is_unique_violation(),
            _ => false,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if is_passing(&error) { Self::Unavailable(error) } else { Self::Statement(error) }
    }
}

fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        // A PostgreSQL that goes down in mid-sentence.
        | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(refusal) => {
            let code = refusal.code().unwrap_or_default().into_owned();
            is_passing_sqlite_code(&code) || is_passing_postgres_class(&code)
        }
        _ => false,
    }
}

/// SQLite's extended result code modulo 256: PERM, BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN.
fn is_passing_sqlite_code(code: &str) -> bool {
    code.len() < 5
        && code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 3 | 5 | 6 | 8 | 10 | 13 | 14))
}

/// Connection faults, no resources, operator's intervention, system errors, read-only standby,
/// and the two that ask to try again.
fn is_passing_postgres_class(code: &str) -> bool {
    code.len() == 5
        && (["08", "53", "57", "58"].iter().any(|class| code.starts_with(class))
            || matches!(code, "25006" | "40001" | "40P01" | "55P03"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_passes_and_a_broken_constraint_does_not() {
        assert!(is_passing_sqlite_code("13"));
        assert!(is_passing_sqlite_code("778"), "SQLITE_IOERR_WRITE");
        assert!(!is_passing_sqlite_code("2067"), "SQLITE_CONSTRAINT_UNIQUE");
        assert!(is_passing_postgres_class("57P01"), "admin_shutdown");
        assert!(is_passing_postgres_class("53100"), "disk_full");
        assert!(!is_passing_postgres_class("23505"), "unique_violation");
    }
}
