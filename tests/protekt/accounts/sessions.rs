//! How long a session lives, and what ends it.

use protekt::accounts::{SignInRefusal, SignedIn};
use protekt::clock::Clock as _;
use protekt::domain::session::{Proof, Session};
use protekt::domain::{SessionId, TokenDigest};
use protekt::store::sessions;
use protekt::store::users;

use crate::support::people::{PASSWORD, World, browser, from, world};
use crate::support::stores::stores;

async fn signed_in(world: &World) -> (SignedIn, TokenDigest) {
    let signed_in = world.sign_in("ada@example.org", PASSWORD, "192.0.2.1").await.unwrap();
    let cookie = browser(signed_in.session.sid.as_str());
    let mut tx = world.accounts.store.begin().await.unwrap();
    assert!(sessions::attach(&mut tx, &signed_in.session, &cookie).await.unwrap());
    tx.commit().await.unwrap();
    (signed_in, cookie)
}

fn of(signed_in: &SignedIn) -> (&SessionId, i64) {
    (&signed_in.session.sid, signed_in.session.generation)
}

async fn load(world: &World, cookie: &TokenDigest) -> Option<Session> {
    let mut tx = world.accounts.store.read().await.unwrap();
    sessions::load(&mut tx, cookie, world.clock.now()).await.unwrap()
}

/// LO-07
#[tokio::test]
async fn a_session_ends_when_idle_and_in_any_case_after_its_absolute_limit() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        let (idle, cookie) = signed_in(&world).await;
        assert_eq!(load(&world, &cookie).await.unwrap(), idle.session, "{}", test.engine);
        world.clock.advance(86_399);
        assert!(load(&world, &cookie).await.is_some(), "{}", test.engine);
        world.clock.advance(1);
        assert!(load(&world, &cookie).await.is_none(), "{}: idle", test.engine);

        let (busy, cookie) = signed_in(&world).await;
        for hour in 1..=7 * 24 {
            world.clock.advance(3_600);
            assert_eq!(load(&world, &cookie).await.is_some(), hour < 7 * 24, "{hour}");
            let mut tx = test.store.begin().await.unwrap();
            let idle = world.clock.now().plus(86_400);
            sessions::touch(&mut tx, &busy.session.sid, idle, world.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}

/// CS-05, CS-08
#[tokio::test]
async fn a_new_cookie_kills_the_old_and_signing_out_kills_both() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        let (begun, old) = signed_in(&world).await;
        let new = browser("new cookie");
        let mut tx = test.store.begin().await.unwrap();
        sessions::detach(&mut tx, &old).await.unwrap();
        sessions::attach(&mut tx, &begun.session, &new).await.unwrap();
        tx.commit().await.unwrap();
        assert!(load(&world, &old).await.is_none(), "{}", test.engine);
        assert!(load(&world, &new).await.is_some(), "{}", test.engine);
        world.accounts.sign_out(&begun.session, &from("192.0.2.1")).await.unwrap();
        assert!(load(&world, &new).await.is_none(), "{}", test.engine);
        let mut tx = test.store.begin().await.unwrap();
        assert!(!sessions::attach(&mut tx, &begun.session, &new).await.unwrap());
        drop(tx);
        let signed_out = "SELECT COUNT(*) FROM audit_events WHERE kind = 'signed_out'";
        assert_eq!(world.count(signed_out).await, 1);
    }
}

/// RT-09: whoever proved something before the owner took the session along, and is answered after that,
/// has no cookie of it, and leaves the owner's alone.
#[tokio::test]
async fn a_cookie_of_an_earlier_generation_is_never_attached() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        let (begun, _) = signed_in(&world).await;
        let (owner, thief) = (browser("owner"), browser("thief"));
        let mut tx = test.store.begin().await.unwrap();
        let (id, before) = (&begun.user.id, begun.session.generation);
        let now = world.clock.now();
        let raised = users::raise_generation(&mut tx, id, before).await.unwrap().unwrap();
        let followed =
            sessions::follow(&mut tx, &begun.session, raised, now).await.unwrap().unwrap();
        let attached = sessions::attach(&mut tx, &followed, &owner).await;
        assert!(attached.unwrap(), "{}", test.engine);
        let attached = sessions::attach(&mut tx, &begun.session, &thief).await;
        assert!(!attached.unwrap(), "{}", test.engine);
        let proof = Proof::password();
        let old = of(&begun);
        assert!(sessions::prove(&mut tx, old, None, now).await.unwrap().is_none());
        assert!(sessions::step_up(&mut tx, old, (&proof, None), now).await.unwrap().is_none());
        assert!(
            sessions::reauthenticate(&mut tx, old, (&proof, None), now).await.unwrap().is_none()
        );
        tx.commit().await.unwrap();
        assert!(load(&world, &thief).await.is_none(), "{}", test.engine);
        assert!(load(&world, &owner).await.is_some(), "{}", test.engine);
    }
}

