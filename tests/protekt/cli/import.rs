//! `protekt user import`, with files as people have them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::database::run_statement;
use super::{Machine, Told};

const HASH: &str = "$2b$04$Yt4VEXhGXuD.lMmu43OIDuhtAM0jU7wbMLMcfZbbEWsj/qGfm5CtK";

fn lines(count: usize) -> String {
    let line = |n| {
        format!(
            "{{\"id\":\"auth0|{n}\",\"email\":\"p{n}@example.com\",\"email_verified\":true,\
             \"password_hash\":\"{HASH}\"}}\n"
        )
    };
    (0..count).map(line).collect()
}

fn people(machine: &Machine) -> usize {
    let listed = machine.run(&["user", "list", "--json"]).succeeded().json();
    listed.as_array().unwrap().len()
}

#[test]
fn people_are_imported_and_a_second_run_changes_nothing() {
    let machine = Machine::new();
    machine.write("people.ndjson", &lines(600));
    let told = machine.run(&["user", "import", "people.ndjson"]).succeeded();
    assert!(told.out.contains("Imported: 600. There already: 0."), "{}", told.out);
    assert!(!told.out.contains(HASH) && !told.err.contains(HASH));
    let told = machine.run(&["user", "import", "people.ndjson", "--json"]).succeeded().json();
    assert_eq!((&told["imported"], &told["unchanged"]), (&0.into(), &600.into()), "{told}");
    assert_eq!(people(&machine), 600);
    let listed = machine.run(&["user", "list", "--json"]).succeeded().json();
    assert!(listed.as_array().unwrap().iter().any(|one| one["id"] == "auth0|17"), "{listed}");
    // By a pipe, and where an earlier run stopped in the middle.
    let told = machine.run_with_input(&["user", "import", "-", "--json"], &lines(700));
    assert_eq!(told.succeeded().json()["imported"], 100);
    let events = machine.run(&["audit", "list", "--kind", "import_finished", "--json"]);
    assert_eq!(events.succeeded().out.lines().count(), 3);
}

#[test]
fn a_dry_run_tells_everything_and_writes_nothing() {
    let machine = Machine::new();
    machine.run(&["migrate"]).succeeded();
    let text = format!("{}{}", lines(3), lines(1).replace("auth0|0", "other"));
    machine.write("people.ndjson", &text);
    let told = machine.run(&["user", "import", "people.ndjson", "--dry-run"]);
    let told = told.refused_with(&["line 4, email", "1 line"]);
    assert!(told.out.contains("Would import: 3."), "{}", told.out);
    assert_eq!(people(&machine), 0);
    let told = machine.run(&["audit", "list"]).succeeded();
    assert_eq!(told.out, "");
    assert!(told.err.contains("no event matches"), "{}", told.err);
    let told = machine.run(&["audit", "verify"]).succeeded();
    assert!(told.out.contains("no sealed rows"), "{}", told.out);
    assert!(!machine.path("keys").exists(), "no key is made on the way");
}

/// Which of the two is the person, only their owner knows.
#[test]
fn a_second_line_with_the_same_address_is_refused_and_named() {
    let machine = Machine::new();
    machine.run(&["migrate"]).succeeded();
    let rest = lines(600);
    let text = format!(
        "{{\"email\":\"a@example.com\",\"name\":\"One\"}}\n{rest}\
         {{\"email\":\"A@example.com\",\"name\":\"Other\"}}\n"
    );
    machine.write("people.ndjson", &text);
    let import = ["user", "import", "people.ndjson"];
    for (more, told) in [
        (&["--dry-run"][..], "Would import: 601. There already: 0."),
        (&[], "Imported: 601. There already: 0."),
        (&[], "Imported: 0. There already: 601."),
        (&["--dry-run"], "Would import: 0. There already: 601."),
    ] {
        let run = machine.run(&[&import, more].concat());
        let run = run.refused_with(&["line 602, email: line 1 has this address", "1 line"]);
        assert!(run.out.contains(told), "{told} {}", run.out);
    }
    let listed = machine.run(&["user", "list", "--json"]).succeeded().json();
    assert!(listed.as_array().unwrap().iter().any(|one| one["name"] == "One"), "{listed}");
}

