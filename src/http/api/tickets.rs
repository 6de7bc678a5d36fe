//! Links that a machine hands on itself, at `/api/v2/tickets`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::super::App;
use super::super::oauth::token::json_answer;
use super::body::Body;
use super::connections::CONNECTION_ID;
use super::error::{ApiError, FieldError};
use super::managed_users::by_machine;
use super::management::Machine;
use super::members::Members;
use super::role_problem::RoleProblem;
use super::users::known_id;
use crate::accounts::{TicketOwner, TicketRefusal};
use crate::domain::Requester;
use crate::domain::email_address::EmailAddress;
use crate::oauth::management_api::{CREATE_USER_TICKETS, UPDATE_USERS};

/// How long a ticket is good where the call does not say, in seconds.
const USUAL_LIFETIME: i64 = 5 * 24 * 60 * 60;
const LONGEST_LIFETIME: i64 = 30 * 24 * 60 * 60;
const USER_ID: &str = "user_id";
const NAMES: [&str; 10] = [
    USER_ID,
    "email",
    "connection_id",
    "ttl_sec",
    "mark_email_as_verified",
    "result_url",
    "client_id",
    "organization_id",
    "includeEmailInRedirect",
    "identity",
];

/// `POST /api/v2/tickets/password-change`
pub(crate) async fn password_change(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(CREATE_USER_TICKETS)?;
    let mut members = members(body);
    let owner = owner(&mut members);
    let lifetime = lifetime(&mut members);
    let proves_address = members.flag("mark_email_as_verified").unwrap_or_default();
    members.check()?;
    if proves_address {
        caller.needs(UPDATE_USERS)?;
    }
    let owner = match owner {
        TicketOwner::Id(id) => TicketOwner::Id(known_id(id.0)?),
        by_email @ TicketOwner::Email(_) => by_email,
    };
    let by = by_machine(&caller, &requester);
    let wish = (lifetime, proves_address);
    let made = app.accounts.create_password_ticket(&owner, wish, by).await;
    let ticket = made.map_err(|refusal| refused(refusal, owner_member(&owner)))?;
    Ok(json_answer(StatusCode::CREATED, &json!({ "ticket": ticket })))
}

/// `POST /api/v2/tickets/email-verification`
pub(crate) async fn email_verification(
    State(app): State<App>,
    requester: Requester,
    Machine(caller): Machine,
    body: Body,
) -> Result<Response, ApiError> {
    caller.needs(CREATE_USER_TICKETS)?;
    caller.needs(UPDATE_USERS)?;
    let mut members = members(body);
    let id = members.required(USER_ID);
    let lifetime = lifetime(&mut members);
    members.check()?;
    let by = by_machine(&caller, &requester);
    let made = app.accounts.create_verification_ticket(&known_id(id)?, lifetime, by).await;
    let ticket = made.map_err(|refusal| refused(refusal, USER_ID))?;
    Ok(json_answer(StatusCode::CREATED, &json!({ "ticket": ticket })))
}

fn members(body: Body) -> Members {
    let mut members = Members::of(body, &NAMES, &[]);
    for name in ["result_url", "client_id", "organization_id", "includeEmailInRedirect"] {
        if members.has(name) {
            members
                .refuse(name, "is not followed: who uses the link ends on a page of this service");
        }
    }
    members
}

fn owner(members: &mut Members) -> TicketOwner {
    let (id, email) = (members.text(USER_ID), members.text("email"));
    if members.text("connection_id").is_some_and(|connection| connection != CONNECTION_ID) {
        members.refuse("connection_id", "must be con_database: there is no other");
    }
    match (id, email) {
        (Some(id), None) => TicketOwner::Id(id.as_str().into()),
        (None, Some(email)) => {
            if email.parse::<EmailAddress>().is_err() {
                members.refuse("email", "must be an e-mail address");
            }
            TicketOwner::Email(email)
        }
        (None, None) => {
            members.refuse(USER_ID, "is missing, and so is email");
            TicketOwner::Email(String::new())
        }
        (Some(_), Some(email)) => {
            members.refuse("email", "does not go with user_id");
            TicketOwner::Email(email)
        }
    }
}

fn lifetime(members: &mut Members) -> i64 {
    // As at Auth0: 0 means the usual time.
    let seconds = members.number("ttl_sec").unwrap_or(0);
    if !(0..=LONGEST_LIFETIME).contains(&seconds) {
        members.refuse("ttl_sec", "must be a number of seconds of at most 2592000, or 0");
    }
    if seconds == 0 { USUAL_LIFETIME } else { seconds }
}

/// The member that named the person.
const fn owner_member(owner: &TicketOwner) -> &'static str {
    match owner {
        TicketOwner::Id(_) => USER_ID,
        TicketOwner::Email(_) => "email",
    }
}

fn refused(refusal: TicketRefusal, owner: &'static str) -> ApiError {
    let field = |field, message: &str| {
        ApiError::Fields(vec![FieldError { field, message: message.to_owned() }])
    };
    match refusal {
        TicketRefusal::NoSuchUser if owner == USER_ID => ApiError::NoSuchUser,
        TicketRefusal::NoSuchUser => ApiError::NoSuchUserWithEmail,
        TicketRefusal::Blocked => field(owner, "is blocked: let the person in again first"),
        TicketRefusal::Unverified => field(
            "mark_email_as_verified",
            "must be true, as the address is not verified yet: whoever chooses a password by the link counts as its owner",
        ),
        TicketRefusal::Verified => ApiError::EmailIsVerified,
        TicketRefusal::Unclaimed => field(
            owner,
            "may be of anybody who signed up with this address: its reader verifies it by our mail, or chooses a password by a link",
        ),
        TicketRefusal::BeyondCaller(scope) => ApiError::Role(RoleProblem::BeyondCaller(scope)),
        TicketRefusal::Fault(fault) => ApiError::Problem(fault.into()),
    }
}
