//! Keys: the key-encryption key that seals what the store must not read, and the signing keys.

mod kept_pairs;
pub mod key_encryption_key;
pub mod ring;
pub mod seal;
pub mod signing_key;

pub use key_encryption_key::{KeyEncryptionKey, KeyFileError};
pub use ring::{KeyRing, KeySchedule, KeySet};
pub use seal::{Purpose, SealError, Sealed};
pub use signing_key::SigningKey;

use crate::store::{Store, StoreError, installation};

/// A fault of the keys room.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key file.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A sealed private key does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database was made with another key-encryption key.
    #[error(
        "this key-encryption key is not the one this database was made with. Put back the key \
         file of this installation from your backup, or point database.url at the right database"
    )]
    AnotherInstallation,
    /// A stored key is damaged.
    #[error("signing key {kid} cannot be used: its stored form is damaged")]
    Unusable {
        /// Which.
        kid: String,
    },
    /// There is no such published key.
    #[error("there is no published signing key {kid}; `protekt keys list` shows them")]
    Unknown {
        /// Which.
        kid: String,
    },
    /// Nothing can be signed.
    #[error("there is no current signing key")]
    NoCurrentKey,
    /// The next key has to be known to verifiers first.
    #[error(
        "the next key was published too recently: a resource server may not have seen it yet. \
         Try again in {seconds} seconds"
    )]
    TooEarly {
        /// How long to wait.
        seconds: i64,
    },
    /// A key could not be made.
    #[error("a signing key could not be made: {0}")]
    Generation(String),
    /// A token could not be signed.
    #[error("a token could not be signed: {0}")]
    Signing(String),
}

const KEY_CHECK: &str = "key_check";

/// Whether this database already belongs to a key-encryption key.
///
/// # Errors
///
/// If the store fails.
pub async fn installation_has_key(store: &Store) -> Result<bool, KeyError> {
    let mut tx = store.read().await?;
    Ok(installation::find(&mut tx, KEY_CHECK).await?.is_some())
}

/// Makes sure that this is the key the installation was made with; a new installation takes it.
///
/// # Errors
///
/// [`KeyError::AnotherInstallation`] where it is not.
pub async fn check_installation(store: &Store, key: &KeyEncryptionKey) -> Result<(), KeyError> {
    let mac = key.mac(Purpose::KeyCheck, KEY_CHECK, "protekt");
    let mut tx = store.begin().await?;
    let kept = installation::keep_first(&mut tx, KEY_CHECK, &mac).await?;
    tx.commit().await?;
    if key.mac_matches(Purpose::KeyCheck, KEY_CHECK, "protekt", &kept) {
        Ok(())
    } else {
        Err(KeyError::AnotherInstallation)
    }
}
