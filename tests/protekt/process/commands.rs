//! The operator's commands, beside a server that runs.

use std::time::Duration;

use serde_json::Value;

use super::installation::{ADA, Installation};
use super::party;
use super::visitor::Visitor;
use super::wait_until;
use crate::support::app::PASSWORD;
use crate::support::machine::Told;

const JWKS: &str = "/.well-known/jwks.json";
const NEW: &str = "juniper-lantern-41";

fn run(installation: &Installation, arguments: &[&str]) -> Told {
    Told::from(installation.command(arguments).output().unwrap())
}

#[test]
fn an_account_is_made_listed_and_given_a_password_while_the_server_runs() {
    let installation = Installation::new("");
    let server = installation.serve();
    installation.machine.write("new.txt", &format!("{NEW}\n"));
    let made = run(
        &installation,
        &["user", "create", "bo@example.com", "--password-file", "new.txt", "--json"],
    );
    let made = made.succeeded();
    assert!(!made.out.contains(NEW));
    assert_eq!(made.json()["email_verified"], true);
    let listed = run(&installation, &["user", "list", "--json"]).succeeded().json();
    assert!(listed.as_array().unwrap().contains(&made.json()), "{listed}");
    assert_eq!(Visitor::new(server.port).sign_in("bo@example.com", NEW).unwrap().status, 303);

    let mut ada = Visitor::new(server.port);
    let code = party::code(&mut ada, ADA).unwrap();
    let tokens = party::exchange(server.port, &code).unwrap();
    let told = run(&installation, &["user", "set-password", ADA, "--password-file", "new.txt"]);
    assert!(told.succeeded().out.contains("has ended"));
    assert!(!ada.is_signed_in(), "her sessions have ended at once");
    let refreshed = party::refresh(server.port, &tokens.text("refresh_token")).unwrap();
    assert_eq!((refreshed.status, &*refreshed.text("error")), (400, "invalid_grant"));
    let userinfo = party::userinfo(server.port, &tokens.text("access_token")).unwrap();
    assert_eq!(userinfo.status, 401);
    assert_eq!(ada.sign_in(ADA, PASSWORD).unwrap().status, 422);
    assert_eq!(ada.sign_in(ADA, NEW).unwrap().status, 303);
    server.stop();
}

#[test]
fn bad_accounts_and_weak_passwords_are_refused_with_the_reason() {
    let installation = Installation::new("");
    installation.machine.write("new.txt", NEW);
    installation.machine.write("weak.txt", "password1");
    installation.machine.write("empty.txt", "\n");
    let create = |email: &str, file: &str| {
        run(&installation, &["user", "create", email, "--password-file", file])
    };
    create(ADA, "new.txt").refused_with(&[ADA]);
    create("no address", "new.txt").refused_with(&["address"]);
    let told = create("bo@example.com", "weak.txt").refused_with(&["password"]);
    assert!(!told.err.contains("password1"), "{}", told.err);
    create("bo@example.com", "empty.txt").refused_with(&["empty"]);
    create("bo@example.com", "nowhere.txt").refused_with(&["nowhere.txt"]);
    let set = ["user", "set-password", "nobody@example.com", "--password-file", "new.txt"];
    run(&installation, &set).refused_with(&["nobody@example.com"]);
    run(&installation, &["user", "create", "bo@example.com"]).refused_with(&["--password-file"]);
}

