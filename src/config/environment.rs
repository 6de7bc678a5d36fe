//! The environment as entries: `PROTEKT_SECTION__KEY`, and the plain names of other systems.

use std::collections::BTreeMap;

use super::reader::Reader;
use super::value::{Entry, Origin, Value};

/// Plain names, the key that each sets, and the unit that its value lacks.
const PLAIN: [(&str, &str, &str, &str); 15] = [
    ("DATABASE_URL", "database", "url", ""),
    ("EMAIL_PROVIDER", "email", "provider", ""),
    ("EMAIL_FROM", "email", "from", ""),
    ("EMAIL_SERVICE_API_KEY", "email", "service_api_key", ""),
    ("SMS_PROVIDER", "sms", "provider", ""),
    ("SMS_FROM", "sms", "from", ""),
    ("SMS_SERVICE_API_KEY", "sms", "service_api_key", ""),
    ("LOG_LEVEL", "log", "level", ""),
    ("LOG_DIR", "log", "dir", ""),
    ("LOG_TO_FILE", "log", "to_file", ""),
    ("JWT_ACCESS_EXPIRATION_MINUTES", "tokens", "access", "m"),
    ("PASSWORD_RESET_TOKEN_EXPIRATION_HOURS", "accounts", "password_reset_lifetime", "h"),
    ("PASSWORD_RESET_URL", "accounts", "password_reset_url", ""),
    ("TOTP_ISSUER", "second_factors", "totp_issuer", ""),
    ("TOTP_BACKUP_CODES_COUNT", "second_factors", "backup_codes", ""),
];

/// Names that other systems have and that mean nothing here.
const WITHOUT_EFFECT: [(&str, &str); 2] = [
    ("NODE_ENV", "Protekt is no Node program; `protekt dev` and `protekt serve` differ instead"),
    ("JWT_SECRET_KEY", "tokens are signed with RSA keys that Protekt makes itself"),
];

/// Adds what the environment sets; a later name overrides an earlier one, and `PROTEKT_…__…` the
/// plain names. An empty value is as none.
pub(super) fn read(reader: &mut Reader, env: impl IntoIterator<Item = (String, String)>) {
    let env: BTreeMap<String, String> = env.into_iter().collect();
    for (name, text) in env.iter().filter(|(_, text)| !text.trim().is_empty()) {
        read_plain(reader, name, text);
    }
    for (name, text) in env.iter().filter(|(_, text)| !text.trim().is_empty()) {
        let Some(rest) = name.strip_prefix("PROTEKT_") else { continue };
        let Some((section, key)) = rest.split_once("__") else { continue };
        let (section, key) = (section.to_ascii_lowercase(), key.to_ascii_lowercase());
        reader.set(&section, &key, entry(name, text));
    }
}

/// The unit of a plain name's number, and its seconds.
pub(super) fn unit_of(name: &str) -> Option<(&'static str, i64)> {
    match PLAIN.iter().find(|(plain, ..)| *plain == name)? {
        (.., "m") => Some(("minutes", 60)),
        (.., "h") => Some(("hours", 60 * 60)),
        _ => None,
    }
}

/// The plain names that set something.
pub(super) fn plain_names() -> impl Iterator<Item = &'static str> {
    PLAIN.into_iter().map(|(name, ..)| name)
}

fn read_plain(reader: &mut Reader, name: &str, text: &str) {
    if let Some((_, section, key, unit)) = PLAIN.iter().find(|(plain, ..)| *plain == name) {
        reader.set(section, key, entry(name, &format!("{text}{unit}")));
    } else if let Some((_, why)) = WITHOUT_EFFECT.iter().find(|(plain, _)| *plain == name) {
        reader.notes.push(format!("{name} does nothing: {why}"));
    }
}

fn entry(name: &str, text: &str) -> Entry {
    Entry { value: Value::Text(text.to_owned()), origin: Origin::Variable(name.to_owned()) }
}
