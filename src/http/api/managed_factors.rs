//! What people sign in with, for machines at `/api/v2/users/{id}/authentication-methods`.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::super::App;
use super::error::ApiError;
use super::managed_users::by_machine;
use super::management::Machine;
use super::me::moment;
use super::users::{known_id, whole_list};
use crate::accounts::FactorsView;
use crate::clock::Timestamp;
use crate::domain::Requester;
use crate::domain::second_factor::FactorKind;
use crate::oauth::management_api::{DELETE_AUTHENTICATION_METHODS, READ_AUTHENTICATION_METHODS};

/// `GET /api/v2/users/{id}/authentication-methods`
pub(crate) async fn list(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_AUTHENTICATION_METHODS)?;
    let user = app.accounts.user(&known_id(id)?).await?.ok_or(ApiError::NoSuchUser)?;
    let entries = entries(&app.accounts.factors(&user).await?);
    whole_list(("authenticators", true), entries, query)
}

/// `DELETE /api/v2/users/{id}/authentication-methods`: every one but the password.
pub(crate) async fn reset(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(DELETE_AUTHENTICATION_METHODS)?;
    let by = by_machine(&caller, &requester);
    app.accounts.reset_factors_by(&known_id(id)?, by).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// By the names of the management API; nothing that could be given in their place.
fn entries(view: &FactorsView) -> Vec<Value> {
    let mut entries = Vec::new();
    if view.has_password {
        entries.push(json!({ "id": "password", "type": "password", "confirmed": true }));
    }
    for factor in &view.factors {
        let kind = factor.kind.as_str();
        let mut entry = used((kind, kind), factor.confirmed_at, factor.last_used_at);
        if let (Some(members), Some(phone)) = (entry.as_object_mut(), &factor.phone) {
            members.insert("phone_number".to_owned(), json!(phone));
        }
        entries.push(entry);
    }
    for passkey in &view.passkeys {
        let of_passkey = (passkey.id.as_str(), FactorKind::Passkey.as_str());
        let mut entry = used(of_passkey, passkey.created_at, passkey.last_used_at);
        if let Some(members) = entry.as_object_mut() {
            members.insert("name".to_owned(), json!(passkey.name));
        }
        entries.push(entry);
    }
    if view.backup_codes_left > 0 {
        let left = view.backup_codes_left;
        entries.push(
            json!({ "id": "backup_code", "type": "backup_code", "confirmed": true, "left": left }),
        );
    }
    entries
}

fn used((id, kind): (&str, &str), since: Timestamp, last_used_at: Option<Timestamp>) -> Value {
    let mut entry =
        json!({ "id": id, "type": kind, "confirmed": true, "created_at": moment(since) });
    if let (Some(members), Some(last)) = (entry.as_object_mut(), last_used_at) {
        members.insert("last_auth_at".to_owned(), json!(moment(last)));
    }
    entry
}
