//! The trail, the keys, the numbers, and the installation itself.

use serde_json::{Value, json};
use strum::VariantArray as _;
use utoipa::ToSchema;
use utoipa::openapi::Object;

use super::super::api::connections::CONNECTION_ID;
use super::super::paths;
use super::operation::{ListShapes, Operation};
use super::people::{EXAMPLE_ID, person};
use super::values;
use crate::domain::audit_event::AuditKind;
use crate::oauth::management_api::{
    CREATE_SIGNING_KEYS, READ_BRANDING, READ_CONNECTIONS, READ_LOGS, READ_SIGNING_KEYS, READ_STATS,
    UPDATE_SIGNING_KEYS,
};

const LOG_ID: &str = "01KB0Q3V5N8H2T6W9X1Y4Z7R0S";
const KID: &str = "2Y9jlmFHMPgXIjxnQ5Tn8A";

/// Something that happened. What is not known is left out.
#[derive(Clone, Debug, ToSchema)]
pub struct LogEvent {
    /// Its id.
    pub log_id: Option<String>,
    /// When.
    #[schema(format = "date-time")]
    pub date: Option<String>,
    /// What.
    #[schema(rename = "type", schema_with = kind, required = false)]
    pub kind: Option<String>,
    /// `success` or `failure`.
    #[schema(schema_with = outcome, required = false)]
    pub outcome: Option<String>,
    /// To whom.
    pub user_id: Option<String>,
    /// By which client.
    pub client_id: Option<String>,
    /// In which session.
    pub session_id: Option<String>,
    /// From where.
    pub ip: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
    /// The request, as the server's own log names it.
    pub request_id: Option<String>,
    /// Its place in the sealed trail, once it has one.
    pub number: Option<i64>,
    /// What else is known.
    #[schema(value_type = Option<Object>)]
    pub details: Option<Value>,
}

/// A key that signs tokens.
#[derive(Clone, Debug, ToSchema)]
pub struct SigningKey {
    /// Its id.
    pub kid: String,
    /// `RS256`.
    pub alg: String,
    /// What it is for at this moment.
    pub state: String,
    /// Whether it signs.
    #[schema(value_type = bool)]
    pub current: Flag,
    /// Whether it is the next to sign.
    #[schema(value_type = bool)]
    pub next: Flag,
    /// Whether it signed until lately.
    #[schema(value_type = bool)]
    pub previous: Flag,
    /// Whether it was withdrawn.
    #[schema(value_type = bool)]
    pub revoked: Flag,
    /// When it was made.
    #[schema(format = "date-time")]
    pub created_at: String,
    /// Since when it signed.
    #[schema(format = "date-time")]
    pub current_since: Option<String>,
    /// Until when it signed.
    #[schema(format = "date-time")]
    pub current_until: Option<String>,
    /// When it was withdrawn.
    #[schema(format = "date-time")]
    pub revoked_at: Option<String>,
    /// Since when nobody can verify by it.
    #[schema(format = "date-time")]
    pub gone_since: Option<String>,
    /// Its public half (RFC 7517 §4).
    #[schema(value_type = Object)]
    pub jwk: Value,
}

/// One of several that say each what the others are not.
type Flag = bool;

/// Where people's passwords are kept.
#[derive(Clone, Debug, ToSchema)]
pub struct Connection {
    /// `con_database`.
    pub id: String,
    /// `Username-Password-Authentication`.
    pub name: String,
    /// What people read.
    pub display_name: String,
    /// `protekt`.
    pub strategy: String,
    /// Its name once more.
    pub realms: Vec<String>,
    /// `false`.
    pub is_domain_connection: bool,
    /// How it is set.
    pub options: ConnectionOptions,
}

/// How a connection is set.
#[derive(Clone, Debug, ToSchema)]
pub struct ConnectionOptions {
    /// Whether strangers can make no accounts.
    pub disable_signup: bool,
}

/// What the installation is called.
#[derive(Clone, Debug, ToSchema)]
pub struct Branding {
    /// Its name.
    pub name: String,
}

/// What happened on a day.
#[derive(Clone, Debug, ToSchema)]
pub struct DailyStats {
    /// When the day began.
    #[schema(format = "date-time")]
    pub date: String,
    /// How many sign-ins.
    pub logins: i64,
    /// How many that failed.
    pub failed_logins: i64,
    /// How many sign-ups.
    pub signups: i64,
}

fn kind() -> Object {
    values::word(AuditKind::VARIANTS.iter().map(|kind| kind.as_str())).build()
}

fn outcome() -> Object {
    values::word(["success", "failure"]).build()
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = trail();
    all.extend(keys());
    all.extend(numbers());
    all
}

fn filtered(operation: Operation) -> Operation {
    operation
        .for_machines(&[READ_LOGS])
        .query("client_id", "By which client.", values::filled_line())
        .query("type", "What.", kind())
        .query("outcome", "How it went.", outcome())
        .query("since", "From this day or time on.", values::day_or_time())
        .query("until", "Before this day or time.", values::day_or_time())
        .narrowed()
}

fn of_anybody(operation: Operation) -> Operation {
    filtered(operation).query("user_id", "To whom.", values::filled_line())
}

