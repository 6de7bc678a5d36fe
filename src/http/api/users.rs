//! People's accounts, as machines see them at `/api/v2/users` and people who may at `/api/users`.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::oauth::token::json_answer;
use super::body::Body;
use super::caller::ApiCaller;
use super::error::ApiError;
use super::listing::{Fields, ListCall, Wanted};
use super::management::Machine;
use super::me::{may_act, members_of, moment};
use crate::accounts::BlockRefusal;
use crate::domain::second_factor::FactorKind;
use crate::domain::user_query::{TextMatch, UserQuery};
use crate::domain::{Requester, UserId, email_address};
use crate::oauth::authentication_api::Caller;
use crate::oauth::management_api::{self, READ_USERS, UPDATE_USERS};
use crate::oauth::{OAuthError, Parameters};
use crate::store::user_search::{ListedUser, Part};

/// The `connection` and `provider` of every identity: there is one place where accounts come from.
const CONNECTION: &str = "Username-Password-Authentication";
const PROVIDER: &str = "protekt";
/// What an account has and nobody changes by this API yet.
const NOT_YET: [&str; 15] = [
    "email",
    "email_verified",
    "username",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "picture",
    "phone_number",
    "phone_verified",
    "password",
    "user_metadata",
    "app_metadata",
    "locale",
    "zoneinfo",
];

/// By what name the id of an account goes.
#[derive(Clone, Copy, Debug)]
enum IdName {
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

/// `PATCH /api/v2/users/{id}`
pub(crate) async fn update(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    mut body: Body,
) -> Result<Response, ApiError> {
    caller.needs(UPDATE_USERS)?;
    // Of two of a name nobody knows which is meant.
    body.optional("blocked");
    let members = body.object();
    let wish = match members.get("blocked") {
        Some(Value::Bool(is_blocked)) => Some(*is_blocked),
        Some(_) => {
            body.refuse("blocked", "must be true or false");
            None
        }
        None => {
            body.refuse("blocked", "is missing: nothing else can be changed here yet");
            None
        }
    };
    for name in NOT_YET.into_iter().filter(|name| members.contains_key(*name)) {
        body.refuse(name, "cannot be changed here yet");
    }
    body.check()?;
    let id = known_id(id)?;
    if let Some(is_blocked) = wish {
        let by = Some((&caller.client_id, &requester));
        app.accounts.set_blocked(&id, is_blocked, by).await?;
    }
    let found = app.accounts.listed_user(&id).await?.ok_or(ApiError::NoSuchUser)?;
    let answer = Value::Object(entry(&found, IdName::UserId));
    Ok(json_answer(StatusCode::OK, &answer))
}

impl From<BlockRefusal> for ApiError {
    fn from(refusal: BlockRefusal) -> Self {
        match refusal {
            BlockRefusal::NoSuchUser => Self::NoSuchUser,
            BlockRefusal::LastAdministrator => Self::LastAdministrator,
            BlockRefusal::Fault(fault) => Self::Problem(fault.into()),
        }
    }
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
    // Not every app that an administrator uses carries their power: those alone that are registered for it.
    if !caller.scopes.contains(READ_USERS) {
        return Err(OAuthError::ScopeMissing(READ_USERS).into());
    }
    may_act(app, (&caller.user, &caller.session)).await?;
    if management_api::may_manage(&app.provider, &caller.user.id, READ_USERS).await? {
        Ok(())
    } else {
        Err(ApiError::PermissionMissing(READ_USERS))
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
        Wanted::Page { query, page, per_page, with_totals } => {
            let part = Wanted::part(page, per_page);
            let found = app.accounts.user_page(query.as_ref(), part, with_totals).await?;
            let users = entries(&found.users, &fields, name);
            match found.total {
                None => users,
                Some(total) => json!({
                    "start": part.offset,
                    "limit": per_page,
                    "length": found.users.len(),
                    "total": total,
                    "users": users,
                }),
            }
        }
    };
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
    Ok(json_answer(StatusCode::OK, &fields.of(entry(&found, name))))
}

/// An id that the store can be asked for.
fn known_id(id: String) -> Result<UserId, ApiError> {
    if id.contains('\0') { Err(ApiError::NoSuchUser) } else { Ok(UserId(id)) }
}

fn parameters(query: Option<String>) -> Parameters {
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
