//! People brought from another system.

use std::ops::Range;
use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;

use super::super::installation::Installation;
use super::super::is_slow;
use super::super::postgres::Postgres;
use super::super::visitor::Visitor;
use super::run;
use super::walk::address;
use crate::support::app::PASSWORD;

/// How many people one file has.
const MANY: usize = 4_000;

/// A line for each; their password is [`PASSWORD`], hashed cheaply.
pub fn people(numbers: Range<usize>) -> String {
    let params = Params::new(64, 1, 1, None).unwrap();
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (salt, mut output) = (b"salt of a test", [0; 32]);
    hasher.hash_password_into(PASSWORD.as_bytes(), salt, &mut output).unwrap();
    let [salt, output] = [&salt[..], &output].map(|bytes| BASE64_STANDARD_NO_PAD.encode(bytes));
    let hash = format!("$argon2id$v=19$m=64,t=1,p=1${salt}${output}");
    let line = |number| {
        format!(
            "{{\"id\":\"old|{number}\",\"email\":\"{}\",\"email_verified\":true,\
             \"password_hash\":\"{hash}\"}}\n",
            address(number)
        )
    };
    numbers.map(line).collect()
}

/// CR-01
#[test]
fn an_import_that_is_killed_goes_on_when_it_is_run_again() {
    killed_imports(&Installation::new(""));
}

/// CR-01
#[test]
fn an_import_that_is_killed_goes_on_when_it_is_run_again_on_postgresql() {
    let Some(database) = Postgres::start_new() else { return };
    let installation = Installation::empty("").with("DATABASE_URL", &database.url());
    installation.serve().stop();
    killed_imports(&installation);
}

fn killed_imports(installation: &Installation) {
    installation.machine.write("people.ndjson", &people(0..MANY));
    let before = count(installation);
    let (mut there, mut stops) = (0, 0);
    for _ in 0..if is_slow() { 20 } else { 5 } {
        let mut process = installation.spawn(&["user", "import", "people.ndjson"]).process;
        let time = u64::from(u16::from_le_bytes(protekt::random::bytes()) % 1_000);
        super::super::pause(Duration::from_millis(50 + time));
        process.0.kill().unwrap();
        let ended = process.0.wait().unwrap();
        stops += usize::from(!ended.success());
        let now = count(installation) - before;
        assert!(now >= there, "who was there is there: {now} of {there}");
        there = now;
        run(installation, &["audit", "verify"]).succeeded();
    }
    let told = run(installation, &["user", "import", "people.ndjson", "--json"]).succeeded().json();
    assert!(stops > 0, "no run was stopped: {there} people");
    assert_eq!(told["unchanged"], there, "{told}");
    assert_eq!(told["imported"], MANY - there, "{told}");
    assert_eq!(count(installation) - before, MANY);
    let server = installation.serve();
    for number in [0, there.saturating_sub(1), MANY - 1] {
        let mut visitor = Visitor::new(server.port);
        assert_eq!(visitor.sign_in(&address(number), PASSWORD).unwrap().status, 303, "{number}");
        assert!(visitor.is_signed_in());
    }
    server.stop();
    run(installation, &["audit", "verify"]).succeeded();
}

fn count(installation: &Installation) -> usize {
    let listed = run(installation, &["user", "list", "--json"]).succeeded().json();
    listed.as_array().unwrap().len()
}
