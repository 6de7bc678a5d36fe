//! Bringing people from another system.
//!
//! 1. Each line is read and checked by itself (`line`).
//! 2. A batch is written in one unit of work: the accounts, and an event for each.
//! 3. Who is there already stays as they are, so that an import may be run again after a stop, and
//!    after its refused lines were mended.
//!
//! Hashes are kept as they come and replaced by ours when their owner first signs in.

mod line;
mod rehearsal;

pub use line::ImportLine;
pub use rehearsal::Rehearsal;

use serde::Serialize;

use super::{Accounts, AccountsFault};
use crate::audit;
use crate::clock::Timestamp;
use crate::domain::ClientId;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::imported_person::ImportedPerson;
use crate::domain::metadata::{Metadata, MetadataKind};
use crate::domain::user::User;
use crate::store::{StoreError, Tx, clients, imported_users, managed_users, users};

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportOutcome {
    /// There is a new account.
    Imported,
    /// The account was there already, and stays as it is.
    Unchanged,
    /// Nothing was made of it.
    Refused(LineProblem),
}

/// Why nothing can be made of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineProblem {
    /// Which key; absent where it is the line as a whole.
    pub field: Option<&'static str>,
    /// What is wrong with it; never the value of a secret.
    pub reason: String,
}

impl LineProblem {
    /// Something is wrong with the line as a whole.
    pub fn whole(reason: impl Into<String>) -> Self {
        Self { field: None, reason: reason.into() }
    }

    /// Something is wrong with one field.
    pub fn of(field: &'static str, reason: impl Into<String>) -> Self {
        Self { field: Some(field), reason: reason.into() }
    }
}

/// How many lines became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportCounts {
    /// New accounts.
    pub imported: u64,
    /// Accounts that were there already.
    pub unchanged: u64,
    /// Lines that nothing was made of.
    pub refused: u64,
}

/// How often a batch is begun that PostgreSQL ends in favour of somebody at the same addresses.
const TRIES: u32 = 5;

/// Who has the id, address or username of a person.
enum Taken {
    /// Nobody, or nobody any more.
    Free,
    /// A stranger's sign-up with the address, which gives way.
    Unclaimed,
    /// The person is there already.
    Same,
    /// Somebody else.
    Other(LineProblem),
}

impl Accounts {
    /// Makes an account for each person, in one unit of work; says what became of each.
    ///
    /// # Errors
    ///
    /// If the database fails: then nothing of this batch was written.
    pub async fn import(
        &self,
        people: &[ImportedPerson],
    ) -> Result<Vec<ImportOutcome>, AccountsFault> {
        let mut tries_left = TRIES;
        loop {
            tries_left -= 1;
            match self.import_at_once(people).await {
                // It takes no turns at its many addresses, as whoever corrects theirs does.
                Err(error) if error.is_outrun() && tries_left > 0 => {}
                done => return Ok(done?),
            }
        }
    }

    async fn import_at_once(
        &self,
        people: &[ImportedPerson],
    ) -> Result<Vec<ImportOutcome>, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let mut outcomes = Vec::with_capacity(people.len());
        for person in people {
            outcomes.push(self.import_one(&mut tx, person, (None, now)).await?);
        }
        tx.commit().await?;
        Ok(outcomes)
    }

    /// Records that an import came to its end.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn finish_import(&self, counts: ImportCounts) -> Result<(), AccountsFault> {
        let mut tx = self.store.begin().await?;
        let event = AuditEvent::success(AuditKind::ImportFinished).with(serde_json::json!(counts));
        audit::record(&mut tx, event, self.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Makes an account for a person within a unit of work, for a machine or an operator.
    pub(super) async fn import_one(
        &self,
        tx: &mut Tx,
        person: &ImportedPerson,
        (by, now): (Option<&ClientId>, Timestamp),
    ) -> Result<ImportOutcome, StoreError> {
        if self.insert_imported(tx, person, (by, now)).await? {
            return Ok(ImportOutcome::Imported);
        }
        let mut taken = self.who_has(tx, person).await?;
        if let Taken::Unclaimed = taken {
            self.remove_unclaimed(tx, person.email.canonical(), now).await?;
            if self.insert_imported(tx, person, (by, now)).await? {
                return Ok(ImportOutcome::Imported);
            }
            taken = self.who_has(tx, person).await?;
        }
        Ok(match taken {
            Taken::Same => ImportOutcome::Unchanged,
            Taken::Other(problem) => ImportOutcome::Refused(problem),
            // It changed while we looked.
            Taken::Free | Taken::Unclaimed => ImportOutcome::Refused(LineProblem::whole(
                "somebody else was writing this account just now: run the import again",
            )),
        })
    }

    async fn insert_imported(
        &self,
        tx: &mut Tx,
        person: &ImportedPerson,
        (by, now): (Option<&ClientId>, Timestamp),
    ) -> Result<bool, StoreError> {
        if is_of_client(tx, person).await? {
            return Ok(false);
        }
        let Some(id) = imported_users::insert(tx, person, now).await? else { return Ok(false) };
        let kept = |change| Metadata::default().changed(change).unwrap_or_default();
        let (of_user, of_app) = (kept(&person.user_metadata), kept(&person.app_metadata));
        if !(of_user.is_empty() && of_app.is_empty()) {
            let metadata = [(MetadataKind::User, &of_user), (MetadataKind::App, &of_app)];
            managed_users::set_metadata(tx, &id, &metadata, now).await?;
        }
        let event = AuditEvent::success(AuditKind::UserImported).of(&id);
        let event = by.map_or_else(|| event.clone(), |client| event.clone().by_client(client));
        let detail = serde_json::json!({ "password": person.password_hash.is_some() });
        audit::record(tx, event.with(detail), now).await?;
        Ok(true)
    }

    async fn who_has(&self, tx: &mut Tx, person: &ImportedPerson) -> Result<Taken, StoreError> {
        let has_address = |user: &User| {
            let known = user.email.parse().ok();
            known.is_some_and(|known: crate::domain::email_address::EmailAddress| {
                known.canonical() == person.email.canonical()
            })
        };
        if is_of_client(tx, person).await? {
            return Ok(Taken::Other(LineProblem::of("id", "a client has this id")));
        }
        if let Some(id) = &person.id
            && let Some(user) = users::find(tx, id).await?
        {
            let other = || LineProblem::of("id", "the account with this id has another address");
            return Ok(if has_address(&user) { Taken::Same } else { Taken::Other(other()) });
        }
        if let Some(found) = users::find_credentials(tx, person.email.canonical()).await? {
            return Ok(match person.id {
                _ if self.gives_way(&found.user) => Taken::Unclaimed,
                None => Taken::Same,
                Some(_) => Taken::Other(LineProblem::of(
                    "email",
                    format!("{} belongs to an account with another id", person.email),
                )),
            });
        }
        if let Some(username) = &person.username
            && users::find_credentials(tx, &username.canonical).await?.is_some()
        {
            let reason = format!("{} belongs to another account", username.typed);
            return Ok(Taken::Other(LineProblem::of("username", reason)));
        }
        Ok(Taken::Free)
    }
}

/// Whether a client has the id: a machine is the subject of its own tokens, and nobody may be taken
/// for it (RFC 9700 §4.15).
async fn is_of_client(tx: &mut Tx, person: &ImportedPerson) -> Result<bool, StoreError> {
    let Some(id) = &person.id else { return Ok(false) };
    Ok(clients::find(tx, &ClientId(id.0.clone())).await?.is_some())
}
