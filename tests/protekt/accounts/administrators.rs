//! The built-in role, and the last who has it.

use std::sync::Arc;

use protekt::accounts::operator::NewUser;
use protekt::accounts::{BlockRefusal, DeleteAccountRefusal, NewRole, RoleChange, RoleRefusal};
use protekt::domain::session::Session;

use crate::support::people::{PASSWORD, World, from, world};
use crate::support::stores::{TestStore, stores};

const ADA: &str = "ada@example.org";
const GRACE: &str = "grace@example.org";
const ACTING: &str = "SELECT COUNT(*) FROM user_roles JOIN users ON users.id = user_id
    JOIN roles ON roles.id = role_id
    WHERE roles.name = 'admin' AND blocked_at IS NULL AND deletion_due_at IS NULL";

async fn person(world: &World, email: &str) {
    let new = NewUser {
        id: None,
        email: email.to_owned(),
        username: None,
        name: None,
        password: Some(PASSWORD.into()),
        email_is_verified: true,
    };
    world.accounts.create_user(new).await.unwrap();
}

async fn promote(world: &World, email: &str) -> Result<(), RoleRefusal> {
    let admin = ["admin".to_owned()];
    world.accounts.change_roles(email, &admin, &[]).await.map(|_| ())
}

async fn demote(world: &World, email: &str) -> Result<(), RoleRefusal> {
    let admin = ["admin".to_owned()];
    world.accounts.change_roles(email, &[], &admin).await.map(|_| ())
}

/// A session in which the person has just proved who they are.
async fn session(world: &World, email: &str) -> Session {
    world.sign_in(email, PASSWORD, "192.0.2.1").await.unwrap().session
}

async fn leave(world: &World, session: &Session, email: &str) -> Result<(), DeleteAccountRefusal> {
    let requester = from("192.0.2.1");
    world.accounts.request_deletion(session, email, &requester).await.map(|_| ())
}

/// [`ADA`] and [`GRACE`], of whom Ada is the administrator.
async fn scene(test: &TestStore) -> World {
    let world = world(&test.store);
    for email in [ADA, GRACE] {
        person(&world, email).await;
    }
    promote(&world, ADA).await.unwrap();
    world
}

#[tokio::test]
async fn the_built_in_role_is_there_from_the_start_and_stays() {
    for test in stores().await {
        let world = world(&test.store);
        let role = world.accounts.role("admin").await.unwrap();
        assert_eq!((role.holders, role.permissions), (0, 0), "{}", test.engine);
        let again = NewRole { name: "admin".to_owned(), ..NewRole::default() };
        let refusal = world.accounts.create_role(again).await.unwrap_err();
        assert!(matches!(refusal, RoleRefusal::Name { .. }), "{refusal:?}");
        let refusal = world.accounts.delete_role("admin").await.unwrap_err();
        assert!(refusal.to_string().contains("Protekt's own"), "{refusal}");
        // What it asks of its holders is the operator's to say.
        let change = RoleChange { second_factor_required: Some(true), description: None };
        let role = world.accounts.update_role("admin", change).await.unwrap();
        assert!(role.second_factor_required, "{}", test.engine);
        assert_eq!(world.accounts.role("admin").await.unwrap().role, role, "{}", test.engine);
    }
}

/// Whoever may have been made by anybody runs nothing.
#[tokio::test]
async fn an_account_that_anybody_may_have_made_becomes_no_administrator() {
    for test in stores().await {
        let world = world(&test.store);
        world.sign_up_as(ADA, "192.0.2.1").await.unwrap();
        let refusal = promote(&world, ADA).await.unwrap_err();
        assert!(matches!(refusal, RoleRefusal::Unclaimed(_)), "{refusal:?} {}", test.engine);
        assert_eq!(world.count(ACTING).await, 0, "{}", test.engine);
        // Who was made by an operator, or verified the address, is somebody.
        world.unverified_person("made@example.org").await;
        promote(&world, "made@example.org").await.unwrap();
        world.person(GRACE).await;
        promote(&world, GRACE).await.unwrap();
        assert_eq!(world.count(ACTING).await, 2, "{}", test.engine);
    }
}

