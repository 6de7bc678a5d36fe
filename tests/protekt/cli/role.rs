//! `protekt role` and `protekt user roles`.

use super::Machine;
use crate::support::machine::Told;

const STAFF: [&str; 7] =
    ["role", "create", "staff", "--description", "Works here", "--second-factor", "required"];

fn with_ada() -> Machine {
    let machine = Machine::new();
    let create = ["user", "create", "ada@example.com", "--password-file", "-"];
    machine.run_with_input(&create, "juniper-lantern-41").succeeded();
    machine
}

#[test]
fn a_role_is_made_listed_changed_and_deleted() {
    let machine = with_ada();
    let made = machine.run(&[&STAFF[..], &["--json"]].concat()).succeeded().json();
    assert_eq!(made["second_factor"], "required");
    machine.run(&STAFF).refused_with(&["there is a role staff already"]);
    let plain = machine.run(&["role", "create", "reader"]).succeeded();
    assert!(plain.out.contains("Made the role reader."), "{}", plain.out);
    let listed = machine.run(&["role", "list", "--json"]).succeeded().json();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|role| &role["name"]).collect();
    assert_eq!(names, ["admin", "reader", "staff"]);
    assert_eq!(
        (&listed[1]["second_factor"], &listed[2]["holders"]),
        (&"optional".into(), &0.into())
    );
    let table = machine.run(&["role", "list"]).succeeded().out;
    assert!(table.contains("SECOND FACTOR") && table.contains("Works here"), "{table}");

    let update = ["role", "update", "staff", "--second-factor", "optional", "--json"];
    let changed = machine.run(&update).succeeded().json();
    assert_eq!((&changed["second_factor"], &changed["id"]), (&"optional".into(), &made["id"]));
    assert_eq!(changed["description"], "Works here");
    machine.run(&["role", "update", "none"]).refused_with(&["\"none\"", "protekt role list"]);

    machine.run(&["user", "roles", "ada@example.com", "--add", "staff"]).succeeded();
    let asked = machine.run_with_input(&["role", "delete", "staff"], "no\n");
    assert!(asked.out.contains("One person has it"), "{}", asked.out);
    asked.refused_with(&["Nothing was deleted"]);
    machine.run_with_input(&["role", "delete", "staff"], "yes\n").succeeded();
    let told = machine.run(&["role", "delete", "reader", "--yes"]).succeeded();
    assert!(told.out.contains("Deleted the role reader."), "{}", told.out);
    let left = machine.run(&["role", "list", "--json"]).succeeded().json();
    assert_eq!((left.as_array().unwrap().len(), &left[0]["name"]), (1, &"admin".into()));
}

#[test]
fn what_a_role_and_a_person_may_do_is_shown_given_and_taken() {
    let machine = with_ada();
    machine.run(&STAFF).succeeded();
    let orders = "https://orders.example.com";
    let create = ["resource-server", "create", orders, "--name", "Orders", "--scope", "read=See"];
    let api = machine.run(&[&create[..], &["--scope", "write=Do", "--json"]].concat());
    assert_eq!(api.succeeded().json()["permissions"], "optional");
    let update = ["resource-server", "update", orders, "--permissions", "required", "--json"];
    assert_eq!(machine.run(&update).succeeded().json()["permissions"], "required");
    let unchanged = machine.run(&["resource-server", "update", orders, "--name", "Orders"]);
    assert!(unchanged.succeeded().out.contains("required"), "what is not named stays");
    let of = |words: &[&str], more: &[&str]| -> Told { machine.run(&[words, more].concat()) };
    let (staff, ada) =
        (["role", "permissions", "staff"], ["user", "permissions", "ada@example.com"]);
    assert!(of(&staff, &[]).succeeded().out.contains("staff has no permissions."));
    assert!(of(&ada, &[]).succeeded().out.contains("ada@example.com has no permissions."));
    let given = of(&staff, &["--audience", orders, "--add", "write", "read"]).succeeded();
    assert!(given.out.contains("PERMISSION") && given.out.contains("write"), "{}", given.out);
    machine.run(&["user", "roles", "ada@example.com", "--add", "staff"]).succeeded();
    let own = of(&ada, &["--audience", orders, "--add", "read"]).succeeded();
    assert!(own.out.contains("their own") && own.out.contains("staff"), "{}", own.out);
    let held = of(&ada, &["--json"]).succeeded().json();
    let held: Vec<_> = held["permissions"].as_array().unwrap().iter().collect();
    assert_eq!(held.len(), 3, "{held:?}");
    assert_eq!(
        (&held[0]["audience"], &held[0]["permission"], &held[0]["role"]),
        (&orders.into(), &"read".into(), &serde_json::Value::Null)
    );
    let listed = machine.run(&["role", "list", "--json"]).succeeded().json();
    assert_eq!(listed[1]["permissions"], 2, "{listed}");
    let taken = of(&staff, &["--audience", orders, "--remove", "read", "--json"]).succeeded();
    assert_eq!(taken.json()["permissions"][0]["permission"], "write");
    of(&staff, &["--audience", orders, "--add", "none"]).refused_with(&["no scope \"none\""]);
    of(&staff, &["--audience", "urn:x", "--add", "read"]).refused_with(&["no API", "urn:x"]);
    assert_eq!(of(&staff, &["--add", "read"]).code, 2, "at which API?");
    let trail = machine.run(&["audit", "list"]).succeeded().out;
    for kind in ["role_permission_added", "role_permission_removed", "user_permission_added"] {
        assert!(trail.contains(kind), "{kind}: {trail}");
    }
}

