//! The list of common and leaked passwords, as a filter that is part of the program.
//!
//! A binary fuse filter (Graf and Lemire, 2022) of 16 bits for each password: one that is on the
//! list is always found, and one in 65,536 others is taken for a listed one. The list itself is not
//! shipped; `scripts/leaked-passwords` makes the filter anew.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use unicode_normalization::UnicodeNormalization as _;
use xorf::{BinaryFuse16, Descriptor, DmaSerializable as _, Filter as _};
use zeroize::Zeroizing;

static EMBEDDED: LazyLock<Option<LeakedPasswords>> =
    LazyLock::new(|| LeakedPasswords::from_bytes(include_bytes!("leaked_passwords/filter.bin")));

/// Common and leaked passwords, without regard to case.
#[derive(Clone, Debug)]
pub struct LeakedPasswords(BinaryFuse16);

/// The filter cannot be made of these passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no filter can be made of this list")]
pub struct UnfitList;

impl LeakedPasswords {
    /// Whether a password is on the list that this program carries (ASVS 5.0 6.2.4, SP 800-63B
    /// §3.1.1.2).
    #[must_use]
    pub fn embedded_has(password: &str) -> bool {
        // A test reads the whole list: it is never absent.
        EMBEDDED.as_ref().is_some_and(|list| list.contains(password))
    }

    /// A filter of these passwords, in any order.
    ///
    /// # Errors
    ///
    /// If there are too many.
    pub fn from_passwords(passwords: &[String]) -> Result<Self, UnfitList> {
        let mut keys: Vec<u64> = passwords.iter().map(|password| key(password)).collect();
        keys.sort_unstable();
        keys.dedup();
        BinaryFuse16::try_from(keys).map(Self).map_err(|_| UnfitList)
    }

    /// Whether a password is on the list, in whatever case it is written.
    #[must_use]
    pub fn contains(&self, password: &str) -> bool {
        self.0.contains(&key(password))
    }

    /// What [`Self::from_bytes`] reads.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; Descriptor::DMA_LEN];
        self.0.dma_copy_descriptor_to(&mut bytes);
        bytes.extend(self.0.fingerprints.iter().flat_map(|fingerprint| fingerprint.to_le_bytes()));
        bytes
    }

    /// Reads a filter; `None` if it was cut.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (descriptor, rest) = bytes.split_at_checked(Descriptor::DMA_LEN)?;
        let descriptor = read_descriptor(descriptor)?;
        let (pairs, _) = rest.as_chunks();
        let fingerprints: Box<[u16]> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
        // Three neighbouring segments are looked into.
        let beyond = descriptor.segment_length.checked_mul(2)?;
        let length = descriptor.segment_count_length.checked_add(beyond)?;
        let is_whole = fingerprints.len() == usize::try_from(length).ok()?;
        is_whole.then_some(Self(BinaryFuse16 { descriptor, fingerprints }))
    }
}

/// A seed of eight bytes and three lengths of four, little-endian.
fn read_descriptor(bytes: &[u8]) -> Option<Descriptor> {
    let (seed, lengths) = bytes.split_first_chunk()?;
    let mut lengths = lengths.as_chunks().0.iter().map(|length| u32::from_le_bytes(*length));
    Some(Descriptor {
        seed: u64::from_le_bytes(*seed),
        segment_length: lengths.next()?,
        segment_length_mask: lengths.next()?,
        segment_count_length: lengths.next()?,
    })
}

/// The first 64 bits of the SHA-256 of the password in NFKC and lower case.
fn key(password: &str) -> u64 {
    let folded: Zeroizing<String> =
        Zeroizing::new(password.nfkc().flat_map(char::to_lowercase).collect());
    let digest = digest(&SHA256, folded.as_bytes());
    digest.as_ref().first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    /// PR-12: from the top of the list, from its end, and from the other list.
    #[test]
    fn listed_passwords_are_found_in_every_case() {
        for password in [
            "password",
            "PassWord",
            "12345678",
            "football",
            "iloveyou",
            "qwertyuiop",
            "TrustNo1!".trim_end_matches('!'),
            "p@ssw0rd",
            "1q2w3e4r5t6y",
            "lionking1",
            "drpepper1",
            "ｐａｓｓｗｏｒｄ",
        ] {
            assert!(LeakedPasswords::embedded_has(password), "{password}");
        }
    }

    /// One in 65,536: of half a million, about eight. Thirty would be eight standard deviations off.
    #[test]
    fn hardly_any_other_password_is_taken_for_a_listed_one() {
        const TRIED: usize = 500_000;
        let wrong = (0..TRIED).filter(|_| LeakedPasswords::embedded_has(&random::identifier()));
        assert!(wrong.count() < 30);
    }

    #[test]
    fn a_filter_is_read_as_it_was_written_and_a_cut_one_is_not() {
        let list = ["correct horse", "Battery Staple", "battery staple"].map(str::to_owned);
        let bytes = LeakedPasswords::from_passwords(&list).unwrap().to_bytes();
        let read = LeakedPasswords::from_bytes(&bytes).unwrap();
        assert!(read.contains("Correct Horse") && read.contains("battery staple"));
        assert!(!read.contains("something else"));
        assert!(LeakedPasswords::from_bytes(&bytes[..bytes.len() - 2]).is_none());
        assert!(LeakedPasswords::from_bytes(&bytes[..10]).is_none());
    }

    #[test]
    fn the_embedded_filter_is_whole_and_small() {
        assert!(EMBEDDED.is_some());
        assert!(EMBEDDED.as_ref().unwrap().to_bytes().len() <= 1_000_000);
    }
}
