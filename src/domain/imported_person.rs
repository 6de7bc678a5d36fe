//! A person of another system.

use super::email_address::EmailAddress;
use super::metadata::MetadataChange;
use super::{PasswordHash, UserId};
use crate::clock::Timestamp;

/// A second name to sign in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedUsername {
    /// As it was written.
    pub typed: String,
    /// As it is compared.
    pub canonical: String,
}

/// A person as another system knew them, with every field checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedPerson {
    /// The `sub` that apps know; a new one where absent.
    pub id: Option<UserId>,
    /// The address.
    pub email: EmailAddress,
    /// Whether its owner is known to read mail there.
    pub email_is_verified: bool,
    /// A second name to sign in with.
    pub username: Option<ImportedUsername>,
    /// The full name.
    pub name: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The nickname.
    pub nickname: Option<String>,
    /// An https URL.
    pub picture: Option<String>,
    /// In E.164.
    pub phone_number: Option<String>,
    /// Whether its owner is known to read messages there.
    pub phone_number_is_verified: bool,
    /// A BCP 47 tag.
    pub locale: Option<String>,
    /// A name of the tz database.
    pub zoneinfo: Option<String>,
    /// Whether they are kept out.
    pub is_blocked: bool,
    /// When they came to the other system.
    pub created_at: Option<Timestamp>,
    /// What the other system made of their password.
    pub password_hash: Option<PasswordHash>,
    /// What machines keep with the account, and the person may know.
    pub user_metadata: MetadataChange,
    /// What machines keep with the account for themselves.
    pub app_metadata: MetadataChange,
}
