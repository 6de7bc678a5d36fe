//! An installation with one account, one app and its keys, and the server that runs on it.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::wait_until;
use super::wire::{Answer, Request};
use crate::support::app::{PASSWORD, SECRET};
use crate::support::machine::{Machine, Started, free_ports, set_mode};

/// The account that every installation has.
pub const ADA: &str = "ada@example.com";

const DATABASE: &str = "data/protekt.db";
const KEY: &str = "keys/key-encryption-key";

/// The two files of an installation, made once: making keys takes a second.
struct Seed {
    database: Vec<u8>,
    key: String,
}

static SEED: OnceLock<Seed> = OnceLock::new();

/// A folder, its configuration and a port.
pub struct Installation {
    pub machine: Machine,
    pub port: u16,
    /// Added to the environment of every command.
    pub environment: Vec<(&'static str, String)>,
}

impl Installation {
    /// With account, app and keys.
    pub fn new(settings: &str) -> Self {
        let seed = SEED.get_or_init(Seed::make);
        let made = Self::empty(settings);
        for folder in ["data", "keys"] {
            fs::create_dir(made.machine.path(folder)).unwrap();
        }
        fs::write(made.machine.path(DATABASE), &seed.database).unwrap();
        set_mode(&made.machine.path(DATABASE), 0o600);
        made.machine.write(KEY, &seed.key);
        made
    }

    /// With nothing but a configuration. `settings` begin in the section `[server]`.
    pub fn empty(settings: &str) -> Self {
        let (machine, port) = (Machine::new(), free_ports());
        let text = format!(
            "[server]\nissuer = \"http://localhost:{port}\"\nlisten = [\"127.0.0.1:{port}\"]\n\
             {settings}\n[throttle]\n{}",
            no_limits()
        );
        machine.write("protekt.toml", &text);
        let environment = vec![("EMAIL_PROVIDER", "file".to_owned())];
        Self { machine, port, environment }
    }

    /// The same folder with one more variable.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.environment.retain(|(known, _)| *known != name);
        self.environment.push((name, value.to_owned()));
        self
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.machine.command(arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Makes the account and the app of [`Self::new`] where they are missing.
    pub fn populate(&self) {
        self.machine.write("password.txt", PASSWORD);
        self.machine.write("secret.txt", SECRET);
        for arguments in [
            &["user", "create", ADA, "--name", "Ada Okafor", "--password-file", "password.txt"][..],
            &[
                "client",
                "create",
                "Northwind Notes",
                "--kind",
                "web",
                "--id",
                "notes",
                "--redirect-uri",
                "https://notes.example/cb",
                "--post-logout-uri",
                "https://notes.example/bye",
                "--secret-file",
                "secret.txt",
            ],
        ] {
            let told = self.command(arguments).output().unwrap();
            assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        }
    }

    /// Starts `serve` and waits until it serves.
    pub fn serve(&self) -> Server {
        let server = self.spawn(&["serve"]);
        server.wait_until_ready()
    }

    /// Starts a command that runs on; what it says goes into files.
    pub fn spawn(&self, arguments: &[&str]) -> Server {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = |name: &str| self.machine.path(&format!("{name}-{number}.txt"));
        let (log, out) = (path("log"), path("out"));
        let mut command = self.command(arguments);
        command.stderr(File::create(&log).unwrap()).stdout(File::create(&out).unwrap());
        let process = Started(command.spawn().unwrap());
        Server { process, port: self.port, log, out, ready_after: Duration::ZERO }
    }

    /// Every mail in the folder, whole.
    pub fn mails(&self) -> Vec<String> {
        let Ok(folder) = fs::read_dir(self.machine.path("data/mail")) else { return Vec::new() };
        let paths = folder.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|end| end == "eml"))
            .map(|path| fs::read_to_string(path).unwrap())
            .collect()
    }

    /// Every SMS in the folder.
    pub fn messages(&self) -> Vec<serde_json::Value> {
        let Ok(folder) = fs::read_dir(self.machine.path("data/sms")) else { return Vec::new() };
        let paths = folder.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|end| end == "json"))
            .map(|path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
            .collect()
    }

    pub fn database(&self) -> PathBuf {
        self.machine.path(DATABASE)
    }

    pub fn key_file(&self) -> PathBuf {
        self.machine.path(KEY)
    }
}

impl Seed {
    fn make() -> Self {
        let installation = Installation::empty("");
        installation.serve().stop();
        installation.populate();
        Self {
            database: fs::read(installation.database()).unwrap(),
            key: fs::read_to_string(installation.key_file()).unwrap(),
        }
    }
}

fn no_limits() -> String {
    let names = [
        "passwords_by_account_and_network",
        "passwords_by_account",
        "passwords_by_network",
        "passwords_in_a_row",
        "passwords_by_known_browser",
        "passwords_in_a_row_in_known_browsers",
        "sign_ups_by_network",
        "codes_by_network",
        "sends_by_network",
        "mails_by_address",
        "mails_by_account",
        "resets_by_address",
        "resets_by_address_and_day",
        "notices_by_address",
        "sms_by_network",
        "sms_by_country",
        "sms_hourly",
        "sms_daily",
        "clients_by_network",
    ];
    names.map(|name| format!("{name} = \"1000000 in 1h\"\n")).concat()
}

/// A running server.
pub struct Server {
    pub process: Started,
    pub port: u16,
    log: PathBuf,
    out: PathBuf,
    /// How long it took to serve.
    pub ready_after: Duration,
}

impl Server {
    pub fn wait_until_ready(mut self) -> Self {
        let begun = Instant::now();
        wait_until("it serves", Duration::from_secs(30), || {
            let ended = self.process.0.try_wait().unwrap();
            assert!(ended.is_none(), "it ended: {}", self.log());
            let answer = Request::get(self.port, "/readyz", &[]).send();
            answer.ok().filter(|answer| answer.status == 200)
        });
        self.ready_after = begun.elapsed();
        self
    }

    pub fn get(&self, path: &str) -> Answer {
        Request::get(self.port, path, &[]).send().unwrap()
    }

    /// Everything that it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Everything that it printed.
    pub fn out(&self) -> String {
        fs::read_to_string(&self.out).unwrap()
    }

    /// Ends it in good order.
    #[track_caller]
    pub fn stop(self) -> String {
        self.process.signal("-TERM");
        let log = self.log.clone();
        assert_eq!(self.process.finished(), 0);
        fs::read_to_string(log).unwrap()
    }

    /// Ends it without a chance to do anything.
    pub fn kill(mut self) {
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
    }

    /// What it holds in memory, in MiB.
    pub fn memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.process.0.id());
        let status = fs::read_to_string(path).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }

    /// No defect of ours shows in the log.
    #[track_caller]
    pub fn has_a_clean_log(&self) {
        let log = self.log();
        for word in ["panicked", " ERROR "] {
            assert!(!log.contains(word), "{log}");
        }
    }
}
