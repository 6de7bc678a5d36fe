//! Roles, what they open and who has them, for machines at `/api/v2/roles`.

use axum::extract::{Path, RawQuery, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::super::oauth::token::json_answer;
use super::super::{App, paths};
use super::body::Body;
use super::error::{ApiError, FieldError};
use super::listing::{ListCall, Wanted};
use super::management::Machine;
use super::permission_lists;
use super::users::{located, paged, parameters, whole_list};
use crate::accounts::{Giver, NewRole, RoleChange, RoleRefusal};
use crate::domain::role::Role;
use crate::domain::user::User;
use crate::domain::{Requester, RoleId, UserId};
use crate::oauth::management_api::{
    CREATE_ROLE_MEMBERS, CREATE_ROLES, DELETE_ROLES, ManagementCaller, READ_ROLES, READ_USERS,
    UPDATE_ROLES,
};
use crate::store::roles::Holders;

/// What is read of a role in a body.
const NAMES: [&str; 4] = ["name", "description", "second_factor_required", "id"];
/// The most ids in one call.
const MOST_IDS: usize = 100;

/// The machine as whoever changes roles and permissions.
pub(super) const fn giver<'call>(
    caller: &'call ManagementCaller,
    requester: &'call Requester,
) -> Giver<'call> {
    Giver::Machine { client_id: &caller.client_id, requester, scopes: caller.scopes() }
}

/// `GET /api/v2/roles`
pub(crate) async fn list(
    State(app): State<App>,
    Machine(caller): Machine,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_ROLES)?;
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let name = call.filter("name_filter").unwrap_or_default();
    let (part, with_totals) = call.page();
    call.check()?;
    let (page, total) = app.accounts.role_page(name, (part.offset, part.limit)).await?;
    let page: Value = page.iter().map(entry).collect();
    Ok(paged("roles", page, (part, with_totals), total))
}

/// `GET /api/v2/roles/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(READ_ROLES)?;
    let found = app.accounts.role(&RoleId(id)).await?;
    Ok(json_answer(StatusCode::OK, &entry(&found.role)))
}

/// `POST /api/v2/roles`
pub(crate) async fn create(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    mut body: Body,
) -> Result<Response, ApiError> {
    caller.needs(CREATE_ROLES)?;
    let (name, change) = members(&mut body);
    if name.is_none() {
        body.refuse("name", "is missing");
    }
    body.check()?;
    let new = NewRole {
        name: name.unwrap_or_default(),
        description: change.description.unwrap_or_default(),
        second_factor_required: change.second_factor_required.unwrap_or(false),
    };
    let made = app.accounts.create_role_by(new, giver(&caller, &requester)).await?;
    let response = json_answer(StatusCode::CREATED, &entry(&made));
    Ok(located(response, paths::MANAGEMENT_ROLES, made.id.as_str()))
}

/// `PATCH /api/v2/roles/{id}`
pub(crate) async fn update(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    mut body: Body,
) -> Result<Response, ApiError> {
    caller.needs(UPDATE_ROLES)?;
    let (name, change) = members(&mut body);
    body.check()?;
    let id = RoleId(id);
    let found = app.accounts.role(&id).await?;
    if name.is_some_and(|name| name != found.role.name) {
        return Err(in_body("name", "stays: tokens tell it to your APIs".to_owned()));
    }
    let changed = app.accounts.update_role_by(&id, change, giver(&caller, &requester)).await?;
    Ok(json_answer(StatusCode::OK, &entry(&changed)))
}

