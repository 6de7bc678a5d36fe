//! The command line: reads the configuration, starts things, and lets the operator look and act.

mod assemble;
mod audit;
mod block;
mod client;
mod confirm;
mod dev;
mod development;
mod doctor;
mod error;
mod import;
mod keys;
mod migrate;
mod new_password;
mod open_files;
mod outbox;
mod output;
mod permissions;
mod progress;
mod recovery;
mod resource_server;
mod role;
mod rooms;
mod secrets;
mod serve;
mod signals;
mod start;
mod transports;
mod user;

pub use error::CliError;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use output::Output;

/// An OAuth 2 and OpenID Connect identity provider that you run yourself.
#[derive(Debug, Parser)]
#[command(name = "protekt", version, propagate_version = true, after_help = EXAMPLES)]
pub struct Cli {
    /// The configuration file. Without it, protekt.toml is read where it exists.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  protekt dev                          try it: a provider, a demo app and an inbox on localhost
  protekt doctor                       check the configuration and everything it points at
  protekt serve --config /etc/protekt/protekt.toml
  protekt user create ada@example.com --name 'Ada Lovelace'
  protekt client create 'Notes' --kind web --redirect-uri https://notes.example.com/callback

Settings are explained in protekt.example.toml; every one can also come from the environment.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the provider in production
    ///
    /// Refuses settings that are unsafe where strangers come, and says how to mend each. Stops in
    /// good order on SIGTERM and Ctrl+C: requests under way are answered; a second signal ends it
    /// at once.
    Serve,
    /// Try Protekt on this machine: provider, demo app and inbox, with nothing to set up
    Dev(dev::Arguments),
    /// Bring the database up to date
    Migrate(migrate::Arguments),
    /// People's accounts
    #[command(subcommand)]
    User(user::Command),
    /// What people are to this installation
    #[command(subcommand)]
    Role(role::Command),
    /// Applications that may ask for tokens
    #[command(subcommand)]
    Client(client::Command),
    /// APIs that take access tokens
    #[command(subcommand)]
    ResourceServer(resource_server::Command),
    /// Signing keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// The trail of security events
    #[command(subcommand)]
    Audit(audit::Command),
    /// Mails and SMS: those that nobody took, and sending them again
    #[command(subcommand)]
    Outbox(outbox::Command),
    /// Check the configuration and everything it points at
    Doctor(doctor::Arguments),
}

/// Does what the command line asks for.
///
/// # Errors
///
/// With a text that says how to mend it.
pub fn run(arguments: Cli) -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(CliError::Runtime)?;
    runtime.block_on(Box::pin(dispatch(arguments)))
}

async fn dispatch(arguments: Cli) -> Result<(), CliError> {
    let file = arguments.config.as_deref();
    let mut output = Output::standard();
    match arguments.command {
        Command::Serve => serve::run(file).await,
        Command::Dev(arguments) => Box::pin(dev::run(file, arguments, &mut output)).await,
        Command::Migrate(arguments) => migrate::run(file, &arguments, &mut output).await,
        Command::User(command) => user::run(file, command, &mut output).await,
        Command::Role(command) => role::run(file, command, &mut output).await,
        Command::Client(command) => Box::pin(client::run(file, command, &mut output)).await,
        Command::ResourceServer(command) => {
            Box::pin(resource_server::run(file, command, &mut output)).await
        }
        Command::Keys(command) => keys::run(file, command, &mut output).await,
        Command::Audit(command) => Box::pin(audit::run(file, command, &mut output)).await,
        Command::Outbox(command) => outbox::run(file, command, &mut output).await,
        Command::Doctor(arguments) => doctor::run(file, &arguments, &mut output).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
