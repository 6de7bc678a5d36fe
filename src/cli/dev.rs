//! `protekt dev`: provider, demo app and inbox on this machine, with nothing to set up.
//!
//! 1. Listen on the ports: a taken one is told before anything is made.
//! 2. Open the data folder: database, key, mails and the made-up passwords lie there, and nowhere
//!    else.
//! 3. Seed what is missing: two accounts and the demo app, with fixed ids and random secrets.
//! 4. Serve both until a signal; finish in good order.

mod folder;
mod memorable;
mod seed;

use std::path::{Path, PathBuf};

use clap::Args;
use tokio::net::TcpListener;

use super::assemble::Outside;
use super::development::Place;
use super::output::Output;
use super::{CliError, rooms, signals, start};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::config::email::Provider;
use crate::config::server::loopback;
use crate::config::sms::Provider as SmsProvider;
use crate::http::serve::{Shutdown, listen, serve};
use folder::DataFolder;
use seed::{Seeds, Urls};

const DEFAULT_FOLDER: &str = "./data";

/// What `dev` can be told.
#[derive(Debug, Args)]
#[command(after_help = "\
Everything listens on 127.0.0.1 and [::1] only, and lies in the data folder: delete it, or use
--reset, and it is as if it had never been. protekt.toml is read only where --config names it; the
address, the database, the keys and the mails are those of the data folder in any case.")]
pub(super) struct Arguments {
    /// Start over: delete what an earlier run made
    #[arg(long)]
    reset: bool,
    /// Where everything is kept
    #[arg(long, value_name = "DIR", default_value = DEFAULT_FOLDER)]
    data_dir: PathBuf,
    /// The provider's port; the demo app takes the next one
    #[arg(long, default_value_t = 5500, value_parser = clap::value_parser!(u16).range(1..=65534))]
    port: u16,
}

pub(super) async fn run(
    file: Option<&Path>,
    arguments: Arguments,
    output: &mut Output,
) -> Result<(), CliError> {
    let urls = Urls::new(arguments.port);
    let again = |port| command_with_port(file, &arguments, port);
    let provider_listeners = listen_on(arguments.port, again)?;
    let demo_listeners = listen_on(urls.demo_port, again)?;
    let folder = DataFolder::open(&arguments.data_dir, arguments.reset)?;
    let config = config(file, &folder, &urls, arguments.port)?;
    start::start_log(&config)?;

    let outside = Outside::open(&config)?;
    let store = start::open_store(&config).await?;
    let key_source = start::key_source(&config);
    // Here nobody has to be kept from writing a past.
    key_source.take_over(&store, SystemClock.now()).await?;
    let key = key_source.open_or_create(&store).await?;
    let seeds = Seeds::open(&folder)?;
    seeds.plant(&config, &store, &urls).await?;
    let shutdown = Shutdown::new();
    let place = Place { mail_folder: folder.mail(), port: arguments.port };
    let provider = rooms::start_provider(&config, &store, key, (outside, Some(&place))).await?;
    let demo = rooms::demo(&urls.issuer, &urls.demo, seed::DEMO_CLIENT_ID, &seeds.client_secret)?;
    signals::obey(&shutdown)?;
    greet(&urls, &seeds, &folder, output)?;

    let limits = start::limits(&config);
    tokio::join!(
        serve(provider_listeners, provider.app.clone(), limits, shutdown.clone()),
        serve(demo_listeners, demo, limits, shutdown),
    );
    provider.finished().await;
    store.close().await;
    folder.close();
    Ok(())
}

/// Listens on this machine alone; `again` writes the command with another port.
fn listen_on(port: u16, again: impl Fn(u16) -> String) -> Result<Vec<TcpListener>, CliError> {
    let mut listeners = Vec::new();
    for address in loopback(port) {
        match listen(address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.is_taken() => {
                let other = port.checked_add(10).filter(|port| *port < 65_535).unwrap_or(5_510);
                return Err(CliError::PortTaken { port, address, suggestion: again(other) });
            }
            // A machine without IPv6 has no [::1].
            Err(error) if error.is_missing_here() && !listeners.is_empty() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(listeners)
}

/// The command as it was given, with another port.
fn command_with_port(file: Option<&Path>, arguments: &Arguments, port: u16) -> String {
    let mut words = vec![format!("protekt dev --port {port}")];
    if arguments.data_dir != Path::new(DEFAULT_FOLDER) {
        words.push(format!("--data-dir {}", shell_word(&arguments.data_dir)));
    }
    if let Some(file) = file {
        words.push(format!("--config {}", shell_word(file)));
    }
    if arguments.reset {
        words.push("--reset".to_owned());
    }
    words.join(" ")
}

/// A path as a shell takes it.
fn shell_word(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = path.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c));
    if is_plain { path } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

/// What is set, with everything that has a place put into the data folder.
fn config(
    file: Option<&Path>,
    folder: &DataFolder,
    urls: &Urls,
    port: u16,
) -> Result<Config, CliError> {
    // These would be overridden; a stray one must not even be refused.
    let is_ours = |name: &str| {
        name == "DATABASE_URL"
            || ["EMAIL_", "SMS_"].iter().any(|start| name.starts_with(start))
            || ["SERVER", "DATABASE", "KEYS", "EMAIL", "SMS"]
                .iter()
                .any(|section| name.starts_with(&format!("PROTEKT_{section}__")))
    };
    let env = start::environment().into_iter().filter(|(name, _)| !is_ours(name));
    let mut config = start::checked(Config::load(file, env)?)?;
    config.server.listen = loopback(port);
    config.server.issuer.clone_from(&urls.issuer);
    config.server.trusted_proxies.clear();
    // So that its pages can be looked at.
    config.recovery.enabled = true;
    config.authentication_api.enabled = true;
    config.api.docs = true;
    config.database.url = format!("sqlite:{}", folder.database().display()).into();
    config.keys.folder = folder.keys();
    config.keys.key_encryption_key = None;
    config.keys.key_encryption_key_file = None;
    config.email.provider = Provider::File;
    config.email.folder = folder.mail();
    config.sms.provider = SmsProvider::File;
    config.sms.folder = folder.mail();
    Ok(config)
}

fn greet(
    urls: &Urls,
    seeds: &Seeds,
    folder: &DataFolder,
    output: &mut Output,
) -> Result<(), CliError> {
    use secrecy::ExposeSecret as _;

    output.line("Protekt is running. Click:")?;
    output.facts(&[
        ("the demo app", urls.demo.clone()),
        ("the provider", urls.issuer.clone()),
        ("the inbox", format!("{}dev/inbox", urls.issuer)),
    ])?;
    output.line("Accounts to sign in with:")?;
    for person in &seeds.people {
        output.line(format!(
            "  {}  password: {}",
            person.email,
            person.password.expose_secret()
        ))?;
    }
    output.line(format!(
        "Everything is kept in {}. Ctrl+C stops; --reset starts over.",
        folder.path().display()
    ))
}
