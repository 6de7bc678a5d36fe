//! `protekt serve`.
//!
//! 1. Configuration; unsafe settings are refused.
//! 2. Log, database and its migrations, key-encryption key, signing keys.
//! 3. Addresses; jobs; requests, until a signal.
//! 4. Requests under way are answered, jobs end, the database closes.

use std::path::Path;

use super::{CliError, rooms, signals, start};
use crate::http::serve::{Shutdown, listen, serve};

pub(super) async fn run(file: Option<&Path>) -> Result<(), CliError> {
    let config = start::load_config(file)?;
    let found = config.check_production();
    if !found.is_empty() {
        return Err(CliError::Unsafe(found));
    }
    start::start_log(&config)?;
    let mut listeners = Vec::new();
    for address in &config.server.listen {
        match listen(*address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.is_missing_here() && config.server.listen.len() > 1 => {
                tracing::warn!(%error, "this address is left out");
            }
            Err(error) => return Err(error.into()),
        }
    }
    let store = start::open_store(&config).await?;
    let key = start::key_source(&config).open_or_create(&store).await?;
    let shutdown = Shutdown::new();
    let provider = rooms::start_provider(&config, &store, key, None).await?;
    signals::obey(&shutdown)?;
    tracing::info!(issuer = config.server.issuer, addresses = ?config.server.listen, "serving");
    serve(listeners, provider.app.clone(), start::limits(&config), shutdown).await;
    provider.finished().await;
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}
