//! Importing people by a job.

use serde_json::{Map, Value, json};

use super::entries::{Entries, Entry, packed, unpacked};
use super::{Accounts, JobProblem, record_begin};
use crate::accounts::AccountsFault;
use crate::accounts::import::{ImportLine, ImportOutcome, LineProblem};
use crate::accounts::managed_users::{ManagedBy, ManagedUserRefusal, PictureChange, UserChange};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::imported_person::ImportedPerson;
use crate::domain::job::{Job, JobState, JobTask, JobWish};
use crate::domain::metadata::Metadata;
use crate::domain::profile::UncheckedProfile;
use crate::domain::user::User;
use crate::domain::{JobId, Scopes};
use crate::keys::{Purpose, Sealed};
use crate::store::jobs::{self, Advance, JobPart};
use crate::store::{StoreError, Tx, user_search, users};

/// Entries of one piece: what one unit of work writes.
const MOST_ENTRIES: usize = 100;
/// Bytes of one piece, beyond which it takes no further entry.
const FULL: usize = 256 * 1024;
/// How long the next piece may take to come in, in seconds.
const LONGEST_PAUSE: i64 = 2 * 60;
/// The longest text of an entry that is repeated where something is wrong with it, in characters.
const LONGEST_REPEATED: usize = 255;

/// A file that is coming in.
#[derive(Debug)]
pub struct JobUpload {
    accounts: Accounts,
    id: JobId,
    entries: Entries,
    waiting: Vec<Entry>,
    pieces: i64,
    total: i64,
}

/// What became of one entry.
enum Made {
    Inserted,
    Updated,
    Unchanged,
    /// Nothing: a word for programs, and what is wrong.
    Nothing(&'static str, LineProblem),
}

/// What became of the entries of a piece.
#[derive(Debug, Default)]
struct Outcomes {
    done: Advance,
    /// One JSON object a line.
    problems: String,
}

impl Accounts {
    /// Begins to receive the people of an import.
    ///
    /// # Errors
    ///
    /// `TooMany`, or if the database fails.
    pub async fn begin_upload(&self, by: ManagedBy<'_>) -> Result<JobUpload, JobProblem> {
        let task = JobTask::UsersImport { upsert: false, external_id: None };
        let id = self.add_job((JobState::Receiving, task, None), LONGEST_PAUSE, by).await?;
        Ok(JobUpload {
            accounts: self.clone(),
            id,
            entries: Entries::new(),
            waiting: Vec::new(),
            pieces: 0,
            total: 0,
        })
    }

    /// Imports the people of one piece, or ends the job where there is none left.
    pub(super) async fn import_piece(
        &self,
        tx: &mut Tx,
        job: &Job,
        (upsert, scopes): (bool, &Scopes),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let next = jobs::next_piece(tx, (&job.id, JobPart::In), 0).await?;
        let Some((number, sealed)) = next else {
            let counts = json!({
                "job": job.id,
                "imported": job.inserted,
                "updated": job.updated,
                "unchanged": job.unchanged,
                "refused": job.failed,
            });
            let event = AuditEvent::success(AuditKind::ImportFinished).by_client(&job.client_id);
            audit::record(tx, event.with(counts), now).await?;
            return self.end_job(tx, job, None, now).await;
        };
        let place = place(&job.id, number);
        let unreadable = || StoreError::Corrupt(format!("piece {number} of job {}", job.id));
        let plain = self.kek.open(Purpose::JobPiece, &place, &Sealed(sealed));
        let entries = unpacked(&plain.map_err(|_| unreadable())?).ok_or_else(unreadable)?;
        let mut ignored_keys = job.ignored_keys.clone();
        let mut outcomes = Outcomes::default();
        for entry in &entries {
            let made = match parsed(entry, now) {
                Ok(line) => {
                    ignored_keys.note(line.unknown_keys);
                    self.import_entry(tx, (job, &line.person), (upsert, scopes), now).await?
                }
                Err(problem) => Made::Nothing("invalid_entry", problem),
            };
            outcomes.note(entry, made);
        }
        if !outcomes.problems.is_empty() {
            jobs::add_piece(tx, (&job.id, JobPart::Errors, number), &outcomes.problems).await?;
        }
        jobs::remove_piece(tx, (&job.id, JobPart::In, number)).await?;
        jobs::advance(tx, &job.id, &outcomes.done, (&job.reached, &ignored_keys)).await
    }

