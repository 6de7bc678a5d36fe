//! `[sms]`: how SMS are sent.

use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};

use super::reader::Section;
use super::service_url;

/// The longest name that can stand in place of a sender's number.
const LONGEST_NAME: usize = 11;

/// How SMS are sent.
#[derive(Clone, Debug)]
pub struct Sms {
    /// By which way.
    pub provider: Provider,
    /// The number or name they come from, or the id of a messaging service (`MG…`).
    pub from: Option<String>,
    /// `ACCOUNT_SID:SECRET`.
    pub service_api_key: Option<SecretString>,
    /// Where the provider is, without the path.
    pub service_url: String,
    /// For [`Provider::File`]: each SMS becomes a file there.
    pub folder: PathBuf,
}

/// The ways SMS can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Into the log: for development.
    Console,
    /// To Twilio, or who takes its requests.
    Twilio,
    /// Into a folder.
    File,
    /// Not at all: nobody is offered SMS.
    None,
}

impl Sms {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let ways = [
            ("console", Provider::Console),
            ("twilio", Provider::Twilio),
            ("file", Provider::File),
            ("none", Provider::None),
        ];
        Self {
            provider: section.choice("provider", &ways, Provider::None),
            from: section.text("from"),
            service_api_key: section.secret("service_api_key"),
            service_url: service_url::read(section, "service_url", "https://api.twilio.com"),
            folder: section.path("folder").unwrap_or_else(|| "data/sms".into()),
        }
    }

    /// The id of the account and what opens it.
    #[must_use]
    pub fn account(&self) -> Option<(String, SecretString)> {
        let key = self.service_api_key.as_ref()?.expose_secret();
        let (sid, secret) = key.split_once(':')?;
        let is_sid = !sid.is_empty() && sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (is_sid && !secret.is_empty()).then(|| (sid.to_owned(), SecretString::from(secret)))
    }

    pub(super) fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.provider != Provider::Twilio {
            return problems;
        }
        if self.account().is_none() {
            problems.push(
                "sms.service_api_key (SMS_SERVICE_API_KEY) must be ACCOUNT_SID:SECRET where \
                 sms.provider is \"twilio\""
                    .to_owned(),
            );
        }
        if !self.from.as_deref().is_some_and(is_sender) {
            problems.push(
                "sms.from (SMS_FROM) must be your number such as \"+14155550123\", a name of at \
                 most 11 letters and digits, or the id of a messaging service (MG…) where \
                 sms.provider is \"twilio\""
                    .to_owned(),
            );
        }
        problems
    }
}

fn is_sender(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let letters = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if let Some(number) = text.strip_prefix('+') {
        return (8..=15).contains(&number.len()) && digits(number);
    }
    if text.starts_with("MG") && text.len() > LONGEST_NAME {
        return letters(text);
    }
    !text.is_empty() && text.len() <= LONGEST_NAME && text.split(' ').all(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_a_number_a_short_name_or_a_service() {
        for (text, is_one) in [
            ("+14155550123", true),
            ("12345", true),
            ("Example ID", true),
            ("MG0123456789abcdef0123456789abcdef", true),
            ("", false),
            ("+1 415 555 0123", false),
            ("Example Identity", false),
            ("Example\nID", false),
        ] {
            assert_eq!(is_sender(text), is_one, "{text:?}");
        }
    }
}
