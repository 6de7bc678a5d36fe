//! Every engine to run a test on: SQLite always, PostgreSQL where `TEST_PG` names a server.

use std::any::Any;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use protekt::audit::ChainKey;
use protekt::store::{Connect, Store};
use sqlx::Connection as _;
use tokio::sync::OnceCell;
use url::Url;

/// For a connection, on a machine that others keep busy.
const PATIENCE: Duration = Duration::from_mins(2);

/// A migrated database of its own, which goes when this is dropped; on PostgreSQL soon after, or with
/// the throw-away server.
pub struct TestStore {
    /// For messages.
    pub engine: &'static str,
    /// The store.
    pub store: Store,
    /// Opens the same database again, as another instance would.
    pub connect: Connect,
    /// Its folder or its database, which goes with it.
    _kept: Option<Box<dyn Any + Send + Sync>>,
}

impl TestStore {
    /// The same database opened again, as another instance does.
    pub async fn again(&self) -> Self {
        let store = self.connect.open().await.unwrap();
        store.record_with(chain_key());
        Self { engine: self.engine, store, connect: self.connect.clone(), _kept: None }
    }

    /// The same database opened anew, without the key of the audit trail.
    pub async fn without_key(self) -> Self {
        Self { store: self.connect.open().await.unwrap(), ..self }
    }

    /// Runs a statement past every rule, for what no command does yet.
    pub async fn run(&self, statement: &str) {
        use secrecy::ExposeSecret as _;
        use sqlx::AssertSqlSafe;

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
    open("SQLite", sqlite_url(&path), Some(Box::new(folder))).await
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

/// An empty, migrated database on the PostgreSQL server that `url` names a database of.
pub async fn postgres(url: &str) -> TestStore {
    let name = database_name();
    run_on(
        url,
        format!("CREATE DATABASE {name} TEMPLATE {} STRATEGY FILE_COPY", template(url).await),
    )
    .await
    .unwrap();
    let made = Database { server: url.to_owned(), name: name.clone() };
    open("PostgreSQL", database_url(url, &name), Some(Box::new(made))).await
}

/// The migrated database that every other one is a copy of: a copy takes a tenth of the time that
/// the migrations do.
async fn template(server: &str) -> &'static str {
    static MADE: OnceCell<String> = OnceCell::const_new();
    let make = async || {
        let name = database_name();
        make_empty(server, &name).await;
        // Nobody may be connected to what is copied.
        open("PostgreSQL", database_url(server, &name), None).await.store.close().await;
        name
    };
    MADE.get_or_init(make).await
}

/// By the order of a language, as an operator's server often has it, and not by bytes: nothing may rest on how a
/// database sorts letters, digits and signs.
async fn make_empty(server: &str, name: &str) {
    let by_language = format!(
        "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu
            ICU_LOCALE 'en-US' LC_COLLATE 'C' LC_CTYPE 'C'"
    );
    // A server before version 15, or built without ICU, has its own order alone.
    if run_on(server, by_language).await.is_err() {
        run_on(server, format!("CREATE DATABASE {name}")).await.unwrap();
    }
}

fn database_name() -> String {
    format!("t_{}", protekt::random::ulid(protekt::clock::Timestamp(0))).to_lowercase()
}

fn database_url(server: &str, name: &str) -> String {
    let mut url = Url::parse(server).unwrap();
    url.set_path(name);
    url.into()
}

async fn run_on(server: &str, statement: String) -> Result<(), sqlx::Error> {
    let mut connection = sqlx::PgConnection::connect(server).await?;
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await?;
    connection.close().await
}

/// A database of a test, which would take 10 MB for as long as the server runs.
struct Database {
    server: String,
    name: String,
}

impl Drop for Database {
    /// Hands it to a thread that removes it once its connections are gone; what is left when the
    /// tests end goes with the throw-away server.
    fn drop(&mut self) {
        static REMOVER: OnceLock<Sender<(String, String)>> = OnceLock::new();
        let remover = REMOVER.get_or_init(|| {
            let (sender, databases) = channel();
            std::thread::spawn(move || remove(&databases));
            sender
        });
        remover.send((std::mem::take(&mut self.server), std::mem::take(&mut self.name))).ok();
    }
}

fn remove(databases: &Receiver<(String, String)>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (server, name) in databases {
        runtime.block_on(async {
            // The runtime of the test closes them when it ends, soon after this.
            tokio::time::sleep(Duration::from_millis(300)).await;
            run_on(&server, format!("DROP DATABASE {name}")).await.ok();
        });
    }
}

async fn open(
    engine: &'static str,
    url: String,
    kept: Option<Box<dyn Any + Send + Sync>>,
) -> TestStore {
    let connect = Connect { url: url.into(), max_connections: 8, acquire_timeout: PATIENCE };
    let store = connect.open().await.unwrap();
    store.migrate().await.unwrap();
    store.record_with(chain_key());
    TestStore { engine, store, connect, _kept: kept }
}

#[tokio::test]
async fn migrations_run_once_and_can_be_run_again() {
    for TestStore { store, engine, connect, .. } in stores().await {
        assert_eq!(store.pending_migrations().await.unwrap(), [], "{engine}");
        connect.open().await.unwrap().migrate().await.unwrap();
        store.ping().await.unwrap();
    }
}
