//! People's accounts, as machines see them at `/api/v2/users` and people who may at `/api/users`.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::oauth::token::json_answer;
use super::caller::ApiCaller;
use super::error::ApiError;
use super::etag::{AsSeen, tagged};
use super::listing::{Fields, ListCall, Wanted};
use super::management::Machine;
use super::me::{may_act, members_of, moment};
use crate::domain::second_factor::FactorKind;
use crate::domain::user_query::{TextMatch, UserQuery};
use crate::domain::{UserId, email_address};
use crate::oauth::authentication_api::Caller;
use crate::oauth::management_api::{self, READ_USERS, Standing};
use crate::oauth::{OAuthError, Parameters};
use crate::store::user_search::{ListedUser, Part};

/// The `connection` and `provider` of every identity: there is one place where accounts come from.
pub(in crate::http) const CONNECTION: &str = "Username-Password-Authentication";
pub(in crate::http) const PROVIDER: &str = "protekt";
/// By what name the id of an account goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum IdName {
    /// `user_id`, as in the management API.
    UserId,
    /// `id`, as at `/api/users/me`.
    Id,
}

/// `GET /api/v2/users`
pub(crate) async fn list(
    State(app): State<App>,
    Machine(caller): Machine,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_USERS)?;
    listed(&app, query, IdName::UserId).await
}

/// `GET /api/v2/users/{id}`
pub(crate) async fn show(
    State(app): State<App>,
    Machine(caller): Machine,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_USERS)?;
    shown(&app, id, query, IdName::UserId).await
}

/// `GET /api/v2/users-by-email`
pub(crate) async fn by_email(
    State(app): State<App>,
    Machine(caller): Machine,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    caller.needs(READ_USERS)?;
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let typed = call.required("email");
    let fields = call.fields();
    call.check()?;
    let wish = UserQuery::Email(TextMatch::Is(email_address::canonical_login_name(typed)));
    let all = Part { offset: 0, limit: 1 };
    let found = app.accounts.user_page(Some(&wish), all, false).await?;
    Ok(json_answer(StatusCode::OK, &entries(&found.users, &fields, IdName::UserId)))
}

/// `GET /api/users`
pub(crate) async fn list_for_person(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    may_read(&app, &caller).await?;
    listed(&app, query, IdName::Id).await
}

/// `GET /api/users/{id}`
pub(crate) async fn show_to_person(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    may_read(&app, &caller).await?;
    shown(&app, id, query, IdName::Id).await
}

/// Whether a person may see the accounts of others.
async fn may_read(app: &App, caller: &Caller) -> Result<(), ApiError> {
    may_manage(app, caller, READ_USERS).await.map(|_| ())
}

/// Whether a person may do this with the accounts of others.
pub(super) async fn may_manage(
    app: &App,
    caller: &Caller,
    scope: &'static str,
) -> Result<Standing, ApiError> {
    // Not every app that an administrator uses carries their power: those alone that are registered for it.
    if !caller.scopes.contains(scope) {
        return Err(OAuthError::ScopeMissing(scope).into());
    }
    may_act(app, (&caller.user, &caller.session)).await?;
    let standing = management_api::standing(&app.provider, &caller.user.id, scope).await?;
    if standing.is_administrator || standing.has_permission {
        Ok(standing)
    } else {
        Err(ApiError::PermissionMissing(scope))
    }
}

async fn listed(app: &App, query: Option<String>, name: IdName) -> Result<Response, ApiError> {
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let (wanted, fields) = (call.users(), call.fields());
    call.check()?;
    let answer = match wanted {
        Wanted::After { from, take } => {
            let users = app.accounts.users_after(&from, take).await?;
            let is_full = i64::try_from(users.len()).is_ok_and(|count| count == take);
            let next = users.last().filter(|_| is_full).map(|last| &last.user.id);
            let mut answer = json!({ "users": entries(&users, &fields, name) });
            if let (Some(next), Some(members)) = (next, answer.as_object_mut()) {
                members.insert("next".to_owned(), json!(next));
            }
            answer
        }
        Wanted::Page { query, part, with_totals } => {
            let found = app.accounts.user_page(query.as_ref(), part, with_totals).await?;
            let users = entries(&found.users, &fields, name);
            match found.total {
                None => users,
                Some(total) => counted("users", users, part, total),
            }
        }
    };
    Ok(json_answer(StatusCode::OK, &answer))
}

/// A page of a list, with how many there are of it.
pub(super) fn counted(name: &str, page: Value, part: Part, total: i64) -> Value {
    let mut answer = json!({
        "start": part.offset,
        "limit": part.limit,
        "length": page.as_array().map_or(0, Vec::len),
        "total": total,
    });
    if let Some(members) = answer.as_object_mut() {
        members.insert(name.to_owned(), page);
    }
    answer
}