    async fn import_entry(
        &self,
        tx: &mut Tx,
        (job, person): (&Job, &ImportedPerson),
        (upsert, scopes): (bool, &Scopes),
        now: Timestamp,
    ) -> Result<Made, StoreError> {
        match self.import_one(tx, person, (Some(&job.client_id), now)).await? {
            ImportOutcome::Imported => Ok(Made::Inserted),
            ImportOutcome::Refused(problem) => Ok(Made::Nothing("user_exists", problem)),
            ImportOutcome::Unchanged if upsert => {
                self.update_entry(tx, (job, person), scopes).await
            }
            ImportOutcome::Unchanged => Ok(Made::Unchanged),
        }
    }

    /// Puts what an entry says of a person into the account that is there: what they are called, how they look,
    /// where they live, their number, and what machines keep with it. Never their address, their password, or
    /// whether they are blocked.
    async fn update_entry(
        &self,
        tx: &mut Tx,
        (job, person): (&Job, &ImportedPerson),
        scopes: &Scopes,
    ) -> Result<Made, StoreError> {
        let found = users::find_credentials(tx, person.email.canonical()).await?;
        let id = found.map(|found| found.user.id);
        let read = match &id {
            Some(id) => user_search::find(tx, id).await?,
            None => None,
        };
        let Some(read) = read else { return Ok(Made::Unchanged) };
        let kept = [
            ("user_metadata", &read.user.user_metadata, &person.user_metadata),
            ("app_metadata", &read.user.app_metadata, &person.app_metadata),
        ];
        for (name, before, given) in kept {
            if let Err(error) = Metadata::of_json(before.as_deref()).changed(given) {
                return Ok(Made::Nothing(
                    "invalid_entry",
                    LineProblem::of(name, error.to_string()),
                ));
            }
        }
        let requester = job.requester();
        let by = ManagedBy {
            client_id: &job.client_id,
            session: None,
            scopes: Some(scopes),
            requester: &requester,
        };
        let change = change_by(&read.user, person);
        match self.change_user_within(tx, (&read, false), &change, by).await {
            Ok(changed) if changed == read => Ok(Made::Unchanged),
            Ok(_) => Ok(Made::Updated),
            Err(ManagedUserRefusal::Fault(AccountsFault::Store(error))) => Err(error),
            Err(refusal) => Ok(Made::Nothing("invalid_entry", problem_of(&refusal))),
        }
    }
}

impl JobUpload {
    /// Takes what came in.
    ///
    /// # Errors
    ///
    /// With why nothing can be made of it.
    pub async fn feed(&mut self, bytes: &[u8]) -> Result<(), JobProblem> {
        let mut whole = Vec::new();
        self.entries.feed(bytes, &mut whole).map_err(JobProblem::Unreadable)?;
        self.take(whole).await
    }

    /// All of it came in: the job waits for its turn.
    ///
    /// # Errors
    ///
    /// With why nothing can be made of it.
    pub async fn finish(
        &mut self,
        (upsert, external_id): (bool, Option<String>),
        by: ManagedBy<'_>,
    ) -> Result<Job, JobProblem> {
        let mut whole = Vec::new();
        let entries = std::mem::replace(&mut self.entries, Entries::new());
        entries.finish(&mut whole).map_err(JobProblem::Unreadable)?;
        self.take(whole).await?;
        self.keep().await?;
        let now = self.accounts.clock.now();
        let wish = JobWish(JobTask::UsersImport { upsert, external_id });
        let mut tx = self.accounts.store.begin().await?;
        let until = now.plus(super::LONGEST);
        if !jobs::submit(&mut tx, &self.id, (&wish, self.total), until).await? {
            return Err(JobProblem::TooSlow);
        }
        record_begin(&mut tx, &self.id, &wish, by, now).await?;
        tx.commit().await?;
        self.accounts.told_job(&self.id).await
    }

    /// Forgets what came in.
    ///
    /// # Errors
    ///
    /// If the database fails; then it goes by itself, soon.
    pub async fn abandon(self) -> Result<(), StoreError> {
        let mut tx = self.accounts.store.begin().await?;
        jobs::delete(&mut tx, &self.id).await?;
        tx.commit().await
    }

