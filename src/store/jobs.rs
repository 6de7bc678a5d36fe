//! What machines let this service do with many people at once.
//!
//! A unit of work that takes a piece of a job holds the job's row first: no piece is worked on twice, and one
//! that breaks off is as it was.

use super::{StoreError, Tx, turns};
use crate::clock::Timestamp;
use crate::domain::job::{IgnoredKeys, Job, JobState, JobWish};
use crate::domain::{ClientId, JobId, Requester, UserId};

macro_rules! columns {
    () => {
        "id, state, client_id, ip, user_agent, wish, reached, steps, total, processed, inserted,
         updated, unchanged, failed, ignored_keys, problem, created_at, begun_at, finished_at,
         expires_at"
    };
}

/// What a piece is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobPart {
    /// What came in and waits, sealed.
    In,
    /// What goes out.
    Out,
    /// What was wrong with which entry, one JSON object a line.
    Errors,
}

impl JobPart {
    const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Errors => "errors",
        }
    }
}

/// A job to be kept.
#[derive(Clone, Debug)]
pub struct NewJob<'new> {
    /// Its id.
    pub id: &'new JobId,
    /// How far it is.
    pub state: JobState,
    /// Who lets it be done.
    pub client_id: &'new ClientId,
    /// From where.
    pub requester: &'new Requester,
    /// What is to be done.
    pub wish: &'new JobWish,
    /// Entries there are, where that is known.
    pub total: Option<i64>,
    /// When it is forgotten, whatever becomes of it.
    pub expires_at: Timestamp,
}

/// What one piece came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advance {
    /// Entries that are done.
    pub processed: i64,
    /// New accounts.
    pub inserted: i64,
    /// Accounts that were changed.
    pub updated: i64,
    /// Accounts that stay as they are.
    pub unchanged: i64,
    /// Entries that nothing was made of.
    pub failed: i64,
}

/// Lets whoever begins a job of a client wait for one another, so that no more are begun than may be.
///
/// # Errors
///
/// If the database fails.
pub async fn take_turn(tx: &mut Tx, client_id: &ClientId) -> Result<(), StoreError> {
    turns::take(tx, &format!("jobs {client_id}")).await
}

/// How many jobs of a client are not over.
///
/// # Errors
///
/// If the database fails.
pub async fn count_unfinished(
    tx: &mut Tx,
    client_id: &ClientId,
    now: Timestamp,
) -> Result<i64, StoreError> {
    const COUNT: &str = "
        SELECT COUNT(*) FROM jobs
        WHERE client_id = $1 AND state IN ('receiving', 'pending', 'processing') AND expires_at > $2";

    tx.query(COUNT).bind(client_id).bind(now).scalar().await
}

/// Keeps a job.
///
/// # Errors
///
/// If the database fails.
pub async fn insert(tx: &mut Tx, new: &NewJob<'_>, now: Timestamp) -> Result<(), StoreError> {
    const INSERT: &str = "
        INSERT INTO jobs
            (id, kind, state, client_id, ip, user_agent, wish, total, created_at, finished_at,
             expires_at, reached, steps, processed, inserted, updated, unchanged, failed,
             ignored_keys)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', 0, 0, 0, 0, 0, 0, '{}')";

    tx.query(INSERT)
        .bind(new.id)
        .bind(new.wish.0.kind())
        .bind(new.state)
        .bind(new.client_id)
        .bind(new.requester.ip.to_string())
        .bind(new.requester.user_agent.as_deref())
        .bind(new.wish)
        .bind(new.total)
        .bind(now)
        .bind(new.state.is_over().then_some(now))
        .bind(new.expires_at)
        .execute()
        .await?;
    Ok(())
}

/// Keeps a piece.
///
/// # Errors
///
/// If the database fails.
pub async fn add_piece(
    tx: &mut Tx,
    (id, part, number): (&JobId, JobPart, i64),
    content: &str,
) -> Result<(), StoreError> {
    const INSERT: &str =
        "INSERT INTO job_pieces (job_id, part, number, content) VALUES ($1, $2, $3, $4)";

    tx.query(INSERT).bind(id).bind(part.as_str()).bind(number).bind(content).execute().await?;
    Ok(())
}

/// Goes on waiting for pieces of a job; says whether they are still waited for.
///
/// # Errors
///
/// If the database fails.
pub async fn wait_on(tx: &mut Tx, id: &JobId, until: Timestamp) -> Result<bool, StoreError> {
    const WAIT: &str = "UPDATE jobs SET expires_at = $2 WHERE id = $1 AND state = 'receiving'";

    Ok(tx.query(WAIT).bind(id).bind(until).execute().await? > 0)
}

/// Lets a job begin whose pieces all came in; says whether it was still waited for.
///
/// # Errors
///
/// If the database fails.
pub async fn submit(
    tx: &mut Tx,
    id: &JobId,
    (wish, total): (&JobWish, i64),
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    const SUBMIT: &str = "
        UPDATE jobs SET state = 'pending', wish = $2, total = $3, expires_at = $4
        WHERE id = $1 AND state = 'receiving'";

    let changed =
        tx.query(SUBMIT).bind(id).bind(wish).bind(total).bind(expires_at).execute().await?;
    Ok(changed > 0)
}

/// Whether a job waits to be worked on.
///
/// # Errors
///
/// If the database fails.
pub async fn is_one_waiting(tx: &mut Tx) -> Result<bool, StoreError> {
    const WAITING: &str = "
        SELECT id FROM jobs WHERE state IN ('pending', 'processing') ORDER BY steps, id LIMIT 1";

    let id: Option<JobId> = tx.query(WAITING).optional_scalar().await?;
    Ok(id.is_some())
}

