//! Secrets: asked at a prompt or read from a file, never an argument, which other programs can see.

use std::io::{self, Read as _};
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};

use super::CliError;

/// The longest file that can hold a secret.
const LONGEST: u64 = 64 * 1024;

/// Reads the secret in `file` (`-` is standard input), or asks for it twice.
pub(super) fn read_or_ask(file: Option<&Path>, what: &str) -> Result<SecretString, CliError> {
    match file {
        Some(file) => read(file, what),
        None => ask(what),
    }
}

/// Reads the secret in `file`; the end of its line is no part of it.
pub(super) fn read(file: &Path, what: &str) -> Result<SecretString, CliError> {
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        io::stdin().take(LONGEST).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|opened| opened.take(LONGEST).read_to_string(&mut text))
    };
    read.map_err(|source| CliError::file(file, source))?;
    let text = SecretString::from(text);
    let line = text.expose_secret().trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        return Err(CliError::told(format!(
            "{} is empty: it must hold the {what}",
            file.display()
        )));
    }
    Ok(SecretString::from(line))
}

fn ask(what: &str) -> Result<SecretString, CliError> {
    let prompt = |text: String| {
        rpassword::prompt_password(text).map(SecretString::from).map_err(|_| {
            CliError::told(format!(
                "there is no terminal to ask for the {what} at. Give a file with --{}-file FILE \
                 (- is standard input)",
                what.rsplit(' ').next().unwrap_or(what)
            ))
        })
    };
    let first = prompt(format!("New {what}: "))?;
    if first.expose_secret().is_empty() {
        return Err(CliError::told(format!("the {what} is empty. Nothing was changed")));
    }
    let second = prompt(format!("The same {what} again: "))?;
    if first.expose_secret() == second.expose_secret() {
        Ok(first)
    } else {
        Err(CliError::told("the two are not the same. Nothing was changed; please try again"))
    }
}
