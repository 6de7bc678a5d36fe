//! What goes on by itself: sending mail and SMS, sealing the audit trail, looking after the keys,
//! and clearing away what expired.
//!
//! Every instance runs these; what may happen once is claimed in the store.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::accounts::Accounts;
use crate::audit::{self, Sealer, TrailError};
use crate::delivery::{Delivery, Webhooks};
use crate::domain::Channel;
use crate::keys::KeyRing;
use crate::oauth::Provider;
use crate::store::{
    Store, StoreError, account_recoveries, authorization_requests, browser_accounts, daily_stats,
    email_changes, email_verifications, factor_additions, grants, jobs, known_devices,
    one_time_codes, outbox, passkeys, password_renewals, password_resets, refresh_tokens,
    revoked_access_tokens, second_factors, sessions, sign_in_challenges, throttle_counters,
    trusted_browsers, unverified_users, user_search, user_tally, webhook_deliveries,
};

/// How many messages one round sends at most.
const MESSAGES_A_ROUND: usize = 100;
/// Retries become due without a ring.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);
/// How soon an event is told.
const WEBHOOKS_INTERVAL: Duration = Duration::from_secs(1);
/// How long it stays to be looked at what was told to webhooks, in seconds.
const WEBHOOK_DELIVERIES_KEPT: i64 = 30 * DAY;
/// Half of what is promised, so that an event is sealed within a second.
const SEAL_INTERVAL: Duration = Duration::from_millis(500);
/// How long a half sign-in is kept once it is over, so that whoever goes back is led on, in seconds.
const CHALLENGES_KEPT: i64 = 60 * 60;
/// So that a long import does not hold up a stop.
const LAST_BATCHES: usize = 20;
/// A trail that is broken is said to be so again and again, but does not fill the log.
const BROKEN_TRAIL_INTERVAL: Duration = Duration::from_mins(5);
/// How often the head of the trail is written to the log, where whoever has the database does not
/// reach it.
const HEAD_INTERVAL: Duration = Duration::from_hours(1);
/// How soon a job is begun.
const WORK_INTERVAL: Duration = Duration::from_secs(1);
const KEYS_INTERVAL: Duration = Duration::from_mins(1);
const RECOVERY_INTERVAL: Duration = Duration::from_mins(1);
const PURGE_INTERVAL: Duration = Duration::from_mins(5);
/// Rows that one statement removes at most, so that no lock is held for long.
const BATCH: i64 = 500;
/// Pieces of jobs that one unit of work removes at most: each is large.
const PIECES: i64 = 50;
/// Names of accounts that one unit of work notes.
const NAMES: i64 = 100;
/// How long it is remembered what was added and gave way, once "Not me" can take it away no more, in
/// seconds: an address may be taken back for a week after a change that came a week later.
const ADDITIONS_KEPT: i64 = 8 * DAY;
/// How long sent messages stay to be looked at, in seconds.
const SENT_MESSAGES_KEPT: i64 = 7 * DAY;
/// How long a browser that nobody signs in from stays known, in seconds.
const BROWSER_ACCOUNTS_KEPT: i64 = 400 * DAY;
/// How long it stays noted what became of a lost second factor, in seconds.
const RECOVERIES_KEPT: i64 = 30 * DAY;
const DAY: i64 = 24 * 60 * 60;

/// The jobs of one instance.
pub struct Jobs {
    /// Sends mail and SMS.
    pub delivery: Delivery,
    /// Tells events to webhooks.
    pub webhooks: Webhooks,
    /// Deletes accounts, and removes second factors of who lost them.
    pub accounts: Accounts,
    /// Holds the keys and the store.
    pub provider: Provider,
    /// Seals the audit trail.
    pub sealer: Sealer,
    /// How long the audit trail is kept, in seconds.
    pub audit_retention: i64,
}

impl Jobs {
    /// Runs until `stop` is cancelled; a round that is under way is finished first.
    pub async fn run(self, stop: CancellationToken) {
        tokio::join!(
            self.send(Channel::Email, &stop),
            self.send(Channel::Sms, &stop),
            self.tell_webhooks(&stop),
            self.seal_trail(&stop),
            every(HEAD_INTERVAL, &stop, || self.log_head()),
            every(KEYS_INTERVAL, &stop, || self.look_after_keys()),
            self.make_missing_keys(&stop),
            every(PURGE_INTERVAL, &stop, || self.purge()),
            every(PURGE_INTERVAL, &stop, || self.delete_accounts()),
            every(RECOVERY_INTERVAL, &stop, || self.finish_recoveries()),
            self.work_for_machines(&stop),
        );
    }

