//! `protekt dev`.

use std::io::{BufRead as _, BufReader};

use super::{Machine, Started, free_ports};

/// What `dev` prints once it is ready.
fn greeting(started: &mut Started) -> String {
    let lines = BufReader::new(started.0.stdout.take().unwrap()).lines();
    let mut text = String::new();
    for line in lines {
        let line = line.unwrap();
        text.push_str(&line);
        text.push('\n');
        if line.contains("--reset") {
            break;
        }
    }
    text
}

fn password(greeting: &str) -> String {
    let line = greeting.lines().find(|line| line.contains("ada@example.com")).unwrap();
    line.rsplit(' ').next().unwrap().to_owned()
}

fn run_once(machine: &Machine, arguments: &[&str]) -> String {
    let mut started = machine.start(arguments);
    let text = greeting(&mut started);
    started.signal("-INT");
    assert_eq!(started.finished(), 0);
    text
}

#[test]
fn a_second_run_finds_its_data_and_a_reset_starts_over() {
    let machine = Machine::new();
    let port = free_ports().to_string();
    let arguments = ["dev", "--port", &port, "--data-dir", "mine"];
    let first = run_once(&machine, &arguments);
    for part in [format!("http://localhost:{port}/"), "/dev/inbox".to_owned(), "grace@".to_owned()]
    {
        assert!(first.contains(&part), "{part}: {first}");
    }
    assert!(!first.contains("ptk_cs_"), "{first}");
    assert_eq!(password(&first), password(&run_once(&machine, &arguments)));

    let elsewhere = free_ports().to_string();
    run_once(&machine, &["dev", "--port", &elsewhere, "--data-dir", "mine"]);
    let demo_port = elsewhere.parse::<u16>().unwrap() + 1;
    let mut list = machine.command(&["client", "list", "--json"]);
    let list = list.env("DATABASE_URL", "sqlite:mine/protekt.db").output().unwrap();
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    let ids: Vec<_> = list.as_array().unwrap().iter().map(|client| &client["client_id"]).collect();
    assert_eq!(ids, ["authentication-api", "demo-app"]);
    assert_eq!(
        list[1]["redirect_uris"],
        serde_json::json!([format!("http://localhost:{demo_port}/callback")]),
        "the demo app moves with its port"
    );

    let anew = run_once(&machine, &[&arguments[..], &["--reset"]].concat());
    assert_ne!(password(&first), password(&anew));
    assert_eq!(std::fs::read_dir(machine.folder.path()).unwrap().count(), 1, "all lies in mine");
}

#[test]
fn a_taken_port_is_named_with_a_way_out() {
    let machine = Machine::new();
    for offset in [0, 1] {
        let port = free_ports();
        let _taken = std::net::TcpListener::bind(("127.0.0.1", port + offset)).unwrap();
        let told = machine.run(&["dev", "--port", &port.to_string()]);
        told.refused_with(&[&format!("port {} is taken", port + offset), "--port"]);
    }
    assert!(!machine.path("data").exists(), "nothing was made");
}

#[test]
fn the_way_out_of_a_taken_port_keeps_what_was_asked_for() {
    let machine = Machine::new();
    machine.write("my settings.toml", "");
    let port = free_ports();
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let port_text = port.to_string();
    let asked = ["dev", "--port", &port_text, "--data-dir", "mine", "--reset"];
    let told = machine.run(&[&asked[..], &["--config", "my settings.toml"]].concat());
    let way_out = format!(
        "protekt dev --port {} --data-dir mine --config 'my settings.toml' --reset",
        port + 10
    );
    told.refused_with(&[&way_out]);
}

#[test]
fn a_port_without_a_next_one_is_refused_with_the_real_range() {
    let told = Machine::new().run(&["dev", "--port", "65535"]);
    assert!(told.code == 2 && told.err.contains("65535 is not in 1..=65534"), "{}", told.err);
}

#[test]
fn a_folder_of_others_is_left_alone() {
    let machine = Machine::new();
    std::fs::create_dir(machine.path("data")).unwrap();
    machine.write("data/protekt.db", "precious");
    let port = free_ports().to_string();
    for extra in [&[][..], &["--reset"]] {
        let told = machine.run(&[&["dev", "--port", &port][..], extra].concat());
        told.refused_with(&["left alone", "--data-dir"]);
    }
    assert_eq!(std::fs::read_to_string(machine.path("data/protekt.db")).unwrap(), "precious");
}

/// docs/apps.md tells how to read it without a program for JSON.
#[test]
fn the_secret_of_the_demo_app_is_found_as_the_documents_say() {
    let machine = Machine::new();
    run_once(&machine, &["dev", "--port", &free_ports().to_string()]);
    let page = std::fs::read_to_string("docs/apps.md").unwrap();
    let line = page.lines().find(|line| line.starts_with("SECRET=")).unwrap();
    let mut shell = std::process::Command::new("sh");
    let told = shell.args(["-c", &format!("{line}; printf %s \"$SECRET\"")]);
    let told = told.current_dir(machine.folder.path()).output().unwrap();
    let kept = std::fs::read(machine.path("data/dev-secrets.json")).unwrap();
    let kept: serde_json::Value = serde_json::from_slice(&kept).unwrap();
    assert_eq!(String::from_utf8(told.stdout).unwrap(), kept["client_secret"].as_str().unwrap());
}
