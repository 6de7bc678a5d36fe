//! Where people's passwords are kept, and what the installation is called, for machines at `/api/v2/connections`
//! and `/api/v2/branding`.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::super::App;
use super::super::oauth::token::json_answer;
use super::error::ApiError;
use super::listing::ListCall;
use super::management::Machine;
use super::registry_problem::RegistryProblem;
use super::users::{parameters, whole_list};
use crate::accounts::{CONNECTION, PROVIDER};
use crate::oauth::management_api::{READ_BRANDING, READ_CONNECTIONS};

/// The id of the only connection.
pub(in crate::http) const CONNECTION_ID: &str = "con_database";

/// `GET /api/v2/connections`
pub(crate) async fn list(
    State(app): State<App>,
    Machine(caller): Machine,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_CONNECTIONS)?;
    let parameters = parameters(query.clone());
    let mut call = ListCall::new(&parameters);
    let (name, strategy) = (call.filter("name"), call.filter("strategy"));
    call.check()?;
    let is_meant = name.is_none_or(|name| name == CONNECTION)
        && strategy.is_none_or(|strategy| strategy == PROVIDER);
    let entries = if is_meant { vec![entry(&app)] } else { Vec::new() };
    whole_list(("connections", false), entries, query)
}

/// `GET /api/v2/connections/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(READ_CONNECTIONS)?;
    if id != CONNECTION_ID {
        return Err(ApiError::Registry(RegistryProblem::NoSuchConnection));
    }
    Ok(json_answer(StatusCode::OK, &entry(&app)))
}

/// `GET /api/v2/branding`
pub(crate) async fn branding(
    State(app): State<App>,
    Machine(caller): Machine,
) -> Result<Response, ApiError> {
    caller.needs(READ_BRANDING)?;
    Ok(json_answer(StatusCode::OK, &json!({ "name": app.settings.brand })))
}

/// Our own accounts, by the names of the management API.
fn entry(app: &App) -> Value {
    json!({
        "id": CONNECTION_ID,
        "name": CONNECTION,
        "display_name": app.settings.brand,
        "strategy": PROVIDER,
        "realms": [CONNECTION],
        "is_domain_connection": false,
        "options": { "disable_signup": !app.settings.sign_up_allowed },
    })
}
