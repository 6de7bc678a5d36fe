//! Keys: the key-encryption key that seals what the store must not read, and the signing keys.

pub mod installation_key;
mod kept_pairs;
pub mod key_encryption_key;
pub mod ring;
pub mod seal;
pub mod signing_key;

pub use installation_key::{InstallationKeyError, KeySource, KeyState};
pub use key_encryption_key::{KeyEncryptionKey, KeyFileError};
pub use ring::{ByMachine, KeyRing, KeySchedule, KeySet};
pub use seal::{Purpose, SealError, Sealed};
pub use signing_key::SigningKey;

use crate::store::StoreError;

/// A fault of the keys room.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A sealed private key does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
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
    /// No key could take over: the next one is being made.
    #[error("no other key could sign: the next one is being made. Try again in a moment")]
    NextMissing,
    /// A key could not be made.
    #[error("a signing key could not be made: {0}")]
    Generation(String),
    /// A token could not be signed.
    #[error("a token could not be signed: {0}")]
    Signing(String),
}
