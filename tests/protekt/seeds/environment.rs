//! The environment of the Node.js backend with second factors, and the one name of the username example.

use std::borrow::Cow;
use std::fs;
use std::time::Duration;

use protekt::config::log::Level;
use protekt::config::{Config, email, plain_names, sms};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::process::installation::{Installation, Server};
use crate::process::wait_until;
use crate::process::wire::{Answer, Request};

/// Each name of the backend with the value that it has there.
const DOCUMENT: [(&str, &str); 16] = [
    ("DATABASE_URL", "file:./dev.db"),
    ("JWT_SECRET_KEY", "your-secret-key"),
    ("PASSWORD_RESET_URL", "http://localhost:3000/reset-password"),
    ("PASSWORD_RESET_TOKEN_EXPIRATION_HOURS", "1"),
    ("TOTP_ISSUER", "NodeJS Authentication Backend"),
    ("TOTP_BACKUP_CODES_COUNT", "10"),
    ("EMAIL_PROVIDER", "console"),
    ("SMS_PROVIDER", "console"),
    ("EMAIL_SERVICE_API_KEY", ""),
    ("EMAIL_FROM", "noreply@example.com"),
    ("SMS_SERVICE_API_KEY", ""),
    ("SMS_FROM", ""),
    ("NODE_ENV", "development"),
    ("LOG_LEVEL", "info"),
    ("LOG_DIR", "logs"),
    ("LOG_TO_FILE", "false"),
];

fn config(pairs: &[(&str, &str)]) -> Config {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(None, pairs).unwrap_or_else(|error| panic!("{error}"))
}

/// The backend's environment as its document has it.
#[test]
fn the_environment_of_the_document_is_taken_as_it_stands_there() {
    let config = config(&DOCUMENT);
    assert_eq!(config.database.sqlite_path().unwrap().to_str(), Some("./dev.db"));
    let reset = config.accounts.password_reset_url.as_deref();
    assert_eq!(reset, Some("http://localhost:3000/reset-password"));
    assert_eq!(config.accounts.password_reset_lifetime, 3_600);
    let issuer = config.second_factors.totp_issuer.as_deref();
    assert_eq!(issuer, Some("NodeJS Authentication Backend"));
    assert_eq!(config.second_factors.backup_codes, 10);
    assert_eq!(config.email.provider, email::Provider::Console);
    assert_eq!(config.email.from, "noreply@example.com");
    assert!(config.email.service_api_key.is_none());
    assert_eq!(config.sms.provider, sms::Provider::Console);
    assert_eq!(config.sms.from, None);
    assert!(config.sms.service_api_key.is_none());
    assert_eq!(config.log.level, Level::Info);
    assert_eq!((config.log.dir.to_str(), config.log.to_file), (Some("logs"), false));
    // Two names mean nothing here, and that is told.
    assert_eq!(config.notes.len(), 2, "{:?}", config.notes);
    for name in ["JWT_SECRET_KEY", "NODE_ENV"] {
        let says = |note: &String| note.starts_with(name) && note.contains("does nothing");
        assert!(config.notes.iter().any(says), "{name}: {:?}", config.notes);
    }
}

/// The backend's environment for who really sends: its other providers, with what they need.
#[test]
fn the_providers_of_the_document_are_taken_with_their_keys() {
    let config = config(&[
        ("EMAIL_PROVIDER", "sendgrid"),
        ("EMAIL_SERVICE_API_KEY", "SG.a-key"),
        ("SMS_PROVIDER", "twilio"),
        ("SMS_SERVICE_API_KEY", "AC1:a-secret"),
        ("SMS_FROM", "+14155550123"),
        ("PASSWORD_RESET_TOKEN_EXPIRATION_HOURS", "2"),
        ("TOTP_BACKUP_CODES_COUNT", "12"),
        ("LOG_DIR", "elsewhere"),
        ("LOG_TO_FILE", "true"),
    ]);
    assert_eq!(config.email.provider, email::Provider::SendGrid);
    assert_eq!(config.email.service_api_key.unwrap().expose_secret(), "SG.a-key");
    assert_eq!(config.sms.provider, sms::Provider::Twilio);
    let (account, secret) = config.sms.account().unwrap();
    assert_eq!((&*account, secret.expose_secret()), ("AC1", "a-secret"));
    assert_eq!(config.sms.from.as_deref(), Some("+14155550123"));
    assert_eq!(config.accounts.password_reset_lifetime, 7_200);
    assert_eq!(config.second_factors.backup_codes, 12);
    assert_eq!((config.log.dir.to_str(), config.log.to_file), (Some("elsewhere"), true));
    assert_eq!(config.notes, [""; 0]);
}

