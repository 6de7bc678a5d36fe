//! Applications that may ask for tokens, for machines at `/api/v2/clients`.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::super::{App, paths};
use super::body::Body;
use super::client_members::{ClientMembers, KINDS, entry};
use super::error::ApiError;
use super::etag::{AsSeen, tagged};
use super::listing::ListCall;
use super::management::Machine;
use super::registry_problem::RegistryProblem;
use super::roles::{giver, in_body};
use super::users::{located, paged, parameters};
use crate::domain::client::Client;
use crate::domain::token::CLIENT_SECRET_PREFIX;
use crate::domain::{ClientId, PlainToken, Requester};
use crate::oauth::clients::{self, ClientProblem, NewClient, Registered};
use crate::oauth::management_api::{
    CREATE_CLIENTS, DELETE_CLIENTS, READ_CLIENTS, UPDATE_CLIENT_KEYS, UPDATE_CLIENTS,
};
use crate::store::clients::{self as client_rows, ClientFilter};

/// `GET /api/v2/clients`
pub(crate) async fn list(
    State(app): State<App>,
    Machine(caller): Machine,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_CLIENTS)?;
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let filter = ClientFilter {
        kinds: call.choices("app_type", &KINDS),
        first_party: call.optional_flag("is_first_party"),
    };
    let ((part, with_totals), fields) = (call.page(), call.fields());
    call.check()?;
    let mut tx = app.store().read().await?;
    let (page, total) = client_rows::page(&mut tx, &filter, (part.offset, part.limit)).await?;
    let page: Value = page.iter().map(|client| fields.of(entry(client))).collect();
    Ok(paged("clients", page, (part, with_totals), total))
}

/// `GET /api/v2/clients/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_CLIENTS)?;
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let fields = call.fields();
    call.check()?;
    let mut tx = app.store().read().await?;
    let found = client_rows::find(&mut tx, &known_id(id)?).await?;
    let entry = entry(&found.ok_or(ApiError::Registry(RegistryProblem::NoSuchClient))?);
    Ok(tagged(StatusCode::OK, &entry, &fields.of(entry.clone())))
}

/// `POST /api/v2/clients`
pub(crate) async fn create(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(CREATE_CLIENTS)?;
    let members = ClientMembers::read(body, true)?;
    let (Some(name), Some(kind)) = (&members.name, members.kind) else {
        return Err(ApiError::NotAnObject);
    };
    let mut new = NewClient::new(name, kind);
    members.put(&mut new);
    let by = (giver(&caller, &requester), app.now());
    let issuer = &app.provider.settings.issuer;
    let Registered { client, secret } = clients::register(app.store(), new, issuer, by).await?;
    let response = told(StatusCode::CREATED, &client, secret.as_ref());
    Ok(located(response, paths::MANAGEMENT_CLIENTS, client.id.as_str()))
}

/// `PATCH /api/v2/clients/{id}`
pub(crate) async fn update(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(UPDATE_CLIENTS)?;
    let members = ClientMembers::read(body, false)?;
    let seen = AsSeen::of(&headers)?;
    let id = known_id(id)?;
    let found = client_rows::find(&mut app.store().read().await?, &id).await?;
    let found = found.ok_or(ApiError::Registry(RegistryProblem::NoSuchClient))?;
    if members.kind.is_some_and(|kind| kind != found.kind) {
        return Err(in_body("app_type", "stays: register another client".to_owned()));
    }
    let change = |old: &Client, new: &mut NewClient| {
        if !seen.is(&entry(old)) {
            return Err(ClientProblem::ChangedMeanwhile);
        }
        members.put(new);
        Ok(())
    };
    let by = (giver(&caller, &requester), app.now());
    let issuer = &app.provider.settings.issuer;
    let changed = clients::update(app.store(), &id, change, issuer, by).await?;
    Ok(told(StatusCode::OK, &changed, None))
}

/// `POST /api/v2/clients/{id}/rotate-secret`: the old one is refused from now on.
pub(crate) async fn rotate_secret(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    caller.needs(UPDATE_CLIENT_KEYS)?;
    let seen = AsSeen::of(&headers)?;
    let secret = PlainToken::generate(CLIENT_SECRET_PREFIX);
    let change = |old: &Client, new: &mut NewClient| {
        if !seen.is(&entry(old)) {
            return Err(ClientProblem::ChangedMeanwhile);
        }
        new.secret = Some(secret.clone());
        Ok(())
    };
    let by = (giver(&caller, &requester), app.now());
    let issuer = &app.provider.settings.issuer;
    let changed = clients::update(app.store(), &known_id(id)?, change, issuer, by).await?;
    Ok(told(StatusCode::OK, &changed, Some(&secret)))
}

/// `DELETE /api/v2/clients/{id}`
pub(crate) async fn delete(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    caller.needs(DELETE_CLIENTS)?;
    let seen = AsSeen::of(&headers)?;
    let by = (giver(&caller, &requester), app.now());
    let is_as_seen = |client: &Client| seen.is(&entry(client));
    clients::delete(app.store(), (&known_id(id)?, is_as_seen), by).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The client as it is, with a secret that nobody can ever read again.
fn told(status: StatusCode, client: &Client, secret: Option<&PlainToken>) -> Response {
    let whole = entry(client);
    let mut shown = whole.clone();
    shown.extend(secret.map(|secret| ("client_secret".to_owned(), json!(secret.expose()))));
    tagged(status, &whole, &Value::Object(shown))
}

/// An id that the store can be asked for.
pub(super) fn known_id(id: String) -> Result<ClientId, ApiError> {
    if id.contains('\0') {
        return Err(ApiError::Registry(RegistryProblem::NoSuchClient));
    }
    Ok(ClientId(id))
}
