//! A real mail server on this machine, and the authority that vouches for it.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use super::machine::{Started, free_ports};

const PYTHON: &str = "/usr/bin/python3";
const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/smtp/server.py");

/// Why a test with a mail server cannot run, if it cannot.
pub const MISSING: &str = "there is no mail server here (Debian: python3-aiosmtpd)";

/// Whether this machine has a mail server.
pub fn is_there() -> bool {
    let told = Command::new(PYTHON).args(["-c", "import aiosmtpd"]).output();
    told.is_ok_and(|told| told.status.success())
}

/// An authority of one's own, in PEM, and what it vouches for.
pub struct Authority {
    pub certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// Certificate and key of a server, in PEM.
    fn vouch_for(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

/// A running mail server.
pub struct MailServer {
    pub port: u16,
    folder: TempDir,
    _process: Started,
}

impl MailServer {
    /// Starts one on `port`; `arguments` as `tests/smtp/server.py` takes them.
    pub fn start_at(port: u16, arguments: &[&str]) -> Self {
        Self::run(port, tempfile::tempdir().unwrap(), arguments)
    }

    /// One whose certificate, for `localhost`, `authority` vouches for.
    pub fn with_tls(authority: &Authority, kind: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = authority.vouch_for("localhost");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let (certificate_path, key_path) = (path("server.pem"), path("server.key"));
        std::fs::write(&certificate_path, certificate).unwrap();
        std::fs::write(&key_path, key).unwrap();
        let tls = ["--tls", kind, "--cert", &certificate_path, "--key", &key_path];
        let arguments = [&tls[..], arguments].concat();
        Self::run(free_ports(), folder, &arguments)
    }

    fn run(port: u16, folder: TempDir, arguments: &[&str]) -> Self {
        let mut command = Command::new(PYTHON);
        command.args([SERVER, &port.to_string()]).arg(folder.path().join("mail"));
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Started(command.spawn().unwrap());
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the mail server does not start");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Self { port, folder, _process: process }
    }

    /// Every mail that was taken.
    pub fn mails(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path().join("mail")).into_iter().flatten();
        let paths = files.map(|entry| entry.unwrap().path());
        let mails = paths.filter(|path: &PathBuf| path.extension().is_some_and(|end| end == "eml"));
        mails.map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }
}
