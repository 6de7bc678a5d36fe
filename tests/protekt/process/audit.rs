//! The audit trail beside a server that runs: sealed in time, proven and read by commands.

use std::time::Duration;

use sqlx::{Connection as _, Row as _};

use super::installation::{ADA, Installation};
use super::visitor::Visitor;
use super::{pause, wait_until};
use crate::support::app::PASSWORD;
use crate::support::machine::Told;

fn run(installation: &Installation, arguments: &[&str]) -> Told {
    Told::from(installation.command(arguments).output().unwrap())
}

/// Runs a statement behind the program's back.
fn change(installation: &Installation, statement: &'static str) {
    ask(installation, statement);
}

/// The first number of the first row, where there is one.
fn ask(installation: &Installation, statement: &'static str) -> Option<i64> {
    let path = installation.database();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let row = sqlx::query(statement).fetch_optional(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        row.map(|row| row.get::<i64, _>(0))
    })
}

const UNSEALED: &str = "SELECT COUNT(*) FROM audit_events WHERE seq IS NULL";

#[test]
fn an_event_is_sealed_within_a_second_or_so_and_the_rest_at_the_end() {
    let installation = Installation::new("");
    let server = installation.serve();
    for _ in 0..3 {
        assert_eq!(Visitor::new(server.port).sign_in(ADA, PASSWORD).unwrap().status, 303);
        // The half second between two rounds, and some for a busy machine.
        wait_until("sealed", Duration::from_millis(1_500), || {
            (ask(&installation, UNSEALED) == Some(0)).then_some(())
        });
    }
    let proven = run(&installation, &["audit", "verify", "--json"]).succeeded().json();
    assert!(proven["rows"].as_u64().unwrap() >= 3, "{proven}");
    assert_eq!((&proven["unsealed"], &proven["first"]), (&0.into(), &1.into()), "{proven}");
    // Signed in, and stopped before the next round.
    assert_eq!(Visitor::new(server.port).sign_in(ADA, PASSWORD).unwrap().status, 303);
    server.stop();
    assert_eq!(ask(&installation, UNSEALED), Some(0));
    // Started anew, it does not wait for the lease of the one before.
    let server = installation.serve();
    assert_eq!(Visitor::new(server.port).sign_in(ADA, PASSWORD).unwrap().status, 303);
    wait_until("sealed", Duration::from_millis(1_500), || {
        (ask(&installation, UNSEALED) == Some(0)).then_some(())
    });
    server.stop();
}

#[test]
fn a_broken_trail_is_named_and_ends_in_1() {
    let installation = Installation::new("");
    let verify = |more: &[&str]| run(&installation, &[&["audit", "verify"], more].concat());
    // Made by commands alone: nobody has sealed yet.
    let told = verify(&[]).succeeded();
    assert!(told.out.contains("not sealed yet"), "{}", told.out);
    let server = installation.serve();
    assert_eq!(Visitor::new(server.port).sign_in(ADA, PASSWORD).unwrap().status, 303);
    server.stop();
    let told = verify(&[]).succeeded();
    assert!(told.out.contains("holds") && told.out.contains("number 1 to"), "{}", told.out);
    let head = verify(&["--json"]).json()["head"].as_str().unwrap().to_owned();
    verify(&["--head", &head]).succeeded();
    verify(&["--head", "1:x"]).refused_with(&["number 1", "noted"]);

    change(&installation, "UPDATE audit_events SET outcome = 'failure' WHERE seq = 2");
    verify(&[]).refused_with(&["row 2 (id ", "was changed after it was sealed"]);
    change(&installation, "DELETE FROM audit_events WHERE seq = 1");
    verify(&["--json"]).refused_with(&["row 1 is missing"]);
    change(&installation, "UPDATE audit_marks SET proof = 'x'");
    verify(&[]).refused_with(&["head"]);
    // The server serves on, seals no more, and says so.
    let server = installation.serve();
    assert_eq!(Visitor::new(server.port).sign_in(ADA, PASSWORD).unwrap().status, 303);
    pause(Duration::from_secs(1));
    assert!(ask(&installation, UNSEALED) > Some(0));
    let log = server.stop();
    assert!(log.contains("protekt audit verify"), "{log}");
}

#[test]
fn events_are_listed_for_people_and_for_programs() {
    let installation = Installation::new("");
    let server = installation.serve();
    assert_eq!(Visitor::new(server.port).sign_in(ADA, "wrong-and-wrong").unwrap().status, 422);
    assert_eq!(Visitor::new(server.port).sign_in(ADA, PASSWORD).unwrap().status, 303);
    let list = |more: &[&str]| run(&installation, &[&["audit", "list"], more].concat());
    let of_ada = list(&["--user", ADA, "--json"]).succeeded().out;
    let lines: Vec<serde_json::Value> =
        of_ada.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.first(), Some(&"user_created"), "the oldest first: {kinds:?}");
    let outcomes = |line: &&serde_json::Value| line["kind"] == "signed_in";
    assert_eq!(lines.iter().filter(outcomes).count(), 2, "{of_ada}");
    let id = lines[0]["user_id"].as_str().unwrap();
    assert_eq!(list(&["--user", id, "--json"]).succeeded().out, of_ada);
    let told = list(&["--kind", "signed_in", "--since", "2020-01-01"]).succeeded().out;
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(told.contains("ip=127.0.0.1") && told.contains("failure"), "{told}");
    assert_eq!(list(&["--since", "2999-01-01T00:00:00Z"]).succeeded().out, "");
    list(&["--user", "nobody@example.com"]).refused_with(&["nobody@example.com"]);
    for wrong in [["--kind", "sign_in"], ["--since", "yesterday"]] {
        assert_eq!(list(&wrong).code, 2);
    }
    server.stop();
}
