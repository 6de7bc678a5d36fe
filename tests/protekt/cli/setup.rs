//! Help, configuration and the checks before a start.

use super::{Machine, free_ports, set_mode};
use crate::support::places::city_database;

#[test]
fn help_reads_well_and_shows_examples() {
    let machine = Machine::new();
    let told = machine.run(&["--help"]).succeeded();
    for word in ["serve", "dev", "migrate", "user", "client", "keys", "doctor", "Examples:"] {
        assert!(told.out.contains(word), "{word}: {}", told.out);
    }
    for command in [
        &["serve"][..],
        &["dev"],
        &["user", "create"],
        &["user", "list"],
        &["user", "set-password"],
        &["user", "roles"],
        &["role", "create"],
        &["role", "list"],
        &["role", "update"],
        &["role", "delete"],
        &["role", "permissions"],
        &["user", "permissions"],
        &["client", "create"],
        &["client", "list"],
        &["keys", "list"],
        &["keys", "rotate"],
        &["doctor"],
    ] {
        let told = machine.run(&[command, &["--help"]].concat()).succeeded();
        assert!(told.out.contains("Usage: protekt"), "{}", told.out);
    }
}

#[test]
fn a_wrong_argument_is_code_2() {
    assert_eq!(Machine::new().run(&["client", "create"]).code, 2);
    assert_eq!(Machine::new().run(&["nonsense"]).code, 2);
}

/// Who left something out is told every way to go on.
#[test]
fn a_missing_choice_is_told_with_all_there_are() {
    for (command, choices) in [
        (&["user", "recover", "ada@example.com"][..], ["--approve", "--refuse"]),
        (&["user", "require-new-password"], ["ACCOUNT", "--all"]),
        (&["outbox", "retry"], ["ID", "--all"]),
    ] {
        let machine = Machine::new();
        let told = machine.run(command);
        assert_eq!(told.code, 2, "{command:?}: {}", told.err);
        let (missing, _) = told.err.split_once("Usage:").unwrap();
        for choice in choices {
            assert!(missing.contains(choice), "{command:?} {choice}: {missing}");
        }
        // One of them, not two.
        let both = match command.len() {
            3 => [command, &["--approve", "--refuse"]].concat(),
            _ => [command, &["ada@example.com", "--all"]].concat(),
        };
        assert_eq!(machine.run(&both).code, 2, "{both:?}");
    }
}

/// A secret on a command line can be read by every program on the machine.
#[test]
fn no_argument_takes_a_secret() {
    let machine = Machine::new();
    for arguments in [
        &["user", "create", "a@example.com", "--password", "x"][..],
        &["client", "create", "A", "--kind", "web", "--secret", "x"],
    ] {
        assert_eq!(machine.run(arguments).code, 2);
    }
}

/// CF-09.
#[test]
fn an_unknown_key_stops_every_command_with_line_and_nearest_name() {
    let machine = Machine::new();
    machine.write("protekt.toml", "[server]\n\nisuer = \"https://id.example\"\n");
    for command in [&["serve"][..], &["client", "list"], &["migrate"]] {
        let told = machine.run(command);
        told.refused_with(&["protekt.toml, line 3", "Did you mean server.issuer?"]);
    }
}

#[test]
fn a_named_file_that_is_missing_is_told() {
    let told = Machine::new().run(&["migrate", "--config", "nowhere.toml"]);
    told.refused_with(&["nowhere.toml", "--config FILE"]);
}

/// CF-09.
#[test]
fn a_bad_issuer_is_refused() {
    let machine = Machine::new();
    machine.write("protekt.toml", "[server]\nissuer = \"https://id.example/auth\"\n");
    machine.run(&["serve"]).refused_with(&["server.issuer", "without a path"]);
    machine.write("protekt.toml", "[server]\nissuer = \"http://id.example\"\n");
    machine.run(&["serve"]).refused_with(&["not safe", "https", "EMAIL_PROVIDER"]);
}

/// CF-09.
#[test]
fn a_key_file_that_others_can_read_is_refused_with_the_remedy() {
    let machine = Machine::new();
    std::fs::create_dir(machine.path("keys")).unwrap();
    let key = machine.write("keys/key-encryption-key", "irrelevant");
    set_mode(&key, 0o644);
    machine.run(&["serve"]).refused_with(&["key-encryption-key", "chmod 600"]);
}

/// CF-09.
#[test]
fn a_password_that_everybody_knows_is_refused() {
    let machine = Machine::new();
    machine.write(
        "protekt.toml",
        "[email]\nsmtp_username = \"protekt\"\nsmtp_password = \"changeme\"\n",
    );
    machine.run(&["serve"]).refused_with(&["email.smtp_password", "random"]);
}

