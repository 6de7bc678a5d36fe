//! Mail: written into the outbox by the unit of work that causes it, sent by a job.
//!
//! 1. [`enqueue`] keeps the message, its links and codes sealed, in the caller's unit of work.
//! 2. [`Bell::ring`] after the commit wakes the job.
//! 3. [`Delivery::deliver_due`] claims what is due, renders it, hands it to the transport while no
//!    unit of work is open, and notes what came of it.
//!
//! A mail server that is down loses nothing; only a crash between the server's 250 and our note
//! can send a message twice, under the same Message-ID.

mod letter;
mod outbox;
mod sender;
mod transport;
mod words;

pub use outbox::{MailTemplate, Message, MessageParameters, enqueue, enqueue_nothing, withdraw};
pub use sender::{Delivery, DeliverySettings, SenderAddress, UnusableSenderAddress};
pub use transport::{SmtpEncryption, SmtpServer, Transport, TransportError};
pub use words::Words;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

/// A message as the person reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// A message cannot be put into words.
#[derive(Clone, Debug, thiserror::Error)]
#[error("a message cannot be rendered: {0}")]
pub struct RenderError(pub String);

/// Puts a message into words.
pub trait MessageRenderer: Send + Sync {
    /// The words of `template` in `locale` for the reader at `recipient`.
    ///
    /// # Errors
    ///
    /// If a template fails.
    fn render(
        &self,
        template: MailTemplate,
        locale: &str,
        recipient: &str,
        parameters: &MessageParameters,
    ) -> Result<Rendered, RenderError>;
}

/// Wakes the job that sends.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// Wakes the job; call it after the commit.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Waits until the bell rings, but no longer than `most`.
    pub async fn rung_within(&self, most: Duration) {
        if tokio::time::timeout(most, self.0.notified()).await.is_err() {
            tracing::trace!("nothing rang; looking for messages all the same");
        }
    }
}
