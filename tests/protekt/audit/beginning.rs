//! How a trail begins, and how one of an earlier version is taken over.

use protekt::audit::verify::verify;
use protekt::audit::{Flaw, Sealer, TrailError};
use protekt::keys::{InstallationKeyError, KeyEncryptionKey, KeySource, KeyState, Purpose};
use protekt::store::audit_events;
use protekt::store::installation::{KEY_CHECK, remember};

use super::{NOW, Trail, sign_in};
use crate::support::stores::{TestStore, stores};

/// 32 bytes in base64.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn source() -> KeySource {
    KeySource::Given { key: KEY.into(), name: "a setting".to_owned() }
}

fn key() -> KeyEncryptionKey {
    source().open().unwrap()
}

/// The same once its trail was taken over, as `protekt audit take-over` does.
async fn taken_over(test: TestStore) -> Trail {
    let test = test.without_key().await;
    let rows = source().take_over(&test.store, NOW.plus(15)).await.unwrap();
    assert_eq!(rows, Some(5), "{}: three unsealed, an erased and an old one", test.engine);
    opened(test).await
}

/// The trail of a database that this version opens with its key, as `serve` does.
async fn opened(test: TestStore) -> Trail {
    let test = test.without_key().await;
    let key = source().open_or_create(&test.store).await.unwrap().chain_key();
    let sealer = Sealer::new(test.store.clone(), key.clone());
    Trail { test, key, sealer }
}

const ANYBODY: &str = "INSERT INTO users
    (id, email, email_canonical, self_registered, generation, created_at, updated_at, logins_count)
    VALUES ('ada', 'a@example.com', 'a@example.com', FALSE, 1, 1, 1, 0)";

#[tokio::test]
async fn a_trail_begins_with_the_first_use_of_the_key_and_only_then() {
    for test in stores().await {
        assert_eq!(source().check(Some(&test.store)).await.unwrap(), KeyState::YetToBeUsed);
        let trail = opened(test).await;
        let engine = trail.test.engine;
        assert_eq!(source().check(Some(trail.store())).await.unwrap(), KeyState::Usable);
        let proven = trail.verify().await.unwrap();
        assert_eq!((proven.rows, proven.head), (0, 0), "{engine}");
        trail.sign_ins(2, NOW).await;
        assert_eq!(trail.seal().await, 2);
        // Another start changes nothing.
        let again = trail.test.connect.open().await.unwrap();
        source().open_or_create(&again).await.unwrap();
        assert_eq!(trail.verify().await.unwrap().rows, 2, "{engine}");
    }
}

/// The marks are gone with the rows, and so is what says that there were any.
#[tokio::test]
async fn a_database_in_use_that_lost_its_check_value_is_not_taken_for_a_new_one() {
    for test in stores().await {
        let trail = opened(test).await;
        trail.sign_ins(2, NOW).await;
        trail.seal().await;
        trail.test.run(ANYBODY).await;
        for table in ["audit_events", "audit_marks"] {
            trail.test.run(&format!("DELETE FROM {table}")).await;
        }
        let reopened = source().open_or_create(trail.store()).await;
        reopened.expect("what is wrong with the trail keeps nobody from serving");
        let told = trail.verify().await;
        assert!(matches!(told, Err(TrailError::Mark("head"))), "{told:?}");
        trail.test.run("DELETE FROM installation").await;
        for told in [
            source().check(Some(trail.store())).await.map(|_| ()),
            source().open_or_create(trail.store()).await.map(|_| ()),
        ] {
            assert!(matches!(told, Err(InstallationKeyError::CheckMissing)), "{told:?}");
        }
    }
}

