//! What must not be so where strangers come.
//!
//! A server whose issuer is this very machine, and that listens here alone, is somebody's trial: it
//! may log its mails and keep its data in a temporary folder. Exposed files and well-known secrets
//! are refused always.

use std::collections::BTreeSet;
use std::path::Path;

use secrecy::ExposeSecret as _;

use super::email::{Provider, Security};
use super::sms::Provider as SmsProvider;
use super::{Config, well_known};

/// The fewest bits that a network of proxies has: wider ones are everybody's.
const WIDEST_PROXY_NETWORK: u8 = 4;

/// Something unsafe, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Unsafe {
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub fix: String,
}

impl Unsafe {
    fn new(problem: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { problem: problem.into(), fix: fix.into() }
    }
}

impl Config {
    /// Everything that a production start refuses.
    #[must_use]
    pub fn check_production(&self) -> Vec<Unsafe> {
        let mut found = self.exposed_files();
        found.extend(self.well_known_secrets());
        let is_reached_by_others =
            self.server.listen.iter().any(|address| !address.ip().is_loopback());
        if !self.server.is_own_machine() || is_reached_by_others {
            found.extend(self.not_for_strangers());
        }
        found
    }

    fn not_for_strangers(&self) -> Vec<Unsafe> {
        let mut found = Vec::new();
        if self.server.is_own_machine() {
            found.push(Unsafe::new(
                format!(
                    "the issuer {} is this machine, yet server.listen lets others in",
                    self.server.issuer
                ),
                "set server.issuer to the https address that people use, or let server.listen \
                 hold 127.0.0.1 and [::1] only",
            ));
        } else if !self.server.issuer.starts_with("https://") {
            found.push(Unsafe::new(
                format!(
                    "the issuer {} is not https: passwords would travel in clear",
                    self.server.issuer
                ),
                "set server.issuer to an https address, and let a proxy in front of Protekt speak \
                 TLS (http is only for localhost)",
            ));
        }
        found.extend(self.trusts_everybody());
        if self.email.provider == Provider::Console {
            found.push(Unsafe::new(
                "mails go to the log, with their links and codes, instead of to people",
                "set email.provider (EMAIL_PROVIDER) to \"smtp\" with email.smtp_host, to \
                 \"sendgrid\", or to \"file\"",
            ));
        }
        if self.sms.provider == SmsProvider::Console {
            found.push(Unsafe::new(
                "SMS go to the log, with their codes, instead of to people",
                "set sms.provider (SMS_PROVIDER) to \"twilio\", or to \"none\"",
            ));
        }
        if self.email.provider == Provider::Smtp && self.sends_mail_in_clear() {
            found.push(Unsafe::new(
                "mails go to a mail server on another machine in clear",
                "set email.smtp_security to \"starttls\" or \"tls\"",
            ));
        }
        let is_passing = |path: &Path| {
            ["/tmp", "/var/tmp", "/dev/shm", "/run"].iter().any(|folder| path.starts_with(folder))
                || path.as_os_str() == ":memory:"
        };
        if let Some(path) = self.database.sqlite_path().filter(|path| is_passing(path)) {
            found.push(Unsafe::new(
                format!(
                    "the database {} is in a place that is emptied at a restart",
                    path.display()
                ),
                "set database.url (DATABASE_URL) to a lasting place, such as \
                 sqlite:/var/lib/protekt/protekt.db",
            ));
        }
        found
    }

    fn trusts_everybody(&self) -> Option<Unsafe> {
        let proxies = &self.server.trusted_proxies;
        let everybody =
            proxies.iter().find(|network| network.prefix_len() < WIDEST_PROXY_NETWORK)?;
        Some(Unsafe::new(
            format!(
                "server.trusted_proxies holds {everybody}: whoever reaches this port could give any \
                 address as theirs and pass the limits on guessing"
            ),
            "name the addresses or networks of your own proxies there",
        ))
    }

    fn sends_mail_in_clear(&self) -> bool {
        let host = self.email.smtp.host.as_deref().unwrap_or_default();
        self.email.smtp.security == Security::None
            && !matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]")
    }

    fn exposed_files(&self) -> Vec<Unsafe> {
        let mut found = Vec::new();
        let mut check = |path: &Path, what: &str| {
            if let Some(mode) = exposed_mode(path) {
                let path = path.display();
                found.push(Unsafe::new(
                    format!("{path} ({what}) can be read by others (mode {mode:o})"),
                    format!("run: chmod 600 {path}"),
                ));
            }
        };
        if let Some(path) = self.keys.key_file() {
            check(&path, "the key-encryption key");
        }
        let inline: Vec<&str> = self
            .secrets
            .iter()
            .filter(|secret| secret.is_in_config_file && self.is_really_secret(&secret.key))
            .map(|secret| secret.key.as_str())
            .collect();
        if let Some(path) = self.file.as_deref().filter(|_| !inline.is_empty()) {
            check(path, &format!("it holds {}", inline.join(", ")));
        }
        for secret in &self.secrets {
            if let Some(path) = &secret.file {
                check(path, &secret.key);
            }
        }
        found
    }

    /// The address of a database is a secret only where it holds a password.
    fn is_really_secret(&self, key: &str) -> bool {
        key != "database.url" || self.database.url.expose_secret().contains('@')
    }

    fn well_known_secrets(&self) -> Vec<Unsafe> {
        let words = self.secrets.iter().filter(|secret| secret.is_well_known);
        let words = words.map(|secret| secret.key.as_str());
        let others = [
            (self.has_well_known_key(), "keys.key_encryption_key"),
            (
                well_known::is_in_database_url(self.database.url.expose_secret()),
                "the password in database.url",
            ),
            (self.mail_password_is_its_name(), "email.smtp_password"),
        ];
        let others = others.into_iter().filter_map(|(is_known, key)| is_known.then_some(key));
        let found: BTreeSet<&str> = words.chain(others).collect();
        found
            .into_iter()
            .map(|key| {
                Unsafe::new(
                    format!("{key} is empty or something that everybody tries first"),
                    "put a random value there (openssl rand -base64 32 makes one)",
                )
            })
            .collect()
    }

    fn has_well_known_key(&self) -> bool {
        self.keys.key_encryption_key.as_ref().is_some_and(well_known::is_one_byte_repeated)
    }

    fn mail_password_is_its_name(&self) -> bool {
        let smtp = &self.email.smtp;
        let (Some(name), Some(password)) = (&smtp.username, &smtp.password) else { return false };
        name.trim().eq_ignore_ascii_case(password.expose_secret().trim())
    }
}

/// The permissions of a file that others than its owner and group can read.
#[cfg(unix)]
fn exposed_mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o007 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn exposed_mode(_path: &Path) -> Option<u32> {
    None
}
