//! What is done with many people at once.

use serde_json::{Value, json};
use utoipa::ToSchema;

use super::super::paths;
use super::operation::Operation;
use super::people::EXAMPLE_ID;
use super::values;
use crate::accounts::CONNECTION;
use crate::oauth::management_api::{CREATE_USERS, READ_USERS, UPDATE_USERS};

const JOB_ID: &str = "job_01MCC8H0GMS0K3V1D0PDN4HSQ6";

/// People who come by a file.
#[derive(Clone, Debug, ToSchema)]
pub struct ImportForm {
    /// A JSON list of people, or one JSON object a line; of at most 256 MiB.
    #[schema(value_type = String, format = Binary)]
    pub users: Vec<u8>,
    /// `con_database`.
    #[schema(required = false, schema_with = values::connection_id)]
    pub connection_id: String,
    /// Whether who is there already gets what the file says of them. Needs `update:users`.
    #[schema(required = false)]
    pub upsert: bool,
    /// What you know the job by.
    #[schema(required = false, schema_with = values::reference)]
    pub external_id: String,
    /// `false`: the job is asked for how far it is.
    #[schema(required = false, schema_with = values::never)]
    pub send_completion_email: bool,
}

/// What is to be told of all people.
#[derive(Clone, Debug, ToSchema)]
pub struct ExportWish {
    /// `json`: one JSON object a line. `csv`: a table.
    #[schema(required = false, schema_with = values::export_format)]
    pub format: String,
    /// `con_database`.
    #[schema(required = false, schema_with = values::connection_id)]
    pub connection_id: String,
    /// Of at most so many people.
    #[schema(required = false, minimum = 1)]
    pub limit: i64,
    /// Which members, in this order; all where it is missing.
    #[schema(required = false, max_items = 100)]
    pub fields: Vec<ExportField>,
}

/// A member of every account of an export.
#[derive(Clone, Debug, ToSchema)]
pub struct ExportField {
    /// Which: `email`, or `user_metadata.plan`.
    #[schema(schema_with = values::export_member)]
    pub name: String,
    /// What it is called.
    #[schema(required = false, schema_with = values::export_title)]
    pub export_as: String,
}

/// Who is to be mailed.
#[derive(Clone, Debug, ToSchema)]
pub struct VerificationMailWish {
    /// The account.
    #[schema(schema_with = values::user_id)]
    pub user_id: String,
}

/// A job. What its type does not have is missing.
#[derive(Clone, Debug, ToSchema)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// `users_import`, `users_export` or `verification_email`.
    #[schema(rename = "type")]
    pub kind: String,
    /// `pending`, `processing`, `completed` or `failed`.
    pub status: String,
    /// Why it failed.
    pub status_details: Option<String>,
    /// When it was asked for.
    #[schema(format = "date-time")]
    pub created_at: String,
    /// When it ended.
    #[schema(format = "date-time")]
    pub finished_at: Option<String>,
    /// When it is forgotten.
    #[schema(format = "date-time")]
    pub expires_at: String,
    /// How much of it is done.
    pub percentage_done: Option<i64>,
    /// How long it may still take.
    pub time_left_seconds: Option<i64>,
    /// Where the accounts are.
    pub connection: Option<String>,
    /// The id of that.
    pub connection_id: Option<String>,
    /// Whether who is there already is changed.
    pub upsert: Option<bool>,
    /// What the caller knows it by.
    pub external_id: Option<String>,
    /// `false`.
    pub send_completion_email: Option<bool>,
    /// What became of how many.
    pub summary: Option<JobSummary>,
    /// Keys that nothing was made of, with how often.
    pub ignored_keys: Option<std::collections::BTreeMap<String, i64>>,
    /// The form of an export.
    pub format: Option<String>,
    /// The most people of an export.
    pub limit: Option<i64>,
    /// The members of an export.
    pub fields: Option<Vec<ToldField>>,
    /// Where an export that is completed can be fetched, with an access token.
    #[schema(format = "uri")]
    pub location: Option<String>,
    /// Who was mailed.
    pub user_id: Option<String>,
}

/// A member of every account of an export.
#[derive(Clone, Debug, ToSchema)]
pub struct ToldField {
    /// Which.
    pub name: String,
    /// What it is called.
    pub export_as: String,
}

/// What became of how many people.
#[derive(Clone, Debug, ToSchema)]
pub struct JobSummary {
    /// How many are done.
    pub total: i64,
    /// New accounts.
    pub inserted: Option<i64>,
    /// Accounts that were changed.
    pub updated: Option<i64>,
    /// Accounts that were there already.
    pub unchanged: Option<i64>,
    /// Those that nothing was made of.
    pub failed: Option<i64>,
}

/// What was wrong with an entry of a file.
#[derive(Clone, Debug, ToSchema)]
pub struct EntryError {
    /// Its line, or which of the list it was.
    pub line: i64,
    /// Whom it was about, as far as it says.
    pub user: EntryUser,
    /// What was wrong.
    pub errors: Vec<EntryProblem>,
}

