//! `protekt keys …`.

use std::path::Path;

use clap::Subcommand;

use super::output::Output;
use super::{CliError, rooms, start};

/// What can be done with signing keys.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the signing keys and their states
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Let the next key sign from now on; the present one stays published until its tokens expire
    Rotate {
        /// Withdraw this key at once, because others may know it: tokens it signed stop verifying
        // One in 64 begins with a dash.
        #[arg(long, value_name = "KID", allow_hyphen_values = true)]
        compromised: Option<String>,
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
    let store = start::open_existing_store(&config).await?;
    let (json, rotation) = match command {
        Command::List { json } => (json, None),
        Command::Rotate { compromised, json } => (json, Some(compromised)),
    };
    let work = async {
        if let Some(compromised) = rotation {
            rooms::refuse_without_signing_keys(&store).await?;
            let key = start::key_source(&config).open_or_create(&store).await?;
            rooms::rotate_signing_keys(&config, &store, key, compromised.as_deref()).await?;
        }
        rooms::list_signing_keys(&store).await
    };
    let keys = start::closing(&store, work).await?;
    if json {
        return output.json(&keys);
    }
    if keys.is_empty() {
        return output.line("No signing keys yet: protekt serve makes them when it starts.");
    }
    let row = |key: rooms::SigningKeyLine| vec![key.kid, key.algorithm, key.state, key.created_at];
    let rows: Vec<Vec<String>> = keys.into_iter().map(row).collect();
    output.table(&["KID", "ALGORITHM", "STATE", "CREATED"], &rows)
}
