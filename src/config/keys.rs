//! `[keys]`: the key-encryption key and the signing keys.

use std::path::PathBuf;

use secrecy::SecretString;

use super::reader::Section;

/// The name of the key-encryption key's file in the folder.
pub const KEY_FILE: &str = "key-encryption-key";

/// The key-encryption key and the signing keys.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Where the key-encryption key lies, made there on the first start.
    pub folder: PathBuf,
    /// The key itself, where it is given instead.
    pub key_encryption_key: Option<SecretString>,
    /// The file that it was given by.
    pub key_encryption_key_file: Option<PathBuf>,
    /// How often the signing key changes.
    pub rotation_days: i64,
    /// How long others may keep our public keys, in seconds.
    pub jwks_max_age: i64,
}

impl Keys {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        // The file is not read here: whoever opens it also checks who else can.
        let file = section.path("key_encryption_key_file");
        let given = section.secret_without_file("key_encryption_key");
        Self {
            folder: section.path("folder").unwrap_or_else(|| "keys".into()),
            key_encryption_key: given,
            key_encryption_key_file: file,
            rotation_days: section.number("rotation_days", 90, 1..=3_650),
            jwks_max_age: section.seconds("jwks_max_age", 300, 60..=86_400),
        }
    }

    pub(super) fn validate(&self) -> Vec<String> {
        if self.key_encryption_key.is_some() && self.key_encryption_key_file.is_some() {
            return vec![
                "keys.key_encryption_key and keys.key_encryption_key_file are both given: \
                         keep one"
                    .to_owned(),
            ];
        }
        Vec::new()
    }

    /// The file of the key-encryption key, where it is not given as text.
    #[must_use]
    pub fn key_file(&self) -> Option<PathBuf> {
        if self.key_encryption_key.is_some() {
            return None;
        }
        Some(self.key_encryption_key_file.clone().unwrap_or_else(|| self.folder.join(KEY_FILE)))
    }
}
