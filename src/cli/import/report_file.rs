//! The file of refused lines: it grows beside its place, and takes it when all is read.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use same_file::Handle;
use serde::Serialize;
use tempfile::{Builder, NamedTempFile};

use super::super::CliError;

/// Readable by its owner alone. What stood in its place stays there until the end.
pub(super) struct ReportFile {
    place: PathBuf,
    draft: NamedTempFile,
}

impl ReportFile {
    /// Makes the draft.
    ///
    /// # Errors
    ///
    /// If the place is the file that is imported, under whatever name, or nothing that a file can
    /// take the place of.
    pub(super) fn new(path: &Path, input: &Handle) -> Result<Self, CliError> {
        let fault = |source| CliError::file(path, source);
        // A link stays one: the file it leads to is replaced.
        let place = if path.exists() { path.canonicalize().map_err(fault)? } else { path.into() };
        if place.exists() {
            if Handle::from_path(&place).map_err(fault)? == *input {
                return Err(CliError::told(format!(
                    "{} is the file that is to be imported: let --report name another one",
                    path.display()
                )));
            }
            if !place.is_file() {
                return Err(CliError::told(format!(
                    "{} is no file: let --report name one, or a new one",
                    path.display()
                )));
            }
        }
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut name = place.file_name().unwrap_or_default().to_owned();
        name.push(".");
        let draft = Builder::new()
            .prefix(&name)
            .suffix(".part")
            .tempfile_in(folder.unwrap_or_else(|| Path::new(".")))
            .map_err(fault)?;
        Ok(Self { place, draft })
    }

    /// Where the lines are until the end.
    pub(super) fn draft(&self) -> &Path {
        self.draft.path()
    }

    /// Writes one line, at once: it is there where the run is interrupted.
    pub(super) fn write(&mut self, refused: &impl Serialize) -> Result<(), CliError> {
        let fault = |source| CliError::file(self.draft.path(), source);
        let mut line = serde_json::to_vec(refused).map_err(|error| fault(error.into()))?;
        line.push(b'\n');
        self.draft.as_file().write_all(&line).map_err(fault)?;
        // An empty one is no loss and goes by itself.
        self.draft.disable_cleanup(true);
        Ok(())
    }

    /// Puts the draft into its place.
    pub(super) fn finish(self) -> Result<(), CliError> {
        self.draft.as_file().sync_all().map_err(|fault| CliError::file(&self.place, fault))?;
        self.draft
            .persist(&self.place)
            .map_err(|fault| CliError::file(&self.place, fault.error))?;
        Ok(())
    }
}
