//! Sending what waits.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

use super::envelope::{OutgoingMail, OutgoingSms, SenderAddress};
use super::outbox::MessageParameters;
use super::sms::SmsTransport;
use super::template::{MailTemplate, SmsTemplate};
use super::transport::{Transport, TransportError};
use super::{Bell, MessageRenderer, Recipient};
use crate::audit;
use crate::clock::{Clock, Timestamp};
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::email_address::for_mail_servers;
use crate::domain::{Channel, UserId};
use crate::keys::KeyEncryptionKey;
use crate::store::outbox::ClaimedMessage;
use crate::store::{Store, StoreError, Tx, outbox};

/// How long a message stays in the hands of the instance that took it.
const LEASE_SECONDS: i64 = 120;
/// The usual [`DeliverySettings::patience`].
pub const PATIENCE: Duration = Duration::from_secs(45);
/// How many messages are sent at once.
const AT_ONCE: usize = 4;
/// After so many tries a message is given up.
const MOST_ATTEMPTS: i64 = 12;
/// The longest time between two tries, whatever a provider asks for, in seconds.
const LONGEST_PAUSE: i64 = 60 * 60;

/// How soon other messages are looked for while one is under way.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The messages that are under way, each in a task of its own: one that waits for the database must not
/// be held up by whoever looks for more.
#[derive(Default)]
struct Window {
    attempts: JoinSet<Result<bool, StoreError>>,
    claimed: usize,
    sent: usize,
    /// Why no more are taken.
    failed: Option<StoreError>,
}

impl Window {
    fn note(&mut self, done: Result<Result<bool, StoreError>, JoinError>) {
        match done {
            Ok(Ok(is_sent)) => self.sent += usize::from(is_sent),
            Ok(Err(error)) => self.failed = Some(error),
            // It is due again after its lease.
            Err(error) => tracing::error!(%error, "a message was given up on the way"),
        }
    }
}

/// What stands on every envelope.
#[derive(Clone, Debug)]
pub struct DeliverySettings {
    /// Who it comes from.
    pub from: SenderAddress,
    /// The issuer's host, the right side of every Message-ID.
    pub host: String,
    /// How long whoever takes a message may need for it; far below two minutes, the time that a
    /// message stays in the hands of one instance.
    pub patience: Duration,
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
    /// Takes mails away.
    pub transport: Arc<Transport>,
    /// Takes SMS away.
    pub sms: Arc<SmsTransport>,
    /// What stands on every envelope.
    pub settings: DeliverySettings,
    /// Rung by whoever enqueues.
    pub bell: Bell,
}

impl Delivery {
    /// Sends at most `limit` messages of each channel that are due, and says how many were sent.
    ///
    /// # Errors
    ///
    /// If the database fails; what was claimed is due again after its lease.
    pub async fn deliver_due(&self, limit: usize) -> Result<usize, StoreError> {
        let mails = self.deliver_due_by(Channel::Email, limit).await?;
        Ok(mails + self.deliver_due_by(Channel::Sms, limit).await?)
    }

    /// The same for one channel. Where no way to send is configured its messages are set aside at
    /// once: nobody expects them by the time there is one.
    ///
    /// # Errors
    ///
    /// As [`Self::deliver_due`].
    pub async fn deliver_due_by(
        &self,
        channel: Channel,
        limit: usize,
    ) -> Result<usize, StoreError> {
        let now = self.clock.now();
        if !outbox::is_due(&mut self.store.read().await?, channel, now).await? {
            return Ok(0);
        }
        if !self.is_configured(channel) {
            self.set_aside(channel).await?;
            return Ok(0);
        }
        self.expire().await?;
        let mut window = Window::default();
        while self.fill(&mut window, (channel, limit)).await {
            // Whoever takes one message slowly holds up no other: while it hangs, others are looked for.
            tokio::select! {
                Some(done) = window.attempts.join_next() => window.note(done),
                () = self.bell.rung_within(channel, LOOK_AGAIN) => {}
            }
        }
        window.failed.map_or(Ok(window.sent), Err)
    }

    /// Begins to send what there is room for; says whether anything is under way.
    async fn fill(&self, window: &mut Window, (channel, limit): (Channel, usize)) -> bool {
        let room = AT_ONCE.saturating_sub(window.attempts.len()).min(limit - window.claimed);
        if room > 0 && window.failed.is_none() {
            match self.claim(channel, room).await {
                Ok(messages) => {
                    window.claimed += messages.len();
                    for message in messages {
                        let delivery = self.clone();
                        window.attempts.spawn(async move { delivery.attempt(message).await });
                    }
                }
                Err(error) => window.failed = Some(error),
            }
        }
        !window.attempts.is_empty()
    }

