//! Making, changing and deleting accounts: for machines at `/api/v2/users`, for people who may at `/api/users`.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::super::{App, paths};
use super::body::Body;
use super::caller::ApiCaller;
use super::error::{ApiError, FieldError};
use super::management::Machine;
use super::profile_members;
use super::proof::proven;
use super::role_problem::RoleProblem;
use super::users::{IdName, answer, guarded, known_id, located, may_manage};
use crate::accounts::{
    CONNECTION, ManagedBy, ManagedUserRefusal, NewManagedUser, PictureChange, UserChange,
};
use crate::domain::email_address::EmailAddress;
use crate::domain::metadata::{MetadataChange, MetadataTooLong};
use crate::domain::profile::{UncheckedProfile, checked_picture};
use crate::domain::session::Session;
use crate::domain::{ClientId, Requester};
use crate::oauth::OAuthError;
use crate::oauth::authentication_api::Caller;
use crate::oauth::management_api::{
    self, CREATE_USERS, DELETE_USERS, ManagementCaller, Standing, UPDATE_USERS,
};
use crate::store::user_search::ListedUser;

/// What is given of an account beside its profile.
const NAMES: [&str; 10] = [
    "email",
    "email_verified",
    "phone_verified",
    "picture",
    "blocked",
    "user_metadata",
    "app_metadata",
    "password",
    "connection",
    "verify_email",
];
/// What is told of an account and never given.
const FIXED: [&str; 10] = [
    "id",
    "user_id",
    "identities",
    "multifactor",
    "created_at",
    "updated_at",
    "last_login",
    "last_ip",
    "logins_count",
    "deletion_due_at",
];

/// The machine as whoever changes accounts.
pub(super) const fn by_machine<'call>(
    caller: &'call ManagementCaller,
    requester: &'call Requester,
) -> ManagedBy<'call> {
    let (client_id, scopes) = (&caller.client_id, Some(caller.scopes()));
    ManagedBy { client_id, session: None, scopes, requester }
}

/// A person in an app as whoever changes accounts.
const fn by_person<'call>(
    (client_id, session): (&'call ClientId, &'call Session),
    requester: &'call Requester,
) -> ManagedBy<'call> {
    ManagedBy { client_id, session: Some(session), scopes: None, requester }
}

/// `POST /api/v2/users`
pub(crate) async fn create(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    mut body: Body,
) -> Result<Response, ApiError> {
    caller.needs(CREATE_USERS)?;
    let members = members(&mut body);
    let mut rest = change(&members, UncheckedProfile::default(), &mut body);
    if !members.contains_key("email") {
        body.refuse("email", "is missing");
    }
    let password = password(&members, &mut body);
    let invites = flag(&members, "verify_email", &mut body) == Some(true);
    if invites && password.is_some() {
        body.refuse("verify_email", "goes with no password: its owner chooses one by the mail");
    }
    let is_verified = rest.email_is_verified == Some(true);
    if invites && is_verified {
        body.refuse("verify_email", "goes with no address that is verified");
    }
    body.check()?;
    let email = rest.email.take().ok_or(ApiError::NotAnObject)?;
    let new = NewManagedUser { email, password, invites, rest };
    let by = by_machine(&caller, &requester);
    let made = app.accounts.create_managed_user(&new, by).await?;
    let response = answer(StatusCode::CREATED, &made, IdName::UserId);
    Ok(located(response, paths::MANAGEMENT_USERS, made.user.id.as_str()))
}

