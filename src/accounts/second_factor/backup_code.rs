//! Codes on paper: eight letters and digits that look like no other, in two groups.

use secrecy::{ExposeSecret as _, SecretString};

use super::super::Accounts;
use super::super::admission;
use super::enrolment::EnrolmentRefusal;
use super::removal::hold_owner;
use crate::clock::Timestamp;
use crate::domain::second_factor::FactorKind;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::domain::{Requester, UserId};
use crate::keys::{KeyEncryptionKey, Purpose};
use crate::random;
use crate::store::{StoreError, Tx, backup_codes};
use crate::throttle::{Decision, Limit, ThrottleKey};

/// New sets that a person may make: each is told by a mail.
const RENEWALS: Limit = Limit::new(5, 60 * 60);

/// 32 signs, so that a byte picks each with the same chance: neither 0, 1, I nor O.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const LENGTH: usize = 8;

/// A new code: 40 random bits, `XXXX-XXXX`.
pub(super) fn generate() -> SecretString {
    let random: [u8; LENGTH] = random::bytes();
    let signs: String = random
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
        .map(|sign| char::from(*sign))
        .collect();
    let (first, second) = signs.split_at_checked(LENGTH / 2).unwrap_or((&signs, ""));
    SecretString::from(format!("{first}-{second}"))
}

/// What storage sees of a code. However it was typed: small letters, no dash, spaces.
pub(super) fn mac(kek: &KeyEncryptionKey, user_id: &UserId, typed: &str) -> String {
    let plain: String = typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|sign| sign.to_ascii_uppercase())
        .collect();
    kek.mac(Purpose::BackupCode, user_id.as_str(), &plain)
}

/// The codes as somebody gets to see them once.
pub(super) fn expose(codes: &[SecretString]) -> Vec<String> {
    codes.iter().map(|code| code.expose_secret().to_owned()).collect()
}

impl Accounts {
    /// A set of backup codes that nobody has yet.
    pub(in super::super) fn first_backup_codes(&self) -> Vec<SecretString> {
        (0..self.settings.factors.backup_codes).map(|_| generate()).collect()
    }

    pub(super) async fn keep_backup_codes(
        &self,
        tx: &mut Tx,
        user_id: &UserId,
        codes: &[SecretString],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let macs: Vec<String> =
            expose(codes).iter().map(|code| mac(&self.kek, user_id, code)).collect();
        backup_codes::replace(tx, user_id, &macs, now).await
    }

    /// Makes a new set of backup codes; the old ones no longer count.
    ///
    /// # Errors
    ///
    /// `NotOffered` where the person has no other factor; `Throttled`.
    pub async fn renew_backup_codes(
        &self,
        (user, session): (&User, &Session),
        requester: &Requester,
    ) -> Result<Vec<String>, EnrolmentRefusal> {
        let tries = [(ThrottleKey::new("backup_codes", user.id.as_str()), RENEWALS)];
        if let Decision::Refused { retry_after_seconds, .. } = self.count(&tries, requester).await?
        {
            return Err(EnrolmentRefusal::Throttled { retry_after_seconds });
        }
        let codes = self.first_backup_codes();
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        hold_owner(&mut tx, session).await?;
        if !admission::has_second_factor(&mut tx, user).await? {
            return Err(EnrolmentRefusal::NotOffered);
        }
        let wish = (FactorKind::BackupCode, None);
        let addition = self.note_addition(&mut tx, user, wish, now).await?;
        self.keep_backup_codes(&mut tx, &user.id, &codes, now).await?;
        self.tell_of_addition(&mut tx, user, &addition, requester, now).await?;
        tx.commit().await?;
        self.bell.ring();
        Ok(expose(&codes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_two_groups_of_signs_that_look_like_no_other() {
        for _ in 0..200 {
            let code = generate();
            let (first, second) = code.expose_secret().split_once('-').unwrap();
            for group in [first, second] {
                assert_eq!(group.len(), 4);
                assert!(group.bytes().all(|sign| ALPHABET.contains(&sign)), "{group}");
            }
        }
    }

    #[test]
    fn a_code_may_be_typed_in_many_ways() {
        let kek = KeyEncryptionKey::generate();
        let user = UserId::from("u");
        let stored = mac(&kek, &user, "A2B3-C4D5");
        for typed in ["a2b3c4d5", " A2B3 C4D5 ", "a2b3–c4d5", "A2B3-C4D5\n"] {
            assert_eq!(mac(&kek, &user, typed), stored, "{typed}");
        }
        assert_ne!(mac(&kek, &user, "A2B3-C4D6"), stored);
        assert_ne!(mac(&kek, &UserId::from("v"), "A2B3-C4D5"), stored);
    }
}
