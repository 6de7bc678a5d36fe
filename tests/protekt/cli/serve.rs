//! `protekt serve`: starting and stopping.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;

use super::{Machine, Started, free_ports};

fn config(port: u16) -> String {
    format!("[server]\nissuer = \"http://localhost:{port}\"\nlisten = [\"127.0.0.1:{port}\"]\n")
}

/// Waits for the line that says that requests are taken.
fn wait_until_it_serves(started: &mut Started) {
    let mut lines = BufReader::new(started.0.stderr.as_mut().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("serving")), "it never served");
}

#[test]
fn a_first_start_makes_key_and_database_and_a_signal_ends_it_in_good_order() {
    let machine = Machine::new();
    let port = free_ports();
    machine.write("protekt.toml", &config(port));
    for _ in 0..2 {
        let mut started = machine.start(&["serve"]);
        wait_until_it_serves(&mut started);
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
        started.signal("-TERM");
        assert_eq!(started.finished(), 0);
    }
    machine.run(&["doctor"]).succeeded();
}

/// CR-08.
#[test]
fn a_lost_or_foreign_key_is_never_replaced_silently() {
    let machine = Machine::new();
    let port = free_ports();
    machine.write("protekt.toml", &config(port));
    let create = ["user", "create", "ada@example.com", "--password-file", "-"];
    machine.run_with_input(&create, "juniper-lantern-41").succeeded();
    let key = machine.path("keys/key-encryption-key");
    std::fs::rename(&key, machine.path("kept")).unwrap();
    machine.run(&["serve"]).refused_with(&["key-encryption-key", "backup"]);
    assert!(!key.exists());
    machine.write("keys/key-encryption-key", "q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJqzM=\n");
    machine.run(&["serve"]).refused_with(&["another key-encryption key"]);
    for damaged in ["", "c2hvcnQ=", "-----BEGIN PRIVATE KEY-----\n"] {
        machine.write("keys/key-encryption-key", damaged);
        machine.run(&["serve"]).refused_with(&["does not hold a key"]);
    }
}

#[test]
fn a_taken_address_is_told_with_the_remedy() {
    let machine = Machine::new();
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    machine.write("protekt.toml", &config(port));
    let told = machine.run(&["serve"]);
    told.refused_with(&[&format!("127.0.0.1:{port}"), "server.listen"]);
}

#[test]
fn a_database_that_does_not_answer_is_told_without_its_password() {
    let machine = Machine::new();
    let port = free_ports();
    machine.write(
        "protekt.toml",
        &format!(
            "[database]\nurl = \"postgres://u:hunter22@127.0.0.1:{port}/d\"\nacquire_timeout = 1\n"
        ),
    );
    let told = machine.run(&["client", "list"]).refused_with(&["DATABASE_URL"]);
    assert!(!told.err.contains("hunter22"), "{}", told.err);
}
