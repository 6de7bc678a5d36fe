//! Numbering and chaining the trail, and clearing it away from its beginning.
//!
//! Every instance runs a sealer; a lease lets one of them work. The lease only saves work: what
//! keeps two from sealing at once is that the head moves on from what was read, or not at all.

use std::sync::atomic::{AtomicI64, Ordering};

use super::chain::Place;
use super::verify::{count_unsealed, mark};
use super::{BrokenRow, TrailError};
use crate::clock::Timestamp;
use crate::domain::ChainKey;
use crate::domain::audit_trail::TrailRow;
use crate::random;
use crate::store::audit_events::{self, Seal};
use crate::store::audit_marks::{self, CHECKPOINT, HEAD, Mark, ORIGIN};
use crate::store::{Store, StoreError, Tx, leases};

/// Rows that are sealed, or cleared away, in one unit of work.
pub const BATCH: u64 = 500;
const LIMIT: i64 = 500;
const ROWS: usize = 500;
const LEASE: &str = "audit-sealer";
/// For so many seconds an instance that died keeps the others from sealing.
const LEASE_SECONDS: i64 = 5;

/// Seals the trail for one instance.
#[derive(Debug)]
pub struct Sealer {
    store: Store,
    key: ChainKey,
    /// Who this instance is.
    holder: String,
    /// The highest number of a head that this instance has seen.
    highest: AtomicI64,
}

impl Sealer {
    /// A sealer with a name of its own.
    #[must_use]
    pub fn new(store: Store, key: ChainKey) -> Self {
        Self { store, key, holder: random::identifier(), highest: AtomicI64::new(0) }
    }

    /// Seals one batch; says how many rows. None where another instance holds the lease, or was
    /// faster.
    ///
    /// # Errors
    ///
    /// If the database fails, or the head is not ours, or went back since this instance began: a
    /// broken chain is not continued.
    pub async fn seal(&self, now: Timestamp) -> Result<u64, TrailError> {
        let until = now.plus(LEASE_SECONDS);
        let mut tx = self.store.read().await?;
        // The head first: what another instance seals meanwhile makes this round void.
        let head = audit_marks::find(&mut tx, HEAD).await?;
        self.refuse_older(head.as_ref())?;
        let rows = self.genuine_rows(&mut tx).await?;
        let times = (until, now);
        if rows.is_empty() || !leases::is_free_for(&mut tx, LEASE, &self.holder, times).await? {
            return Ok(0);
        }
        drop(tx);
        // A head that is gone or forged must not be written over.
        if !head.as_ref().is_some_and(|mark| self.key.holds(HEAD, mark)) {
            return Err(TrailError::Mark(HEAD));
        }
        let mut place = Place::behind(head.as_ref());
        let seals: Vec<Seal> = rows.into_iter().map(|row| self.next(&mut place, row)).collect();
        let new_head = self.key.mark(HEAD, place.seq, &place.chain_mac);
        let mut tx = self.store.begin().await?;
        if !leases::hold(&mut tx, LEASE, &self.holder, times).await?
            || !audit_marks::advance(&mut tx, HEAD, head.as_ref(), &new_head).await?
        {
            return Ok(0);
        }
        let sealed = audit_events::seal(&mut tx, &seals).await?;
        if sealed != u64::try_from(seals.len()).unwrap_or_default() {
            // A row went meanwhile: rolled back, and tried again without it.
            return Ok(0);
        }
        tx.commit().await?;
        self.highest.fetch_max(place.seq, Ordering::Relaxed);
        Ok(sealed)
    }

    /// The database may have been put back, with or without the rest of it: it cannot know, who
    /// watched it does.
    fn refuse_older(&self, head: Option<&Mark>) -> Result<(), TrailError> {
        let Some(head) = head.filter(|head| self.key.holds(HEAD, head)) else { return Ok(()) };
        let highest = self.highest.fetch_max(head.seq, Ordering::Relaxed);
        if head.seq < highest {
            return Err(TrailError::WentBack { seq: head.seq, highest });
        }
        Ok(())
    }

    /// The head as `protekt audit verify --head` takes it, once something was sealed.
    ///
    /// # Errors
    ///
    /// If the database fails, or the head is not ours.
    pub async fn head(&self) -> Result<Option<String>, TrailError> {
        let head = mark(&self.store, &self.key, HEAD).await?;
        let sealed = head.filter(|head| head.seq > 0);
        Ok(sealed.map(|head| format!("{}:{}", head.seq, head.chain_mac)))
    }

    /// Lets another instance seal at once.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn release(&self) -> Result<(), TrailError> {
        let mut tx = self.store.begin().await?;
        leases::release(&mut tx, LEASE, &self.holder).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Clears away one batch of rows from before `before`; says how many. Only what is proven goes,
    /// so that nobody gets rid of a change by letting it grow old.
    ///
    /// # Errors
    ///
    /// If the database fails, or the chain is broken there.
    pub async fn purge(&self, before: Timestamp) -> Result<u64, TrailError> {
        let old = mark(&self.store, &self.key, CHECKPOINT).await?;
        let origin = mark(&self.store, &self.key, ORIGIN).await?.map_or(0, |mark| mark.seq);
        let mut place = Place::behind(old.as_ref());
        let begin = place.seq;
        let mut tx = self.store.read().await?;
        let rows = audit_events::sealed_after(&mut tx, begin, LIMIT).await?;
        drop(tx);
        for row in rows.iter().take_while(|row| row.at < before) {
            place.follow(&self.key, row, (&rows, origin)).map_err(TrailError::Row)?;
        }
        if place.seq == begin {
            return Ok(0);
        }
        let checkpoint = self.key.mark(CHECKPOINT, place.seq, &place.chain_mac);
        self.clear(old.as_ref(), &checkpoint).await
    }

    async fn clear(&self, old: Option<&Mark>, new: &Mark) -> Result<u64, TrailError> {
        let mut tx = self.store.begin().await?;
        if !audit_marks::advance(&mut tx, CHECKPOINT, old, new).await? {
            return Ok(0);
        }
        let removed = audit_events::delete_up_to(&mut tx, new.seq).await?;
        tx.commit().await?;
        Ok(removed)
    }

    /// The next rows to be sealed. What somebody else put there is left out, and never numbered.
    async fn genuine_rows(&self, tx: &mut Tx) -> Result<Vec<TrailRow>, StoreError> {
        let (mut genuine, mut after) = (Vec::new(), String::new());
        while genuine.len() < ROWS {
            let page = audit_events::unsealed(tx, &after, LIMIT).await?;
            let is_last = page.len() < ROWS;
            if let Some(last) = page.last() {
                after.clone_from(&last.id);
            }
            genuine.extend(page.into_iter().filter(|row| self.key.is_genuine(row)));
            if is_last {
                break;
            }
        }
        genuine.truncate(ROWS);
        Ok(genuine)
    }

    /// Says where a row is that waits to be sealed and that Protekt did not record.
    ///
    /// # Errors
    ///
    /// With the first such row, or if the database fails.
    pub async fn find_forged(&self) -> Result<(), TrailError> {
        count_unsealed(&self.store, &self.key).await.map(drop)
    }

    fn next(&self, place: &mut Place, row: TrailRow) -> Seal {
        place.extend(&self.key, &row);
        Seal { id: row.id, seq: place.seq, chain_mac: place.chain_mac.clone() }
    }
}

impl From<BrokenRow> for TrailError {
    fn from(row: BrokenRow) -> Self {
        Self::Row(row)
    }
}