#[test]
fn the_environment_and_a_dotenv_file_are_read() {
    let machine = Machine::new();
    machine.write(".env", "DATABASE_URL=\"file:./dev.db\"\nNODE_ENV=development\n");
    machine.run(&["migrate"]).succeeded();
    assert!(machine.path("dev.db").exists());
    let mut command = machine.command(&["migrate"]);
    assert!(command.env("DATABASE_URL", "file:./other.db").status().unwrap().success());
    assert!(machine.path("other.db").exists(), "the environment wins");
}

#[test]
fn migrations_are_listed_applied_and_listed_no_more() {
    let machine = Machine::new();
    std::fs::create_dir(machine.path("data")).unwrap();
    machine.write("data/protekt.db", "");
    let pending = machine.run(&["migrate", "--check", "--json"]).succeeded().json();
    assert_eq!(pending["pending"][0]["version"], 1);
    assert_eq!(
        machine.run(&["migrate", "--json"]).succeeded().json()["applied"],
        pending["pending"]
    );
    assert!(machine.run(&["migrate", "--check"]).succeeded().out.contains("up to date"));
}

#[test]
fn doctor_looks_and_changes_nothing() {
    let machine = Machine::new();
    let told = machine.run(&["doctor", "--json"]).succeeded();
    let findings = told.json();
    let status = |name: &str| {
        let found = findings.as_array().unwrap().iter().find(|finding| finding["check"] == name);
        found.unwrap()["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status("database"), "warning");
    assert_eq!(status("mail"), "warning");
    assert_eq!(status("email verification"), "ok");
    assert_eq!(status("clock"), "ok");
    assert!(["ok", "warning"].contains(&&*status("connections")), "{}", told.out);
    assert_eq!(std::fs::read_dir(machine.folder.path()).unwrap().count(), 0);
}

#[test]
fn doctor_explains_problems_and_fails() {
    let machine = Machine::new();
    let port = free_ports();
    machine.write(
        "protekt.toml",
        &format!(
            "[server]\nissuer = \"http://id.example\"\n\
             [email]\nprovider = \"smtp\"\nsmtp_host = \"127.0.0.1\"\nsmtp_port = {port}\n\
             [accounts]\nemail_verification = false\n"
        ),
    );
    let told = machine.run(&["doctor"]).refused_with(&["2 problems"]);
    for words in ["set server.issuer to an https address", "smtp_port", "not theirs"] {
        assert!(told.out.contains(words), "{words:?}: {}", told.out);
    }
}

/// What keeps a server from starting is found beforehand, and by the server before it makes anything.
#[test]
fn doctor_finds_what_keeps_a_server_from_starting() {
    let port = free_ports();
    let here = format!(
        "[server]\nissuer = \"http://localhost:{port}\"\nlisten = [\"127.0.0.1:{port}\"]\n"
    );
    let foreign = "[server]\nissuer = \"https://id.example\"\nlisten = [\"192.0.2.1:5500\"]\n\
                   [email]\nprovider = \"file\"\n";
    for (check, settings, word) in [
        ("places", format!("{here}[accounts]\ngeo_database = \"nowhere\"\n"), "geo_database"),
        ("places", format!("{here}[accounts]\ngeo_database = \"notes\"\n"), "geo_database"),
        ("log files", format!("{here}[log]\nto_file = true\ndir = \"notes/logs\"\n"), "log.dir"),
        ("mail", format!("{here}[email]\nfrom = \"nobody@\"\n"), "EMAIL_FROM"),
        ("addresses", foreign.to_owned(), "server.listen"),
    ] {
        let machine = Machine::new();
        machine.write("notes", "neither a folder nor a database of places");
        machine.write("protekt.toml", &settings);
        machine.run(&["serve"]).refused_with(&[word]);
        let told = machine.run(&["doctor"]).refused_with(&["1 problem"]);
        assert!(told.out.contains(&format!("problem  {check}: ")), "{check}: {}", told.out);
        assert!(told.out.contains(word), "{check}: {}", told.out);
        let left: Vec<_> = std::fs::read_dir(machine.folder.path()).unwrap().collect();
        assert_eq!(left.len(), 2, "{check}: nothing was made: {left:?}");
    }
    let machine = Machine::new();
    std::fs::write(machine.path("places"), city_database("Berlin", "Germany")).unwrap();
    let settings = format!("{here}[accounts]\ngeo_database = \"places\"\n[log]\nto_file = true\n");
    machine.write("protekt.toml", &settings);
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let told = machine.run(&["doctor"]).succeeded();
    for check in ["places", "log files", "addresses"] {
        assert!(told.out.contains(&format!("ok       {check}: ")), "{check}: {}", told.out);
    }
    assert_eq!(std::fs::read_dir(machine.folder.path()).unwrap().count(), 2, "{}", told.out);
}
