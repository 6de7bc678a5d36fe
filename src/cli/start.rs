//! What every command begins with: the configuration, the log, the database, the key.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::accounts::Giver;
use crate::clock::{Clock as _, SystemClock, Timestamp};
use crate::config::log::Format;
use crate::config::{Config, ConfigError, DEFAULT_FILE};
use crate::domain::claims::can_hold_roles;
use crate::http::serve::Limits;
use crate::keys::{KeyEncryptionKey, KeySource, KeyState};
use crate::store::{Connect, Store, StoreError};
use crate::telemetry::Telemetry;

use super::output::Output;
use super::{CliError, open_files};

/// How long whoever exports the audit trail may take nothing of it.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// Reads the configuration: the file, then `.env`, then the environment.
pub(super) fn load_config(file: Option<&Path>) -> Result<Config, ConfigError> {
    let default = Path::new(DEFAULT_FILE);
    let file = file.or_else(|| default.exists().then_some(default));
    checked(Config::load(file, environment())?)
}

/// Refuses what the configuration alone does not know to be wrong.
pub(super) fn checked(config: Config) -> Result<Config, ConfigError> {
    match &config.tokens.roles_claim {
        Some(name) if !can_hold_roles(name) => Err(ConfigError::Invalid(vec![format!(
            "tokens.roles_claim (PROTEKT_TOKENS__ROLES_CLAIM) is {name:?}, which is the name of \
             another claim or none at all: take one of at most 200 printable ASCII characters, \
             such as \"roles\" or \"https://example.com/roles\", or \"\" for no claim"
        )])),
        _ => Ok(config),
    }
}

/// `.env`, then the environment, which wins.
pub(super) fn environment() -> Vec<(String, String)> {
    let from_file = dotenvy::from_path_iter(".env").ok().into_iter().flatten();
    // What is no Unicode is not for us.
    let from_process = std::env::vars_os()
        .filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)));
    from_file.filter_map(Result::ok).chain(from_process).collect()
}

/// Begins to log, and says there what the operator should know.
pub(super) fn start_log(config: &Config) -> Result<(), CliError> {
    let telemetry = Telemetry {
        level: config.log.level.as_str(),
        json: config.log.format == Format::Json,
        folder: config.log.to_file.then(|| config.log.dir.clone()),
        today: || SystemClock.now().to_rfc3339().chars().take(10).collect(),
    };
    telemetry.start()?;
    for note in &config.notes {
        tracing::warn!("{note}");
    }
    Ok(())
}

/// Where the database is.
pub(super) fn connect(config: &Config) -> Connect {
    Connect {
        url: config.database.url.clone(),
        max_connections: config.database.max_connections,
        acquire_timeout: config.database.acquire_timeout,
    }
}

/// Opens the database and brings it up to date.
pub(super) async fn open_store(config: &Config) -> Result<Store, CliError> {
    let store = connect(config).open().await?;
    store.migrate().await?;
    Ok(store)
}

/// Opens a database that is there and up to date; makes nothing and migrates nothing.
pub(super) async fn open_existing_store(config: &Config) -> Result<Store, CliError> {
    let store = connect(config).open_existing().await?;
    let pending = store.pending_migrations().await?.len();
    if pending == 0 {
        return Ok(store);
    }
    let is_empty = store.is_empty().await?;
    store.close().await;
    Err(if is_empty { CliError::Empty } else { CliError::Pending { pending } })
}

/// A database to look at, which may be a passing one.
pub(super) struct Looked {
    pub(super) store: Store,
    /// Where the passing one lies, until this is dropped.
    folder: Option<TempDir>,
}

impl Looked {
    /// Whether the installation has none yet.
    pub(super) const fn is_passing(&self) -> bool {
        self.folder.is_some()
    }
}

/// Opens the database for a command that only looks; an empty one that goes with it where there is
/// none yet.
pub(super) async fn open_to_look(config: &Config) -> Result<Looked, CliError> {
    match open_existing_store(config).await {
        Err(CliError::Empty | CliError::Store(StoreError::Absent { .. })) => {}
        opened => return Ok(Looked { store: opened?, folder: None }),
    }
    let folder =
        tempfile::tempdir().map_err(|fault| CliError::file(&std::env::temp_dir(), fault))?;
    let url = format!("sqlite:{}", folder.path().join("passing.db").display());
    let store = Connect { url: url.into(), ..connect(config) }.open().await?;
    store.migrate().await?;
    Ok(Looked { store, folder: Some(folder) })
}

/// Opens the database for a command that may begin an installation: a new one is made, and told
/// of. One that is in use is never migrated.
pub(super) async fn open_or_make_store(
    config: &Config,
    output: &mut Output,
) -> Result<Store, CliError> {
    match open_existing_store(config).await {
        Err(CliError::Empty | CliError::Store(StoreError::Absent { .. })) => {}
        opened => return opened,
    }
    let store = open_store(config).await?;
    let place = match config.database.sqlite_path() {
        Some(path) => format!("at {}", path.display()),
        None => "where database.url (DATABASE_URL) points".to_owned(),
    };
    output.note(format!("Made a new database {place}: there was none."))?;
    Ok(store)
}

/// Does `work` and closes the store, whatever came of it: a SQLite database that nobody closed
/// keeps files beside it.
pub(super) async fn closing<T>(
    store: &Store,
    work: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    let done = work.await;
    store.close().await;
    done
}

/// The same for work that leaves rows in the trail: they are recorded under the key, which is opened
/// first.
pub(super) async fn closing_recorded<T>(
    config: &Config,
    store: &Store,
    work: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    let recorded = async {
        key_source(config).open_or_create(store).await?;
        work.await
    };
    closing(store, recorded).await
}

/// Where the key-encryption key is.
pub(super) fn key_source(config: &Config) -> KeySource {
    let keys = &config.keys;
    match &keys.key_encryption_key {
        Some(key) => KeySource::Given {
            key: key.clone(),
            name: "keys.key_encryption_key (PROTEKT_KEYS__KEY_ENCRYPTION_KEY)".to_owned(),
        },
        None => KeySource::File(keys.key_file().unwrap_or_default()),
    }
}

/// The key for a command that only looks. Where no key was made yet, nothing was sealed with one,
/// and a passing one does as well.
pub(super) async fn key_to_look(
    config: &Config,
    store: &Store,
) -> Result<KeyEncryptionKey, CliError> {
    let source = key_source(config);
    Ok(match source.check(Some(store)).await? {
        KeyState::YetToBeMade => KeyEncryptionKey::generate(),
        _ => source.open()?,
    })
}

/// What the servers may take.
pub(super) fn limits(config: &Config) -> Limits {
    let server = &config.server;
    Limits {
        header_read_timeout: server.header_read_timeout,
        max_headers: server.max_headers,
        max_header_bytes: server.max_header_bytes,
        max_connections: open_files::affordable(server.max_connections),
        longest_pause: LONGEST_PAUSE,
        shutdown_grace: server.shutdown_grace,
    }
}

/// Who changes things by command, and when.
pub(super) fn by_operator() -> (Giver<'static>, Timestamp) {
    (Giver::Operator, SystemClock.now())
}
