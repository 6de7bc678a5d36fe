//! `protekt user require-new-password`.

use super::Machine;

fn with_people() -> Machine {
    let machine = Machine::new();
    for email in ["ada@example.com", "bea@example.com"] {
        let create = ["user", "create", email, "--password-file", "-"];
        machine.run_with_input(&create, "juniper-lantern-41").succeeded();
    }
    machine
}

fn asked(machine: &Machine) -> Vec<bool> {
    let listed = machine.run(&["user", "list", "--json"]).succeeded().json();
    let people = listed.as_array().unwrap().iter();
    people.map(|person| person["new_password_required"].as_bool().unwrap()).collect()
}

#[test]
fn somebody_is_asked_for_a_new_password_and_no_longer() {
    let machine = with_people();
    let require = ["user", "require-new-password", "ada@example.com"];
    let told = machine.run(&require).succeeded().out;
    assert!(told.contains("has to choose a new password at the next sign-in"), "{told}");
    assert!(!told.contains("has ended"), "{told}");
    assert_eq!(asked(&machine), [true, false]);
    let told = machine.run(&[&require[..], &["--sign-out"]].concat()).succeeded().out;
    assert!(told.contains("was asked for a new password already"), "{told}");
    assert!(told.contains("Every session and token of the account has ended"), "{told}");
    let json = machine.run(&[&require[..], &["--undo", "--json"]].concat()).succeeded().json();
    assert_eq!(
        (&json["new_password_required"], &json["changed"]),
        (&false.into(), &true.into()),
        "{json}"
    );
    assert_eq!(asked(&machine), [false, false]);
    let told = machine.run(&[&require[..], &["--undo"]].concat()).succeeded().out;
    assert!(told.contains("No new password was asked of ada@example.com"), "{told}");
    machine
        .run(&["user", "require-new-password", "none@example.com"])
        .refused_with(&["no account", "none@example.com"]);
}

#[test]
fn everybody_is_asked_only_where_that_is_meant() {
    let machine = with_people();
    let all = ["user", "require-new-password", "--all"];
    let told = machine.run_with_input(&all, "no\n");
    assert!(told.out.contains("2 accounts"), "{}", told.out);
    told.refused_with(&["Nobody was asked for a new password"]);
    assert_eq!(asked(&machine), [false, false]);
    let told = machine.run_with_input(&all, "yes\n").succeeded().out;
    assert!(told.contains("Asked 2 of 2 accounts"), "{told}");
    assert_eq!(asked(&machine), [true, true]);
    let json = machine.run(&[&all[..], &["--sign-out", "--yes", "--json"]].concat());
    let json = json.succeeded().json();
    assert_eq!((&json["accounts"], &json["newly_asked"]), (&2.into(), &0.into()), "{json}");
    assert_eq!((&json["chose_since"], &json["signed_out"]), (&0.into(), &true.into()), "{json}");
    for wrong in [
        &["user", "require-new-password"][..],
        &[&all[..], &["ada@example.com"]].concat(),
        &[&all[..], &["--undo"]].concat(),
        &["user", "require-new-password", "ada@example.com", "--yes"],
        &["user", "require-new-password", "ada@example.com", "--again"],
        &["user", "require-new-password", "ada@example.com", "--undo", "--sign-out"],
    ] {
        assert_eq!(machine.run(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn who_chose_since_is_counted_and_asked_again_only_where_that_is_meant() {
    let machine = with_people();
    let all = ["user", "require-new-password", "--all", "--yes"];
    machine.run(&all).succeeded();
    // A second has to pass: what is set in the same one may be older.
    std::thread::park_timeout(std::time::Duration::from_millis(1_100));
    let set = ["user", "set-password", "ada@example.com", "--password-file", "-"];
    machine.run_with_input(&set, "walnut-harbour-97").succeeded();
    assert_eq!(asked(&machine), [false, true]);
    let told = machine.run(&all).succeeded().out;
    assert!(told.contains("Asked 0 of 2 accounts"), "{told}");
    assert!(told.contains("when everybody was first asked: 1. To ask"), "{told}");
    assert_eq!(asked(&machine), [false, true]);
    let told = machine.run(&[&all[..], &["--again"]].concat()).succeeded().out;
    assert!(told.contains("Asked 1 of 2 accounts"), "{told}");
    assert!(!told.contains("was set after"), "{told}");
    assert_eq!(asked(&machine), [true, true]);
}
