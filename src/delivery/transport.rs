//! Ways out for mail.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};

use super::envelope::OutgoingMail;
use super::files;

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpEncryption {
    /// From the first byte (RFC 8314 §3.3), usually port 465.
    Implicit,
    /// By STARTTLS, which must be offered, usually port 587.
    StartTls,
    /// Not at all: for a server on this machine only.
    None,
}

/// A mail server.
#[derive(Clone, Debug)]
pub struct SmtpServer {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub encryption: SmtpEncryption,
    /// Name and password, where it wants them.
    pub credentials: Option<(String, SecretString)>,
}

/// Where mail goes.
#[derive(Clone)]
pub enum Transport {
    /// To a mail server.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// To where the operator can read it: codes and links included.
    Console(Arc<Mutex<dyn Write + Send>>),
    /// Into a folder, one `.eml` file each.
    Folder(PathBuf),
    /// Nowhere: messages are set aside at once, and never sent.
    Unconfigured,
}

/// A message was not taken.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{reason}")]
pub struct TransportError {
    /// What the other side said, cut to a sane length.
    pub reason: String,
    /// Whether it will never be taken.
    pub is_lasting: bool,
}

impl TransportError {
    /// Trying again may help.
    pub(super) fn passing(reason: &dyn std::fmt::Display) -> Self {
        let reason = reason.to_string().chars().filter(|c| *c != '\0').take(300).collect();
        Self { reason, is_lasting: false }
    }

    /// It cannot be sent, now or later.
    pub(super) fn lasting(reason: &dyn std::fmt::Display) -> Self {
        Self { is_lasting: true, ..Self::passing(reason) }
    }
}

impl From<lettre::transport::smtp::Error> for TransportError {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        // 55x says that this mail or mailbox is unwanted; other 5xx blame our set-up, which the
        // operator can mend before the message expires.
        let code = error.status().map(u16::from);
        let is_lasting = code.is_some_and(|code| (550..560).contains(&code));
        Self { is_lasting, ..Self::passing(&error) }
    }
}

impl Transport {
    /// A way to a mail server. Nothing is sent yet, but the runtime must be running: the pool of
    /// connections has a task of its own.
    ///
    /// # Errors
    ///
    /// If the name cannot stand on a certificate, or the server is not on this machine and the
    /// connection would not be protected.
    pub fn smtp(server: &SmtpServer) -> Result<Self, TransportError> {
        if server.encryption == SmtpEncryption::None && !is_this_machine(&server.host) {
            return Err(TransportError::passing(
                &"an unprotected connection is for a mail server on this machine only",
            ));
        }
        let parameters = || TlsParameters::new(server.host.clone());
        let tls = match server.encryption {
            SmtpEncryption::Implicit => Tls::Wrapper(parameters()?),
            SmtpEncryption::StartTls => Tls::Required(parameters()?),
            SmtpEncryption::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port)
            .tls(tls)
            .timeout(Some(Duration::from_secs(20)));
        if let Some((name, password)) = &server.credentials {
            let password = password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(name.clone(), password));
        }
        Ok(Self::Smtp(builder.build()))
    }

    /// Hands one mail over.
    ///
    /// # Errors
    ///
    /// If it is not taken.
    pub async fn send(&self, mail: &OutgoingMail) -> Result<(), TransportError> {
        match self {
            Self::Smtp(server) => {
                server.send(mail.to_message()?).await?;
            }
            Self::Console(output) => files::print(output, &readable(mail))?,
            Self::Folder(folder) => {
                let name = format!("{}.eml", mail.id);
                files::write(folder, name, mail.to_message()?.formatted()).await?;
            }
            Self::Unconfigured => {
                return Err(TransportError::passing(&"no way to send mail is configured"));
            }
        }
        Ok(())
    }

    /// Whether mails reach anybody at all.
    #[must_use]
    pub const fn is_configured(&self) -> bool {
        !matches!(self, Self::Unconfigured)
    }

    /// Whether the mail server answers; the other ways always do.
    ///
    /// # Errors
    ///
    /// With what the server said.
    pub async fn test(&self) -> Result<bool, TransportError> {
        match self {
            Self::Smtp(server) => Ok(server.test_connection().await?),
            Self::Console(_) | Self::Folder(_) => Ok(true),
            Self::Unconfigured => Ok(false),
        }
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Smtp(_) => "Smtp",
            Self::Console(_) => "Console",
            Self::Folder(_) => "Folder",
            Self::Unconfigured => "Unconfigured",
        })
    }
}

fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A mail as an operator reads it: its text part, decoded, since in quoted-printable a link could
/// not be followed.
fn readable(mail: &OutgoingMail) -> String {
    format!("mail to {}\nSubject: {}\n\n{}", mail.to, mail.subject(), mail.words.text)
}
