//! Ways out for SMS.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::envelope::OutgoingSms;
use super::files;
use super::transport::{TransportError, WayOutProblem};
use super::twilio::Twilio;

/// How the file of an SMS ends.
pub const SMS_FILE_SUFFIX: &str = ".sms.json";

/// Where SMS go.
#[derive(Clone)]
pub enum SmsTransport {
    /// To a provider, by HTTP.
    Twilio(Twilio),
    /// To where the operator can read them: codes included.
    Console(Arc<Mutex<dyn Write + Send>>),
    /// Into a folder, one file each, which holds an [`SmsFile`] as JSON.
    Folder(PathBuf),
    /// Nowhere: no page offers SMS.
    Unconfigured,
}

/// What the file of an SMS holds.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct SmsFile {
    /// The number it goes to (E.164).
    pub to: String,
    /// What the person reads.
    pub text: String,
    /// When it was caused, in unix seconds.
    pub at: i64,
}

impl SmsTransport {
    /// Hands one SMS over.
    ///
    /// # Errors
    ///
    /// If it is not taken.
    pub async fn send(&self, sms: &OutgoingSms) -> Result<(), TransportError> {
        match self {
            Self::Twilio(provider) => provider.send(sms).await,
            Self::Console(output) => {
                files::print(output, &format!("SMS to {}\n\n{}", sms.to, sms.text))
            }
            Self::Folder(folder) => {
                let file = SmsFile {
                    to: sms.to.to_string(),
                    text: sms.text.clone(),
                    at: sms.written_at.0,
                };
                let json =
                    serde_json::to_vec(&file).map_err(|error| TransportError::lasting(&error))?;
                files::write(folder, format!("{}{SMS_FILE_SUFFIX}", sms.id), json).await
            }
            Self::Unconfigured => Err(TransportError::passing(&"no way to send SMS is configured")),
        }
    }

    /// Whether the provider answers, and takes our name; sends nothing. The other ways always do.
    ///
    /// # Errors
    ///
    /// With what the provider said.
    pub async fn test(&self) -> Result<bool, WayOutProblem> {
        match self {
            Self::Twilio(provider) => provider.test().await.map(|()| true),
            Self::Console(_) | Self::Folder(_) => Ok(true),
            Self::Unconfigured => Ok(false),
        }
    }

    /// Whether SMS reach anybody at all: without it no page may offer them.
    #[must_use]
    pub const fn is_configured(&self) -> bool {
        !matches!(self, Self::Unconfigured)
    }
}

impl std::fmt::Debug for SmsTransport {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Twilio(_) => "Twilio",
            Self::Console(_) => "Console",
            Self::Folder(_) => "Folder",
            Self::Unconfigured => "Unconfigured",
        })
    }
}
