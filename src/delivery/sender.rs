//! Sending what waits.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lettre::message::{Mailbox, MultiPart};

use super::outbox::{MailTemplate, MessageParameters};
use super::transport::{Transport, TransportError};
use super::{Bell, MessageRenderer};
use crate::audit;
use crate::clock::{Clock, Timestamp};
use crate::domain::UserId;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::keys::KeyEncryptionKey;
use crate::store::outbox::ClaimedMessage;
use crate::store::{Store, StoreError, Tx, outbox};

/// How long a message stays in the hands of the instance that took it.
const LEASE_SECONDS: i64 = 120;
/// Far below the lease, so that a message is never in two hands.
const SEND_TIMEOUT: Duration = Duration::from_secs(45);
/// How many messages are sent at once.
const AT_ONCE: usize = 4;
/// After so many tries a message is given up.
const MOST_ATTEMPTS: i64 = 12;

/// The address that mails come from: `Example ID <no-reply@id.example>`, or the address alone.
#[derive(Clone, Debug)]
pub struct SenderAddress(Mailbox);

/// It is no address.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0:?} is not a sender of mail; write it as: Example ID <no-reply@id.example>")]
pub struct UnusableSenderAddress(pub String);

impl std::str::FromStr for SenderAddress {
    type Err = UnusableSenderAddress;

    fn from_str(text: &str) -> Result<Self, UnusableSenderAddress> {
        text.parse().map(Self).map_err(|_| UnusableSenderAddress(text.to_owned()))
    }
}

/// What stands on every envelope.
#[derive(Clone, Debug)]
pub struct DeliverySettings {
    /// Who it comes from.
    pub from: SenderAddress,
    /// The issuer's host, the right side of every Message-ID.
    pub host: String,
}

/// Sends what the outbox holds. Cheap to clone.
#[derive(Clone)]
pub struct Delivery {
    /// Where the outbox is.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Opens what stands in a message.
    pub kek: Arc<KeyEncryptionKey>,
    /// Puts messages into words.
    pub renderer: Arc<dyn MessageRenderer>,
    /// Takes them away.
    pub transport: Arc<Transport>,
    /// What stands on every envelope.
    pub settings: DeliverySettings,
    /// Rung by whoever enqueues.
    pub bell: Bell,
}

enum Failure {
    /// Trying again may help.
    Passing(String),
    /// It cannot be sent, now or later.
    Lasting(String),
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        if error.is_lasting { Self::Lasting(error.reason) } else { Self::Passing(error.reason) }
    }
}

impl Delivery {
    /// Sends at most `limit` messages that are due, and says how many were sent. Where no way to
    /// send is configured they are set aside at once: nobody expects them by the time there is one.
    ///
    /// # Errors
    ///
    /// If the database fails; what was claimed is due again after its lease.
    pub async fn deliver_due(&self, limit: usize) -> Result<usize, StoreError> {
        if !outbox::is_due(&mut self.store.read().await?, self.clock.now()).await? {
            return Ok(0);
        }
        self.expire().await?;
        if self.never_sends() {
            return Ok(0);
        }
        let (mut claimed, mut sent) = (0, 0);
        while claimed < limit {
            let messages = self.claim(AT_ONCE.min(limit - claimed)).await?;
            if messages.is_empty() {
                break;
            }
            claimed += messages.len();
            let attempts = messages.into_iter().map(|message| self.attempt(message));
            for outcome in futures_util::future::join_all(attempts).await {
                sent += usize::from(outcome?);
            }
        }
        Ok(sent)
    }

    async fn claim(&self, limit: usize) -> Result<Vec<ClaimedMessage>, StoreError> {
        let now = self.clock.now();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut tx = self.store.begin().await?;
        let messages = outbox::claim(&mut tx, limit, now.plus(LEASE_SECONDS), now).await?;
        tx.commit().await?;
        Ok(messages)
    }