#[test]
fn each_refused_line_is_reported_and_the_others_are_imported() {
    let machine = Machine::new();
    let long = format!("{{\"email\":\"l@example.com\",\"x\":\"{}\"}}", "x".repeat(70_000));
    let mut bytes = Vec::new();
    for line in [
        "{\"email\":\"a@example.com\",\"roles\":[1]}",
        "{\"email\":\"b@example.com\",\"password_hash\":\"md5-5f4dcc3b\"}",
        "",
        &long,
        "c@example.com,Carla",
        "{\"email\":\"d@example.com\",\"name\":\"\\u0000\"}",
        "{\"email\":\"e@example.com\",\"roles\":[],\"pasword_hash\":\"x\"}\r",
    ] {
        bytes.extend(line.as_bytes());
        bytes.push(b'\n');
    }
    bytes.extend(b"{\"email\":\"\xff@example.com\"}\n{\"email\":\"f@example.com\"}");
    std::fs::write(machine.path("people.ndjson"), bytes).unwrap();
    let import = ["user", "import", "people.ndjson", "--report", "refused.ndjson"];
    let told = machine.run(&import).refused_with(&["line 2, password_hash", "refused: 5 lines"]);
    assert!(told.out.contains("Imported: 3."), "{}", told.out);
    assert!(told.out.contains("pasword_hash (1), roles (2)"), "{}", told.out);
    assert!(!told.err.contains("5f4dcc3b"), "{}", told.err);
    let report = std::fs::read_to_string(machine.path("refused.ndjson")).unwrap();
    let refused: Vec<serde_json::Value> =
        report.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<u64> = refused.iter().map(|line| line["line"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [2, 4, 5, 6, 8], "{report}");
    assert_eq!(refused[0]["field"], "password_hash");
    assert!(refused[1]["reason"].as_str().unwrap().contains("65536"), "{report}");
    assert!(!report.contains("5f4dcc3b"), "{report}");
    let mode = std::fs::metadata(machine.path("refused.ndjson")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(people(&machine), 3);
    // Mended, the rest follows.
    machine.write("people.ndjson", "{\"email\":\"b@example.com\"}\n");
    machine.run(&import).succeeded();
    assert_eq!(people(&machine), 4);
    assert_eq!(std::fs::read_to_string(machine.path("refused.ndjson")).unwrap(), "");
}

/// A slip of the hand costs nobody their users.
#[test]
fn a_report_never_takes_the_place_of_what_is_imported() {
    let machine = Machine::new();
    machine.run(&["migrate"]).succeeded();
    let text = format!("{}{{\"email\":\"nobody\"}}\n", lines(3));
    machine.write("people.ndjson", &text);
    std::fs::create_dir(machine.path("folder")).unwrap();
    std::os::unix::fs::symlink("people.ndjson", machine.path("link")).unwrap();
    std::fs::hard_link(machine.path("people.ndjson"), machine.path("second-name")).unwrap();
    for report in ["people.ndjson", "./folder/../people.ndjson", "link", "second-name"] {
        for more in [&["--dry-run"][..], &[]] {
            let import = ["user", "import", "people.ndjson", "--report", report];
            machine.run(&[&import, more].concat()).refused_with(&["is to be imported"]);
            let by_input = ["user", "import", "-", "--report", report];
            let mut command = machine.command(&[&by_input, more].concat());
            let file = std::fs::File::open(machine.path("people.ndjson")).unwrap();
            let told = Told::from(command.stdin(file).output().unwrap());
            told.refused_with(&["is to be imported"]);
            assert_eq!(std::fs::read_to_string(machine.path("people.ndjson")).unwrap(), text);
        }
    }
    let import = ["user", "import", "people.ndjson", "--report", "folder"];
    machine.run(&import).refused_with(&["folder is no file"]);
    assert_eq!(people(&machine), 0);
    assert!(drafts(&machine).is_empty());
}

fn drafts(machine: &Machine) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(machine.folder.path()).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "part")).collect()
}