/// The answer that is a page of a list, with how many there are of it where that is wanted.
pub(super) fn paged(
    name: &str,
    page: Value,
    (part, with_totals): (Part, bool),
    total: i64,
) -> Response {
    let answer = if with_totals { counted(name, page, part, total) } else { page };
    json_answer(StatusCode::OK, &answer)
}

/// The answer that something was made, with where it is to be found.
pub(super) fn located(mut response: Response, list: &str, id: &str) -> Response {
    let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
    if let Ok(location) = HeaderValue::try_from(format!("{list}/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The part that is wanted of a list that is read as a whole; whether it always says how long it is, is a
/// matter of its shape at Auth0.
///
/// # Errors
///
/// With what is wrong with the query.
pub(super) fn whole_list(
    (name, is_always_counted): (&str, bool),
    all: Vec<Value>,
    query: Option<String>,
) -> Result<Response, ApiError> {
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let (part, with_totals) = call.page();
    call.check()?;
    let size = |number: i64| usize::try_from(number).unwrap_or(0);
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let page = all.into_iter().skip(size(part.offset)).take(size(part.limit)).collect();
    let is_counted = with_totals || is_always_counted;
    let answer = if is_counted { counted(name, page, part, total) } else { page };
    Ok(json_answer(StatusCode::OK, &answer))
}

async fn shown(
    app: &App,
    id: String,
    query: Option<String>,
    name: IdName,
) -> Result<Response, ApiError> {
    let parameters = parameters(query);
    let mut call = ListCall::new(&parameters);
    let fields = call.fields();
    call.check()?;
    let found = app.accounts.listed_user(&known_id(id)?).await?.ok_or(ApiError::NoSuchUser)?;
    let entry = entry(&found, name);
    Ok(tagged(StatusCode::OK, &entry, &fields.of(entry.clone())))
}

/// The account as it is, whatever its name in the answer.
pub(super) fn answer(status: StatusCode, found: &ListedUser, name: IdName) -> Response {
    let entry = entry(found, name);
    tagged(status, &entry, &Value::Object(entry.clone()))
}

/// Whether a call wants the account to be as it was when its caller looked at it: `false` where it does not say.
///
/// # Errors
///
/// `Changed` where it is not.
pub(super) fn guarded(
    headers: &HeaderMap,
    found: &ListedUser,
    name: IdName,
) -> Result<bool, ApiError> {
    let seen = AsSeen::of(headers)?;
    if seen.is(&entry(found, name)) { Ok(seen.is_given()) } else { Err(ApiError::Changed) }
}

/// An id that the store can be asked for.
pub(super) fn known_id(id: String) -> Result<UserId, ApiError> {
    if id.contains('\0') { Err(ApiError::NoSuchUser) } else { Ok(UserId(id)) }
}

pub(super) fn parameters(query: Option<String>) -> Parameters {
    Parameters::from_form(query.unwrap_or_default().as_bytes())
}

fn entries(users: &[ListedUser], fields: &Fields, name: IdName) -> Value {
    users.iter().map(|listed| fields.of(entry(listed, name))).collect()
}

/// An account by the names of the management API; what is not known is left out.
fn entry(listed: &ListedUser, name: IdName) -> Map<String, Value> {
    let user = &listed.user;
    let mut entry = members_of(user);
    if matches!(name, IdName::UserId) {
        entry.remove("id");
        entry.insert("user_id".to_owned(), json!(user.id));
    }
    entry.extend(user.last_ip.as_ref().map(|ip| ("last_ip".to_owned(), json!(ip))));
    let metadata = [("user_metadata", &user.user_metadata), ("app_metadata", &user.app_metadata)];
    for (name, json) in metadata {
        let members = json.as_deref().and_then(|json| serde_json::from_str::<Value>(json).ok());
        entry.extend(members.map(|members| (name.to_owned(), members)));
    }
    entry.insert("blocked".to_owned(), json!(user.blocked_at.is_some()));
    entry.insert("multifactor".to_owned(), json!(factors(listed)));
    entry.insert(
        "identities".to_owned(),
        json!([{
            "connection": CONNECTION,
            "provider": PROVIDER,
            "user_id": user.id,
            "isSocial": false,
        }]),
    );
    if let Some(due_at) = user.deletion_due_at {
        entry.insert("deletion_due_at".to_owned(), json!(moment(due_at)));
    }
    entry
}

/// The second factors of a person, in one order.
fn factors(listed: &ListedUser) -> Vec<&str> {
    let kinds = listed.factor_kinds.as_deref().unwrap_or_default();
    let mut factors: Vec<&str> = kinds.split(',').filter(|kind| !kind.is_empty()).collect();
    if listed.passkeys > 0 {
        factors.push(FactorKind::Passkey.as_str());
    }
    factors.sort_unstable();
    factors.dedup();
    factors
}
