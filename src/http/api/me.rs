//! `/api/users/me`: the caller's own account.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::oauth::token::json_answer;
use super::super::page_error::PageError;
use super::body::Body;
use super::caller::ApiCaller;
use super::error::ApiError;
use super::factor_problem::FactorProblem;
use super::profile_members;
use super::proof::proven;
use super::tokens::{identity, is_open};
use crate::accounts::{DeleteAccountRefusal, FactorStanding, ProfileRefusal};
use crate::clock::Timestamp;
use crate::domain::profile::{ProfileProblem, UncheckedProfile};
use crate::domain::scope::{ADDRESS, PHONE, PROFILE};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::domain::{Requester, Scopes};
use crate::oauth::OAuthError;

/// What is told of an account and changes elsewhere, or never.
const FIXED: [&str; 12] = [
    "id",
    "email",
    "email_verified",
    "password",
    "picture",
    "phone_verified",
    "roles",
    "permissions",
    "created_at",
    "updated_at",
    "last_login",
    "logins_count",
];

/// What is known about the caller, and what their token says.
pub(crate) async fn show(ApiCaller(caller): ApiCaller) -> Response {
    let mut answer = account(&caller.user, &caller.claims.scopes());
    answer.insert("claims".to_owned(), Value::Object(caller.claims.all));
    json_answer(StatusCode::OK, &Value::Object(answer))
}

/// Changes what is given of the profile; `null` removes it.
pub(crate) async fn update(
    State(app): State<App>,
    requester: Requester,
    ApiCaller(caller): ApiCaller,
    mut body: Body,
) -> Result<Response, ApiError> {
    may_act(&app, (&caller.user, &caller.session)).await?;
    let scopes = caller.claims.scopes();
    if !scopes.contains(PROFILE) {
        return Err(OAuthError::ScopeMissing(PROFILE).into());
    }
    let members = body.object(&profile_members::NAMES);
    for (member, scope) in [("phone_number", PHONE), ("address", ADDRESS)] {
        if members.contains_key(member) && !scopes.contains(scope) {
            return Err(OAuthError::ScopeMissing(scope).into());
        }
    }
    let mut profile = UncheckedProfile::of(&caller.user);
    profile_members::put(&mut profile, &members, &mut body);
    for name in FIXED.into_iter().filter(|name| members.contains_key(*name)) {
        body.refuse(name, "cannot be changed here");
    }
    body.check()?;
    app.accounts.update_profile((&caller.user, &caller.session), &profile, &requester).await?;
    let user = app.accounts.user(&caller.user.id).await?.ok_or(OAuthError::TokenInvalid)?;
    Ok(json_answer(StatusCode::OK, &Value::Object(account(&user, &scopes))))
}

/// Begins to delete the account: from now on nothing opens it, and after two weeks it is gone.
pub(crate) async fn delete(
    State(app): State<App>,
    requester: Requester,
    ApiCaller(caller): ApiCaller,
    mut body: Body,
) -> Result<Response, ApiError> {
    may_act(&app, (&caller.user, &caller.session)).await?;
    let (user, session) = proven(&app, caller, &mut body, &requester).await?;
    // Whoever calls this names their account by the token.
    let due_at = app.accounts.request_deletion(&session, &user.email, &requester).await?;
    let answer = json!({
        "message": "The account is deleted after two weeks. Until then its owner can keep it.",
        "deletion_due_at": moment(due_at),
    });
    Ok(json_answer(StatusCode::OK, &answer))
}

/// Whether nothing comes before what a person does in their account.
pub(super) async fn may_act(app: &App, (user, session): (&User, &Session)) -> Result<(), ApiError> {
    match app.accounts.factor_standing(session, user).await? {
        FactorStanding::Enough => Ok(()),
        FactorStanding::ToGive => Err(FactorProblem::ProofMissing.into()),
        FactorStanding::ToSetUp => Err(ApiError::NoSecondFactor),
    }
}

impl From<ProfileRefusal> for ApiError {
    fn from(refusal: ProfileRefusal) -> Self {
        match refusal {
            ProfileRefusal::Invalid(problems)
                if problems.contains(&ProfileProblem::UsernameTaken) =>
            {
                Self::Taken("username")
            }
            ProfileRefusal::Invalid(problems) => profile_members::refused(&problems),
            ProfileRefusal::SessionIsOver => Self::OAuth(OAuthError::TokenInvalid),
            ProfileRefusal::Throttled { retry_after_seconds: retry_after } => {
                Self::Problem(PageError::Throttled { retry_after })
            }
            ProfileRefusal::Fault(fault) => Self::Problem(fault.into()),
        }
    }
}

impl From<DeleteAccountRefusal> for ApiError {
    fn from(refusal: DeleteAccountRefusal) -> Self {
        match refusal {
            DeleteAccountRefusal::ProofMissing | DeleteAccountRefusal::NotConfirmed => {
                FactorProblem::ProofMissing.into()
            }
            DeleteAccountRefusal::LastAdministrator => Self::LastAdministrator,
            DeleteAccountRefusal::SessionIsOver => Self::OAuth(OAuthError::TokenInvalid),
            DeleteAccountRefusal::Fault(fault) => Self::Problem(fault.into()),
        }
    }
}

/// An account, by the names of the management API; what is not known, or the token's scopes do not open, is
/// left out.
fn account(user: &User, scopes: &Scopes) -> Map<String, Value> {
    let mut account = members_of(user);
    account.retain(|name, _| is_open(name, scopes));
    account
}

/// The same with all that is known.
pub(super) fn members_of(user: &User) -> Map<String, Value> {
    let mut account = identity(user, &Scopes::standard());
    let texts = [
        ("given_name", &user.given_name),
        ("family_name", &user.family_name),
        ("nickname", &user.nickname),
        ("picture", &user.picture),
        ("phone_number", &user.phone_number),
        ("locale", &user.locale),
        ("zoneinfo", &user.zoneinfo),
    ];
    for (name, text) in texts {
        account.extend(text.as_ref().map(|text| (name.to_owned(), json!(text))));
    }
    if user.phone_number.is_some() {
        let is_verified = user.phone_number_verified_at.is_some();
        account.insert("phone_verified".to_owned(), json!(is_verified));
    }
    let address = user.address.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let address = address.filter(Value::is_object);
    account.extend(address.map(|address| ("address".to_owned(), address)));
    let times = [
        ("created_at", Some(user.created_at)),
        ("updated_at", Some(user.updated_at)),
        ("last_login", user.last_login_at),
    ];
    for (name, time) in times {
        account.extend(time.map(|time| (name.to_owned(), json!(moment(time)))));
    }
    account.insert("logins_count".to_owned(), json!(user.logins_count));
    account
}

/// RFC 3339 with milliseconds, of which we keep none.
pub(super) fn moment(time: Timestamp) -> String {
    time.to_rfc3339_milliseconds()
}