/// Whom an entry was about.
#[derive(Clone, Debug, ToSchema)]
pub struct EntryUser {
    /// The id.
    pub user_id: Option<String>,
    /// The address.
    pub email: Option<String>,
}

/// What was wrong with an entry.
#[derive(Clone, Debug, ToSchema)]
pub struct EntryProblem {
    /// `invalid_entry` or `user_exists`.
    pub code: String,
    /// What it is, for people.
    pub message: String,
    /// Which key; missing where it is all of it.
    pub path: Option<String>,
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = beginning();
    all.extend(of_one());
    all
}

fn beginning() -> Vec<Operation> {
    vec![
        Operation::post(paths::MANAGEMENT_IMPORTS, "importUsers", "Bring people by a file")
            .about("The file can also be the body itself, as `application/json` or `application/x-ndjson`, with the rest as parameters of the address.")
            .for_machines(&[CREATE_USERS])
            .takes_parts::<ImportForm>(json!({ "users": "[{\"email\":\"grace@example.com\"}]" }))
            .answers::<Job>(202, "The job.", import())
            .tells_location()
            .refuses(408, &["upload_too_slow"])
            .refuses(429, &["too_many_jobs"]),
        Operation::post(paths::MANAGEMENT_EXPORTS, "exportUsers", "Tell of everybody in a file")
            .for_machines(&[READ_USERS])
            .may_take::<ExportWish>(json!({ "format": "csv", "fields": [{ "name": "email" }] }))
            .answers::<Job>(200, "The job.", export("pending"))
            .tells_location()
            .refuses(429, &["too_many_jobs"]),
        Operation::post(
            paths::MANAGEMENT_VERIFICATION_MAILS,
            "mailVerification",
            "Mail somebody a link to verify their address",
        )
        .for_machines(&[UPDATE_USERS])
        .takes::<VerificationMailWish>(json!({ "user_id": EXAMPLE_ID }))
        .answers::<Job>(201, "The job, which is done.", mail())
        .tells_location()
        .refuses(403, &["no_more_codes"])
        .refuses(404, &["inexistent_user", "not_found"])
        .refuses(409, &["email_verified"]),
    ]
}

fn of_one() -> Vec<Operation> {
    let job = |operation: Operation| {
        operation
            .about("For whoever may do the same: `create:users` for an import, `read:users` for an export, `update:users` for a mail.")
            .at("id", "Its id.", JOB_ID)
            .refuses(404, &["inexistent_job"])
    };
    let error = json!({
        "line": 3,
        "user": { "email": "grace@example.com" },
        "errors": [{ "code": "invalid_entry", "message": "it must be text", "path": "name" }],
    });
    vec![
        job(Operation::get(paths::MANAGEMENT_JOB, "showJob", "See how far a job is"))
            .for_machines(&[READ_USERS])
            .answers::<Job>(200, "The job.", export("completed")),
        job(Operation::delete(paths::MANAGEMENT_JOB, "deleteJob", "End a job, and forget it"))
            .for_machines(&[READ_USERS])
            .answers_nothing(204, "It is gone. What it did stays done."),
        job(Operation::get(
            paths::MANAGEMENT_JOB_ERRORS,
            "listJobErrors",
            "See what was wrong with a file",
        ))
        .for_machines(&[CREATE_USERS])
        .answers::<Vec<EntryError>>(200, "The entries that nothing was made of.", json!([error]))
        .answers_nothing(204, "There is nothing to tell."),
        job(Operation::get(
            paths::MANAGEMENT_JOB_DOWNLOAD,
            "downloadExport",
            "Fetch what an export tells",
        ))
        .for_machines(&[READ_USERS])
        .answers_as::<String>((200, "application/x-ndjson"), "The people.", None)
        .or_as::<String>("text/csv")
        .refuses(409, &["job_not_completed", "no_export"]),
    ]
}

fn base(kind: &str, status: &str) -> Value {
    json!({
        "id": JOB_ID,
        "type": kind,
        "status": status,
        "created_at": "2026-11-24T08:14:05.000Z",
        "expires_at": "2026-12-01T08:14:05.000Z",
    })
}

fn with(mut job: Value, more: Value) -> Value {
    if let (Some(job), Value::Object(more)) = (job.as_object_mut(), more) {
        job.extend(more);
    }
    job
}

fn import() -> Value {
    let more = json!({
        "percentage_done": 0,
        "connection": CONNECTION,
        "connection_id": "con_database",
        "upsert": false,
        "send_completion_email": false,
        "summary": { "total": 0, "inserted": 0, "updated": 0, "unchanged": 0, "failed": 0 },
        "ignored_keys": {},
    });
    with(base("users_import", "pending"), more)
}

fn export(status: &str) -> Value {
    let more = json!({
        "connection": CONNECTION,
        "connection_id": "con_database",
        "format": "csv",
        "fields": [{ "name": "email", "export_as": "email" }],
        "summary": { "total": 0 },
    });
    with(base("users_export", status), more)
}

fn mail() -> Value {
    let more = json!({ "percentage_done": 100, "user_id": EXAMPLE_ID });
    with(base("verification_email", "completed"), more)
}
