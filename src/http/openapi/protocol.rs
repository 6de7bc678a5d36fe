//! The endpoints of the protocol that speak JSON, and those of operation.

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{Object, ObjectBuilder, Type};

use super::super::paths;
use super::authentication::Tokens;
use super::operation::Operation;
use super::people::EXAMPLE_ID;
use super::security::{CLIENT, OPENID};
use super::values;
use crate::oauth::grants;

/// A request for tokens (RFC 6749 §4.1.3, §4.4.2, §6). What is `null` or empty is as good as missing.
#[derive(Clone, Debug, ToSchema)]
pub struct TokenRequest {
    /// What is given for them.
    #[schema(schema_with = grant_type)]
    pub grant_type: String,
    /// The client's id, where no header tells it.
    pub client_id: Option<String>,
    /// The client's secret, where no header tells it.
    pub client_secret: Option<String>,
    /// The code.
    pub code: Option<String>,
    /// The proof key (RFC 7636 §4.5).
    pub code_verifier: Option<String>,
    /// As it was at the authorization request.
    pub redirect_uri: Option<String>,
    /// The refresh token.
    pub refresh_token: Option<String>,
    /// What is asked for.
    pub scope: Option<String>,
    /// The API that is asked.
    pub audience: Option<String>,
    /// The same (RFC 8707 §2).
    pub resource: Option<String>,
}

/// A token that is asked about, or to be revoked. What is `null` or empty is as good as missing.
#[derive(Clone, Debug, ToSchema)]
pub struct TokenQuestion {
    /// The token.
    #[schema(schema_with = any_token)]
    pub token: String,
    /// What it may be.
    pub token_type_hint: Option<String>,
    /// The client's id, where no header tells it.
    pub client_id: Option<String>,
    /// The client's secret, where no header tells it.
    pub client_secret: Option<String>,
}

/// Whatever may be asked about; a NUL is malformed, and so is what is not UTF-8.
fn any_token() -> Object {
    let pattern = r"^[^\u0000\ufffd]+$";
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).build()
}

/// What is known of a token (RFC 7662 §2.2).
#[derive(Clone, Debug, ToSchema)]
pub struct Introspection {
    /// Whether it is good, and for the one who asks.
    pub active: bool,
    /// What it opens.
    pub scope: Option<String>,
    /// Whose client it is.
    pub client_id: Option<String>,
    /// Who allowed it.
    pub sub: Option<String>,
    /// When it ends, in seconds since 1970.
    pub exp: Option<i64>,
    /// When it was issued, in seconds since 1970.
    pub iat: Option<i64>,
}

/// Who somebody is (OpenID Connect Core §5.3.2), as far as the scopes open it.
#[derive(Clone, Debug, ToSchema)]
pub struct UserInfo {
    /// The account.
    pub sub: String,
    /// Its address.
    pub email: Option<String>,
    /// Whether the address is verified.
    pub email_verified: Option<bool>,
    /// The full name.
    pub name: Option<String>,
}

/// What this provider can (OpenID Connect Discovery §3, RFC 8414 §2).
#[derive(Clone, Debug, ToSchema)]
pub struct Discovery {
    /// Its name, which every token carries.
    pub issuer: String,
    /// Where people are sent.
    pub authorization_endpoint: String,
    /// Where tokens are got.
    pub token_endpoint: String,
    /// Where the keys are.
    pub jwks_uri: String,
}

/// The public keys (RFC 7517 §5).
#[derive(Clone, Debug, ToSchema)]
pub struct Jwks {
    /// The keys.
    #[schema(value_type = Vec<Object>)]
    pub keys: Vec<Value>,
}

/// Whether it works.
#[derive(Clone, Debug, ToSchema)]
pub struct Status {
    /// The answer.
    pub status: String,
}

/// Whether it works, and on what.
#[derive(Clone, Debug, ToSchema)]
pub struct Health {
    /// `healthy` or `unhealthy`.
    pub status: String,
    /// Now.
    #[schema(format = "date-time")]
    pub timestamp: String,
    /// For how many seconds it has run.
    pub uptime: i64,
    /// `production` or `development`.
    pub environment: String,
    /// The database: `connected` or `disconnected`.
    pub database: Status,
    /// What it takes.
    pub memory: Memory,
}

/// Memory, in words such as `45MB`.
#[derive(Clone, Debug, ToSchema)]
pub struct Memory {
    /// What it uses.
    pub used: String,
    /// What it has reserved.
    pub total: String,
}

fn grant_type() -> Object {
    values::word(grants::SUPPORTED).build()
}

