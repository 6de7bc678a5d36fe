//! Proving the trail from its beginning to its head, page by page, while it goes on.

use super::chain::{Place, is_equal};
use super::{BrokenRow, Flaw, TrailError};
use crate::clock::Timestamp;
use crate::domain::ChainKey;
use crate::domain::audit_trail::TrailRow;
use crate::store::audit_marks::{self, CHECKPOINT, HEAD, Mark, ORIGIN};
use crate::store::{Store, audit_events};

/// Rows that are in memory at once.
const PAGE: i64 = 1_000;

/// A trail that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// How many rows were proven.
    pub rows: u64,
    /// The number of the last row that was cleared away; 0 where none was.
    pub checkpoint: i64,
    /// The times of the first and the last row.
    pub range: Option<(Timestamp, Timestamp)>,
    /// The number of the last row; 0 where nothing was sealed yet.
    pub head: i64,
    /// The MAC of the last row.
    pub head_mac: String,
    /// Rows whose personal fields were erased.
    pub erased: u64,
    /// Rows of an earlier version, which carry no MAC of when they were recorded: they are as they
    /// were sealed, or taken over.
    pub earlier: u64,
    /// Rows that no sealer has come by yet: Protekt recorded them, but one that is gone shows nowhere.
    pub unsealed: u64,
    /// When the oldest of them happened.
    pub unsealed_since: Option<Timestamp>,
}

/// A head that was noted earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedHead {
    /// Its number.
    pub seq: i64,
    /// Its MAC.
    pub chain_mac: String,
}

/// Proves that every row from the checkpoint to the head is as it was sealed. What is sealed
/// while this runs is left for the next time. `progress` is told, now and then, how many rows of
/// how many are proven.
///
/// # Errors
///
/// If the database fails, or with the first row that is not as it was sealed.
pub async fn verify(
    store: &Store,
    key: &ChainKey,
    noted: Option<&NotedHead>,
    mut progress: impl FnMut(u64, u64) + Send,
) -> Result<Proven, TrailError> {
    let mut walk = Walk::begin(store, key, noted).await?;
    let total = count(walk.head.seq.saturating_sub(walk.place.seq));
    while walk.place.seq < walk.head.seq {
        let page = {
            let mut tx = store.read().await?;
            audit_events::sealed_after(&mut tx, walk.place.seq, PAGE).await?
        };
        walk.take(&page).await?;
        progress(walk.rows, total);
    }
    walk.end().await
}

struct Walk<'walk> {
    store: &'walk Store,
    key: &'walk ChainKey,
    noted: Option<&'walk NotedHead>,
    head: Place,
    place: Place,
    checkpoint: i64,
    /// The number of the last row that need not carry a MAC of its own.
    origin: i64,
    rows: u64,
    erased: u64,
    earlier: u64,
    range: Option<(Timestamp, Timestamp)>,
}

impl<'walk> Walk<'walk> {
    async fn begin(
        store: &'walk Store,
        key: &'walk ChainKey,
        noted: Option<&'walk NotedHead>,
    ) -> Result<Self, TrailError> {
        // The checkpoint first: it moves behind the head, never past it.
        let checkpoint = mark(store, key, CHECKPOINT).await?;
        // Both are there as soon as an installation has its key: a trail without is an emptied one.
        let head = mark(store, key, HEAD).await?.ok_or(TrailError::Mark(HEAD))?;
        let origin = mark(store, key, ORIGIN).await?.ok_or(TrailError::Mark(ORIGIN))?.seq;
        let (place, head) = (Place::behind(checkpoint.as_ref()), Place::behind(Some(&head)));
        if head.seq < place.seq {
            return Err(TrailError::Mark(HEAD));
        }
        let checkpoint = place.seq;
        let (rows, erased, earlier, range) = (0, 0, 0, None);
        let walk = Self {
            store,
            key,
            noted,
            head,
            place,
            checkpoint,
            origin,
            rows,
            erased,
            earlier,
            range,
        };
        walk.check_noted()?;
        Ok(walk)
    }