/// `DELETE /api/v2/roles/{id}`
pub(crate) async fn delete(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(DELETE_ROLES)?;
    app.accounts.delete_role_by(&RoleId(id), giver(&caller, &requester)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /api/v2/roles/{id}/permissions`
pub(crate) async fn permissions(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_ROLES)?;
    let held = app.accounts.permissions_of_role(&RoleId(id)).await?.permissions;
    whole_list(("permissions", false), held.iter().map(permission_lists::entry).collect(), query)
}

/// `POST` and `DELETE /api/v2/roles/{id}/permissions`
pub(crate) async fn change_permissions(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    method: Method,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(UPDATE_ROLES)?;
    let is_given = method == Method::POST;
    let change = permission_lists::change(body, is_given)?;
    let by = giver(&caller, &requester);
    app.accounts.change_role_permissions_by(&RoleId(id), &change, by).await?;
    Ok(permission_lists::done(is_given))
}

/// `GET /api/v2/roles/{id}/users`
pub(crate) async fn users(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_ROLES)?;
    caller.needs(READ_USERS)?;
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let wanted = call.members();
    call.check()?;
    let id = RoleId(id);
    let answer = match wanted {
        Wanted::After { from, take } => {
            let wanted = Holders::After { id: &from, limit: take };
            let (people, _) = app.accounts.role_holders(&id, wanted).await?;
            let is_full = i64::try_from(people.len()).is_ok_and(|count| count == take);
            let mut answer = json!({ "users": holders(&people) });
            let next = people.last().filter(|_| is_full);
            if let (Some(next), Some(members)) = (next, answer.as_object_mut()) {
                members.insert("next".to_owned(), json!(next.id));
            }
            answer
        }
        Wanted::Page { part, with_totals, .. } => {
            let wanted = Holders::Page { offset: part.offset, limit: part.limit };
            let (people, total) = app.accounts.role_holders(&id, wanted).await?;
            let page = holders(&people);
            return Ok(paged("users", page, (part, with_totals), total));
        }
    };
    Ok(json_answer(StatusCode::OK, &answer))
}

/// `POST /api/v2/roles/{id}/users`
pub(crate) async fn add_users(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    mut body: Body,
) -> Result<Response, ApiError> {
    caller.needs(CREATE_ROLE_MEMBERS)?;
    let people = ids(&mut body, "users");
    body.check()?;
    let people: Vec<UserId> = people.into_iter().map(UserId).collect();
    let by = giver(&caller, &requester);
    app.accounts.give_role(&RoleId(id), &people, by).await.map_err(|refusal| match refusal {
        RoleRefusal::NoSuchUser(id) => in_body("users", format!("{id:?} is no account")),
        RoleRefusal::TooMany => in_body("users", refusal.to_string()),
        other => other.into(),
    })?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Ids that stand in a list of the body.
pub(super) fn ids(body: &mut Body, name: &'static str) -> Vec<String> {
    let members = body.object(&[name]);
    let list = members.get(name).and_then(Value::as_array);
    let texts: Option<Vec<String>> = list.and_then(|list| {
        list.iter().map(|id| id.as_str().filter(|id| is_id(id)).map(str::to_owned)).collect()
    });
    match texts {
        Some(texts) if (1..=MOST_IDS).contains(&texts.len()) => texts,
        _ => {
            body.refuse(name, &format!("must be a list of 1 to {MOST_IDS} ids"));
            Vec::new()
        }
    }
}

/// Something that an id of ours or of an import could be.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && !text.chars().any(char::is_control)
}

/// Something in a list of the body cannot be used.
pub(super) fn in_body(field: &'static str, message: String) -> ApiError {
    ApiError::Fields(vec![FieldError { field, message }])
}

/// The name in a body, and what that changes of a role.
fn members(body: &mut Body) -> (Option<String>, RoleChange) {
    let members = body.object(&NAMES);
    if members.contains_key("id") {
        body.refuse("id", "cannot be chosen");
    }
    let name = text(&members, "name", body);
    let description = text(&members, "description", body);
    let second_factor_required = match members.get("second_factor_required") {
        None => None,
        Some(Value::Bool(flag)) => Some(*flag),
        Some(_) => {
            body.refuse("second_factor_required", "must be true or false");
            None
        }
    };
    (name, RoleChange { description, second_factor_required })
}

fn text(members: &Map<String, Value>, name: &'static str, body: &mut Body) -> Option<String> {
    match members.get(name) {
        None => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => {
            body.refuse(name, "must be a text");
            None
        }
    }
}

/// A role by the names of the management API.
pub(super) fn entry(role: &Role) -> Value {
    json!({
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "second_factor_required": role.second_factor_required,
    })
}

fn holders(people: &[User]) -> Value {
    let holder = |user: &User| {
        let mut entry = Map::from_iter([
            ("user_id".to_owned(), json!(user.id)),
            ("email".to_owned(), json!(user.email)),
        ]);
        entry.extend(user.name.as_ref().map(|name| ("name".to_owned(), json!(name))));
        Value::Object(entry)
    };
    people.iter().map(holder).collect()
}
