//! `protekt user recoveries` and `protekt user recover`.

use super::Machine;

#[test]
fn nobody_asks_and_nothing_can_be_decided() {
    let machine = Machine::new();
    let create = ["user", "create", "ada@example.com", "--password-file", "-"];
    machine.run_with_input(&create, "juniper-lantern-41").succeeded();
    let told = machine.run(&["user", "recoveries"]).succeeded().out;
    assert!(told.contains("Nobody asks"), "{told}");
    let json = machine.run(&["user", "recoveries", "--json"]).succeeded().json();
    assert_eq!(json, serde_json::json!([]));
    machine
        .run(&["user", "recover", "ada@example.com", "--approve"])
        .refused_with(&["has not asked for a way back", "ada@example.com"]);
    machine.run(&["user", "recover", "none@example.com", "--refuse"]).refused_with(&["no account"]);
    for wrong in [
        &["user", "recover", "ada@example.com"][..],
        &["user", "recover", "ada@example.com", "--approve", "--refuse"],
        &["user", "recover", "--approve"],
    ] {
        assert_eq!(machine.run(wrong).code, 2, "{wrong:?}");
    }
}
