//! Keys: the key-encryption key that seals what the store must not read, and the signing keys.

pub mod key_encryption_key;
pub mod seal;

pub use key_encryption_key::{KeyEncryptionKey, KeyFileError};
pub use seal::{Purpose, SealError, Sealed};
