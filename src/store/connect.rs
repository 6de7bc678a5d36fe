//! Opening the database, and bringing its tables up to date.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};

use super::{Store, StoreError, TrailKey, user_search};

/// Where the database is, and how many connections to keep.
#[derive(Clone, Debug)]
pub struct Connect {
    /// `postgres://…`, `sqlite:PATH` or `file:PATH`.
    pub url: secrecy::SecretString,
    /// At most this many connections (on SQLite: readers).
    pub max_connections: u32,
    /// How long a request waits for a connection before it gets a 503.
    pub acquire_timeout: Duration,
}

/// One migration, and whether the database has it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Migration {
    /// Its number.
    pub version: i64,
    /// Its name.
    pub description: String,
}

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

impl Connect {
    /// Opens the database; makes the file of an embedded one.
    ///
    /// # Errors
    ///
    /// If the address makes no sense or the database does not answer.
    pub async fn open(&self) -> Result<Store, StoreError> {
        if let Some(path) = self.sqlite_path() {
            create_private(path)?;
        }
        self.open_existing().await
    }

    /// Opens a database that is there, and makes none.
    ///
    /// # Errors
    ///
    /// As [`Self::open`]; [`StoreError::Absent`] where there is no file.
    pub async fn open_existing(&self) -> Result<Store, StoreError> {
        use secrecy::ExposeSecret as _;

        let url = self.url.expose_secret();
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return self.open_postgres(url).await;
        }
        match self.sqlite_path() {
            Some(path) if path.exists() => self.open_sqlite(path).await,
            Some(path) => Err(StoreError::Absent { path: path.display().to_string() }),
            None => Err(StoreError::Url(
                "the database URL must begin with postgres:// or sqlite: \
                 (for instance sqlite:data/protekt.db)"
                    .to_owned(),
            )),
        }
    }

    fn sqlite_path(&self) -> Option<&Path> {
        use secrecy::ExposeSecret as _;

        let url = self.url.expose_secret();
        let path = url.strip_prefix("sqlite:").or_else(|| url.strip_prefix("file:"))?;
        Some(Path::new(path.trim_start_matches("//")))
    }

    async fn open_postgres(&self, url: &str) -> Result<Store, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::Url(format!("the database URL: {error}")))?
            .application_name("protekt")
            // A database that hangs must not hold requests for longer than they wait anyway.
            .options([("statement_timeout", "20s"), ("lock_timeout", "10s")]);
        let pool = PgPoolOptions::new()
            .max_connections(self.max_connections)
            .acquire_timeout(self.acquire_timeout)
            .connect_with(options)
            .await?;
        Ok(Store::Postgres { pool, trail_key: TrailKey::default() })
    }

    async fn open_sqlite(&self, path: &Path) -> Result<Store, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // FULL: what was answered is on the disk, also when the power fails.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        // Two that switch a new database to WAL at once get "database is locked" at once, whatever
        // the busy timeout is.
        let _lock = lock_beside(path.to_owned()).await?;
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(self.acquire_timeout)
            .after_release(|connection, _| Box::pin(is_usable_again(connection)))
            .connect_with(options.clone())
            .await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(self.max_connections)
            .acquire_timeout(self.acquire_timeout)
            .connect_with(options.pragma("query_only", "ON"))
            .await?;
        Ok(Store::Sqlite { writer, readers, trail_key: TrailKey::default() })
    }
}

/// On a full disk SQLite ends a transaction by itself; sqlx's ROLLBACK then fails, and it would
/// count the transaction as open for ever. Such a connection is closed instead of used again.
async fn is_usable_again(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    // Answered after the rollback that is on its way.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// Makes the file, readable by its owner alone, before SQLite makes it for everybody.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let fault = |source| StoreError::File { path: path.display().to_string(), source };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(fault)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(fault)?;
    Ok(())
}

