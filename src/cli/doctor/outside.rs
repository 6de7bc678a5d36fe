//! What serving opens besides the database, the keys and the ways of messages.

use std::net::SocketAddr;
use std::path::Path;

use super::super::{CliError, assemble};
use super::Finding;
use crate::config::Config;
use crate::http::serve::try_address;

/// Where it will listen. That an address is taken is no problem: Protekt may be running.
pub(super) fn addresses(config: &Config) -> Vec<Finding> {
    let listen = &config.server.listen;
    listen.iter().map(|address| of_address(*address, listen.len() > 1)).collect()
}

fn of_address(address: SocketAddr, can_be_left_out: bool) -> Finding {
    const NAME: &str = "addresses";

    match try_address(address) {
        Ok(()) => Finding::ok(NAME, format!("{address} is free")),
        Err(error) if error.is_taken() => {
            Finding::ok(NAME, format!("a program listens on {address}: Protekt, where it runs"))
        }
        Err(error) if error.is_missing_here() && can_be_left_out => Finding::warning(
            NAME,
            format!("{error}: protekt serve leaves it out"),
            "Take it out of server.listen, or add the address to this machine.",
        ),
        Err(error) => Finding::error(NAME, &CliError::Listen(error)),
    }
}

/// Worth a word only where the operator named a database of places.
pub(super) fn places(config: &Config) -> Option<Finding> {
    const NAME: &str = "places";

    let file = config.accounts.geo_database.as_ref()?;
    Some(match assemble::places(config) {
        Ok(_) => Finding::ok(NAME, format!("read from {}", file.display())),
        Err(error) => Finding::problem(
            NAME,
            error.to_string(),
            "Let accounts.geo_database name a City or Country database that Protekt can read, or \
             leave it out.",
        ),
    })
}

/// Worth a word only where there are to be log files.
pub(super) fn log_files(config: &Config) -> Option<Finding> {
    const NAME: &str = "log files";

    let folder = config.log.to_file.then_some(&config.log.dir)?;
    let written = existing(folder).and_then(tempfile::tempfile_in);
    Some(match written {
        Ok(_) => Finding::ok(NAME, format!("they can be written in {}", folder.display())),
        Err(error) => Finding::problem(
            NAME,
            format!("they cannot be written in {}: {error}", folder.display()),
            "Set log.dir to another folder, or log.to_file to false.",
        ),
    })
}

/// The folder, or the nearest one above it that is there: the rest is made when it is needed.
fn existing(folder: &Path) -> std::io::Result<&Path> {
    let here = Path::new(".");
    let above = |path: &&Path| path.as_os_str().is_empty() || path.exists();
    let found = folder.ancestors().find(above).unwrap_or(here);
    let found = if found.as_os_str().is_empty() { here } else { found };
    if found.is_dir() { Ok(found) } else { Err(std::io::ErrorKind::NotADirectory.into()) }
}
