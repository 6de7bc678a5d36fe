//! What people write to the operator to get back into an account, sealed as one.
//!
//! Whoever reads the mailbox may write, and the one who asked first may be a thief: nothing that was
//! written is replaced. The first stays, and so do the newest of each kind: of browsers that were
//! signed in to the account, and of others. Somebody who sends one link after another pushes out only
//! what stands between them in their own kind, and what is left out is counted.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::keys::{KeyEncryptionKey, Purpose, SealError, Sealed};
use crate::store::account_recoveries::AccountRecovery;

/// Reasons of each kind that are kept of one wish behind the first.
const NEWEST_OF_A_KIND: usize = 5;

/// What somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryReason {
    /// In their words.
    pub text: String,
    /// When.
    pub written_at: Timestamp,
    /// From which address.
    pub ip: IpAddr,
    /// Whether it was written in a browser that is signed in to the account.
    pub is_signed_in: bool,
    /// How many that were written before it, and after the one that stands before it, are left out.
    #[serde(default)]
    pub left_out_before: u32,
}

/// The sealed form of a wish's reasons.
pub(super) fn seal(
    kek: &KeyEncryptionKey,
    wish: &str,
    reasons: &[RecoveryReason],
) -> Result<String, SealError> {
    let plain = serde_json::to_vec(reasons).map_err(|_| SealError)?;
    Ok(kek.seal(Purpose::RecoveryReason, wish, &plain)?.0)
}

/// What was written of a wish, the first at the head; nothing where it has ended.
pub(super) fn open(
    kek: &KeyEncryptionKey,
    wish: &AccountRecovery,
) -> Result<Vec<RecoveryReason>, SealError> {
    let Some(sealed) = &wish.reason_sealed else { return Ok(Vec::new()) };
    let plain = kek.open(Purpose::RecoveryReason, &wish.id, &Sealed(sealed.clone()))?;
    serde_json::from_slice(&plain).map_err(|_| SealError)
}

/// Puts another reason behind those that are there.
pub(super) fn add(reasons: &mut Vec<RecoveryReason>, another: RecoveryReason) {
    let is_signed_in = another.is_signed_in;
    reasons.push(another);
    loop {
        let behind_the_first = reasons.iter().enumerate().skip(1);
        let mut of_kind = behind_the_first.filter(|(_, one)| one.is_signed_in == is_signed_in);
        let Some((oldest, _)) = of_kind.next() else { return };
        if of_kind.count() < NEWEST_OF_A_KIND {
            return;
        }
        let gone = reasons.remove(oldest);
        if let Some(next) = reasons.get_mut(oldest) {
            next.left_out_before += gone.left_out_before + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(number: usize, is_signed_in: bool) -> RecoveryReason {
        RecoveryReason {
            text: number.to_string(),
            written_at: Timestamp(0),
            ip: [192, 0, 2, 1].into(),
            is_signed_in,
            left_out_before: 0,
        }
    }

    fn told(reasons: &[RecoveryReason]) -> Vec<(&str, u32)> {
        reasons.iter().map(|reason| (reason.text.as_str(), reason.left_out_before)).collect()
    }

    #[test]
    fn the_first_and_the_newest_stay_however_many_there_are() {
        let mut reasons = Vec::new();
        for number in 0..40_usize {
            add(&mut reasons, reason(number, false));
            assert_eq!(reasons.len(), (number + 1).min(6));
        }
        let expected = [("0", 0), ("35", 34), ("36", 0), ("37", 0), ("38", 0), ("39", 0)];
        assert_eq!(told(&reasons), expected);
    }

    #[test]
    fn neither_kind_pushes_the_other_out() {
        for floods_signed_in in [false, true] {
            let mut reasons = Vec::new();
            add(&mut reasons, reason(0, floods_signed_in));
            add(&mut reasons, reason(1, floods_signed_in));
            add(&mut reasons, reason(2, !floods_signed_in));
            for number in 3..40 {
                add(&mut reasons, reason(number, floods_signed_in));
            }
            let first = [("0", 0), ("2", 1), ("35", 32)];
            assert_eq!(told(&reasons)[..3], first, "{floods_signed_in}");
            assert_eq!(reasons.len(), 7, "{floods_signed_in}");
            let counted: u32 = reasons.iter().map(|reason| reason.left_out_before + 1).sum();
            assert_eq!(counted, 40, "{floods_signed_in}");
        }
    }
}
