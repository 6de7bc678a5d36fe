//! `protekt client`.

use super::Machine;
use crate::support::machine::Told;

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

const SECRET: &str = "kDh2mVxQ0sT9bLr4wYz7NcEa5uJg1PfH8iOq";

/// A machine with the client `notes`, and what was told of it.
fn with_notes() -> (Machine, serde_json::Value) {
    let machine = Machine::new();
    let own = [
        "--redirect-uri",
        "https://notes.example/callback",
        "--post-logout-uri",
        "https://notes.example/",
        "--owner",
        "Northwind",
        "--id",
        "notes",
        "--json",
    ];
    let made = machine.run(&[&CREATE[..], &own].concat()).succeeded().json();
    (machine, made)
}

fn listed(machine: &Machine) -> serde_json::Value {
    machine.run(&["client", "list", "--json"]).succeeded().json()
}

fn update(machine: &Machine, id: &str, arguments: &[&str]) -> Told {
    machine.run(&[&["client", "update", id], arguments].concat())
}

/// Every row of the trail about a client.
fn trail(machine: &Machine) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite:{}", machine.path("data/protekt.db").display());
        let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
        let sql = "SELECT kind FROM audit_events WHERE client_id = 'notes' ORDER BY kind";
        sqlx::query_scalar(sql).fetch_all(&pool).await.unwrap()
    })
}

#[test]
fn only_what_is_given_changes() {
    let (machine, mut expected) = with_notes();
    expected["client_secret"] = serde_json::Value::Null;
    assert_eq!(update(&machine, "notes", &["--json"]).succeeded().json(), expected);

    let lists = ["--redirect-uri", "https://a.example/1", "--redirect-uri", "https://a.example/2"];
    let other = ["--name", "Notes", "--post-logout-uri", "", "--owner", "", "--pkce", "optional"];
    let more = ["--first-party", "--auth-method", "basic", "--scope", "openid email", "--json"];
    let told = update(&machine, "notes", &[&lists[..], &other, &more].concat()).succeeded();
    let changed = expected.as_object_mut().unwrap();
    changed.insert("client_name".into(), "Notes".into());
    changed.insert(
        "redirect_uris".into(),
        serde_json::json!(["https://a.example/1", "https://a.example/2"]),
    );
    changed.insert("post_logout_redirect_uris".into(), serde_json::json!([]));
    changed.insert("owner".into(), serde_json::Value::Null);
    changed.insert("pkce_required".into(), false.into());
    changed.insert("first_party".into(), true.into());
    changed.insert("token_endpoint_auth_method".into(), "client_secret_basic".into());
    changed.insert("scope".into(), "email openid".into());
    assert_eq!(told.json(), expected);
    expected.as_object_mut().unwrap().remove("client_secret").unwrap();
    assert_eq!(listed(&machine), serde_json::json!([expected]));

    let back = ["--first-party=false", "--auth-method", "either", "--access-token-lifetime", "60"];
    let told = update(&machine, "notes", &[&back[..], &["--json"]].concat()).succeeded().json();
    assert_eq!(
        (&told["first_party"], &told["access_token_lifetime"]),
        (&serde_json::json!(false), &serde_json::json!(60))
    );
    assert!(told["token_endpoint_auth_method"].is_null(), "{told}");
    let told = update(&machine, "notes", &["--access-token-lifetime", "0", "--json"]);
    assert!(told.succeeded().json()["access_token_lifetime"].is_null());
    let kinds = trail(&machine);
    assert_eq!(kinds.first().unwrap(), "client_created");
    assert_eq!(kinds.iter().filter(|kind| *kind == "client_updated").count(), 3, "{kinds:?}");
}

#[test]
fn a_change_keeps_the_rules_of_a_registration() {
    let (machine, _) = with_notes();
    let before = listed(&machine);
    for (arguments, word) in [
        (["--redirect-uri", "javascript:alert(1)"], "javascript:alert(1)"),
        (["--redirect-uri", ""], "at least one redirect URI"),
        (["--name", " "], "the name"),
        (["--auth-method", "none"], "authenticates with its secret"),
        (["--grant-type", "password"], "password"),
        (["--logo-uri", "http://notes.example/x"], "the logo"),
        (["--access-token-lifetime", "59"], "60 to 86400"),
        (["--scope", "open\"id"], "--scope"),
    ] {
        update(&machine, "notes", &arguments).refused_with(&[word]);
    }
    update(&machine, "nobody", &["--name", "X"]).refused_with(&["nobody", "client list"]);
    assert_eq!(listed(&machine), before);
    assert_eq!(trail(&machine), ["client_created"]);
}

