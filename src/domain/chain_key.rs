//! The key under which the audit trail is recorded, sealed and proven.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use super::audit_trail::{TrailRow, append};

/// Records, seals and proves the trail. Derived from the key-encryption key: whoever has only the
/// database can neither add to the trail nor mend it after a change.
#[derive(Clone)]
pub struct ChainKey(hmac::Key);

impl std::fmt::Debug for ChainKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ChainKey(…)")
    }
}

impl ChainKey {
    /// Takes a key of its own for HMAC-SHA-256.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// HMAC-SHA-256 in base64url over `what` it is for and every field, each behind its length.
    #[must_use]
    pub fn mac(&self, what: &str, fields: &[&[u8]]) -> String {
        let mut bytes = Vec::with_capacity(512);
        append(&mut bytes, Some(what.as_bytes()));
        for field in fields {
            append(&mut bytes, Some(field));
        }
        BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, &bytes))
    }

    /// What a row carries from the moment it is recorded.
    #[must_use]
    pub fn recorded_mac(&self, row: &TrailRow) -> String {
        self.mac("recorded", &[&row.sealed_bytes(0)])
    }

    /// What a row of an earlier version, which recorded none, gets in its place. It covers what the
    /// row tells of a person, where no digest in it does.
    #[must_use]
    pub fn adopted_mac(&self, row: &TrailRow) -> String {
        let personal = match row.personal_digest.as_str() {
            "" => row.personal.digest(""),
            _ => String::new(),
        };
        self.mac("adopted", &[&row.sealed_bytes(0), personal.as_bytes()])
    }

    /// What a row carries once Protekt has erased its personal fields.
    #[must_use]
    pub fn erased_mac(&self, id: &str, personal_digest: &str) -> String {
        self.mac("erased", &[id.as_bytes(), personal_digest.as_bytes()])
    }

    /// Whether Protekt recorded this row.
    #[must_use]
    pub fn was_recorded(&self, row: &TrailRow) -> bool {
        is_same(row.recorded_mac.as_deref(), &self.recorded_mac(row))
    }

    /// Whether this row was taken over from an earlier version. One without a digest of what it tells
    /// of a person cannot be told any more once that was erased.
    #[must_use]
    pub fn was_adopted(&self, row: &TrailRow) -> bool {
        is_same(row.recorded_mac.as_deref(), &self.adopted_mac(row))
            || (row.personal_digest.is_empty() && self.was_erased(row))
    }

    /// Whether Protekt erased the personal fields of this row, and nobody put others there since.
    #[must_use]
    pub fn was_erased(&self, row: &TrailRow) -> bool {
        let expected = self.erased_mac(&row.id, &row.personal_digest);
        row.personal_salt.is_none()
            && row.personal.are_erased()
            && is_same(row.erased_mac.as_deref(), &expected)
    }

    /// Whether the personal fields are those that were recorded, or were erased by Protekt.
    #[must_use]
    pub fn personal_fields_hold(&self, row: &TrailRow) -> bool {
        match &row.personal_salt {
            Some(salt) => {
                row.erased_mac.is_none() && row.personal.digest(salt) == row.personal_digest
            }
            // Rows of before there was a chain have no digest.
            None => row.personal_digest.is_empty() || self.was_erased(row),
        }
    }
}

fn is_same(found: Option<&str>, expected: &str) -> bool {
    found.is_some_and(|found| found.as_bytes().ct_eq(expected.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::super::audit_trail::tests::row;
    use super::*;
    use crate::domain::audit_trail::{NO_DETAIL, PersonalFields};

    fn key() -> ChainKey {
        ChainKey::new(&[7; 32])
    }

    fn nothing() -> PersonalFields {
        PersonalFields {
            user_id: None,
            sid: None,
            ip: None,
            user_agent: None,
            detail: NO_DETAIL.to_owned(),
        }
    }

    #[test]
    fn a_changed_personal_field_shows_and_what_protekt_erased_does_not() {
        let mut changed = row();
        assert!(key().personal_fields_hold(&changed));
        changed.personal.ip = Some("192.0.2.2".to_owned());
        assert!(!key().personal_fields_hold(&changed));
        let by_hand = TrailRow { personal: nothing(), personal_salt: None, ..row() };
        assert!(!key().personal_fields_hold(&by_hand), "erased by somebody else");
        let erased_mac = Some(key().erased_mac(&by_hand.id, &by_hand.personal_digest));
        let erased = TrailRow { erased_mac, ..by_hand };
        assert!(key().personal_fields_hold(&erased) && key().was_erased(&erased));
        assert_eq!(erased.sealed_bytes(1), row().sealed_bytes(1));
        let half = TrailRow { personal: row().personal, ..erased.clone() };
        assert!(!key().personal_fields_hold(&half), "half erased is changed");
        let of_another = TrailRow { id: "2".to_owned(), ..erased };
        assert!(!key().personal_fields_hold(&of_another), "the mark of another row");
    }

    #[test]
    fn a_row_is_recorded_by_its_own_key_and_as_it_is() {
        let recorded = TrailRow { recorded_mac: Some(key().recorded_mac(&row())), ..row() };
        assert!(key().was_recorded(&recorded) && !key().was_adopted(&recorded));
        assert!(!ChainKey::new(&[8; 32]).was_recorded(&recorded));
        assert!(!key().was_recorded(&row()), "without a MAC");
        for changed in [
            TrailRow { id: "2".to_owned(), ..recorded.clone() },
            TrailRow { outcome: "failure".to_owned(), ..recorded.clone() },
            TrailRow { personal_digest: String::new(), ..recorded },
        ] {
            assert!(!key().was_recorded(&changed), "{changed:?}");
        }
    }
}