#[test]
fn roles_are_put_in_the_place_of_no_other_claim() {
    let machine = with_ada();
    for (bad, shown) in
        [("sub", "\"sub\""), ("permissions", "\"permissions\""), ("my roles", "\"my roles\"")]
    {
        machine.write("protekt.toml", &format!("[tokens]\nroles_claim = \"{bad}\"\n"));
        let words = ["tokens.roles_claim", shown, "another claim"];
        machine.run(&["role", "list"]).refused_with(&words);
        let doctor = machine.run(&["doctor"]);
        assert_eq!(doctor.code, 1, "{}", doctor.out);
        assert!(doctor.out.contains("tokens.roles_claim"), "{}", doctor.out);
    }
    for good in ["https://example.com/roles", ""] {
        machine.write("protekt.toml", &format!("[tokens]\nroles_claim = \"{good}\"\n"));
        machine.run(&["role", "list"]).succeeded();
    }
}

#[test]
fn the_first_administrator_is_made_by_command_and_the_last_stays() {
    let machine = with_ada();
    let roles =
        |more: &[&str]| machine.run(&[&["user", "roles", "ada@example.com"][..], more].concat());
    assert!(roles(&["--add", "admin"]).succeeded().out.contains("admin"));
    roles(&["--remove", "admin"])
        .refused_with(&["ada@example.com is the last administrator", "--add admin"]);
    for more in [&["--yes"][..], &[]] {
        let told = machine.run(&[&["role", "delete", "admin"], more].concat());
        let told = told.refused_with(&["Protekt's own"]);
        assert!(!told.out.contains("Type yes"), "{}", told.out);
    }
    let create = ["user", "create", "grace@example.com", "--password-file", "-"];
    machine.run_with_input(&create, "juniper-lantern-41").succeeded();
    machine.run(&["user", "roles", "grace@example.com", "--add", "admin"]).succeeded();
    assert!(roles(&["--remove", "admin"]).succeeded().out.contains("has no roles"));
}

#[test]
fn a_name_that_cannot_be_is_refused_in_words() {
    let machine = with_ada();
    for name in ["Staff", "a b", "", "admin"] {
        machine.run(&["role", "create", name]).refused_with(&["role"]);
    }
    let wrong = machine.run(&["role", "create", "staff", "--second-factor", "off"]);
    assert_eq!(wrong.code, 2, "{}", wrong.err);
}

#[test]
fn roles_of_a_person_are_shown_given_and_taken() {
    let machine = with_ada();
    machine.run(&STAFF).succeeded();
    machine.run(&["role", "create", "reader"]).succeeded();
    let of_ada = |more: &[&str]| -> Told {
        machine.run(&[&["user", "roles", "ada@example.com"][..], more].concat())
    };
    assert!(of_ada(&[]).succeeded().out.contains("ada@example.com has no roles."));
    let both = of_ada(&["--add", "staff", "reader"]).succeeded();
    assert!(both.out.contains("reader") && both.out.contains("staff"), "{}", both.out);
    let one = of_ada(&["--remove", "reader", "--json"]).succeeded().json();
    assert_eq!((&one["email"], &one["roles"]), (&"ada@example.com".into(), &["staff"][..].into()));
    of_ada(&["--add", "none"]).refused_with(&["there is no role \"none\""]);
    of_ada(&["--add", "reader", "--remove", "reader"]).refused_with(&["both added and removed"]);
    machine
        .run(&["user", "roles", "eve@example.com", "--add", "staff"])
        .refused_with(&["there is no account", "eve@example.com"]);
    let trail = machine.run(&["audit", "list"]).succeeded().out;
    for kind in ["role_created", "role_assigned", "role_removed"] {
        assert!(trail.contains(kind), "{kind}: {trail}");
    }
}

#[test]
fn somebody_is_kept_out_and_let_in_again() {
    let machine = with_ada();
    let ada = "ada@example.com";
    for (command, first, again) in [
        ("block", "is blocked. Every session and token has ended.", "was blocked already"),
        ("unblock", "may sign in again.", "was not blocked, so nothing was changed"),
    ] {
        for text in [first, again] {
            let told = machine.run(&["user", command, ada]).succeeded();
            assert!(told.out.contains(text), "{command}: {}", told.out);
        }
        machine.run(&["user", command, "nobody@example.com"]).refused_with(&["no account"]);
    }
    machine.run(&["user", "roles", ada, "--add", "admin"]).succeeded();
    machine.run(&["user", "block", ada]).refused_with(&["last administrator", "--add admin"]);
}
