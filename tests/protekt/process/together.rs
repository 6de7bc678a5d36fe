//! Two instances that start at once on an empty database.

use super::installation::{ADA, Installation, Server};
use super::postgres::Postgres;
use super::visitor::Visitor;
use crate::support::app::PASSWORD;

const JWKS: &str = "/.well-known/jwks.json";

#[test]
fn two_instances_that_start_at_once_on_sqlite_share_one_set_of_keys() {
    let first = Installation::empty("");
    let second =
        Installation::empty("").with("DATABASE_URL", &in_folder(&first, "data/protekt.db"));
    come_up_together(&first, second);
}

#[test]
fn two_instances_that_start_at_once_on_postgresql_share_one_set_of_keys() {
    let Some(database) = Postgres::start_new() else { return };
    let first = Installation::empty("").with("DATABASE_URL", &database.url());
    let second = Installation::empty("").with("DATABASE_URL", &database.url());
    come_up_together(&first, second);
}

fn in_folder(installation: &Installation, name: &str) -> String {
    format!("sqlite:{}", installation.machine.path(name).display())
}

fn come_up_together(first: &Installation, second: Installation) {
    let key = first.key_file().display().to_string();
    let second = second.with("PROTEKT_KEYS__KEY_ENCRYPTION_KEY_FILE", &key);
    let servers = [first.spawn(&["serve"]), second.spawn(&["serve"])];
    let servers = servers.map(Server::wait_until_ready);
    let jwks = servers.each_ref().map(|server| server.get(JWKS).json());
    assert_eq!(jwks[0]["keys"].as_array().unwrap().len(), 2, "one signs, one is next");
    assert_eq!(jwks[0], jwks[1]);
    let listed = first.command(&["keys", "list", "--json"]).output().unwrap();
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
    let pending = first.command(&["migrate", "--check", "--json"]).output().unwrap();
    let pending: serde_json::Value = serde_json::from_slice(&pending.stdout).unwrap();
    assert_eq!(pending["pending"], serde_json::json!([]));
    for server in servers {
        server.has_a_clean_log();
        server.stop();
    }
}

/// LG-02: what the database library asks of the log takes no line away from it.
#[test]
fn every_event_is_in_the_log_at_every_level_on_postgresql() {
    for level in ["info", "debug"] {
        let Some(database) = Postgres::start_new() else { return };
        let installation =
            Installation::empty("").with("DATABASE_URL", &database.url()).with("LOG_LEVEL", level);
        let server = installation.serve();
        installation.populate();
        for number in 0..8 {
            let mut visitor = Visitor::new(server.port);
            visitor.sign_in(ADA, if number % 2 == 0 { PASSWORD } else { "wrong" }).unwrap();
        }
        let log = server.log();
        let lines = |words: &str| log.lines().filter(|line| line.contains(words)).count();
        assert_eq!(lines("signed_in"), 8, "{level}: {log}");
        server.stop();
    }
}
