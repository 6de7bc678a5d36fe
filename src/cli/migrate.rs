//! `protekt migrate`.

use std::path::Path;

use clap::Args;

use super::output::Output;
use super::{CliError, start};

/// What `migrate` can be told.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only list what is pending; change nothing
    #[arg(long)]
    check: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    file: Option<&Path>,
    arguments: &Arguments,
    output: &mut Output,
) -> Result<(), CliError> {
    let config = start::load_config(file)?;
    let connect = start::connect(&config);
    let store = if arguments.check { connect.open_existing().await } else { connect.open().await }?;
    let pending = store.pending_migrations().await?;
    if !arguments.check {
        store.migrate().await?;
    }
    store.close().await;
    if arguments.json {
        return output.json(&serde_json::json!({
            "pending": if arguments.check { pending.as_slice() } else { &[] },
            "applied": if arguments.check { &[] } else { pending.as_slice() },
        }));
    }
    if pending.is_empty() {
        return output.line("The database is up to date.");
    }
    output.line(if arguments.check { "Pending:" } else { "Applied:" })?;
    pending.iter().try_for_each(|one| output.line(format!("  {} {}", one.version, one.description)))
}