#[test]
fn a_new_secret_is_told_once_and_only_to_who_can_keep_one() {
    let (machine, made) = with_notes();
    let told = update(&machine, "notes", &["--new-secret", "--json"]).succeeded().json();
    let secret = told["client_secret"].as_str().unwrap();
    assert!(secret.starts_with("ptk_cs_") && made["client_secret"] != secret);
    let told = update(&machine, "notes", &["--new-secret"]).succeeded();
    assert!(told.out.contains("ptk_cs_") && told.out.contains("Keep the secret"), "{}", told.out);
    let own = ["client", "update", "notes", "--secret-file", "-", "--json"];
    let told = machine.run_with_input(&own, SECRET).succeeded();
    assert!(!told.out.contains(SECRET) && told.json()["client_secret"].is_null());
    machine.run_with_input(&own, "changeme").refused_with(&["too easy to guess"]);

    let spa = ["client", "create", "Board", "--kind", "spa", "--id", "board", "--redirect-uri"];
    machine.run(&[&spa[..], &["https://board.example/cb"]].concat()).succeeded();
    update(&machine, "board", &["--new-secret"]).refused_with(&["keeps no secret"]);
}

#[test]
fn the_origins_of_a_single_page_app_follow_its_redirect_uris_unless_they_were_given() {
    let machine = Machine::new();
    let spa = ["client", "create", "Board", "--kind", "spa", "--id", "board", "--redirect-uri"];
    machine.run(&[&spa[..], &["https://board.example/cb"]].concat()).succeeded();
    let origins = |arguments: &[&str]| {
        let told = update(&machine, "board", &[arguments, &["--json"]].concat()).succeeded();
        told.json()["web_origins"].clone()
    };
    let moved = origins(&["--redirect-uri", "https://new.example/cb"]);
    assert_eq!(moved, serde_json::json!(["https://new.example"]));
    let given = ["--web-origin", "https://own.example"];
    assert_eq!(origins(&given), serde_json::json!(["https://own.example"]));
    let moved = origins(&["--redirect-uri", "https://third.example/cb"]);
    assert_eq!(moved, serde_json::json!(["https://own.example"]));
    assert_eq!(origins(&["--web-origin", ""]), serde_json::json!(["https://third.example"]));
}

#[test]
fn a_client_is_deleted_once_somebody_said_yes() {
    let (machine, _) = with_notes();
    let delete = ["client", "delete", "notes"];
    machine.run(&delete).refused_with(&["Nothing was deleted", "--yes"]);
    let told = machine.run_with_input(&delete, "y\n").refused_with(&["Nothing was deleted"]);
    assert!(told.out.contains("Northwind Notes (notes)"), "{}", told.out);
    assert_eq!(listed(&machine).as_array().unwrap().len(), 1);
    machine.run_with_input(&delete, "yes\n").succeeded();
    assert_eq!(listed(&machine), serde_json::json!([]));
    machine.run(&[&delete[..], &["--yes"]].concat()).refused_with(&["notes", "client list"]);
    assert_eq!(trail(&machine), ["client_created", "client_deleted"]);

    let again = ["--redirect-uri", "https://a.example/cb", "--id", "notes"];
    machine.run(&[&CREATE[..], &again].concat()).succeeded();
    machine.run(&[&delete[..], &["--yes"]].concat()).succeeded();
}

#[test]
fn the_authentication_api_is_switched_on_for_apps_of_ones_own_alone() {
    let (machine, made) = with_notes();
    assert_eq!(made["authentication_api"], false);
    let on = ["--authentication-api", "on", "--json"];
    update(&machine, "notes", &on).refused_with(&["first-party"]);
    let ours = [&on[..], &["--first-party"]].concat();
    assert_eq!(update(&machine, "notes", &ours).succeeded().json()["authentication_api"], true);
    // An app that stops being one's own has to lose it first.
    update(&machine, "notes", &["--first-party=false"]).refused_with(&["first-party"]);
    let off = ["--authentication-api", "off", "--first-party=false", "--json"];
    assert_eq!(update(&machine, "notes", &off).succeeded().json()["authentication_api"], false);
    let create = ["client", "create", "Desk", "--kind", "native", "--first-party"];
    let desk = [&create[..], &["--authentication-api", "on", "--id", "desk"]].concat();
    machine.run(&desk).succeeded();
    // It had no address to begin with, and needs none now.
    let off = ["--authentication-api", "off", "--json"];
    assert_eq!(update(&machine, "desk", &off).succeeded().json()["authentication_api"], false);
    machine.run(&create).refused_with(&["redirect URI"]);
}
