//! A message with everything that a transport needs to know of it.

use std::time::{Duration, SystemTime};

use lettre::Address;
use lettre::message::{Mailbox, MultiPart};

use super::Rendered;
use super::transport::TransportError;
use crate::clock::Timestamp;
use crate::domain::PhoneNumber;
use crate::domain::email_address::for_mail_servers;

/// The address that mails come from: `Example ID <no-reply@id.example>`, or the address alone.
#[derive(Clone, Debug)]
pub struct SenderAddress(pub(super) Mailbox);

/// It is no address.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0:?} is not a sender of mail; write it as: Example ID <no-reply@id.example>")]
pub struct UnusableSenderAddress(pub String);

impl std::str::FromStr for SenderAddress {
    type Err = UnusableSenderAddress;

    fn from_str(text: &str) -> Result<Self, UnusableSenderAddress> {
        let refused = || UnusableSenderAddress(text.to_owned());
        let typed: Mailbox = text.parse().map_err(|_| refused())?;
        let email = for_mail_servers(typed.email.as_ref()).parse().map_err(|_| refused())?;
        Ok(Self(Mailbox { email, ..typed }))
    }
}

/// A mail on its way out.
#[derive(Clone, Debug)]
pub struct OutgoingMail {
    /// Its row.
    pub(super) id: String,
    /// The right side of its Message-ID.
    pub(super) host: String,
    /// Who sends it.
    pub(super) from: Mailbox,
    /// Who gets it.
    pub(super) to: Address,
    /// What they read.
    pub(super) words: Rendered,
    /// When it was caused.
    pub(super) written_at: Timestamp,
}

impl OutgoingMail {
    /// The same for each try, so that a mail which comes twice is known for one.
    pub(super) fn message_id(&self) -> String {
        format!("<{}@{}>", self.id, self.host)
    }

    /// The builder folds and encodes, but a subject has no line break to begin with.
    pub(super) fn subject(&self) -> String {
        self.words.subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    }

    /// As SMTP takes it. Addresses and subject pass lettre's builder, which encodes whatever could
    /// begin another header.
    pub(super) fn to_message(&self) -> Result<lettre::Message, TransportError> {
        let words = self.words.clone();
        lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, self.to.clone()))
            .subject(self.subject())
            .message_id(Some(self.message_id()))
            .date(system_time(self.written_at))
            .multipart(MultiPart::alternative_plain_html(words.text, words.html))
            .map_err(|error| TransportError::lasting(&error))
    }
}

/// An SMS on its way out.
#[derive(Clone, Debug)]
pub struct OutgoingSms {
    /// Its row.
    pub(super) id: String,
    /// Who gets it.
    pub(super) to: PhoneNumber,
    /// What they read.
    pub(super) text: String,
    /// When it was caused.
    pub(super) written_at: Timestamp,
}

fn system_time(time: Timestamp) -> SystemTime {
    let seconds = Duration::from_secs(u64::try_from(time.0).unwrap_or(0));
    SystemTime::UNIX_EPOCH.checked_add(seconds).unwrap_or(SystemTime::UNIX_EPOCH)
}
