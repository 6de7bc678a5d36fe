//! The folder that `protekt dev` keeps everything in.
//!
//! A marker file says that the folder is one of ours: nothing is ever deleted without it, and no
//! other data is ever mixed with made-up accounts. The marker is locked while a `dev` runs.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::super::CliError;
use crate::config::keys::KEY_FILE;

const MARKER: &str = ".protekt-dev";
const DATABASE: &str = "protekt.db";
const SECRETS: &str = "dev-secrets.json";

/// An opened data folder.
pub(super) struct DataFolder {
    path: PathBuf,
    marker: File,
}

impl DataFolder {
    /// Opens the folder, or makes it; deletes first what an earlier run made where `reset` is
    /// wished.
    pub(super) fn open(path: &Path, reset: bool) -> Result<Self, CliError> {
        let fault = |source| CliError::file(path, source);
        let marker = path.join(MARKER);
        if !marker.exists() && !is_empty_or_missing(path).map_err(fault)? {
            return Err(CliError::told(format!(
                "{} holds files that protekt dev did not make, and is left alone. Choose another \
                 folder with --data-dir DIR",
                path.display()
            )));
        }
        make_private(path).map_err(fault)?;
        let folder = Self { path: path.to_path_buf(), marker: lock(&marker)? };
        if reset {
            folder.delete_contents().map_err(fault)?;
        }
        fs::create_dir_all(folder.mail()).map_err(fault)?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    pub(super) fn keys(&self) -> PathBuf {
        self.path.join("keys")
    }

    pub(super) fn mail(&self) -> PathBuf {
        self.path.join("mail")
    }

    pub(super) fn secrets(&self) -> PathBuf {
        self.path.join(SECRETS)
    }

    /// Lets another `dev` use the folder.
    pub(super) fn close(self) {
        drop(self.marker);
    }

    /// Exactly what `dev` makes, and nothing that somebody else put there.
    fn delete_contents(&self) -> io::Result<()> {
        for suffix in ["", "-wal", "-shm", "-journal", ".lock"] {
            remove_file(&self.path.join(format!("{DATABASE}{suffix}")))?;
        }
        remove_file(&self.secrets())?;
        remove_file(&self.keys().join(KEY_FILE))?;
        match fs::remove_dir_all(self.mail()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn is_empty_or_missing(path: &Path) -> io::Result<bool> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn lock(marker: &Path) -> Result<File, CliError> {
    let fault = |source| CliError::file(marker, source);
    let mut options = OpenOptions::new();
    let mut file = options.create(true).append(true).open(marker).map_err(fault)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let folder = marker.parent().unwrap_or(marker).display();
            return Err(CliError::told(format!(
                "another protekt dev runs with {folder}. Stop it, or choose another folder with \
                 --data-dir DIR"
            )));
        }
        Err(TryLockError::Error(source)) => return Err(fault(source)),
    }
    if file.metadata().map_err(fault)?.len() == 0 {
        file.write_all(b"Made by protekt dev; protekt dev --reset deletes what is here.\n")
            .map_err(fault)?;
    }
    Ok(file)
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_others_is_neither_used_nor_reset() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(DATABASE), "precious").unwrap();
        for reset in [false, true] {
            assert!(DataFolder::open(folder.path(), reset).is_err());
        }
        assert_eq!(fs::read(folder.path().join(DATABASE)).unwrap(), b"precious");
    }

    #[test]
    fn a_reset_deletes_what_dev_made_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let folder = DataFolder::open(&path, false).unwrap();
        fs::create_dir_all(folder.keys()).unwrap();
        let made = [folder.database(), folder.secrets(), folder.keys().join(KEY_FILE)];
        for file in &made {
            fs::write(file, "").unwrap();
        }
        let note = path.join("my notes.txt");
        fs::write(&note, "mine").unwrap();
        assert!(DataFolder::open(&path, true).is_err(), "it is in use");
        folder.close();
        DataFolder::open(&path, false).unwrap().close();
        assert!(made.iter().all(|file| file.exists()), "a second run finds everything");
        DataFolder::open(&path, true).unwrap().close();
        assert!(made.iter().all(|file| !file.exists()));
        assert!(note.exists());
    }
}