    async fn take(&mut self, whole: Vec<Entry>) -> Result<(), JobProblem> {
        for entry in whole {
            let size: usize = self.waiting.iter().map(Entry::size).sum();
            if self.waiting.len() >= MOST_ENTRIES || size >= FULL {
                self.keep().await?;
            }
            self.waiting.push(entry);
        }
        Ok(())
    }

    /// Keeps what is whole, sealed: hashes of passwords are in it, and perhaps passwords.
    async fn keep(&mut self) -> Result<(), JobProblem> {
        let entries = std::mem::take(&mut self.waiting);
        if entries.is_empty() {
            return Ok(());
        }
        self.pieces += 1;
        self.total += i64::try_from(entries.len()).unwrap_or(i64::MAX);
        let place = place(&self.id, self.pieces);
        let sealed = self.accounts.kek.seal(Purpose::JobPiece, &place, &packed(&entries))?;
        let until = self.accounts.clock.now().plus(LONGEST_PAUSE);
        let mut tx = self.accounts.store.begin().await?;
        if !jobs::wait_on(&mut tx, &self.id, until).await? {
            return Err(JobProblem::TooSlow);
        }
        jobs::add_piece(&mut tx, (&self.id, JobPart::In, self.pieces), &sealed.0).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl Outcomes {
    fn note(&mut self, entry: &Entry, made: Made) {
        self.done.processed += 1;
        match made {
            Made::Inserted => self.done.inserted += 1,
            Made::Updated => self.done.updated += 1,
            Made::Unchanged => self.done.unchanged += 1,
            Made::Nothing(code, problem) => {
                self.done.failed += 1;
                let line = told(entry, code, &problem);
                self.problems.push_str(&line.to_string());
                self.problems.push('\n');
            }
        }
    }
}

fn place(id: &JobId, number: i64) -> String {
    format!("{id} {number}")
}

fn parsed(entry: &Entry, now: Timestamp) -> Result<ImportLine, LineProblem> {
    match &entry.text {
        Some(text) => ImportLine::parse(text, now),
        None => Err(LineProblem::whole("it is longer than 65536 bytes")),
    }
}

/// What an account becomes by an entry; what the entry does not say stays.
fn change_by(user: &User, person: &ImportedPerson) -> UserChange {
    let mut profile = UncheckedProfile::of(user);
    let phone = person.phone_number.as_ref().map(ToString::to_string);
    let given = [
        (&mut profile.name, &person.name),
        (&mut profile.given_name, &person.given_name),
        (&mut profile.family_name, &person.family_name),
        (&mut profile.nickname, &person.nickname),
        (&mut profile.locale, &person.locale),
        (&mut profile.zoneinfo, &person.zoneinfo),
        (&mut profile.phone_number, &phone),
    ];
    for (field, text) in given {
        if let Some(text) = text {
            field.clone_from(text);
        }
    }
    UserChange {
        profile,
        phone_is_verified: phone.is_some().then_some(person.phone_number_is_verified),
        picture: person.picture.clone().map_or(PictureChange::Keep, PictureChange::At),
        user_metadata: person.user_metadata.clone(),
        app_metadata: person.app_metadata.clone(),
        ..UserChange::default()
    }
}

fn problem_of(refusal: &ManagedUserRefusal) -> LineProblem {
    match refusal {
        ManagedUserRefusal::Profile(_) => {
            LineProblem::whole("what it says of the person cannot be kept")
        }
        other => LineProblem::whole(other.to_string()),
    }
}

/// What is wrong with an entry, with as much of it as names the person; never a secret.
fn told(entry: &Entry, code: &str, problem: &LineProblem) -> Value {
    let given: Option<Value> =
        entry.text.as_deref().and_then(|text| serde_json::from_slice(text).ok());
    let member = |name: &str| {
        let text = given.as_ref()?.get(name)?.as_str()?;
        Some(text.chars().take(LONGEST_REPEATED).collect::<String>())
    };
    let names = [("user_id", ["user_id", "id", "sub"]), ("email", ["email"; 3])];
    let user: Map<String, Value> = names
        .into_iter()
        .filter_map(|(name, keys)| {
            Some((name.to_owned(), keys.into_iter().find_map(member)?.into()))
        })
        .collect();
    let mut error = json!({ "code": code, "message": problem.reason });
    if let (Some(field), Some(error)) = (problem.field, error.as_object_mut()) {
        error.insert("path".to_owned(), field.into());
    }
    json!({ "line": entry.number, "user": user, "errors": [error] })
}