/// The backend's levels of the log; its `http` is `debug` here.
#[test]
fn every_level_of_the_document_is_one() {
    for (name, level) in [
        ("error", Level::Error),
        ("warn", Level::Warn),
        ("info", Level::Info),
        ("http", Level::Debug),
        ("debug", Level::Debug),
    ] {
        assert_eq!(config(&[("LOG_LEVEL", name)]).log.level, level, "{name}");
    }
}

/// The username example's `JWT_ACCESS_EXPIRATION_MINUTES`, with the 24 hours that it says.
#[test]
fn the_life_of_an_access_token_is_set_in_minutes() {
    assert_eq!(config(&[("JWT_ACCESS_EXPIRATION_MINUTES", "1440")]).tokens.access, 86_400);
}

/// The SDK's environment is that of apps: Protekt leaves it alone.
#[test]
fn the_names_of_the_sdk_are_no_settings_of_the_server() {
    let names = ["DOMAIN", "CLIENT_ID", "CLIENT_SECRET", "AUDIENCE"];
    let names = names.map(|name| format!("PROTEKT_{name}"));
    let pairs: Vec<_> = names.iter().map(|name| (name.as_str(), "anything")).collect();
    assert_eq!(config(&pairs).notes, [""; 0]);
}

/// The backend's `.env.example`: ours has every name that means something here, and none that does not exist.
#[test]
fn the_example_names_everything_that_there_is_to_set() {
    let text = fs::read_to_string(".env.example").unwrap();
    let settings = text.lines().filter_map(|line| line.trim_start_matches("# ").split_once('='));
    let is_name = |name: &&str| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let named: Vec<&str> = settings.map(|(name, _)| name).filter(is_name).collect();
    for name in plain_names() {
        assert!(named.contains(&name), "{name} is missing");
    }
    for name in named {
        let is_known = name.starts_with("PROTEKT_") || plain_names().contains(&name);
        assert!(is_known, "{name} sets nothing");
    }
}

fn call(server: &Server, path: &str, bearer: Option<&str>, body: &Value) -> Answer {
    let bearer = bearer.map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = bearer.iter().map(|value| ("Authorization", value.as_str())).collect();
    Request::json(server.port, path, &headers, body).send().unwrap()
}

/// The text of the mail that has a link to a new password.
fn reset_mail(installation: &Installation) -> Option<String> {
    let text = |mail: &String| {
        let mail = mail_parser::MessageParser::default().parse(mail.as_bytes())?;
        mail.body_text(0).map(Cow::into_owned)
    };
    installation.mails().iter().filter_map(text).find(|text| text.contains("/reset-password?"))
}

/// The backend's `.env` where `protekt serve` is started: the database lies where it says, and the link in the
/// mail, the authenticator app and the files of the log are as it says.
#[test]
fn a_server_runs_on_the_env_file_of_the_document() {
    let settings = "[authentication_api]\nenabled = true\n[accounts]\nemail_verification = false\n";
    // What is set in the environment goes before the file: mails go where the test reads them.
    let installation = Installation::empty(settings)
        .with("JWT_ACCESS_EXPIRATION_MINUTES", "1440")
        .with("LOG_TO_FILE", "true");
    let lines = DOCUMENT.iter().map(|(name, value)| format!("{name}=\"{value}\"\n"));
    installation.machine.write(".env", &lines.collect::<String>());
    let server = installation.serve();
    assert!(installation.machine.path("dev.db").exists());
    let john = json!({
        "name": "John Doe", "username": "johndoe", "email": "john@example.com",
        "password": "SecurePass123",
    });
    let made = call(&server, "/api/auth/signup", None, &john);
    assert_eq!((made.status, &made.json()["expires_in"]), (201, &json!(86_400)), "{made:?}");
    let bearer = made.text("access_token");
    let begun = call(&server, "/api/auth/2fa/enable", Some(&bearer), &json!({ "method": "totp" }));
    let address = begun.json()["data"]["otpauth_uri"].as_str().unwrap().to_owned();
    assert!(address.ends_with("&issuer=NodeJS%20Authentication%20Backend"), "{address}");
    call(&server, "/api/auth/password/request", None, &json!({ "email": "john@example.com" }));
    let mail = wait_until("the mail", Duration::from_secs(20), || reset_mail(&installation));
    assert!(mail.contains("http://localhost:3000/reset-password?token="), "{mail}");
    let log = server.stop();
    for name in ["JWT_SECRET_KEY", "NODE_ENV"] {
        assert!(log.contains(&format!("{name} does nothing")), "{name}: {log}");
    }
    let files = fs::read_dir(installation.machine.path("logs")).unwrap();
    let mut files: Vec<_> =
        files.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let mut kinds: Vec<&str> = files.iter().filter_map(|name| name.split('-').next()).collect();
    kinds.dedup();
    assert_eq!(kinds, ["error", "protekt"], "{files:?}");
}