/// The draft of the report that a running import makes, once there is one for which `is_awaited`.
fn draft(machine: &Machine, is_awaited: impl Fn(&Path) -> bool) -> PathBuf {
    for _ in 0..2_000 {
        if let Some(path) = drafts(machine).into_iter().find(|path| is_awaited(path)) {
            return path;
        }
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
    panic!("no report was begun")
}

#[test]
fn the_report_of_an_interrupted_import_stays_beside_its_place() {
    let machine = Machine::new();
    machine.run(&["migrate"]).succeeded();
    machine.write("refused.ndjson", "the last one\n");
    machine.write("people.ndjson", &format!("{{\"email\":\"nobody\"}}\n{}", lines(20_000)));
    let import = ["user", "import", "people.ndjson", "--report", "refused.ndjson"];
    let mut import = machine.start(&import);
    let draft = draft(&machine, |path| std::fs::metadata(path).is_ok_and(|it| it.len() > 0));
    import.0.kill().unwrap();
    let mut told = String::new();
    std::io::Read::read_to_string(import.0.stderr.as_mut().unwrap(), &mut told).unwrap();
    assert_eq!(import.finished(), -1, "it was stopped");
    assert!(told.contains(draft.file_name().unwrap().to_str().unwrap()), "{told}");
    let report = std::fs::read_to_string(draft).unwrap();
    assert!(report.starts_with("{\"line\":1,"), "{report}");
    let last = std::fs::read_to_string(machine.path("refused.ndjson")).unwrap();
    assert_eq!(last, "the last one\n");
}

/// A database that fails halfway says what it left, and the same command goes on from there.
#[test]
fn an_import_that_has_to_stop_says_how_far_it_came_and_can_be_run_again() {
    let machine = Machine::new();
    machine.run(&["migrate"]).succeeded();
    let refuse = "CREATE TRIGGER full BEFORE INSERT ON users WHEN NEW.email = 'p300@example.com'
        BEGIN SELECT RAISE(ABORT, 'disk full'); END";
    run_statement(&machine, refuse);
    machine.write("people.ndjson", &lines(600));
    let told = machine.run(&["user", "import", "people.ndjson"]);
    told.refused_with(&["stopped at line 251", "Run the same command again"]);
    assert_eq!(people(&machine), 250);
    run_statement(&machine, "DROP TRIGGER full");
    let told = machine.run(&["user", "import", "people.ndjson"]).succeeded();
    assert!(told.out.contains("Imported: 350. There already: 250."), "{}", told.out);
}

#[test]
fn a_file_that_is_cut_short_meanwhile_is_told() {
    let machine = Machine::new();
    machine.run(&["migrate"]).succeeded();
    let path = machine.write("people.ndjson", &lines(20_000));
    let import = ["user", "import", "people.ndjson", "--dry-run", "--report", "refused.ndjson"];
    let mut import = machine.start(&import);
    draft(&machine, |_| true);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_len(100_000).unwrap();
    let mut told = String::new();
    std::io::Read::read_to_string(import.0.stderr.as_mut().unwrap(), &mut told).unwrap();
    assert_eq!(import.finished(), 1, "{told}");
    assert!(told.contains("it was cut short meanwhile"), "{told}");
}

#[test]
fn many_refused_lines_are_told_in_short() {
    let machine = Machine::new();
    let lines: Vec<String> = (0..50).map(|n| format!("{{\"email\":\"p{n}\"}}")).collect();
    let text = lines.join("\n");
    machine.write("people.ndjson", &text);
    let told = machine.run(&["user", "import", "people.ndjson"]).refused_with(&["and 30 more"]);
    assert_eq!(told.err.matches("not an e-mail address").count(), 20, "{}", told.err);
}

#[test]
fn a_line_that_says_a_thing_twice_is_refused() {
    let machine = Machine::new();
    machine.write("people", "{\"email\":\"a@example.com\",\"email\":\"b@example.com\"}\n");
    machine.run(&["user", "import", "people"]).refused_with(&["line 1: the key email"]);
    assert_eq!(people(&machine), 0);
}

#[test]
fn what_plainly_is_no_ndjson_is_refused_with_the_way_to_make_it() {
    let machine = Machine::new();
    for (bytes, advice) in [
        (&b"email,name\na@example.com,Ada\n"[..], "CSV"),
        (b"\n [{\"email\":\"a@example.com\"}]\n", "jq -c"),
        (b"\x1f\x8b\x08\x00", "gunzip"),
        (b"\xff\xfe{\x00", "UTF-16"),
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\0\0", "NDJSON"),
    ] {
        std::fs::write(machine.path("people"), bytes).unwrap();
        machine.run(&["user", "import", "people"]).refused_with(&["NDJSON", advice]);
        assert!(!machine.path("data").exists(), "no database is made for it");
    }
    machine.run(&["user", "import", "nowhere"]).refused_with(&["nowhere"]);
    machine.write("people", &format!("\u{feff}{}", lines(1)));
    machine.run(&["user", "import", "people"]).succeeded();
}

/// The end of a file, a line of the greatest length, and one that is a byte longer.
#[test]
fn a_line_may_be_64_kib_long() {
    let machine = Machine::new();
    let line = |email: &str, length: usize| {
        let begin = format!("{{\"email\":\"{email}\",\"x\":\"");
        format!("{begin}{}\"}}", "x".repeat(length - begin.len() - 2))
    };
    let text = [
        line("a@example.com", 65_536),
        line("b@example.com", 65_537),
        line("c@example.com", 200_000),
        line("d@example.com", 65_536),
    ];
    machine.write("people", &text.join("\n"));
    let told = machine.run(&["user", "import", "people"]);
    told.refused_with(&["line 2:", "line 3:", "refused: 2 lines"]);
    assert_eq!(people(&machine), 2);
}

/// Somebody looks at their file before they set anything up.
#[test]
fn a_dry_run_needs_no_database_and_makes_none() {
    let machine = Machine::new();
    machine
        .write("people.ndjson", &format!("{}{}", lines(3), lines(1).replace("auth0|0", "other")));
    let told = machine.run(&["user", "import", "people.ndjson", "--dry-run"]);
    let told = told.refused_with(&["line 4, email", "There is no database yet"]);
    assert!(told.out.contains("Would import: 3."), "{}", told.out);
    assert!(!machine.path("data").exists() && !machine.path("keys").exists());
}
