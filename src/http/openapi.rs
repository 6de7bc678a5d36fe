//! What programs can ask for, as an OpenAPI 3.1 document.
//!
//! One file for each resource tells its operations and, as structs, what is sent and answered. A test
//! walks the table of routes: each that speaks JSON has an operation here, and no other has one.

pub mod apis;
pub mod authentication;
pub mod installation;
pub mod jobs;
mod operation;
pub mod own_account;
pub mod people;
pub mod persons;
pub mod protocol;
pub mod refusals;
pub mod registry;
pub mod roles;
mod security;
mod told;
mod values;
pub mod webhooks;

use utoipa::openapi::path::{PathItem, Paths};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Server,
};

use operation::Operation;

/// The operations of one resource, under its name and what it is.
type Group = (&'static str, &'static str, Vec<Operation>);

fn groups() -> Vec<Group> {
    vec![
        (
            "Authentication",
            "Signing in and up, for apps of your own.",
            authentication::operations(),
        ),
        ("Own account", "The caller's own account and second factors.", own_account::operations()),
        ("Accounts", "Other people's accounts, for people who may.", own_account::of_others()),
        ("Users", "People's accounts, for machines.", people::operations()),
        (
            "What hangs on a user",
            "Sessions, second factors, links, and what people allowed apps.",
            persons::operations(),
        ),
        ("Jobs", "What is done with many people at once.", jobs::operations()),
        ("Roles", "Roles, permissions, and who has them.", roles::operations()),
        ("Clients", "Apps and machines.", registry::operations()),
        ("Resource servers", "APIs, and what clients may ask them for.", apis::operations()),
        (
            "Installation",
            "The trail, the keys, the numbers, and the installation itself.",
            installation::operations(),
        ),
        ("Webhooks", "Where events are told.", webhooks::operations()),
        ("Protocol", "OAuth 2 and OpenID Connect.", protocol::operations()),
        ("Operation", "For monitors and load balancers.", protocol::of_operation()),
    ]
}

/// The document.
#[must_use]
pub fn document() -> OpenApi {
    let mut paths = Paths::new();
    let mut components = ComponentsBuilder::new();
    let mut schemas = refusals::schemas();
    let mut tags = Vec::new();
    for (tag, words, operations) in groups() {
        tags.push(TagBuilder::new().name(tag).description(Some(words)).build());
        for operation in operations {
            let built = operation.build(tag);
            let item = paths.paths.entry(built.path.to_owned()).or_default();
            item.merge_operations(PathItem::new(built.method, built.operation));
            schemas.extend(built.schemas);
            for (name, response) in built.responses {
                components = components.response(name, response);
            }
        }
    }
    for (name, schema) in schemas {
        components = components.schema(name, schema);
    }
    for (name, scheme) in security::schemes() {
        components = components.security_scheme(name, scheme);
    }
    let licence =
        LicenseBuilder::new().name("Apache-2.0 OR MIT").identifier(Some("Apache-2.0 OR MIT"));
    let info = InfoBuilder::new()
        .title("Protekt")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Signing in, and looking after people's accounts. Every refusal of `/api/` has one shape, with an `errorCode`."))
        .license(Some(licence.build()));
    OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([Server::new("/")]))
        .paths(paths)
        .components(Some(components.build()))
        .tags(Some(tags))
        .build()
}

/// The document as it is served and as `docs/openapi.json` keeps it.
///
/// # Errors
///
/// Where it cannot be written as JSON.
pub fn json() -> Result<String, serde_json::Error> {
    let mut text = document().to_pretty_json()?;
    text.push('\n');
    Ok(text)
}
