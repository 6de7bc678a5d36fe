//! Tests that cannot run on this machine.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

/// Notes that a test did not run, and why, in the file that `TEST_SKIPS` names: cargo hides what a
/// test that passes prints.
pub fn skipped(why: &str) {
    if let Some(file) = std::env::var_os("TEST_SKIPS").filter(|file| !file.is_empty()) {
        note(Path::new(&file), why);
    }
}

/// One line for each test, whole even where several write at once.
fn note(file: &Path, why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let mut opened = OpenOptions::new().create(true).append(true).open(file).unwrap();
    opened.write_all(format!("{test}: {why}\n").as_bytes()).unwrap();
}

#[test]
fn a_test_that_is_skipped_leaves_a_line_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("skips");
    for why in ["there is no moon", "there is no sun"] {
        note(&file, why);
    }
    let noted = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = noted.lines().collect();
    assert!(lines.len() == 2 && lines[0].ends_with(": there is no moon"), "{noted}");
}

/// Whether there is time for the long form of a test: `TEST_SLOW`.
pub fn is_slow() -> bool {
    std::env::var_os("TEST_SLOW").is_some_and(|value| !value.is_empty())
}
