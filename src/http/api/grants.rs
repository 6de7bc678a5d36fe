//! What people allowed applications, for machines at `/api/v2/grants`.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::oauth::token::json_answer;
use super::error::ApiError;
use super::listing::{ListCall, Wanted};
use super::managed_users::by_machine;
use super::management::Machine;
use super::me::moment;
use super::registry_problem::RegistryProblem;
use super::users::{counted, known_id, parameters};
use crate::domain::{ClientId, Requester, UserId};
use crate::oauth::management_api::{DELETE_GRANTS, READ_GRANTS};
use crate::store::consent_search::{self, Consent, ConsentFilter, ConsentKey};

/// `GET /api/v2/grants`
pub(crate) async fn list(
    State(app): State<App>,
    Machine(caller): Machine,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_GRANTS)?;
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let filter = ConsentFilter {
        user_id: call.filter("user_id").map(UserId::from),
        client_id: call.filter("client_id").map(ClientId::from),
        audience: call.filter("audience").map(str::to_owned),
    };
    let (wanted, fields) = (call.members(), call.fields());
    let last = match &wanted {
        Wanted::After { from, .. } if !from.as_str().is_empty() => {
            let last = key_of(from.as_str());
            if last.is_none() {
                call.refuse("from", "must be the id of the last grant that you have");
            }
            last
        }
        _ => None,
    };
    call.check()?;
    let mut tx = app.store().read().await?;
    let entries =
        |found: &[Consent]| -> Value { found.iter().map(|one| fields.of(entry(one))).collect() };
    let answer = match wanted {
        Wanted::After { take, .. } => {
            entries(&consent_search::after(&mut tx, &filter, last.as_ref(), take).await?)
        }
        Wanted::Page { part, with_totals, .. } => {
            let found = consent_search::page(&mut tx, &filter, (part.offset, part.limit)).await?;
            let page = entries(&found);
            if with_totals {
                counted("grants", page, part, consent_search::count(&mut tx, &filter).await?)
            } else {
                page
            }
        }
    };
    Ok(json_answer(StatusCode::OK, &answer))
}

/// `DELETE /api/v2/grants/{id}`
pub(crate) async fn delete(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    caller.needs(DELETE_GRANTS)?;
    let missing = || ApiError::Registry(RegistryProblem::NoSuchGrant);
    let key = key_of(&id).ok_or_else(missing)?;
    if app.accounts.take_back_by(&key, by_machine(&caller, &requester)).await? {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(missing())
    }
}

/// `DELETE /api/v2/grants?user_id=…`: everything that the person allowed anybody.
pub(crate) async fn delete_all(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(DELETE_GRANTS)?;
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let user_id = call.required("user_id").to_owned();
    // Who means less is not to take away more.
    for other in ["client_id", "audience"] {
        call.absent(other, "does not narrow this: look for the grants, and delete each by its id");
    }
    call.check()?;
    let by = by_machine(&caller, &requester);
    app.accounts.take_back_all_by(&known_id(user_id)?, by).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// By the names of the management API.
fn entry(consent: &Consent) -> Map<String, Value> {
    let whole = json!({
        "id": id_of(consent),
        "user_id": consent.user_id,
        "clientID": consent.client_id,
        "client_id": consent.client_id,
        "audience": Some(&consent.audience).filter(|audience| !audience.is_empty()),
        "scope": consent.scopes.iter().collect::<Vec<_>>(),
        "created_at": moment(consent.granted_at),
        "updated_at": moment(consent.updated_at),
    });
    let Value::Object(mut entry) = whole else { return Map::new() };
    entry.retain(|_, value| !value.is_null());
    entry
}

/// The three values that name it, as one that goes into a path.
fn id_of(consent: &Consent) -> String {
    let key = json!([consent.user_id, consent.client_id, consent.audience]);
    BASE64_URL_SAFE_NO_PAD.encode(key.to_string())
}

fn key_of(id: &str) -> Option<ConsentKey> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(id).ok()?;
    let (user, client, audience): (String, String, String) = serde_json::from_slice(&bytes).ok()?;
    // The databases take no such text.
    let is_text = [&user, &client, &audience].into_iter().all(|part| !part.contains('\0'));
    is_text.then_some((UserId(user), ClientId(client), audience))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_an_id_names_a_grant() {
        let id = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let named = (UserId("auth0|1".to_owned()), ClientId("notes".to_owned()), String::new());
        assert_eq!(key_of(&id(r#"["auth0|1","notes",""]"#)), Some(named));
        for other in
            ["", "!", "a", "bm8", &id("[]"), &id(r#"["a","b"]"#), &id(r#"["a\u0000","b",""]"#)]
        {
            assert_eq!(key_of(other), None, "{other}");
        }
    }
}
