//! Keeping a message until it can be sent.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::template::{MailTemplate, SmsTemplate};
use crate::clock::Timestamp;
use crate::domain::{Channel, PhoneNumber, UserId};
use crate::keys::{KeyEncryptionKey, Purpose, SealError, Sealed};
use crate::random;
use crate::store::outbox::NewMessage;
use crate::store::{StoreError, Tx, outbox};

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

    /// Adds a time: it is put into words when the message is, in the reader's language and zone.
    #[must_use]
    pub fn with_time(self, name: &str, time: Timestamp) -> Self {
        self.with(name, time.0.to_string())
    }

    /// A time; `None` where it is absent or something else.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        self.text(name).parse().ok().map(Timestamp)
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

/// A mail to be sent.
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

/// An SMS to be sent.
#[derive(Clone, Debug)]
pub struct Sms<'message> {
    /// Which.
    pub template: SmsTemplate,
    /// To which number.
    pub recipient: &'message PhoneNumber,
    /// In which language.
    pub locale: &'message str,
    /// About whose account.
    pub user_id: Option<&'message UserId>,
    /// With what in it.
    pub parameters: MessageParameters,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
}

/// Keeps a mail in the caller's unit of work: it is sent if, and only if, that commits.
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
    write(tx, kek, Draft::of(message), now).await
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
    write(tx, kek, Draft { state: "expired", ..Draft::of(message) }, now).await
}

/// Keeps an SMS in the caller's unit of work: it is sent if, and only if, that commits.
///
/// # Errors
///
/// If the database fails, or the cipher does.
pub async fn enqueue_sms(
    tx: &mut Tx,
    kek: &KeyEncryptionKey,
    sms: &Sms<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let draft = Draft {
        channel: Channel::Sms,
        template: sms.template.as_str(),
        recipient: sms.recipient.as_str(),
        locale: sms.locale,
        user_id: sms.user_id,
        parameters: &sms.parameters,
        state: "pending",
        expires_at: sms.expires_at,
    };
    write(tx, kek, draft, now).await
}

/// A message of either channel before it has an id.
struct Draft<'message> {
    channel: Channel,
    template: &'message str,
    recipient: &'message str,
    locale: &'message str,
    user_id: Option<&'message UserId>,
    parameters: &'message MessageParameters,
    state: &'message str,
    expires_at: Timestamp,
}

impl<'message> Draft<'message> {
    fn of(mail: &'message Message<'message>) -> Self {
        Self {
            channel: Channel::Email,
            template: mail.template.as_str(),
            recipient: mail.recipient,
            locale: mail.locale,
            user_id: mail.user_id,
            parameters: &mail.parameters,
            state: "pending",
            expires_at: mail.expires_at,
        }
    }
}

async fn write(
    tx: &mut Tx,
    kek: &KeyEncryptionKey,
    draft: Draft<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = random::ulid(now);
    let sealed = draft.parameters.seal(kek, &id)?;
    let row = NewMessage {
        id: &id,
        channel: draft.channel,
        template: draft.template,
        recipient: draft.recipient,
        locale: draft.locale,
        user_id: draft.user_id,
        parameters_sealed: &sealed.0,
        state: draft.state,
        expires_at: draft.expires_at,
    };
    outbox::insert(tx, &row, now).await
}

/// Withdraws the mails of one kind that wait to be sent: their links and codes no longer count.
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

/// Withdraws the SMS of one kind that wait to be sent: their codes no longer count.
///
/// # Errors
///
/// If the database fails.
pub async fn withdraw_sms(
    tx: &mut Tx,
    user_id: &UserId,
    template: SmsTemplate,
) -> Result<(), StoreError> {
    outbox::withdraw(tx, user_id, template.as_str()).await
}
