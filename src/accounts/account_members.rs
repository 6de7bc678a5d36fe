//! An account as programs are told of it: JSON by the names of the management API. What is not known is left out.

use serde_json::{Map, Value, json};

use crate::domain::second_factor::FactorKind;
use crate::domain::user::User;
use crate::store::user_search::ListedUser;

/// The `connection` of every identity: there is one place where accounts come from.
pub const CONNECTION: &str = "Username-Password-Authentication";
/// The `provider` of every identity.
pub const PROVIDER: &str = "protekt";

/// Who somebody is.
#[must_use]
pub fn identity_members(user: &User) -> Map<String, Value> {
    let texts = [("username", &user.username), ("name", &user.name)];
    let known = texts.into_iter().filter_map(|(name, text)| Some((name, json!(text.as_ref()?))));
    [
        ("id", json!(user.id)),
        ("email", json!(user.email)),
        ("email_verified", json!(user.email_verified_at.is_some())),
    ]
    .into_iter()
    .chain(known)
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// What a person may know of their own account.
#[must_use]
pub fn account_members(user: &User) -> Map<String, Value> {
    let mut account = identity_members(user);
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
        account.extend(time.map(|time| (name.to_owned(), json!(time.to_rfc3339_millis()))));
    }
    account.insert("logins_count".to_owned(), json!(user.logins_count));
    account
}

/// What those who look after people may know of an account.
#[must_use]
pub fn listed_members(listed: &ListedUser) -> Map<String, Value> {
    let user = &listed.user;
    let mut account = account_members(user);
    account.extend(user.last_ip.as_ref().map(|ip| ("last_ip".to_owned(), json!(ip))));
    let metadata = [("user_metadata", &user.user_metadata), ("app_metadata", &user.app_metadata)];
    for (name, json) in metadata {
        let members = json.as_deref().and_then(|json| serde_json::from_str::<Value>(json).ok());
        account.extend(members.map(|members| (name.to_owned(), members)));
    }
    account.insert("blocked".to_owned(), json!(user.blocked_at.is_some()));
    account.insert("multifactor".to_owned(), json!(factors(listed)));
    account.insert(
        "identities".to_owned(),
        json!([{
            "connection": CONNECTION,
            "provider": PROVIDER,
            "user_id": user.id,
            "isSocial": false,
        }]),
    );
    if let Some(due_at) = user.deletion_due_at {
        account.insert("deletion_due_at".to_owned(), json!(due_at.to_rfc3339_millis()));
    }
    account
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
