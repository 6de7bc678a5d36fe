//! `protekt client`.

use super::Machine;

const CREATE: [&str; 5] = ["client", "create", "Northwind Notes", "--kind", "web"];

#[test]
fn a_registered_client_is_listed_with_all_it_has_but_its_secret() {
    let machine = Machine::new();
    let own = [
        "--redirect-uri",
        "https://notes.example/callback",
        "--redirect-uri",
        "https://notes.example/other",
        "--post-logout-uri",
        "https://notes.example/",
        "--web-origin",
        "https://notes.example",
        "--auth-method",
        "client_secret_post",
        "--pkce",
        "optional",
        "--scope",
        "openid email",
        "--scope",
        "read:notes",
        "--first-party",
        "--owner",
        "Northwind",
        "--logo-uri",
        "https://notes.example/logo.svg",
        "--policy-uri",
        "https://notes.example/privacy",
        "--terms-uri",
        "https://notes.example/terms",
        "--default-audience",
        "https://api.notes.example/",
        "--grant-type",
        "authorization_code",
        "--trusts-logout-by-client-id",
        "--id",
        "notes",
        "--json",
    ];
    let mut made = machine.run(&[&CREATE[..], &own].concat()).succeeded().json();
    let secret = made.as_object_mut().unwrap().remove("client_secret").unwrap();
    assert!(secret.as_str().unwrap().starts_with("ptk_cs_"));
    assert_eq!(made["client_id"], "notes");
    assert_eq!(made["token_endpoint_auth_method"], "client_secret_post");
    assert_eq!(made["pkce_required"], false);
    assert_eq!(made["scope"], "email openid read:notes");

    let listed = machine.run(&["client", "list", "--json"]).succeeded();
    assert_eq!(listed.json(), serde_json::json!([made]));
    assert!(!listed.out.contains("secret\""), "{}", listed.out);
    assert!(machine.run(&["client", "list"]).succeeded().out.contains("Northwind Notes"));
}

/// A program finds every field of an app and of a person, whether it has a value or not.
#[test]
fn what_is_absent_is_null_in_every_list() {
    let machine = Machine::new();
    let uri = ["--redirect-uri", "https://a.example/cb", "--id", "notes"];
    machine.run(&[&CREATE[..], &uri].concat()).succeeded();
    let create = ["user", "create", "ada@example.com", "--password-file", "-"];
    machine.run_with_input(&create, "juniper-lantern-41").succeeded();
    for (list, absent) in [
        ("client", &["owner", "default_audience", "logo_uri", "access_token_lifetime"][..]),
        ("user", &["username", "name"]),
    ] {
        let listed = machine.run(&[list, "list", "--json"]).succeeded().json();
        for field in absent {
            assert_eq!(listed[0].get(field), Some(&serde_json::Value::Null), "{list} {field}");
        }
        assert_eq!(listed[0].get("client_secret"), None);
    }
}

#[test]
fn a_taken_id_is_told() {
    let machine = Machine::new();
    let arguments = ["--redirect-uri", "https://a.example/cb", "--id", "notes"];
    machine.run(&[&CREATE[..], &arguments].concat()).succeeded();
    machine.run(&[&CREATE[..], &arguments].concat()).refused_with(&["notes", "another id"]);
}

#[test]
fn a_secret_of_ones_own_comes_from_a_file_and_is_not_told_again() {
    let machine = Machine::new();
    let own = "kDh2mVxQ0sT9bLr4wYz7NcEa5uJg1PfH8iOq";
    machine.write("secret.txt", &format!("{own}\n"));
    for (id, file) in [("a", "secret.txt"), ("b", "-")] {
        let arguments =
            ["--redirect-uri", "https://a.example/cb", "--id", id, "--secret-file", file, "--json"];
        let told = machine.run_with_input(&[&CREATE[..], &arguments].concat(), own).succeeded();
        assert!(!told.out.contains(own), "{}", told.out);
        assert_eq!(told.json().get("client_secret"), Some(&serde_json::Value::Null));
    }
    let arguments = ["--redirect-uri", "https://a.example/cb", "--secret-file", "-"];
    let told = machine.run_with_input(&[&CREATE[..], &arguments].concat(), "changeme\n");
    let told = told.refused_with(&["too easy to guess"]);
    assert!(!told.err.contains("changeme"));
}

/// AZ-09, RG-01.
#[test]
fn an_evil_redirect_uri_is_refused_by_name() {
    let machine = Machine::new();
    for uri in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example",
        "/cb",
        "blob:https://a.example/1",
        "https://a.example/#x",
        "https://*.example/",
        "https://u:p@a.example/",
        "http://a.example/",
    ] {
        machine.run(&[&CREATE[..], &["--redirect-uri", uri]].concat()).refused_with(&[uri]);
        let good = ["--redirect-uri", "https://a.example/", "--post-logout-uri", uri];
        machine.run(&[&CREATE[..], &good].concat()).refused_with(&[uri]);
    }
    machine.run(&["migrate"]).succeeded();
    assert_eq!(
        machine.run(&["client", "list", "--json"]).succeeded().json(),
        serde_json::json!([])
    );
}
