//! `protekt serve`.
//!
//! 1. Configuration; unsafe settings are refused.
//! 2. Log, addresses, and what else is opened outside.
//! 3. Database and its migrations, key-encryption key, signing keys.
//! 4. Jobs; requests, until a signal.
//! 5. Requests under way are answered, jobs end, the database closes.

use std::net::SocketAddr;
use std::path::Path;

use tokio::net::TcpListener;

use super::assemble::Outside;
use super::{CliError, rooms, signals, start};
use crate::http::serve::{Shutdown, listen, serve};

pub(super) async fn run(file: Option<&Path>) -> Result<(), CliError> {
    let config = start::load_config(file)?;
    let found = config.check_production();
    if !found.is_empty() {
        return Err(CliError::Unsafe(found));
    }
    start::start_log(&config)?;
    let listeners = listen_on(&config.server.listen)?;
    let monitors = listen_on(&config.metrics.listen)?;
    let outside = Outside::open(&config)?;
    let store = start::open_store(&config).await?;
    let key = start::key_source(&config).open_or_create(&store).await?;
    let shutdown = Shutdown::new();
    let provider = rooms::start_provider(&config, &store, key, (outside, None)).await?;
    signals::obey(&shutdown)?;
    tracing::info!(issuer = config.server.issuer, addresses = ?config.server.listen, "serving");
    let limits = start::limits(&config);
    tokio::join!(
        serve(listeners, provider.app.clone(), limits, shutdown.clone()),
        serve(monitors, provider.metrics.clone(), limits, shutdown),
    );
    provider.finished().await;
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Listens on each address; one that this machine lacks is left out where there are others.
fn listen_on(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, CliError> {
    let mut listeners = Vec::new();
    for address in addresses {
        match listen(*address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.is_missing_here() && addresses.len() > 1 => {
                tracing::warn!(%error, "this address is left out");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(listeners)
}
