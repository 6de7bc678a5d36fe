//! `protekt user import`.

mod lines;
mod report;
mod report_file;
mod seen;

use std::path::PathBuf;

use clap::Args;

use self::lines::{LONGEST_LINE, Line, Lines};
use self::report::Report;
use self::report_file::ReportFile;
use self::seen::SeenAddresses;
use super::output::Output;
use super::progress::Progress;
use super::{CliError, rooms, start};
use crate::accounts::Accounts;
use crate::accounts::import::{ImportLine, ImportOutcome, LineProblem, Rehearsal};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::imported_person::ImportedPerson;
use crate::store::Store;

/// People that are written in one unit of work.
const BATCH: usize = 250;

/// Whom to import.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A file with one JSON object a line; - is standard input
    file: PathBuf,
    /// Check every line against the others and the database, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Write each refused line's number, field and reason into this file, as one JSON object a
    /// line. Until all lines are read they are in a file beside it, which stays where the import
    /// is interrupted
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How the batches are written, or not.
enum Mode {
    Write,
    Rehearse(Rehearsal),
}

pub(super) async fn run(
    config: &Config,
    wish: &Arguments,
    output: &mut Output,
) -> Result<(), CliError> {
    let lines = Lines::open(&wish.file)?;
    let file = wish.report.as_deref().map(|path| ReportFile::new(path, &lines.handle));
    let report = Report::new(file.transpose()?, output)?;
    if wish.dry_run {
        let looked = start::open_to_look(config).await?;
        if looked.is_passing() {
            output.note("There is no database yet: the lines are checked against one another.")?;
        }
        let accounts = rooms::accounts_to_look(config, &looked.store).await;
        let mode = Mode::Rehearse(Rehearsal::default());
        return import(&looked.store, (accounts, mode), (lines, report), (wish, output)).await;
    }
    let store = start::open_or_make_store(config, output).await?;
    let accounts = rooms::accounts(config, &store).await;
    import(&store, (accounts, Mode::Write), (lines, report), (wish, output)).await
}

async fn import(
    store: &Store,
    (accounts, mode): (Result<Accounts, CliError>, Mode),
    (lines, report): (Lines, Report),
    (wish, output): (&Arguments, &mut Output),
) -> Result<(), CliError> {
    let work = async {
        let (seen, waiting) = (SeenAddresses::default(), Vec::new());
        let mut import = Import { accounts: accounts?, mode, report, seen, waiting };
        import.all(lines, output).await?;
        Ok(import)
    };
    let import = start::closing(store, work).await?;
    import.report.finish(wish.dry_run, wish.json, output)
}

struct Import {
    accounts: Accounts,
    mode: Mode,
    report: Report,
    seen: SeenAddresses,
    /// People to be written, with the numbers of their lines.
    waiting: Vec<(u64, ImportedPerson)>,
}

impl Import {
    async fn all(&mut self, mut lines: Lines, output: &mut Output) -> Result<(), CliError> {
        let mut progress = Progress::new("lines", lines.total);
        let now = SystemClock.now();
        while let Some(line) = lines.next()? {
            let parsed = match line {
                Line::Whole(bytes) => ImportLine::parse(bytes, now),
                Line::TooLong => {
                    Err(LineProblem::whole(format!("it is longer than {LONGEST_LINE} bytes")))
                }
            };
            let parsed = parsed.and_then(|line| {
                self.seen.note(line.person.email.canonical(), lines.number).map(|()| line)
            });
            match parsed {
                Ok(ImportLine { person, unknown_keys }) => {
                    self.report.unknown(unknown_keys);
                    self.waiting.push((lines.number, person));
                }
                Err(problem) => self.report.refused(lines.number, &problem)?,
            }
            if self.waiting.len() >= BATCH {
                self.write(output).await?;
                progress.at((lines.position, lines.number), output)?;
            }
        }
        self.write(output).await?;
        self.report.missing = lines.missing();
        progress.end();
        if let Mode::Write = self.mode {
            self.accounts.finish_import(self.report.counts).await?;
        }
        Ok(())
    }

    async fn write(&mut self, output: &mut Output) -> Result<(), CliError> {
        let (numbers, people): (Vec<u64>, Vec<ImportedPerson>) =
            std::mem::take(&mut self.waiting).into_iter().unzip();
        let outcomes = match &mut self.mode {
            Mode::Write => match self.accounts.import(&people).await {
                Ok(outcomes) => outcomes,
                Err(error) => {
                    tell_how_far(numbers.first().copied(), output)?;
                    return Err(error.into());
                }
            },
            Mode::Rehearse(rehearsal) => self.accounts.rehearse_import(rehearsal, &people).await?,
        };
        for (number, outcome) in numbers.into_iter().zip(outcomes) {
            match outcome {
                ImportOutcome::Imported => self.report.counts.imported += 1,
                ImportOutcome::Unchanged => self.report.counts.unchanged += 1,
                ImportOutcome::Refused(problem) => self.report.refused(number, &problem)?,
            }
        }
        Ok(())
    }
}

/// Says what an import that has to stop leaves behind.
fn tell_how_far(first_unwritten: Option<u64>, output: &mut Output) -> Result<(), CliError> {
    let Some(line) = first_unwritten else { return Ok(()) };
    output.note(format!(
        "The import stopped at line {line}; what stands before it is written. Run the same command \
         again once this is mended: accounts that are there already stay as they are."
    ))
}
