//! Sealing: what lies in the store and may be read back by us alone, and MACs of short secrets.
//!
//! Every purpose has its own key, derived by HKDF-SHA-256 from the key-encryption key, so that
//! a value sealed for one can never be opened, or taken, as another.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::KeyEncryptionKey;
use crate::audit::ChainKey;
use crate::random;

/// What a derived key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Private signing keys.
    SigningKey,
    /// Links and codes of messages that wait to be sent.
    OutboxParameters,
    /// Handles that a flow goes on with.
    FlowHandle,
    /// The successor of a spent refresh token.
    RefreshSuccessor,
    /// Codes of few digits.
    ShortCode,
    /// Codes on paper.
    BackupCode,
    /// Keys that authenticator apps share.
    TotpKey,
    /// What people write who lost every second factor.
    RecoveryReason,
    /// What the answer of a passkey is checked against.
    PasskeyCeremony,
    /// Tokens against cross-site requests.
    Csrf,
    /// Forms that were sent a second time.
    RepeatedForm,
    /// Tells whether this is the key the installation was made with.
    KeyCheck,
    /// Chains the audit trail.
    AuditTrail,
    /// People who wait to be imported.
    JobPiece,
    /// Secrets that calls of webhooks are signed with.
    WebhookSecret,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::SigningKey => b"protekt signing-key v1",
            Self::OutboxParameters => b"protekt outbox-parameters v1",
            Self::FlowHandle => b"protekt flow-handle v1",
            Self::RefreshSuccessor => b"protekt refresh-successor v1",
            Self::ShortCode => b"protekt short-code v1",
            Self::BackupCode => b"protekt backup-code v1",
            Self::TotpKey => b"protekt totp-key v1",
            Self::RecoveryReason => b"protekt recovery-reason v1",
            Self::PasskeyCeremony => b"protekt passkey-ceremony v1",
            Self::Csrf => b"protekt csrf v1",
            Self::RepeatedForm => b"protekt repeated-form v1",
            Self::KeyCheck => b"protekt key-check v1",
            Self::AuditTrail => b"protekt audit-trail v1",
            Self::JobPiece => b"protekt job-piece v1",
            Self::WebhookSecret => b"protekt webhook-secret v1",
        }
    }
}

/// A sealed value as text: base64url of nonce and ciphertext.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Sealed(pub String);

/// A value cannot be sealed or opened: another key, another place, or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value cannot be opened with this key-encryption key")]
pub struct SealError;

impl KeyEncryptionKey {
    /// Seals `plain` for `purpose`. `place` (a row's id) must be given again to open it.
    ///
    /// # Errors
    ///
    /// Only if the cipher itself fails.
    pub fn seal(&self, purpose: Purpose, place: &str, plain: &[u8]) -> Result<Sealed, SealError> {
        seal_with(&derive(self.bytes(), &[], purpose), place, plain)
    }

    /// Opens what [`Self::seal`] made with the same purpose and place.
    ///
    /// # Errors
    ///
    /// If it was sealed otherwise or changed since.
    pub fn open(
        &self,
        purpose: Purpose,
        place: &str,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        open_with(&derive(self.bytes(), &[], purpose), place, sealed)
    }

    /// The key that chains the audit trail.
    #[must_use]
    pub fn chain_key(&self) -> ChainKey {
        ChainKey::new(&derive(self.bytes(), &[], Purpose::AuditTrail))
    }

    /// HMAC-SHA-256 in base64url of a secret too short for a bare digest. `place` keeps the same
    /// code in two rows apart.
    #[must_use]
    pub fn mac(&self, purpose: Purpose, place: &str, value: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, derive(self.bytes(), &[], purpose).as_slice());
        let mut context = hmac::Context::with_key(&key);
        // The length first, so that no two pairs of place and value are the same text.
        context.update(&u64::try_from(place.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(place.as_bytes());
        context.update(value.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(context.sign())
    }

    /// Whether `mac` is that of `value`, in a time that does not tell how much of it is right.
    #[must_use]
    pub fn mac_matches(&self, purpose: Purpose, place: &str, value: &str, mac: &str) -> bool {
        self.mac(purpose, place, value).as_bytes().ct_eq(mac.as_bytes()).into()
    }
}

/// Seals with a key derived from `secret`, which is then the only way to open it.
///
/// # Errors
///
/// Only if the cipher itself fails.
pub fn seal_by_secret(
    secret: &str,
    purpose: Purpose,
    place: &str,
    plain: &[u8],
) -> Result<Sealed, SealError> {
    seal_with(&derive(secret.as_bytes(), place.as_bytes(), purpose), place, plain)
}

/// Opens what [`seal_by_secret`] made.
///
/// # Errors
///
/// If the secret, purpose or place is another.
pub fn open_by_secret(
    secret: &str,
    purpose: Purpose,
    place: &str,
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    open_with(&derive(secret.as_bytes(), place.as_bytes(), purpose), place, sealed)
}

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        32
    }
}

