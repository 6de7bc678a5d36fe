//! Finding the key-encryption key of this installation, and knowing it again.
//!
//! 1. The key is given, or lies in a file.
//! 2. The database keeps a check value of the key it was first used with. Another key is refused:
//!    it could open nothing.
//! 3. Only where neither file nor check value exists, on the very first start, a key is made.
//! 4. With the check value the audit trail begins. It says so itself: who empties the trail cannot
//!    make it say otherwise. That of an earlier version is replaced once its trail is taken over.

use std::path::PathBuf;

use secrecy::SecretString;

use super::{KeyEncryptionKey, KeyFileError, Purpose};
use crate::audit;
use crate::store::{Store, StoreError, installation};

/// Where the key is.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// In a file; made there on the first start.
    File(PathBuf),
    /// Given as text; the name says where, for messages.
    Given {
        /// 32 bytes in base64.
        key: SecretString,
        /// Such as the name of a setting.
        name: String,
    },
}

/// What a check of the key found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It is there, and the right one.
    Usable,
    /// The same, of a database that an earlier version left: the next start takes its trail over.
    UsableAfterTakeOver,
    /// It is there, and nothing has been made with it yet.
    YetToBeUsed,
    /// Nothing has been made with a key yet: the first start makes one.
    YetToBeMade,
}

/// Why the installation has no key to work with.
#[derive(Debug, thiserror::Error)]
pub enum InstallationKeyError {
    /// The file is missing, exposed or damaged.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The database was made with another key.
    #[error(
        "this database was made with another key-encryption key than {name}. Put back the key \
         that belongs to it (it is in your backup), or point database.url at the database that \
         belongs to this key"
    )]
    Foreign {
        /// Which file or setting.
        name: String,
    },
    /// Somebody removed the check value.
    #[error(
        "this database is in use, but does not say any more which key-encryption key it was made \
         with: that was removed, and the audit trail may have been too. Restore it from a backup"
    )]
    CheckMissing,
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const CHECKED: &str = "protekt, its audit trail has begun";
/// What versions checked whose trail began with its first row.
const CHECKED_EARLIER: &str = "protekt";

impl KeySource {
    /// Opens the key, or makes it on the very first start. The database must be migrated.
    ///
    /// # Errors
    ///
    /// If the key cannot be used, or is not the one the database was made with.
    pub async fn open_or_create(
        &self,
        store: &Store,
    ) -> Result<KeyEncryptionKey, InstallationKeyError> {
        let key = match known_check(store).await? {
            Some(check) => self.known(store, &check).await?,
            None => self.first_use(store).await?,
        };
        store.record_with(key.chain_key());
        Ok(key)
    }

    async fn known(
        &self,
        store: &Store,
        check: &str,
    ) -> Result<KeyEncryptionKey, InstallationKeyError> {
        let (key, state) = self.checked(self.open()?, check)?;
        if state == KeyState::UsableAfterTakeOver {
            let chain_key = key.chain_key();
            audit::take_over(store, &chain_key).await?;
            let mut tx = store.begin().await?;
            let new = check_of(&key, CHECKED);
            if installation::replace(&mut tx, installation::KEY_CHECK, check, &new).await? {
                audit::begin(&mut tx, &chain_key).await?;
            }
            tx.commit().await?;
        }
        Ok(key)
    }

    /// Whether [`Self::open_or_create`] would work, with nothing made. `store` is absent where the
    /// database has yet to be made.
    ///
    /// # Errors
    ///
    /// What it would fail with.
    pub async fn check(&self, store: Option<&Store>) -> Result<KeyState, InstallationKeyError> {
        let known = match store {
            Some(store) => known_check(store).await?,
            None => None,
        };
        match (self.open(), known) {
            (Ok(key), Some(check)) => Ok(self.checked(key, &check)?.1),
            (Ok(_), None) => Ok(KeyState::YetToBeUsed),
            (Err(KeyFileError::Missing { .. }), None) => Ok(KeyState::YetToBeMade),
            (Err(error), _) => Err(error.into()),
        }
    }

    /// Opens the key without asking a database.
    ///
    /// # Errors
    ///
    /// If it is missing, exposed or damaged.
    pub fn open(&self) -> Result<KeyEncryptionKey, KeyFileError> {
        match self {
            Self::File(path) => KeyEncryptionKey::read(path),
            Self::Given { key, name } => KeyEncryptionKey::parse(key, name),
        }
    }

    async fn first_use(&self, store: &Store) -> Result<KeyEncryptionKey, InstallationKeyError> {
        let key = self.open_or_write()?;
        let check = check_of(&key, CHECKED);
        let mut tx = store.begin().await?;
        if installation::remember(&mut tx, installation::KEY_CHECK, &check).await? {
            audit::begin(&mut tx, &key.chain_key()).await?;
        }
        let first = installation::find(&mut tx, installation::KEY_CHECK).await?;
        tx.commit().await?;
        // Another instance may have been first, with another key.
        Ok(self.checked(key, &first.unwrap_or_default())?.0)
    }

    fn open_or_write(&self) -> Result<KeyEncryptionKey, KeyFileError> {
        let Self::File(path) = self else { return self.open() };
        match self.open() {
            Err(KeyFileError::Missing { .. }) => {}
            result => return result,
        }
        let key = KeyEncryptionKey::generate();
        match key.write_new(path) {
            Ok(()) => Ok(key),
            // An instance that started at the same time made it.
            Err(KeyFileError::Io { source, .. })
                if source.kind() == std::io::ErrorKind::AlreadyExists =>
            {
                self.open()
            }
            Err(error) => Err(error),
        }
    }

    fn checked(
        &self,
        key: KeyEncryptionKey,
        check: &str,
    ) -> Result<(KeyEncryptionKey, KeyState), InstallationKeyError> {
        let matches = |checked| key.mac_matches(Purpose::KeyCheck, "installation", checked, check);
        if matches(CHECKED) {
            Ok((key, KeyState::Usable))
        } else if matches(CHECKED_EARLIER) {
            Ok((key, KeyState::UsableAfterTakeOver))
        } else {
            Err(InstallationKeyError::Foreign { name: self.name() })
        }
    }

    fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Given { name, .. } => name.clone(),
        }
    }
}

fn check_of(key: &KeyEncryptionKey, checked: &str) -> String {
    key.mac(Purpose::KeyCheck, "installation", checked)
}

/// The check value, unless the database was never used with a key.
async fn known_check(store: &Store) -> Result<Option<String>, InstallationKeyError> {
    let mut tx = store.read().await?;
    let known = installation::find(&mut tx, installation::KEY_CHECK).await?;
    if known.is_none() && installation::is_in_use(&mut tx).await? {
        return Err(InstallationKeyError::CheckMissing);
    }
    Ok(known)
}