/// CS-10 RT-09: from the moment of a proof the cookie of before is worth nothing, and so is whatever was begun
/// with it: no answer that comes late carries the session, takes it along, or ends it.
#[tokio::test]
async fn a_proof_takes_the_cookie_of_before_from_the_session() {
    for test in stores().await {
        for kind in ["proof", "second factor", "sign-in"] {
            let world = world(&test.store);
            change(&test.store, "DELETE FROM users").await;
            world.person("ada@example.org").await;
            let (begun, cookie) = signed_in(&world).await;
            let (now, of, proof) = (world.clock.now(), of(&begun), Proof::password());
            let mut tx = test.store.begin().await.unwrap();
            let proven = match kind {
                "proof" => sessions::prove(&mut tx, of, None, now).await,
                "second factor" => sessions::step_up(&mut tx, of, (&proof, None), now).await,
                _ => sessions::reauthenticate(&mut tx, of, (&proof, None), now).await,
            };
            let proven = proven.unwrap().unwrap();
            tx.commit().await.unwrap();
            assert!(load(&world, &cookie).await.is_none(), "{kind} {}", test.engine);
            let (before, ip) = (&begun.session, from("192.0.2.1"));
            let mut tx = test.store.begin().await.unwrap();
            let thief = browser("thief");
            assert!(!sessions::attach(&mut tx, before, &thief).await.unwrap(), "{kind}");
            assert!(!sessions::hold(&mut tx, before).await.unwrap(), "{kind} {}", test.engine);
            let followed = sessions::follow(&mut tx, before, before.generation, now).await;
            assert!(followed.unwrap().is_none(), "{kind} {}", test.engine);
            drop(tx);
            assert!(!world.accounts.sign_out(before, &ip).await.unwrap(), "{kind}");
            let thrown = world.accounts.end_other_sessions(before, (&thief, &ip)).await;
            assert!(thrown.is_err(), "{kind} {}", test.engine);
            let mut tx = test.store.begin().await.unwrap();
            assert!(sessions::attach(&mut tx, &proven, &browser("owner")).await.unwrap(), "{kind}");
            tx.commit().await.unwrap();
            assert!(load(&world, &browser("owner")).await.is_some(), "{kind} {}", test.engine);
        }
    }
}

#[tokio::test]
async fn a_block_ends_a_session_at_once_and_no_other_begins() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        let (begun, cookie) = signed_in(&world).await;
        change(&test.store, "UPDATE users SET blocked_at = 1").await;
        assert!(load(&world, &cookie).await.is_none(), "{}", test.engine);
        let blocked = world.sign_in("ada@example.org", PASSWORD, "192.0.2.1").await;
        assert!(matches!(blocked, Err(SignInRefusal::WrongCredentials { .. })), "{}", test.engine);
        let trail = "SELECT COUNT(*) FROM audit_events WHERE outcome = 'failure'";
        assert_eq!(world.count(trail).await, 1, "{}", test.engine);
        let ip = from("::1");
        let again = world
            .accounts
            .reauthenticate(
                &begun.session,
                (&PASSWORD.into(), None),
                (&browser("first"), None),
                &ip,
            )
            .await;
        assert!(matches!(again, Err(SignInRefusal::SessionIsOver)), "{}", test.engine);
    }
}