/// The operations of the protocol.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = tokens();
    all.extend(known());
    all
}

fn tokens() -> Vec<Operation> {
    let by_client = |operation: Operation| {
        operation
            .secured(&["", CLIENT])
            .speaks_oauth()
            .refuses(400, &["invalid_request"])
            .refuses(401, &["invalid_client"])
            .refuses(429, &["temporarily_unavailable"])
            .may_be_down()
    };
    let question = json!({ "token": "ptk_rt_…" });
    let granted = [
        "invalid_grant",
        "invalid_scope",
        "invalid_target",
        "unauthorized_client",
        "unsupported_grant_type",
    ];
    vec![
        by_client(Operation::post(paths::TOKEN, "getTokens", "Get tokens"))
            .takes_form::<TokenRequest>(&json!({
                "grant_type": "client_credentials",
                "audience": "https://id.example.com/api/v2/",
            }))
            .answers::<Tokens>(
                200,
                "The tokens.",
                json!({ "access_token": "eyJ0eXAi…", "token_type": "Bearer", "expires_in": 3600 }),
            )
            .refuses(400, &granted),
        by_client(Operation::post(paths::INTROSPECT, "introspect", "Ask about a token"))
            .takes_form::<TokenQuestion>(&question)
            .answers::<Introspection>(200, "What is known.", json!({ "active": false })),
        by_client(Operation::post(paths::REVOKE, "revoke", "Revoke a token"))
            .takes_form::<TokenQuestion>(&question)
            .answers_nothing(200, "It is good no more.")
            .refuses(400, &["unauthorized_client", "unsupported_token_type"]),
    ]
}

fn known() -> Vec<Operation> {
    let user_info = |operation: Operation| {
        operation
            .secured(&[OPENID])
            .speaks_oauth()
            .answers::<UserInfo>(200, "The claims.", json!({ "sub": EXAMPLE_ID }))
            .refuses(400, &["invalid_request"])
            .refuses(401, &["invalid_token"])
            .refuses(403, &["insufficient_scope"])
            .may_be_down()
    };
    let discovery = |operation: Operation| {
        operation.secured(&[""]).answers::<Discovery>(
            200,
            "The document.",
            json!({
                "issuer": "https://id.example.com/",
                "authorization_endpoint": "https://id.example.com/oauth/authorize",
                "token_endpoint": "https://id.example.com/oauth/token",
                "jwks_uri": "https://id.example.com/.well-known/jwks.json",
            }),
        )
    };
    vec![
        user_info(Operation::get(paths::USERINFO, "showUserInfo", "Read who somebody is")),
        user_info(Operation::post(
            paths::USERINFO,
            "postUserInfo",
            "Read who somebody is, by POST",
        )),
        discovery(Operation::get(
            paths::OPENID_CONFIGURATION,
            "showOpenIdConfiguration",
            "Read what this provider can",
        )),
        discovery(Operation::get(
            paths::OAUTH_AUTHORIZATION_SERVER,
            "showAuthorizationServer",
            "Read what this authorization server can",
        )),
        Operation::get(paths::JWKS, "showJwks", "Read the public keys")
            .secured(&[""])
            .answers::<Jwks>(200, "The keys.", json!({ "keys": [] }))
            .tells("ETag", "The name of the keys as they are, for `If-None-Match`."),
    ]
}

/// The operations for monitors and load balancers.
pub(super) fn of_operation() -> Vec<Operation> {
    let health = |is_well: bool| {
        json!({
            "status": if is_well { "healthy" } else { "unhealthy" },
            "timestamp": "2026-11-23T08:00:00.000Z",
            "uptime": 3600,
            "environment": "production",
            "database": { "status": if is_well { "connected" } else { "disconnected" } },
            "memory": { "used": "45MB", "total": "128MB" },
        })
    };
    vec![
        Operation::get(paths::HEALTH, "showHealth", "Ask whether it works, and on what")
            .secured(&[""])
            .answers::<Health>(200, "It works.", health(true))
            .answers::<Health>(503, "It does not.", health(false)),
        Operation::get(paths::LIVEZ, "showLiveness", "Ask whether it runs")
            .secured(&[""])
            .answers::<Status>(200, "It runs.", json!({ "status": "alive" })),
        Operation::get(paths::READYZ, "showReadiness", "Ask whether it can serve")
            .secured(&[""])
            .answers::<Status>(200, "It can.", json!({ "status": "ready" }))
            .answers::<Status>(503, "It cannot.", json!({ "status": "unavailable" })),
    ]
}
