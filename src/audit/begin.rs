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

/// Gives the rows that an earlier version left unsealed, or erased, the MACs that such rows carry
/// since. To be done once, before [`begin`].
///
/// # Errors
///
/// If the database fails.
pub async fn take_over(store: &Store, key: &ChainKey) -> Result<(), StoreError> {
    loop {
        let rows = audit_events::without_macs(&mut store.read().await?, BATCH).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut tx = store.begin().await?;
        for row in rows {
            audit_events::give_macs(&mut tx, &taken_over(row, key)).await?;
        }
        tx.commit().await?;
    }
}

fn taken_over(mut row: TrailRow, key: &ChainKey) -> TrailRow {
    if row.seq.is_none() && row.recorded_mac.is_none() {
        row.recorded_mac = Some(key.adopted_mac(&row));
    }
    if row.is_erased() && row.erased_mac.is_none() {
        row.erased_mac = Some(key.erased_mac(&row.id, &row.personal_digest));
    }
    row
}