#[tokio::test]
async fn a_raised_generation_ends_a_session_at_once() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        let (begun, cookie) = signed_in(&world).await;
        change(&test.store, "UPDATE users SET generation = generation + 1").await;
        assert!(load(&world, &cookie).await.is_none(), "{}", test.engine);
        let ip = from("192.0.2.1");
        world
            .accounts
            .reauthenticate(
                &begun.session,
                (&PASSWORD.into(), None),
                (&browser("first"), None),
                &ip,
            )
            .await
            .unwrap_err();
        let id = &begun.user.id;
        let mut tx = test.store.read().await.unwrap();
        let listed = sessions::list_of_user(&mut tx, id, world.clock.now()).await.unwrap();
        assert_eq!(listed, [], "{}", test.engine);
    }
}

/// LO-08
#[tokio::test]
async fn other_sessions_can_be_ended_and_this_one_stays() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        let (begun, mine) = signed_in(&world).await;
        let (_, other) = signed_in(&world).await;
        let mut tx = test.store.begin().await.unwrap();
        let id = &begun.user.id;
        let listed = sessions::list_of_user(&mut tx, id, world.clock.now()).await.unwrap();
        assert_eq!(listed.len(), 3, "{}: the one of the verification too", test.engine);
        assert_eq!(listed[0].ip.as_deref(), Some("192.0.2.1"));
        assert_eq!(sessions::end_others(&mut tx, id, Some(&begun.session.sid)).await.unwrap(), 2);
        tx.commit().await.unwrap();
        assert!(load(&world, &mine).await.is_some(), "{}", test.engine);
        assert!(load(&world, &other).await.is_none(), "{}", test.engine);
    }
}

#[tokio::test]
async fn proving_again_who_one_is_moves_the_time_of_authentication() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        let (begun, _) = signed_in(&world).await;
        let auth_time = async || {
            let mut tx = test.store.read().await.unwrap();
            sessions::find(&mut tx, &begun.session.sid).await.unwrap().unwrap().auth_time
        };
        world.clock.advance(600);
        let ip = from("192.0.2.1");
        let wrong = world
            .accounts
            .reauthenticate(&begun.session, (&"wrong".into(), None), (&browser("first"), None), &ip)
            .await;
        assert!(matches!(wrong, Err(SignInRefusal::WrongCredentials { .. })), "{}", test.engine);
        assert_eq!(auth_time().await, begun.session.auth_time);
        let right = world
            .accounts
            .reauthenticate(
                &begun.session,
                (&PASSWORD.into(), None),
                (&browser("first"), None),
                &ip,
            )
            .await;
        assert_eq!(right.unwrap().signed_in().unwrap().session.sid, begun.session.sid);
        assert_eq!(auth_time().await.since(begun.session.auth_time), 600, "{}", test.engine);
    }
}

#[tokio::test]
async fn ended_sessions_are_purged_and_living_ones_are_not() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        world.clock.advance(86_400);
        let (_, cookie) = signed_in(&world).await;
        let mut tx = test.store.begin().await.unwrap();
        let purged = sessions::purge(&mut tx, 10, world.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(purged, 1, "{}", test.engine);
        assert!(load(&world, &cookie).await.is_some());
    }
}

/// Whoever knows a password fills no table with sessions; the ones unused for longest end.
#[tokio::test]
async fn an_account_has_a_hundred_sessions() {
    for test in stores().await {
        let world = world(&test.store);
        world.person("ada@example.org").await;
        let mut cookies = Vec::new();
        for _ in 0..103 {
            world.clock.advance(1);
            cookies.push(signed_in(&world).await.1);
        }
        let rows = world.count("SELECT COUNT(*) FROM sessions").await;
        assert_eq!(rows, 100, "{}", test.engine);
        let mut ended = 0;
        for cookie in &cookies {
            ended += usize::from(load(&world, cookie).await.is_none());
        }
        assert_eq!(ended, 3, "{}", test.engine);
        assert!(load(&world, &cookies[102]).await.is_some(), "{}", test.engine);
    }
}

async fn change(store: &protekt::store::Store, sql: &'static str) {
    match store {
        protekt::store::Store::Sqlite { writer, .. } => {
            sqlx::query(sql).execute(writer).await.unwrap();
        }
        protekt::store::Store::Postgres { pool, .. } => {
            sqlx::query(sql).execute(pool).await.unwrap();
        }
    }
}
