//! What waits for somebody else who is at the same address or account, and what it finds after that.

use std::pin::pin;
use std::time::Duration;

use protekt::accounts::import::{ImportLine, ImportOutcome};
use protekt::accounts::{
    AskForRecovery, ForgottenPassword, Giver, RecoverySettings, VerificationRefusal,
};
use protekt::clock::{Clock as _, Timestamp};
use protekt::domain::UserId;
use protekt::domain::email_address::EmailAddress;
use protekt::domain::imported_person::ImportedPerson;
use protekt::domain::profile::UncheckedProfile;
use protekt::domain::user::User;
use protekt::oauth::clients::register;
use protekt::store::users::{self, NewAccount};
use protekt::store::{
    Tx, browser_accounts, consents, email_verifications, sessions, turns, unverified_users,
};

use crate::support::app::{ISSUER, web_client};
use crate::support::people::{PASSWORD, World, browser, from, settings, world, world_with};
use crate::support::stores::{TestStore, stores};

const ADA: &str = "ada@example.org";
const GRACE: &str = "grace@example.org";
const NOBODY: &str = "nobody@example.org";
/// Long enough for anything that waits for nobody.
const MOMENT: Duration = Duration::from_millis(400);

/// Runs `work` while the unit of work is open: it waits until that ends.
async fn after<T>(tx: Tx, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let early = tokio::time::timeout(MOMENT, &mut work).await;
    assert!(early.is_err(), "it waited for nobody");
    tx.commit().await.unwrap();
    work.await
}

async fn holding_turn(test: &TestStore, address: &str) -> Tx {
    let mut tx = test.store.begin().await.unwrap();
    turns::take(&mut tx, &format!("address {address}")).await.unwrap();
    tx
}

/// Somebody signs up with the address of [`ADA`], who did not verify it.
async fn taken_over(tx: &mut Tx, now: Timestamp) -> User {
    let email = ADA.parse().unwrap();
    let found = users::find_credentials(tx, ADA).await.unwrap().unwrap();
    let later = NewAccount {
        id: None,
        self_registered: true,
        email: &email,
        email_is_verified: false,
        username: None,
        name: Some("Later"),
        password_hash: found.password_hash.as_ref(),
        locale: None,
    };
    unverified_users::take_over(tx, &later, now).await.unwrap().unwrap()
}

fn person_of(line: &str) -> ImportedPerson {
    ImportLine::parse(line.as_bytes(), Timestamp(2_000_000_000)).unwrap().person
}

fn of_operator(email: &EmailAddress) -> NewAccount<'_> {
    NewAccount {
        id: None,
        self_registered: false,
        email,
        email_is_verified: true,
        username: None,
        name: None,
        password_hash: None,
        locale: None,
    }
}

async fn id_of(world: &World, email: &str) -> UserId {
    let credentials = world.sign_in(email, PASSWORD, "192.0.2.1").await.unwrap();
    credentials.user.id
}

/// EN-05: else they would wait where the address is registered, and only there.
#[tokio::test]
async fn who_asks_for_a_link_waits_for_others_at_the_address_registered_or_not() {
    for test in stores().await {
        let recovery = Some(RecoverySettings { text: None, contact: None, delay: 0 });
        let world =
            world_with(&test.store, protekt::accounts::AccountSettings { recovery, ..settings() });
        world.person(ADA).await;
        for address in [ADA, NOBODY] {
            let form = ForgottenPassword {
                email: address.to_owned(),
                browser_digest: browser("first"),
                request_handle: None,
                locale: "en".to_owned(),
                locale_was_asked_for: false,
            };
            let ip = from("192.0.2.7");
            let asked = world.accounts.forgot_password(form, &ip);
            after(holding_turn(&test, address).await, asked).await.unwrap();
            let form = AskForRecovery {
                email: address.to_owned(),
                browser_digest: browser("first"),
                locale: "en".to_owned(),
            };
            let asked = world.accounts.ask_for_recovery(form, &ip);
            after(holding_turn(&test, address).await, asked).await.unwrap();
        }
    }
}

/// EN-06: nor does somebody who is signed in learn whether another has the address.
#[tokio::test]
async fn who_wants_another_address_waits_for_others_at_it_registered_or_not() {
    for test in stores().await {
        let world = world(&test.store);
        for person in [ADA, GRACE] {
            world.person(person).await;
        }
        let session = world.sign_in(ADA, PASSWORD, "192.0.2.1").await.unwrap().session;
        for address in [GRACE, NOBODY] {
            let ip = from("192.0.2.7");
            let asked = world.accounts.begin_email_change(&session, address, "en", &ip);
            after(holding_turn(&test, address).await, asked).await.unwrap();
        }
    }
}

