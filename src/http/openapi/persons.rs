//! What hangs on an account: sessions, second factors, links, and what people allowed apps.

use serde_json::{Value, json};
use utoipa::ToSchema;

use super::super::paths;
use super::operation::{ListShapes, Operation};
use super::people::{EXAMPLE_ID, person};
use super::values;
use crate::oauth::management_api::{
    CREATE_USER_TICKETS, DELETE_AUTHENTICATION_METHODS, DELETE_GRANTS, DELETE_SESSIONS,
    READ_AUTHENTICATION_METHODS, READ_GRANTS, READ_SESSIONS, UPDATE_USERS,
};

const SID: &str = "5bq0CqYxS2mHPnmT3n0hKg";
const GRANT_ID: &str = "WyIwMURFVjBBREEwMDAwMDAwMDAwMDAwMDAwMCIsIm5vdGVzIiwiIl0";

/// Where somebody is signed in.
#[derive(Clone, Debug, ToSchema)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// When it began.
    #[schema(format = "date-time")]
    pub created_at: String,
    /// When it was seen last.
    #[schema(format = "date-time")]
    pub updated_at: String,
    /// When its owner last proved who they are.
    #[schema(format = "date-time")]
    pub authenticated_at: String,
    /// When it ends unless it is used.
    #[schema(format = "date-time")]
    pub idle_expires_at: String,
    /// When it ends.
    #[schema(format = "date-time")]
    pub expires_at: String,
    /// From what.
    pub device: Device,
}

/// What somebody signed in with.
#[derive(Clone, Debug, ToSchema)]
pub struct Device {
    /// Its address.
    pub initial_ip: Option<String>,
    /// What it calls itself.
    pub initial_user_agent: Option<String>,
}

/// Something that a person signs in with.
#[derive(Clone, Debug, ToSchema)]
pub struct AuthenticationMethod {
    /// Its id.
    pub id: String,
    /// `password`, `totp`, `sms`, `email`, `webauthn` or `backup_code`.
    #[schema(rename = "type")]
    pub kind: String,
    /// `true`: what was only begun is not told.
    pub confirmed: bool,
    /// The number that gets the codes.
    pub phone_number: Option<String>,
    /// What its owner calls it.
    pub name: Option<String>,
    /// How many codes are left.
    pub left: Option<i64>,
    /// Since when.
    #[schema(format = "date-time")]
    pub created_at: Option<String>,
    /// When it was used last.
    #[schema(format = "date-time")]
    pub last_auth_at: Option<String>,
}

/// What a person allowed an app.
#[derive(Clone, Debug, ToSchema)]
pub struct Grant {
    /// Its id.
    pub id: Option<String>,
    /// Whose it is.
    pub user_id: Option<String>,
    /// The app.
    pub client_id: Option<String>,
    /// The app, by Auth0's name.
    #[schema(rename = "clientID")]
    pub client_id_too: Option<String>,
    /// At which API, where it is one of yours.
    pub audience: Option<String>,
    /// What was allowed.
    pub scope: Option<Vec<String>>,
    /// When that was.
    #[schema(format = "date-time")]
    pub created_at: Option<String>,
    /// When it changed last.
    #[schema(format = "date-time")]
    pub updated_at: Option<String>,
}

/// For whom a link to choose a password is to be made: `user_id` or `email`.
#[derive(Clone, Debug, ToSchema)]
pub struct PasswordTicketWish {
    /// The account.
    #[schema(required = false, schema_with = values::user_id)]
    pub user_id: String,
    /// The account, by its address.
    #[schema(required = false, schema_with = values::email)]
    pub email: String,
    /// `con_database`.
    #[schema(required = false, schema_with = values::connection_id)]
    pub connection_id: String,
    /// For how many seconds it is good; 0 means five days.
    #[schema(required = false, minimum = 0, maximum = 2_592_000)]
    pub ttl_sec: i64,
    /// Whether whoever uses the link has proved the address. Needs `update:users`; has to be `true` where the
    /// address is not verified yet.
    #[schema(required = false)]
    pub mark_email_as_verified: bool,
}

/// For whom a link to verify an address is to be made.
#[derive(Clone, Debug, ToSchema)]
pub struct EmailTicketWish {
    /// The account.
    #[schema(schema_with = values::user_id)]
    pub user_id: String,
    /// For how many seconds it is good; 0 means five days.
    #[schema(required = false, minimum = 0, maximum = 2_592_000)]
    pub ttl_sec: i64,
}

/// A link, to be handed on.
#[derive(Clone, Debug, ToSchema)]
pub struct Ticket {
    /// Where it leads.
    #[schema(format = "uri")]
    pub ticket: String,
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = sessions();
    all.extend(factors());
    all.extend(tickets());
    all.extend(grants());
    all
}