/// Takes the job of which least was done, and holds it until the end of the unit of work.
///
/// # Errors
///
/// If the database fails.
pub async fn take_next(tx: &mut Tx, now: Timestamp) -> Result<Option<Job>, StoreError> {
    const TAKE: &str = concat!(
        "UPDATE jobs
         SET state = 'processing', steps = steps + 1, begun_at = COALESCE(begun_at, $1)
         WHERE state IN ('pending', 'processing') AND id =
            (SELECT id FROM jobs WHERE state IN ('pending', 'processing')
             ORDER BY steps, id LIMIT 1)
         RETURNING ",
        columns!()
    );

    tx.query(TAKE).bind(now).fetch_optional().await
}

/// The first piece behind a number, with its number.
///
/// # Errors
///
/// If the database fails.
pub async fn next_piece(
    tx: &mut Tx,
    (id, part): (&JobId, JobPart),
    after: i64,
) -> Result<Option<(i64, String)>, StoreError> {
    const NEXT: &str = "
        SELECT number, content FROM job_pieces
        WHERE job_id = $1 AND part = $2 AND number > $3
        ORDER BY number LIMIT 1";

    tx.query(NEXT).bind(id).bind(part.as_str()).bind(after).fetch_optional().await
}

/// Forgets a piece that is done.
///
/// # Errors
///
/// If the database fails.
pub async fn remove_piece(
    tx: &mut Tx,
    (id, part, number): (&JobId, JobPart, i64),
) -> Result<(), StoreError> {
    const REMOVE: &str = "DELETE FROM job_pieces WHERE job_id = $1 AND part = $2 AND number = $3";

    tx.query(REMOVE).bind(id).bind(part.as_str()).bind(number).execute().await?;
    Ok(())
}

/// Notes what a piece came to.
///
/// # Errors
///
/// If the database fails.
pub async fn advance(
    tx: &mut Tx,
    id: &JobId,
    done: &Advance,
    (reached, ignored_keys): (&UserId, &IgnoredKeys),
) -> Result<(), StoreError> {
    const ADVANCE: &str = "
        UPDATE jobs
        SET processed = processed + $2, inserted = inserted + $3, updated = updated + $4,
            unchanged = unchanged + $5, failed = failed + $6, reached = $7, ignored_keys = $8
        WHERE id = $1";

    tx.query(ADVANCE)
        .bind(id)
        .bind(done.processed)
        .bind(done.inserted)
        .bind(done.updated)
        .bind(done.unchanged)
        .bind(done.failed)
        .bind(reached)
        .bind(ignored_keys)
        .execute()
        .await?;
    Ok(())
}

/// Ends a job: well, or with why not.
///
/// # Errors
///
/// If the database fails.
pub async fn finish(
    tx: &mut Tx,
    id: &JobId,
    problem: Option<&str>,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    const FINISH: &str = "
        UPDATE jobs SET state = $2, problem = $3, finished_at = $4, expires_at = $5,
            total = COALESCE(total, processed)
        WHERE id = $1";
    const FORGET: &str = "DELETE FROM job_pieces WHERE job_id = $1 AND part = 'in'";

    let state = if problem.is_some() { JobState::Failed } else { JobState::Completed };
    tx.query(FINISH)
        .bind(id)
        .bind(state)
        .bind(problem)
        .bind(now)
        .bind(expires_at)
        .execute()
        .await?;
    // Nobody's data waits for nothing.
    tx.query(FORGET).bind(id).execute().await?;
    Ok(())
}

/// A job that is told of: all of it came in, and it is not forgotten yet.
///
/// # Errors
///
/// If the database fails.
pub async fn find(tx: &mut Tx, id: &JobId, now: Timestamp) -> Result<Option<Job>, StoreError> {
    const FIND: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM jobs WHERE id = $1 AND state <> 'receiving' AND expires_at > $2"
    );

    tx.query(FIND).bind(id).bind(now).fetch_optional().await
}

/// Removes a job with all its pieces; says whether it was there.
///
/// # Errors
///
/// If the database fails.
pub async fn delete(tx: &mut Tx, id: &JobId) -> Result<bool, StoreError> {
    const HOLD: &str = "UPDATE jobs SET expires_at = 0 WHERE id = $1";
    const PIECES: &str = "DELETE FROM job_pieces WHERE job_id = $1";
    const DELETE: &str = "DELETE FROM jobs WHERE id = $1";

    // Whoever works on it, or receives more of it, is waited for.
    tx.query(HOLD).bind(id).execute().await?;
    tx.query(PIECES).bind(id).execute().await?;
    Ok(tx.query(DELETE).bind(id).execute().await? > 0)
}

/// Removes at most `limit` pieces of jobs whose time is over, and jobs that have none; says how many.
///
/// # Errors
///
/// If the database fails.
pub async fn purge(tx: &mut Tx, limit: i64, now: Timestamp) -> Result<u64, StoreError> {
    const OVER: &str = "
        UPDATE jobs SET state = 'failed'
        WHERE expires_at <= $1 AND state IN ('receiving', 'pending', 'processing')";
    const PIECES: &str = "
        DELETE FROM job_pieces WHERE (job_id, part, number) IN
            (SELECT job_id, part, number FROM job_pieces
             WHERE job_id IN (SELECT id FROM jobs WHERE expires_at <= $1) LIMIT $2)";
    const JOBS: &str = "
        DELETE FROM jobs WHERE expires_at <= $1
            AND NOT EXISTS (SELECT 1 FROM job_pieces WHERE job_id = jobs.id)";

    tx.query(OVER).bind(now).execute().await?;
    let removed = tx.query(PIECES).bind(now).bind(limit).execute().await?;
    Ok(removed + tx.query(JOBS).bind(now).execute().await?)
}