/// "This was not me" of an earlier mail takes nothing from whoever signed up since.
#[tokio::test]
async fn not_me_of_an_earlier_sign_up_leaves_the_later_one() {
    for test in stores().await {
        let world = world(&test.store);
        world.sign_up_as(ADA, "192.0.2.1").await.unwrap();
        let link = world.mail().await.pop().unwrap().link;
        let mut tx = holding_turn(&test, ADA).await;
        let ip = from("192.0.2.7");
        let mut told = pin!(world.accounts.not_me(&link, &ip));
        assert!(tokio::time::timeout(MOMENT, &mut told).await.is_err(), "it waited for nobody");
        // Somebody else signs up with the address meanwhile.
        let later = taken_over(&mut tx, world.clock.now()).await;
        email_verifications::supersede_all_of(&mut tx, &later.id, world.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let refusal = told.await.unwrap_err();
        assert!(matches!(refusal, VerificationRefusal::Superseded), "{} {refusal:?}", test.engine);
        let left = "SELECT COUNT(*) FROM users WHERE name = 'Later'";
        assert_eq!(world.count(left).await, 1, "{}", test.engine);
    }
}

/// An account that is taken over at this moment is not cleared away with the sign-up before.
#[tokio::test]
async fn what_is_cleared_away_is_not_what_somebody_takes_over() {
    for test in stores().await {
        let world = world(&test.store);
        world.sign_up_as(ADA, "192.0.2.1").await.unwrap();
        world.clock.advance(2 * 86_400);
        let now = world.clock.now();
        let mut tx = test.store.begin().await.unwrap();
        taken_over(&mut tx, now).await;
        let purge = async {
            let mut tx = test.store.begin().await.unwrap();
            let removed = unverified_users::purge_abandoned(&mut tx, 10, now).await.unwrap();
            tx.commit().await.unwrap();
            removed
        };
        assert_eq!(after(tx, purge).await, 0, "{}", test.engine);
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 1, "{}", test.engine);
    }
}

/// RC-04: naming an account that this browser does not offer holds nobody up.
#[tokio::test]
async fn who_forgets_an_account_that_is_not_listed_touches_nothing() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        let id = id_of(&world, ADA).await;
        let stranger = browser("stranger");
        if test.engine == "PostgreSQL" {
            let mut tx = test.store.begin().await.unwrap();
            unverified_users::hold(&mut tx, Some(&id)).await.unwrap();
            let forgotten = world.accounts.forget_account_of_browser((&stranger, None), &id);
            tokio::time::timeout(Duration::from_secs(20), forgotten).await.unwrap().unwrap();
            tx.commit().await.unwrap();
        }
        let mut tx = test.store.begin().await.unwrap();
        browser_accounts::remember(&mut tx, &browser("own"), &id, world.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let listed = "SELECT COUNT(*) FROM browser_accounts";
        world.accounts.forget_account_of_browser((&stranger, None), &id).await.unwrap();
        assert_eq!(world.count(listed).await, 1, "{}", test.engine);
        world.accounts.forget_account_of_browser((&browser("own"), None), &id).await.unwrap();
        assert_eq!(world.count(listed).await, 0, "{}", test.engine);
    }
}

