//! What is done with many people at once, for machines at `/api/v2/jobs`.

use axum::body::{Body as HttpBody, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::oauth::token::{NO_STORE, json_answer};
use super::super::page_error::PageError;
use super::body::Body;
use super::connections::CONNECTION_ID;
use super::error::ApiError;
use super::job_problem::JobTrouble;
use super::managed_users::by_machine;
use super::management::Machine;
use super::members::Members;
use super::users::{known_id, located};
use crate::accounts::{CONNECTION, NewExport, is_column};
use crate::audit;
use crate::domain::audit_event::{AuditEvent, AuditKind};
use crate::domain::job::{ExportColumn, ExportFormat, Job, JobState, JobTask};
use crate::domain::{JobId, Requester};
use crate::oauth::management_api::{CREATE_USERS, ManagementCaller, READ_USERS, UPDATE_USERS};
use crate::store::StoreError;
use crate::store::jobs::{self, JobPart};

const LIST: &str = "/api/v2/jobs";
const FORMATS: [(&str, ExportFormat); 2] =
    [("json", ExportFormat::Json), ("csv", ExportFormat::Csv)];
const EXPORT_NAMES: [&str; 4] = ["connection_id", "format", "limit", "fields"];
const MAIL_NAMES: [&str; 4] = ["user_id", "client_id", "identity", "organization_id"];
/// The most columns of an export.
const MOST_COLUMNS: usize = 100;
/// The longest name of one, in characters.
const LONGEST_TITLE: usize = 100;

/// `POST /api/v2/jobs/users-exports`
pub(crate) async fn export(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(READ_USERS)?;
    let mut members = Members::of(body, &EXPORT_NAMES, &[]);
    connection(&mut members);
    let format = members.choice("format", &FORMATS).unwrap_or(ExportFormat::Json);
    let limit = members.number("limit");
    if limit.is_some_and(|limit| limit < 1) {
        members.refuse("limit", "must be at least 1");
    }
    let columns = columns(&mut members);
    members.check()?;
    let new = NewExport { format, limit, columns };
    let job = app.accounts.begin_export(new, by_machine(&caller, &requester)).await?;
    Ok(told(&app, StatusCode::OK, &job))
}

/// `POST /api/v2/jobs/verification-email`
pub(crate) async fn verification_email(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(UPDATE_USERS)?;
    if !app.accounts.settings.sends_mail {
        return Err(PageError::NotFound.into());
    }
    let mut members = Members::of(body, &MAIL_NAMES, &[]);
    let id = members.required("user_id");
    for name in ["client_id", "identity", "organization_id"] {
        if members.has(name) {
            members
                .refuse(name, "is not followed: who uses the link ends on a page of this service");
        }
    }
    members.check()?;
    let by = by_machine(&caller, &requester);
    let job = app.accounts.mail_verification(&known_id(id)?, by).await?;
    Ok(told(&app, StatusCode::CREATED, &job))
}

/// `GET /api/v2/jobs/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let job = known_job(&app, &caller, id).await?;
    Ok(json_answer(StatusCode::OK, &Value::Object(entry(&app, &job))))
}

/// `DELETE /api/v2/jobs/{id}`: what is not done yet stays undone.
pub(crate) async fn delete(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let job = known_job(&app, &caller, id).await?;
    app.accounts.delete_job(&job.id, by_machine(&caller, &requester)).await?;
    Ok((StatusCode::NO_CONTENT, NO_STORE).into_response())
}

/// `GET /api/v2/jobs/{id}/errors`: what was wrong with which entry of an import.
pub(crate) async fn errors(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let job = known_job(&app, &caller, id).await?;
    let first = Pieces::new(app, (job.id, JobPart::Errors)).next().await?;
    let Some(first) = first else { return Ok((StatusCode::NO_CONTENT, NO_STORE).into_response()) };
    let items = |lines: &str| lines.trim_end().replace('\n', ",");
    let begin = format!("[{}", items(&first.0));
    let rest = stream::try_unfold(Some(first.1), move |pieces| async move {
        let Some(pieces) = pieces else { return Ok::<_, StoreError>(None) };
        Ok(Some(match pieces.next().await? {
            Some((lines, pieces)) => (format!(",{}", items(&lines)), Some(pieces)),
            None => ("]".to_owned(), None),
        }))
    });
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((StatusCode::OK, NO_STORE, kind, streamed(begin, rest)).into_response())
}

