//! A PostgreSQL server of a test's own.
//!
//! Its programs are looked for under `/usr/lib/postgresql`, or in the folder that `TEST_PG_BIN`
//! names. It refuses to run as root: there it runs as the user `postgres`.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::skipped;
use crate::support::machine::free_ports;

/// A cluster that goes when this is dropped.
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Postgres {
    /// A running server, or `None` where the machine has none.
    pub fn start_new() -> Option<Self> {
        let Some(programs) = programs() else {
            skipped("there is no PostgreSQL server here (TEST_PG_BIN names its programs)");
            return None;
        };
        if is_root() && !Command::new("id").arg("postgres").output().unwrap().status.success() {
            skipped("PostgreSQL does not run as root, and there is no user postgres");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        if is_root() {
            let owned = Command::new("chown").arg("postgres").arg(folder.path()).status();
            assert!(owned.unwrap().success());
        }
        let made = Self { folder, programs, port: free_ports() };
        let data = made.data();
        made.run("initdb", &["-D", &data, "-U", "protekt", "-A", "trust", "-N", "-E", "UTF8"]);
        made.start();
        Some(made)
    }

    pub fn start(&self) {
        let folder = self.folder.path().display();
        let options = format!("-k {folder} -p {} -c listen_addresses=127.0.0.1", self.port);
        let (data, log) = (self.data(), format!("{folder}/log"));
        self.run("pg_ctl", &["start", "-w", "-D", &data, "-l", &log, "-o", &options]);
    }

    /// Ends it as a crash would: nobody is told, nothing is finished.
    pub fn stop_hard(&self) {
        self.run("pg_ctl", &["stop", "-w", "-D", &self.data(), "-m", "immediate"]);
    }

    pub fn url(&self) -> String {
        format!("postgres://protekt@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    /// What the program prints is lost: a server that it leaves behind would hold a pipe open.
    fn run(&self, program: &str, arguments: &[&str]) {
        let null = std::process::Stdio::null;
        let mut command = self.command(program, arguments);
        let status = command.stdin(null()).stdout(null()).stderr(null()).status().unwrap();
        assert!(status.success(), "{program} {arguments:?}");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.data();
        let mut stop = self.command("pg_ctl", &["stop", "-D", &data, "-m", "immediate"]);
        stop.output().ok();
    }
}

fn programs() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("TEST_PG_BIN") {
        return Some(folder.into());
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<PathBuf> =
        versions.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect();
    folders.sort();
    folders.into_iter().rfind(|folder| folder.join("initdb").exists())
}

/// Whether the test runs as root.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;

    Path::new("/proc/self").metadata().is_ok_and(|metadata| metadata.uid() == 0)
}
