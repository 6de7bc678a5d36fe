//! `[accounts]`: what people may do, and what they read.

use std::path::PathBuf;

use url::Url;

use super::reader::Section;
use super::service_url;
use super::value::Entry;
use crate::texts::Locale;

/// What people may do, and what they read.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// Whether strangers may make an account.
    pub sign_up: bool,
    /// Whether an address must be verified before its first sign-in.
    pub email_verification: bool,
    /// The fewest characters of a password.
    pub password_min_length: usize,
    /// Whether who signs in with a leaked password has to choose another one.
    pub replace_leaked_passwords: bool,
    /// How long the link to a new password lives, in seconds.
    pub password_reset_lifetime: i64,
    /// Where the link to a new password leads, where that is no page of ours.
    pub password_reset_url: Option<String>,
    /// A database of places in MaxMind's format.
    pub geo_database: Option<PathBuf>,
    /// The name that pages and mails carry.
    pub brand_name: String,
    /// The language of pages and mails for readers of whom nothing is known.
    pub default_language: Locale,
    /// Where people find help.
    pub help_url: Option<String>,
    /// The privacy policy.
    pub privacy_url: Option<String>,
    /// The terms.
    pub terms_url: Option<String>,
}

impl Accounts {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            sign_up: section.boolean("sign_up", true),
            email_verification: section.boolean("email_verification", true),
            password_min_length: section.number("password_min_length", 8, 8..=64),
            replace_leaked_passwords: section.boolean("replace_leaked_passwords", true),
            password_reset_lifetime: section.seconds(
                "password_reset_lifetime",
                3_600,
                300..=86_400,
            ),
            password_reset_url: reset_url(section),
            geo_database: section.path("geo_database"),
            brand_name: section.text("brand_name").unwrap_or_else(|| "Protekt".to_owned()),
            default_language: section.choice(
                "default_language",
                &Locale::ALL.map(|locale| (locale.lang(), locale)),
                Locale::English,
            ),
            help_url: link(section, "help_url"),
            privacy_url: link(section, "privacy_url"),
            terms_url: link(section, "terms_url"),
        }
    }

    pub(super) fn validate(&self) -> Vec<String> {
        let name = &self.brand_name;
        if name.chars().count() > 60 || name.chars().any(char::is_control) {
            return vec![
                "accounts.brand_name must have at most 60 characters on one line".to_owned(),
            ];
        }
        Vec::new()
    }
}

/// The address of the operator's own page for a new password. Its query stays; ours adds `token`.
fn reset_url(section: &mut Section<'_>) -> Option<String> {
    let wanted = "an address such as \"https://www.example.com/new-password\", without a name, a \
                  fragment or a token of its own; http only where it is this machine";
    section.parsed("password_reset_url", wanted, |entry| {
        let text = entry.text()?;
        let url = Url::parse(text.trim()).ok()?;
        let is_plain = url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && url.query_pairs().all(|(name, _)| name != "token");
        (is_plain && service_url::is_protected(&url)).then(|| url.to_string())
    })
}

fn link(section: &mut Section<'_>, key: &str) -> Option<String> {
    let parse = |entry: &Entry| {
        let text = entry.text()?;
        let url = Url::parse(&text).ok()?;
        matches!(url.scheme(), "https" | "http" | "mailto").then_some(text)
    };
    section.parsed(key, "an address that begins with https:// or mailto:", parse)
}
