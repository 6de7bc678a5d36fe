//! APIs that take our access tokens, for machines at `/api/v2/resource-servers`.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::super::{App, paths};
use super::body::Body;
use super::error::ApiError;
use super::etag::{AsSeen, tagged};
use super::listing::ListCall;
use super::management::Machine;
use super::me::moment;
use super::members::{Given, Members};
use super::registry_problem::RegistryProblem;
use super::roles::{giver, in_body};
use super::users::{located, paged, parameters};
use crate::domain::resource_server::{ApiScopes, ResourceServer};
use crate::domain::{ClientId, Requester, ResourceServerId};
use crate::oauth::management_api::{
    CREATE_RESOURCE_SERVERS, DELETE_RESOURCE_SERVERS, READ_RESOURCE_SERVERS,
    UPDATE_RESOURCE_SERVERS,
};
use crate::oauth::resource_servers::{
    self as apis, NewResourceServer, ResourceServerChange, ResourceServerProblem, ScopeWish,
};
use crate::store::{Tx, resource_servers as api_rows};

const NAMES: [&str; 7] = [
    "identifier",
    "name",
    "scopes",
    "token_lifetime",
    "enforce_policies",
    "introspectors",
    "signing_alg",
];
const FIXED: [&str; 4] = ["id", "is_system", "created_at", "updated_at"];
/// How many clients may ask about an API's tokens, as far as machines say.
pub(in crate::http) const MOST_INTROSPECTORS: usize = 20;
/// How every access token is signed.
const SIGNING_ALGORITHM: &str = "RS256";

/// `GET /api/v2/resource-servers`
pub(crate) async fn list(
    State(app): State<App>,
    Machine(caller): Machine,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_RESOURCE_SERVERS)?;
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let identifier = call.filter("identifiers");
    let (part, with_totals) = call.page();
    call.check()?;
    let mut tx = app.store().read().await?;
    let (page, total) = api_rows::page(&mut tx, identifier, (part.offset, part.limit)).await?;
    let mut entries = Vec::with_capacity(page.len());
    for api in &page {
        entries.push(Value::Object(whole(&mut tx, api).await?));
    }
    let page = Value::Array(entries);
    Ok(paged("resource_servers", page, (part, with_totals), total))
}

/// `GET /api/v2/resource-servers/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(READ_RESOURCE_SERVERS)?;
    let found = found(&app, id).await?;
    told(&app, StatusCode::OK, &found).await
}

/// `POST /api/v2/resource-servers`
pub(crate) async fn create(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(CREATE_RESOURCE_SERVERS)?;
    let mut members = Members::of(body, &NAMES, &FIXED);
    let identifier = members.required("identifier");
    if !members.has("name") {
        members.refuse("name", "is missing");
    }
    let change = change(&mut members);
    members.check()?;
    let scopes = change.scopes.unwrap_or_default().into_iter();
    let new = NewResourceServer {
        identifier,
        name: change.name.unwrap_or_default(),
        scopes: scopes.map(|scope| scope.among(&ApiScopes::default())).collect(),
        access_token_lifetime: change.access_token_lifetime.flatten(),
        permissions_required: change.permissions_required.unwrap_or(false),
        introspectors: change.introspectors.unwrap_or_default(),
    };
    let by = (giver(&caller, &requester), app.now());
    let issuer = &app.provider.settings.issuer;
    let made = apis::register(app.store(), new, issuer, by).await.map_err(refused)?;
    let response = told(&app, StatusCode::CREATED, &made).await?;
    Ok(located(response, paths::MANAGEMENT_RESOURCE_SERVERS, made.id.as_str()))
}

/// `PATCH /api/v2/resource-servers/{id}`
pub(crate) async fn update(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(UPDATE_RESOURCE_SERVERS)?;
    let mut members = Members::of(body, &NAMES, &FIXED);
    let identifier = members.text("identifier");
    let change = change(&mut members);
    members.check()?;
    let seen = AsSeen::of(&headers)?;
    let found = found(&app, id).await?;
    if identifier.is_some_and(|identifier| identifier != found.identifier) {
        return Err(in_body("identifier", "stays: tokens carry it as their audience".to_owned()));
    }
    let is_as_seen = |api: &ResourceServer, asking: &[ClientId]| seen.is(&entry(api, asking));
    let by = (giver(&caller, &requester), app.now());
    let changed = apis::update(app.store(), &found.identifier, (change, is_as_seen), by);
    let changed = changed.await.map_err(refused)?;
    told(&app, StatusCode::OK, &changed).await
}

