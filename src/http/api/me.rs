//! `/api/users/me`: the caller's own account.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::super::App;
use super::super::oauth::token::NO_STORE;
use super::answer::{members, ok, summary};
use super::body::Members;
use super::callers::Caller;
use super::error::{ApiError, FieldMistake};
use super::password;
use super::proof::{Proof, proven};
use crate::accounts::{DeleteAccountRefusal, PostalAddress, ProfileRefusal};
use crate::clock::Timestamp;
use crate::domain::Requester;
use crate::domain::profile::{ProfileProblem, UncheckedProfile};
use crate::domain::second_factor::FactorKind;
use crate::domain::user::User;
use crate::store::permissions;

/// What is known of the caller.
pub(crate) async fn show(State(app): State<App>, caller: Caller) -> Result<Response, ApiError> {
    Ok(ok(account(&app, &caller).await?))
}

/// Changes what the caller says of themselves: what is left out stays, and `null` takes away. A new
/// password ends every token but those of the answer.
pub(crate) async fn update(
    State(app): State<App>,
    requester: Requester,
    caller: Caller,
    mut members: Members,
) -> Result<Response, ApiError> {
    let profile = changed_profile(&caller.user, &mut members);
    let password = members.secret("password");
    let proof = Proof::read(&mut members, "current_password");
    members.finish()?;
    let caller = match password {
        Some(_) => proven(&app, caller, proof, &requester).await?,
        None => caller,
    };
    let updated = app.accounts.update_profile(&caller.user, &profile, &requester).await;
    updated.map_err(refused)?;
    let (caller, tokens) = match password {
        Some(password) => password::change(&app, caller, &password, &requester).await?,
        None => (caller, Map::new()),
    };
    let user = app.accounts.user(&caller.user.id).await?.ok_or(ApiError::TokenInvalid)?;
    let mut answer = account(&app, &Caller { user, ..caller }).await?;
    answer.extend(tokens);
    Ok(ok(answer))
}

/// Begins to delete the account; from now on it cannot be used.
pub(crate) async fn delete(
    State(app): State<App>,
    requester: Requester,
    caller: Caller,
    mut members: Members,
) -> Result<Response, ApiError> {
    let proof = Proof::read(&mut members, "password");
    members.finish()?;
    let Caller { user, session, .. } = proven(&app, caller, proof, &requester).await?;
    match app.accounts.request_deletion(&session, &user.email, &requester).await {
        Ok(_due_at) => Ok((StatusCode::NO_CONTENT, NO_STORE).into_response()),
        Err(DeleteAccountRefusal::ProofMissing) => Err(ApiError::ReauthenticationRequired(None)),
        Err(DeleteAccountRefusal::LastAdministrator) => Err(ApiError::LastAdministrator),
        // The address is that of the account, unless that has just changed.
        Err(DeleteAccountRefusal::SessionIsOver | DeleteAccountRefusal::NotConfirmed) => {
            Err(ApiError::TokenInvalid)
        }
        Err(DeleteAccountRefusal::Fault(fault)) => Err(fault.into()),
    }
}

async fn account(app: &App, caller: &Caller) -> Result<Map<String, Value>, ApiError> {
    let Caller { user, session, client } = caller;
    let mut account = profile_of(user);
    let methods = app.accounts.own_methods(user).await?;
    let methods: Vec<&str> = methods
        .iter()
        .filter(|kind| **kind != FactorKind::BackupCode)
        .map(|kind| kind.as_str())
        .collect();
    let held = permissions::entitlements(&mut app.store().read().await?, &user.id, None).await?;
    account.extend(members(json!({
        "sub": user.id,
        "sid": session.sid,
        "auth_time": session.auth_time.0,
        "client_id": client.id,
        "multifactor": methods,
        "roles": held.roles,
    })));
    Ok(account)
}

/// What the person says of themselves; what is not known is left out.
fn profile_of(user: &User) -> Map<String, Value> {
    let mut profile = summary(user);
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
        profile.extend(text.as_ref().map(|text| (name.to_owned(), json!(text))));
    }
    if user.phone_number.is_some() {
        let is_verified = user.phone_number_verified_at.is_some();
        profile.insert("phone_number_verified".to_owned(), json!(is_verified));
    }
    let address = user.address.as_deref().and_then(|text| serde_json::from_str(text).ok());
    profile.extend(address.map(|address: Value| ("address".to_owned(), address)));
    let times = [
        ("created_at", Some(user.created_at)),
        ("updated_at", Some(user.updated_at)),
        ("last_login", user.last_login_at),
    ];
    for (name, time) in times {
        let text = time.map(Timestamp::to_rfc3339);
        profile.extend(text.map(|text| (name.to_owned(), json!(text))));
    }
    profile
}

fn changed_profile(user: &User, members: &mut Members) -> UncheckedProfile {
    let mut text = |name: &str, stored: &Option<String>| {
        let kept = || stored.clone();
        members.change(name).unwrap_or_else(kept).unwrap_or_default()
    };
    let mut profile = UncheckedProfile {
        name: text("name", &user.name),
        given_name: text("given_name", &user.given_name),
        family_name: text("family_name", &user.family_name),
        nickname: text("nickname", &user.nickname),
        username: text("username", &user.username),
        phone_number: text("phone_number", &user.phone_number),
        locale: text("locale", &user.locale),
        zoneinfo: text("zoneinfo", &user.zoneinfo),
        address: PostalAddress::of_json(user.address.as_deref()),
    };
    match members.object("address") {
        Some(Some(parts)) => change_address(&mut profile.address, parts, members),
        Some(None) => profile.address = PostalAddress::default(),
        None => {}
    }
    profile
}

fn change_address(
    address: &mut PostalAddress,
    parts: impl IntoIterator<Item = (String, Value)>,
    members: &mut Members,
) {
    for (name, value) in parts {
        let part = match &*name {
            "street_address" => &mut address.street_address,
            "locality" => &mut address.locality,
            "region" => &mut address.region,
            "postal_code" => &mut address.postal_code,
            "country" => &mut address.country,
            _ => {
                members.mistake(
                    "address",
                    "has street_address, locality, region, postal_code, country",
                );
                continue;
            }
        };
        match value {
            Value::Null => part.clear(),
            Value::String(text) if !text.contains('\0') => *part = text,
            _ => members.mistake("address", "must hold texts"),
        }
    }
}

fn refused(refusal: ProfileRefusal) -> ApiError {
    let problems = match refusal {
        ProfileRefusal::Invalid(problems) => problems,
        ProfileRefusal::Throttled { retry_after_seconds } => {
            return ApiError::Throttled { retry_after: retry_after_seconds };
        }
        ProfileRefusal::Fault(fault) => return fault.into(),
    };
    let mistakes = problems.iter().map(mistake).collect();
    if problems.contains(&ProfileProblem::UsernameTaken) {
        ApiError::UserExists(mistakes)
    } else {
        ApiError::InvalidBody(mistakes)
    }
}

fn mistake(problem: &ProfileProblem) -> FieldMistake {
    let field = match problem {
        ProfileProblem::TextMalformed(field) => field,
        ProfileProblem::UsernameMalformed | ProfileProblem::UsernameTaken => "username",
        ProfileProblem::PhoneMalformed => "phone_number",
        ProfileProblem::LocaleUnknown => "locale",
        ProfileProblem::ZoneUnknown => "zoneinfo",
    };
    FieldMistake::new(field, problem.to_string())
}
