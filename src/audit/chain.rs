//! The MACs of the chain.

use subtle::ConstantTimeEq as _;

use super::{BrokenRow, Flaw};
use crate::domain::ChainKey;
use crate::domain::audit_trail::TrailRow;
use crate::store::audit_marks::Mark;

impl ChainKey {
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

    /// Whether a row without a number is as Protekt recorded it, or took it over.
    pub(super) fn is_genuine(&self, row: &TrailRow) -> bool {
        (self.was_recorded(row) || self.was_adopted(row)) && self.personal_fields_hold(row)
    }

    /// What is wrong with a row besides its place in the chain; `origin` is the number of the last
    /// one that need not carry a MAC of its own.
    fn flaw_of(&self, row: &TrailRow, origin: i64) -> Option<Flaw> {
        // Without a digest nothing in the chain covers what the row tells of a person.
        let is_earlier = row.recorded_mac.is_none()
            && !row.personal_digest.is_empty()
            && row.seq.is_some_and(|seq| seq <= origin);
        if !(is_earlier || self.was_recorded(row) || self.was_adopted(row)) {
            return Some(Flaw::Changed);
        }
        if self.personal_fields_hold(row) {
            return None;
        }
        let is_erased = row.personal_salt.is_none() && row.personal.are_erased();
        Some(if is_erased { Flaw::Erased } else { Flaw::Changed })
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
    /// to tell what became of it otherwise; `origin` is where rows begin to carry their own MACs.
    pub(super) fn follow(
        &mut self,
        key: &ChainKey,
        row: &TrailRow,
        (page, origin): (&[TrailRow], i64),
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
        if let Some(flaw) = key.flaw_of(row, origin) {
            return Err(broken(flaw));
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
