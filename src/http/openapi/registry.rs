//! Apps and machines, APIs, and which may ask which for what.

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::Object;

use super::super::api::client_members::KINDS;
use super::super::paths;
use super::operation::{ListShapes, Operation};
use super::values;
use crate::oauth::management_api::{
    CREATE_CLIENTS, DELETE_CLIENTS, READ_CLIENTS, UPDATE_CLIENT_KEYS, UPDATE_CLIENTS,
};

const CLIENT_ID: &str = "AcUJ18ALYD5M3lrjYPfGPA";

/// An app or a machine, without its secret. What is not set is left out.
#[derive(Clone, Debug, ToSchema)]
pub struct Client {
    /// Its id.
    pub client_id: Option<String>,
    /// What people read.
    pub name: Option<String>,
    /// Who runs it.
    pub owner: Option<String>,
    /// What it is.
    #[schema(required = false, schema_with = kind)]
    pub app_type: Option<String>,
    /// Whether it is your own.
    pub is_first_party: Option<bool>,
    /// Where people come back to it.
    pub callbacks: Option<Vec<String>>,
    /// Where they may go when they sign out.
    pub allowed_logout_urls: Option<Vec<String>>,
    /// Whose scripts may call.
    pub web_origins: Option<Vec<String>>,
    /// How it gets tokens.
    pub grant_types: Option<Vec<String>>,
    /// How it proves itself.
    pub token_endpoint_auth_method: Option<String>,
    /// Whether it has to send a proof key (RFC 7636).
    pub pkce_required: Option<bool>,
    /// What it may ask people for.
    pub scopes: Option<Vec<String>>,
    /// The API that it asks where it names none.
    pub default_audience: Option<String>,
    /// Its logo.
    pub logo_uri: Option<String>,
    /// What it does with data.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub terms_uri: Option<String>,
    /// Whether it may sign people out by its id alone.
    pub trusts_logout_by_client_id: Option<bool>,
    /// How long its access tokens are good, in seconds.
    pub access_token_lifetime: Option<i64>,
    /// Whether people need a second factor there.
    pub second_factor: Option<String>,
    /// Whether it may use the authentication API.
    pub authentication_api: Option<bool>,
    /// When it was registered.
    #[schema(format = "date-time")]
    pub created_at: Option<String>,
    /// When it changed last.
    #[schema(format = "date-time")]
    pub updated_at: Option<String>,
}

/// An app or a machine with its secret, which is told this once.
#[derive(Clone, Debug, ToSchema)]
pub struct ClientWithSecret {
    /// The secret, where it has one.
    pub client_secret: Option<String>,
    /// The rest.
    #[serde(flatten)]
    pub client: Client,
}

/// A new app or machine.
#[derive(Clone, Debug, ToSchema)]
pub struct NewClientMembers {
    /// What people read.
    #[schema(schema_with = values::client_name)]
    pub name: String,
    /// What it is; that stays.
    #[schema(schema_with = kind)]
    pub app_type: String,
    /// The rest.
    #[serde(flatten)]
    pub rest: ClientSettings,
}

/// What is to be so of an app or a machine.
#[derive(Clone, Debug, ToSchema)]
pub struct ClientChange {
    /// What people read.
    #[schema(required = false, schema_with = values::client_name)]
    pub name: String,
    /// The rest.
    #[serde(flatten)]
    pub rest: ClientSettings,
}

/// What can be set of an app or a machine; `null` takes away.
#[derive(Clone, Debug, ToSchema)]
pub struct ClientSettings {
    /// Who runs it.
    #[schema(required = false, schema_with = values::client_name_or_null)]
    pub owner: Option<String>,
    /// Whether it is your own: people are not asked then.
    #[schema(required = false, value_type = bool)]
    pub is_first_party: Option<bool>,
    /// Where people come back to it.
    #[schema(required = false, schema_with = values::callbacks)]
    pub callbacks: Vec<String>,
    /// Where they may go when they sign out.
    #[schema(required = false, schema_with = values::callbacks)]
    pub allowed_logout_urls: Vec<String>,
    /// Whose scripts may call.
    #[schema(required = false, schema_with = values::origins)]
    pub web_origins: Vec<String>,
    /// What it may ask people for.
    #[schema(required = false, schema_with = values::scopes)]
    pub scopes: Vec<String>,
    /// The API that it asks where it names none.
    #[schema(required = false, schema_with = values::api_identifier_or_null)]
    pub default_audience: Option<String>,
    /// Its logo.
    #[schema(required = false, schema_with = values::link)]
    pub logo_uri: Option<String>,
    /// What it does with data.
    #[schema(required = false, schema_with = values::link)]
    pub policy_uri: Option<String>,
    /// Its terms.
    #[schema(required = false, schema_with = values::link)]
    pub terms_uri: Option<String>,
    /// How it gets tokens. What goes depends on what it is.
    #[schema(required = false, schema_with = values::grant_types)]
    pub grant_types: Vec<String>,
    /// How it proves itself. What goes depends on what it is.
    #[schema(required = false, schema_with = values::auth_method)]
    pub token_endpoint_auth_method: Option<String>,
    /// Whether it has to send a proof key (RFC 7636); only who has a secret may go without.
    #[schema(required = false)]
    pub pkce_required: bool,
    /// Whether it may sign people out by its id alone.
    #[schema(required = false)]
    pub trusts_logout_by_client_id: bool,
    /// How long its access tokens are good, in seconds.
    #[schema(required = false, schema_with = values::lifetime)]
    pub access_token_lifetime: Option<i64>,
    /// Whether people need a second factor there.
    #[schema(required = false, schema_with = values::factor_policy)]
    pub second_factor: Option<String>,
    /// Whether it may use the authentication API; only your own may.
    #[schema(required = false, value_type = bool)]
    pub authentication_api: Option<bool>,
}