    async fn send(&self, channel: Channel, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.delivery.deliver_due_by(channel, MESSAGES_A_ROUND).await {
                Ok(sent) if sent >= MESSAGES_A_ROUND => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, ?channel, "messages cannot be sent just now"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.delivery.bell.rung_within(channel, LONGEST_SLEEP) => {}
            }
        }
    }

    /// What machines let be done with many people, piece by piece.
    async fn work_for_machines(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.accounts.work_on_jobs().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "jobs cannot be worked on just now"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(WORK_INTERVAL) => {}
            }
        }
    }

    async fn tell_webhooks(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.webhooks.deliver_due(MESSAGES_A_ROUND).await {
                Ok(told) if told >= MESSAGES_A_ROUND => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "webhooks cannot be told just now"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(WEBHOOKS_INTERVAL) => {}
            }
        }
    }

    async fn seal_trail(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match self.sealer.seal(self.provider.now()).await {
                Ok(audit::BATCH) => continue,
                Ok(_) => SEAL_INTERVAL,
                Err(error) => tell_of_trail(&error),
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        if let Err(error) = self.seal_the_rest().await {
            tell_of_trail(&error);
        }
    }

    /// What the last requests recorded, so that nothing stays unsealed while nobody serves.
    async fn seal_the_rest(&self) -> Result<(), TrailError> {
        for _ in 0..LAST_BATCHES {
            if self.sealer.seal(self.provider.now()).await? == 0 {
                break;
            }
        }
        self.log_head().await;
        self.sealer.release().await
    }

    async fn log_head(&self) {
        match self.sealer.head().await {
            Ok(Some(head)) => tracing::info!(%head, "the audit trail, as far as it is sealed"),
            Ok(None) => {}
            Err(error) => {
                tell_of_trail(&error);
            }
        }
    }

    async fn look_after_keys(&self) {
        let keys: &KeyRing = &self.provider.keys;
        if let Err(error) = keys.maintain(self.provider.now()).await {
            tracing::warn!(%error, "the signing keys cannot be looked after just now");
        }
    }

    /// A machine that lets a key take over does not wait until the one after it is made.
    async fn make_missing_keys(&self, stop: &CancellationToken) {
        let keys: &KeyRing = &self.provider.keys;
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => return,
                () = keys.one_is_missing() => {}
            }
            if let Err(error) = keys.make_missing(self.provider.now()).await {
                tracing::warn!(%error, "a signing key cannot be made just now");
            }
        }
    }

    async fn delete_accounts(&self) {
        match self.accounts.delete_due_accounts().await {
            Ok(0) => {}
            Ok(deleted) => tracing::info!(deleted, "deleted accounts whose owners wanted that"),
            Err(error) => tracing::warn!(%error, "accounts cannot be deleted just now"),
        }
    }

    async fn finish_recoveries(&self) {
        match self.accounts.end_unanswered_recoveries().await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "ended ways back that nobody decided"),
            Err(error) => tracing::warn!(%error, "old recoveries cannot be ended just now"),
        }
        match self.accounts.finish_due_recoveries().await {
            Ok(0) => {}
            Ok(finished) => tracing::info!(finished, "removed second factors, as was approved"),
            Err(error) => tracing::warn!(%error, "recoveries cannot be finished just now"),
        }
    }

    async fn purge(&self) {
        match purge(&self.provider).await {
            Ok(0) => {}
            Ok(removed) => tracing::debug!(removed, "cleared away what expired"),
            Err(error) => tracing::warn!(%error, "nothing can be cleared away just now"),
        }
        // Before the trail loses what happened then.
        if let Err(error) = keep_days(&self.provider).await {
            tracing::warn!(%error, "what happened on the last days cannot be counted just now");
        }
        if let Err(error) = self.purge_trail().await {
            tell_of_trail(&error);
        }
    }

    async fn purge_trail(&self) -> Result<(), TrailError> {
        let before = self.provider.now().plus(-self.audit_retention);
        while self.sealer.purge(before).await? == audit::BATCH {}
        self.sealer.find_forged().await
    }
}

/// Says what is wrong with the trail, and gives how long to wait before the next try.
fn tell_of_trail(error: &TrailError) -> Duration {
    if let TrailError::Store(error) = error {
        tracing::warn!(%error, "the audit trail cannot be sealed just now");
        return LONGEST_SLEEP;
    }
    if let TrailError::Forged { .. } = error {
        tracing::error!(%error, "the rest is sealed; run: protekt audit verify");
        return BROKEN_TRAIL_INTERVAL;
    }
    tracing::error!(%error, "nothing more is sealed; run: protekt audit verify");
    BROKEN_TRAIL_INTERVAL
}

