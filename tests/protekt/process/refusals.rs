//! What it refuses to start with, on an installation that is in use.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;
use std::time::Duration;

use super::installation::Installation;
use super::wait_until;
use crate::support::machine::{Started, Told, set_mode};

pub(super) fn refusal(installation: &Installation) -> Told {
    let mut command = installation.command(&["serve"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut started = Started(child);
    let code = wait_until("it refuses", Duration::from_secs(30), || {
        started.0.try_wait().unwrap().map(|status| status.code().unwrap_or(-1))
    });
    let (mut out, mut err) = (String::new(), String::new());
    started.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    started.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    Told { code, out, err }
}

/// CR-08.
#[test]
fn a_key_file_that_is_missing_damaged_exposed_or_foreign_is_named_with_the_remedy() {
    let installation = Installation::new("");
    let file = installation.key_file();
    let right = fs::read_to_string(&file).unwrap();
    let backup = "from your backup";
    fs::remove_file(&file).unwrap();
    refusal(&installation).refused_with(&["key-encryption-key", "does not exist", "backup"]);
    assert!(!file.exists(), "no new key is made");
    for damaged in ["", "\n", &right[..20], &format!("{right}{right}"), "\u{0}\u{1}"] {
        installation.machine.write("keys/key-encryption-key", damaged);
        refusal(&installation).refused_with(&["does not hold a key", backup]);
        assert_eq!(fs::read_to_string(&file).unwrap(), damaged, "left as it is");
    }
    let foreign = "q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJqzM=\n";
    installation.machine.write("keys/key-encryption-key", foreign);
    refusal(&installation).refused_with(&["another key-encryption key", "backup"]);
    installation.machine.write("keys/key-encryption-key", &right);
    for mode in [0o644, 0o640, 0o604, 0o660] {
        set_mode(&file, mode);
        refusal(&installation).refused_with(&["key-encryption-key", "chmod 600"]);
    }
    set_mode(&file, 0o400);
    installation.serve().stop();
}

/// CR-08: where there is a database, a lost keys folder is no first start either.
#[test]
fn a_lost_folder_of_keys_is_no_first_start() {
    let installation = Installation::new("");
    fs::remove_dir_all(installation.machine.path("keys")).unwrap();
    refusal(&installation).refused_with(&["does not exist", "backup"]);
    assert!(!installation.machine.path("keys").exists());
    for command in [&["keys", "rotate"][..], &["user", "create", "a@example.com"]] {
        let told = installation.command(command).output().unwrap();
        assert_eq!(told.status.code(), Some(1));
    }
    assert!(!installation.key_file().exists());
}

/// CF-09.
#[test]
fn settings_that_are_unsafe_or_unknown_are_refused_with_the_remedy() {
    for (name, value, words) in [
        ("PROTEKT_SERVER__ISSUER", "http://id.example.com", &["not https", "server.issuer"][..]),
        ("PROTEKT_SERVER__ISSUER", "http://192.168.0.1:5500", &["not https", "server.issuer"]),
        (
            "PROTEKT_SERVER__ISSUR",
            "https://id.example.com",
            &["PROTEKT_SERVER__ISSUR", "Did you mean"],
        ),
        ("PROTEKT_EMAIL__SMTP_PASSWORD", "changeme", &["smtp_password"]),
        (
            "PROTEKT_KEYS__KEY_ENCRYPTION_KEY",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            &["keys.key_encryption_key", "openssl rand"],
        ),
        ("PROTEKT_KEYS__KEY_ENCRYPTION_KEY", "the key that fits", &["key_encryption_key"]),
        (
            "DATABASE_URL",
            "postgres://protekt:changeme@127.0.0.1/protekt",
            &["database.url", "random"],
        ),
    ] {
        let installation = Installation::new("").with(name, value);
        let told = refusal(&installation).refused_with(words);
        let is_secret = name.contains("PASSWORD") || name.contains("ENCRYPTION");
        assert!(!is_secret || !told.err.contains(value), "{}", told.err);
    }
}

/// CF-09: the example as it stands, with every line in force, is no way to start.
#[test]
fn the_secrets_of_the_example_file_are_refused() {
    let installation = Installation::new("");
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/protekt.example.toml");
    let example = fs::read_to_string(example).unwrap();
    for line in ["key_encryption_key = \"32", "smtp_password = \"a p"] {
        assert!(example.contains(line), "{line}");
    }
    let settings = "[email]\nprovider = \"file\"\nsmtp_username = \"protekt\"\n\
                    smtp_password = \"a password\"\n";
    installation.machine.write("protekt.toml", settings);
    refusal(&installation).refused_with(&["smtp_password"]);
}