/// The migrations, and the indexes that no text for both engines can ask for.
async fn migrate_postgres(pool: &PgPool) -> Result<(), StoreError> {
    const ONE_AT_A_TIME: &str = "SELECT pg_advisory_xact_lock(hashtext('protekt indexes'))";

    MIGRATIONS.run(pool).await?;
    let mut tx = pool.begin().await?;
    sqlx::query(ONE_AT_A_TIME).execute(&mut *tx).await?;
    for (name, index) in user_search::POSTGRES_INDEXES {
        let is_there: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
            .bind(name)
            .fetch_one(&mut *tx)
            .await?;
        // Only the owner of the table may ask for it, even where it is there.
        if !is_there {
            sqlx::query(index).execute(&mut *tx).await?;
        }
    }
    Ok(tx.commit().await?)
}

impl Store {
    /// Runs the migrations that the database lacks. Several instances may start at once: on
    /// PostgreSQL an advisory lock lets one go first, on SQLite a lock file beside the database.
    ///
    /// # Errors
    ///
    /// If a migration fails, or the database is of a newer version than this program.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match self {
            Self::Postgres { pool, .. } => {
                // A migration may take its time.
                let patient = [("statement_timeout", "0"), ("lock_timeout", "0")];
                let options = pool.connect_options().as_ref().clone().options(patient);
                let alone = PgPoolOptions::new().max_connections(1).connect_with(options).await?;
                let done = migrate_postgres(&alone).await;
                alone.close().await;
                done?;
            }
            Self::Sqlite { writer, .. } => {
                let path = writer.connect_options().get_filename().to_path_buf();
                // sqlx's own lock does nothing on SQLite.
                let _lock = lock_beside(path).await?;
                MIGRATIONS.run(writer).await?;
            }
        }
        Ok(())
    }

    /// The migrations that have yet to run.
    ///
    /// # Errors
    ///
    /// If the database fails, or is of a newer version than this program.
    pub async fn pending_migrations(&self) -> Result<Vec<Migration>, StoreError> {
        let applied = self.applied_migrations().await?;
        if let Some(&version) = applied.iter().find(|&&version| !MIGRATIONS.version_exists(version))
        {
            return Err(StoreError::Newer { version });
        }
        Ok(MIGRATIONS
            .iter()
            .filter(|migration| !applied.contains(&migration.version))
            .map(|migration| Migration {
                version: migration.version,
                description: migration.description.to_string(),
            })
            .collect())
    }

    /// Whether there is nothing in it at all.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        const TABLES_SQLITE: &str = "SELECT COUNT(*) FROM sqlite_master";
        const TABLES_POSTGRES: &str = "SELECT COUNT(*) FROM information_schema.tables
            WHERE table_schema = ANY (current_schemas(false))";

        let tables: i64 = match self {
            Self::Sqlite { readers, .. } => {
                sqlx::query_scalar(TABLES_SQLITE).fetch_one(readers).await?
            }
            Self::Postgres { pool, .. } => {
                sqlx::query_scalar(TABLES_POSTGRES).fetch_one(pool).await?
            }
        };
        Ok(tables == 0)
    }

    async fn applied_migrations(&self) -> Result<Vec<i64>, StoreError> {
        const EXISTS_SQLITE: &str =
            "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'";
        const EXISTS_POSTGRES: &str = "SELECT COUNT(*) FROM information_schema.tables
            WHERE table_name = '_sqlx_migrations' AND table_schema = ANY (current_schemas(false))";
        const APPLIED: &str = "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version";

        let exists: i64 = match self {
            Self::Sqlite { readers, .. } => {
                sqlx::query_scalar(EXISTS_SQLITE).fetch_one(readers).await?
            }
            Self::Postgres { pool, .. } => {
                sqlx::query_scalar(EXISTS_POSTGRES).fetch_one(pool).await?
            }
        };
        if exists == 0 {
            return Ok(Vec::new());
        }
        let mut tx = self.read().await?;
        tx.query(APPLIED).scalars().await
    }
}

/// Waits for the lock file beside the database; it is let go when the file is dropped.
async fn lock_beside(database: PathBuf) -> Result<File, StoreError> {
    let mut path = database.into_os_string();
    path.push(".lock");
    let path = PathBuf::from(path);
    let fault = |source| StoreError::File { path: "the database's lock file".to_owned(), source };
    let locked = tokio::task::spawn_blocking(move || {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        file.lock()?;
        Ok(file)
    });
    locked.await.map_err(|error| fault(std::io::Error::other(error)))?.map_err(fault)
}
