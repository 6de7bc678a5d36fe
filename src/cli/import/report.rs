//! What an import tells.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::super::CliError;
use super::super::output::{Output, printable};
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
}

/// What became of the lines.
pub(super) struct Report {
    pub(super) counts: ImportCounts,
    unknown: BTreeMap<String, u64>,
    shown: Vec<Refused>,
    file: Option<(PathBuf, BufWriter<File>)>,
}

impl Report {
    /// Makes the file, readable by its owner alone, before anything is imported.
    pub(super) fn new(path: Option<&Path>) -> Result<Self, CliError> {
        let open = |path: &Path| {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(path).map_err(|source| CliError::file(path, source))?;
            Ok::<_, CliError>((path.to_owned(), BufWriter::new(file)))
        };
        let file = path.map(open).transpose()?;
        Ok(Self {
            counts: ImportCounts::default(),
            unknown: BTreeMap::new(),
            shown: Vec::new(),
            file,
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
        if let Some((path, file)) = &mut self.file {
            let text = serde_json::to_string(&refused)
                .map_err(|error| CliError::file(path, error.into()))?;
            writeln!(file, "{text}").map_err(|source| CliError::file(path, source))?;
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
        if let Some((path, file)) = &mut self.file {
            file.flush().map_err(|source| CliError::file(path, source))?;
        }
        if json {
            let summary = Summary { dry_run, counts: self.counts, unknown_keys: &self.unknown };
            output.json(&summary)?;
        } else {
            self.tell(dry_run, output)?;
        }
        if self.counts.refused == 0 {
            return Ok(());
        }
        Err(CliError::told(format!(
            "refused: {}. Mend them and run the import again: who is there already stays as they are",
            lines(self.counts.refused)
        )))
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
