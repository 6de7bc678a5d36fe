//! Lists of permissions, as the management API reads and shows them.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::body::Body;
use super::error::ApiError;
use crate::accounts::PermissionChange;
use crate::domain::permission::Permission;

/// The most permissions in one call.
const MOST: usize = 100;
const NAME: &str = "permissions";

/// What a body gives or takes away.
///
/// # Errors
///
/// With what is wrong with it.
pub(super) fn change(mut body: Body, is_given: bool) -> Result<PermissionChange, ApiError> {
    let members = body.object(&[NAME]);
    let list = members.get(NAME).and_then(Value::as_array);
    let list: Option<Vec<Permission>> = list.and_then(|list| list.iter().map(read).collect());
    let list = list.filter(|list| (1..=MOST).contains(&list.len()));
    if list.is_none() {
        body.refuse(
            NAME,
            &format!(
                "must be a list of 1 to {MOST} objects with resource_server_identifier and permission_name"
            ),
        );
    }
    body.check()?;
    let list = list.unwrap_or_default();
    Ok(if is_given {
        PermissionChange { add: list, ..PermissionChange::default() }
    } else {
        PermissionChange { remove: list, ..PermissionChange::default() }
    })
}

fn read(entry: &Value) -> Option<Permission> {
    let text = |name| entry.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Permission { api: text("resource_server_identifier")?, scope: text("permission_name")? })
}

/// A permission by the names of the management API.
pub(super) fn entry(permission: &Permission) -> Value {
    json!({
        "resource_server_identifier": permission.api,
        "permission_name": permission.scope,
    })
}

/// The answer to a change: as at Auth0, 201 where something was given.
pub(super) fn done(is_given: bool) -> Response {
    let status = if is_given { StatusCode::CREATED } else { StatusCode::NO_CONTENT };
    status.into_response()
}
