//! The beginning of a trail, and how one of an earlier version is taken over.

use super::chain::Place;
use crate::domain::ChainKey;
use crate::domain::audit_trail::TrailRow;
use crate::store::audit_marks::{self, HEAD, ORIGIN};
use crate::store::{Store, StoreError, Tx, audit_events};

/// Rows that are taken over in one unit of work.
const BATCH: i64 = 500;

/// Writes the marks that every trail has from its beginning, in the unit of work in which the
/// installation notes that it has them: from then on an empty trail without them was emptied.
///
/// # Errors
///
/// If the database fails.
pub async fn begin(tx: &mut Tx, key: &ChainKey) -> Result<(), StoreError> {
    let found = audit_marks::find(tx, HEAD).await?;
    let head = Place::behind(found.as_ref().filter(|mark| key.holds(HEAD, mark)));
    let origin = key.mark(ORIGIN, head.seq, &head.chain_mac);
    audit_marks::advance(tx, ORIGIN, None, &origin).await?;
    // Sealed rows without a head are a broken trail, which stays one.
    if found.is_none() && audit_events::find_outside_the_marks(tx).await?.is_none() {
        audit_marks::advance(tx, HEAD, None, &key.mark(HEAD, 0, "")).await?;
    }
    Ok(())
}

/// Whether this version has a trail here already: it wrote the mark *origin*, or recorded a row.
/// Then nothing is of before, whatever else says so.
///
/// # Errors
///
/// If the database fails.
pub async fn has_begun(store: &Store, key: &ChainKey) -> Result<bool, StoreError> {
    let mut tx = store.read().await?;
    let origin = audit_marks::find(&mut tx, ORIGIN).await?;
    if origin.is_some_and(|mark| key.holds(ORIGIN, &mark)) {
        return Ok(true);
    }
    let mut before = audit_events::LAST_ID.to_owned();
    loop {
        let page = audit_events::with_macs(&mut tx, &before, BATCH).await?;
        let Some(last) = page.last() else { return Ok(false) };
        before.clone_from(&last.id);
        if page.iter().any(|row| key.was_recorded(row)) {
            return Ok(true);
        }
    }
}

/// Gives the rows that an earlier version left unsealed, or erased, the MACs that such rows carry
/// since; says how many. To be done once, before [`begin`], and only where nothing [`has_begun`].
///
/// # Errors
///
/// If the database fails.
pub async fn take_over(store: &Store, key: &ChainKey) -> Result<u64, StoreError> {
    let mut taken_over_rows = 0;
    loop {
        let rows = audit_events::without_macs(&mut store.read().await?, BATCH).await?;
        if rows.is_empty() {
            return Ok(taken_over_rows);
        }
        let mut tx = store.begin().await?;
        for row in rows {
            audit_events::give_macs(&mut tx, &taken_over(row, key)).await?;
            taken_over_rows += 1;
        }
        tx.commit().await?;
    }
}

fn taken_over(mut row: TrailRow, key: &ChainKey) -> TrailRow {
    if row.recorded_mac.is_none() && (row.seq.is_none() || row.personal_digest.is_empty()) {
        row.recorded_mac = Some(key.adopted_mac(&row));
    }
    if row.is_erased() && row.erased_mac.is_none() {
        row.erased_mac = Some(key.erased_mac(&row.id, &row.personal_digest));
    }
    row
}
