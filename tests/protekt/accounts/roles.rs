//! What an operator does with roles.

use protekt::accounts::operator::NewUser;
use protekt::accounts::{NewRole, RoleChange, RoleRefusal};

use crate::support::people::{World, world};
use crate::support::stores::stores;

const ADA: &str = "ada@example.org";

fn staff() -> NewRole {
    NewRole {
        name: "staff".to_owned(),
        description: "Works here".to_owned(),
        second_factor_required: true,
    }
}

fn named(name: &str) -> NewRole {
    NewRole { name: name.to_owned(), ..NewRole::default() }
}

async fn ada(world: &World) {
    let new = NewUser {
        id: None,
        email: ADA.to_owned(),
        username: None,
        name: None,
        password: None,
        email_is_verified: true,
    };
    world.accounts.create_user(new).await.unwrap();
}

fn list(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

async fn events(world: &World, kind: &str) -> i64 {
    world.count(&format!("SELECT COUNT(*) FROM audit_events WHERE kind = '{kind}'")).await
}

#[tokio::test]
async fn what_is_no_role_is_refused_with_the_reason() {
    for test in stores().await {
        let world = world(&test.store);
        world.accounts.create_role(staff()).await.unwrap();
        let long = NewRole { description: "e".repeat(201), ..named("x") };
        for (new, says) in [
            (staff(), "there is a role staff already"),
            (named("Staff"), "a-z, 0-9"),
            (named(""), "a-z, 0-9"),
            (named("a\0"), "a-z, 0-9"),
            (named("admin"), "choose another one"),
            (long, "at most 200 characters"),
        ] {
            let refusal = world.accounts.create_role(new).await.unwrap_err().to_string();
            assert!(refusal.contains(says), "{} {refusal}", test.engine);
        }
        for name in ["none", "a\0", "Staff"] {
            let update = world.accounts.update_role(name, RoleChange::default()).await;
            assert!(matches!(update, Err(RoleRefusal::Unknown(_))), "{update:?}");
            let delete = world.accounts.delete_role(name).await;
            assert!(matches!(delete, Err(RoleRefusal::Unknown(_))), "{delete:?}");
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM roles").await, 2, "{}", test.engine);
        assert_eq!(world.count("SELECT COUNT(*) FROM audit_events").await, 1, "{}", test.engine);
    }
}

#[tokio::test]
async fn roles_of_a_person_change_all_together_or_not_at_all() {
    for test in stores().await {
        let world = world(&test.store);
        ada(&world).await;
        for new in [staff(), named("reader"), named("billing")] {
            world.accounts.create_role(new).await.unwrap();
        }
        let (both, none) = (list(&["reader", "staff"]), list(&[]));
        let held = world.accounts.change_roles(ADA, &both, &none).await.unwrap();
        assert_eq!(held.roles.len(), 2, "{}", test.engine);
        // Once more, and what they do not have: nothing happens, and nothing is written down.
        let billing = list(&["billing"]);
        world.accounts.change_roles(ADA, &both, &billing).await.unwrap();
        assert_eq!(events(&world, "role_assigned").await, 2, "{}", test.engine);
        assert_eq!(events(&world, "role_removed").await, 0, "{}", test.engine);
        let unknown = list(&["billing", "none"]);
        let refusal = world.accounts.change_roles(ADA, &unknown, &both).await.unwrap_err();
        assert!(matches!(&refusal, RoleRefusal::Unknown(name) if name == "none"), "{refusal:?}");
        let refusal = world.accounts.change_roles(ADA, &both, &both).await.unwrap_err();
        assert!(matches!(refusal, RoleRefusal::BothWays(_)), "{refusal:?}");
        let refusal = world.accounts.change_roles("nobody", &both, &none).await.unwrap_err();
        assert!(matches!(refusal, RoleRefusal::NoSuchUser(_)), "{refusal:?}");
        let held = world.accounts.roles_of(ADA).await.unwrap();
        assert_eq!(held.roles.len(), 2, "{} nothing of it was done", test.engine);
        let held = world.accounts.change_roles(ADA, &billing, &both).await.unwrap();
        let names: Vec<&str> = held.roles.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(names, ["billing"], "{}", test.engine);
        assert_eq!(events(&world, "role_removed").await, 2, "{}", test.engine);
    }
}

#[tokio::test]
async fn every_change_of_a_role_is_in_the_trail_with_its_name() {
    for test in stores().await {
        let world = world(&test.store);
        ada(&world).await;
        let role = world.accounts.create_role(staff()).await.unwrap();
        let change = RoleChange { second_factor_required: Some(false), description: None };
        let changed = world.accounts.update_role("staff", change).await.unwrap();
        assert_eq!((changed.id, changed.description.as_str()), (role.id, "Works here"));
        let (add, none) = (list(&["staff"]), list(&[]));
        world.accounts.change_roles(ADA, &add, &none).await.unwrap();
        let (_, holders) = world.accounts.delete_role("staff").await.unwrap();
        assert_eq!(holders, 1, "{}", test.engine);
        for kind in ["role_created", "role_updated", "role_assigned", "role_deleted"] {
            let named = format!(
                "SELECT COUNT(*) FROM audit_events
                 WHERE kind = '{kind}' AND detail LIKE '%\"role\":\"staff\"%'"
            );
            assert_eq!(world.count(&named).await, 1, "{kind} {}", test.engine);
        }
        let of_ada = "SELECT COUNT(*) FROM audit_events JOIN users ON users.id = user_id
                      WHERE kind = 'role_assigned'";
        assert_eq!(world.count(of_ada).await, 1, "{}", test.engine);
        assert_eq!(world.accounts.roles_of(ADA).await.unwrap().roles, [], "{}", test.engine);
    }
}

/// A role that is deleted while it is given: nobody keeps it, and nothing breaks.
#[tokio::test]
async fn giving_and_deleting_a_role_at_once_leaves_nothing_behind() {
    for test in stores().await {
        let world = world(&test.store);
        ada(&world).await;
        for round in 0..20 {
            world.accounts.create_role(staff()).await.unwrap();
            let (add, none) = (list(&["staff"]), list(&[]));
            let give = world.accounts.change_roles(ADA, &add, &none);
            let (given, deleted) = tokio::join!(give, world.accounts.delete_role("staff"));
            deleted.unwrap();
            let is_fine = matches!(given, Ok(_) | Err(RoleRefusal::Unknown(_)));
            assert!(is_fine, "{} {round} {given:?}", test.engine);
            assert_eq!(world.count("SELECT COUNT(*) FROM user_roles").await, 0, "{round}");
        }
    }
}
