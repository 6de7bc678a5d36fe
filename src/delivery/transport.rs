//! Ways out for mail.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret as _, SecretString};

use super::envelope::OutgoingMail;
use super::files;
use super::sendgrid::SendGrid;

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
    /// Certificates of authorities in PEM that may vouch for it, beside the usual ones.
    pub authorities: Option<Vec<u8>>,
}

/// Where mail goes.
#[derive(Clone)]
pub enum Transport {
    /// To a mail server.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// To a provider, by HTTP.
    SendGrid(SendGrid),
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
    /// In how many seconds the other side wants to be asked again, where it says so.
    pub retry_after: Option<i64>,
}

impl TransportError {
    /// Trying again may help.
    pub(super) fn passing(reason: &dyn std::fmt::Display) -> Self {
        let reason = reason.to_string().chars().filter(|c| *c != '\0').take(300).collect();
        Self { reason, is_lasting: false, retry_after: None }
    }

    /// It cannot be sent, now or later.
    pub(super) fn lasting(reason: &dyn std::fmt::Display) -> Self {
        Self { is_lasting: true, ..Self::passing(reason) }
    }
}

/// Why a look at a way out says that messages would not go.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WayOutProblem {
    /// The other side does not answer, or refuses us.
    #[error(transparent)]
    Refused(#[from] TransportError),
    /// It answers, but not as the API does.
    #[error("it answers, but not as this API does")]
    NotTheApi,
    /// The key opens the account, and may not send.
    #[error("it takes our key, but the key may not send mail")]
    MayNotSend,
    /// The account cannot be used.
    #[error("it takes our key, but the account is {0}")]
    AccountNotActive(String),
}

impl From<lettre::transport::smtp::Error> for TransportError {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        // 55x says that this mail or mailbox is unwanted; other 5xx blame our set-up, which the
        // operator can mend before the message expires. A server that takes no mailbox beyond ASCII
        // (RFC 6531) is never asked.
        let code = error.status().map(u16::from);
        let is_lasting = code.is_some_and(|code| (550..560).contains(&code))
            || error.is_client() && error.to_string().contains("SMTPUTF8");
        Self { is_lasting, ..Self::passing(&error) }
    }
}

impl Transport {
    /// A way to a mail server. Nothing is sent yet, but the runtime must be running: the pool of
    /// connections has a task of its own.
    ///
    /// # Errors
    ///
    /// If the name cannot stand on a certificate, a certificate cannot be read, or the server is not on this machine and the
    /// connection would not be protected.
    pub fn smtp(server: &SmtpServer) -> Result<Self, TransportError> {
        if server.encryption == SmtpEncryption::None && !is_this_machine(&server.host) {
            return Err(TransportError::passing(
                &"an unprotected connection is for a mail server on this machine only",
            ));
        }
        let parameters = || tls_parameters(server);
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
            Self::SendGrid(provider) => provider.send(mail).await?,
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

    /// Whether the mail server or the provider answers, and takes our name; sends nothing. The
    /// other ways always do.
    ///
    /// # Errors
    ///
    /// With what the other side said.
    pub async fn test(&self) -> Result<bool, WayOutProblem> {
        match self {
            Self::Smtp(server) => {
                Ok(server.test_connection().await.map_err(TransportError::from)?)
            }
            Self::SendGrid(provider) => provider.test().await.map(|()| true),
            Self::Console(_) | Self::Folder(_) => Ok(true),
            Self::Unconfigured => Ok(false),
        }
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Smtp(_) => "Smtp",
            Self::SendGrid(_) => "SendGrid",
            Self::Console(_) => "Console",
            Self::Folder(_) => "Folder",
            Self::Unconfigured => "Unconfigured",
        })
    }
}

fn tls_parameters(server: &SmtpServer) -> Result<TlsParameters, TransportError> {
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(pem) = &server.authorities {
        if CertificateDer::pem_slice_iter(pem).next().is_none() {
            return Err(TransportError::lasting(&"the file of authorities holds no certificate"));
        }
        builder = builder.add_root_certificate(Certificate::from_pem(pem)?);
    }
    Ok(builder.build()?)
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
