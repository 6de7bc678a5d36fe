//! The one source of randomness.

use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::SecretString;
use ulid::Ulid;

use crate::clock::{self, Timestamp};

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

/// A ULID: sorts behind every other that this process made before, and by the millisecond among
/// those of other instances.
#[must_use]
pub fn ulid(now: Timestamp) -> String {
    static LAST: Mutex<Ulid> = Mutex::new(Ulid::nil());

    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    *last = ulid_behind(*last, clock::milliseconds_within(now));
    last.to_string()
}

/// Before every ULID that [`ulid()`] gives at this time or later.
#[must_use]
pub fn first_ulid_of(time: Timestamp) -> String {
    let milliseconds = u64::try_from(time.0).unwrap_or(0).saturating_mul(1_000);
    Ulid::from_parts(milliseconds, 0).to_string()
}

/// The next ULID: of `milliseconds`, or of the last one's time where that is no earlier. Its random
/// part then grows by a random step, so that one id does not tell the next.
fn ulid_behind(last: Ulid, milliseconds: u64) -> Ulid {
    if milliseconds > last.timestamp_ms() {
        return Ulid::from_parts(milliseconds, u128::from_be_bytes(bytes()));
    }
    let step = u128::from(u64::from_be_bytes(bytes())).saturating_add(1);
    // Once in 65,536 the step leads past the end of its millisecond: into the next.
    Ulid::from(u128::from(last).saturating_add(step))
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
    }

    #[test]
    fn ulids_of_one_second_and_of_a_clock_that_went_back_sort_as_they_were_made() {
        let made: Vec<String> =
            (0..1_000).map(|n| ulid(Timestamp(2_000_000_000 - n / 100))).collect();
        assert!(made.is_sorted_by(|one, next| one < next), "{made:?}");
    }

    #[test]
    fn a_ulid_carries_its_time_and_does_not_tell_the_next() {
        let first = ulid_behind(Ulid::nil(), 1_800_000_000_123);
        assert_eq!(first.timestamp_ms(), 1_800_000_000_123);
        let steps: std::collections::BTreeSet<u128> = (0..50)
            .map(|_| u128::from(ulid_behind(first, 1_800_000_000_123)) - u128::from(first))
            .collect();
        assert_eq!(steps.len(), 50, "{steps:?}");
        let last_of_all = Ulid::from(u128::MAX);
        assert_eq!(ulid_behind(last_of_all, 5), last_of_all, "no panic at the end of time");
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
