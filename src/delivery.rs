//! Mail and SMS: written into the outbox by the unit of work that causes it, sent by a job.
//!
//! 1. [`enqueue`] keeps the message, its links and codes sealed, in the caller's unit of work.
//! 2. [`Bell::ring`] after the commit wakes the job.
//! 3. [`Delivery::deliver_due`] claims what is due, renders it, hands it to the transport while no
//!    unit of work is open, and notes what came of it.
//!
//! A mail server that is down loses nothing; only a crash between the server's 250 and our note
//! can send a message twice, under the same Message-ID.

mod dead_letters;
mod envelope;
mod files;
mod http_client;
mod letter;
mod outbox;
mod sender;
mod sendgrid;
mod sms;
mod template;
mod transport;
mod twilio;
mod webhooks;
mod words;

pub use dead_letters::{Retry, masked_recipient, retry};
pub use envelope::{OutgoingMail, OutgoingSms, SenderAddress, UnusableSenderAddress};
pub use outbox::{
    Message, MessageParameters, Sms, enqueue, enqueue_nothing, enqueue_sms, withdraw, withdraw_sms,
};
pub use sender::{Delivery, DeliverySettings, PATIENCE};
pub use sendgrid::SendGrid;
pub use sms::{SMS_FILE_SUFFIX, SmsFile, SmsTransport};
pub use template::{CodePurpose, MailTemplate, SmsTemplate};
pub use transport::{SmtpEncryption, SmtpServer, Transport, TransportError, WayOutProblem};
pub use twilio::{Twilio, TwilioAccount};
pub use webhooks::{UnusableUrl, WebhookClient, Webhooks};
pub use words::Words;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::domain::Channel;

/// A mail as the person reads it.
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

/// Who reads a message.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'message> {
    /// The address or number it goes to.
    pub address: &'message str,
    /// The language it was written down for, as a BCP 47 tag.
    pub locale: &'message str,
    /// Their zone, as a name of the tz database, where they have told it.
    pub zoneinfo: Option<&'message str>,
}

/// Puts a message into words.
pub trait MessageRenderer: Send + Sync {
    /// The words of the mail `template` for its reader.
    ///
    /// # Errors
    ///
    /// If a template fails.
    fn render(
        &self,
        template: MailTemplate,
        recipient: Recipient<'_>,
        parameters: &MessageParameters,
    ) -> Result<Rendered, RenderError>;

    /// The words of the SMS `template` in `locale`.
    fn render_sms(
        &self,
        template: SmsTemplate,
        locale: &str,
        parameters: &MessageParameters,
    ) -> String;
}

/// Wakes the jobs that send: one for each channel, so that a provider which hangs holds up no
/// other.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<Clappers>);

#[derive(Debug, Default)]
struct Clappers {
    mail: Notify,
    sms: Notify,
}

impl Bell {
    /// Wakes the jobs; call it after the commit.
    pub fn ring(&self) {
        self.0.mail.notify_one();
        self.0.sms.notify_one();
    }

    /// Waits until the bell rings for the job of `channel`, but no longer than `most`.
    pub async fn rung_within(&self, channel: Channel, most: Duration) {
        let clapper = match channel {
            Channel::Email => &self.0.mail,
            Channel::Sms => &self.0.sms,
        };
        if tokio::time::timeout(most, clapper.notified()).await.is_err() {
            tracing::trace!("nothing rang; looking for messages all the same");
        }
    }
}
