//! What a whole life of secrets leaves behind, in the log and in the database.

use mail_parser::MessageParser;

use super::demo::{Dev, press, sign_in};
use super::installation::{ADA, Installation, Server};
use super::visitor::Visitor;
use super::{party, wait_until};
use crate::support::app::{PASSWORD, SECRET, VERIFIER};
use crate::support::browser::parameter;

const NEW: &str = "new@example.com";
const WRONG: &str = "not-the-password-of-ada-19";
const CHOSEN: &str = "juniper-lantern-41";

/// LG-01, LG-05.
#[test]
fn neither_the_log_nor_the_database_holds_a_secret_in_plain() {
    let installation = Installation::new("")
        .with("LOG_LEVEL", "debug")
        .with("LOG_TO_FILE", "true")
        .with("LOG_DIR", "logs");
    let server = installation.serve();
    let mut secrets = a_whole_life(&installation, &server);
    secrets.extend([PASSWORD, WRONG, CHOSEN, SECRET, VERIFIER].map(str::to_owned));
    assert!(secrets.len() > 20, "{secrets:?}");
    let mut log = server.log();
    assert!(log.contains("answered") && log.contains("the request was refused"), "{log}");
    server.stop();
    for file in std::fs::read_dir(installation.machine.path("logs")).unwrap() {
        log.push_str(&std::fs::read_to_string(file.unwrap().path()).unwrap());
    }
    holds_none("the log", log.as_bytes(), &secrets);

    let data = std::fs::read_dir(installation.machine.path("data")).unwrap();
    let files = data.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    for file in files {
        holds_none(&file.display().to_string(), &std::fs::read(&file).unwrap(), &secrets);
    }
}

/// LG-01, with the demo app in the same process.
#[test]
fn the_log_of_dev_holds_no_secret_either() {
    let installation = Installation::empty("").with("LOG_LEVEL", "debug");
    let dev = Dev::start(&installation, &[]);
    let password = dev.password(ADA);
    let mut visitor = Visitor::new(dev.port);
    let page = sign_in(&dev, &mut visitor, ADA, &password);
    let page = press(&mut visitor, &page, "/refresh");
    press(&mut visitor, &page, "/sign-out");
    let kept = std::fs::read_to_string(installation.machine.path("data/dev-secrets.json")).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    let mut secrets = visitor.secrets;
    secrets.extend([password, kept["client_secret"].as_str().unwrap().to_owned()]);
    let log = dev.server.log();
    assert!(log.contains("answered"), "{log}");
    holds_none("the log", log.as_bytes(), &secrets);
    for prefix in ["ptk_", "eyJ"] {
        assert!(!log.contains(prefix), "{prefix}: {log}");
    }
    dev.server.stop();
}

fn holds_none(what: &str, bytes: &[u8], secrets: &[String]) {
    for secret in secrets.iter().filter(|secret| secret.len() >= 6) {
        let found = bytes.windows(secret.len()).position(|window| window == secret.as_bytes());
        if let Some(place) = found {
            let around = &bytes[place.saturating_sub(200)..(place + 100).min(bytes.len())];
            panic!("{what} holds {secret}: {}", String::from_utf8_lossy(around));
        }
    }
}

/// Signs up, verifies by code and by link, fails, signs in, allows, exchanges, refreshes, replays
/// and signs out; gives every secret that went over the wire.
fn a_whole_life(installation: &Installation, server: &Server) -> Vec<String> {
    let port = server.port;
    let mut newcomer = Visitor::new(port);
    let answer = newcomer.sign_up(NEW, CHOSEN).unwrap();
    let page = newcomer.follow(answer).unwrap();
    let (mail_code, link) = wait_until("the mail", std::time::Duration::from_secs(10), || {
        installation.mails().iter().find_map(|mail| code_and_link(mail))
    });
    newcomer.submit(&page, "id=\"verify-form\"", &[("code", "000000")]).unwrap();
    let mut elsewhere = Visitor::new(port);
    let page = elsewhere.open(link.split(&format!(":{port}")).nth(1).unwrap()).unwrap();
    elsewhere.submit(&page, "action=\"/verify-email/confirm\"", &[]).unwrap();
    newcomer.sign_in(NEW, CHOSEN).unwrap();

    let mut ada = Visitor::new(port);
    assert_eq!(ada.sign_in(ADA, WRONG).unwrap().status, 422);
    let code = party::code(&mut ada, ADA).unwrap();
    let unused = party::code(&mut ada, ADA).unwrap();
    let tokens = party::exchange(port, &code).unwrap();
    let renewed = party::refresh(port, &tokens.text("refresh_token")).unwrap();
    let access = renewed.text("access_token");
    assert_eq!(party::userinfo(port, &access).unwrap().status, 200);
    assert_eq!(party::userinfo(port, &format!("{access}x")).unwrap().status, 401);
    assert_eq!(party::exchange(port, &code).unwrap().status, 400);
    let hint = format!("/logout?id_token_hint={}", tokens.text("id_token"));
    ada.open(&hint).unwrap();

    let mut secrets = vec![mail_code, parameter(&link, "token").unwrap(), link, code, unused];
    for answer in [&tokens, &renewed] {
        secrets.extend(["access_token", "id_token", "refresh_token"].map(|name| answer.text(name)));
    }
    for visitor in [newcomer, elsewhere, ada] {
        secrets.extend(visitor.secrets);
    }
    secrets
}

fn code_and_link(mail: &str) -> Option<(String, String)> {
    let parsed = MessageParser::default().parse(mail)?;
    let text = parsed.body_text(0)?.into_owned();
    let code = text.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6)?;
    let link = text.split_whitespace().find(|word| word.contains("token="))?;
    Some((code.to_owned(), link.to_owned()))
}
