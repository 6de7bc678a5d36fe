//! APIs that take our access tokens, and what clients may ask them for.

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::Object;

use super::super::paths;
use super::operation::{ListShapes, Operation};
use super::values;
use crate::oauth::management_api::{
    CREATE_CLIENT_GRANTS, CREATE_RESOURCE_SERVERS, DELETE_CLIENT_GRANTS, DELETE_RESOURCE_SERVERS,
    READ_CLIENT_GRANTS, READ_RESOURCE_SERVERS, UPDATE_CLIENT_GRANTS, UPDATE_RESOURCE_SERVERS,
};

const ID: &str = "01KB0Q3V5N8H2T6W9X1Y4Z7R0S";

/// An API.
#[derive(Clone, Debug, ToSchema)]
pub struct ResourceServer {
    /// Its id.
    pub id: String,
    /// What its tokens carry as their audience.
    pub identifier: String,
    /// What people read.
    pub name: String,
    /// What it opens.
    pub scopes: Vec<ApiScope>,
    /// How long its access tokens are good, in seconds.
    pub token_lifetime: Option<i64>,
    /// Whether people need permissions for what is asked.
    pub enforce_policies: bool,
    /// The clients that may ask about its tokens.
    pub introspectors: Vec<String>,
    /// `RS256`.
    pub signing_alg: String,
    /// Whether it is Protekt's own.
    pub is_system: bool,
    /// When it was registered.
    #[schema(format = "date-time")]
    pub created_at: String,
    /// When it changed last.
    #[schema(format = "date-time")]
    pub updated_at: String,
}

/// Something that an API opens.
#[derive(Clone, Debug, ToSchema)]
pub struct ApiScope {
    /// The scope.
    pub value: String,
    /// What people read.
    pub description: String,
    /// Whether it changes anything.
    pub changes: bool,
}

/// A new API.
#[derive(Clone, Debug, ToSchema)]
pub struct NewResourceServer {
    /// What its tokens carry as their audience: a URI, which stays.
    #[schema(schema_with = values::new_identifier)]
    pub identifier: String,
    /// What people read.
    #[schema(schema_with = values::client_name)]
    pub name: String,
    /// The rest.
    #[serde(flatten)]
    pub rest: ResourceServerSettings,
}

/// What is to be so of an API.
#[derive(Clone, Debug, ToSchema)]
pub struct ResourceServerChange {
    /// What people read.
    #[schema(required = false, schema_with = values::client_name)]
    pub name: String,
    /// The rest.
    #[serde(flatten)]
    pub rest: ResourceServerSettings,
}

/// What can be set of an API.
#[derive(Clone, Debug, ToSchema)]
pub struct ResourceServerSettings {
    /// What it opens; in the place of what it opened.
    #[schema(required = false, max_items = 100)]
    pub scopes: Vec<ApiScopeWish>,
    /// How long its access tokens are good, in seconds.
    #[schema(required = false, schema_with = values::lifetime)]
    pub token_lifetime: Option<i64>,
    /// Whether people need permissions for what is asked.
    #[schema(required = false)]
    pub enforce_policies: bool,
    /// The clients that may ask about its tokens.
    #[schema(required = false, schema_with = values::introspectors)]
    pub introspectors: Vec<String>,
    /// `RS256`.
    #[schema(required = false, schema_with = algorithm)]
    pub signing_alg: String,
}

/// Something that an API is to open.
#[derive(Clone, Debug, ToSchema)]
pub struct ApiScopeWish {
    /// The scope.
    #[schema(schema_with = values::new_scope)]
    pub value: String,
    /// What people read.
    #[schema(required = false, schema_with = values::sentence)]
    pub description: Option<String>,
    /// Whether it changes anything.
    #[schema(required = false)]
    pub changes: bool,
}

/// What a client may ask an API for.
#[derive(Clone, Debug, ToSchema)]
pub struct ClientGrant {
    /// Its id.
    pub id: String,
    /// The client.
    pub client_id: String,
    /// The identifier of the API.
    pub audience: String,
    /// `client`: for itself; `user`: for people.
    #[schema(schema_with = subject)]
    pub subject_type: String,
    /// What for.
    pub scope: Vec<String>,
}

/// What a client is to be able to ask an API for.
#[derive(Clone, Debug, ToSchema)]
pub struct NewClientGrant {
    /// The client.
    #[schema(schema_with = values::client_id)]
    pub client_id: String,
    /// The identifier of the API.
    #[schema(schema_with = values::api_identifier)]
    pub audience: String,
    /// `client`: for itself; `user`: for people.
    #[schema(required = false, schema_with = subject)]
    pub subject_type: String,
    /// What for.
    #[schema(schema_with = values::api_scopes)]
    pub scope: Vec<String>,
}

/// What a client is to be able to ask for from now on.
#[derive(Clone, Debug, ToSchema)]
pub struct ClientGrantChange {
    /// What for.
    #[schema(schema_with = values::api_scopes)]
    pub scope: Vec<String>,
}

fn subject() -> Object {
    values::word(["client", "user"]).build()
}

fn algorithm() -> Object {
    values::word(["RS256"]).build()
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = apis();
    all.extend(grants());
    all
}

