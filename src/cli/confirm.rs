//! Asking whether a deletion is meant.

use std::io::{self, BufRead as _};

use super::CliError;

/// Reads one line from whoever started the command: `yes`, or nothing is deleted.
pub(super) fn confirm() -> Result<(), CliError> {
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    match (read, answer.trim()) {
        (Ok(_), "yes") => Ok(()),
        (Err(_) | Ok(0), _) => Err(CliError::told(
            "nobody answered. Nothing was deleted. Add --yes to delete without being asked",
        )),
        (Ok(_), _) => Err(CliError::told("the answer was not yes. Nothing was deleted")),
    }
}
