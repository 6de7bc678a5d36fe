//! Finding the key-encryption key of this installation, and knowing it again.
//!
//! 1. The key is given, or lies in a file.
//! 2. The database keeps a check value of the key it was first used with. Another key is refused:
//!    it could open nothing.
//! 3. Only where neither file nor check value exists, on the very first start, a key is made.
//! 4. With the check value the audit trail begins. It says so itself: who empties the trail cannot
//!    make it say otherwise. That of an earlier version is replaced once an operator had its trail
//!    taken over; no start does that by itself, since whoever has the database can put it back.

use std::path::PathBuf;

use secrecy::SecretString;

use super::{KeyEncryptionKey, KeyFileError, Purpose};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
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
    /// The same, of a database that an earlier version left: see [`KeySource::take_over`].
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
    /// An earlier version left the database, or somebody made it say so.
    #[error(
        "this database says that its audit trail is of an earlier version of Protekt. If you are \
         upgrading, stop every instance and run once: protekt audit take-over. If you are not, \
         somebody changed the database: restore it from a backup"
    )]
    TrailOfEarlierVersion,
    /// Somebody put back the check value of an earlier version.
    #[error(
        "this database says that its audit trail is of an earlier version, but the trail was taken \
         over already: what says so was put back from an older copy. Restore the whole database \
         from one backup"
    )]
    CheckPutBack,
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
            Some(check) => {
                let key = self.open()?;
                if self.state_of(store, &key, &check).await? == KeyState::UsableAfterTakeOver {
                    return Err(InstallationKeyError::TrailOfEarlierVersion);
                }
                key
            }
            None => self.first_use(store).await?,
        };
        store.record_with(key.chain_key());
        Ok(key)
    }

    /// Takes over the trail that an earlier version left; says how many rows got a proof. `None`
    /// where nothing is of an earlier version. Everything else must have stopped. The trail tells of it
    /// ever after: whoever was led to it by somebody else can see when.
    ///
    /// # Errors
    ///
    /// If the key cannot be used, or the trail was taken over before.
    pub async fn take_over(
        &self,
        store: &Store,
        now: Timestamp,
    ) -> Result<Option<u64>, InstallationKeyError> {
        let Some(check) = known_check(store).await? else { return Ok(None) };
        let key = self.open()?;
        if self.state_of(store, &key, &check).await? != KeyState::UsableAfterTakeOver {
            return Ok(None);
        }
        let chain_key = key.chain_key();
        let rows = audit::take_over(store, &chain_key).await?;
        store.record_with(chain_key.clone());
        let mut tx = store.begin().await?;
        let new = check_of(&key, CHECKED);
        if installation::replace(&mut tx, installation::KEY_CHECK, &check, &new).await? {
            audit::begin(&mut tx, &chain_key).await?;
            let event = AuditEvent::success(AuditKind::TrailTakenOver);
            let event = event.with(serde_json::json!({ "events": rows }));
            audit::record(&mut tx, event, now).await?;
        }
        tx.commit().await?;
        Ok(Some(rows))
    }

    /// What [`Self::open_or_create`] would find, with nothing made. `store` is absent where the
    /// database has yet to be made.
    ///
    /// # Errors
    ///
    /// What it would fail with.
    pub async fn check(&self, store: Option<&Store>) -> Result<KeyState, InstallationKeyError> {
        let known = match store {
            Some(store) => known_check(store).await?.map(|check| (store, check)),
            None => None,
        };
        match (self.open(), known) {
            (Ok(key), Some((store, check))) => self.state_of(store, &key, &check).await,
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
        self.state_by(&key, &first.unwrap_or_default())?;
        Ok(key)
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

    /// What the key is to a database with this check value. A trail is taken over once: an earlier
    /// check value beside one that was is refused.
    async fn state_of(
        &self,
        store: &Store,
        key: &KeyEncryptionKey,
        check: &str,
    ) -> Result<KeyState, InstallationKeyError> {
        let state = self.state_by(key, check)?;
        if state != KeyState::UsableAfterTakeOver
            || !Box::pin(audit::has_begun(store, &key.chain_key())).await?
        {
            return Ok(state);
        }
        // Another instance may have taken it over since the check value was read.
        let check = known_check(store).await?.ok_or(InstallationKeyError::CheckMissing)?;
        match self.state_by(key, &check)? {
            KeyState::UsableAfterTakeOver => Err(InstallationKeyError::CheckPutBack),
            state => Ok(state),
        }
    }

    fn state_by(
        &self,
        key: &KeyEncryptionKey,
        check: &str,
    ) -> Result<KeyState, InstallationKeyError> {
        let matches = |checked| key.mac_matches(Purpose::KeyCheck, "installation", checked, check);
        if matches(CHECKED) {
            Ok(KeyState::Usable)
        } else if matches(CHECKED_EARLIER) {
            Ok(KeyState::UsableAfterTakeOver)
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
