//! Two instances that start at once on an empty database.

use super::installation::{Installation, Server};
use super::postgres::Postgres;

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