fn apis() -> Vec<Operation> {
    let api = |operation: Operation| {
        operation
            .at("id", "Its id, or its identifier.", ID)
            .refuses(404, &["inexistent_resource_server"])
    };
    vec![
        Operation::get(paths::MANAGEMENT_RESOURCE_SERVERS, "listResourceServers", "List APIs")
            .for_machines(&[READ_RESOURCE_SERVERS])
            .query("identifiers", "The identifier of the one that is meant.", values::filled_line())
            .paged()
            .answers_list::<ResourceServer>(
                "resource_servers",
                ListShapes::BareOrCounted,
                json!([example()]),
            ),
        Operation::post(
            paths::MANAGEMENT_RESOURCE_SERVERS,
            "createResourceServer",
            "Register an API",
        )
        .for_machines(&[CREATE_RESOURCE_SERVERS])
        .takes::<NewResourceServer>(json!({
            "identifier": "https://api.example.com/orders",
            "name": "Orders",
            "scopes": [{ "value": "read:orders", "description": "See your orders" }],
        }))
        .answers::<ResourceServer>(201, "It is registered.", example())
        .tells_etag()
        .tells_location()
        .refuses(409, &["resource_server_exists"]),
        api(Operation::get(paths::MANAGEMENT_RESOURCE_SERVER, "showResourceServer", "Read an API"))
            .for_machines(&[READ_RESOURCE_SERVERS])
            .answers::<ResourceServer>(200, "The API.", example())
            .tells_etag(),
        api(Operation::patch(
            paths::MANAGEMENT_RESOURCE_SERVER,
            "updateResourceServer",
            "Change an API",
        ))
        .for_machines(&[UPDATE_RESOURCE_SERVERS])
        .guarded_by_etag()
        .may_take::<ResourceServerChange>(json!({ "name": "Orders and returns" }))
        .answers::<ResourceServer>(200, "The API as it is now.", example())
        .tells_etag()
        .refuses(403, &["built_in_resource_server", "client_limited"]),
        api(Operation::delete(
            paths::MANAGEMENT_RESOURCE_SERVER,
            "deleteResourceServer",
            "Delete an API",
        ))
        .for_machines(&[DELETE_RESOURCE_SERVERS])
        .guarded_by_etag()
        .answers_nothing(204, "It is gone, with what clients could ask it for.")
        .refuses(403, &["built_in_resource_server"])
        .refuses(409, &["resource_server_in_use"]),
    ]
}

fn grants() -> Vec<Operation> {
    let grant = json!({
        "id": ID,
        "client_id": "billing",
        "audience": "https://api.example.com/orders",
        "subject_type": "client",
        "scope": ["read:orders"],
    });
    let one = |operation: Operation| {
        operation.at("id", "Its id.", ID).refuses(404, &["inexistent_client_grant"])
    };
    vec![
        Operation::get(
            paths::MANAGEMENT_CLIENT_GRANTS,
            "listClientGrants",
            "See what clients may ask APIs for",
        )
        .for_machines(&[READ_CLIENT_GRANTS])
        .query("client_id", "Which client.", values::filled_line())
        .query("audience", "The identifier of the API.", values::filled_line())
        .query("subject_type", "For itself, or for people.", subject())
        .paged()
        .answers_list::<ClientGrant>(
            "client_grants",
            ListShapes::BareOrCounted,
            json!([grant]),
        ),
        Operation::post(
            paths::MANAGEMENT_CLIENT_GRANTS,
            "createClientGrant",
            "Let a client ask an API",
        )
        .for_machines(&[CREATE_CLIENT_GRANTS])
        .takes::<NewClientGrant>(json!({
            "client_id": "billing",
            "audience": "https://api.example.com/orders",
            "scope": ["read:orders"],
        }))
        .answers::<ClientGrant>(201, "It may.", grant.clone())
        .refuses(403, &["client_limited"])
        .refuses(409, &["client_grant_exists"]),
        one(Operation::patch(
            paths::MANAGEMENT_CLIENT_GRANT,
            "updateClientGrant",
            "Change what a client may ask an API for",
        ))
        .for_machines(&[UPDATE_CLIENT_GRANTS])
        .takes::<ClientGrantChange>(json!({ "scope": ["read:orders"] }))
        .answers::<ClientGrant>(200, "What it may.", grant)
        .refuses(403, &["client_limited"]),
        one(Operation::delete(
            paths::MANAGEMENT_CLIENT_GRANT,
            "deleteClientGrant",
            "Let a client ask an API no more",
        ))
        .for_machines(&[DELETE_CLIENT_GRANTS])
        .answers_nothing(204, "It may not."),
    ]
}

fn example() -> Value {
    json!({
        "id": ID,
        "identifier": "https://api.example.com/orders",
        "name": "Orders",
        "scopes": [{ "value": "read:orders", "description": "See your orders", "changes": false }],
        "enforce_policies": false,
        "introspectors": [],
        "signing_alg": "RS256",
        "is_system": false,
        "created_at": "2026-11-23T08:00:00.000Z",
        "updated_at": "2026-11-23T08:00:00.000Z",
    })
}
