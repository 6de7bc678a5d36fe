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
    assert_eq!((&listed[0]["name"], &listed[1]["name"]), (&"reader".into(), &"staff".into()));
    assert_eq!(
        (&listed[0]["second_factor"], &listed[1]["holders"]),
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
    let none = machine.run(&["role", "list"]).succeeded();
    assert!(none.out.contains("No roles yet"), "{}", none.out);
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
