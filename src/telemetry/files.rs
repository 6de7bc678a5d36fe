//! Log files: one a day, the oldest removed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::Today;

/// How many days of files are kept.
const KEPT: usize = 30;

/// Writes to `NAME-2026-11-21.log`, and to the next file from midnight (UTC) on.
#[derive(Debug)]
pub(super) struct DailyFile {
    folder: PathBuf,
    name: &'static str,
    today: Today,
    current: Mutex<(String, File)>,
}

impl DailyFile {
    pub(super) fn open(folder: &Path, name: &'static str, today: Today) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let day = today();
        let file = open_day(folder, name, &day)?;
        let current = Mutex::new((day, file));
        let daily = Self { folder: folder.to_path_buf(), name, today, current };
        daily.remove_old()?;
        Ok(daily)
    }

    fn remove_old(&self) -> io::Result<()> {
        let mut files: Vec<PathBuf> = fs::read_dir(&self.folder)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| is_of(path, self.name))
            .collect();
        files.sort_unstable();
        let old = files.len().saturating_sub(KEPT);
        files.iter().take(old).try_for_each(fs::remove_file)
    }
}

fn open_day(folder: &Path, name: &str, day: &str) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    options.open(folder.join(format!("{name}-{day}.log")))
}

/// Whether `path` is one of our files: `NAME-YYYY-MM-DD.log`.
fn is_of(path: &Path, name: &str) -> bool {
    let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
    file.strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('-'))
        .and_then(|rest| rest.strip_suffix(".log"))
        .is_some_and(|day| day.len() == 10 && day.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
}

impl Write for &DailyFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let day = (self.today)();
        if current.0 != day {
            // Where the new file cannot be made, the old one goes on.
            if let Ok(file) = open_day(&self.folder, self.name, &day) {
                *current = (day, file);
                self.remove_old().ok();
            }
        }
        current.1.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).1.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn each_day_has_its_file_and_old_ones_go() {
        static DAY: AtomicU32 = AtomicU32::new(1);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("notes.log"), "kept").unwrap();
        let today = || format!("2026-01-{:02}", DAY.load(Ordering::Relaxed));
        let file = DailyFile::open(folder.path(), "protekt", today).unwrap();
        for day in 1..=31 {
            DAY.store(day, Ordering::Relaxed);
            (&file).write_all(b"line\n").unwrap();
            (&file).write_all(b"line\n").unwrap();
        }
        let last = fs::read_to_string(folder.path().join("protekt-2026-01-31.log")).unwrap();
        assert_eq!(last, "line\nline\n");
        assert!(!folder.path().join("protekt-2026-01-01.log").exists());
        assert!(folder.path().join("notes.log").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), KEPT + 1);
    }
}
