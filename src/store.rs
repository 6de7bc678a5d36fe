//! Storage: one SQL text per question, run unchanged on SQLite and PostgreSQL.
//!
//! This is the only room that names queries, pools and transactions. A function here takes
//! `&mut Tx` first and answers a question of the domain. Signatures, hashes and calls over the
//! network are never made while a [`Tx`] is open.

pub mod account_deletions;
pub mod account_recoveries;
pub mod administrators;
pub mod audit_events;
pub mod audit_marks;
pub mod audit_search;
pub mod authorization_codes;
pub mod authorization_requests;
pub mod backup_codes;
pub mod browser_accounts;
pub mod change_counters;
pub mod client_grants;
pub mod clients;
mod connect;
pub mod consent_search;
pub mod consents;
pub mod daily_stats;
pub mod email_changes;
pub mod email_verifications;
mod error;
pub mod factor_additions;
pub mod grants;
pub mod imported_users;
pub mod installation;
pub mod jobs;
pub mod known_devices;
pub mod leases;
pub mod levels;
pub mod managed_users;
pub mod one_time_codes;
pub mod outbox;
pub mod passkeys;
pub mod password_renewals;
pub mod password_resets;
pub mod permissions;
pub mod pictures;
pub mod refresh_tokens;
pub mod resource_servers;
pub mod revoked_access_tokens;
pub mod roles;
pub mod second_factors;
pub mod sessions;
pub mod sign_in_challenges;
pub mod signing_keys;
mod statement;
pub mod throttle_counters;
pub mod trusted_browsers;
pub mod turns;
pub mod unverified_users;
pub mod user_search;
pub mod user_tally;
pub mod users;
pub mod webhook_deliveries;
pub mod webhooks;

pub use connect::{Connect, Migration};
pub use error::StoreError;

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, OnceLock};

use sqlx::pool::PoolConnection;
use sqlx::{Database, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::domain::ChainKey;

/// The key that rows of the audit trail are recorded with, once this process has opened it.
type TrailKey = Arc<OnceLock<ChainKey>>;

/// The database chosen at start-up.
#[derive(Clone, Debug)]
pub enum Store {
    /// Embedded, the default.
    Sqlite {
        /// One connection: SQLite has one writer at a time.
        writer: SqlitePool,
        /// Several, which never write.
        readers: SqlitePool,
        /// Shared by every clone.
        trail_key: TrailKey,
    },
    /// For more than one instance.
    Postgres {
        /// Every connection.
        pool: PgPool,
        /// Shared by every clone.
        trail_key: TrailKey,
    },
}

/// One unit of work. Dropping it rolls back.
#[derive(Debug)]
pub struct Tx {
    connection: Connection,
    trail_key: TrailKey,
}

/// The connection of a unit of work.
#[derive(Debug)]
enum Connection {
    Sqlite(Unit<Sqlite>),
    Postgres(Unit<Postgres>),
}

/// A connection, inside a transaction or not.
#[derive(Debug)]
enum Unit<DB: Database> {
    /// Everything or nothing.
    Transaction(Transaction<'static, DB>),
    /// Each statement on its own: for questions.
    Reading(PoolConnection<DB>),
}

impl Store {
    /// Begins a unit of work that may write.
    ///
    /// # Errors
    ///
    /// If no connection can be had.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let connection = match self {
            // IMMEDIATE: a deferred transaction that upgrades to write fails with SQLITE_BUSY.
            Self::Sqlite { writer, .. } => {
                Connection::Sqlite(Unit::Transaction(writer.begin_with("BEGIN IMMEDIATE").await?))
            }
            Self::Postgres { pool, .. } => {
                Connection::Postgres(Unit::Transaction(pool.begin().await?))
            }
        };
        Ok(self.unit(connection))
    }

    /// A connection for questions only.
    ///
    /// # Errors
    ///
    /// If no connection can be had.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        let connection = match self {
            Self::Sqlite { readers, .. } => {
                Connection::Sqlite(Unit::Reading(readers.acquire().await?))
            }
            Self::Postgres { pool, .. } => {
                Connection::Postgres(Unit::Reading(pool.acquire().await?))
            }
        };
        Ok(self.unit(connection))
    }

    fn unit(&self, connection: Connection) -> Tx {
        Tx { connection, trail_key: Arc::clone(self.trail_key()) }
    }

    const fn trail_key(&self) -> &TrailKey {
        match self {
            Self::Sqlite { trail_key, .. } | Self::Postgres { trail_key, .. } => trail_key,
        }
    }

    /// Records what happens from now on with this key; the first one that is given stays.
    pub fn record_with(&self, key: ChainKey) {
        self.trail_key().get_or_init(|| key);
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    ///
    /// If it gives none.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut tx = self.read().await?;
        tx.query("SELECT 1").execute().await?;
        Ok(())
    }

    /// Closes every connection, after those in use have come back.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres { pool, .. } => pool.close().await,
        }
    }
}

impl Tx {
    /// Keeps everything done in this unit of work.
    ///
    /// # Errors
    ///
    /// If the database refuses the commit.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.connection {
            Connection::Sqlite(Unit::Transaction(tx)) => tx.commit().await?,
            Connection::Postgres(Unit::Transaction(tx)) => tx.commit().await?,
            Connection::Sqlite(Unit::Reading(_)) | Connection::Postgres(Unit::Reading(_)) => {}
        }
        Ok(())
    }

    /// The key of the audit trail.
    fn chain_key(&self) -> Result<ChainKey, StoreError> {
        self.trail_key.get().cloned().ok_or(StoreError::NoTrailKey)
    }

    const fn is_sqlite(&self) -> bool {
        matches!(self.connection, Connection::Sqlite(_))
    }
}

impl<DB: Database> Deref for Unit<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Transaction(tx) => tx,
            Self::Reading(connection) => connection,
        }
    }
}

impl<DB: Database> DerefMut for Unit<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            Self::Transaction(tx) => tx,
            Self::Reading(connection) => connection,
        }
    }
}