/// `PATCH /api/v2/users/{id}`
pub(crate) async fn update(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, ApiError> {
    caller.needs(UPDATE_USERS)?;
    let members = members(&mut body);
    if members.contains_key("password") {
        return Err(ApiError::PasswordNotHere);
    }
    let by = by_machine(&caller, &requester);
    let call = Call { id, headers, name: IdName::UserId };
    changed(&app, call, (&members, body), by).await
}

/// `DELETE /api/v2/users/{id}`
pub(crate) async fn delete(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    caller.needs(DELETE_USERS)?;
    let by = by_machine(&caller, &requester);
    deleted(&app, Call { id, headers, name: IdName::UserId }, by).await
}

/// `PATCH` and `PUT /api/users/{id}`: both change what is given. `password` and `code` are the caller's, who
/// proves by them who they are.
pub(crate) async fn update_by_person(
    State(app): State<App>,
    requester: Requester,
    ApiCaller(caller): ApiCaller,
    Path(id): Path<String>,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, ApiError> {
    let standing = may_touch(&app, &caller, &id, UPDATE_USERS).await?;
    let client_id = caller.claims.client_id.clone();
    let (_, session) = proven(&app, caller, &mut body, &requester).await?;
    let members = members(&mut body);
    let is_of_address = ["email", "email_verified"].iter().any(|name| members.contains_key(*name));
    if is_of_address && !standing.is_administrator {
        return Err(ApiError::AddressByAdministrators);
    }
    let by = by_person((&client_id, &session), &requester);
    changed(&app, Call { id, headers, name: IdName::Id }, (&members, body), by).await
}

/// `DELETE /api/users/{id}`
pub(crate) async fn delete_by_person(
    State(app): State<App>,
    requester: Requester,
    ApiCaller(caller): ApiCaller,
    Path(id): Path<String>,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, ApiError> {
    may_touch(&app, &caller, &id, DELETE_USERS).await?;
    let client_id = caller.claims.client_id.clone();
    let (_, session) = proven(&app, caller, &mut body, &requester).await?;
    let by = by_person((&client_id, &session), &requester);
    deleted(&app, Call { id, headers, name: IdName::Id }, by).await
}

/// Whether a person may do this with this account. Nobody comes by the account of an administrator to more
/// than they may, nor round the proofs that their own account asks for.
async fn may_touch(
    app: &App,
    caller: &Caller,
    id: &str,
    scope: &'static str,
) -> Result<Standing, ApiError> {
    let own = may_manage(app, caller, scope).await?;
    if caller.user.id.as_str() == id {
        return Err(ApiError::OwnAccount);
    }
    let id = known_id(id.to_owned())?;
    let theirs = management_api::standing(&app.provider, &id, scope).await?;
    if theirs.is_administrator && !own.is_administrator {
        return Err(ApiError::Administrators);
    }
    Ok(own)
}

/// Which account is meant, and how it is to be.
struct Call {
    id: String,
    headers: HeaderMap,
    name: IdName,
}

impl Call {
    /// The account, and whether it must stay as it is read here.
    async fn read(&self, app: &App) -> Result<(ListedUser, bool), ApiError> {
        let id = known_id(self.id.clone())?;
        let read = app.accounts.listed_user(&id).await?.ok_or(ApiError::NoSuchUser)?;
        let is_guarded = guarded(&self.headers, &read, self.name)?;
        Ok((read, is_guarded))
    }
}

async fn changed(
    app: &App,
    call: Call,
    (members, mut body): (&Map<String, Value>, Body),
    by: ManagedBy<'_>,
) -> Result<Response, ApiError> {
    if flag(members, "verify_email", &mut body) == Some(true) {
        body.refuse("verify_email", "goes with a new account alone");
    }
    // All that is wrong is told, whether there is such an account or not.
    change(members, UncheckedProfile::default(), &mut body);
    body.check()?;
    let (read, is_guarded) = call.read(app).await?;
    let change = change(members, UncheckedProfile::of(&read.user), &mut body);
    let changed = app.accounts.change_user((&read, is_guarded), &change, by).await?;
    Ok(answer(StatusCode::OK, &changed, call.name))
}

async fn deleted(app: &App, call: Call, by: ManagedBy<'_>) -> Result<Response, ApiError> {
    let (read, is_guarded) = call.read(app).await?;
    app.accounts.delete_user((&read, is_guarded), by).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What stands in the body, each member once.
fn members(body: &mut Body) -> Map<String, Value> {
    let known: Vec<&'static str> =
        NAMES.into_iter().chain(FIXED).chain(profile_members::NAMES).collect();
    let members = body.object(&known);
    for name in FIXED.into_iter().filter(|name| members.contains_key(*name)) {
        body.refuse(name, "cannot be changed here");
    }
    if members.get("connection").is_some_and(|connection| connection != CONNECTION) {
        body.refuse("connection", "must be Username-Password-Authentication: there is no other");
    }
    members
}

/// What a body changes of an account with this profile.
fn change(
    members: &Map<String, Value>,
    mut profile: UncheckedProfile,
    body: &mut Body,
) -> UserChange {
    profile_members::put(&mut profile, members, body);
    UserChange {
        profile,
        email: email(members, body),
        email_is_verified: flag(members, "email_verified", body),
        phone_is_verified: flag(members, "phone_verified", body),
        picture: picture(members, body),
        is_blocked: flag(members, "blocked", body),
        user_metadata: metadata(members, "user_metadata", body),
        app_metadata: metadata(members, "app_metadata", body),
    }
}

fn flag(members: &Map<String, Value>, name: &'static str, body: &mut Body) -> Option<bool> {
    match members.get(name) {
        None => None,
        Some(Value::Bool(flag)) => Some(*flag),
        Some(_) => {
            body.refuse(name, "must be true or false");
            None
        }
    }
}

fn email(members: &Map<String, Value>, body: &mut Body) -> Option<EmailAddress> {
    let email = members.get("email")?.as_str().and_then(|text| text.parse().ok());
    if email.is_none() {
        body.refuse("email", "must be an e-mail address");
    }
    email
}

fn picture(members: &Map<String, Value>, body: &mut Body) -> PictureChange {
    match members.get("picture") {
        None => PictureChange::Keep,
        Some(Value::Null) => PictureChange::Remove,
        Some(Value::String(text)) if checked_picture(text).is_some() => {
            PictureChange::At(text.clone())
        }
        Some(_) => {
            body.refuse("picture", "must be an https address of at most 2048 characters, or null");
            PictureChange::Keep
        }
    }
}

fn metadata(members: &Map<String, Value>, name: &'static str, body: &mut Body) -> MetadataChange {
    match members.get(name) {
        None => MetadataChange::Keep,
        Some(Value::Null) => MetadataChange::Clear,
        // As at Auth0: nothing in the place of all.
        Some(Value::Object(members)) if members.is_empty() => MetadataChange::Clear,
        Some(Value::Object(members)) => MetadataChange::Merge(members.clone()),
        Some(_) => {
            body.refuse(name, "must be an object or null");
            MetadataChange::Keep
        }
    }
}

fn password(members: &Map<String, Value>, body: &mut Body) -> Option<SecretString> {
    let password = members.get("password")?.as_str().map(SecretString::from);
    if password.is_none() {
        body.refuse("password", "must be a text");
    }
    password
}

impl From<ManagedUserRefusal> for ApiError {
    fn from(refusal: ManagedUserRefusal) -> Self {
        let field = |field, message: &str| {
            Self::Fields(vec![FieldError { field, message: message.to_owned() }])
        };
        match refusal {
            ManagedUserRefusal::NoSuchUser => Self::NoSuchUser,
            ManagedUserRefusal::ChangedMeanwhile => Self::Changed,
            ManagedUserRefusal::Taken(member) => Self::Taken(member),
            ManagedUserRefusal::SessionIsOver => Self::OAuth(OAuthError::TokenInvalid),
            ManagedUserRefusal::LastAdministrator => Self::LastAdministrator,
            ManagedUserRefusal::Profile(problems) => profile_members::refused(&problems),
            ManagedUserRefusal::MetadataTooLong(member) => {
                field(member, &MetadataTooLong.to_string())
            }
            ManagedUserRefusal::BeyondCaller(scope) => Self::Role(RoleProblem::BeyondCaller(scope)),
            ManagedUserRefusal::NoPhone => field("phone_verified", "needs a phone_number"),
            ManagedUserRefusal::Password(problem) => field("password", &problem.to_string()),
            ManagedUserRefusal::Fault(fault) => Self::Problem(fault.into()),
        }
    }
}
