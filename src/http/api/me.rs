//! `/api/users/me`: the caller's own account.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::super::oauth::token::json_answer;
use super::caller::ApiCaller;
use super::tokens::identity;
use crate::clock::Timestamp;
use crate::domain::user::User;

/// What is known about the caller, and what their token says.
pub(crate) async fn show(ApiCaller(caller): ApiCaller) -> Response {
    let mut answer = account(&caller.user);
    answer.insert("claims".to_owned(), Value::Object(caller.claims.all));
    json_answer(StatusCode::OK, &Value::Object(answer))
}

/// An account, by the names of the management API; what is not known is left out.
fn account(user: &User) -> Map<String, Value> {
    let mut account = identity(user);
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
fn moment(time: Timestamp) -> String {
    time.to_rfc3339().replace('Z', ".000Z")
}
