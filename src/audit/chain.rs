//! The MACs of the chain.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use super::{BrokenRow, Flaw};
use crate::domain::audit_trail::{TrailRow, append};
use crate::store::audit_marks::Mark;

/// Seals and proves the trail. Derived from the key-encryption key: whoever has only the database
/// can neither add to the chain nor mend it after a change.
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

    /// The MAC of `row` at number `seq` behind a row with the MAC `previous`.
    pub(super) fn row_mac(&self, previous: &str, seq: i64, row: &TrailRow) -> String {
        self.mac("row", &[previous.as_bytes(), &row.sealed_bytes(seq)])
    }

    /// A mark with its proof.
    pub(super) fn mark(&self, name: &str, seq: i64, chain_mac: &str) -> Mark {
        let proof = self.mac("mark", &[name.as_bytes(), &seq.to_be_bytes(), chain_mac.as_bytes()]);
        Mark { seq, chain_mac: chain_mac.to_owned(), proof }
    }

    /// Whether a mark is one of ours.
    pub(super) fn holds(&self, name: &str, mark: &Mark) -> bool {
        is_equal(&self.mark(name, mark.seq, &mark.chain_mac).proof, &mark.proof)
    }

    fn mac(&self, what: &str, fields: &[&[u8]]) -> String {
        let mut bytes = Vec::with_capacity(512);
        append(&mut bytes, Some(what.as_bytes()));
        for field in fields {
            append(&mut bytes, Some(field));
        }
        BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, &bytes))
    }
}

/// A place in the chain, from which it goes on.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) seq: i64,
    pub(super) chain_mac: String,
}

impl Place {
    /// Behind a mark; without one, before the first row.
    pub(super) fn behind(mark: Option<&Mark>) -> Self {
        mark.map_or_else(
            || Self { seq: 0, chain_mac: String::new() },
            |mark| Self { seq: mark.seq, chain_mac: mark.chain_mac.clone() },
        )
    }

    /// Goes one row on: the number and the MAC that `row` gets.
    pub(super) fn extend(&mut self, key: &ChainKey, row: &TrailRow) {
        self.seq += 1;
        self.chain_mac = key.row_mac(&self.chain_mac, self.seq, row);
    }

    /// Goes one row on, if `row` is the one that was sealed next. `page` has the rows around it,
    /// to tell what became of it otherwise.
    pub(super) fn follow(
        &mut self,
        key: &ChainKey,
        row: &TrailRow,
        page: &[TrailRow],
    ) -> Result<(), BrokenRow> {
        let seq = self.seq + 1;
        if row.seq != Some(seq) {
            return Err(BrokenRow { seq, id: None, flaw: Flaw::Missing });
        }
        let broken = |flaw| BrokenRow { seq, id: Some(row.id.clone()), flaw };
        let expected = key.row_mac(&self.chain_mac, seq, row);
        if !is_equal(&expected, row.chain_mac.as_deref().unwrap_or_default()) {
            return Err(broken(self.diagnosis(key, row, page)));
        }
        if !row.personal_fields_hold() {
            return Err(broken(Flaw::Changed));
        }
        *self = Self { seq, chain_mac: expected };
        Ok(())
    }

    /// What became of a row that is not the one sealed here.
    fn diagnosis(&self, key: &ChainKey, row: &TrailRow, page: &[TrailRow]) -> Flaw {
        let seq = self.seq + 1;
        let is_sealed = |mac: &str| {
            page.iter().filter_map(|row| row.chain_mac.as_deref()).any(|known| is_equal(known, mac))
        };
        // Another row of this page was sealed here.
        let is_displaced = page
            .iter()
            .filter(|other| other.id != row.id)
            .any(|other| is_sealed(&key.row_mac(&self.chain_mac, seq, other)));
        // This row was sealed behind another of this page.
        let own_place = page.iter().find_map(|other| {
            let (mac, at) = (other.chain_mac.as_deref()?, other.seq?);
            let places = [at, at.saturating_add(1)].into_iter().filter(|place| *place != seq);
            places.into_iter().find(|place| is_sealed(&key.row_mac(mac, *place, row)))
        });
        match (own_place, is_displaced) {
            (Some(_), _) => Flaw::Reordered,
            (None, true) => Flaw::Inserted,
            (None, false) => Flaw::Changed,
        }
    }
}

pub(super) fn is_equal(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}
