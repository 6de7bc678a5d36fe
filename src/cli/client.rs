//! `protekt client …`.

mod arguments;
mod change;
mod grants;
mod shown;

use std::path::Path;

use clap::Subcommand;

use super::output::Output;
use super::{CliError, secrets, start};
use crate::domain::PlainToken;
use crate::domain::client::Client;
use crate::oauth::clients::{Registered, register};
use crate::store::{Store, clients};
use arguments::Create;
use change::{Delete, Update};
use grants::{Grant, Grants, Ungrant};
use secrecy::ExposeSecret as _;
use shown::{ShownClient, ShownRegistration};

/// What can be done with clients.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register an application
    #[command(after_help = arguments::EXAMPLES)]
    Create(Box<Create>),
    /// Change an application
    #[command(after_help = change::EXAMPLES)]
    Update(Box<Update>),
    /// Delete an application, and end its tokens
    Delete(Delete),
    /// Say what a client may ask an API for
    #[command(after_help = grants::EXAMPLES)]
    Grant(Grant),
    /// Take from a client what it may ask an API for
    Ungrant(Ungrant),
    /// List what clients may ask APIs for
    Grants(Grants),
    /// List the applications
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(
    file: Option<&Path>,
    command: Command,
    output: &mut Output,
) -> Result<(), CliError> {
    let config = start::load_config(file)?;
    match command {
        Command::Create(wish) => {
            let store = start::open_or_make_store(&config, output).await?;
            let json = wish.json;
            let work = Box::pin(create(&store, *wish, &config.server.issuer));
            let made = start::closing_recorded(&config, &store, work).await?;
            show_registered(&made, json, output)
        }
        Command::List { json } => {
            let store = start::open_existing_store(&config).await?;
            let all = start::closing(&store, all(&store)).await?;
            show_list(&all, json, output)
        }
        Command::Grant(wish) => {
            let store = start::open_existing_store(&config).await?;
            let work = Box::pin(grants::run_grant(&store, wish, output));
            start::closing_recorded(&config, &store, work).await
        }
        Command::Ungrant(wish) => {
            let store = start::open_existing_store(&config).await?;
            let work = Box::pin(grants::run_ungrant(&store, wish, output));
            start::closing_recorded(&config, &store, work).await
        }
        Command::Grants(wish) => {
            let store = start::open_existing_store(&config).await?;
            start::closing(&store, grants::run_grants(&store, wish, output)).await
        }
        Command::Update(wish) => {
            let store = start::open_existing_store(&config).await?;
            let work = Box::pin(change::run_update(&store, *wish, &config.server.issuer, output));
            start::closing_recorded(&config, &store, work).await
        }
        Command::Delete(wish) => {
            let store = start::open_existing_store(&config).await?;
            let work = Box::pin(change::run_delete(&store, wish, output));
            start::closing_recorded(&config, &store, work).await
        }
    }
}

async fn create(store: &Store, wish: Create, issuer: &str) -> Result<Registered, CliError> {
    let secret = match &wish.secret_file {
        Some(file) => Some(secrets::read(file, "client secret")?),
        None => None,
    };
    let secret = secret.map(|secret| PlainToken::new(secret.expose_secret()));
    let new = wish.into_new_client(secret)?;
    Ok(register(store, new, issuer, start::by_operator()).await?)
}

fn show_registered(made: &Registered, json: bool, output: &mut Output) -> Result<(), CliError> {
    let shown = ShownRegistration::new(&made.client, made.secret.as_ref());
    if json {
        return output.json(&shown);
    }
    output.line(format!("Registered {}.", made.client.name))?;
    output.facts(&shown.facts())?;
    if made.secret.is_some() {
        output.line("Keep the secret now: it is not stored and cannot be shown again.")?;
    }
    Ok(())
}

fn show_list(all: &[Client], json: bool, output: &mut Output) -> Result<(), CliError> {
    if json {
        let shown: Vec<ShownClient<'_>> = all.iter().map(ShownClient::new).collect();
        return output.json(&shown);
    }
    if all.is_empty() {
        return output.line("No clients yet. Register one with: protekt client create --help");
    }
    let rows: Vec<Vec<String>> = all.iter().map(|client| ShownClient::new(client).row()).collect();
    output.table(&["CLIENT_ID", "NAME", "KIND", "PARTY", "REDIRECT_URIS"], &rows)
}

async fn all(store: &Store) -> Result<Vec<Client>, CliError> {
    const PAGE: i64 = 500;

    let mut tx = store.read().await?;
    let mut all: Vec<Client> = Vec::new();
    loop {
        let after = all.last().map(|client| client.id.clone());
        let page = clients::list(&mut tx, after.as_ref(), PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}
