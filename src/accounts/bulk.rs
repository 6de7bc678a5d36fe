//! Jobs: what machines let this service do with many people at once.
//!
//! 1. A job is a row. Whatever it needs or makes lies beside it in pieces: nothing grows with the number of people.
//! 2. Any instance takes the job of which least was done, holds its row, and does one piece of it: the accounts, what
//!    was wrong, and how far it is are written in one unit of work. One that breaks off leaves nothing, and the piece
//!    is done again.
//! 3. Before each piece the machine must still be allowed what it asked for.

mod entries;
mod exporting;
mod importing;

pub use entries::UnreadableFile;
pub use exporting::{NewExport, is_column};
pub use importing::JobUpload;

use super::giver::management_api;
use super::managed_users::ManagedBy;
use super::verification_stage::VerificationRefusal;
use super::{Accounts, AccountsFault, BeginVerification, faults_into, no_browser};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::job::{Job, JobState, JobTask, JobWish};
use crate::domain::{JobId, UserId};
use crate::random;
use crate::store::jobs::{self, NewJob};
use crate::store::{StoreError, Tx, client_grants, users};

/// Jobs of one client that are not over, at most.
pub const MOST_UNFINISHED_JOBS: i64 = 4;
/// How long it is told what became of a job, in seconds.
const RESULTS_KEPT: i64 = 7 * 24 * 60 * 60;
/// How long what an export made can be fetched, in seconds.
const EXPORTS_KEPT: i64 = 24 * 60 * 60;
/// How long a job may take, in seconds.
const LONGEST: i64 = 7 * 24 * 60 * 60;
/// How often a piece is begun that PostgreSQL ends in favour of somebody at the same accounts.
const TRIES: u32 = 5;

const CREATE_USERS: &str = "create:users";
const READ_USERS: &str = "read:users";
const UPDATE_USERS: &str = "update:users";

/// Why there is no job.
#[derive(Debug, thiserror::Error)]
pub enum JobProblem {
    /// There is none with this id.
    #[error("there is no such job")]
    Unknown,
    /// The client has as many as it may have.
    #[error("too many jobs of this client are not over")]
    TooMany,
    /// Nothing can be made of the file.
    #[error("the file {0}")]
    Unreadable(UnreadableFile),
    /// What came in took too long, and is forgotten.
    #[error("the file came too slowly")]
    TooSlow,
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchUser,
    /// The address is verified already.
    #[error("the address is verified already")]
    Verified,
    /// No mail asks for it.
    #[error("no mail can be sent for this account")]
    Verification(VerificationRefusal),
    /// Ours.
    #[error(transparent)]
    Fault(AccountsFault),
}
faults_into!(JobProblem);