/// A database as the version before left it: four sealed rows, one of them of before there was a digest
/// and one that is erased, and three unsealed, one of before there was a chain.
async fn earlier() -> Vec<TestStore> {
    let mut earlier = Vec::new();
    for test in stores().await {
        let test = test.without_key().await;
        test.store.record_with(key().chain_key());
        let sealer = Sealer::new(test.store.clone(), key().chain_key());
        let trail = Trail { test, key: key().chain_key(), sealer };
        let mut tx = trail.store().begin().await.unwrap();
        protekt::audit::begin(&mut tx, &trail.key).await.unwrap();
        let check = key().mac(Purpose::KeyCheck, "installation", "protekt");
        remember(&mut tx, KEY_CHECK, &check).await.unwrap();
        tx.commit().await.unwrap();
        trail.sign_ins(3, NOW).await;
        let old = "INSERT INTO audit_events (id, at, kind, outcome, user_id, detail)
            VALUES ('00SEALED', 4, 'signed_in', 'success', 'ada', '{}')";
        trail.test.run(old).await;
        let mut tx = trail.store().begin().await.unwrap();
        let mut row = audit_events::unsealed(&mut tx, "", 1).await.unwrap().remove(0);
        row.recorded_mac = Some(trail.key.recorded_mac(&row));
        audit_events::give_macs(&mut tx, &row).await.unwrap();
        tx.commit().await.unwrap();
        trail.seal().await;
        trail.sealer.release().await.unwrap();
        trail.sign_ins(2, NOW.plus(9)).await;
        for statement in [
            "UPDATE audit_events SET recorded_mac = NULL",
            "UPDATE audit_events SET user_id = NULL, sid = NULL, ip = NULL, user_agent = NULL,
                detail = 'null', personal_salt = NULL WHERE seq = 3",
            "INSERT INTO audit_events (id, at, kind, outcome, user_id, detail)
                VALUES ('00OLD', 5, 'signed_in', 'success', 'ada', '{}')",
            "DELETE FROM audit_marks WHERE name = 'origin'",
            ANYBODY,
        ] {
            trail.test.run(statement).await;
        }
        earlier.push(trail.test);
    }
    earlier
}

#[tokio::test]
async fn the_trail_of_an_earlier_version_is_taken_over_and_goes_on() {
    for test in earlier().await {
        let state = source().check(Some(&test.store)).await.unwrap();
        assert_eq!(state, KeyState::UsableAfterTakeOver, "{}", test.engine);
        let trail = taken_over(test).await;
        let engine = trail.test.engine;
        assert_eq!(
            source().take_over(trail.store(), NOW.plus(16)).await.unwrap(),
            None,
            "{engine}"
        );
        assert_eq!(source().check(Some(trail.store())).await.unwrap(), KeyState::Usable);
        trail.sign_ins(1, NOW.plus(20)).await;
        let told = format!(
            "kind = 'trail_taken_over' AND at = {} AND detail = '{{\"events\":5}}'",
            NOW.plus(15).0
        );
        assert_eq!(trail.count(&told).await, 1, "{engine}");
        assert_eq!(trail.seal().await, 5, "{engine}: three of before, the taking over, one since");
        let proven = trail.verify().await.unwrap();
        let told = (proven.rows, proven.earlier, proven.erased, proven.unsealed);
        assert_eq!(told, (9, 7, 1, 0), "{engine}");
        // What is taken over is as safe as what is new, be it of before there was a digest.
        for row in ["00OLD", "00SEALED"] {
            let forge = format!("UPDATE audit_events SET user_id = 'eve' WHERE id = '{row}'");
            trail.test.run(&forge).await;
            assert_eq!(Trail::broken(trail.verify().await).1, Flaw::Changed, "{row} {engine}");
            trail.test.run("UPDATE audit_events SET user_id = 'ada' WHERE user_id = 'eve'").await;
            trail.verify().await.unwrap();
        }
        trail.test.run("UPDATE audit_events SET kind = 'x' WHERE id = '00OLD'").await;
        assert_eq!(Trail::broken(trail.verify().await).1, Flaw::Changed, "{engine}");
    }
}

/// Whoever has the database and an older note of the key could have what they wrote taken over, if
/// a start did it: they take away the marks and every MAC.
#[tokio::test]
async fn no_start_takes_a_trail_over() {
    for test in stores().await {
        let old = key().mac(Purpose::KeyCheck, "installation", "protekt");
        let trail = opened(test).await;
        trail.sign_ins(2, NOW).await;
        trail.seal().await;
        for statement in [
            "DELETE FROM audit_marks",
            "UPDATE audit_events SET seq = NULL, chain_mac = NULL, recorded_mac = NULL, kind = 'x'",
            &format!("UPDATE installation SET value = '{old}'"),
        ] {
            trail.test.run(statement).await;
        }
        let told = source().open_or_create(trail.store()).await.map(|_| ());
        let is_refused = matches!(told, Err(InstallationKeyError::TrailOfEarlierVersion));
        assert!(is_refused, "{}: {told:?}", trail.test.engine);
        assert_eq!(trail.count("recorded_mac IS NOT NULL").await, 0);
    }
}