fn kind() -> Object {
    values::word(KINDS.map(|(word, _)| word)).build()
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = registered();
    all.extend(ended());
    all
}

fn client(operation: Operation) -> Operation {
    operation.at("id", "Its `client_id`.", CLIENT_ID).refuses(404, &["inexistent_client"])
}

fn registered() -> Vec<Operation> {
    vec![
        Operation::get(paths::MANAGEMENT_CLIENTS, "listClients", "List apps and machines")
            .for_machines(&[READ_CLIENTS])
            .query(
                "app_type",
                "What they are, with commas between.",
                values::kinds(&KINDS.map(|(word, _)| word)),
            )
            .query("is_first_party", "Whether they are your own.", values::flag())
            .paged()
            .narrowed()
            .answers_list::<Client>("clients", ListShapes::BareOrCounted, json!([example()])),
        Operation::post(paths::MANAGEMENT_CLIENTS, "createClient", "Register an app or a machine")
            .for_machines(&[CREATE_CLIENTS])
            .takes::<NewClientMembers>(json!({
                "name": "Notes",
                "app_type": "spa",
                "callbacks": ["https://notes.example.com/callback"],
            }))
            .answers::<ClientWithSecret>(201, "It is registered.", with_secret())
            .tells_etag()
            .tells_location(),
        client(Operation::get(paths::MANAGEMENT_CLIENT, "showClient", "Read an app or a machine"))
            .for_machines(&[READ_CLIENTS])
            .narrowed()
            .answers::<Client>(200, "The client.", example())
            .tells_etag(),
        client(Operation::patch(
            paths::MANAGEMENT_CLIENT,
            "updateClient",
            "Change an app or a machine",
        ))
        .for_machines(&[UPDATE_CLIENTS])
        .guarded_by_etag()
        .may_take::<ClientChange>(json!({ "name": "Notes for all" }))
        .answers::<Client>(200, "The client as it is now.", example())
        .tells_etag()
        .refuses(403, &["client_limited"]),
    ]
}

fn ended() -> Vec<Operation> {
    vec![
        client(Operation::delete(
            paths::MANAGEMENT_CLIENT,
            "deleteClient",
            "Delete an app or a machine",
        ))
        .for_machines(&[DELETE_CLIENTS])
        .guarded_by_etag()
        .answers_nothing(204, "It is gone, with its tokens."),
        client(Operation::post(
            paths::MANAGEMENT_CLIENT_SECRET,
            "rotateClientSecret",
            "Give a new secret",
        ))
        .about("The old one is good no more.")
        .for_machines(&[UPDATE_CLIENT_KEYS])
        .guarded_by_etag()
        .answers::<ClientWithSecret>(200, "The client, with its new secret.", with_secret())
        .tells_etag()
        .refuses(400, &["invalid_body"])
        .refuses(403, &["client_limited"]),
    ]
}

fn example() -> Value {
    json!({
        "client_id": CLIENT_ID,
        "name": "Notes",
        "app_type": "spa",
        "is_first_party": false,
        "callbacks": ["https://notes.example.com/callback"],
        "allowed_logout_urls": [],
        "web_origins": ["https://notes.example.com"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
        "pkce_required": true,
        "scopes": ["email", "openid", "profile"],
        "trusts_logout_by_client_id": false,
        "authentication_api": false,
        "created_at": "2026-11-23T08:00:00.000Z",
        "updated_at": "2026-11-23T08:00:00.000Z",
    })
}

fn with_secret() -> Value {
    let mut client = example();
    if let Some(members) = client.as_object_mut() {
        members.insert("app_type".to_owned(), json!("regular_web"));
        members.insert("client_secret".to_owned(), json!("ptk_cs_…"));
    }
    client
}