/// `GET /api/v2/jobs/{id}/download`: what an export told of.
pub(crate) async fn download(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let job = known_job(&app, &caller, id).await?;
    let JobTask::UsersExport { format, .. } = &job.wish.0 else {
        return Err(JobTrouble::NoExport.into());
    };
    if job.state != JobState::Completed {
        return Err(JobTrouble::NotCompleted.into());
    }
    let (kind, ending) = match format {
        ExportFormat::Json => ("application/x-ndjson", "ndjson"),
        ExportFormat::Csv => ("text/csv; charset=utf-8", "csv"),
    };
    let event = AuditEvent::success(AuditKind::ExportFetched).by_client(&caller.client_id);
    let event = event.from(&requester).with(json!({ "job": job.id }));
    let mut tx = app.store().begin().await?;
    audit::record(&mut tx, event, app.now()).await?;
    tx.commit().await?;
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.{ending}\"", job.id)),
    ];
    let (begin, rest) = match Pieces::new(app, (job.id, JobPart::Out)).next().await? {
        Some((text, pieces)) => (text, Some(pieces)),
        None => (String::new(), None),
    };
    let rest = stream::try_unfold(rest, |pieces| async move {
        let Some(pieces) = pieces else { return Ok::<_, StoreError>(None) };
        Ok(pieces.next().await?.map(|(text, pieces)| (text, Some(pieces))))
    });
    Ok((StatusCode::OK, NO_STORE, headers, streamed(begin, rest)).into_response())
}

/// What is kept of a job, piece by piece.
struct Pieces {
    app: App,
    of: (JobId, JobPart),
    after: i64,
}

impl Pieces {
    const fn new(app: App, of: (JobId, JobPart)) -> Self {
        Self { app, of, after: 0 }
    }

    /// The piece that comes next, and where it goes on; `None` at the end.
    async fn next(mut self) -> Result<Option<(String, Self)>, StoreError> {
        let mut tx = self.app.store().read().await?;
        let next = jobs::next_piece(&mut tx, (&self.of.0, self.of.1), self.after).await;
        drop(tx);
        let next = next.inspect_err(|error| {
            tracing::error!(%error, job = self.of.0.as_str(), "what a job made cannot be read");
        })?;
        Ok(next.map(|(number, content)| {
            self.after = number;
            (content, self)
        }))
    }
}

fn streamed(
    begin: String,
    rest: impl futures_util::Stream<Item = Result<String, StoreError>> + Send + 'static,
) -> HttpBody {
    use futures_util::StreamExt as _;

    let begin = stream::once(async { Ok::<_, StoreError>(begin) });
    HttpBody::from_stream(begin.chain(rest).map(|text| text.map(Bytes::from)))
}

/// A job that the caller may know of: whoever may do the same.
async fn known_job(app: &App, caller: &ManagementCaller, id: String) -> Result<Job, ApiError> {
    let may_any = [CREATE_USERS, READ_USERS, UPDATE_USERS]
        .into_iter()
        .any(|scope| caller.needs(scope).is_ok());
    if !may_any {
        caller.needs(READ_USERS)?;
    }
    let id = known_id(id).map_err(|_| JobTrouble::Unknown)?;
    let job = app.accounts.job(&JobId(id.0)).await?.ok_or(JobTrouble::Unknown)?;
    caller.needs(match job.wish.0 {
        JobTask::UsersImport { .. } => CREATE_USERS,
        JobTask::UsersExport { .. } => READ_USERS,
        JobTask::VerificationEmail { .. } => UPDATE_USERS,
    })?;
    Ok(job)
}