/// `DELETE /api/v2/resource-servers/{id}`
pub(crate) async fn delete(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    caller.needs(DELETE_RESOURCE_SERVERS)?;
    let seen = AsSeen::of(&headers)?;
    let found = found(&app, id).await?;
    let by = (giver(&caller, &requester), app.now());
    let is_as_seen = |api: &ResourceServer, asking: &[ClientId]| seen.is(&entry(api, asking));
    apis::delete(app.store(), (&found.identifier, is_as_seen), by).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The API with this id or identifier.
async fn found(app: &App, key: String) -> Result<ResourceServer, ApiError> {
    let unknown = || ApiError::Registry(RegistryProblem::NoSuchApi);
    if key.contains('\0') {
        return Err(unknown());
    }
    let mut tx = app.store().read().await?;
    // An identifier is a URI, which no id is.
    let found = if key.contains(':') {
        api_rows::find(&mut tx, &key).await?
    } else {
        api_rows::find_by_id(&mut tx, &ResourceServerId(key)).await?
    };
    found.ok_or_else(unknown)
}

/// Of the clients in a body, this one is not there.
fn refused(problem: ResourceServerProblem) -> ApiError {
    match problem {
        ResourceServerProblem::NoSuchClient(id) => {
            in_body("introspectors", format!("{:?} is no client", id.as_str()))
        }
        other => other.into(),
    }
}

/// What a body says of an API.
fn change(members: &mut Members) -> ResourceServerChange {
    let lifetime = members.or_null("token_lifetime", Members::number);
    if members.text("signing_alg").is_some_and(|named| named != SIGNING_ALGORITHM) {
        members.refuse("signing_alg", "must be RS256: there is no other");
    }
    ResourceServerChange {
        name: members.text("name"),
        scopes: members.list(
            "scopes",
            "must be a list of objects with value, and maybe description and changes",
            scope,
        ),
        access_token_lifetime: match lifetime {
            Given::Nothing => None,
            Given::Null => Some(None),
            Given::Value(seconds) => Some(Some(seconds)),
        },
        permissions_required: members.flag("enforce_policies"),
        introspectors: introspectors(members),
        ..ResourceServerChange::default()
    }
}

fn introspectors(members: &mut Members) -> Option<Vec<ClientId>> {
    let ids = members.texts("introspectors")?;
    if ids.len() > MOST_INTROSPECTORS {
        members.refuse("introspectors", &format!("has at most {MOST_INTROSPECTORS} clients"));
    }
    Some(ids.into_iter().map(ClientId).collect())
}

fn scope(entry: &Value) -> Option<ScopeWish> {
    let description = match entry.get("description") {
        None | Some(Value::Null) => None,
        Some(given) => Some(given.as_str()?.to_owned()),
    };
    let changes = match entry.get("changes") {
        None => None,
        Some(given) => Some(given.as_bool()?),
    };
    Some(ScopeWish { value: entry.get("value")?.as_str()?.to_owned(), description, changes })
}

/// The API as it is, with who may ask about its tokens.
async fn told(app: &App, status: StatusCode, api: &ResourceServer) -> Result<Response, ApiError> {
    let whole = whole(&mut app.store().read().await?, api).await?;
    Ok(tagged(status, &whole, &Value::Object(whole.clone())))
}

async fn whole(tx: &mut Tx, api: &ResourceServer) -> Result<Map<String, Value>, ApiError> {
    Ok(entry(api, &api_rows::introspectors(tx, &api.id).await?))
}

/// An API by the names of the management API.
fn entry(api: &ResourceServer, introspectors: &[ClientId]) -> Map<String, Value> {
    let whole = json!({
        "id": api.id,
        "identifier": api.identifier,
        "name": api.name,
        "scopes": api.scopes,
        "token_lifetime": api.access_token_lifetime,
        "enforce_policies": api.permissions_required,
        "introspectors": introspectors,
        "signing_alg": SIGNING_ALGORITHM,
        "is_system": api.is_built_in(),
        "created_at": moment(api.created_at),
        "updated_at": moment(api.updated_at),
    });
    let Value::Object(mut entry) = whole else { return Map::new() };
    entry.retain(|_, value| !value.is_null());
    entry
}
