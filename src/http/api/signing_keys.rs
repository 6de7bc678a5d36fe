//! The keys that sign tokens, for machines at `/api/v2/keys/signing`.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::oauth::token::json_answer;
use super::error::ApiError;
use super::management::Machine;
use super::me::moment;
use super::registry_problem::RegistryProblem;
use super::users::whole_list;
use crate::domain::Requester;
use crate::domain::signing_key::{KeyState, SigningKeySummary};
use crate::keys::KeyError;
use crate::oauth::management_api::{CREATE_SIGNING_KEYS, READ_SIGNING_KEYS, UPDATE_SIGNING_KEYS};

/// `GET /api/v2/keys/signing`
pub(crate) async fn list(
    State(app): State<App>,
    Machine(caller): Machine,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_SIGNING_KEYS)?;
    let keys = app.provider.keys.list().await?;
    let entries = keys.iter().map(|key| Value::Object(entry(key))).collect();
    whole_list(("keys", false), entries, query)
}

/// `GET /api/v2/keys/signing/{kid}`
pub(crate) async fn show(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(kid): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(READ_SIGNING_KEYS)?;
    shown(&app, StatusCode::OK, &kid).await
}

/// `POST /api/v2/keys/signing/rotate`
pub(crate) async fn rotate(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
) -> Result<Response, ApiError> {
    caller.needs(CREATE_SIGNING_KEYS)?;
    let by = Some((&caller.client_id, &requester));
    let kid = app.provider.keys.rotate(by, app.now()).await.map_err(refused)?;
    shown(&app, StatusCode::CREATED, &kid).await
}

/// `PUT /api/v2/keys/signing/{kid}/revoke`
pub(crate) async fn revoke(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(kid): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(UPDATE_SIGNING_KEYS)?;
    if kid.contains('\0') {
        return Err(ApiError::Registry(RegistryProblem::NoSuchSigningKey));
    }
    let by = Some((&caller.client_id, &requester));
    app.provider.keys.withdraw(&kid, by, app.now()).await.map_err(refused)?;
    shown(&app, StatusCode::OK, &kid).await
}

async fn shown(app: &App, status: StatusCode, kid: &str) -> Result<Response, ApiError> {
    let found = app.provider.keys.list().await?.into_iter().find(|key| key.kid == kid);
    let key = found.ok_or(ApiError::Registry(RegistryProblem::NoSuchSigningKey))?;
    Ok(json_answer(status, &Value::Object(entry(&key))))
}

/// By the names of the management API, with the public half alone.
fn entry(key: &SigningKeySummary) -> Map<String, Value> {
    let time = |time: Option<_>| time.map(moment);
    let whole = json!({
        "kid": key.kid,
        "alg": key.algorithm,
        "state": key.state,
        "current": key.state == KeyState::Current,
        "next": key.state == KeyState::Next,
        "previous": key.state == KeyState::Retiring,
        "revoked": key.withdrawn_at.is_some(),
        "created_at": moment(key.created_at),
        "current_since": time(key.current_since),
        "current_until": time(key.retiring_since),
        "revoked_at": time(key.withdrawn_at),
        "gone_since": time(key.gone_since),
        "jwk": serde_json::from_str::<Value>(&key.public_jwk).unwrap_or_default(),
    });
    let Value::Object(mut entry) = whole else { return Map::new() };
    entry.retain(|_, value| !value.is_null());
    entry
}

fn refused(error: KeyError) -> ApiError {
    ApiError::Registry(match error {
        KeyError::Unknown { .. } => RegistryProblem::NoSuchSigningKey,
        KeyError::TooEarly { seconds } => RegistryProblem::SigningKeyTooYoung { seconds },
        KeyError::NextMissing => RegistryProblem::NoOtherSigningKey,
        other => return other.into(),
    })
}
