//! Ways out for mail.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};

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

/// A mail was not taken.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{reason}")]
pub struct TransportError {
    /// What the other side said, cut to a sane length.
    pub reason: String,
    /// Whether it will never be taken.
    pub is_lasting: bool,
}

impl TransportError {
    fn passing(reason: &dyn std::fmt::Display) -> Self {
        let reason = reason.to_string().chars().filter(|c| *c != '\0').take(300).collect();
        Self { reason, is_lasting: false }
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

    /// Hands one mail over. `id` names the file in a folder.
    ///
    /// # Errors
    ///
    /// If it is not taken.
    pub async fn send(&self, id: &str, mail: Message) -> Result<(), TransportError> {
        match self {
            Self::Smtp(server) => {
                server.send(mail).await?;
            }
            Self::Console(output) => print(output, &mail)?,
            Self::Folder(folder) => write_file(folder, id, &mail.formatted()).await?,
            Self::Unconfigured => {
                return Err(TransportError::passing(&"no way to send mail is configured"));
            }
        }
        Ok(())
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

fn print(output: &Mutex<dyn Write + Send>, mail: &Message) -> Result<(), TransportError> {
    let raw = mail.formatted();
    let parsed = mail_parser::MessageParser::default().parse(&raw);
    // The text part, decoded: in quoted-printable a link could not be followed.
    let text = parsed
        .as_ref()
        .and_then(|mail| mail.body_text(0))
        .unwrap_or_default()
        .replace("\r\n", "\n");
    let subject = parsed.as_ref().and_then(|mail| mail.subject()).unwrap_or_default();
    let recipients: Vec<_> = mail.envelope().to().iter().map(ToString::to_string).collect();
    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
    writeln!(output, "--- mail to {}\nSubject: {subject}\n\n{text}\n---", recipients.join(", "))
        .and_then(|()| output.flush())
        .map_err(|error| TransportError::passing(&error))
}

/// Writes beside the place and renames, so that a reader never sees half a mail.
async fn write_file(folder: &Path, id: &str, mail: &[u8]) -> Result<(), TransportError> {
    let (folder, id, mail) = (folder.to_owned(), id.to_owned(), mail.to_vec());
    let written = tokio::task::spawn_blocking(move || write_durably(&folder, &id, &mail)).await;
    match written {
        Ok(written) => written.map_err(|error| TransportError::passing(&error)),
        Err(error) => Err(TransportError::passing(&error)),
    }
}

/// Mails hold links and codes: nobody else may read them. On the disk before it counts as sent.
fn write_durably(folder: &Path, id: &str, mail: &[u8]) -> std::io::Result<()> {
    let mut make = std::fs::DirBuilder::new();
    make.recursive(true);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    make.create(folder)?;
    let draft = folder.join(format!(".{id}.tmp"));
    let mut file = options.open(&draft)?;
    file.write_all(mail)?;
    file.sync_all()?;
    std::fs::rename(&draft, folder.join(format!("{id}.eml")))?;
    std::fs::File::open(folder)?.sync_all()
}
