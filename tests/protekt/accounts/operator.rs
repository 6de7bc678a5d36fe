//! What an operator does with accounts.

use protekt::accounts::operator::{NewUser, OperatorRefusal};
use protekt::accounts::{PasswordProblem, SignInRefusal};
use protekt::clock::Clock as _;
use protekt::store::sessions;

use crate::support::people::{PASSWORD, browser, world};
use crate::support::stores::stores;

fn ada() -> NewUser {
    NewUser {
        id: None,
        email: "ada@example.org".to_owned(),
        username: Some("Countess".to_owned()),
        name: Some("Ada".to_owned()),
        password: Some(PASSWORD.into()),
        email_is_verified: true,
    }
}

#[tokio::test]
async fn an_account_made_by_an_operator_signs_in_by_either_name() {
    for test in stores().await {
        let world = world(&test.store);
        world.accounts.create_user(ada()).await.unwrap();
        for login in ["ada@example.org", "countess"] {
            world.sign_in(login, PASSWORD, "192.0.2.1").await.unwrap();
        }
        let none = NewUser {
            email: "bea@example.org".to_owned(),
            username: None,
            password: None,
            ..ada()
        };
        world.accounts.create_user(none).await.unwrap();
        world.sign_in("bea@example.org", "", "192.0.2.1").await.unwrap_err();
        let page = world.accounts.list_users(None, 1).await.unwrap();
        let rest = world.accounts.list_users(Some(&page[0].id), 9).await.unwrap();
        let mut all: Vec<_> = page.into_iter().chain(rest).map(|user| user.email).collect();
        all.sort();
        assert_eq!(all, ["ada@example.org", "bea@example.org"], "{}", test.engine);
    }
}

#[tokio::test]
async fn what_cannot_be_made_is_refused_with_the_reason() {
    for test in stores().await {
        let world = world(&test.store);
        world.accounts.create_user(ada()).await.unwrap();
        let other = || NewUser { email: "bea@example.org".to_owned(), ..ada() };
        for (new, says) in [
            (ada(), "address ada@example.org exists"),
            (other(), "username Countess exists"),
            (NewUser { email: "bea".to_owned(), ..ada() }, "not an e-mail address"),
            (NewUser { username: Some("a@b.example".to_owned()), ..other() }, "none of them an @"),
            (NewUser { name: Some("A\0".to_owned()), ..other() }, "hides text"),
            (NewUser { password: Some("secret".into()), ..other() }, "at least 8 characters"),
        ] {
            let refusal = world.accounts.create_user(new).await.unwrap_err().to_string();
            assert!(refusal.contains(says), "{}: {refusal}", test.engine);
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 1);
    }
}

#[tokio::test]
async fn a_new_password_ends_every_session() {
    for test in stores().await {
        let world = world(&test.store);
        let user = world.accounts.create_user(ada()).await.unwrap();
        let begun = world.sign_in("countess", PASSWORD, "192.0.2.1").await.unwrap();
        let cookie = browser("cookie");
        let mut tx = test.store.begin().await.unwrap();
        sessions::attach(&mut tx, &begun.session, &cookie).await.unwrap();
        tx.commit().await.unwrap();

        let short = world.accounts.set_password("countess", &"secret".into()).await.unwrap_err();
        assert!(matches!(short, OperatorRefusal::Password(PasswordProblem::TooShort { least: 8 })));
        let changed = world.accounts.set_password("Countess", &"another good one 7".into()).await;
        assert_eq!(changed.unwrap().generation, user.generation + 1, "{}", test.engine);
        let mut tx = test.store.begin().await.unwrap();
        let loaded = sessions::load(&mut tx, &cookie, world.clock.now()).await.unwrap();
        drop(tx);
        assert_eq!(loaded, None, "{}", test.engine);
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 0);
        world.sign_in("countess", PASSWORD, "192.0.2.1").await.unwrap_err();
        world.sign_in("countess", "another good one 7", "192.0.2.1").await.unwrap();
        let nobody = world.accounts.set_password("nobody", &PASSWORD.into()).await.unwrap_err();
        assert!(matches!(nobody, OperatorRefusal::NoSuchUser(_)), "{nobody:?}");
    }
}

/// What a stranger began with an address keeps nobody from having it.
#[tokio::test]
async fn an_operator_gives_an_address_to_its_owner_whatever_a_stranger_began() {
    for test in stores().await {
        let world = world(&test.store);
        world.sign_up_as("ada@example.org", "198.51.100.1").await.unwrap();
        world.accounts.create_user(ada()).await.unwrap();
        world.sign_in("countess", PASSWORD, "192.0.2.1").await.unwrap();
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 1, "{}", test.engine);

        world.sign_up_as("grace@example.org", "198.51.100.1").await.unwrap();
        let given = "another good one 7";
        world.accounts.set_password("grace@example.org", &given.into()).await.unwrap();
        let refusal = world.sign_in("grace@example.org", given, "192.0.2.1").await.unwrap_err();
        assert!(matches!(refusal, SignInRefusal::EmailNotVerified { .. }), "{refusal:?}");
        // A later sign-up does not take over what the operator vouched for.
        world.sign_up_as("grace@example.org", "198.51.100.1").await.unwrap();
        let refusal = world.sign_in("grace@example.org", given, "192.0.2.1").await.unwrap_err();
        assert!(matches!(refusal, SignInRefusal::EmailNotVerified { .. }), "{}", test.engine);
    }
}
