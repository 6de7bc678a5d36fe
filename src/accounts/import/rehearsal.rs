//! An import that writes nothing.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use super::{Accounts, ImportOutcome, LineProblem, Taken};
use crate::accounts::AccountsFault;
use crate::domain::imported_person::ImportedPerson;

/// What the lines before have taken: 64 bits of each name, about a hundred bytes a line.
#[derive(Debug, Default)]
pub struct Rehearsal {
    digests: RandomState,
    /// The address by the id.
    ids: HashMap<u64, u64>,
    /// The id, where there is one, by the address.
    addresses: HashMap<u64, Option<u64>>,
    usernames: HashSet<u64>,
}

impl Rehearsal {
    /// What would become of a person after the lines before.
    fn take(&mut self, person: &ImportedPerson) -> ImportOutcome {
        let digest = |text: &str| self.digests.hash_one(text);
        let id = person.id.as_ref().map(|id| digest(id.as_str()));
        let address = digest(person.email.canonical());
        let username = person.username.as_ref().map(|username| digest(&username.canonical));
        let refused = |field, reason: &str| ImportOutcome::Refused(LineProblem::of(field, reason));
        match id.and_then(|id| self.ids.get(&id)) {
            Some(known) if *known == address => return ImportOutcome::Unchanged,
            Some(_) => return refused("id", "an earlier line has this id and another address"),
            None => {}
        }
        match self.addresses.get(&address) {
            Some(known) if id.is_none() || *known == id => return ImportOutcome::Unchanged,
            Some(_) => return refused("email", "an earlier line has this address and another id"),
            None => {}
        }
        if username.is_some_and(|username| self.usernames.contains(&username)) {
            return refused("username", "an earlier line has this username");
        }
        self.ids.extend(id.map(|id| (id, address)));
        self.addresses.insert(address, id);
        self.usernames.extend(username);
        ImportOutcome::Imported
    }
}

impl Accounts {
    /// Says what [`Accounts::import`] would make of each person, and writes nothing.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn rehearse_import(
        &self,
        rehearsal: &mut Rehearsal,
        people: &[ImportedPerson],
    ) -> Result<Vec<ImportOutcome>, AccountsFault> {
        let mut tx = self.store.read().await?;
        let mut outcomes = Vec::with_capacity(people.len());
        for person in people {
            outcomes.push(match self.who_has(&mut tx, person).await? {
                Taken::Free | Taken::Unclaimed => rehearsal.take(person),
                Taken::Same => ImportOutcome::Unchanged,
                Taken::Other(problem) => ImportOutcome::Refused(problem),
            });
        }
        Ok(outcomes)
    }
}
