//! Which client may ask which API for what, for machines at `/api/v2/client-grants`.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::super::App;
use super::super::oauth::token::json_answer;
use super::body::Body;
use super::error::ApiError;
use super::listing::ListCall;
use super::management::Machine;
use super::members::Members;
use super::registry_problem::RegistryProblem;
use super::roles::{giver, in_body};
use super::users::{paged, parameters};
use crate::domain::client_grant::{ClientGrant, SubjectType};
use crate::domain::scope::is_one_scope;
use crate::domain::{ClientGrantId, ClientId, Requester, Scopes};
use crate::oauth::client_grants::{self, GrantWish};
use crate::oauth::management_api::{
    CREATE_CLIENT_GRANTS, DELETE_CLIENT_GRANTS, READ_CLIENT_GRANTS, UPDATE_CLIENT_GRANTS,
};
use crate::oauth::resource_servers::ResourceServerProblem;
use crate::store::client_grants::{self as grant_rows, GrantFilter};

const NAMES: [&str; 4] = ["client_id", "audience", "scope", "subject_type"];
const SUBJECTS: [(&str, SubjectType); 2] =
    [("client", SubjectType::Client), ("user", SubjectType::User)];

/// `GET /api/v2/client-grants`
pub(crate) async fn list(
    State(app): State<App>,
    Machine(caller): Machine,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_CLIENT_GRANTS)?;
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let filter = GrantFilter {
        client_id: call.filter("client_id"),
        identifier: call.filter("audience"),
        subject_type: call.choice("subject_type", &SUBJECTS),
    };
    let (part, with_totals) = call.page();
    call.check()?;
    let mut tx = app.store().read().await?;
    let (page, total) = grant_rows::page(&mut tx, filter, (part.offset, part.limit)).await?;
    let entries = page.iter().map(|given| {
        entry((&given.id, &given.client_id), &given.identifier, given.subject_type, &given.scopes)
    });
    let page: Value = entries.collect();
    Ok(paged("client_grants", page, (part, with_totals), total))
}

/// `POST /api/v2/client-grants`
pub(crate) async fn create(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(CREATE_CLIENT_GRANTS)?;
    let mut members = Members::of(body, &NAMES, &["id"]);
    let wish = GrantWish {
        client_id: ClientId(members.required("client_id")),
        identifier: members.required("audience"),
        subject_type: members.choice("subject_type", &SUBJECTS).unwrap_or(SubjectType::Client),
        scopes: Some(scopes(&mut members)),
    };
    members.check()?;
    let audience = wish.identifier.clone();
    let by = (giver(&caller, &requester), app.now());
    let given = client_grants::create(app.store(), wish, by).await.map_err(refused)?;
    Ok(json_answer(StatusCode::CREATED, &told(&given, &audience)))
}

/// `PATCH /api/v2/client-grants/{id}`
pub(crate) async fn update(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(UPDATE_CLIENT_GRANTS)?;
    let mut members =
        Members::of(body, &["scope"], &["id", "client_id", "audience", "subject_type"]);
    let scopes = scopes(&mut members);
    members.check()?;
    let by = (giver(&caller, &requester), app.now());
    let (given, api) = client_grants::change(app.store(), &known_id(id)?, scopes, by).await?;
    Ok(json_answer(StatusCode::OK, &told(&given, &api.identifier)))
}

/// `DELETE /api/v2/client-grants/{id}`
pub(crate) async fn delete(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(DELETE_CLIENT_GRANTS)?;
    let by = (giver(&caller, &requester), app.now());
    client_grants::delete(app.store(), &known_id(id)?, by).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What is named in a body is not there.
fn refused(problem: ResourceServerProblem) -> ApiError {
    match problem {
        ResourceServerProblem::Unknown(api) => {
            in_body("audience", format!("there is no API with the identifier {api:?}"))
        }
        other => other.into(),
    }
}

fn known_id(id: String) -> Result<ClientGrantId, ApiError> {
    if id.contains('\0') {
        return Err(ApiError::Registry(RegistryProblem::NoSuchClientGrant));
    }
    Ok(ClientGrantId(id))
}

/// What the client may ask for: a list that must be there, and may be empty.
fn scopes(members: &mut Members) -> Scopes {
    if !members.has("scope") {
        members.refuse("scope", "is missing");
    }
    let list = members.list("scope", "must be a list of scopes of the API", |value| {
        value.as_str().filter(|text| is_one_scope(text)).map(str::to_owned)
    });
    list.unwrap_or_default().into_iter().collect()
}

fn told(given: &ClientGrant, audience: &str) -> Value {
    entry((&given.id, &given.client_id), audience, given.subject_type, &given.scopes)
}

/// What was granted, by the names of the management API.
fn entry(
    (id, client_id): (&ClientGrantId, &ClientId),
    audience: &str,
    subject_type: SubjectType,
    scopes: &Scopes,
) -> Value {
    json!({
        "id": id,
        "client_id": client_id,
        "audience": audience,
        "subject_type": subject_type,
        "scope": scopes.iter().collect::<Vec<_>>(),
    })
}
