//! Roles, and who has them.

use protekt::clock::Timestamp;
use protekt::domain::role::Role;
use protekt::domain::{RoleId, UserId};
use protekt::store::{Store, Tx, roles, users};

use crate::support::stores::{TestStore, stores};

const NOW: Timestamp = Timestamp(1_800_000_000);

fn role(id: &str, name: &str, second_factor_required: bool) -> Role {
    Role {
        id: RoleId::from(id),
        name: name.to_owned(),
        description: "Works here".to_owned(),
        second_factor_required,
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn person(tx: &mut Tx, email: &str) -> UserId {
    let email = email.parse().unwrap();
    let new = users::NewAccount {
        id: None,
        self_registered: false,
        email: &email,
        email_is_verified: true,
        username: None,
        name: None,
        password_hash: None,
        locale: None,
    };
    users::insert(tx, &new, NOW).await.unwrap().unwrap().id
}

/// Ada and Grace, and the roles `staff` (which asks for a second factor) and `reader`.
async fn scene(store: &Store) -> (UserId, UserId) {
    let mut tx = store.begin().await.unwrap();
    assert!(roles::insert(&mut tx, &role("01B", "staff", true)).await.unwrap());
    assert!(roles::insert(&mut tx, &role("01A", "reader", false)).await.unwrap());
    let people = (person(&mut tx, "ada@example.com").await, person(&mut tx, "g@example.com").await);
    tx.commit().await.unwrap();
    people
}

#[tokio::test]
async fn a_role_is_found_as_it_was_made_and_its_name_is_taken_once() {
    for TestStore { store, engine, .. } in stores().await {
        scene(&store).await;
        let mut tx = store.begin().await.unwrap();
        assert!(!roles::insert(&mut tx, &role("01C", "staff", false)).await.unwrap(), "{engine}");
        let found = roles::find(&mut tx, "staff").await.unwrap().unwrap();
        assert_eq!((found.role, found.holders), (role("01B", "staff", true), 0), "{engine}");
        assert_eq!(roles::find(&mut tx, "Staff").await.unwrap(), None, "{engine}");
        let names = |page: Vec<roles::HeldRole>| {
            page.into_iter().map(|held| held.role.name).collect::<Vec<_>>()
        };
        let first = roles::list(&mut tx, None, 1).await.unwrap();
        let rest = roles::list(&mut tx, Some(&first[0].role.id), 9).await.unwrap();
        assert_eq!(names(first), ["reader"], "{engine}");
        assert_eq!(names(rest), ["staff", "admin"], "{engine}");
    }
}

#[tokio::test]
async fn only_what_is_given_of_a_role_changes() {
    for TestStore { store, engine, .. } in stores().await {
        scene(&store).await;
        let mut tx = store.begin().await.unwrap();
        let (staff, later) = (RoleId::from("01B"), NOW.plus(5));
        let changed = roles::update(&mut tx, &staff, (Some(""), None), later).await.unwrap();
        let changed = changed.unwrap();
        assert_eq!((changed.description.as_str(), changed.second_factor_required), ("", true));
        assert_eq!((changed.created_at, changed.updated_at), (NOW, later), "{engine}");
        let changed = roles::update(&mut tx, &staff, (None, Some(false)), later).await.unwrap();
        assert!(!changed.unwrap().second_factor_required, "{engine}");
        let none = roles::update(&mut tx, &"none".into(), (Some("x"), None), later).await.unwrap();
        assert_eq!(none, None, "{engine}");
    }
}

#[tokio::test]
async fn a_role_is_given_and_taken_once_and_only_its_holders_are_asked_for_more() {
    for TestStore { store, engine, .. } in stores().await {
        let (ada, grace) = scene(&store).await;
        let (staff, reader) = (RoleId::from("01B"), RoleId::from("01A"));
        let mut tx = store.begin().await.unwrap();
        assert!(!roles::require_second_factor(&mut tx, &ada).await.unwrap(), "{engine}");
        assert!(roles::assign(&mut tx, &ada, &reader, NOW).await.unwrap(), "{engine}");
        assert!(!roles::require_second_factor(&mut tx, &ada).await.unwrap(), "{engine}");
        assert!(roles::assign(&mut tx, &ada, &staff, NOW.plus(1)).await.unwrap(), "{engine}");
        assert!(!roles::assign(&mut tx, &ada, &staff, NOW.plus(2)).await.unwrap(), "{engine}");
        assert!(roles::require_second_factor(&mut tx, &ada).await.unwrap(), "{engine}");
        assert!(!roles::require_second_factor(&mut tx, &grace).await.unwrap(), "{engine}");
        let held = roles::of_user(&mut tx, &ada).await.unwrap();
        let held: Vec<&str> = held.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(held, ["reader", "staff"], "{engine}");
        assert_eq!(roles::count_holders(&mut tx, &staff).await.unwrap(), 1, "{engine}");
        assert!(roles::remove(&mut tx, &ada, &staff).await.unwrap(), "{engine}");
        assert!(!roles::remove(&mut tx, &ada, &staff).await.unwrap(), "{engine}");
        assert!(!roles::remove(&mut tx, &grace, &reader).await.unwrap(), "{engine}");
        assert!(!roles::require_second_factor(&mut tx, &ada).await.unwrap(), "{engine}");
    }
}

#[tokio::test]
async fn a_deleted_role_or_person_leaves_nobody_with_it() {
    for test in stores().await {
        let (ada, grace) = scene(&test.store).await;
        let staff = RoleId::from("01B");
        let mut tx = test.store.begin().await.unwrap();
        for user in [&ada, &grace] {
            roles::assign(&mut tx, user, &staff, NOW).await.unwrap();
        }
        tx.commit().await.unwrap();
        test.run(&format!("DELETE FROM users WHERE id = '{}'", grace.as_str())).await;
        let mut tx = test.store.begin().await.unwrap();
        assert_eq!(roles::count_holders(&mut tx, &staff).await.unwrap(), 1, "{}", test.engine);
        assert!(roles::delete(&mut tx, &staff).await.unwrap(), "{}", test.engine);
        assert!(!roles::delete(&mut tx, &staff).await.unwrap(), "{}", test.engine);
        assert_eq!(roles::of_user(&mut tx, &ada).await.unwrap(), [], "{}", test.engine);
        assert_eq!(roles::count_holders(&mut tx, &staff).await.unwrap(), 0, "{}", test.engine);
    }
}
