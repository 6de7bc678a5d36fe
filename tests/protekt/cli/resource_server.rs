//! `protekt resource-server`, and `protekt client grant` and its neighbours.

use super::Machine;

const ORDERS: &str = "https://orders.example";

fn with_api() -> Machine {
    let machine = Machine::new();
    let create = [
        "resource-server",
        "create",
        ORDERS,
        "--name",
        "Orders",
        "--scope",
        "read=See your orders",
        "--changing-scope",
        "write=Place orders for you",
    ];
    let made = machine.run(&create).succeeded();
    assert!(made.out.contains("Registered the API Orders."), "{}", made.out);
    machine
}

#[test]
fn an_api_is_registered_listed_changed_and_deleted() {
    let machine = with_api();
    let listed = machine.run(&["resource-server", "list", "--json"]).succeeded().json();
    assert_eq!(listed[0]["identifier"], ORDERS);
    assert_eq!(listed[0]["scopes"][0]["description"], "See your orders");
    assert_eq!(
        (&listed[0]["scopes"][0]["changes"], &listed[0]["scopes"][1]["changes"]),
        (&false.into(), &true.into())
    );
    let again = ["resource-server", "create", ORDERS, "--name", "X"];
    machine.run(&again).refused_with(&["already an API", ORDERS]);
    let client = ["client", "create", "Orders API", "--kind", "machine", "--id", "orders-api"];
    machine.run(&client).succeeded();
    let change =
        |more: &[&str]| machine.run(&[&["resource-server", "update", ORDERS][..], more].concat());
    let all = [
        "--name",
        "Orders 2",
        "--scope",
        "bills=See your bills",
        "--remove-scope",
        "write",
        "--access-token-lifetime",
        "600",
        "--introspector",
        "orders-api",
        "--json",
    ];
    let changed = change(&all).succeeded().json();
    assert_eq!(
        (&changed["name"], &changed["access_token_lifetime"]),
        (&"Orders 2".into(), &600.into())
    );
    assert_eq!(changed["scopes"][1]["value"], "bills");
    assert_eq!(changed["introspectors"], serde_json::json!(["orders-api"]));
    let reset =
        change(&["--access-token-lifetime", "0", "--remove-introspector", "orders-api", "--json"]);
    let reset = reset.succeeded().json();
    assert_eq!(
        (&reset["access_token_lifetime"], &reset["introspectors"]),
        (&serde_json::Value::Null, &serde_json::json!([]))
    );
    let table = machine.run(&["resource-server", "list"]).succeeded().out;
    assert!(table.contains("IDENTIFIER") && table.contains("read bills"), "{table}");
    let asked = machine.run_with_input(&["resource-server", "delete", ORDERS], "no\n");
    assert!(asked.out.contains("every grant for it"), "{}", asked.out);
    asked.refused_with(&["Nothing was deleted"]);
    machine.run(&["resource-server", "delete", ORDERS, "--yes"]).succeeded();
    machine.run(&["resource-server", "delete", ORDERS, "--yes"]).refused_with(&["there is no API"]);
    let none = machine.run(&["resource-server", "list"]).succeeded();
    assert!(none.out.contains("No APIs yet"), "{}", none.out);
    let trail = machine.run(&["audit", "list"]).succeeded().out;
    for kind in ["resource_server_created", "resource_server_updated", "resource_server_deleted"] {
        assert!(trail.contains(kind), "{kind}: {trail}");
    }
    machine.run(&["audit", "verify"]).succeeded();
}

#[test]
fn what_an_api_cannot_have_is_refused_in_words() {
    let machine = with_api();
    let spa = [
        "client",
        "create",
        "Page",
        "--kind",
        "spa",
        "--id",
        "page",
        "--redirect-uri",
        "https://page.example/cb",
    ];
    machine.run(&spa).succeeded();
    let change =
        |more: &[&str]| machine.run(&[&["resource-server", "update", ORDERS][..], more].concat());
    for (more, says) in [
        (&["--scope", "openid=x"][..], "Protekt's own"),
        (&["--remove-scope", "none"], "no scope none"),
        (&["--introspector", "page"], "has no secret"),
        (&["--introspector", "nobody"], "no client with the id nobody"),
        (&["--remove-introspector", "page"], "does not ask"),
        (&["--access-token-lifetime", "5"], "between 1 minute and 24 hours"),
    ] {
        change(more).refused_with(&[says]);
    }
    for bad in ["orders", "http://localhost:5500/api/v2/"] {
        let create = ["resource-server", "create", bad, "--name", "X"];
        let told = machine.run(&create);
        assert_eq!(told.code, 1, "{bad}: {}{}", told.out, told.err);
    }
}

#[test]
fn what_a_client_may_ask_is_granted_listed_and_taken_away() {
    let machine = with_api();
    machine
        .run(&["client", "create", "Billing", "--kind", "machine", "--id", "billing"])
        .succeeded();
    assert!(machine.run(&["client", "grants"]).succeeded().out.contains("Nothing was granted"));
    let grant = |more: &[&str]| {
        machine.run(&[&["client", "grant", "billing", "--audience", ORDERS][..], more].concat())
    };
    let told = grant(&["--scope", "read"]).succeeded();
    assert_eq!(told.out, format!("billing may ask {ORDERS} for: read.\n"));
    assert!(grant(&[]).succeeded().out.contains("for: read write."));
    grant(&["--scope", "none"]).refused_with(&["no scope none"]);
    grant(&["--for", "people"]).refused_with(&["authorization_code"]);
    let listed = machine.run(&["client", "grants", "billing", "--json"]).succeeded().json();
    assert_eq!(listed[0]["scope"], "read write");
    assert_eq!(
        (&listed[0]["audience"], &listed[0]["subject_type"]),
        (&ORDERS.into(), &"client".into())
    );
    let table = machine.run(&["client", "grants"]).succeeded().out;
    assert!(table.contains("itself") && table.contains(ORDERS), "{table}");
    machine.run(&["client", "grants", "nobody"]).refused_with(&["no client with the id nobody"]);
    let ungrant = ["client", "ungrant", "billing", "--audience", ORDERS];
    machine.run(&ungrant).succeeded();
    machine.run(&ungrant).refused_with(&["was granted nothing there"]);
    let trail = machine.run(&["audit", "list"]).succeeded().out;
    for kind in ["client_grant_set", "client_grant_removed"] {
        assert!(trail.contains(kind), "{kind}: {trail}");
    }
}