fn trail() -> Vec<Operation> {
    let event = json!({
        "log_id": LOG_ID,
        "date": "2026-11-23T08:12:31.000Z",
        "type": "signed_in",
        "outcome": "success",
        "user_id": EXAMPLE_ID,
        "ip": "203.0.113.7",
        "details": {},
    });
    let words = "The newest first; from the oldest on with `from`, which is the `log_id` of the last one that you have, and `take`.";
    let list = |operation: Operation| {
        operation.about(words).paged().continued().answers_list::<LogEvent>(
            "logs",
            ListShapes::BareOrCounted,
            json!([event]),
        )
    };
    vec![
        list(of_anybody(Operation::get(paths::MANAGEMENT_LOGS, "listLogs", "See what happened"))),
        of_anybody(Operation::get(
            paths::MANAGEMENT_LOGS_EXPORT,
            "exportLogs",
            "Stream what happened",
        ))
        .about("One JSON object a line, from the oldest on.")
        .answers_as::<String>((200, "application/x-ndjson"), "The events.", None),
        Operation::get(paths::MANAGEMENT_LOG, "showLog", "Read an event")
            .for_machines(&[READ_LOGS])
            .at("id", "Its id.", LOG_ID)
            .answers::<LogEvent>(200, "The event.", event.clone())
            .refuses(404, &["inexistent_log"]),
        list(person(filtered(Operation::get(
            paths::MANAGEMENT_USER_LOGS,
            "listUserLogs",
            "See what happened to somebody",
        )))),
    ]
}

fn keys() -> Vec<Operation> {
    let key = json!({
        "kid": KID,
        "alg": "RS256",
        "state": "current",
        "current": true,
        "next": false,
        "previous": false,
        "revoked": false,
        "created_at": "2026-11-23T08:00:00.000Z",
        "current_since": "2026-11-23T08:00:00.000Z",
        "jwk": { "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KID, "n": "0vx7…", "e": "AQAB" },
    });
    let one = |operation: Operation| {
        operation.at("kid", "Its id.", KID).refuses(404, &["inexistent_signing_key"])
    };
    let refusals = ["no_other_signing_key", "signing_key_too_young"];
    vec![
        Operation::get(paths::MANAGEMENT_KEYS, "listSigningKeys", "List the keys that sign tokens")
            .for_machines(&[READ_SIGNING_KEYS])
            .paged()
            .answers_list::<SigningKey>("keys", ListShapes::BareOrCounted, json!([key])),
        one(Operation::get(paths::MANAGEMENT_KEY, "showSigningKey", "Read a key"))
            .for_machines(&[READ_SIGNING_KEYS])
            .answers::<SigningKey>(200, "The key.", key.clone()),
        Operation::post(
            paths::MANAGEMENT_KEYS_ROTATE,
            "rotateSigningKeys",
            "Let the next key sign",
        )
        .for_machines(&[CREATE_SIGNING_KEYS])
        .answers::<SigningKey>(201, "The key that signs now.", key.clone())
        .refuses(404, &["inexistent_signing_key"])
        .refuses(409, &refusals),
        one(Operation::put(paths::MANAGEMENT_KEY_REVOKE, "revokeSigningKey", "Withdraw a key"))
            .about("At once, and with it every token that it signed.")
            .for_machines(&[UPDATE_SIGNING_KEYS])
            .answers::<SigningKey>(200, "The key as it is now.", key)
            .refuses(409, &refusals),
    ]
}

fn numbers() -> Vec<Operation> {
    let connection = json!({
        "id": CONNECTION_ID,
        "name": "Username-Password-Authentication",
        "display_name": "Protekt",
        "strategy": "protekt",
        "realms": ["Username-Password-Authentication"],
        "is_domain_connection": false,
        "options": { "disable_signup": false },
    });
    let day = json!({
        "date": "2026-11-23T00:00:00.000Z",
        "logins": 12,
        "failed_logins": 1,
        "signups": 3,
    });
    vec![
        Operation::get(
            paths::MANAGEMENT_CONNECTIONS,
            "listConnections",
            "See where passwords are kept",
        )
        .for_machines(&[READ_CONNECTIONS])
        .query("name", "Its name.", values::filled_line())
        .query("strategy", "Its strategy.", values::filled_line())
        .paged()
        .answers_list::<Connection>(
            "connections",
            ListShapes::BareOrCounted,
            json!([connection]),
        ),
        Operation::get(paths::MANAGEMENT_CONNECTION, "showConnection", "Read a connection")
            .for_machines(&[READ_CONNECTIONS])
            .at("id", "Its id.", CONNECTION_ID)
            .answers::<Connection>(200, "The connection.", connection)
            .refuses(404, &["inexistent_connection"]),
        Operation::get(
            paths::MANAGEMENT_BRANDING,
            "showBranding",
            "Read what this service is called",
        )
        .for_machines(&[READ_BRANDING])
        .answers::<Branding>(200, "What it is called.", json!({ "name": "Protekt" })),
        Operation::get(
            paths::MANAGEMENT_ACTIVE_USERS,
            "countActiveUsers",
            "Count who signed in lately",
        )
        .for_machines(&[READ_STATS])
        .answers::<i64>(200, "How many people signed in within 30 days.", json!(42)),
        Operation::get(
            paths::MANAGEMENT_DAILY_STATS,
            "listDailyStats",
            "See how many signed in on which day",
        )
        .about("At most 366 days.")
        .for_machines(&[READ_STATS])
        .query("from", "The first day; `to` less 30 days where it is missing.", values::day())
        .query("to", "The last day; today where it is missing.", values::day())
        .answers::<Vec<DailyStats>>(200, "The days.", json!([day])),
    ]
}
