//! Which commands make or change a database, and which only look.

use std::time::Duration;

use protekt::store::{Connect, Store};

use super::{Machine, Told};

const NEW_USER: [&str; 5] = ["user", "create", "ada@example.com", "--password-file", "-"];
const PASSWORD: &str = "juniper-lantern-41";
const LOOKING: [&[&str]; 6] = [
    &["migrate", "--check"],
    &["user", "list"],
    &["client", "list"],
    &["keys", "list"],
    &["audit", "list"],
    &["audit", "verify"],
];

/// Changes the database of a machine behind the program's back.
pub(super) fn run_statement(machine: &Machine, statement: &'static str) {
    let connect = Connect {
        url: format!("sqlite:{}", machine.path("data/protekt.db").display()).into(),
        max_connections: 1,
        acquire_timeout: Duration::from_secs(5),
    };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = connect.open_existing().await.unwrap();
        let Store::Sqlite { writer, .. } = &store else { panic!("{store:?}") };
        sqlx::query(statement).execute(writer).await.unwrap();
        store.close().await;
    });
}

#[test]
fn a_command_that_only_looks_makes_no_database() {
    let machine = Machine::new();
    let changing = [&["user", "set-password", "ada@example.com"][..], &["keys", "rotate"]];
    for command in LOOKING.into_iter().chain(changing) {
        let told = machine.run(command).refused_with(&["data/protekt.db", "protekt migrate"]);
        assert!(told.err.contains("DATABASE_URL"), "{}", told.err);
    }
    // Whom a mail of this installation is to reach, it has to be there.
    let mut invite = machine.command(&["user", "invite", "ada@example.com"]);
    let told = Told::from(invite.env("EMAIL_PROVIDER", "file").output().unwrap());
    told.refused_with(&["data/protekt.db", "protekt migrate"]);
    assert_eq!(std::fs::read_dir(machine.folder.path()).unwrap().count(), 0);
}

#[test]
fn a_command_that_adds_makes_a_database_and_says_so_beside_its_result() {
    for command in [
        &NEW_USER[..],
        &["client", "create", "A", "--kind", "web", "--redirect-uri", "https://a.example/cb"],
    ] {
        let machine = Machine::new();
        let told = machine.run_with_input(&[command, &["--json"]].concat(), PASSWORD).succeeded();
        assert!(told.err.contains("new database at data/protekt.db"), "{}", told.err);
        assert!(told.json().is_object());
        let told = machine.run(&["client", "list"]).succeeded();
        assert_eq!(told.err, "", "it is there now");
    }
}

#[test]
fn a_database_that_lacks_migrations_is_left_as_it_is() {
    let machine = Machine::new();
    machine.run_with_input(&NEW_USER, PASSWORD).succeeded();
    run_statement(&machine, "DELETE FROM _sqlx_migrations");
    for command in [
        &["user", "list"][..],
        &["client", "list"],
        &["keys", "list"],
        &["keys", "rotate"],
        &["user", "set-password", "ada@example.com"],
        &NEW_USER,
        &["client", "create", "A", "--kind", "web", "--redirect-uri", "https://a.example/cb"],
    ] {
        machine.run(command).refused_with(&["run: protekt migrate", "backup"]);
    }
    let pending = machine.run(&["migrate", "--check", "--json"]).succeeded().json();
    assert_eq!(pending["pending"][0]["version"], 1);
}

#[test]
fn an_empty_database_is_told_from_an_old_one() {
    let machine = Machine::new();
    std::fs::create_dir(machine.path("data")).unwrap();
    machine.write("data/protekt.db", "");
    machine.run(&["client", "list"]).refused_with(&["empty", "protekt migrate"]);
    let told = machine.run_with_input(&NEW_USER, PASSWORD).succeeded();
    assert!(told.err.contains("new database"), "{}", told.err);
}

#[test]
fn a_database_of_a_newer_protekt_is_refused_by_every_command() {
    let machine = Machine::new();
    machine.run(&["migrate"]).succeeded();
    run_statement(&machine, "UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1");
    for command in LOOKING.into_iter().chain([&["migrate"][..], &NEW_USER]) {
        machine.run(command).refused_with(&["newer protekt", "9999"]);
    }
}

#[test]
fn empty_lists_say_what_to_do() {
    let machine = Machine::new();
    machine.run(&["migrate"]).succeeded();
    for (list, way) in [
        ("user", "protekt user create"),
        ("client", "protekt client create"),
        ("keys", "protekt serve"),
    ] {
        let told = machine.run(&[list, "list"]).succeeded();
        assert!(told.out.contains(way), "{}", told.out);
        assert_eq!(machine.run(&[list, "list", "--json"]).succeeded().out, "[]\n");
    }
}