/// Taking over happens once: who puts a row there that looks like one of before is too late.
#[tokio::test]
async fn after_the_taking_over_a_row_like_those_of_before_is_forged() {
    for test in earlier().await {
        let trail = taken_over(test).await;
        assert_eq!(trail.seal().await, 4, "{}", trail.test.engine);
        let forged = "INSERT INTO audit_events (id, at, kind, outcome, user_id, detail)
            VALUES ('00NEW', 5, 'signed_in', 'success', 'ada', '{}')";
        trail.test.run(forged).await;
        source().open_or_create(trail.store()).await.unwrap();
        assert_eq!(trail.seal().await, 0, "{}", trail.test.engine);
        let told = trail.verify().await;
        assert!(matches!(&told, Err(TrailError::Forged { id }) if id == "00NEW"), "{told:?}");
        // Nor does it help to say that nothing was taken over yet.
        trail.test.run("DELETE FROM audit_marks WHERE name = 'origin'").await;
        source().open_or_create(trail.store()).await.unwrap();
        let told = trail.verify().await;
        assert!(matches!(told, Err(TrailError::Mark("origin"))), "{told:?}");
    }
}

/// With the check value of an older copy the trail could be taken over once more, and with it what
/// somebody put there.
#[tokio::test]
async fn an_earlier_check_value_that_is_put_back_takes_nothing_over() {
    for test in earlier().await {
        let old = key().mac(Purpose::KeyCheck, "installation", "protekt");
        let trail = taken_over(test).await;
        let engine = trail.test.engine;
        trail.sign_ins(2, NOW.plus(20)).await;
        trail.seal().await;
        let forged = "INSERT INTO audit_events (id, at, kind, outcome, user_id, detail)
            VALUES ('00NEW', 5, 'signed_in', 'success', 'ada', '{}')";
        trail.test.run(forged).await;
        trail.test.run(&format!("UPDATE installation SET value = '{old}'")).await;
        for undone in ["", "DELETE FROM audit_marks WHERE name = 'origin'"] {
            if !undone.is_empty() {
                trail.test.run(undone).await;
            }
            for told in [
                source().check(Some(trail.store())).await.map(|_| ()),
                source().open_or_create(trail.store()).await.map(|_| ()),
                source().take_over(trail.store(), NOW.plus(30)).await.map(|_| ()),
            ] {
                assert!(matches!(told, Err(InstallationKeyError::CheckPutBack)), "{told:?}");
            }
        }
        let adopted = "id = '00NEW' AND recorded_mac IS NOT NULL";
        assert_eq!(trail.count(adopted).await, 0, "{engine}");
    }
}

#[tokio::test]
async fn a_trail_that_eight_take_over_at_once_is_taken_over_once() {
    for test in earlier().await {
        let connects = (0..8).map(|_| async {
            let store = test.connect.open().await.unwrap();
            let rows = source().take_over(&store, NOW.plus(15)).await.unwrap();
            store.close().await;
            rows
        });
        let told = futures_util::future::join_all(connects).await;
        assert!(told.contains(&Some(5)), "{}: {told:?}", test.engine);
        let trail = opened(test).await;
        assert_eq!(trail.count("kind = 'trail_taken_over'").await, 1, "{}", trail.test.engine);
        assert_eq!(trail.seal().await, 4, "{}", trail.test.engine);
        assert_eq!(trail.verify().await.unwrap().earlier, 7, "{}", trail.test.engine);
    }
}

#[tokio::test]
async fn eight_instances_that_start_at_once_begin_one_trail() {
    for test in stores().await {
        let connects = (0..8).map(|_| async {
            let store = test.connect.open().await.unwrap();
            source().open_or_create(&store).await.unwrap();
            let mut tx = store.begin().await.unwrap();
            protekt::audit::record(&mut tx, sign_in("ada"), NOW).await.unwrap();
            tx.commit().await.unwrap();
            store.close().await;
        });
        futures_util::future::join_all(connects).await;
        let trail = opened(test).await;
        trail.seal().await;
        verify(trail.store(), &trail.key, None, |_, _| ()).await.unwrap();
    }
}
