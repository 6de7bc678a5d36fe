//! `protekt resource-server …`: the APIs that take our access tokens.

use std::path::Path;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::confirm::confirm;
use super::output::Output;
use super::{CliError, start};
use crate::domain::resource_server::{ApiScope, ResourceServer};
use crate::domain::{ClientId, ResourceServerId};
use crate::oauth::resource_servers::{
    NewResourceServer, ResourceServerChange, delete, register, update,
};
use crate::store::{Store, resource_servers};

/// How many a list reads at once.
const PAGE: i64 = 500;

const CREATE_EXAMPLES: &str = "\
The identifier is the audience of its access tokens: an address of the API that stays. The
sentence of a scope is what people read when an app asks for it.

Example:
  protekt resource-server create https://orders.example.com --name Orders \\
    --scope 'read:orders=See your orders' --changing-scope 'write:orders=Place orders for you'
  protekt client grant billing --audience https://orders.example.com --scope read:orders";

const UPDATE_EXAMPLES: &str = "\
Only what is given changes.

Examples:
  One more scope:
    protekt resource-server update https://orders.example.com --scope 'read:bills=See your bills'
  Apps get for people only what these have as a permission:
    protekt resource-server update https://orders.example.com --permissions required
  A client of the API's own that may ask at /oauth/introspect what tokens are worth:
    protekt resource-server update https://orders.example.com --introspector orders-api";

/// What can be done with APIs.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register an API that takes access tokens
    #[command(after_help = CREATE_EXAMPLES)]
    Create(Create),
    /// List the APIs with their scopes
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Change an API
    #[command(after_help = UPDATE_EXAMPLES)]
    Update(Update),
    /// Delete an API, and end every grant for it
    Delete(Delete),
}

/// The scopes of an API as they are given.
#[derive(Debug, Args)]
struct GivenScopes {
    /// Something it can be asked for, with the sentence that people read; repeat for more
    #[arg(long = "scope", value_name = "SCOPE=SENTENCE")]
    scopes: Vec<String>,
    /// The same for what changes or deletes something; it is marked where people agree to it
    #[arg(long = "changing-scope", value_name = "SCOPE=SENTENCE")]
    changing_scopes: Vec<String>,
}

impl GivenScopes {
    fn into_scopes(self) -> Vec<ApiScope> {
        let with = |changes: bool| {
            move |given: String| {
                let (value, description) = given.split_once('=').unwrap_or((&given, ""));
                let description = description.trim().to_owned();
                ApiScope { value: value.trim().to_owned(), description, changes }
            }
        };
        let reading = self.scopes.into_iter().map(with(false));
        reading.chain(self.changing_scopes.into_iter().map(with(true))).collect()
    }
}

/// What decides which scopes apps get for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Permissions {
    /// Apps get for a person only the scopes that the person has as permissions
    Required,
    /// Apps get what they may ask for and the person allows; permissions stand in the token beside it
    Optional,
}

/// A new API.
#[derive(Debug, Args)]
pub(super) struct Create {
    /// The audience of its access tokens: an absolute URI, which stays
    identifier: String,
    /// The name that people read
    #[arg(long)]
    name: String,
    #[command(flatten)]
    scopes: GivenScopes,
    /// How long its access tokens live, in seconds; the installation's setting unless given
    #[arg(long, value_name = "SECONDS")]
    access_token_lifetime: Option<i64>,
    /// Whether people must have a permission for what apps get for them; machines need none
    #[arg(long, value_enum, default_value = "optional")]
    permissions: Permissions,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What to change about an API.
#[derive(Debug, Args)]
pub(super) struct Update {
    /// Its identifier
    identifier: String,
    /// The name that people read
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    scopes: GivenScopes,
    /// A scope to take away; repeat for more
    #[arg(long = "remove-scope", value_name = "SCOPE")]
    remove_scopes: Vec<String>,
    /// How long its access tokens live, in seconds; 0 means the installation's setting
    #[arg(long, value_name = "SECONDS")]
    access_token_lifetime: Option<i64>,
    /// Whether people must have a permission for what apps get for them; felt at the next refresh
    #[arg(long, value_enum)]
    permissions: Option<Permissions>,
    /// A client that may ask at /oauth/introspect what its tokens are worth; repeat for more
    #[arg(long = "introspector", value_name = "CLIENT_ID")]
    introspectors: Vec<String>,
    /// A client that may no longer; repeat for more
    #[arg(long = "remove-introspector", value_name = "CLIENT_ID")]
    remove_introspectors: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which API to delete.
#[derive(Debug, Args)]
pub(super) struct Delete {
    /// Its identifier
    identifier: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// An API as the command line shows it.
#[derive(Debug, Serialize)]
struct Shown<'api> {
    id: &'api str,
    identifier: &'api str,
    name: &'api str,
    scopes: &'api [ApiScope],
    access_token_lifetime: Option<i64>,
    permissions: &'static str,
    introspectors: Vec<String>,
}

impl<'api> Shown<'api> {
    async fn new(store: &Store, api: &'api ResourceServer) -> Result<Self, CliError> {
        let asking = resource_servers::introspectors(&mut store.read().await?, &api.id).await?;
        Ok(Self {
            id: api.id.as_str(),
            identifier: &api.identifier,
            name: &api.name,
            scopes: &api.scopes.0,
            access_token_lifetime: api.access_token_lifetime,
            permissions: if api.permissions_required { "required" } else { "optional" },
            introspectors: asking.into_iter().map(|client| client.0).collect(),
        })
    }

