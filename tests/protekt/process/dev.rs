//! `protekt dev` over the wire.

use super::demo::{Dev, shown, sign_in};
use super::installation::Installation;
use super::visitor::Visitor;
use super::wire::Request;

const JWKS: &str = "/.well-known/jwks.json";
const EMAIL: &str = "grace@example.com";

/// Who is there after a start: the subject that the demo app is told, and the keys.
fn seen(installation: &Installation, extra: &[&str], password: Option<&str>) -> (String, String) {
    let dev = Dev::start(installation, extra);
    let password = password.map_or_else(|| dev.password(EMAIL), str::to_owned);
    let page = sign_in(&dev, &mut Visitor::new(dev.port), EMAIL, &password);
    let claims: serde_json::Value = serde_json::from_str(&shown(&page, "id-token-claims")).unwrap();
    let keys = dev.server.get(JWKS).body;
    dev.server.stop();
    (claims["sub"].as_str().unwrap().to_owned(), keys)
}

#[test]
fn a_second_run_has_the_same_people_keys_and_passwords_and_a_reset_has_not() {
    let installation = Installation::empty("");
    let first_dev = Dev::start(&installation, &[]);
    let password = first_dev.password(EMAIL);
    first_dev.server.stop();
    let first = seen(&installation, &[], Some(&password));
    assert_eq!(seen(&installation, &[], Some(&password)), first);
    let anew = seen(&installation, &["--reset"], None);
    assert_eq!(anew.0, first.0, "ids are fixed");
    assert_ne!(anew.1, first.1, "keys are not");
}

#[test]
fn it_listens_on_this_machine_only() {
    let installation = Installation::empty("");
    let dev = Dev::start(&installation, &[]);
    let mut found = 0;
    for (table, own) in
        [("/proc/net/tcp", "0100007F"), ("/proc/net/tcp6", "00000000000000000000000001000000")]
    {
        let Ok(table) = std::fs::read_to_string(table) else { continue };
        for line in table.lines().skip(1) {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let (address, port) = columns[1].split_once(':').unwrap();
            let port = u16::from_str_radix(port, 16).unwrap();
            if columns[3] == "0A" && (port == dev.port || port == dev.port + 1) {
                assert_eq!(address, own, "{line}");
                found += 1;
            }
        }
    }
    assert!(found >= 2 || !std::path::Path::new("/proc/net/tcp").exists(), "{found}");
    dev.server.stop();
}

/// A page elsewhere cannot reach it under a name of its own (DNS rebinding).
#[test]
fn it_answers_to_its_own_names_only() {
    let installation = Installation::empty("");
    let dev = Dev::start(&installation, &[]);
    for host in ["evil.example", "localhost.evil.example", "localhost", "0.0.0.0", "localhost:1"] {
        for port in [dev.port, dev.port + 1] {
            for path in ["/", "/dev/inbox", "/health", "/sign-in"] {
                let answer = Request::get(port, path, &[("Host", host)]).send().unwrap();
                assert_eq!(answer.status, 421, "{host} {port} {path}: {answer:?}");
            }
        }
    }
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        let host = format!("{host}:{}", dev.port);
        let answer = Request::get(dev.port, "/login", &[("Host", &host)]).send().unwrap();
        assert!(matches!(answer.status, 200 | 303 | 421), "{host}: {answer:?}");
    }
    dev.server.stop();
}

#[test]
fn the_inbox_is_there_in_dev_and_not_in_serve() {
    let installation = Installation::empty("");
    let dev = Dev::start(&installation, &["--data-dir", "elsewhere"]);
    let answer = Visitor::new(dev.port).sign_up("new@example.com", "walnut-harbour-97").unwrap();
    assert_eq!(answer.status, 303);
    super::wait_until("the mail is in the inbox", std::time::Duration::from_secs(10), || {
        let inbox = dev.server.get("/dev/inbox");
        assert_eq!(inbox.status, 200);
        inbox.body.contains("new@example.com").then_some(())
    });
    assert!(installation.machine.path("elsewhere/mail").exists());
    assert!(!installation.machine.path("data").exists());
    dev.server.stop();

    let installation = Installation::new("");
    let server = installation.serve();
    for path in ["/dev/inbox", "/dev/inbox/1", "/dev"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    server.stop();
}

/// What the README says to do beside the trial that runs.
#[test]
fn the_readme_registers_an_app_with_the_trial() {
    let readme = include_str!("../../../README.md");
    let line = readme.lines().find(|line| line.contains("client create 'Hello'")).unwrap();
    let (settings, arguments) = line.split_once(" cargo run -- ").unwrap();
    let installation = Installation::empty("");
    let dev = Dev::start(&installation, &[]);
    let arguments: Vec<String> =
        arguments.split(' ').map(|word| word.trim_matches('\'').to_owned()).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = installation.machine.command(&arguments);
    command.envs(settings.split(' ').map(|setting| setting.split_once('=').unwrap()));
    let told = command.output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let redirect = "http%3A%2F%2Flocalhost%3A8000%2Fcallback";
    let asked = format!(
        "/oauth/authorize?client_id=hello&response_type=code&redirect_uri={redirect}\
        &code_challenge={}&code_challenge_method=S256&scope=openid",
        "x".repeat(43)
    );
    let answer = dev.server.get(&asked);
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(answer.header("location").starts_with("/login?"), "{answer:?}");
    dev.server.stop();
}