#[test]
fn without_signing_keys_there_is_nothing_to_rotate() {
    let machine = Machine::new();
    machine.run(&["migrate"]).succeeded();
    for command in [&["keys", "rotate"][..], &["keys", "rotate", "--compromised", "x"]] {
        machine.run(command).refused_with(&["no signing keys to rotate yet", "protekt serve"]);
    }
    assert_eq!(machine.run(&["keys", "list", "--json"]).succeeded().out, "[]\n");
    assert!(!machine.path("keys").exists(), "no key is made on the way");
}

/// Whoever has to type a password learns first that it would be in vain: nobody answers here.
#[test]
fn an_account_that_is_taken_or_unknown_is_told_before_a_password_is_asked_for() {
    let machine = Machine::new();
    let own = ["--username", "countess"];
    machine.run_with_input(&[&NEW_USER[..], &own].concat(), PASSWORD).succeeded();
    let create = |email| ["user", "create", email];
    machine.run(&create("ADA@example.com")).refused_with(&["exists already"]);
    machine.run(&create("ada")).refused_with(&["not an e-mail address"]);
    machine.run(&[&create("bo@example.com")[..], &own].concat()).refused_with(&["countess"]);
    let unknown = ["user", "set-password", "nobody@example.com"];
    machine.run(&unknown).refused_with(&["there is no account"]);
}

#[test]
fn keys_are_listed_by_their_state_and_the_newest_of_each_first() {
    let machine = Machine::new();
    machine.run(&["migrate"]).succeeded();
    run_statement(
        &machine,
        "INSERT INTO signing_keys (kid, algorithm, state, public_jwk, created_at) VALUES
            ('a', 'RS256', 'gone', '{}', 1), ('b', 'RS256', 'gone', '{}', 2),
            ('c', 'RS256', 'retiring', '{}', 3), ('d', 'RS256', 'current', '{}', 4),
            ('e', 'RS256', 'next', '{}', 4), ('f', 'RS256', 'gone', '{}', 5)",
    );
    let listed = machine.run(&["keys", "list", "--json"]).succeeded().json();
    let kids: Vec<&str> =
        listed.as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(kids, ["e", "d", "c", "f", "b", "a"]);
}

/// SQLite keeps its log beside a database that nobody closed.
#[test]
fn a_command_that_is_refused_closes_its_database_too() {
    let machine = Machine::new();
    machine.run_with_input(&NEW_USER, PASSWORD).succeeded();
    let nobody = "nobody@example.com";
    for command in [
        &["user", "set-password", nobody][..],
        &["user", "reset-factors", nobody],
        &["user", "block", nobody],
        &["user", "roles", nobody],
        &NEW_USER,
        &["client", "delete", "nobody", "--yes"],
        &["client", "update", "nobody", "--name", "A"],
        &["keys", "rotate"],
        &["role", "delete", "nobody", "--yes"],
        &["outbox", "retry", "01JD3Z8V6T0000000000000000"],
    ] {
        let told = machine.run(command);
        assert_ne!(told.code, 0, "{command:?} {}", told.out);
        for left in ["data/protekt.db-wal", "data/protekt.db-shm"] {
            assert!(!machine.path(left).exists(), "{command:?} left {left}: {}", told.err);
        }
    }
}

/// Nothing waits for a mail server that there will never be, and nobody is promised a mail.
#[test]
fn without_mail_commands_write_and_promise_none() {
    let machine = Machine::new();
    let settings = "[email]\nprovider = \"none\"\n[accounts]\nemail_verification = false\n";
    machine.write("protekt.toml", settings);
    machine.run_with_input(&NEW_USER, PASSWORD).succeeded();
    let ada = "ada@example.com";
    let set = ["user", "set-password", ada, "--password-file", "-"];
    machine.run_with_input(&set, "walnut-harbour-97").succeeded();
    let told = machine.run(&["user", "reset-factors", ada]).succeeded();
    assert!(told.out.contains("nothing was changed and no mail is sent"), "{}", told.out);
    machine.run(&["user", "invite", "grace@example.com"]).refused_with(&["email.provider"]);
    for state in ["pending", "dead"] {
        let told = machine.run(&["outbox", "list", "--state", state, "--json"]).succeeded();
        assert_eq!(told.json(), serde_json::json!([]), "{state}");
    }
    let told = machine.run(&["doctor"]);
    assert!(told.out.contains("nobody can verify or change an address"), "{}", told.out);
}

#[test]
fn second_factors_that_cannot_work_stop_every_command_with_what_to_change() {
    let machine = Machine::new();
    machine.write("protekt.toml", "[second_factors]\npolicy = \"required\"\nmethods = [\"sms\"]\n");
    machine.run(&["serve"]).refused_with(&["second_factors.methods", "sms.provider"]);
    let told = machine.run(&["doctor"]);
    assert_eq!(told.code, 1, "{}", told.out);
    assert!(told.out.contains("second_factors.methods") && told.out.contains("sms.provider"));
    machine.write("protekt.toml", "[second_factors]\nmethods = [\"totp\", \"sms\"]\n");
    let told = machine.run(&["doctor"]);
    assert!(told.out.contains("nobody is offered \"sms\""), "{}", told.out);
}
