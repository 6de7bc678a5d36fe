//! What an import tells.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::CliError;
use super::super::output::{Output, printable};
use super::lines::Missing;
use super::report_file::ReportFile;
use crate::accounts::import::{ImportCounts, LineProblem};

/// Refused lines that are shown; the file has all.
const SHOWN: usize = 20;
/// Different unknown keys that are counted.
const MOST_KEYS: usize = 50;

/// A refused line.
#[derive(Debug, Serialize)]
struct Refused {
    line: u64,
    #[serde(flatten)]
    problem: LineProblem,
}

/// The whole as a program reads it.
#[derive(Serialize)]
struct Summary<'report> {
    dry_run: bool,
    #[serde(flatten)]
    counts: ImportCounts,
    unknown_keys: &'report BTreeMap<String, u64>,
    is_cut_short: bool,
}

/// What became of the lines.
pub(super) struct Report {
    pub(super) counts: ImportCounts,
    unknown: BTreeMap<String, u64>,
    shown: Vec<Refused>,
    file: Option<ReportFile>,
    /// What the file had and nobody could read.
    pub(super) missing: Option<Missing>,
}

impl Report {
    /// Nothing is told yet; where there is a file, says where its lines are until the end.
    pub(super) fn new(file: Option<ReportFile>, output: &mut Output) -> Result<Self, CliError> {
        if let Some(file) = &file {
            output.note(format!(
                "refused lines are written to {} until all are read",
                file.draft().display()
            ))?;
        }
        Ok(Self {
            counts: ImportCounts::default(),
            unknown: BTreeMap::new(),
            shown: Vec::new(),
            file,
            missing: None,
        })
    }

    /// Counts keys that nothing was made of.
    pub(super) fn unknown(&mut self, keys: Vec<String>) {
        for key in keys {
            if let Some(count) = self.unknown.get_mut(&key) {
                *count += 1;
            } else if self.unknown.len() < MOST_KEYS {
                self.unknown.insert(key, 1);
            }
        }
    }

    /// Notes a refused line.
    pub(super) fn refused(&mut self, line: u64, problem: &LineProblem) -> Result<(), CliError> {
        self.counts.refused += 1;
        let refused = Refused { line, problem: problem.clone() };
        if let Some(file) = &mut self.file {
            file.write(&refused)?;
        }
        if self.shown.len() < SHOWN {
            self.shown.push(refused);
        }
        Ok(())
    }

    /// Tells the whole; an error where a line was refused.
    pub(super) fn finish(
        mut self,
        dry_run: bool,
        json: bool,
        output: &mut Output,
    ) -> Result<(), CliError> {
        if let Some(file) = self.file.take() {
            file.finish()?;
        }
        if json {
            let summary = Summary {
                dry_run,
                counts: self.counts,
                unknown_keys: &self.unknown,
                is_cut_short: self.missing.is_some(),
            };
            output.json(&summary)?;
        } else {
            self.tell(dry_run, output)?;
        }
        self.judge()
    }

    fn judge(&self) -> Result<(), CliError> {
        let refused = (self.counts.refused > 0).then(|| {
            format!(
                "refused: {}. Mend them and run the import again: who is there already stays as \
                 they are",
                lines(self.counts.refused)
            )
        });
        let missing = self.missing.as_ref().map(|Missing { there, read }| {
            format!(
                "the file had {there} bytes when the import began, and only {read} could be read: \
                 it was cut short meanwhile. Bring it back and run the import again"
            )
        });
        let problems: Vec<String> = missing.into_iter().chain(refused).collect();
        if problems.is_empty() { Ok(()) } else { Err(CliError::told(problems.join(". And "))) }
    }

    fn tell(&self, dry_run: bool, output: &mut Output) -> Result<(), CliError> {
        let ImportCounts { imported, unchanged, refused } = self.counts;
        let verb = if dry_run { "Would import" } else { "Imported" };
        output.line(format!(
            "{verb}: {imported}. There already: {unchanged}. Refused: {}.",
            lines(refused)
        ))?;
        if !self.unknown.is_empty() {
            let name = |(key, count): (&String, &u64)| format!("{} ({count})", printable(key));
            let names: Vec<String> = self.unknown.iter().map(name).collect();
            output.line(format!("Keys that are not kept: {}.", names.join(", ")))?;
        }
        for Refused { line, problem } in &self.shown {
            let field = problem.field.map(|field| format!(", {field}")).unwrap_or_default();
            output.note(printable(&format!("line {line}{field}: {}", problem.reason)))?;
        }
        let more = refused.saturating_sub(u64::try_from(self.shown.len()).unwrap_or(refused));
        if more > 0 {
            output.note(format!("and {more} more; --report FILE lists all of them"))?;
        }
        Ok(())
    }
}

fn lines(count: u64) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}
