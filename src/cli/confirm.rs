//! Asking whether something is meant that is not easily taken back.

use std::io::{self, BufRead as _};

use super::CliError;

/// Reads one line from whoever started the command: `yes`, or nothing is deleted.
pub(super) fn confirm() -> Result<(), CliError> {
    confirm_that("Nothing was deleted", "delete")
}

/// The same for something else: what the person is told otherwise, and what `--yes` does.
pub(super) fn confirm_that(nothing: &str, act: &str) -> Result<(), CliError> {
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    match (read, answer.trim()) {
        (Ok(_), "yes") => Ok(()),
        (Err(_) | Ok(0), _) => Err(CliError::told(format!(
            "nobody answered. {nothing}. Add --yes to {act} without being asked"
        ))),
        (Ok(_), _) => Err(CliError::told(format!("the answer was not yes. {nothing}"))),
    }
}
