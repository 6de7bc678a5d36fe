//! `[email]`: how mail is sent.

use std::path::PathBuf;

use secrecy::SecretString;

use super::reader::Section;
use super::service_url;

/// How mail is sent.
#[derive(Clone, Debug)]
pub struct Email {
    /// By which way.
    pub provider: Provider,
    /// The sender, such as `Protekt <no-reply@example.com>`.
    pub from: String,
    /// For [`Provider::Smtp`].
    pub smtp: Smtp,
    /// For [`Provider::SendGrid`]: what opens it.
    pub service_api_key: Option<SecretString>,
    /// For [`Provider::SendGrid`]: where it is, without the path.
    pub service_url: String,
    /// For [`Provider::File`]: each mail becomes a file there.
    pub folder: PathBuf,
    /// Whether people are told of an application that they let in for the first time.
    pub notify_app_access: bool,
}

/// The ways mail can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Into the log: for development.
    Console,
    /// To a mail server.
    Smtp,
    /// To SendGrid, or who takes its requests.
    SendGrid,
    /// Into a folder.
    File,
    /// Not at all: for an installation without mail, which cannot verify addresses.
    None,
}

/// A mail server.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Its name.
    pub host: Option<String>,
    /// Its port: 587 with STARTTLS, 465 with TLS, 25 without.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// The name to sign in with.
    pub username: Option<String>,
    /// The password to sign in with.
    pub password: Option<SecretString>,
    /// Certificates of authorities in PEM that may vouch for the server, beside the usual ones.
    pub ca_file: Option<PathBuf>,
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Plain at first, TLS before anything else is said; refused where the server has none.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all: for a server on the same machine.
    None,
}

impl Email {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let ways = [
            ("console", Provider::Console),
            ("smtp", Provider::Smtp),
            ("sendgrid", Provider::SendGrid),
            ("file", Provider::File),
            ("none", Provider::None),
        ];
        Self {
            provider: section.choice("provider", &ways, Provider::Console),
            from: section.text("from").unwrap_or_else(|| "Protekt <no-reply@localhost>".to_owned()),
            smtp: Smtp::read(section),
            service_api_key: section.secret("service_api_key"),
            service_url: service_url::read(section, "service_url", "https://api.sendgrid.com"),
            folder: section.path("folder").unwrap_or_else(|| "data/mail".into()),
            notify_app_access: section.boolean("notify_app_access", true),
        }
    }

    pub(super) fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.from.contains('@') || self.from.chars().any(char::is_control) {
            problems.push(
                "email.from (EMAIL_FROM) must be a mail address, such as \
                 \"Protekt <no-reply@example.com>\""
                    .to_owned(),
            );
        }
        if self.provider == Provider::Smtp {
            problems.extend(self.smtp.validate());
        }
        if self.provider == Provider::SendGrid && self.service_api_key.is_none() {
            problems.push(
                "email.service_api_key (EMAIL_SERVICE_API_KEY) must be given where email.provider \
                 is \"sendgrid\""
                    .to_owned(),
            );
        }
        problems
    }
}

impl Smtp {
    fn read(section: &mut Section<'_>) -> Self {
        let ways =
            [("starttls", Security::StartTls), ("tls", Security::Tls), ("none", Security::None)];
        let security = section.choice("smtp_security", &ways, Security::StartTls);
        let port = match security {
            Security::StartTls => 587,
            Security::Tls => 465,
            Security::None => 25,
        };
        Self {
            host: section.text("smtp_host"),
            port: section.number("smtp_port", port, 1..=65_535),
            security,
            username: section.text("smtp_username"),
            password: section.secret("smtp_password"),
            ca_file: section.path("smtp_ca_file"),
        }
    }

    fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.host.is_none() {
            problems.push(
                "email.smtp_host must name your mail server where email.provider is \"smtp\""
                    .to_owned(),
            );
        }
        if self.username.is_some() != self.password.is_some() {
            problems.push(
                "email.smtp_username and email.smtp_password (or email.smtp_password_file) belong \
                 together: give both or none"
                    .to_owned(),
            );
        }
        problems
    }
}
