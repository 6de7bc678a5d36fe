//! The one source of randomness.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::SecretString;
use ulid::Ulid;

use crate::clock::Timestamp;

/// Fills `N` bytes from the operating system's generator.
///
/// A machine without randomness must not hand out guessable secrets, so the process ends there.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        tracing::error!("the operating system has no randomness; stopping");
        std::process::abort();
    }
    bytes
}

/// 256 random bits in base64url behind `prefix`, which lets a scanner for leaks recognise them.
#[must_use]
pub fn secret(prefix: &str) -> SecretString {
    let random = BASE64_URL_SAFE_NO_PAD.encode(bytes::<32>());
    SecretString::from(format!("{prefix}{random}"))
}

/// 128 random bits in base64url: an identifier that must not be guessed or repeated.
#[must_use]
pub fn identifier() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes::<16>())
}

/// A ULID: sorts by the time it was made.
#[must_use]
pub fn ulid(now: Timestamp) -> String {
    let milliseconds = u64::try_from(now.0).unwrap_or(0).saturating_mul(1000);
    Ulid::from_parts(milliseconds, u128::from_be_bytes(bytes())).to_string()
}

/// Six decimal digits, each of the million with the same chance.
#[must_use]
pub fn six_digits() -> SecretString {
    // The largest multiple of a million below 2^32; what lies above it would favour low codes.
    const FAIR: u32 = u32::MAX - u32::MAX % 1_000_000;
    loop {
        let number = u32::from_be_bytes(bytes());
        if number < FAIR {
            return SecretString::from(format!("{:06}", number % 1_000_000));
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn secrets_carry_their_prefix_and_256_bits() {
        let secret = secret("ptk_rt_");
        let random = secret.expose_secret().strip_prefix("ptk_rt_").unwrap();
        assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(random).unwrap().len(), 32);
    }

    #[test]
    fn ulids_sort_by_time() {
        assert!(ulid(Timestamp(1_000)) < ulid(Timestamp(1_001)));
        assert_ne!(ulid(Timestamp(1_000)), ulid(Timestamp(1_000)));
    }

    #[test]
    fn codes_have_six_digits() {
        for _ in 0..1_000 {
            let code = six_digits();
            assert_eq!(code.expose_secret().len(), 6);
            assert!(code.expose_secret().bytes().all(|byte| byte.is_ascii_digit()));
        }
    }
}
