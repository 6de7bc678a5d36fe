//! People who come by a file, for machines at `/api/v2/jobs/users-imports`.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest as _, Multipart, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use futures_util::{Stream, StreamExt as _};

use super::super::App;
use super::super::page_error::PageError;
use super::connections::CONNECTION_ID;
use super::error::{ApiError, FieldError};
use super::job_problem::JobTrouble;
use super::jobs::told;
use super::managed_users::by_machine;
use super::management::Machine;
use super::users::parameters;
use crate::accounts::{JobUpload, ManagedBy};
use crate::domain::Requester;
use crate::domain::job::Job;
use crate::oauth::management_api::{CREATE_USERS, ManagementCaller, UPDATE_USERS};

/// The largest file, in bytes.
const LARGEST: usize = 256 * 1024 * 1024;
/// The longest value of another part, in bytes.
pub(in crate::http) const LONGEST_VALUE: usize = 1024;
/// How long the next bytes may take to come.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long all of it may take.
const LONGEST_UPLOAD: Duration = Duration::from_hours(2);
/// How much of a file is thrown away behind the point where nothing could be made of it: who is cut off while
/// sending shows no answer. In bytes.
const MOST_DISCARDED: usize = 16 * 1024 * 1024;

/// `POST /api/v2/jobs/users-imports`
pub(crate) async fn import(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, ApiError> {
    caller.needs(CREATE_USERS)?;
    let by = by_machine(&caller, &requester);
    let wish = Wish::of_query(query);
    let mut upload = None;
    let work = Box::pin(taken(&app, (request, wish), (&caller, by), &mut upload));
    let taken = tokio::time::timeout(LONGEST_UPLOAD, work).await;
    match taken.unwrap_or_else(|_| Err(JobTrouble::TooSlow.into())) {
        Ok(job) => Ok(told(&app, StatusCode::ACCEPTED, &job)),
        Err(error) => {
            abandon(upload).await;
            Err(error)
        }
    }
}

/// All of the file, as a job.
async fn taken(
    app: &App,
    (request, wish): (Request, Wish),
    (caller, by): (&ManagementCaller, ManagedBy<'_>),
    upload: &mut Option<JobUpload>,
) -> Result<Job, ApiError> {
    let wish = received(app, (request, wish), by, upload).await?.checked(caller)?;
    match upload {
        Some(upload) => Ok(upload.finish(wish, by).await?),
        None => Err(JobTrouble::OtherType.into()),
    }
}

/// Nothing stays of a file of which nothing can be made.
async fn abandon(upload: Option<JobUpload>) {
    let Some(upload) = upload else { return };
    if let Err(error) = upload.abandon().await {
        tracing::warn!(%error, "what came of a file cannot be removed just now");
    }
}

/// What is wanted of the file.
#[derive(Debug, Default)]
struct Wish {
    upsert: bool,
    external_id: Option<String>,
    errors: Vec<FieldError>,
}

impl Wish {
    fn of_query(query: Option<String>) -> Self {
        let mut wish = Self::default();
        let parameters = parameters(query);
        for name in NAMES {
            match parameters.single(name) {
                Ok(Some(value)) => wish.put(name, value),
                Ok(None) => {}
                Err(_) => wish.refuse(name, "stands more than once, or cannot be read"),
            }
        }
        wish
    }

    fn put(&mut self, name: &'static str, value: &str) {
        match (name, value) {
            ("upsert", "true") => self.upsert = true,
            ("upsert" | "send_completion_email", "false") | ("connection_id", CONNECTION_ID) => {}
            ("upsert", _) => self.refuse(name, "must be true or false"),
            ("send_completion_email", _) => {
                self.refuse(name, "must be false: the job is asked for how far it is");
            }
            ("connection_id", _) => {
                self.refuse(name, "must be con_database: there is no other");
            }
            _ if value.contains(char::is_control) => {
                self.refuse(name, "must have no control characters");
            }
            _ => self.external_id = Some(value.to_owned()),
        }
    }

    fn refuse(&mut self, field: &'static str, message: &str) {
        self.errors.push(FieldError { field, message: message.to_owned() });
    }

    /// What the file is for, where the caller may do that.
    fn checked(mut self, caller: &ManagementCaller) -> Result<(bool, Option<String>), ApiError> {
        if self.external_id.as_ref().is_some_and(|id| id.len() > LONGEST_VALUE) {
            self.refuse("external_id", "is too long");
        }
        if !self.errors.is_empty() {
            return Err(ApiError::Fields(self.errors));
        }
        if self.upsert {
            caller.needs(UPDATE_USERS)?;
        }
        Ok((self.upsert, self.external_id))
    }
}

/// What is said beside the file: as other parts, or in the address.
const NAMES: [&str; 4] = ["connection_id", "upsert", "external_id", "send_completion_email"];

/// Receives the file, whatever form it comes in.
async fn received(
    app: &App,
    (request, wish): (Request, Wish),
    by: ManagedBy<'_>,
    upload: &mut Option<JobUpload>,
) -> Result<Wish, ApiError> {
    match media_type(request.headers()).as_str() {
        "multipart/form-data" => {
            let parts = Multipart::from_request(request, app).await;
            let parts = parts.map_err(|_| PageError::Malformed)?;
            of_parts(app, (parts, wish), by, upload).await
        }
        "application/json" | "application/x-ndjson" => {
            let begun = upload.insert(app.accounts.begin_upload(by).await?);
            fill(begun, &mut request.into_body().into_data_stream()).await?;
            Ok(wish)
        }
        _ => {
            drain(&mut request.into_body().into_data_stream()).await;
            Err(JobTrouble::OtherType.into())
        }
    }
}

fn media_type(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

async fn of_parts(
    app: &App,
    (mut parts, mut wish): (Multipart, Wish),
    by: ManagedBy<'_>,
    upload: &mut Option<JobUpload>,
) -> Result<Wish, ApiError> {
    loop {
        let next = tokio::time::timeout(LONGEST_PAUSE, parts.next_field()).await;
        let next = next.map_err(|_| JobTrouble::TooSlow)?;
        let Some(mut part) = next.map_err(|_| PageError::Malformed)? else { break };
        match part.name().unwrap_or_default() {
            "users" if upload.is_some() => wish.refuse("users", "stands more than once"),
            "users" => {
                let begun = upload.insert(app.accounts.begin_upload(by).await?);
                fill(begun, &mut part).await?;
            }
            name => match NAMES.into_iter().find(|known| *known == name) {
                Some(name) => match value(part).await? {
                    Some(value) => wish.put(name, &value),
                    None => wish.refuse(name, "cannot be read, or is too long"),
                },
                None => drain(&mut part).await,
            },
        }
    }
    if upload.is_none() {
        wish.refuse("users", "is missing: the file with the people");
        return Err(ApiError::Fields(wish.errors));
    }
    Ok(wish)
}

/// The text of a part.
async fn value(mut part: Field<'_>) -> Result<Option<String>, ApiError> {
    let mut text = Vec::new();
    while let Some(bytes) = next_bytes(&mut part).await? {
        if text.len().saturating_add(bytes.len()) > LONGEST_VALUE {
            drain(&mut part).await;
            return Ok(None);
        }
        text.extend(bytes);
    }
    Ok(String::from_utf8(text).ok())
}

/// Puts all that comes into an upload.
async fn fill<E>(
    upload: &mut JobUpload,
    source: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin + Send),
) -> Result<(), ApiError> {
    let mut size = 0_usize;
    while let Some(bytes) = next_bytes(source).await? {
        size = size.saturating_add(bytes.len());
        if size > LARGEST {
            return Err(PageError::TooLarge.into());
        }
        if let Err(problem) = upload.feed(&bytes).await {
            drain(source).await;
            return Err(problem.into());
        }
    }
    Ok(())
}

async fn next_bytes<E>(
    source: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
) -> Result<Option<Bytes>, ApiError> {
    let next = tokio::time::timeout(LONGEST_PAUSE, source.next()).await;
    match next.map_err(|_| JobTrouble::TooSlow)? {
        None => Ok(None),
        Some(Ok(bytes)) => Ok(Some(bytes)),
        // Whoever sends it is gone, or writes no such body.
        Some(Err(_)) => Err(PageError::Malformed.into()),
    }
}

/// Reads and throws away what still comes, within bounds.
async fn drain<E>(source: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin)) {
    let mut size = 0_usize;
    while let Ok(Some(bytes)) = next_bytes(source).await {
        size = size.saturating_add(bytes.len());
        if size > MOST_DISCARDED {
            return;
        }
    }
}