fn derive(secret: &[u8], salt: &[u8], purpose: Purpose) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    let derived = Salt::new(HKDF_SHA256, salt)
        .extract(secret)
        .expand(&[purpose.label()], Length)
        .and_then(|output| output.fill(key.as_mut_slice()));
    if derived.is_err() {
        // 32 bytes are far below HKDF's limit; a zero key must not be used all the same.
        *key = random::bytes();
    }
    key
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, SealError> {
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| SealError)
}

fn seal_with(key: &[u8; 32], place: &str, plain: &[u8]) -> Result<Sealed, SealError> {
    let nonce: [u8; NONCE_LEN] = random::bytes();
    let mut text = plain.to_vec();
    cipher(key)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(place.as_bytes()),
            &mut text,
        )
        .map_err(|_| SealError)?;
    Ok(Sealed(BASE64_URL_SAFE_NO_PAD.encode([nonce.as_slice(), text.as_slice()].concat())))
}

fn open_with(
    key: &[u8; 32],
    place: &str,
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(&sealed.0).map_err(|_| SealError)?;
    let (nonce, text) = bytes.split_at_checked(NONCE_LEN).ok_or(SealError)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError)?;
    let mut text = Zeroizing::new(text.to_vec());
    let length = cipher(key)?
        .open_in_place(nonce, Aad::from(place.as_bytes()), &mut text)
        .map_err(|_| SealError)?
        .len();
    text.truncate(length);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_for_its_purpose_and_place_alone() {
        let key = KeyEncryptionKey::generate();
        let sealed = key.seal(Purpose::SigningKey, "kid1", b"private").unwrap();
        assert_eq!(key.open(Purpose::SigningKey, "kid1", &sealed).unwrap().as_slice(), b"private");
        assert!(key.open(Purpose::SigningKey, "kid2", &sealed).is_err());
        assert!(key.open(Purpose::OutboxParameters, "kid1", &sealed).is_err());
        let other = KeyEncryptionKey::generate();
        assert!(other.open(Purpose::SigningKey, "kid1", &sealed).is_err());
    }

    #[test]
    fn a_changed_or_cut_value_does_not_open() {
        let key = KeyEncryptionKey::generate();
        let sealed = key.seal(Purpose::SigningKey, "kid1", b"private").unwrap();
        for damaged in
            [format!("A{}", sealed.0), sealed.0.chars().take(20).collect(), String::new()]
        {
            assert_eq!(
                key.open(Purpose::SigningKey, "kid1", &Sealed(damaged)).unwrap_err(),
                SealError
            );
        }
    }

    #[test]
    fn a_mac_holds_for_its_value_and_place() {
        let key = KeyEncryptionKey::generate();
        let mac = key.mac(Purpose::ShortCode, "row1", "123456");
        assert!(key.mac_matches(Purpose::ShortCode, "row1", "123456", &mac));
        assert!(!key.mac_matches(Purpose::ShortCode, "row1", "123457", &mac));
        assert!(!key.mac_matches(Purpose::ShortCode, "row2", "123456", &mac));
        assert!(!key.mac_matches(Purpose::Csrf, "row1", "123456", &mac));
    }

    #[test]
    fn a_successor_opens_with_the_spent_token_alone() {
        let sealed = seal_by_secret("spent", Purpose::RefreshSuccessor, "d", b"successor").unwrap();
        assert!(open_by_secret("other", Purpose::RefreshSuccessor, "d", &sealed).is_err());
        assert_eq!(
            open_by_secret("spent", Purpose::RefreshSuccessor, "d", &sealed).unwrap().as_slice(),
            b"successor"
        );
    }
}
