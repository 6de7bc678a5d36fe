//! What a person is and may do, for machines at `/api/v2/users/{id}/roles` and `…/permissions`.

use axum::extract::{Path, RawQuery, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::super::App;
use super::body::Body;
use super::error::ApiError;
use super::management::Machine;
use super::permission_lists;
use super::roles::{self, giver, ids, in_body};
use super::users::{known_id, whole_list};
use crate::accounts::RoleRefusal;
use crate::domain::{Requester, RoleId};
use crate::oauth::management_api::{
    CREATE_ROLE_MEMBERS, DELETE_ROLE_MEMBERS, READ_ROLES, READ_USERS, UPDATE_USERS,
};
use crate::store::permissions::HeldPermission;
use crate::store::roles::RoleKey;

/// `GET /api/v2/users/{id}/roles`
pub(crate) async fn list(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_USERS)?;
    caller.needs(READ_ROLES)?;
    let held = app.accounts.roles_of_id(&known_id(id)?).await?.roles;
    whole_list(("roles", false), held.iter().map(roles::entry).collect(), query)
}

/// `POST` and `DELETE /api/v2/users/{id}/roles`
pub(crate) async fn change(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    method: Method,
    mut body: Body,
) -> Result<Response, ApiError> {
    let is_given = method == Method::POST;
    caller.needs(if is_given { CREATE_ROLE_MEMBERS } else { DELETE_ROLE_MEMBERS })?;
    let mut role_ids = ids(&mut body, "roles");
    body.check()?;
    role_ids.sort_unstable();
    role_ids.dedup();
    let role_ids: Vec<RoleId> = role_ids.into_iter().map(RoleId).collect();
    let wishes = role_ids.iter().map(|id| (RoleKey::Id(id), is_given)).collect();
    let by = giver(&caller, &requester);
    let done = app.accounts.change_roles_of(&known_id(id)?, wishes, by).await;
    done.map_err(|refusal| match refusal {
        RoleRefusal::Unknown(id) => in_body("roles", format!("{id:?} is no role")),
        other => other.into(),
    })?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /api/v2/users/{id}/permissions`
pub(crate) async fn permissions(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_USERS)?;
    let held = app.accounts.permissions_of_id(&known_id(id)?).await?.permissions;
    whole_list(("permissions", false), with_sources(&held), query)
}

/// Each permission once, with every way in which the person has it.
fn with_sources(held: &[HeldPermission]) -> Vec<Value> {
    let one = |ways: &[HeldPermission]| {
        let sources: Value = ways.iter().map(source).collect();
        let entry = ways.first().map(|held| permission_lists::entry(&held.permission));
        let mut members = match entry {
            Some(Value::Object(members)) => members,
            _ => Map::new(),
        };
        members.insert("sources".to_owned(), sources);
        Value::Object(members)
    };
    held.chunk_by(|one, other| one.permission == other.permission).map(one).collect()
}

fn source(held: &HeldPermission) -> Value {
    match &held.role {
        None => json!({ "source_type": "DIRECT" }),
        Some(role) => json!({ "source_type": "ROLE", "source_name": role }),
    }
}

/// `POST` and `DELETE /api/v2/users/{id}/permissions`
pub(crate) async fn change_permissions(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    method: Method,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(UPDATE_USERS)?;
    let is_given = method == Method::POST;
    let change = permission_lists::change(body, is_given)?;
    let by = giver(&caller, &requester);
    app.accounts.change_permissions_of(&known_id(id)?, &change, by).await?;
    Ok(permission_lists::done(is_given))
}