    /// Sends one message and notes what came of it.
    async fn attempt(&self, mut message: ClaimedMessage) -> Result<bool, StoreError> {
        let sent = self.send(&mut message).await;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        match &sent {
            Ok(()) => outbox::mark_sent(&mut tx, &message, now).await?,
            Err(Failure::Passing(reason)) if message.attempts < MOST_ATTEMPTS => {
                tracing::warn!(outbox_id = %message.id, attempt = message.attempts, "a mail must wait");
                let due = now.plus(pause_after(message.attempts));
                outbox::put_back(&mut tx, &message, reason, due).await?;
            }
            Err(Failure::Passing(reason) | Failure::Lasting(reason)) => {
                if outbox::give_up(&mut tx, &message, reason).await? {
                    let lost = (message.id.as_str(), message.user_id.as_ref());
                    record_loss(&mut tx, lost, "dead", now).await?;
                }
            }
        }
        tx.commit().await?;
        Ok(sent.is_ok())
    }

    async fn send(&self, message: &mut ClaimedMessage) -> Result<(), Failure> {
        let mail = self.write(message)?;
        let sending = self.transport.send(&message.id, mail);
        match tokio::time::timeout(SEND_TIMEOUT, sending).await {
            Ok(outcome) => Ok(outcome?),
            Err(_) => Err(Failure::Passing("the mail server takes too long".to_owned())),
        }
    }

    /// The whole mail. Addresses and subject pass lettre's builder, which encodes whatever could
    /// begin another header.
    fn write(&self, message: &mut ClaimedMessage) -> Result<lettre::Message, Failure> {
        let lasting = |error: &dyn std::fmt::Display| Failure::Lasting(error.to_string());
        let template = MailTemplate::named(&message.template)
            .ok_or_else(|| lasting(&"this version does not know the template"))?;
        let sealed = message.parameters_sealed.take();
        let parameters = MessageParameters::open(&self.kek, &message.id, sealed)
            .map_err(|error| lasting(&error))?;
        let words = self
            .renderer
            .render(template, &message.locale, &message.recipient, &parameters)
            .map_err(|error| Failure::Passing(error.to_string()))?;
        let recipient =
            message.recipient.parse().map_err(|_| lasting(&"the address cannot be used"))?;
        lettre::Message::builder()
            .from(self.settings.from.0.clone())
            .to(Mailbox::new(None, recipient))
            .subject(one_line(&words.subject))
            .message_id(Some(format!("<{}@{}>", message.id, self.settings.host)))
            .date(system_time(message.created_at))
            .multipart(MultiPart::alternative_plain_html(words.text, words.html))
            .map_err(|error| lasting(&error))
    }

    fn never_sends(&self) -> bool {
        matches!(*self.transport, Transport::Unconfigured)
    }

    async fn expire(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let expired = if self.never_sends() {
            outbox::expire_all(&mut tx, now).await?
        } else {
            outbox::expire(&mut tx, now).await?
        };
        for (id, user_id) in expired {
            record_loss(&mut tx, (&id, user_id.as_ref()), "expired", now).await?;
        }
        tx.commit().await
    }
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Delivery").field("settings", &self.settings).finish_non_exhaustive()
    }
}

async fn record_loss(
    tx: &mut Tx,
    (id, user_id): (&str, Option<&UserId>),
    state: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut event = AuditEvent::failure(AuditKind::DeliveryFailed)
        .with(serde_json::json!({ "message": id, "state": state }));
    event.user_id = user_id.cloned();
    audit::record(tx, event, now).await
}

/// Seconds to wait after the given number of tries: soon at first, then by the hour.
const fn pause_after(attempts: i64) -> i64 {
    match attempts {
        ..=1 => 5,
        2 => 30,
        3 => 2 * 60,
        4 => 10 * 60,
        _ => 60 * 60,
    }
}

/// The builder folds and encodes, but a subject has no line break to begin with.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn system_time(time: Timestamp) -> SystemTime {
    let seconds = Duration::from_secs(u64::try_from(time.0).unwrap_or(0));
    SystemTime::UNIX_EPOCH.checked_add(seconds).unwrap_or(SystemTime::UNIX_EPOCH)
}
