//! The audit trail beside a server that runs: sealed in time, proven and read by commands.

use std::time::Duration;

use sqlx::{Connection as _, Row as _};

use super::installation::{ADA, Installation};
use super::refusals::refusal;
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

/// Waits until the server has sealed everything: there is a round every half second, and the machine
/// may be busy.
fn all_is_sealed(installation: &Installation) {
    wait_until("sealed", Duration::from_mins(1), || {
        (ask(installation, UNSEALED) == Some(0)).then_some(())
    });
}

#[test]
fn an_event_is_sealed_while_the_server_runs_and_the_rest_at_the_end() {
    let installation = Installation::new("");
    let server = installation.serve();
    for _ in 0..3 {
        assert_eq!(Visitor::new(server.port).sign_in(ADA, PASSWORD).unwrap().status, 303);
        all_is_sealed(&installation);
    }
    let proven = run(&installation, &["audit", "verify", "--json"]).succeeded().json();
    assert!(proven["rows"].as_u64().unwrap() >= 3, "{proven}");
    assert_eq!((&proven["unsealed"], &proven["first"]), (&0.into(), &1.into()), "{proven}");
    // Signed in, and stopped before the next round.
    assert_eq!(Visitor::new(server.port).sign_in(ADA, PASSWORD).unwrap().status, 303);
    server.stop();
    assert_eq!(ask(&installation, UNSEALED), Some(0));
    // Another instance does not wait for the lease of this one.
    let leases = "SELECT COUNT(*) FROM leases WHERE name = 'audit-sealer'";
    assert_eq!(ask(&installation, leases), Some(0));
    let server = installation.serve();
    assert_eq!(Visitor::new(server.port).sign_in(ADA, PASSWORD).unwrap().status, 303);
    all_is_sealed(&installation);
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
    let other = format!("1:{}", "A".repeat(43));
    verify(&["--head", &other]).refused_with(&["number 1", "noted"]);
    // What cannot be one says nothing about the trail.
    let (_, mac) = head.split_once(':').unwrap();
    for slip in [
        "1:x",
        "5:xyz",
        mac,
        "-dash",
        &format!("0:{mac}"),
        &head[..head.len() - 1],
        &(head.clone() + "A"),
    ] {
        let told = verify(&["--head", slip]);
        assert_eq!(told.code, 2, "{slip}: {}", told.err);
        assert!(told.err.contains("NUMBER:MAC"), "{slip}: {}", told.err);
    }

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
    // Numbered at the end: what is listed twice must not be sealed between.
    server.stop();
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
}

/// Rows that nothing seals are said to be so, by either command that looks.
#[test]
fn events_that_nothing_seals_are_told_by_verify_and_by_doctor() {
    let installation = Installation::new("");
    let doctor = || {
        let told = run(&installation, &["doctor", "--json"]);
        let findings = told.json();
        let mut findings = findings.as_array().unwrap().clone();
        findings.retain(|finding| finding["check"] == "audit trail");
        findings
    };
    let verify = |more: &[&str]| run(&installation, &[&["audit", "verify"], more].concat());
    // What commands recorded a moment ago waits for a server, as it should.
    let json = verify(&["--json"]).succeeded().json();
    assert!(json["unsealed"].as_u64() > Some(0), "{json}");
    assert_eq!(json["unsealed_too_long"], false, "{json}");
    assert_eq!(doctor(), [] as [serde_json::Value; 0]);
    record(&installation, -301);
    let told = verify(&[]).succeeded().out;
    assert!(told.contains("Warning: the oldest of them waits since"), "{told}");
    let json = verify(&["--json"]).succeeded().json();
    assert_eq!(json["unsealed_too_long"], true, "{json}");
    let findings = doctor();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0]["status"], "warning", "{findings:?}");
    assert!(findings[0]["message"].as_str().unwrap().starts_with("1 events are not sealed"));
    // A server seals them, and writes into its log how far the trail goes.
    let server = installation.serve();
    all_is_sealed(&installation);
    let log = server.stop();
    let head = verify(&["--json"]).json()["head"].as_str().unwrap().to_owned();
    assert!(log.contains(&head), "{head} is not in {log}");
    assert_eq!(doctor(), [] as [serde_json::Value; 0]);
}

/// A start never takes a trail over by itself: whoever has the database could have their own rows
/// taken over with it.
#[test]
fn the_trail_of_an_earlier_version_is_taken_over_by_command_alone() {
    const ASKS: &str = "run once: protekt audit take-over";

    let installation = Installation::new("");
    installation.serve().stop();
    record(&installation, -60);
    let folder = installation.key_file();
    let key = protekt::keys::KeySource::File(folder).open().unwrap();
    let earlier = key.mac(protekt::keys::Purpose::KeyCheck, "installation", "protekt");
    for statement in [
        format!("UPDATE installation SET value = '{earlier}' WHERE name = 'key_check'"),
        "DELETE FROM audit_marks WHERE name = 'origin'".to_owned(),
        "UPDATE audit_events SET recorded_mac = NULL".to_owned(),
    ] {
        change(&installation, statement.leak());
    }
    let refused = refusal(&installation);
    assert!(refused.err.contains(ASKS), "{}", refused.err);
    for arguments in [&["audit", "verify"][..], &["doctor"]] {
        let told = run(&installation, arguments);
        assert_eq!(told.code, 1, "{arguments:?}: {}{}", told.out, told.err);
        let text = format!("{}{}", told.out, told.err);
        assert!(text.contains(ASKS), "{arguments:?}: {text}");
    }
    let told = run(&installation, &["audit", "take-over"]).succeeded().out;
    assert!(told.contains("was taken over: 1 events got a proof"), "{told}");
    let told = run(&installation, &["audit", "take-over"]).succeeded().out;
    assert!(told.contains("nothing to take over"), "{told}");
    installation.serve().stop();
    run(&installation, &["audit", "verify"]).succeeded();
    let told = run(&installation, &["audit", "list", "--kind", "trail_taken_over"]).succeeded().out;
    assert_eq!(told.lines().count(), 1, "{told}");
}

/// Leaves an event in the trail as if it had happened then, in seconds from now.
fn record(installation: &Installation, seconds: i64) {
    use protekt::audit;
    use protekt::clock::{Clock as _, SystemClock};
    use protekt::domain::audit_event::{AuditEvent, AuditKind};
    use protekt::keys::KeySource;
    use protekt::store::Connect;

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite:{}", installation.database().display()).into();
        let acquire_timeout = Duration::from_secs(20);
        let store = Connect { url, max_connections: 1, acquire_timeout }.open().await.unwrap();
        KeySource::File(installation.key_file()).open_or_create(&store).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let event = AuditEvent::success(AuditKind::SignedIn);
        audit::record(&mut tx, event, SystemClock.now().plus(seconds)).await.unwrap();
        tx.commit().await.unwrap();
        store.close().await;
    });
}