/// The answer of a job that has just begun.
pub(super) fn told(app: &App, status: StatusCode, job: &Job) -> Response {
    let answer = json_answer(status, &Value::Object(entry(app, job)));
    located(answer, LIST, job.id.as_str())
}

/// A job by the names of the management API; what is not known is left out.
fn entry(app: &App, job: &Job) -> Map<String, Value> {
    let mut entry = Map::from_iter([
        ("id".to_owned(), json!(job.id)),
        ("type".to_owned(), json!(job.wish.0.kind())),
        ("status".to_owned(), json!(job.state)),
        ("created_at".to_owned(), json!(job.created_at.to_rfc3339_millis())),
        ("expires_at".to_owned(), json!(job.expires_at.to_rfc3339_millis())),
    ]);
    let finished_at = job.finished_at.map(|time| json!(time.to_rfc3339_millis()));
    let known = [
        ("finished_at", finished_at),
        ("status_details", job.problem.as_ref().map(|problem| json!(problem))),
        ("percentage_done", job.percentage().map(|done| json!(done))),
        ("time_left_seconds", job.seconds_left(app.now()).map(|seconds| json!(seconds))),
    ];
    let known = known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    entry.extend(known);
    entry.extend(of_task(app, job));
    entry
}

fn of_task(app: &App, job: &Job) -> Map<String, Value> {
    let Value::Object(mut entry) = (match &job.wish.0 {
        JobTask::UsersImport { upsert, external_id } => json!({
            "connection": CONNECTION,
            "connection_id": CONNECTION_ID,
            "upsert": upsert,
            "external_id": external_id,
            "send_completion_email": false,
            "summary": {
                "total": job.processed,
                "inserted": job.inserted,
                "updated": job.updated,
                "unchanged": job.unchanged,
                "failed": job.failed,
            },
            "ignored_keys": job.ignored_keys.0,
        }),
        JobTask::UsersExport { format, limit, columns } => json!({
            "connection": CONNECTION,
            "connection_id": CONNECTION_ID,
            "format": format,
            "limit": limit,
            "fields": columns.iter().map(|column| {
                json!({ "name": column.member, "export_as": column.title })
            }).collect::<Vec<_>>(),
            "summary": { "total": job.processed },
            "location": (job.state == JobState::Completed)
                .then(|| format!("{}{LIST}/{}/download", app.origin(), job.id)),
        }),
        JobTask::VerificationEmail { user_id } => json!({ "user_id": user_id }),
    }) else {
        return Map::new();
    };
    entry.retain(|_, value| !value.is_null());
    entry
}

fn connection(members: &mut Members) {
    if members.text("connection_id").is_some_and(|connection| connection != CONNECTION_ID) {
        members.refuse("connection_id", "must be con_database: there is no other");
    }
}

/// What of each account is wanted, and by what name.
fn columns(members: &mut Members) -> Vec<ExportColumn> {
    let column = |value: &Value| {
        let member = value.get("name")?.as_str()?;
        let title = match value.get("export_as") {
            None => member,
            Some(title) => title.as_str()?,
        };
        Some(ExportColumn { member: member.to_owned(), title: title.to_owned() })
    };
    let wanted = "must be a list of objects with a name, and perhaps export_as";
    let columns = members.list("fields", wanted, column).unwrap_or_default();
    if columns.len() > MOST_COLUMNS {
        members.refuse("fields", "must be 100 at most");
    }
    let is_fit = |title: &str| {
        !title.is_empty()
            && title.chars().count() <= LONGEST_TITLE
            && !title.contains(char::is_control)
    };
    for column in &columns {
        if !is_column(&column.member) || !is_fit(&column.member) {
            members.refuse("fields", "names a member that accounts do not have");
        }
        if !is_fit(&column.title) {
            members.refuse("fields", "has an export_as that is empty, longer than 100 characters, or with control characters");
        }
    }
    columns
}