fn sessions() -> Vec<Operation> {
    let session = json!({
        "id": SID,
        "user_id": EXAMPLE_ID,
        "created_at": "2026-11-23T08:12:31.000Z",
        "updated_at": "2026-11-23T09:40:02.000Z",
        "authenticated_at": "2026-11-23T08:12:31.000Z",
        "idle_expires_at": "2026-11-26T09:40:02.000Z",
        "expires_at": "2026-11-30T08:12:31.000Z",
        "device": { "initial_ip": "203.0.113.7" },
    });
    let of_one = |operation: Operation| {
        operation.at("id", "Its id.", SID).refuses(404, &["inexistent_session"])
    };
    vec![
        person(Operation::get(
            paths::MANAGEMENT_USER_SESSIONS,
            "listSessions",
            "See where somebody is signed in",
        ))
        .for_machines(&[READ_SESSIONS])
        .paged()
        .answers_list::<Session>(
            "sessions",
            ListShapes::Counted,
            counted("sessions", &session),
        ),
        person(Operation::delete(
            paths::MANAGEMENT_USER_SESSIONS,
            "deleteSessions",
            "Sign somebody out everywhere",
        ))
        .for_machines(&[DELETE_SESSIONS])
        .answers_nothing(204, "Every session and token is over."),
        of_one(Operation::get(paths::MANAGEMENT_SESSION, "showSession", "Read a session"))
            .for_machines(&[READ_SESSIONS])
            .answers::<Session>(200, "The session.", session),
        of_one(Operation::delete(paths::MANAGEMENT_SESSION, "deleteSession", "End a session"))
            .for_machines(&[DELETE_SESSIONS])
            .answers_nothing(204, "It is over, with its tokens."),
    ]
}

fn factors() -> Vec<Operation> {
    let method = json!({
        "id": "totp",
        "type": "totp",
        "confirmed": true,
        "created_at": "2026-11-23T08:12:31.000Z",
    });
    vec![
        person(Operation::get(
            paths::MANAGEMENT_USER_FACTORS,
            "listAuthenticationMethods",
            "See what somebody signs in with",
        ))
        .for_machines(&[READ_AUTHENTICATION_METHODS])
        .paged()
        .answers_list::<AuthenticationMethod>(
            "authenticators",
            ListShapes::Counted,
            counted("authenticators", &method),
        ),
        person(Operation::delete(
            paths::MANAGEMENT_USER_FACTORS,
            "deleteAuthenticationMethods",
            "Take somebody's second factors",
        ))
        .about("For who lost them. The password stays.")
        .for_machines(&[DELETE_AUTHENTICATION_METHODS])
        .answers_nothing(204, "They are gone."),
    ]
}

fn tickets() -> Vec<Operation> {
    let ticket = json!({ "ticket": "https://id.example.com/password/reset?token=ptk_pr_…" });
    vec![
        Operation::post(
            paths::MANAGEMENT_PASSWORD_TICKETS,
            "createPasswordTicket",
            "Make a link to choose a password",
        )
        .for_machines(&[CREATE_USER_TICKETS])
        .takes::<PasswordTicketWish>(json!({ "user_id": EXAMPLE_ID, "ttl_sec": 3_600 }))
        .answers::<Ticket>(201, "The link.", ticket.clone())
        .refuses(404, &["inexistent_user"]),
        Operation::post(
            paths::MANAGEMENT_EMAIL_TICKETS,
            "createEmailTicket",
            "Make a link to verify an address",
        )
        .for_machines(&[CREATE_USER_TICKETS, UPDATE_USERS])
        .takes::<EmailTicketWish>(json!({ "user_id": EXAMPLE_ID }))
        .answers::<Ticket>(201, "The link.", ticket)
        .refuses(404, &["inexistent_user"])
        .refuses(409, &["email_verified"]),
    ]
}

fn grants() -> Vec<Operation> {
    let grant = json!({
        "id": GRANT_ID,
        "user_id": EXAMPLE_ID,
        "client_id": "notes",
        "clientID": "notes",
        "scope": ["email", "openid"],
        "created_at": "2026-11-23T08:12:31.000Z",
        "updated_at": "2026-11-23T08:12:31.000Z",
    });
    vec![
        Operation::get(paths::MANAGEMENT_GRANTS, "listGrants", "See what people allowed apps")
            .about("`from` is the `id` of the last grant that you have.")
            .for_machines(&[READ_GRANTS])
            .query("user_id", "Whose.", values::filled_line())
            .query("client_id", "To which app.", values::filled_line())
            .query("audience", "At which API.", values::filled_line())
            .paged()
            .continued()
            .narrowed()
            .answers_list::<Grant>("grants", ListShapes::BareOrCounted, json!([grant])),
        Operation::delete(
            paths::MANAGEMENT_GRANTS,
            "deleteGrants",
            "Take back all that somebody allowed apps",
        )
        .for_machines(&[DELETE_GRANTS])
        .needs_query("user_id", "Whose.", values::filled_line())
        .answers_nothing(204, "They are taken back, with every token.")
        .refuses(404, &["inexistent_user"]),
        Operation::delete(
            paths::MANAGEMENT_GRANT,
            "deleteGrant",
            "Take back what somebody allowed an app",
        )
        .for_machines(&[DELETE_GRANTS])
        .at("id", "Its id.", GRANT_ID)
        .answers_nothing(204, "It is taken back, with every token.")
        .refuses(404, &["inexistent_grant"]),
    ]
}

fn counted(member: &str, entry: &Value) -> Value {
    json!({ member: [entry], "start": 0, "limit": 50, "length": 1, "total": 1 })
}