#[tokio::test]
async fn the_last_administrator_keeps_role_and_account_and_is_told_what_to_do() {
    for test in stores().await {
        let world = scene(&test).await;
        let ada = session(&world, ADA).await;
        let refusal = demote(&world, ADA).await.unwrap_err();
        assert!(matches!(&refusal, RoleRefusal::LastAdministrator(email) if email == ADA));
        assert!(refusal.to_string().contains("give another person the role admin first"));
        let refusal = leave(&world, &ada, ADA).await.unwrap_err();
        assert!(matches!(refusal, DeleteAccountRefusal::LastAdministrator), "{refusal:?}");
        assert!(world.accounts.is_last_administrator(&ada.user_id).await.unwrap());
        assert_eq!(world.count(ACTING).await, 1, "{}", test.engine);
        let removed = "SELECT COUNT(*) FROM audit_events
            WHERE kind IN ('role_removed', 'account_deletion_requested')";
        assert_eq!(world.count(removed).await, 0, "nothing of it was done: {}", test.engine);
        // Who is blocked or about to go could not act.
        promote(&world, GRACE).await.unwrap();
        for out in ["blocked_at = 1", "deletion_due_at = 9999999999"] {
            let of_grace = format!("WHERE email = '{GRACE}'");
            test.run(&format!("UPDATE users SET {out} {of_grace}")).await;
            let refusal = demote(&world, ADA).await.unwrap_err();
            assert!(matches!(refusal, RoleRefusal::LastAdministrator(_)), "{out} {refusal:?}");
            let refusal = leave(&world, &ada, ADA).await.unwrap_err();
            assert!(matches!(refusal, DeleteAccountRefusal::LastAdministrator), "{out}");
            // They themselves are not the last who can.
            demote(&world, GRACE).await.unwrap();
            promote(&world, GRACE).await.unwrap();
            test.run(&format!(
                "UPDATE users SET blocked_at = NULL, deletion_due_at = NULL {of_grace}"
            ))
            .await;
        }
        assert!(!world.accounts.is_last_administrator(&ada.user_id).await.unwrap());
        leave(&world, &ada, ADA).await.unwrap();
        let refusal = demote(&world, GRACE).await.unwrap_err();
        assert!(matches!(refusal, RoleRefusal::LastAdministrator(_)), "{refusal:?}");
        assert_eq!(world.count(ACTING).await, 1, "{}", test.engine);
    }
}

#[tokio::test]
async fn who_is_no_administrator_leaves_as_before() {
    for test in stores().await {
        let world = scene(&test).await;
        let grace = session(&world, GRACE).await;
        assert!(!world.accounts.is_last_administrator(&grace.user_id).await.unwrap());
        leave(&world, &grace, GRACE).await.unwrap();
        assert_eq!(world.count(ACTING).await, 1, "{}", test.engine);
    }
}

/// Eight administrators, all taken away at once, by every way there is: one stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn of_all_administrators_taken_away_at_once_one_stays() {
    for test in stores().await {
        let world = Arc::new(world(&test.store));
        let emails: Vec<String> = (0..8).map(|n| format!("admin{n}@example.org")).collect();
        for email in &emails {
            person(&world, email).await;
        }
        for round in 0..20 {
            test.run("UPDATE users SET deletion_due_at = NULL, blocked_at = NULL").await;
            let mut sessions = Vec::new();
            for email in &emails {
                promote(&world, email).await.unwrap();
                sessions.push(session(&world, email).await);
            }
            let start = Arc::new(tokio::sync::Barrier::new(emails.len()));
            let mut tasks = Vec::new();
            for (place, (email, session)) in emails.iter().zip(sessions).enumerate() {
                let (world, start, email) = (Arc::clone(&world), Arc::clone(&start), email.clone());
                tasks.push(tokio::spawn(async move {
                    start.wait().await;
                    if (place + round) % 3 == 2 {
                        match world.accounts.set_blocked(&session.user_id, true).await {
                            Ok(done) => done.is_new,
                            Err(BlockRefusal::LastAdministrator) => false,
                            Err(other) => panic!("{other:?}"),
                        }
                    } else if (place + round) % 3 == 0 {
                        match demote(&world, &email).await {
                            Ok(()) => true,
                            Err(RoleRefusal::LastAdministrator(_)) => false,
                            Err(other) => panic!("{other:?}"),
                        }
                    } else {
                        match leave(&world, &session, &email).await {
                            Ok(()) => true,
                            Err(DeleteAccountRefusal::LastAdministrator) => false,
                            Err(other) => panic!("{other:?}"),
                        }
                    }
                }));
            }
            let mut gone = 0;
            for task in tasks {
                gone += usize::from(task.await.unwrap());
            }
            assert_eq!(gone, emails.len() - 1, "{round} {}", test.engine);
            assert_eq!(world.count(ACTING).await, 1, "{round} {}", test.engine);
        }
    }
}