/// TK-12 at the command line.
#[test]
fn a_rotation_keeps_old_tokens_good_and_a_compromised_key_is_withdrawn_at_once() {
    let installation = Installation::new("");
    let server = installation.serve();
    let code = party::code(&mut Visitor::new(server.port), ADA).unwrap();
    let tokens = party::exchange(server.port, &code).unwrap();
    let access = tokens.text("access_token");
    let states = |keys: &Value| -> Vec<(String, String)> {
        let text = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
        let keys = keys.as_array().unwrap().iter();
        keys.map(|key| (text(key, "state"), text(key, "kid"))).collect()
    };
    let kid = |keys: &[(String, String)], state: &str| {
        let found = keys.iter().find(|(known, _)| known == state);
        found.unwrap_or_else(|| panic!("{state}: {keys:?}")).1.clone()
    };
    let before = states(&run(&installation, &["keys", "list", "--json"]).succeeded().json());
    let current = kid(&before, "current");
    // The next key is too young for verifiers to know it.
    let told = run(&installation, &["keys", "rotate", "--json"]);
    told.refused_with(&["too recently", "Try again in"]);
    assert_eq!(party::userinfo(server.port, &access).unwrap().status, 200);

    let withdraw = ["keys", "rotate", "--compromised", &current, "--json"];
    let after = states(&run(&installation, &withdraw).succeeded().json());
    assert_eq!(kid(&after, "gone"), current);
    assert_eq!(kid(&after, "current"), kid(&before, "next"));
    assert_eq!(party::userinfo(server.port, &access).unwrap().status, 401, "it knows at once");
    // While the machine stalls, a question for the keys is answered with those last known.
    wait_until("the key is withdrawn", Duration::from_secs(30), || {
        (!server.get(JWKS).body.contains(&current)).then_some(())
    });
    let renewed = party::refresh(server.port, &tokens.text("refresh_token")).unwrap();
    let userinfo = party::userinfo(server.port, &renewed.text("access_token")).unwrap();
    assert_eq!(userinfo.status, 200);
    run(&installation, &["keys", "rotate", "--compromised", "-nonsense"])
        .refused_with(&["nonsense"]);
    server.stop();
}

#[test]
fn doctor_tells_what_is_well_what_to_know_and_what_to_mend() {
    let installation = Installation::new("");
    let status = |told: &Told, name: &str| -> String {
        let findings = told.json();
        let found = findings.as_array().unwrap().iter().find(|one| one["check"] == name);
        found.unwrap()["status"].as_str().unwrap().to_owned()
    };
    let told = run(&installation, &["doctor", "--json"]).succeeded();
    for name in ["database", "key-encryption key", "signing keys", "clock"] {
        assert_eq!(status(&told, name), "ok", "{}", told.out);
    }
    assert_eq!(status(&told, "mail"), "warning");
    let unverified = Installation::new("").with("PROTEKT_ACCOUNTS__EMAIL_VERIFICATION", "false");
    let told = run(&unverified, &["doctor", "--json"]).succeeded();
    assert_eq!(status(&told, "email verification"), "warning");

    std::fs::remove_file(installation.key_file()).unwrap();
    let told = run(&installation, &["doctor", "--json"]);
    assert_eq!((told.code, &*status(&told, "key-encryption key")), (1, "problem"));
    let told = run(&installation, &["doctor"]).refused_with(&["1 problem found"]);
    assert!(told.out.contains("backup"), "{}", told.out);
    assert!(!installation.key_file().exists(), "doctor changes nothing");
}

/// What a secret is given by can be read by every program on the machine.
#[test]
fn no_argument_of_any_command_is_a_secret() {
    let installation = Installation::empty("");
    for command in [
        &["serve"][..],
        &["dev"],
        &["migrate"],
        &["user", "create"],
        &["user", "set-password"],
        &["client", "create"],
        &["client", "update"],
        &["keys", "rotate"],
        &["doctor"],
    ] {
        let help = run(&installation, &[command, &["--help"]].concat()).succeeded().out;
        for word in ["--password ", "--secret ", "--key ", "--token ", "<PASSWORD>", "<SECRET>"] {
            assert!(!help.contains(word), "{word}: {help}");
        }
    }
}

#[test]
fn somebody_is_invited_by_command_and_told_of_it_by_mail() {
    let installation = Installation::new("");
    let server = installation.serve();
    let invite = |more: &[&str]| {
        let arguments = [&["user", "invite", "bo@example.com"], more].concat();
        run(&installation, &arguments)
    };
    let made = invite(&["--name", "Bo", "--locale", "de", "--json"]).succeeded().json();
    assert_eq!((&made["is_new"], &made["email_verified"]), (&true.into(), &false.into()), "{made}");
    let again = invite(&[]).succeeded();
    assert!(again.out.contains("invited before"), "{}", again.out);
    assert!(!again.out.contains("ptk_"), "{}", again.out);
    run(&installation, &["user", "invite", ADA]).refused_with(&[ADA, "exists already"]);
    run(&installation, &["user", "invite", "x"]).refused_with(&["address"]);
    server.stop();
}
