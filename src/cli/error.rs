//! Why a command fails, in words that say what to do.

use std::io;

use crate::accounts::operator::OperatorRefusal;
use crate::accounts::{AccountsFault, BlockRefusal, PermissionRefusal, RoleRefusal};
use crate::audit::TrailError;
use crate::config::{ConfigError, Unsafe};
use crate::http::serve::ListenError;
use crate::keys::{InstallationKeyError, KeyError, KeyFileError};
use crate::oauth::clients::ClientProblem;
use crate::oauth::resource_servers::ResourceServerProblem;
use crate::store::StoreError;
use crate::telemetry::TelemetryError;

/// Why a command fails.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The configuration is unsafe where strangers come.
    #[error("this setup is not safe to serve:{list}", list = listed(.0))]
    Unsafe(Vec<Unsafe>),
    /// The database.
    #[error("{0}{hint}", hint = database_hint(.0))]
    Store(#[from] StoreError),
    /// The database lacks migrations, and this command runs none.
    #[error(
        "the database is older than this protekt (migrations pending: {pending}). Make a backup, \
         then run: protekt migrate"
    )]
    Pending {
        /// How many.
        pending: usize,
    },
    /// The database has no tables yet, and this command makes none.
    #[error("the database is empty. protekt migrate makes its tables, as does protekt serve")]
    Empty,
    /// The key-encryption key.
    #[error(transparent)]
    Key(#[from] InstallationKeyError),
    /// The file of the key-encryption key.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The account.
    #[error(transparent)]
    Account(#[from] OperatorRefusal),
    /// Keeping somebody out.
    #[error(transparent)]
    Block(#[from] BlockRefusal),
    /// A role.
    #[error(transparent)]
    Role(#[from] RoleRefusal),
    /// A permission.
    #[error(transparent)]
    Permission(#[from] PermissionRefusal),
    /// An import.
    #[error(transparent)]
    Import(#[from] AccountsFault),
    /// The signing keys.
    #[error(transparent)]
    SigningKeys(#[from] KeyError),
    /// The client to register.
    #[error(transparent)]
    Client(#[from] ClientProblem),
    /// The API to register.
    #[error(transparent)]
    ResourceServer(#[from] ResourceServerProblem),
    /// The audit trail.
    #[error(transparent)]
    Trail(#[from] TrailError),
    /// The log.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// An address to listen on.
    #[error("{0}. {hint}", hint = listen_hint(.0))]
    Listen(#[from] ListenError),
    /// A port that `dev` wants.
    #[error(
        "port {port} is taken: another program listens on {address}, perhaps another protekt dev. \
         Stop it, or choose another port: {suggestion}"
    )]
    PortTaken {
        /// Which port.
        port: u16,
        /// On which address.
        address: std::net::SocketAddr,
        /// The same command with another port.
        suggestion: String,
    },
    /// A file.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// Standard output.
    #[error("the result cannot be written: {0}")]
    Output(io::Error),
    /// The threads cannot be started.
    #[error("cannot start: {0}")]
    Runtime(io::Error),
    /// `doctor` found problems, and has told them.
    #[error("{0} found. Each line above says how to mend it")]
    Unwell(String),
    /// Anything else, told in full.
    #[error("{0}")]
    Told(String),
}

impl CliError {
    pub(super) fn told(text: impl Into<String>) -> Self {
        Self::Told(text.into())
    }

    pub(super) fn file(path: &std::path::Path, source: io::Error) -> Self {
        Self::File { path: path.display().to_string(), source }
    }
}

fn listed(found: &[Unsafe]) -> String {
    let mut list = String::new();
    for Unsafe { problem, fix } in found {
        for part in ["\n  - ", problem, ".\n    ", fix] {
            list.push_str(part);
        }
    }
    list
}

const fn database_hint(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unavailable(_) => {
            ". Is it running, and is database.url (DATABASE_URL) right? protekt doctor tells more"
        }
        StoreError::Absent { .. } => {
            ". protekt serve makes it, as does protekt migrate. Where yours lies elsewhere, set \
             database.url (DATABASE_URL) or name the configuration with --config FILE"
        }
        StoreError::File { .. } => {
            ". Choose a place that can be written by setting database.url (DATABASE_URL)"
        }
        _ => "",
    }
}

fn listen_hint(error: &ListenError) -> &'static str {
    if error.is_taken() {
        "Another program listens there: stop it, or set server.listen to another address"
    } else {
        "Set server.listen to addresses of this machine, with ports that you may use"
    }
}