async fn every<F: Future<Output = ()>>(
    interval: Duration,
    stop: &CancellationToken,
    work: impl Fn() -> F,
) {
    while !stop.is_cancelled() {
        work().await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(interval) => {}
        }
    }
}

/// Removes what expired, in batches, and says how many rows went.
///
/// # Errors
///
/// If the store fails; what went is gone, the rest goes next time.
pub async fn purge(provider: &Provider) -> Result<u64, StoreError> {
    if let Err(error) = note_names(&provider.store).await {
        tracing::warn!(%error, "names cannot be noted for the search just now");
    }
    let mut removed = 0;
    loop {
        let batch = purge_batch(provider).await?;
        removed += batch;
        if batch < BATCH.unsigned_abs() {
            return Ok(removed);
        }
    }
}

/// Keeps what happened on the days that are over, each in a unit of work of its own.
///
/// # Errors
///
/// If the store fails; what is kept stays.
pub async fn keep_days(provider: &Provider) -> Result<(), StoreError> {
    let (store, now) = (&provider.store, provider.now());
    // Counted while nothing is held: a busy day takes a while.
    while let Some(stats) = daily_stats::next_to_keep(&mut store.read().await?, now).await? {
        let mut tx = store.begin().await?;
        daily_stats::keep(&mut tx, &stats, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What accounts of an earlier version are searched by, in units of work that hold nothing else.
async fn note_names(store: &Store) -> Result<(), StoreError> {
    loop {
        let mut tx = store.begin().await?;
        let noted = user_search::note_names(&mut tx, NAMES).await?;
        tx.commit().await?;
        if noted < NAMES.unsigned_abs() {
            return Ok(());
        }
    }
}

async fn purge_batch(provider: &Provider) -> Result<u64, StoreError> {
    let (store, now): (&Store, _) = (&provider.store, provider.now());
    let mut tx = store.begin().await?;
    let overlap = now.plus(-provider.settings.refresh_overlap);
    refresh_tokens::erase_old_successors(&mut tx, overlap).await?;
    outbox::erase_spent(&mut tx, now).await?;
    let mut removed = authorization_requests::purge(&mut tx, now, BATCH).await?;
    // Spent refresh tokens go with their grant: as long as the family lives, a reuse must be seen.
    removed += grants::purge(&mut tx, now, BATCH).await?;
    removed += revoked_access_tokens::purge(&mut tx, BATCH, now).await?;
    // Counters before sessions, as where a password is chosen, so that no two wait for one another.
    removed += throttle_counters::purge(&mut tx, BATCH, now).await?;
    removed += sessions::purge(&mut tx, BATCH, now).await?;
    removed += sign_in_challenges::purge(&mut tx, BATCH, now.plus(-CHALLENGES_KEPT)).await?;
    removed += password_renewals::purge(&mut tx, BATCH, now.plus(-CHALLENGES_KEPT)).await?;
    removed += one_time_codes::purge(&mut tx, BATCH, now.plus(-CHALLENGES_KEPT)).await?;
    removed += second_factors::purge(&mut tx, BATCH, now).await?;
    removed += passkeys::purge_ceremonies(&mut tx, BATCH, now).await?;
    removed += trusted_browsers::purge(&mut tx, BATCH, now).await?;
    // Accounts first: what became of a link stays tellable for a day.
    let yesterday = now.plus(-DAY);
    removed += unverified_users::purge_abandoned(&mut tx, BATCH, yesterday).await?;
    removed += email_verifications::purge(&mut tx, BATCH, yesterday).await?;
    removed += email_changes::purge(&mut tx, BATCH, yesterday).await?;
    removed += factor_additions::purge(&mut tx, BATCH, now.plus(-ADDITIONS_KEPT)).await?;
    removed += account_recoveries::purge(&mut tx, BATCH, now.plus(-RECOVERIES_KEPT)).await?;
    removed += password_resets::purge(&mut tx, BATCH, yesterday).await?;
    removed += browser_accounts::purge(&mut tx, BATCH, now.plus(-BROWSER_ACCOUNTS_KEPT)).await?;
    removed += known_devices::purge(&mut tx, BATCH, now.plus(-BROWSER_ACCOUNTS_KEPT)).await?;
    removed += outbox::purge(&mut tx, BATCH, now.plus(-SENT_MESSAGES_KEPT)).await?;
    removed += jobs::purge(&mut tx, PIECES, now).await?;
    let told_long_ago = now.plus(-WEBHOOK_DELIVERIES_KEPT);
    removed += webhook_deliveries::purge(&mut tx, BATCH, told_long_ago).await?;
    removed += user_tally::fold(&mut tx, BATCH).await?;
    tx.commit().await?;
    Ok(removed)
}
