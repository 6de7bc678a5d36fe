//! The one secret that lies outside the database: 32 bytes in a file, or given by environment.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::random;

/// 256 bits from which every sealing key is derived.
pub struct KeyEncryptionKey(Zeroizing<[u8; 32]>);

/// Why a key file cannot be used. Each text says how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It is not there.
    #[error(
        "{path} does not exist. Where the key file of this installation lies elsewhere, name that \
         folder with keys.folder (PROTEKT_KEYS__FOLDER), or the settings with --config FILE. \
         Otherwise copy it there from your backup: without it the signing keys in the database \
         cannot be opened"
    )]
    Missing {
        /// Where it should be.
        path: String,
    },
    /// Others can read it.
    #[error("{path} can be read by others (mode {mode:o}). Run: chmod 600 {path}")]
    Exposed {
        /// Which file.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// It does not hold a key.
    #[error(
        "{path} does not hold a key: it must be 32 bytes in base64 ({found} found). Put back the \
         key file of this installation from your backup"
    )]
    Malformed {
        /// Which file or variable.
        path: String,
        /// What was found instead.
        found: String,
    },
    /// It holds a key that everybody tries first.
    #[error(
        "{path} holds a key of 32 equal bytes, which everybody can guess. Put back the key file of \
         this installation from your backup; a new installation makes a good key itself"
    )]
    Guessable {
        /// Which file or variable.
        path: String,
    },
    /// The system refuses.
    #[error("{path} cannot be used: {source}")]
    Io {
        /// Which file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

impl KeyEncryptionKey {
    /// Makes a new one.
    #[must_use]
    pub fn generate() -> Self {
        Self(Zeroizing::new(random::bytes()))
    }

    /// Reads a key written in base64; `origin` is what an error names.
    ///
    /// # Errors
    ///
    /// If it is not 32 bytes in base64, or 32 equal ones.
    pub fn parse(text: &SecretString, origin: &str) -> Result<Self, KeyFileError> {
        let text = text.expose_secret().trim();
        let malformed = |found: String| KeyFileError::Malformed { path: origin.to_owned(), found };
        let bytes = BASE64_STANDARD
            .decode(text)
            .or_else(|_| BASE64_STANDARD_NO_PAD.decode(text))
            .map(Zeroizing::new)
            .map_err(|_| malformed("something else".to_owned()))?;
        let key = <[u8; 32]>::try_from(bytes.as_slice())
            .map_err(|_| malformed(format!("{} bytes", bytes.len())))?;
        if is_one_byte_repeated(&key) {
            return Err(KeyFileError::Guessable { path: origin.to_owned() });
        }
        Ok(Self(Zeroizing::new(key)))
    }

    /// Reads the key file.
    ///
    /// # Errors
    ///
    /// If it is missing, readable by others, or does not hold a key.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let name = path.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => SecretString::from(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(KeyFileError::Missing { path: name });
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(KeyFileError::Malformed {
                    path: name,
                    found: "binary data".to_owned(),
                });
            }
            Err(source) => return Err(KeyFileError::Io { path: name, source }),
        };
        check_permissions(path)?;
        Self::parse(&text, &name)
    }

    /// Writes the key into a new file that only its owner can read.
    ///
    /// # Errors
    ///
    /// If the file exists or cannot be written.
    pub fn write_new(&self, path: &Path) -> Result<(), KeyFileError> {
        let fault = |source| KeyFileError::Io { path: path.display().to_string(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(fault)?;
        }
        let text = Zeroizing::new(format!("{}\n", BASE64_STANDARD.encode(self.0.as_slice())));
        // Under another name first: neither a second instance nor a crash may meet half a key.
        let draft = path.with_extension(format!("{}.tmp", random::identifier()));
        let written = write_private(&draft, text.as_bytes())
            .and_then(|()| match std::fs::hard_link(&draft, path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    // This file system has no links.
                    write_private(path, text.as_bytes())
                }
                linked => linked,
            })
            .and_then(|()| sync_folder_of(path));
        std::fs::remove_file(&draft).ok();
        written.map_err(fault)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("KeyEncryptionKey(…)")
    }
}

fn is_one_byte_repeated(key: &[u8; 32]) -> bool {
    let [first, rest @ ..] = key;
    rest.iter().all(|byte| byte == first)
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all())
}

/// The name of a new file is on the disk only once its folder is.
#[cfg(unix)]
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder_of(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn check_permissions(path: &Path) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt as _;

    let name = path.display().to_string();
    let metadata = std::fs::metadata(path)
        .map_err(|source| KeyFileError::Io { path: name.clone(), source })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode.trailing_zeros() >= 6 {
        Ok(())
    } else {
        Err(KeyFileError::Exposed { path: name, mode })
    }
}

#[cfg(not(unix))]
fn check_permissions(_path: &Path) -> Result<(), KeyFileError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_key_reads_back_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/key-encryption-key");
        let key = KeyEncryptionKey::generate();
        key.write_new(&path).unwrap();
        assert_eq!(KeyEncryptionKey::read(&path).unwrap().bytes(), key.bytes());
        assert!(key.write_new(&path).is_err(), "an existing key is never overwritten");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_remedy() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        KeyEncryptionKey::generate().write_new(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = KeyEncryptionKey::read(&path).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }

    #[test]
    fn an_empty_truncated_or_binary_key_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for content in [&b""[..], b"AAAA", b"\xff\xfe\x00", b"-----BEGIN PRIVATE KEY-----"] {
            std::fs::remove_file(&path).ok();
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(&path).unwrap().write_all(content).unwrap();
            let error = KeyEncryptionKey::read(&path).unwrap_err();
            assert!(matches!(error, KeyFileError::Malformed { .. }), "{error}");
        }
    }

    /// CF-09.
    #[test]
    fn a_key_of_equal_bytes_is_refused() {
        for byte in [0, 0x41] {
            let text = BASE64_STANDARD.encode([byte; 32]);
            let error = KeyEncryptionKey::parse(&text.into(), "keys/key").unwrap_err();
            assert!(matches!(error, KeyFileError::Guessable { .. }), "{error}");
        }
    }

    #[test]
    fn a_missing_key_is_no_reason_to_make_a_new_one() {
        let error = KeyEncryptionKey::read(Path::new("/nonexistent/key")).unwrap_err();
        assert!(matches!(error, KeyFileError::Missing { .. }));
    }
}