    fn scope_values(&self) -> String {
        self.scopes.iter().map(|scope| scope.value.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let lifetime = self.access_token_lifetime.map(|seconds| format!("{seconds} s"));
        vec![
            ("identifier", self.identifier.to_owned()),
            ("name", self.name.to_owned()),
            ("scopes", self.scope_values()),
            ("access token lifetime", lifetime.unwrap_or_default()),
            ("permissions", self.permissions.to_owned()),
            ("introspectors", self.introspectors.join(" ")),
        ]
    }
}

pub(super) async fn run(
    file: Option<&Path>,
    command: Command,
    output: &mut Output,
) -> Result<(), CliError> {
    let config = start::load_config(file)?;
    let store = match command {
        Command::Create(_) => start::open_or_make_store(&config, output).await?,
        Command::List { .. } | Command::Update(_) | Command::Delete(_) => {
            start::open_existing_store(&config).await?
        }
    };
    if let Command::List { json } = command {
        return start::closing(&store, list(&store, json, output)).await;
    }
    let issuer = &config.server.issuer;
    let work = Box::pin(async {
        match command {
            Command::Create(wish) => run_create(&store, wish, issuer, output).await,
            Command::Update(wish) => run_update(&store, wish, output).await,
            Command::Delete(wish) => run_delete(&store, wish, output).await,
            Command::List { .. } => Ok(()),
        }
    });
    start::closing_recorded(&config, &store, work).await
}

async fn run_create(
    store: &Store,
    wish: Create,
    issuer: &str,
    output: &mut Output,
) -> Result<(), CliError> {
    let new = NewResourceServer {
        identifier: wish.identifier,
        name: wish.name,
        scopes: wish.scopes.into_scopes(),
        access_token_lifetime: wish.access_token_lifetime,
        permissions_required: wish.permissions == Permissions::Required,
        introspectors: Vec::new(),
    };
    let made = register(store, new, issuer, start::by_operator()).await?;
    show(store, &made, ("Registered", wish.json), output).await
}

async fn run_update(store: &Store, wish: Update, output: &mut Output) -> Result<(), CliError> {
    let lifetime = wish.access_token_lifetime;
    let ids = |ids: Vec<String>| ids.into_iter().map(ClientId).collect();
    let change = ResourceServerChange {
        name: wish.name,
        scopes: None,
        add_scopes: wish.scopes.into_scopes(),
        remove_scopes: wish.remove_scopes,
        access_token_lifetime: lifetime
            .map(|seconds| Some(seconds).filter(|&seconds| seconds != 0)),
        permissions_required: wish
            .permissions
            .map(|permissions| permissions == Permissions::Required),
        introspectors: None,
        add_introspectors: ids(wish.introspectors),
        remove_introspectors: ids(wish.remove_introspectors),
    };
    let changed =
        update(store, &wish.identifier, (change, |_: &_, _: &_| true), start::by_operator())
            .await?;
    show(store, &changed, ("Changed", wish.json), output).await
}

async fn run_delete(store: &Store, wish: Delete, output: &mut Output) -> Result<(), CliError> {
    let identifier = wish.identifier;
    if !wish.yes {
        output.line(format!(
            "Delete the API {identifier}? Nobody can ask for it any more, and every grant for it \
             ends. This cannot be undone.\nType yes to delete it:"
        ))?;
        confirm()?;
    }
    delete(store, (&identifier, |_, _| true), start::by_operator()).await?;
    output.line(format!("Deleted the API {identifier}."))
}

async fn show(
    store: &Store,
    api: &ResourceServer,
    (done, json): (&str, bool),
    output: &mut Output,
) -> Result<(), CliError> {
    let shown = Shown::new(store, api).await?;
    if json {
        return output.json(&shown);
    }
    output.line(format!("{done} the API {}.", api.name))?;
    output.facts(&shown.facts())
}

async fn list(store: &Store, json: bool, output: &mut Output) -> Result<(), CliError> {
    let all = all(store).await?;
    let mut shown = Vec::new();
    for api in &all {
        shown.push(Shown::new(store, api).await?);
    }
    if json {
        return output.json(&shown);
    }
    if shown.is_empty() {
        let hint = "No APIs yet. Register one with: protekt resource-server create --help";
        return output.line(hint);
    }
    let row =
        |api: &Shown<'_>| vec![api.identifier.to_owned(), api.name.to_owned(), api.scope_values()];
    let rows: Vec<Vec<String>> = shown.iter().map(row).collect();
    output.table(&["IDENTIFIER", "NAME", "SCOPES"], &rows)
}

async fn all(store: &Store) -> Result<Vec<ResourceServer>, CliError> {
    let mut tx = store.read().await?;
    let (mut all, mut after): (Vec<ResourceServer>, Option<ResourceServerId>) = (Vec::new(), None);
    loop {
        let page = resource_servers::list(&mut tx, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        all.extend(page);
    }
    all.sort_by(|one, other| one.identifier.cmp(&other.identifier));
    Ok(all)
}