/// Whoever was signed out while the form was on its way changes nothing with it.
#[tokio::test]
async fn a_session_that_ended_changes_nothing_any_more() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        let other = world.sign_in(ADA, PASSWORD, "192.0.2.2").await.unwrap().session;
        let first = world.sign_in(ADA, PASSWORD, "192.0.2.1").await.unwrap();
        let (session, user, ip) = (first.session, first.user, from("192.0.2.1"));
        world.accounts.begin_email_change(&session, GRACE, "en", &ip).await.unwrap();
        let typed =
            UncheckedProfile { nickname: "Countess".to_owned(), ..UncheckedProfile::of(&user) };
        let updates = "SELECT COUNT(*) FROM audit_events WHERE kind = 'profile_updated'";
        let waiting = "SELECT COUNT(*) FROM email_changes";
        world.accounts.sign_out(&session, &ip).await.unwrap();
        world.accounts.cancel_email_change(&session).await.unwrap_err();
        world.accounts.remove_picture(&session, &ip).await.unwrap_err();
        world.accounts.update_profile((&user, &session), &typed, &ip).await.unwrap_err();
        world.accounts.rename_passkey(&session, "any", "name").await.unwrap_err();
        world.accounts.forget_trusted_browsers(&session, &ip).await.unwrap_err();
        world.accounts.end_session(&session, &other.sid, &ip).await.unwrap_err();
        let app = "notes".into();
        let new = web_client("notes", "https://notes.example");
        register(&test.store, new, ISSUER, (Giver::Operator, world.clock.now())).await.unwrap();
        let mut tx = test.store.begin().await.unwrap();
        let of = (&user.id, &app);
        let scopes = "openid".parse().unwrap();
        consents::give(&mut tx, of, &scopes, None, world.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        world.accounts.remove_access(&session, &app, &ip).await.unwrap_err();
        assert_eq!(world.count(waiting).await, 1, "{}", test.engine);
        assert_eq!(world.count(updates).await, 0, "{}", test.engine);
        let session = world.sign_in(ADA, PASSWORD, "192.0.2.1").await.unwrap().session;
        world.accounts.cancel_email_change(&session).await.unwrap();
        world.accounts.remove_picture(&session, &ip).await.unwrap();
        world.accounts.update_profile((&user, &session), &typed, &ip).await.unwrap();
        let ended = world.accounts.end_session(&session, &other.sid, &ip).await.unwrap();
        assert!(ended, "{}", test.engine);
        let removed = world.accounts.remove_access(&session, &app, &ip).await.unwrap();
        assert!(removed, "{}", test.engine);
        assert_eq!(world.count(waiting).await, 0, "{}", test.engine);
        assert_eq!(world.count(updates).await, 2, "{}", test.engine);
    }
}

/// An import and somebody else at two of its addresses, in the other order: PostgreSQL ends one of them,
/// and the import begins its batch again.
#[tokio::test]
async fn an_import_that_postgresql_ended_begins_again() {
    for test in stores().await {
        let world = world(&test.store);
        let lines = [ADA, GRACE].map(|email| format!(r#"{{"email":"{email}"}}"#));
        let people: Vec<_> = lines.iter().map(|line| person_of(line)).collect();
        let mut tx = test.store.begin().await.unwrap();
        let now = world.clock.now();
        users::insert(&mut tx, &of_operator(&GRACE.parse().unwrap()), now).await.unwrap().unwrap();
        let other = async {
            tokio::time::sleep(MOMENT).await;
            let ada = ADA.parse().unwrap();
            users::insert(&mut tx, &of_operator(&ada), now).await.unwrap().unwrap();
            tx.commit().await.unwrap();
        };
        let (imported, ()) = tokio::join!(world.accounts.import(&people), other);
        let unchanged = vec![ImportOutcome::Unchanged; 2];
        assert_eq!(imported.unwrap(), unchanged, "{}", test.engine);
        let told = "SELECT COUNT(*) FROM audit_events WHERE kind = 'user_imported'";
        assert_eq!(world.count(told).await, 0, "{}: nothing is told twice", test.engine);
    }
}

/// RT-09: whoever has a copy of the cookie and the old password proves nothing in a session that its owner
/// takes along into a new generation at that moment.
#[tokio::test]
async fn an_old_password_proves_nothing_while_it_is_changed() {
    for test in stores().await {
        let world = world(&test.store);
        world.person(ADA).await;
        for way in ["proof", "sign-in"] {
            let session = world.sign_in(ADA, PASSWORD, "192.0.2.1").await.unwrap().session;
            let now = world.clock.now();
            let mut tx = test.store.begin().await.unwrap();
            let found = users::find_credentials(&mut tx, ADA).await.unwrap().unwrap();
            let change = (found.user.generation, &found.password_hash.unwrap());
            let user = users::change_password(&mut tx, &found.user.id, change, now).await.unwrap();
            let generation = user.unwrap().generation;
            sessions::follow(&mut tx, &session, generation, now).await.unwrap();
            let (password, own, ip) = (PASSWORD.into(), browser("first"), from("192.0.2.1"));
            let refusal = if way == "proof" {
                let proof = world.accounts.prove_by_password(&session, (&password, None), &ip);
                after(tx, proof).await.err()
            } else {
                let accounts = &world.accounts;
                let proof = accounts.reauthenticate(&session, (&password, None), (&own, None), &ip);
                after(tx, proof).await.err()
            };
            assert!(refusal.is_some(), "{} {way}", test.engine);
            let proofs = "SELECT COUNT(*) FROM sessions WHERE proved_at > created_at";
            assert_eq!(world.count(proofs).await, 0, "{} {way}", test.engine);
        }
    }
}
