//! `protekt doctor`: looks at the configuration and everything it points at, and changes nothing.

mod checks;
mod mail;
mod outside;

use std::path::Path;

use clap::Args;
use serde::Serialize;

use super::output::Output;
use super::{CliError, start};

/// What `doctor` can be told.
#[derive(Debug, Args)]
#[command(after_help = "\
Each line says ok, warning (it works, but you should know) or problem (mend it before you serve).
The exit code is 1 where there is a problem.")]
pub(super) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    Warning,
    Problem,
}

/// What one look found.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    status: Status,
    message: String,
    fix: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, status: Status::Ok, message: message.into(), fix: None }
    }

    fn warning(check: &'static str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { check, status: Status::Warning, message: message.into(), fix: Some(fix.into()) }
    }

    fn problem(check: &'static str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { check, status: Status::Problem, message: message.into(), fix: Some(fix.into()) }
    }

    /// An error whose text says itself how to mend it.
    fn error(check: &'static str, error: &dyn std::error::Error) -> Self {
        Self { check, status: Status::Problem, message: error.to_string(), fix: None }
    }
}

pub(super) async fn run(
    file: Option<&Path>,
    arguments: &Arguments,
    output: &mut Output,
) -> Result<(), CliError> {
    let findings = match start::load_config(file) {
        Ok(config) => checks::all(&config).await,
        Err(error) => vec![Finding::error("configuration", &error)],
    };
    if arguments.json {
        output.json(&findings)?;
    } else {
        findings.iter().try_for_each(|finding| show(finding, output))?;
    }
    match findings.iter().filter(|finding| finding.status == Status::Problem).count() {
        0 => Ok(()),
        1 => Err(CliError::Unwell("1 problem".to_owned())),
        count => Err(CliError::Unwell(format!("{count} problems"))),
    }
}

fn show(finding: &Finding, output: &mut Output) -> Result<(), CliError> {
    let status = match finding.status {
        Status::Ok => "ok",
        Status::Warning => "warning",
        Status::Problem => "problem",
    };
    output.line(format!("{status:8} {}: {}", finding.check, finding.message))?;
    match &finding.fix {
        Some(fix) => output.line(format!("         {fix}")),
        None => Ok(()),
    }
}