impl Accounts {
    /// A job that is told of.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn job(&self, id: &JobId) -> Result<Option<Job>, AccountsFault> {
        Ok(jobs::find(&mut self.store.read().await?, id, self.clock.now()).await?)
    }

    /// Mails a person a link to verify their address; told of as a job that is done.
    ///
    /// # Errors
    ///
    /// With why there is no mail.
    pub async fn mail_verification(
        &self,
        user_id: &UserId,
        by: ManagedBy<'_>,
    ) -> Result<Job, JobProblem> {
        let user = users::find(&mut self.store.read().await?, user_id).await?;
        let user = user.ok_or(JobProblem::NoSuchUser)?;
        if user.email_verified_at.is_some() {
            return Err(JobProblem::Verified);
        }
        let locale = user.locale.clone().unwrap_or_default();
        let begin = BeginVerification {
            user: &user,
            browser_digest: no_browser(),
            request_handle: None,
            locale,
        };
        match self.begin_verification(begin, by.requester).await {
            Ok(_) => {}
            Err(VerificationRefusal::Fault(fault)) => return Err(JobProblem::Fault(fault)),
            Err(refusal) => return Err(JobProblem::Verification(refusal)),
        }
        let task = JobTask::VerificationEmail { user_id: user_id.clone() };
        let id = self.add_job((JobState::Completed, task, Some(1)), RESULTS_KEPT, by).await?;
        self.told_job(&id).await
    }

    /// Removes a job and what it made; what it did stays done.
    ///
    /// # Errors
    ///
    /// `Unknown`, or if the database fails.
    pub async fn delete_job(&self, id: &JobId, by: ManagedBy<'_>) -> Result<(), JobProblem> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if !jobs::delete(&mut tx, id).await? {
            return Err(JobProblem::Unknown);
        }
        let event =
            AuditEvent::success(AuditKind::JobDeleted).with(serde_json::json!({ "job": id }));
        audit::record(&mut tx, by.told_in(event).from(by.requester), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keeps a job of a client that has not too many, which is told of for so many seconds.
    async fn add_job(
        &self,
        (state, task, total): (JobState, JobTask, Option<i64>),
        kept: i64,
        by: ManagedBy<'_>,
    ) -> Result<JobId, JobProblem> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let id = JobId(format!("job_{}", random::ulid(now)));
        let wish = JobWish(task);
        if !state.is_over() {
            jobs::take_turn(&mut tx, by.client_id).await?;
            if jobs::count_unfinished(&mut tx, by.client_id, now).await? >= MOST_UNFINISHED_JOBS {
                return Err(JobProblem::TooMany);
            }
        }
        let (client_id, requester) = (by.client_id, by.requester);
        let expires_at = now.plus(kept);
        let new = NewJob { id: &id, state, client_id, requester, wish: &wish, total, expires_at };
        jobs::insert(&mut tx, &new, now).await?;
        if state != JobState::Receiving {
            record_begin(&mut tx, &id, &wish, by, now).await?;
        }
        tx.commit().await?;
        Ok(id)
    }

    async fn told_job(&self, id: &JobId) -> Result<Job, JobProblem> {
        self.job(id).await?.ok_or(JobProblem::Unknown)
    }

    /// Works on one piece of one job, where one waits; says whether there was any.
    ///
    /// # Errors
    ///
    /// If the database fails: then nothing of that piece was done.
    pub async fn work_on_jobs(&self) -> Result<bool, AccountsFault> {
        if !jobs::is_one_waiting(&mut self.store.read().await?).await? {
            return Ok(false);
        }
        let mut tries_left = TRIES;
        loop {
            tries_left -= 1;
            match self.work_on_piece().await {
                // It takes no turns at its many addresses, as whoever corrects theirs does.
                Err((_, error)) if error.is_outrun() && tries_left > 0 => {}
                Err((Some(job), error)) if !error.is_unavailable() => {
                    tracing::error!(%error, job = job.id.as_str(), "a job cannot be done");
                    self.give_up(&job).await?;
                    return Ok(true);
                }
                Err((_, error)) => return Err(error.into()),
                Ok(done) => return Ok(done),
            }
        }
    }

    async fn work_on_piece(&self) -> Result<bool, (Option<Box<Job>>, StoreError)> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await.map_err(|error| (None, error))?;
        let taken = jobs::take_next(&mut tx, now).await.map_err(|error| (None, error))?;
        let Some(job) = taken.map(Box::new) else { return Ok(false) };
        match self.work_within(&mut tx, &job, now).await {
            Ok(()) => tx.commit().await.map_err(|error| (None, error))?,
            Err(error) => return Err((Some(job), error)),
        }
        Ok(true)
    }

    async fn work_within(&self, tx: &mut Tx, job: &Job, now: Timestamp) -> Result<(), StoreError> {
        let of_machine = client_grants::scopes_at(tx, &job.client_id, &management_api()).await?;
        let missing = needed(&job.wish.0).iter().find(|scope| !of_machine.contains(scope));
        if let Some(scope) = missing {
            let problem = format!("the client may do this no more: it needs {scope}");
            return self.end_job(tx, job, Some(&problem), now).await;
        }
        match &job.wish.0 {
            JobTask::UsersImport { upsert, .. } => {
                self.import_piece(tx, job, (*upsert, &of_machine), now).await
            }
            JobTask::UsersExport { format, limit, columns } => {
                self.export_piece(tx, job, (*format, *limit, columns), now).await
            }
            JobTask::VerificationEmail { .. } => self.end_job(tx, job, None, now).await,
        }
    }

    /// So that one job that cannot be done holds up no other.
    async fn give_up(&self, job: &Job) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let problem = "something went wrong on our side; the log of the server says what";
        self.end_job(&mut tx, job, Some(problem), now).await?;
        tx.commit().await
    }

    async fn end_job(
        &self,
        tx: &mut Tx,
        job: &Job,
        problem: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let is_export = matches!(job.wish.0, JobTask::UsersExport { .. });
        let kept = if is_export { EXPORTS_KEPT } else { RESULTS_KEPT };
        jobs::finish(tx, &job.id, problem, (now, now.plus(kept))).await
    }
}

/// What a machine must be allowed.
const fn needed(task: &JobTask) -> &'static [&'static str] {
    match task {
        JobTask::UsersImport { upsert: false, .. } => &[CREATE_USERS],
        JobTask::UsersImport { upsert: true, .. } => &[CREATE_USERS, UPDATE_USERS],
        JobTask::UsersExport { .. } => &[READ_USERS],
        JobTask::VerificationEmail { .. } => &[UPDATE_USERS],
    }
}

/// Who let what be done.
async fn record_begin(
    tx: &mut Tx,
    id: &JobId,
    wish: &JobWish,
    by: ManagedBy<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let detail = serde_json::json!({ "job": id, "type": wish.0.kind() });
    let event = AuditEvent::success(AuditKind::JobCreated).with(detail);
    let event = event.by_client(by.client_id).from(by.requester);
    let event = match &wish.0 {
        JobTask::VerificationEmail { user_id } => event.of(user_id),
        JobTask::UsersImport { .. } | JobTask::UsersExport { .. } => event,
    };
    audit::record(tx, event, now).await
}
