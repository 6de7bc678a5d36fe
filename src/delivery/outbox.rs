//! Keeping a message until it can be sent.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::domain::UserId;
use crate::keys::{KeyEncryptionKey, Purpose, SealError, Sealed};
use crate::random;
use crate::store::outbox::NewMessage;
use crate::store::{StoreError, Tx, outbox};

/// Which message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTemplate {
    /// "Is this address yours?" Parameters: `name`, `code`, `code_until`, `link`, `link_until`,
    /// `asked_at`, `asked_from`.
    VerifyEmail,
    /// "You already have an account." Parameters: `name`, `link`, `asked_at`, `asked_from`.
    AlreadyRegistered,
    /// The link to a new password. Parameters: `name`, `link`, `link_until`, `asked_at`,
    /// `asked_from`.
    ResetPassword,
    /// The password was changed. Parameters: `name`, `link` (to a reset), `asked_at`,
    /// `asked_from`.
    PasswordChanged,
}

impl MailTemplate {
    /// Every one.
    pub const ALL: [Self; 4] =
        [Self::VerifyEmail, Self::AlreadyRegistered, Self::ResetPassword, Self::PasswordChanged];

    /// The name in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::AlreadyRegistered => "already_registered",
            Self::ResetPassword => "reset_password",
            Self::PasswordChanged => "password_changed",
        }
    }

    /// The template of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.as_str() == name)
    }
}

/// What stands in a message, by name. Never printed: codes and links are among it.
#[derive(Clone, Default)]
pub struct MessageParameters(BTreeMap<String, String>);

impl MessageParameters {
    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// A parameter; empty where it is absent.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn seal(&self, kek: &KeyEncryptionKey, place: &str) -> Result<Sealed, StoreError> {
        let fault = || StoreError::Corrupt("a message cannot be sealed".to_owned());
        let plain = Zeroizing::new(serde_json::to_vec(&self.0).map_err(|_| fault())?);
        kek.seal(Purpose::OutboxParameters, place, &plain).map_err(|_| fault())
    }

    pub(super) fn open(
        kek: &KeyEncryptionKey,
        place: &str,
        sealed: Option<String>,
    ) -> Result<Self, SealError> {
        let sealed = Sealed(sealed.ok_or(SealError)?);
        let plain = kek.open(Purpose::OutboxParameters, place, &sealed)?;
        serde_json::from_slice(&plain).map(Self).map_err(|_| SealError)
    }
}

impl std::fmt::Debug for MessageParameters {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// A message to be sent.
#[derive(Clone, Debug)]
pub struct Message<'message> {
    /// Which.
    pub template: MailTemplate,
    /// To which address.
    pub recipient: &'message str,
    /// In which language.
    pub locale: &'message str,
    /// About whose account.
    pub user_id: Option<&'message UserId>,
    /// With what in it.
    pub parameters: MessageParameters,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
}

/// Keeps a message in the caller's unit of work: it is sent if, and only if, that commits.
///
/// # Errors
///
/// If the database fails, or the cipher does.
pub async fn enqueue(
    tx: &mut Tx,
    kek: &KeyEncryptionKey,
    message: &Message<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    write(tx, kek, message, "pending", now).await
}

/// Does as much as [`enqueue`] does, and nothing is ever sent: where somebody has no account, it
/// must not show in the time that an answer takes.
///
/// # Errors
///
/// If the database fails, or the cipher does.
pub async fn enqueue_nothing(
    tx: &mut Tx,
    kek: &KeyEncryptionKey,
    message: &Message<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    write(tx, kek, message, "expired", now).await
}

async fn write(
    tx: &mut Tx,
    kek: &KeyEncryptionKey,
    message: &Message<'_>,
    state: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = random::ulid(now);
    let sealed = message.parameters.seal(kek, &id)?;
    let row = NewMessage {
        id: &id,
        template: message.template.as_str(),
        recipient: message.recipient,
        locale: message.locale,
        user_id: message.user_id,
        parameters_sealed: &sealed.0,
        state,
        expires_at: message.expires_at,
    };
    outbox::insert(tx, &row, now).await
}

/// Withdraws what waits to be sent of one kind: its links and codes no longer count.
///
/// # Errors
///
/// If the database fails.
pub async fn withdraw(
    tx: &mut Tx,
    user_id: &UserId,
    template: MailTemplate,
) -> Result<(), StoreError> {
    outbox::withdraw(tx, user_id, template.as_str()).await
}
