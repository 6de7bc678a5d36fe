//! Telling of all people by a job.

use serde_json::{Map, Value};

use super::{Accounts, JobProblem, LONGEST};
use crate::accounts::account_members::listed_members;
use crate::accounts::managed_users::ManagedBy;
use crate::clock::Timestamp;
use crate::domain::job::{ExportColumn, ExportFormat, Job, JobState, JobTask};
use crate::store::jobs::{self, Advance, JobPart};
use crate::store::user_search::ListedUser;
use crate::store::{StoreError, Tx, user_search, user_tally};

/// People that one piece tells of.
const PIECE: i64 = 500;
/// What can be told of an account.
const MEMBERS: [&str; 25] = [
    "user_id",
    "email",
    "email_verified",
    "username",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "picture",
    "phone_number",
    "phone_verified",
    "address",
    "locale",
    "zoneinfo",
    "blocked",
    "multifactor",
    "created_at",
    "updated_at",
    "last_login",
    "last_ip",
    "logins_count",
    "deletion_due_at",
    "identities",
    "user_metadata",
    "app_metadata",
];
/// What is the same for everybody, and has no place in a table.
const NO_COLUMN: &str = "identities";
/// Objects whose members can be told of by themselves.
const OBJECTS: [&str; 2] = ["user_metadata.", "app_metadata."];
/// What makes a table take a text for a formula, with what it skips before one.
const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];
/// Digits behind a plus, which no table can do harm by.
const NUMBER: &str = "phone_number";

/// What is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewExport {
    /// In which form.
    pub format: ExportFormat,
    /// Of at most so many people.
    pub limit: Option<i64>,
    /// What of each; everything where it is empty.
    pub columns: Vec<ExportColumn>,
}

/// Whether accounts have such a member: `email`, or `user_metadata.plan`.
#[must_use]
pub fn is_column(member: &str) -> bool {
    let rest = OBJECTS.into_iter().find_map(|object| member.strip_prefix(object));
    MEMBERS.contains(&member) || rest.is_some_and(|rest| !rest.is_empty())
}

impl Accounts {
    /// Lets all people be told of.
    ///
    /// # Errors
    ///
    /// `TooMany`, or if the database fails.
    pub async fn begin_export(&self, new: NewExport, by: ManagedBy<'_>) -> Result<Job, JobProblem> {
        let there = user_tally::total(&mut self.store.read().await?).await?;
        let total = new.limit.map_or(there, |limit| limit.min(there));
        let NewExport { format, limit, mut columns } = new;
        if columns.is_empty() && format == ExportFormat::Csv {
            let column = |member: &&str| (**member != *NO_COLUMN).then(|| same_name(member));
            columns = MEMBERS.iter().filter_map(column).collect();
        }
        let task = JobTask::UsersExport { format, limit, columns };
        let id = self.add_job((JobState::Pending, task, Some(total)), LONGEST, by).await?;
        self.told_job(&id).await
    }

    /// Tells of the next people, and ends the job where there are no more.
    pub(super) async fn export_piece(
        &self,
        tx: &mut Tx,
        job: &Job,
        (format, limit, columns): (ExportFormat, Option<i64>, &[ExportColumn]),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let left = limit.map_or(PIECE, |limit| (limit - job.processed).clamp(0, PIECE));
        let users = user_search::list_after(tx, &job.reached, left).await?;
        let is_first = job.processed == 0;
        let content = match format {
            ExportFormat::Json => lines(&users, columns),
            ExportFormat::Csv => table(&users, columns, is_first)?,
        };
        if !content.is_empty() {
            jobs::add_piece(tx, (&job.id, JobPart::Out, job.steps), &content).await?;
        }
        let processed = i64::try_from(users.len()).unwrap_or(PIECE);
        let reached = users.last().map_or(&job.reached, |last| &last.user.id);
        let done = Advance { processed, ..Advance::default() };
        jobs::advance(tx, &job.id, &done, (reached, &job.ignored_keys)).await?;
        if processed < PIECE { self.end_job(tx, job, None, now).await } else { Ok(()) }
    }
}

fn same_name(member: &str) -> ExportColumn {
    ExportColumn { member: member.to_owned(), title: member.to_owned() }
}

/// An account by the names of the management API.
fn members(user: &ListedUser) -> Map<String, Value> {
    let mut members = listed_members(user);
    if let Some(id) = members.remove("id") {
        members.insert("user_id".to_owned(), id);
    }
    members
}

fn value<'a>(members: &'a Map<String, Value>, member: &str) -> Option<&'a Value> {
    match member.split_once('.') {
        Some((object, name)) => members.get(object)?.get(name),
        None => members.get(member),
    }
}

fn lines(users: &[ListedUser], columns: &[ExportColumn]) -> String {
    let line = |user: &ListedUser| {
        let all = members(user);
        let wanted = if columns.is_empty() {
            all
        } else {
            let named = |column: &ExportColumn| {
                Some((column.title.clone(), value(&all, &column.member)?.clone()))
            };
            columns.iter().filter_map(named).collect()
        };
        Value::Object(wanted).to_string() + "\n"
    };
    users.iter().map(line).collect()
}

fn table(
    users: &[ListedUser],
    columns: &[ExportColumn],
    with_titles: bool,
) -> Result<String, StoreError> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let fault = |error: csv::Error| StoreError::Corrupt(error.to_string());
    if with_titles {
        let titles = columns.iter().map(|column| harmless(&column.title));
        writer.write_record(titles).map_err(fault)?;
    }
    for user in users {
        let all = members(user);
        let cells = columns.iter().map(|column| cell(&column.member, value(&all, &column.member)));
        writer.write_record(cells).map_err(fault)?;
    }
    let bytes = writer.into_inner().map_err(|error| StoreError::Corrupt(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn cell(member: &str, value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if member == NUMBER => text.clone(),
        Some(Value::String(text)) => harmless(text),
        Some(other) => other.to_string(),
    }
}

/// People choose what they are called: no table program must take it for something to do.
fn harmless(text: &str) -> String {
    // PostgreSQL keeps no NUL.
    let text = text.replace('\0', "\u{fffd}");
    if text.starts_with(FORMULA) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_table_would_take_for_a_formula_is_text() {
        for text in ["=1+1", "@SUM(A1)", "-2+3", "+cmd|' /C calc'!A0", "\t=1", "\r=1", "\n=1"] {
            assert_eq!(cell("name", Some(&json!(text))), format!("'{text}"));
        }
        assert_eq!(cell("name", Some(&json!("Ada = 1"))), "Ada = 1");
        assert_eq!(cell("phone_number", Some(&json!("+49301234567"))), "+49301234567");
        assert_eq!(cell("email_verified", Some(&json!(true))), "true");
        assert_eq!(cell("user_metadata", Some(&json!({ "a": [1] }))), "{\"a\":[1]}");
        assert_eq!(cell("name", None), "");
    }

    #[test]
    fn columns_are_members_of_accounts() {
        for member in ["email", "user_metadata", "user_metadata.plan", "app_metadata.a.b"] {
            assert!(is_column(member), "{member}");
        }
        for member in ["", "password", "password_hash", "user_metadata.", "email.x", "id"] {
            assert!(!is_column(member), "{member}");
        }
    }
}
