//! Every engine to run a test on: SQLite always, PostgreSQL where `TEST_PG` names a server.

use std::path::Path;
use std::time::Duration;

use protekt::audit::ChainKey;
use protekt::store::{Connect, Store};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// A migrated database of its own, which goes when this is dropped (SQLite) or when the
/// throw-away server goes (PostgreSQL).
pub struct TestStore {
    /// For messages.
    pub engine: &'static str,
    /// The store.
    pub store: Store,
    /// Opens the same database again, as another instance would.
    pub connect: Connect,
    _folder: Option<TempDir>,
}

impl TestStore {
    /// The same database opened again, as another instance does.
    pub async fn again(&self) -> Self {
        let store = self.connect.open().await.unwrap();
        store.record_with(chain_key());
        Self { engine: self.engine, store, connect: self.connect.clone(), _folder: None }
    }

    /// The same database opened anew, without the key of the audit trail.
    pub async fn without_key(self) -> Self {
        Self { store: self.connect.open().await.unwrap(), ..self }
    }

    /// Runs a statement past every rule, for what no command does yet.
    pub async fn run(&self, statement: &str) {
        use secrecy::ExposeSecret as _;
        use sqlx::{AssertSqlSafe, Connection as _};

        let url = self.connect.url.expose_secret();
        let statement = AssertSqlSafe(statement.to_owned());
        if url.starts_with("sqlite") {
            let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
            sqlx::query(statement).execute(&mut connection).await.unwrap();
        } else {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            sqlx::query(statement).execute(&mut connection).await.unwrap();
        }
    }
}

/// The key that every test store records with.
pub fn chain_key() -> ChainKey {
    ChainKey::new(&[7; 32])
}

/// An empty, migrated store on each engine.
pub async fn stores() -> Vec<TestStore> {
    let mut stores = vec![sqlite().await];
    if let Ok(url) = std::env::var("TEST_PG") {
        stores.push(postgres(&url).await);
    }
    stores
}

/// An empty, migrated SQLite store.
pub async fn sqlite() -> TestStore {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("protekt.db");
    std::fs::write(&path, migrated().await).unwrap();
    open("SQLite", sqlite_url(&path), Some(folder)).await
}

/// The file of a migrated database, made once for all tests.
async fn migrated() -> &'static [u8] {
    static MADE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let make = async || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("protekt.db");
        let made = open("SQLite", sqlite_url(&path), None).await;
        made.store.close().await;
        std::fs::read(&path).unwrap()
    };
    MADE.get_or_init(make).await
}

fn sqlite_url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

/// An empty, migrated schema on the PostgreSQL server at `url`.
pub async fn postgres(url: &str) -> TestStore {
    let schema =
        format!("t_{}", protekt::random::ulid(protekt::clock::Timestamp(0))).to_lowercase();
    let admin = sqlx::PgPool::connect(url).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
    sqlx::query(create).execute(&admin).await.unwrap();
    admin.close().await;
    let separator = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{separator}options=-csearch_path%3D{schema}");
    open("PostgreSQL", url, None).await
}

async fn open(engine: &'static str, url: String, folder: Option<TempDir>) -> TestStore {
    let connect =
        Connect { url: url.into(), max_connections: 8, acquire_timeout: Duration::from_secs(20) };
    let store = connect.open().await.unwrap();
    store.migrate().await.unwrap();
    store.record_with(chain_key());
    TestStore { engine, store, connect, _folder: folder }
}

#[tokio::test]
async fn migrations_run_once_and_can_be_run_again() {
    for TestStore { store, engine, connect, .. } in stores().await {
        assert_eq!(store.pending_migrations().await.unwrap(), [], "{engine}");
        connect.open().await.unwrap().migrate().await.unwrap();
        store.ping().await.unwrap();
    }
}