    /// Proves the rows of a page, up to the head.
    async fn take(&mut self, page: &[TrailRow]) -> Result<(), TrailError> {
        let gap = BrokenRow { seq: self.place.seq + 1, id: None, flaw: Flaw::Missing };
        if page.is_empty() {
            return self.cleared_meanwhile(gap).await;
        }
        for row in page.iter().take_while(|row| row.seq.is_some_and(|seq| seq <= self.head.seq)) {
            match self.place.follow(self.key, row, (page, self.origin)) {
                Ok(()) => {}
                Err(broken) if broken.flaw == Flaw::Missing => {
                    return self.cleared_meanwhile(broken).await;
                }
                Err(broken) => return Err(broken.into()),
            }
            self.rows += 1;
            self.erased += u64::from(row.is_erased());
            self.earlier += u64::from(!self.key.was_recorded(row));
            let first = self.range.map_or(row.at, |(first, _)| first);
            self.range = Some((first, row.at));
            self.check_noted()?;
        }
        // A page that lies behind the head altogether: what it should begin with is gone.
        if self.place.seq + 1 == gap.seq {
            return self.cleared_meanwhile(gap).await;
        }
        Ok(())
    }

    /// A row is missing: perhaps it was cleared away since we began, then the walk goes on behind
    /// the new checkpoint.
    async fn cleared_meanwhile(&mut self, broken: BrokenRow) -> Result<(), TrailError> {
        let checkpoint = mark(self.store, self.key, CHECKPOINT).await?;
        let place = Place::behind(checkpoint.as_ref());
        if place.seq < broken.seq {
            return Err(broken.into());
        }
        self.checkpoint = place.seq;
        self.place = place;
        self.check_noted()
    }

    /// The head that was noted must be a row of the chain, unless it was cleared away.
    fn check_noted(&self) -> Result<(), TrailError> {
        let Some(noted) = self.noted else { return Ok(()) };
        let is_other =
            noted.seq == self.place.seq && !is_equal(&noted.chain_mac, &self.place.chain_mac);
        if is_other || noted.seq > self.head.seq {
            return Err(TrailError::NotedHeadUnknown { seq: noted.seq });
        }
        Ok(())
    }

    async fn end(self) -> Result<Proven, TrailError> {
        if self.place.seq == self.head.seq && !is_equal(&self.place.chain_mac, &self.head.chain_mac)
        {
            return Err(TrailError::HeadMismatch { seq: self.head.seq });
        }
        let mut tx = self.store.read().await?;
        if let Some(row) = audit_events::find_outside_the_marks(&mut tx).await? {
            let seq = row.seq.unwrap_or_default();
            return Err(BrokenRow { seq, id: Some(row.id), flaw: Flaw::Inserted }.into());
        }
        drop(tx);
        let (unsealed, unsealed_since) = count_unsealed(self.store, self.key).await?;
        Ok(Proven {
            rows: self.rows,
            checkpoint: self.checkpoint,
            range: self.range,
            head: self.head.seq,
            head_mac: self.head.chain_mac,
            erased: self.erased,
            earlier: self.earlier,
            unsealed,
            unsealed_since,
        })
    }
}

/// How many rows have no number yet, and when the oldest of them happened; every one of them must
/// be as Protekt recorded it.
pub(super) async fn count_unsealed(
    store: &Store,
    key: &ChainKey,
) -> Result<(u64, Option<Timestamp>), TrailError> {
    let (mut rows, mut oldest, mut after) = (0, None, String::new());
    loop {
        let page = audit_events::unsealed(&mut store.read().await?, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok((rows, oldest)) };
        after.clone_from(&last.id);
        for row in page {
            if !key.is_genuine(&row) {
                return Err(TrailError::Forged { id: row.id });
            }
            rows += 1;
            oldest = Some(oldest.map_or(row.at, |oldest: Timestamp| oldest.min(row.at)));
        }
    }
}

/// A mark of ours, once there is one.
pub(super) async fn mark(
    store: &Store,
    key: &ChainKey,
    name: &'static str,
) -> Result<Option<Mark>, TrailError> {
    let mark = audit_marks::find(&mut store.read().await?, name).await?;
    match mark {
        Some(mark) if !key.holds(name, &mark) => Err(TrailError::Mark(name)),
        mark => Ok(mark),
    }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
