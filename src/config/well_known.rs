//! Secrets that everybody tries first.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

/// What people write into a secret until they have one, in small letters.
const WORDS: [&str; 18] = [
    "a password",
    "admin",
    "change-me",
    "change_me",
    "changeit",
    "changeme",
    "default",
    "example",
    "pass",
    "passwd",
    "password",
    "postgres",
    "protekt",
    "root",
    "secret",
    "test",
    "your-password",
    "your-secret-key",
];

/// Whether a secret is empty or one of the words that everybody tries first.
pub(super) fn is_well_known(secret: &str) -> bool {
    let secret = secret.trim().to_ascii_lowercase();
    secret.is_empty() || WORDS.contains(&secret.as_str())
}

/// Whether a password is well known, or the name that it belongs to.
pub(super) fn is_easy_for(name: &str, password: &str) -> bool {
    is_well_known(password) || password.trim().eq_ignore_ascii_case(name.trim())
}

/// Whether the address of a database holds a password that everybody tries first.
pub(super) fn is_in_database_url(url: &str) -> bool {
    let Ok(url) = url::Url::parse(url) else { return false };
    let parameter = |wanted: &str| {
        let found = url.query_pairs().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned())
    };
    let name = parameter("user").unwrap_or_else(|| url.username().to_owned());
    let password = parameter("password").or_else(|| url.password().map(str::to_owned));
    password.is_some_and(|password| is_easy_for(&name, &password))
}

/// Whether a key in base64 is one byte again and again, such as 32 zeros.
pub(super) fn is_one_byte_repeated(key: &SecretString) -> bool {
    let text = key.expose_secret().trim();
    let decoded = BASE64_STANDARD.decode(text).or_else(|_| BASE64_STANDARD_NO_PAD.decode(text));
    decoded
        .map(Zeroizing::new)
        .is_ok_and(|bytes| bytes.first().is_none_or(|first| bytes.iter().all(|byte| byte == first)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CF-09.
    #[test]
    fn a_database_password_that_everybody_tries_first_is_known() {
        for url in [
            "postgres://postgres:postgres@db/protekt",
            "postgres://protekt:protekt@db/protekt",
            "postgres://Keeper:keeper@db/protekt",
            "postgresql://app:secret@db/protekt",
            "postgres://app:Default@db/protekt",
            "postgres://app:changeme@db/protekt",
            "postgres://app@db/protekt?password=password",
            "postgres://db/protekt?user=app&password=app",
        ] {
            assert!(is_in_database_url(url), "{url}");
        }
        for url in [
            "sqlite:data/protekt.db",
            "postgres://protekt@localhost/protekt",
            "postgres://secret:k3Yp-lantern-juniper@db/default",
        ] {
            assert!(!is_in_database_url(url), "{url}");
        }
    }

    /// CF-09.
    #[test]
    fn a_key_of_equal_bytes_is_known_whatever_its_letters_are() {
        for byte in [0_u8, 0x41, 0xff] {
            let key = BASE64_STANDARD.encode([byte; 32]);
            assert!(is_one_byte_repeated(&key.clone().into()), "{key}");
            assert!(is_one_byte_repeated(&key.trim_end_matches('=').into()), "{key}");
        }
        assert!(is_one_byte_repeated(&"".into()));
        let good = "oWl1rGGkJWuAkYyMeZTxYk1L1cOt9YaVjGGyPz2GhXQ=";
        assert!(!is_one_byte_repeated(&good.into()));
    }
}
