//! What a person says of themselves, as members of a JSON object.

use serde_json::{Map, Value};

use super::body::Body;
use super::error::{ApiError, FieldError};
use crate::domain::profile::{ProfileProblem, UncheckedProfile};

/// Their names.
pub(super) const NAMES: [&str; 9] = [
    "name",
    "given_name",
    "family_name",
    "nickname",
    "username",
    "phone_number",
    "locale",
    "zoneinfo",
    "address",
];

/// Puts what is given into a profile; `null` removes it.
pub(super) fn put(profile: &mut UncheckedProfile, members: &Map<String, Value>, body: &mut Body) {
    let texts = [
        ("name", &mut profile.name),
        ("given_name", &mut profile.given_name),
        ("family_name", &mut profile.family_name),
        ("nickname", &mut profile.nickname),
        ("username", &mut profile.username),
        ("phone_number", &mut profile.phone_number),
        ("locale", &mut profile.locale),
        ("zoneinfo", &mut profile.zoneinfo),
    ];
    for (name, field) in texts {
        set(field, (name, members.get(name)), body);
    }
    let address = &mut profile.address;
    let parts = [
        ("street_address", &mut address.street_address),
        ("locality", &mut address.locality),
        ("region", &mut address.region),
        ("postal_code", &mut address.postal_code),
        ("country", &mut address.country),
    ];
    match members.get("address") {
        None => {}
        Some(Value::Null) => parts.into_iter().for_each(|(_, field)| field.clear()),
        Some(Value::Object(given)) => {
            for (name, field) in parts {
                set(field, ("address", given.get(name)), body);
            }
        }
        Some(_) => body.refuse("address", "must be an object or null"),
    }
}

fn set(field: &mut String, (name, given): (&'static str, Option<&Value>), body: &mut Body) {
    match given {
        None => {}
        Some(Value::Null) => field.clear(),
        Some(Value::String(text)) => field.clone_from(text),
        Some(_) => body.refuse(name, "must be a text or null"),
    }
}

/// The answer to members that cannot be kept.
pub(super) fn refused(problems: &[ProfileProblem]) -> ApiError {
    let error = |problem: &ProfileProblem| FieldError {
        field: field_of(*problem),
        message: problem.to_string(),
    };
    ApiError::Fields(problems.iter().map(error).collect())
}

const fn field_of(problem: ProfileProblem) -> &'static str {
    match problem {
        ProfileProblem::TextMalformed(field) => field,
        ProfileProblem::UsernameMalformed | ProfileProblem::UsernameTaken => "username",
        ProfileProblem::PhoneMalformed => "phone_number",
        ProfileProblem::LocaleUnknown => "locale",
        ProfileProblem::ZoneUnknown => "zoneinfo",
    }
}