    async fn claim(
        &self,
        channel: Channel,
        limit: usize,
    ) -> Result<Vec<ClaimedMessage>, StoreError> {
        let now = self.clock.now();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut tx = self.store.begin().await?;
        let until = now.plus(LEASE_SECONDS);
        let messages = outbox::claim(&mut tx, (channel, limit), until, now).await?;
        tx.commit().await?;
        Ok(messages)
    }

    /// Sends one message and notes what came of it.
    async fn attempt(&self, mut message: ClaimedMessage) -> Result<bool, StoreError> {
        let mut sent = self.send(&mut message).await;
        if let Err(error) = &mut sent {
            // Servers name whom they refuse; a list of faults need not.
            error.reason = error.reason.replace(&message.recipient, "…");
        }
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        match &sent {
            Ok(()) => {
                outbox::mark_sent(&mut tx, &message, now).await?;
                if message.template == MailTemplate::AccountDeleted.as_str() {
                    // The last that was kept of the person.
                    outbox::forget_recipient(&mut tx, &message.id).await?;
                }
            }
            Err(error) if !error.is_lasting && message.attempts < MOST_ATTEMPTS => {
                tracing::warn!(
                    outbox_id = %message.id,
                    attempt = message.attempts,
                    "a message must wait"
                );
                let asked = error.retry_after.unwrap_or_default().min(LONGEST_PAUSE);
                let due = now.plus(pause_after(message.attempts).max(asked));
                outbox::put_back(&mut tx, &message, &error.reason, due).await?;
            }
            Err(error) => {
                if outbox::give_up(&mut tx, &message, &error.reason).await? {
                    let lost = (message.id.as_str(), message.user_id.as_ref());
                    record_loss(&mut tx, lost, "dead", now).await?;
                }
            }
        }
        tx.commit().await?;
        Ok(sent.is_ok())
    }

    async fn send(&self, message: &mut ClaimedMessage) -> Result<(), TransportError> {
        let sealed = message.parameters_sealed.take();
        let parameters = MessageParameters::open(&self.kek, &message.id, sealed)
            .map_err(|error| TransportError::lasting(&error))?;
        let sending = async {
            match message.channel {
                Channel::Email => {
                    self.transport.send(&self.write_mail(message, &parameters)?).await
                }
                Channel::Sms => self.sms.send(&self.write_sms(message, &parameters)?).await,
            }
        };
        tokio::time::timeout(self.settings.patience, sending).await.unwrap_or_else(|_| {
            Err(TransportError::passing(&"whoever should take the message takes too long"))
        })
    }

    fn write_mail(
        &self,
        message: &ClaimedMessage,
        parameters: &MessageParameters,
    ) -> Result<OutgoingMail, TransportError> {
        let template = MailTemplate::named(&message.template).ok_or_else(unknown_template)?;
        let reader = Recipient {
            address: &message.recipient,
            locale: &message.locale,
            zoneinfo: message.zoneinfo.as_deref(),
        };
        let words = self
            .renderer
            .render(template, reader, parameters)
            .map_err(|error| TransportError::passing(&error))?;
        let to = for_mail_servers(&message.recipient).parse();
        Ok(OutgoingMail {
            id: message.id.clone(),
            host: self.settings.host.clone(),
            from: self.settings.from.0.clone(),
            to: to.map_err(|_| TransportError::lasting(&"the address cannot be used"))?,
            words,
            written_at: message.created_at,
        })
    }

    fn write_sms(
        &self,
        message: &ClaimedMessage,
        parameters: &MessageParameters,
    ) -> Result<OutgoingSms, TransportError> {
        let template = SmsTemplate::named(&message.template).ok_or_else(unknown_template)?;
        let to = message.recipient.parse();
        Ok(OutgoingSms {
            id: message.id.clone(),
            to: to.map_err(|_| TransportError::lasting(&"the number cannot be used"))?,
            text: self.renderer.render_sms(template, &message.locale, parameters),
            written_at: message.created_at,
        })
    }

    fn is_configured(&self, channel: Channel) -> bool {
        match channel {
            Channel::Email => self.transport.is_configured(),
            Channel::Sms => self.sms.is_configured(),
        }
    }

    /// Sets aside what cannot go anywhere. That is no loss for the trail: whoever configured no way
    /// expects none to be used.
    async fn set_aside(&self, channel: Channel) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let messages = outbox::expire_all(&mut tx, channel, self.clock.now()).await?;
        tx.commit().await?;
        tracing::debug!(messages, ?channel, "set aside: no way to send them is configured");
        Ok(())
    }

    async fn expire(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        for (id, user_id) in outbox::expire(&mut tx, now).await? {
            record_loss(&mut tx, (&id, user_id.as_ref()), "expired", now).await?;
        }
        tx.commit().await
    }
}

fn unknown_template() -> TransportError {
    TransportError::lasting(&"this version does not know the template")
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
        _ => LONGEST_PAUSE,
    }
}
